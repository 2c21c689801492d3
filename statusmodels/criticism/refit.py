"""One refit of a hypothesis to part of a panel, for prediction of the other part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.inference.diagnostics import gate
from statusmodels.inference.refits import Piece
from statusmodels.inference.sampling import Sampler, sample, thinned
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.priors import Priors

QUICK = Sampler(draws=350, tune=150, chains=2, target_accept=0.6)
"""Fewer draws and larger steps than the report's, because there are many refits: a verdict's probabilities are good to about 0.03."""


def told(hypothesis: Hypothesis) -> dict[str, Any]:
    """A hypothesis as entries of a piece."""
    return {"hypothesis": hypothesis.name, "free": sorted(hypothesis.free)}


def hypothesis_of(piece: Piece) -> Hypothesis:
    """The hypothesis of a piece with the entries of :func:`told`."""
    return Hypothesis(piece["hypothesis"], piece["free"])


def without(design: Design, out: npt.NDArray[np.bool_]) -> Design:
    """The same design with nothing modelled in some dyad-periods.

    Predictors keep their centre and scale, and histories the levels that were observed there.

    Parameters
    ----------
    design : arrays of the panel.
    out : (D, T) the dyad-periods to leave out.
    """
    acts = design.acts_weight
    return replace(
        design,
        weight=np.where(out, 0.0, design.weight),
        acts_weight=None if acts is None else np.where(out, 0.0, acts),
        level=np.where(out, 0, design.level),
        extra=np.where(out, 0, design.extra),
        start_level=np.where(out & (design.weight > 0), design.level, design.start_level),
        external=None if design.external is None else np.where(out, np.nan, design.external),
    )


def refitted(
    design: Design, hypothesis: Hypothesis, priors: Priors, sampler: Sampler, seed: int
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Draws of a refit and how its sampling went.

    Parameters
    ----------
    design
        What it is fitted to.
    hypothesis
        Which coefficients are free.
    priors, sampler
        Of the refit.
    seed
        In place of the sampler's own.

    Returns
    -------
    parameters
        As :func:`~statusmodels.inference.sampling.thinned` gives them, with the latent path ``u``.
    went
        ``rhat, rhat_at, bulk_ess, divergences``.
    """
    tree = sample(design, hypothesis, priors, replace(sampler, seed=seed), cores=1)
    return thinned(tree), went(tree)


def went(tree: xr.DataTree) -> dict[str, Any]:
    """How a refit's sampling went: ``rhat, rhat_at, bulk_ess, divergences``."""
    checks = {c.name: c for c in gate(tree).checks}
    return {
        "rhat": checks["R-hat"].value,
        "rhat_at": checks["R-hat"].where,
        "bulk_ess": checks["bulk ESS"].value,
        "divergences": int(checks["divergences"].value),
    }
