"""Simulation-based calibration of the joint model of the coders' judgements and the risk.

    python benchmarks/sbc_joint.py --runs 200 --out docs/results

The acts' days, senders and receivers, who read them, and the scale of the signals are fixed. Drawn from the priors are the coders'
cutpoints, precisions and biases, every act's latent severities and the parameters of the risk with their path; from these the
judgements, and from severities and risk the outcomes. The model is fitted to judgements and outcomes together, and the rank of every
true quantity among its posterior draws is noted (see ranks.py).

In the risk, an act that no coder gave a construct has severity zero. The simulation does the same: which acts these are is known
from the judgements alone, so this is a generative process whose posterior, the latent severities of these acts integrated out, is
exactly the one that is fitted. Categories and valences are drawn without regard to severities, and so tell nothing of them. Acts
are chosen for ranking by their place in the data, never by their severity.

Finished runs are kept beside the output, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr
from ranks import JOINT, KEPT, figure, page, ranks_of, summary, thinned, together
from runs import log_of, resumed
from sbc import log_likelihood, scalars
from synthetic import drawn

from statusmodels.claims.prior import prior_parameters
from statusmodels.events.catalogue import Catalogue, load
from statusmodels.inference.joint import sample_measured, with_signals
from statusmodels.inference.sampling import Sampler
from statusmodels.models import joint
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.joint_simulation import coordinates, simulate
from statusmodels.models.priors import Prior, Priors
from statusmodels.panel.panel import build
from statusmodels.report.results import last_line, record, write

PRIORS = Priors()
# coders so precise, or so vague, that a short run would not mix are left out: its ranks would tell of the run, not of the model
RATING_PRIORS = {
    "rating_precision": Prior("normal", 1.5, 0.5, "log; coder noise of 0.08 to 0.6 latent standard deviations")
}
HYPOTHESIS = HYPOTHESES[ENCOMPASSING]
SAMPLER = Sampler(draws=600, tune=400, chains=2, target_accept=0.85)
FIRST, LAST, PERIOD, ACTS = "1977-01-01", "1986-12-31", "quarter", 60
SCALE_SEED = 5


@cache
def base() -> tuple[Catalogue, xr.Dataset, Design]:
    """Some acts of the embedded catalogue's first ten years, their panel (2 dyads by 40 quarters) and its arrays.

    Their judgements are drawn once for all, so that most acts have a category and a valence on every construct, and that signals
    which are rare in the catalogue get a scale that is not tiny.
    """
    catalogue = load("us-russia")
    inside = catalogue.events[catalogue.events["date"].between(FIRST, LAST)]
    place = np.linspace(0, len(inside) - 1, min(ACTS, len(inside))).round().astype(int)
    events = inside.iloc[place].reset_index(drop=True)
    eras = catalogue.eras[catalogue.eras["start"] <= LAST].copy()
    eras["end"] = eras["end"].clip(upper=LAST)
    codings = catalogue.codings[catalogue.codings["event_id"].isin(events["event_id"])].reset_index(drop=True)
    real = replace(catalogue, events=events, codings=codings, eras=eras)
    few = simulate(real, np.random.default_rng(SCALE_SEED)).catalogue
    panel = build(few, PERIOD)
    return few, panel, design(panel)


def simulated(seed: int) -> tuple[xr.Dataset, xr.Dataset, joint.Measured, Design]:
    """Parameters of risk and measurement from the priors, judgements and a panel with outcomes from them.

    Judgements without any construct in any act are drawn anew: that is a matter of the data, and so leaves ranks as they are.
    """
    catalogue, panel, arrays = base()
    rng = np.random.default_rng(seed)
    while True:
        judgements = simulate(catalogue, rng, RATING_PRIORS)
        if (judgements.catalogue.codings["construct"].isin(joint.SIGNAL_CONSTRUCTS)).any():
            break
    data = joint.measured(judgements.catalogue, panel, arrays, RATING_PRIORS)
    measurement = joint.constrain(coordinates(judgements, data)[None], data)
    risk = with_signals(prior_parameters(arrays, HYPOTHESIS, PRIORS, 1, rng), measurement, data, arrays)
    return risk, measurement, data, drawn(arrays, risk, rng, path=risk["u"].to_numpy())


def quantities(
    risk: xr.Dataset, measurement: xr.Dataset, data: joint.Measured, outcomes: Design
) -> dict[str, np.ndarray]:
    """What is ranked, each (S,)."""
    severity = measurement["severity"].to_numpy()
    last = severity.shape[1] - 1
    acts = {f"severity[{name}]": severity[:, i] for name, i in {"first": 0, "middle": last // 2, "last": last}.items()}
    of_coders = scalars(measurement.drop_vars(["latent", "severity"]), ENCOMPASSING)
    of_outcomes = log_likelihood(risk.astype(float), outcomes)
    of_judgements = joint.log_likelihood(measurement, data)
    return {
        **scalars(risk.drop_vars(["u", "signals"]), ENCOMPASSING),
        **{f"coders: {name}": values for name, values in of_coders.items()},
        **acts,
        "severity[mean]": severity.mean(axis=1),
        "log likelihood of outcomes": of_outcomes,
        "log likelihood of judgements": of_judgements,
        JOINT: of_outcomes + of_judgements,
    }


def one(run: int) -> dict:
    """Draw, simulate, fit and rank once."""
    began = time.perf_counter()
    seed = 10_000_000 + run
    risk, measurement, data, outcomes = simulated(seed)
    tree = sample_measured(data, outcomes, HYPOTHESIS, PRIORS, replace(SAMPLER, seed=seed))
    fitted = [thinned(tree[group].dataset) for group in ("posterior", "measurement")]
    stats = tree["sample_stats"]
    return {
        "run": run,
        "ranks": ranks_of(quantities(risk, measurement, data, outcomes), quantities(*fitted, data, outcomes)),
        "divergences": int(stats["diverging"].sum()),
        "severities": len(data.event_ids),
        "steps": float(stats["n_steps"].mean()),
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    sha = load("us-russia").sha256
    jobs = [(run,) for run in range(given.runs)]
    done = resumed(log_of(given.out, "sbc_joint", sha), one, jobs, ("run",), given.processes)
    rows = [done[job] for job in jobs]
    ranks = {ENCOMPASSING: together([row["ranks"] for row in rows])}
    found = record(
        data_sha256=sha,
        **summary(ranks, rows, given.runs),
        median_severities=float(np.median([r["severities"] for r in rows])),
        priors={name: str(p) for name, p in {**PRIORS.table, **joint.PRIORS, **RATING_PRIORS}.items()},
        seed="10000000 + run",
    )
    about = (
        "Written by `make sbc` (benchmarks/sbc_joint.py); do not edit. Cutpoints, precisions and biases of three coders, latent"
        f" severities of {ACTS} acts and the parameters of the risk under {ENCOMPASSING} from the priors; judgements and outcomes (2"
        " dyads by 40 quarters) from them; the joint model fitted to both; the rank of each true quantity among"
        f" {KEPT} posterior draws. The documented default priors, but for rating_precision {RATING_PRIORS['rating_precision']}, with which"
        f" short runs mix. {given.runs} runs, with {found['median_severities']:.0f} sampled severities in the middle one."
    )
    text = page("Simulation-based calibration of the joint model", about, found, "sbc_joint.png", last_line(found))
    write(given.out, "sbc_joint", found, text)
    figure(ranks, given.out / "sbc_joint.png")
    print(text.splitlines()[4])


if __name__ == "__main__":
    main()
