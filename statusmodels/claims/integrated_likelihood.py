r"""The likelihood of the parameters alone, the latent path integrated out by Laplace's method.

With :math:`Q` the precision of the stationary AR(1) and :math:`u^*` the path at which the outcomes' log probability :math:`\ell` and
the path's together are highest,

.. math::

    \log p(y \mid \vartheta) \approx \ell(u^*) - \tfrac12 u^{*\prime} Q u^* + \tfrac12 \log |Q| - \tfrac12 \log |Q + W|, \qquad
    W = -\ell''(u^*)

which is exact for a continuous external series, and close for the others because each says little about its own latent value and all
of them are log-concave in it. Both matrices are tridiagonal, so that the cost grows with the number of periods and not its square.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.models.design import Design
from statusmodels.models.parameters import linear_predictor

Array = npt.NDArray[np.float64]
STEP = 1e-3  # of the finite differences: their error is below 1e-6 of the curvature
NEWTON, CLOSE, LONGEST = 50, 1e-6, 1.0
BATCH = 500_000  # dyad-periods by draws at a time


def integrated_log_likelihood(parameters: xr.Dataset, design: Design) -> Array:
    """Log likelihood of parameters, the latent path integrated out.

    Parameters
    ----------
    parameters
        Draws with leading dim ``sample`` (S).
    design
        Arrays of the panel.

    Returns
    -------
    array (S,)
    """
    step = max(1, BATCH // design.level.size)
    parts = [
        _integrated(parameters.isel(sample=slice(first, first + step)), design)
        for first in range(0, parameters.sizes["sample"], step)
    ]
    return np.concatenate(parts)


def _integrated(parameters: xr.Dataset, design: Design) -> Array:
    at = np.flatnonzero(design.modelled)
    eta = linear_predictor(parameters, design)
    draws = len(eta)

    def log_likelihood(u: Array, shifts: Array) -> Array:
        """(S, N, shifts)."""
        theta = (eta + u).reshape(draws, -1)[:, at, None] + shifts
        return outcome_log_likelihood(theta, at, design, parameters)

    u = np.zeros_like(eta)
    if not design.path:
        return np.asarray(log_likelihood(u, np.zeros(1)).sum(axis=(1, 2)))
    sigma, rho = parameters["sigma"].to_numpy()[:, None], parameters["rho"].to_numpy()[:, None]
    unit = 1 / (sigma**2 * (1 - rho**2)) if design.shape[1] > 1 else 1 / sigma**2
    inner = np.ones(design.shape[1])
    inner[1:-1] = 0.0
    diagonal = np.broadcast_to((unit * (1 + rho**2 * (1 - inner)))[:, None, :], eta.shape)
    off = -unit * rho  # (S, 1), alike for all dyads

    for _ in range(NEWTON):
        low, middle, high = np.moveaxis(log_likelihood(u, np.array([-STEP, 0.0, STEP])), -1, 0)
        score, curvature = np.zeros((2, draws, design.level.size))
        score[:, at] = (high - low) / (2 * STEP)
        curvature[:, at] = np.maximum((2 * middle - high - low) / STEP**2, 0.0)
        total = diagonal + curvature.reshape(eta.shape)
        move, log_determinant = _solve(total, off, score.reshape(eta.shape) - _times(diagonal, off, u))
        if np.abs(move).max() < CLOSE:
            break
        u = u + np.clip(move, -LONGEST, LONGEST)
    else:
        raise ArithmeticError(f"the path's mode was not found in {NEWTON} steps")
    dyads, periods = design.shape
    prior = -dyads * (periods * np.log(sigma) + 0.5 * (periods - 1) * np.log1p(-(rho**2)))[:, 0]
    square = (u * _times(diagonal, off, u)).sum(axis=(1, 2))
    return np.asarray(middle.sum(axis=1) - 0.5 * square + prior - 0.5 * log_determinant)


def _times(diagonal: Array, off: Array, u: Array) -> Array:
    out = diagonal * u
    out[..., 1:] += off[..., None] * u[..., :-1]
    out[..., :-1] += off[..., None] * u[..., 1:]
    return np.asarray(out)


def _solve(diagonal: Array, off: Array, right: Array) -> tuple[Array, Array]:
    """Solution (S, D, T) of tridiagonal systems, and the log determinants summed over dyads (S,)."""
    periods = diagonal.shape[-1]
    pivot, x = diagonal.copy(), right.copy()
    for t in range(1, periods):
        share = off / pivot[..., t - 1]
        pivot[..., t] -= share * off
        x[..., t] -= share * x[..., t - 1]
    x[..., -1] /= pivot[..., -1]
    for t in range(periods - 2, -1, -1):
        x[..., t] = (x[..., t] - off * x[..., t + 1]) / pivot[..., t]
    return x, np.log(pivot).sum(axis=(1, 2))
