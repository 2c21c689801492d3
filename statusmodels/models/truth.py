"""Known truths to simulate from: one documented set of parameters a hypothesis.

The structural parameters sit near the middle of their priors and the cutpoints reproduce the panel's own frequencies of
levels, so that a simulated catalogue looks like the one it is modelled on. Effects are in log odds per standard deviation of a
signal; :data:`MODERATE` are the sizes used for operating characteristics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import logit

from statusmodels.models.design import Design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.models.parameters import constrain, sizes

SIGMA, RHO = 0.4, 0.7
ERA_SPREAD = 0.25
PERSISTENCE, RECIPROCITY = 0.15, 0.1


@dataclass(frozen=True)
class Sizes:
    """Sizes of the effects, in log odds per standard deviation (products: per pair of standard deviations)."""

    honor: float
    authority: float
    threat: float
    product: float
    gate: float


MODERATE = Sizes(honor=0.6, authority=0.2, threat=0.6, product=0.4, gate=1.2)
LOW_INJURY = -1.0  # about the 10th percentile of a standardized signal that is skewed to the right


def effects(hypothesis: str, size: Sizes = MODERATE) -> dict[str, float]:
    """Coefficients of a truth, by term; terms that the hypothesis does not free are absent.

    Under ``honor-plus-injury`` honor does nothing at low injury: its main effect cancels the product there.

    Raises
    ------
    KeyError
        If the hypothesis is not one of the seven.
    """
    free = HYPOTHESES[hypothesis].free
    values = {
        "honor_denied": size.honor,
        "authority_denied": size.authority,
        "threat": size.threat,
        "honor_granted": -size.authority,
        "authority_granted": -size.authority / 2,
        "threat_relieved": -size.authority / 2,
    }
    if "honor_x_threat" in free:
        values |= {"honor_x_threat": size.product, "honor_denied": -LOW_INJURY * size.product}
    if "honor_gate" in free:
        values["honor_gate"] = size.gate
    return {term: value for term, value in values.items() if term in free}


def truth(design: Design, hypothesis: str, rng: np.random.Generator, size: Sizes = MODERATE) -> xr.Dataset:
    """Parameters of a truth as one draw, in the form :func:`~statusmodels.models.replicate.replicate` takes.

    Parameters
    ----------
    design
        Panel to be like: its frequencies of levels set the cutpoints.
    hypothesis
        Name of one of the seven hypotheses.
    rng
        Draws the eras' deviations.
    size
        Sizes of the effects.

    Returns
    -------
    Dataset with leading dim ``sample`` of length 1
    """
    block = {name: np.zeros(n) for name, n in sizes(design).items() if name != "path"}
    given = effects(hypothesis, size)
    block["effect"] = np.array([given.get(term, 0.0) for term in TERMS])
    for name in block:
        if name.endswith("effect_spread"):
            block[name][:] = 1e-3
    block["threat_memory_spread"][:] = 1e-3
    block["gate_location"][:] = 0.5
    block["gate_slope"][:] = np.log(3.0)
    block["history"][:2] = PERSISTENCE, RECIPROCITY
    block["base_spread"][:] = block["rivalry_base_spread"][:] = 0.1
    block["era_spread"][:] = ERA_SPREAD
    if len(block["era_offset"]):
        block["era_offset"][: design.eras] = rng.standard_normal(design.eras)
    block["sigma"][:] = SIGMA
    block["rho"][:] = logit(RHO)
    on = design.weight > 0
    if design.has_level:
        kinds = range(1, design.levels + 1)
        share = np.array([(design.level[on] >= k).sum() + 0.5 for k in kinds]) / (on.sum() + 1.0)
        cut = -logit(share)
        cut = np.maximum.accumulate(cut + 0.05 * np.arange(design.levels))
        block["cut_first"][:] = cut[0]
        block["cut_gap"][:] = np.log(np.maximum(np.diff(cut), 0.05))
    if "acts" in design.outcomes:
        counted = on & (design.level > 0) if design.has_level else on
        block["act_intercept"][:] = np.log(max(design.extra[counted].mean(), 0.05))
        block["act_slope"][:] = np.log(0.3)
        block["act_dispersion"][:] = 0.5
    block["external_scale"][:] = np.log(0.8)
    block["external_cut_gap"][:] = 0.0
    x = np.concatenate([*block.values(), np.zeros(sizes(design)["path"])])
    return constrain(x[None], design, np.ones(len(TERMS)))
