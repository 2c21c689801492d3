"""Three forms of honor denied under threat, on the embedded catalogue: product, gate and threshold.

    python benchmarks/forms.py --out docs/results

Each is fitted with all the rest of the encompassing hypothesis. Shown: predictive accuracy (leave-one-out), the decisive quantities
under each, and the effect of honor denied on the risk as injury grows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.claims.estimands import estimands
from statusmodels.criticism.loo import compare, loo
from statusmodels.events.catalogue import load
from statusmodels.events.datasheet import table
from statusmodels.inference.diagnostics import gate
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.sampling import Sampler, thinned
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, THRESHOLD
from statusmodels.models.parameters import interaction, signals
from statusmodels.panel.panel import build
from statusmodels.report.results import PASSED, last_line, record, write

FORMS = {"product": HYPOTHESES[ENCOMPASSING], "gate": HYPOTHESES["gated"], "threshold": THRESHOLD}
SAMPLER = Sampler()
PERCENTILES = np.arange(1.0, 100.0)


def effect_by_injury(parameters: xr.Dataset, arrays: Design) -> np.ndarray:
    """Effect (S, 99) of one standard deviation of honor denied on the risk, at the percentiles of injury, for the average dyad."""
    injury = np.percentile(signals(parameters, arrays)["threat"][:, arrays.modelled.ravel()], PERCENTILES, axis=1).T
    one, none = np.ones_like(injury), np.zeros_like(injury)
    average = parameters["effect"].sel(term="honor_denied").to_numpy()[:, None]
    return np.asarray(average + interaction(parameters, one, none, injury))


def told(x: np.ndarray, factor: float = 100.0) -> dict[str, float]:
    """Mean and 90 % interval, in percentage points unless told otherwise."""
    low, high = np.percentile(x, [5, 95])
    return {"mean": factor * float(x.mean()), "5%": factor * float(low), "95%": factor * float(high)}


def shown(value: dict[str, float], digits: int) -> str:
    """The same in words."""
    return f"{value['mean']:+.{digits}f} ({value['5%']:+.{digits}f} to {value['95%']:+.{digits}f})"


def figure(effects: dict[str, np.ndarray], path: Path) -> None:
    """Effect of honor denied by injury, one panel a form."""
    fig, axes = plt.subplots(1, len(effects), figsize=(9, 3), sharey=True, constrained_layout=True)
    for ax, (form, x) in zip(axes, effects.items(), strict=True):
        ax.fill_between(PERCENTILES, *np.percentile(x, [5, 95], axis=0), color="#1f5a8a", alpha=0.25, lw=0)
        ax.plot(PERCENTILES, x.mean(axis=0), color="#1f5a8a")
        ax.axhline(0, color="0.5", lw=0.8)
        ax.set(title=form, xlabel="percentile of injury")
    axes[0].set_ylabel("log odds for one standard\ndeviation of honor denied")
    fig.savefig(path, dpi=130)
    plt.close(fig)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    catalogue = load("us-russia")
    arrays = design(build(catalogue))
    fits = fit_all(arrays, FORMS.values(), sampler=SAMPLER)
    trees = {form: fits[h.name] for form, h in FORMS.items()}
    elpd = {form: loo(tree) for form, tree in trees.items()}
    gates = {form: gate(tree, elpd[form].pareto_k.to_numpy().ravel()).passed for form, tree in trees.items()}
    ranked = compare(elpd)
    forms, effects = {}, {}
    for form, tree in trees.items():
        draws = thinned(tree)
        found = estimands(draws, arrays)
        effects[form] = effect_by_injury(draws, arrays)
        forms[form] = {
            **{k: told(getattr(found, k)) for k in ("e1", "e2", "e3")},
            "e3_latent": told(found.e3_latent, 1.0),
            **{k: float(v) for k, v in ranked.loc[form].items()},
        }
    found = record(
        all(gates.values()),
        "every fit passes the diagnostics gate",
        catalogue.sha256,
        gates=gates,
        forms=forms,
        sampler=vars(SAMPLER),
    )
    rows = {
        form: {
            **{k.upper(): shown(f[k], 1) for k in ("e1", "e2", "e3")},
            "E3, log odds": shown(f["e3_latent"], 2),
            "elpd behind the best": f"{f['elpd_diff']:.1f} (se {f['dse']:.1f})",
            "stacking weight": f"{f['weight']:.2f}",
        }
        for form, f in forms.items()
    }
    lines = [
        "# Product, gate and threshold",
        "",
        "Written by `make forms` (benchmarks/forms.py); do not edit. Three forms of honor denied under threat, each with all the rest of"
        f" `{ENCOMPASSING}`, on the embedded catalogue. Percentage points, 90 % intervals.",
        "",
        table(pd.DataFrame(rows).T.rename_axis("form")),
        "",
        "![Effect of honor denied as injury grows](forms.png)",
        "",
        f"Every fit passes the diagnostics gate: **{PASSED[found['passed']]}**. {last_line(found)}",
    ]
    write(given.out, "forms", found, "\n".join(lines) + "\n")
    figure(effects, given.out / "forms.png")
    print(lines[4])


if __name__ == "__main__":
    main()
