"""The same steps as the report, one call each, for notebooks and for other packages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import pymc as pm
import xarray as xr

from statusmodels.claims.estimands import estimands
from statusmodels.claims.verdict import Rule, Verdict, base_rate, judge
from statusmodels.criticism import loo as _loo
from statusmodels.criticism import predictive
from statusmodels.inference import diagnostics
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.provenance import fingerprint
from statusmodels.inference.sampling import Sampler, thinned
from statusmodels.models.assembly import pymc_model
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors

Fits = dict[str, xr.DataTree]


def fit(
    panel: xr.Dataset,
    hypotheses: Iterable[Hypothesis] | None = None,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    folder: str | Path | None = None,
    outcomes: Sequence[str] = ("level", "acts"),
    path: bool = True,
) -> Fits:
    """Fit hypotheses to a panel; see :func:`statusmodels.inference.fitting.fit_all`.

    ``outcomes`` and ``path`` say what is modelled; see :func:`statusmodels.models.design.design`.
    """
    return fit_all(design(panel, outcomes, path), hypotheses, priors, sampler, Path(folder) if folder else None)


def diagnose(fits: Fits) -> pd.DataFrame:
    """The diagnostics gate of every fit, one row a check; see :func:`statusmodels.inference.diagnostics.gate`."""
    gates = [diagnostics.gate(tree, _loo.loo(tree).pareto_k.to_numpy().ravel()) for tree in fits.values()]
    return pd.concat([g.frame() for g in gates], ignore_index=True)


def compare(fits: Fits) -> pd.DataFrame:
    """PSIS-LOO and stacking weights; see :func:`statusmodels.criticism.loo.compare`."""
    return _loo.compare({name: _loo.loo(tree) for name, tree in fits.items()})


def check(fits: Fits, panel: xr.Dataset, seed: int = 1) -> pd.DataFrame:
    """Posterior predictive checks of every fit; see :func:`statusmodels.criticism.predictive.check`."""
    arrays = _design(fits, panel)
    return pd.concat([predictive.check(tree, panel, arrays, seed).frame() for tree in fits.values()], ignore_index=True)


def verdict(fits: Fits, panel: xr.Dataset, rule: Rule | None = None) -> Verdict:
    """The verdict; see :mod:`statusmodels.claims.verdict`.

    Raises
    ------
    ValueError
        If the fits lack the encompassing hypothesis, its fit failed the diagnostics gate, or the panel is not that of the fits.
    """
    if ENCOMPASSING not in fits:
        raise ValueError(f"the verdict is read off the {ENCOMPASSING!r} fit, which is not among {sorted(fits)}")
    free = json.loads(fits[ENCOMPASSING].attrs["free"])
    if free != sorted(HYPOTHESES[ENCOMPASSING].free):
        raise ValueError(f"the fit called {ENCOMPASSING!r} frees other coefficients than the hypothesis of that name")
    passed = diagnostics.gate(fits[ENCOMPASSING])
    if not passed.passed:
        failed = ", ".join(f"{c.name} {c.value:g} (must be {c.limit})" for c in passed.checks if not c.passed)
        raise ValueError(f"no verdict: the fit of {ENCOMPASSING!r} failed the diagnostics gate: {failed}")
    arrays = _design(fits, panel)
    return judge(estimands(thinned(fits[ENCOMPASSING]), arrays), base_rate(arrays), rule)


def model(
    panel: xr.Dataset,
    hypothesis: Hypothesis,
    priors: Priors | None = None,
    outcomes: Sequence[str] = ("level", "acts"),
    path: bool = True,
) -> pm.Model:
    """The plain PyMC model; see :func:`statusmodels.models.assembly.pymc_model`.

    ``pm.model_to_mermaid`` and ``pm.model_to_graphviz`` draw it.
    """
    return pymc_model(design(panel, outcomes, path), hypothesis, priors)


def _design(fits: Fits, panel: xr.Dataset) -> Design:
    """The arrays that fits were made from."""
    tree = next(iter(fits.values()))
    said = json.loads(tree.attrs["modelled"])
    arrays = design(panel, said["outcomes"], said["path"])
    if fingerprint(arrays) != tree.attrs["design_sha256"]:
        raise ValueError("these fits were not made from this panel; give the panel that they were fitted to")
    return arrays
