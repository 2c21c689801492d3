"""Everything a report says about one catalogue, computed once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.claims.estimands import PERCENTILES, Estimands, estimands
from statusmodels.claims.verdict import Rule, Verdict, base_rate, judge
from statusmodels.criticism.loo import compare, loo
from statusmodels.criticism.predictive import SERIOUS, Checked, check
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference import provenance
from statusmodels.inference.diagnostics import Gate, gate
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.sampling import Sampler, thinned
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import build

WIDTH_SHARES = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Analysis:
    """A catalogue, its panel, the fits, and what follows from them. All dicts are by hypothesis name."""

    catalogue: Catalogue
    panel: xr.Dataset
    design: Design
    fits: dict[str, xr.DataTree]
    gates: dict[str, Gate]
    elpds: dict[str, az.ELPDData]
    comparison: pd.DataFrame
    checks: dict[str, Checked]
    estimands: Estimands
    rate: float
    verdict: Verdict
    priors: Priors
    sampler: Sampler

    @property
    def passed(self) -> bool:
        """Whether every fit passed the diagnostics gate."""
        return all(g.passed for g in self.gates.values())


def analyse(
    catalogue: Catalogue,
    folder: Path | None = None,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    tell: Callable[[str, bool], object] | None = None,
) -> Analysis:
    """Build the panel, fit the seven hypotheses, check them, and judge.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    folder
        Where fits are stored and looked for; nothing is stored if None.
    priors, sampler
        The documented defaults if None.
    tell
        Called after each fit with the hypothesis's name and whether a stored fit was reused.

    Returns
    -------
    Analysis
    """
    priors, sampler = priors or Priors(), sampler or Sampler()
    panel = build(catalogue)
    arrays = design(panel)
    fits = fit_all(arrays, priors=priors, sampler=sampler, folder=folder, tell=tell)
    elpds = {name: loo(tree) for name, tree in fits.items()}
    gates = {name: gate(tree, elpds[name].pareto_k.to_numpy().ravel()) for name, tree in fits.items()}
    drawn = estimands(thinned(fits[ENCOMPASSING]), arrays)
    rate = base_rate(arrays)
    return Analysis(
        catalogue=catalogue,
        panel=panel,
        design=arrays,
        fits=fits,
        gates=gates,
        elpds=elpds,
        comparison=compare(elpds),
        checks={name: check(tree, panel, arrays, seed=sampler.seed) for name, tree in fits.items()},
        estimands=drawn,
        rate=rate,
        verdict=judge(drawn, rate),
        priors=priors,
        sampler=sampler,
    )


def summary(draws: Any) -> dict[str, float]:
    """Median, standard deviation and the 50 % and 90 % intervals of posterior draws."""
    q = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95])
    return {
        "median": float(q[2]),
        "sd": float(np.std(draws)),
        "5%": float(q[0]),
        "25%": float(q[1]),
        "75%": float(q[3]),
        "95%": float(q[4]),
    }


def widths(analysis: Analysis) -> pd.DataFrame:
    """The verdict under other widths of "practically zero"."""
    rows = []
    for share in WIDTH_SHARES:
        v = judge(analysis.estimands, analysis.rate, Rule(width_share=share))
        rows.append(
            {
                "width_share": share,
                "width": v.width,
                "verdict": v.word,
                "P(E1 practically zero)": v.p_e1_zero,
                "P(E1 more)": v.p_e1_more,
                "P(E2 more)": v.p_e2_more,
                "P(amplified)": v.p_amplified,
            }
        )
    return pd.DataFrame(rows)


def verdict_record(analysis: Analysis) -> dict[str, Any]:
    """The verdict with all that it rests on, as written to ``verdict.json``."""
    v = analysis.verdict
    return {
        "verdict": v.word,
        "gate_passed": analysis.passed,
        "gate_failed": [
            f"{g.hypothesis}: {c.name} {c.value:g} ({c.limit})"
            for g in analysis.gates.values()
            for c in g.checks
            if not c.passed
        ],
        "pattern": v.pattern,
        "mechanism": v.mechanism,
        "probabilities": {k: getattr(v, k) for k in ("p_e1_zero", "p_e1_more", "p_e2_more", "p_amplified")},
        "base_rate": analysis.rate,
        "width": v.width,
        "rule": asdict(v.rule),
        "widths": widths(analysis).to_dict("records"),
        "estimands": {k: summary(getattr(analysis.estimands, k)) for k in ("e1", "e2", "e3", "e3_latent")},
        "percentiles": list(PERCENTILES),
        "serious_level": SERIOUS,
        "stacking_weights": {k: float(w) for k, w in analysis.comparison["weight"].items()},
        "catalogue": {
            "name": analysis.catalogue.name,
            "sha256": analysis.catalogue.sha256,
            "events": len(analysis.catalogue.events),
            "coders": list(analysis.catalogue.coders),
        },
        "panel": {
            "dyads": list(analysis.design.dyads),
            "period": analysis.panel.attrs["period_length"],
            "modelled_dyad_periods": int(analysis.design.weight.sum()),
            "half_lives_months": analysis.design.half_lives.tolist(),
        },
        "hypotheses": {name: sorted(HYPOTHESES[name].free) for name in analysis.fits},
        "priors": json.loads(analysis.fits[ENCOMPASSING].attrs["priors"]),
        "replaced_priors": {name: prior.reason for name, prior in analysis.priors.replaced.items()},
        "sampler": asdict(analysis.sampler),
        "sampled_harder": [
            name
            for name, tree in analysis.fits.items()
            if json.loads(tree.attrs["sampler"]) != asdict(analysis.sampler)
        ],
        "code_sha256": provenance.code_hash(),
        "versions": provenance.versions(),
        "written": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
