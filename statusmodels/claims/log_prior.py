r"""Log prior of each block of the prior table at the named quantities of posterior draws.

A draw keeps named quantities, not all that was sampled. What it leaves out is what the likelihood cannot see, so that its posterior
given the rest is its prior given the rest:

- the common level of a set of logits, of which only the weights are kept. Independent normal logits are a normal vector of contrasts
  and, independent of it, their mean; the density is that of the contrasts.
- coefficients (and their spreads) that the hypothesis holds at zero, and the gate where it has none. They are left out.
- with several categories of threat, the logits :math:`\mu` that they share. The weights tell of
  :math:`L_c = \mu + \tau\,\nu_c`, so that in contrasts :math:`\mu \mid L, \tau` is normal with precision
  :math:`1/s^2 + C/\tau^2` and mean :math:`C \bar L / \tau^2` over it. The log prior is averaged over this distribution, which
  leaves the derivative of the posterior by the prior's power as it is.

Densities are of what the table documents: a half-normal of the spread itself, whatever sign it was sampled with; a normal of the
logarithms of gate slope, dispersion and gaps; the LKJ density of the correlation matrix. The standard normals that the latent path
and the groups' deviations are made of only set the unit of sigma and the spreads and are left out with the table's fixed rows.
"""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import betaln

from statusmodels.models.design import Design
from statusmodels.models.hypothesis import TERMS, VARYING, Hypothesis
from statusmodels.models.kernel import LOGIT_NORMAL
from statusmodels.models.priors import REPLACEABLE, Prior, Priors

Array = npt.NDArray[np.float64]
SIMPLEXES = ("honor_memory", "authority_memory", "threat_weight")
LOGARITHMS = ("gate_slope", "act_dispersion")
PLAIN = (
    "gate_location",
    "history",
    "threat_memory_spread",
    "base_spread",
    "rivalry_base_spread",
    "era_spread",
    "sigma",
    "rho",
    "act_intercept",
    "act_slope",
    "act_rise",
    "external_intercept",
    "external_slope",
    "external_scale",
)
EFFECT_SPREADS = ("effect_spread", "rivalry_effect_spread", "era_effect_spread")


def made_with(tree: xr.DataTree) -> tuple[Hypothesis, Priors]:
    """Hypothesis and priors that a fit was made with, read off its attributes."""
    table = json.loads(tree.attrs["priors"])
    replaced = {}
    for name in REPLACEABLE:
        family, a, b = table[name]
        replaced[name] = Prior(family, a, b, "of the fit")
    return Hypothesis(str(tree.attrs["hypothesis"]), json.loads(tree.attrs["free"])), Priors(replaced)


def log_prior(
    parameters: xr.Dataset, design: Design, hypothesis: Hypothesis, priors: Priors | None = None
) -> xr.Dataset:
    """Log prior density of every block of the prior table that the likelihood depends on.

    Parameters
    ----------
    parameters
        Draws with leading dim ``sample`` (S), as returned by :func:`~statusmodels.inference.sampling.thinned`.
    design
        Arrays of the panel.
    hypothesis, priors
        What the draws were made with; see :func:`made_with`.

    Returns
    -------
    Dataset
        One variable (sample,) a block, in the order of the table.
    """
    table = (priors or Priors()).table
    mask = hypothesis.mask()
    named = {str(name): parameters[name].to_numpy().astype(float) for name in parameters.data_vars if name != "u"}
    draws = parameters.sizes["sample"]
    values: dict[str, Array] = {}  # on the scale that the table documents, (S, ...)
    if mask.any():
        values["effect"] = named["effect"][:, mask > 0] / mask[mask > 0]
    for name in PLAIN:
        if name in named:
            values[name] = named[name]
    for name in LOGARITHMS:
        if name in named:
            values[name] = np.log(named[name])
    for name in EFFECT_SPREADS:
        free = mask[: len(VARYING)] > 0
        if name in named and free.any():
            values[name] = named[name][:, free]
    if "cutpoint" in named:
        widening = np.sqrt(1 + LOGIT_NORMAL * named["sigma"] ** 2) if design.path else np.ones(draws)
        values |= _cuts("", named["cutpoint"] / widening[:, None])
    if "external_cutpoint" in named:
        values |= _cuts("external_", named["external_cutpoint"])
    terms = list(TERMS)
    gated = mask[terms.index("honor_gate")] > 0
    if not gated:
        del values["gate_slope"]
        if not mask[terms.index("honor_threshold")]:
            del values["gate_location"]

    out = {name: table[name].distribution.logpdf(x.reshape(draws, -1)).sum(axis=1) for name, x in values.items()}
    for name in SIMPLEXES:
        if named[name].shape[-1] > 1:
            out[name] = _contrasts(np.square(_centred(named[name])).sum(axis=-1), named[name].shape[-1], table[name].b)
    half_lives = len(design.half_lives)
    if half_lives > 1:
        logits, scale = _centred(named["threat_memory"]), table["threat_memory"].b
        square = np.square(logits[:, 0]).sum(axis=-1)
        if "threat_memory_spread" in named:
            told = logits.shape[1] / named["threat_memory_spread"] ** 2
            precision = 1 / scale**2 + told
            mean = (told / precision)[:, None] * logits.mean(axis=1)
            square = np.square(mean).sum(axis=-1) + (half_lives - 1) / precision
        out["threat_memory"] = _contrasts(square, half_lives, scale)
    if "correlation" in named:
        out["correlation"] = _lkj(named["correlation"], table["correlation"].b)
    return xr.Dataset({name: ("sample", out[name]) for name in table if name in out})


def _cuts(prefix: str, cut: Array) -> dict[str, Array]:
    out = {f"{prefix}cut_first": cut[:, 0]}
    if cut.shape[1] > 1:
        out[f"{prefix}cut_gap"] = np.log(np.diff(cut, axis=1))
    return out


def _centred(weight: Array) -> Array:
    logit = np.log(weight)
    return np.asarray(logit - logit.mean(axis=-1, keepdims=True))


def _contrasts(square: Array, size: int, scale: float) -> Array:
    """Log density of the contrasts of so many independent normals; ``square`` is their squared length (S,)."""
    return np.asarray(-0.5 * square / scale**2 - 0.5 * (size - 1) * np.log(2 * np.pi * scale**2))


def _lkj(correlation: Array, shape: float) -> Array:
    """Log density of correlation matrices (S, q, q) under LKJ (Lewandowski, Kurowicka & Joe 2009)."""
    size = correlation.shape[-1]
    b = np.array([shape + 0.5 * (size - 2 - j) for i in range(size) for j in range(i)])
    constant = -((2 * b - 1) * np.log(2) + betaln(b, b)).sum()
    return np.asarray(constant + (shape - 1) * np.linalg.slogdet(correlation)[1])
