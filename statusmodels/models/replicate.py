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
) -> tuple[Counts, Counts]:
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
    """
    dyads, periods = design.shape
    draws = parameters.sizes["sample"]
    fixed = linear_predictor(parameters, design, history=np.zeros_like(design.history))
    gamma = parameters["history"].to_numpy()
    cut = parameters["cutpoint"].to_numpy()[:, None, :]
    rho, sigma = parameters["rho"].to_numpy()[:, None], parameters["sigma"].to_numpy()[:, None]
    intercept, slope, rise, dispersion = (
        parameters[f"act_{k}"].to_numpy()[:, None] for k in ("intercept", "slope", "rise", "dispersion")
    )
    shock = rng.standard_normal((periods, draws, dyads))
    uniform = rng.random((periods, draws, dyads))
    observed = np.ones_like(design.weight) if from_start else design.weight
    level = np.zeros((draws, dyads, periods), dtype=np.int64)
    extra = np.zeros_like(level)
    u = sigma * shock[0]
    memory = np.zeros((draws, dyads))
    for t in range(periods):
        if path is not None:
            u = path[:, :, t]
        elif t:
            u = rho * u + sigma * np.sqrt(1.0 - rho**2) * shock[t]
        own = np.log1p(memory)
        theta = (
            fixed[:, :, t]
            + gamma[:, :1] * (own - design.history_mean[0])
            + gamma[:, 1:] * (own[:, design.mirror] - design.history_mean[1])
            + u
        )
        at_least = 1.0 / (1.0 + np.exp(-(theta[:, :, None] - cut)))
        drawn = (uniform[t][:, :, None] < at_least).sum(axis=-1)
        log_mean = intercept + slope * theta + rise * (drawn - 1)
        rate = rng.gamma(dispersion, np.exp(np.minimum(log_mean, 20.0)) / dispersion)
        more = rng.poisson(rate)
        on = observed[:, t] > 0
        level[:, :, t] = np.where(on, drawn, 0)
        extra[:, :, t] = np.where(on & (drawn > 0), more, 0)
        past = np.where(on, drawn, np.nan_to_num(design.start_level[:, t]))
        memory = design.keep * (memory + past)
    return level, extra
