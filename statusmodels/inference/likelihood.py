"""The pointwise likelihood of a fit, with each period's latent risk integrated out.

Conditioning on the latent value that was fitted to the very point that is left out makes importance weights hopeless. Here the
point's latent value is integrated over its conditional distribution given its neighbours on the path (integrated importance
sampling, Vehtari et al. 2016, *JMLR* 17(103)), by Gauss-Hermite quadrature.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import gammaln, log_expit, logsumexp

from statusmodels.models.design import Design
from statusmodels.models.parameters import linear_predictor

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
NODES = 9


def outcome_log_likelihood(theta: Array, level: Counts, extra: Counts, parameters: xr.Dataset) -> Array:
    """Log probability of level and further acts given the risk.

    Parameters
    ----------
    theta : (S, N, Q) risk.
    level, extra : (N,) outcomes.
    parameters : draws with leading dim ``sample`` (S).

    Returns
    -------
    array (S, N, Q)
    """
    cut = parameters["cutpoint"].to_numpy()
    draws = len(cut)
    edge = np.full((draws, 1), np.inf)
    upper = np.concatenate([cut, edge], axis=1)[:, level][:, :, None]
    lower = np.concatenate([-edge, cut], axis=1)[:, level][:, :, None]
    gap = np.concatenate([edge, np.diff(cut, axis=1), edge], axis=1)
    between = np.log(-np.expm1(-gap))[:, level][:, :, None]
    out = log_expit(upper - theta) + log_expit(theta - lower) + between
    on = np.flatnonzero(level > 0)
    act = {k: parameters[f"act_{k}"].to_numpy()[:, None, None] for k in ("intercept", "slope", "rise", "dispersion")}
    k = extra[on][None, :, None].astype(float)
    log_mean = act["intercept"] + act["slope"] * theta[:, on] + act["rise"] * (level[on] - 1.0)[None, :, None]
    phi = act["dispersion"]
    log_total = np.log(phi + np.exp(log_mean))
    out[:, on] += gammaln(k + phi) - gammaln(phi) - gammaln(k + 1)
    out[:, on] += phi * (np.log(phi) - log_total) + k * (log_mean - log_total)
    return np.asarray(out)


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
    u = flat["u"].to_numpy().astype(float)
    rho, sigma = flat["rho"].to_numpy()[:, None, None], flat["sigma"].to_numpy()[:, None, None]
    before = np.concatenate([np.zeros_like(u[..., :1]), u[..., :-1]], axis=-1)
    after = np.concatenate([u[..., 1:], np.zeros_like(u[..., :1])], axis=-1)
    inner = np.ones(design.shape[1], dtype=bool)
    inner[[0, -1]] = False
    mean = rho * (before + after) / np.where(inner, 1 + rho**2, 1.0)
    scale = sigma * np.sqrt((1 - rho**2) / np.where(inner, 1 + rho**2, 1.0))
    if design.shape[1] == 1:
        mean, scale = np.zeros_like(u), np.broadcast_to(sigma, u.shape)
    on = design.weight > 0
    fixed = linear_predictor(flat, design) + mean
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    out = np.empty((len(keep) * chains, int(on.sum())))
    step = 100  # draws at a time, to keep the quadrature's array small
    for s in range(0, len(out), step):
        part = slice(s, s + step)
        theta = fixed[part][:, on][:, :, None] + np.broadcast_to(scale, u.shape)[part][:, on][:, :, None] * node
        ll = outcome_log_likelihood(theta, design.level[on], design.extra[on], flat.isel(sample=part))
        out[part] = logsumexp(ll, axis=-1, b=weight / weight.sum())
    return xr.DataArray(out.reshape(chains, len(keep), -1), dims=("chain", "draw", "point"), name="outcome")
