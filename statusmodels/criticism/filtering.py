"""The latent path carried forward: outcomes predicted one period ahead, each given all before it.

Each draw of the parameters is a particle. Given the parameters and the observed history, the paths of the dyads are independent
AR(1) series, so each particle carries the whole distribution of each dyad's latent value, on a grid, in place of one sampled value
(a Rao-Blackwellised particle filter; Doucet et al. 2000, *UAI* 16:176). Nothing is drawn, so no noise is added and nothing degenerates
but the weights of the draws themselves.

With equal spacing and a smooth kernel the sum over the grid is very nearly the integral: to six digits up to rho = 0.99. From about
0.998 on the grid is too coarse for the kernel; a prior of Beta(4, 2) puts less than one draw in ten thousand there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import expit
from scipy.stats import norm

from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.models.design import Design
from statusmodels.models.parameters import linear_predictor

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
NODES = 61
REACH = 5.0  # of the grid, in stationary standard deviations of the path
TINY = 1e-300


@dataclass(frozen=True)
class Step:
    """One period of N dyads under S draws, each given all outcomes before it.

    Attributes
    ----------
    probability : (S, N, K) of the levels 0 to K - 1; no columns if no level is modelled.
    log_likelihood : (S, N) of the outcomes that came; 0 where none is modelled.
    path : (S, N, G) distribution of the latent value over the grid, these outcomes included.
    """

    probability: Array
    log_likelihood: Array
    path: Array


def forward(
    parameters: xr.Dataset,
    design: Design,
    first: int,
    stop: int,
    before: Array | None = None,
    dyads: Counts | None = None,
) -> Iterator[Step]:
    """Predict the periods ``first`` to ``stop - 1`` one by one.

    Parameters
    ----------
    parameters
        Draws with leading dim ``sample`` (S).
    design
        Arrays of the panel with the outcomes of these periods.
    first, stop
        The first period, and the one after the last.
    before
        (S, N) latent values in the period before the first; the stationary distribution if None.
    dyads
        (N,) indices of the dyads; all if None.

    Yields
    ------
    Step
        A period's probabilities use no outcome of its own or later periods.
    """
    chosen = np.arange(design.shape[0]) if dyads is None else dyads
    fixed = linear_predictor(parameters, design)[:, chosen]
    node, transition, scale = _grid(parameters, design)
    rho = _rho(parameters, design)[:, None, None]
    z = 0.0 if before is None else rho * _standardized(before, scale)[..., None]
    wide = 1.0 if before is None else np.sqrt(1 - rho**2)
    mass = _normalized(np.broadcast_to(norm.pdf(node, z, wide), (*fixed.shape[:2], len(node))))
    cut = parameters["cutpoint"].to_numpy()[:, None, None] if design.has_level else None
    for t in range(first, stop):
        theta = fixed[:, :, t, None] + scale[:, None, None] * node
        probability = np.zeros((*theta.shape[:2], 0))
        if cut is not None:
            at_least = np.einsum("sng,sngk->snk", mass, expit(theta[..., None] - cut))
            edge = np.ones((*theta.shape[:2], 1))
            probability = -np.diff(np.concatenate([edge, at_least, 0 * edge], axis=-1), axis=-1)
        likelihood = outcome_log_likelihood(theta, chosen * design.shape[1] + t, design, parameters)
        highest = likelihood.max(axis=-1)
        joint = mass * np.exp(likelihood - highest[..., None])
        total = joint.sum(axis=-1)
        path = joint / total[..., None]
        yield Step(probability, highest + np.log(total), path)
        mass = path @ transition


def path_log_likelihood(
    parameters: xr.Dataset,
    design: Design,
    first: int,
    stop: int,
    before: Array | None = None,
    after: Array | None = None,
    dyads: Counts | None = None,
) -> Array:
    """Log probability of all outcomes of the periods ``first`` to ``stop - 1``, their latent path integrated out.

    Parameters
    ----------
    parameters, design, first, stop, before, dyads
        As in :func:`forward`.
    after
        (S, N) latent values in the period ``stop``, which are then conditioned on.

    Returns
    -------
    array (S, N)
    """
    total, step = np.zeros(1), None
    for step in forward(parameters, design, first, stop, before, dyads):
        total = total + step.log_likelihood
    if step is None:
        raise ValueError(f"there is no period from {first} to {stop - 1}")
    if after is None or not design.path:
        return np.asarray(total)
    node, _, scale = _grid(parameters, design)
    rho, z = _rho(parameters, design)[:, None], _standardized(after, scale)
    kernel = norm.pdf(z[..., None], rho[..., None] * node, np.sqrt(1 - rho**2)[..., None])
    arrives = np.log(np.maximum((step.path * kernel).sum(axis=-1), TINY))
    if before is None:
        return np.asarray(total + arrives - norm.logpdf(z))
    far = rho ** (stop - first + 1)
    return np.asarray(total + arrives - norm.logpdf(z, far * _standardized(before, scale), np.sqrt(1 - far**2)))


def _rho(parameters: xr.Dataset, design: Design) -> Array:
    return np.asarray(parameters["rho"].to_numpy() if design.path else np.zeros(parameters.sizes["sample"]))


def _standardized(u: Array, scale: Array) -> Array:
    return np.asarray(u / np.where(scale > 0, scale, 1.0)[:, None])


def _normalized(mass: Array) -> Array:
    return np.asarray(mass / np.maximum(mass.sum(axis=-1, keepdims=True), TINY))


def _grid(parameters: xr.Dataset, design: Design) -> tuple[Array, Array, Array]:
    """Nodes (G,) of the path in stationary standard deviations, their transition (S, G, G) and those deviations (S,)."""
    if not design.path:
        draws = parameters.sizes["sample"]
        return np.zeros(1), np.ones((draws, 1, 1)), np.zeros(draws)
    node = np.linspace(-REACH, REACH, NODES)
    rho = parameters["rho"].to_numpy()[:, None, None]
    transition = _normalized(norm.pdf(node, rho * node[:, None], np.sqrt(1 - rho**2)))
    return node, transition, parameters["sigma"].to_numpy()
