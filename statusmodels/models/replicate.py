"""Outcomes drawn from the model, period by period: replicated data sets and simulated truths.

A replicate keeps the signals as they were and draws everything that the model calls chance: a new latent path from its
stationary AR(1) and, in each period, a level and further acts, which then enter the history of the periods that follow.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.models.design import Design
from statusmodels.models.parameters import linear_predictor

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def replicate(
    parameters: xr.Dataset,
    design: Design,
    rng: np.random.Generator,
    from_start: bool = False,
    path: Array | None = None,
) -> tuple[Counts, Counts, Array | None]:
    """Draw one replicated history of outcomes for each draw of the parameters.

    Parameters
    ----------
    parameters
        As returned by :func:`~statusmodels.models.parameters.constrain`, with the one leading dim ``sample`` (S draws).
    design
        Arrays of the panel.
    rng
        Source of randomness.
    from_start
        Draw the outcomes of the periods before the first modelled one too. Otherwise those keep their observed levels.
    path
        (S, D, T) latent path; drawn from its stationary AR(1) if None.

    Returns
    -------
    level, extra : (S, D, T)
        Zero where the outcome is not modelled.
    external : (S, D, T)
        NaN where the series says nothing; None without one.

    Where the outcome ``level`` is not modelled the history that enters the risk stays as observed, because it is one of levels; so
    does that of a side without a dyad of its own.
    """
    dyads, periods = design.shape
    draws = parameters.sizes["sample"]
    recursive = "level" in design.outcomes
    covariates = np.concatenate([np.zeros_like(design.history[:2]), design.history[2:]])
    fixed = linear_predictor(parameters, design, history=covariates if recursive else None)
    gamma = parameters["history"].to_numpy()
    cut = parameters["cutpoint"].to_numpy()[:, None, :] if design.has_level else None
    act = None
    if "acts" in design.outcomes:
        names = ("intercept", "slope", "rise", "dispersion")
        act = [parameters[f"act_{k}"].to_numpy()[:, None] if f"act_{k}" in parameters else 0.0 for k in names]
    shock = rng.standard_normal((periods, draws, dyads))
    uniform = rng.random((periods, draws, dyads))
    on_level, on_acts, _ = design.weights > 0
    if from_start:
        on_level, on_acts = np.ones_like(on_level), np.ones_like(on_acts)
    level = np.zeros((draws, dyads, periods), dtype=np.int64)
    extra = np.zeros_like(level)
    risk = np.empty((draws, dyads, periods))
    if path is None and not design.path:
        path = np.zeros((draws, dyads, periods))
    if path is None:
        rho, sigma = parameters["rho"].to_numpy()[:, None], parameters["sigma"].to_numpy()[:, None]
        u = sigma * shock[0]
    memory = np.zeros((draws, dyads))
    alone = design.mirror < 0
    for t in range(periods):
        if path is not None:
            u = path[:, :, t]
        elif t:
            u = rho * u + sigma * np.sqrt(1.0 - rho**2) * shock[t]
        theta = fixed[:, :, t] + u
        if recursive:
            own = np.log1p(memory)
            other = np.where(alone, design.history[1, :, t], own[:, design.mirror] - design.history_mean[1])
            theta = theta + gamma[:, :1] * (own - design.history_mean[0]) + gamma[:, 1:2] * other
        risk[:, :, t] = theta
        drawn = np.zeros((draws, dyads), dtype=np.int64)
        if cut is not None:
            at_least = 1.0 / (1.0 + np.exp(-(theta[:, :, None] - cut)))
            drawn = (uniform[t][:, :, None] < at_least).sum(axis=-1)
            level[:, :, t] = np.where(on_level[:, t], drawn, 0)
        if act is not None:
            intercept, slope, rise, dispersion = act
            log_mean = intercept + slope * theta + rise * (drawn - 1)
            rate = rng.gamma(dispersion, np.exp(np.minimum(log_mean, 20.0)) / dispersion)
            more = rng.poisson(rate)
            extra[:, :, t] = np.where(on_acts[:, t] & ((drawn > 0) | (cut is None)), more, 0)
        if recursive:
            past = np.where(on_level[:, t], drawn, np.nan_to_num(design.start_level[:, t]))
            memory = design.keep * (memory + past)
    return level, extra, None if design.external is None else _external(parameters, risk, design, rng)


def _external(parameters: xr.Dataset, risk: Array, design: Design, rng: np.random.Generator) -> Array:
    x = parameters["external_slope"].to_numpy()[:, None, None] * risk
    if design.external_levels:
        cut = parameters["external_cutpoint"].to_numpy()[:, None, None, :]
        at_least = 1.0 / (1.0 + np.exp(-(x[..., None] - cut)))
        drawn = (rng.random(x.shape)[..., None] < at_least).sum(axis=-1).astype(float)
    else:
        intercept, scale = (parameters[f"external_{k}"].to_numpy()[:, None, None] for k in ("intercept", "scale"))
        drawn = intercept + x + scale * rng.standard_normal(x.shape)
    return np.where(design.weights[2] > 0, drawn, np.nan)
