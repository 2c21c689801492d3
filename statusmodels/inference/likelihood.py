"""The pointwise likelihood of a fit, with each period's latent risk integrated out.

Conditioning on the latent value that was fitted to the very point that is left out makes importance weights hopeless. Here the
point's latent value is integrated over its conditional distribution given its neighbours on the path (integrated importance
sampling, Vehtari et al. 2016, *JMLR* 17(103)): exactly over a continuous external series, which is normal given the risk, and by
Gauss-Hermite quadrature over the other outcomes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import gammaln, log_expit, logsumexp

from statusmodels.models.design import Design
from statusmodels.models.parameters import linear_predictor

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
NODES = 9
BATCH = 2_000_000


def outcome_log_likelihood(theta: Array, at: Counts, design: Design, parameters: xr.Dataset) -> Array:
    """Log probability of the outcomes of some dyad-periods given their risk.

    Parameters
    ----------
    theta : (S, N, Q) risk.
    at : (N,) the dyad-periods, as indices of the flattened (D, T).
    design : arrays of the panel, with the outcomes.
    parameters : draws with leading dim ``sample`` (S).

    Returns
    -------
    array (S, N, Q)
    """
    on_level, on_acts, on_external = design.weights.reshape(3, -1)[:, at]
    level = design.level.ravel()[at]
    out = np.zeros(theta.shape)
    if design.has_level:
        on = np.flatnonzero(on_level)
        out[:, on] += _ordinal(theta[:, on], level[on], parameters["cutpoint"].to_numpy())
    if "acts" in design.outcomes:
        on = np.flatnonzero(on_acts * ((level > 0) | (not design.has_level)))
        act = {k: parameters[f"act_{k}"].to_numpy()[:, None, None] for k in ("intercept", "slope", "dispersion")}
        k = design.extra.ravel()[at[on]][None, :, None].astype(float)
        log_mean = act["intercept"] + act["slope"] * theta[:, on]
        if design.has_level:
            log_mean = log_mean + parameters["act_rise"].to_numpy()[:, None, None] * (level[on] - 1.0)[None, :, None]
        phi = act["dispersion"]
        log_total = np.log(phi + np.exp(log_mean))
        out[:, on] += gammaln(k + phi) - gammaln(phi) - gammaln(k + 1)
        out[:, on] += phi * (np.log(phi) - log_total) + k * (log_mean - log_total)
    if design.external is not None:
        on = np.flatnonzero(on_external)
        series = design.external.ravel()[at[on]]
        slope = parameters["external_slope"].to_numpy()[:, None, None]
        if design.external_levels:
            cut = parameters["external_cutpoint"].to_numpy()
            out[:, on] += _ordinal(slope * theta[:, on], series.astype(np.int64), cut)
        else:
            intercept, scale = (parameters[f"external_{k}"].to_numpy()[:, None, None] for k in ("intercept", "scale"))
            r = (series[None, :, None] - intercept - slope * theta[:, on]) / scale
            out[:, on] -= 0.5 * r**2 + np.log(scale) + 0.5 * np.log(2 * np.pi)
    return out


def _ordinal(x: Array, level: Counts, cut: Array) -> Array:
    """Log probability of levels (N,) under the cumulative logit of ``x`` (S, N, Q) with cutpoints (S, G)."""
    edge = np.full((len(cut), 1), np.inf)
    upper = np.concatenate([cut, edge], axis=1)[:, level][:, :, None]
    lower = np.concatenate([-edge, cut], axis=1)[:, level][:, :, None]
    gap = np.concatenate([edge, np.diff(cut, axis=1), edge], axis=1)
    between = np.log(-np.expm1(-gap))[:, level][:, :, None]
    return np.asarray(log_expit(upper - x) + log_expit(x - lower) + between)


def pointwise(posterior: xr.Dataset, design: Design, draws: int = 1000) -> xr.DataArray:
    """Integrated log likelihood of each modelled dyad-period.

    Parameters
    ----------
    posterior
        Posterior of a fit, with the latent path ``u``.
    design
        Arrays of its panel.
    draws
        Draws to use, spread evenly over the chains.

    Returns
    -------
    DataArray (chain, draw, point)
    """
    chains, length = posterior.sizes["chain"], posterior.sizes["draw"]
    keep = np.unique(np.linspace(0, length - 1, max(1, draws // chains)).astype(int))
    flat = posterior.isel(draw=keep).stack(sample=("chain", "draw"), create_index=False).transpose("sample", ...)
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    at = np.flatnonzero(design.modelled)
    out = np.empty((len(keep) * chains, len(at)))
    inner = np.ones(design.shape[1], dtype=bool)
    inner[[0, -1]] = False
    step = max(1, BATCH // (len(at) * NODES))  # draws at a time, to keep the quadrature's array small
    for first in range(0, len(out), step):
        some = flat.isel(sample=slice(first, first + step))
        fixed = linear_predictor(some, design)
        scale = np.zeros_like(fixed)
        if design.path:
            u = some["u"].to_numpy().astype(float)
            rho, sigma = some["rho"].to_numpy()[:, None, None], some["sigma"].to_numpy()[:, None, None]
            before = np.concatenate([np.zeros_like(u[..., :1]), u[..., :-1]], axis=-1)
            after = np.concatenate([u[..., 1:], np.zeros_like(u[..., :1])], axis=-1)
            scale = np.broadcast_to(sigma * np.sqrt((1 - rho**2) / np.where(inner, 1 + rho**2, 1.0)), u.shape)
            if design.shape[1] > 1:
                fixed = fixed + rho * (before + after) / np.where(inner, 1 + rho**2, 1.0)
            else:
                scale = np.broadcast_to(sigma, u.shape)
        mean, scale = (x.reshape(len(fixed), -1)[:, at] for x in (fixed, scale))
        others, series = design, np.zeros_like(mean)
        if design.external is not None and not design.external_levels:
            mean, scale, series = _given_the_series(mean, scale, design.external.ravel()[at], some)
            others = replace(design, external=None, outcomes=tuple(k for k in design.outcomes if k != "external"))
        ll = outcome_log_likelihood(mean[..., None] + scale[..., None] * node, at, others, some)
        out[first : first + step] = series + logsumexp(ll, axis=-1, b=weight / weight.sum())
    return xr.DataArray(out.reshape(chains, len(keep), -1), dims=("chain", "draw", "point"), name="outcome")


def _given_the_series(mean: Array, scale: Array, series: Array, parameters: xr.Dataset) -> tuple[Array, Array, Array]:
    """Mean and standard deviation (S, N) of the risk given a continuous series (N,) too, and the series' log probability.

    ``mean, scale`` are those without it; where the series is NaN they stay, and its log probability is 0.
    """
    intercept, slope, noise = (parameters[f"external_{k}"].to_numpy()[:, None] for k in ("intercept", "slope", "scale"))
    told = np.isfinite(series)
    total = np.hypot(slope * scale, noise)
    r = np.where(told, series - intercept - slope * mean, 0.0) / total
    log_probability = -0.5 * r**2 - np.log(total) - 0.5 * np.log(2 * np.pi)
    narrowed = np.where(told, scale * noise / total, scale)
    return mean + slope * scale**2 / total * r, narrowed, np.where(told, log_probability, 0.0)
