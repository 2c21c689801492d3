"""The same steps as the report, one call each, for notebooks and for other packages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pymc as pm
import xarray as xr

from statusmodels.claims.estimands import estimands, thinned
from statusmodels.claims.verdict import Rule, Verdict, base_rate, judge
from statusmodels.criticism import loo as _loo
from statusmodels.criticism import predictive
from statusmodels.inference import diagnostics
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.sampling import Sampler
from statusmodels.models.assembly import pymc_model
from statusmodels.models.design import design
from statusmodels.models.hypothesis import ENCOMPASSING, Hypothesis
from statusmodels.models.priors import Priors

Fits = dict[str, xr.DataTree]


def fit(
    panel: xr.Dataset,
    hypotheses: Iterable[Hypothesis] | None = None,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    folder: str | Path | None = None,
) -> Fits:
    """Fit hypotheses to a panel; see :func:`statusmodels.inference.fitting.fit_all`."""
    return fit_all(design(panel), hypotheses, priors, sampler, Path(folder) if folder else None)


def diagnose(fits: Fits) -> pd.DataFrame:
    """The diagnostics gate of every fit, one row a check; see :func:`statusmodels.inference.diagnostics.gate`."""
    gates = [diagnostics.gate(tree, _loo.loo(tree).pareto_k.to_numpy().ravel()) for tree in fits.values()]
    return pd.concat([g.frame() for g in gates], ignore_index=True)


def compare(fits: Fits) -> pd.DataFrame:
    """PSIS-LOO and stacking weights; see :func:`statusmodels.criticism.loo.compare`."""
    return _loo.compare({name: _loo.loo(tree) for name, tree in fits.items()})


def check(fits: Fits, panel: xr.Dataset, seed: int = 1) -> pd.DataFrame:
    """Posterior predictive checks of every fit; see :func:`statusmodels.criticism.predictive.check`."""
    arrays = design(panel)
    return pd.concat([predictive.check(tree, panel, arrays, seed).frame() for tree in fits.values()], ignore_index=True)


def verdict(fits: Fits, panel: xr.Dataset, rule: Rule | None = None) -> Verdict:
    """The verdict; see :mod:`statusmodels.claims.verdict`.

    Raises
    ------
    ValueError
        If the fits lack the encompassing hypothesis, or its fit failed the diagnostics gate.
    """
    if ENCOMPASSING not in fits:
        raise ValueError(f"the verdict is read off the {ENCOMPASSING!r} fit, which is not among {sorted(fits)}")
    passed = diagnostics.gate(fits[ENCOMPASSING])
    if not passed.passed:
        failed = ", ".join(f"{c.name} {c.value:g} (must be {c.limit})" for c in passed.checks if not c.passed)
        raise ValueError(f"no verdict: the fit of {ENCOMPASSING!r} failed the diagnostics gate: {failed}")
    arrays = design(panel)
    return judge(estimands(thinned(fits[ENCOMPASSING]), arrays), base_rate(arrays), rule)


def model(panel: xr.Dataset, hypothesis: Hypothesis, priors: Priors | None = None) -> pm.Model:
    """The plain PyMC model; see :func:`statusmodels.models.assembly.pymc_model`."""
    return pymc_model(design(panel), hypothesis, priors)
