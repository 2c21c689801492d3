"""The pilot: a quick Gaussian approximation of the latent path, in whose coordinates the model is sampled.

It affects only the speed of sampling: the change of variables in :mod:`statusmodels.models.kernel` is exact for any pilot.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded
from scipy.special import expit

from statusmodels.models.design import LEVELS, Design

Array = npt.NDArray[np.float64]
SIGMA, RHO = 0.6, 0.7  # near the middle of their priors
STEPS = 12


def pilot(design: Design) -> tuple[Array, Array]:
    """Curvature and working response of the ordinal outcome at the mode of a path-only model.

    Cutpoints are the observed frequencies' log odds; Newton steps (Fisher scoring) find the mode of the path given a typical
    sigma and rho.

    Parameters
    ----------
    design
        Arrays of the panel.

    Returns
    -------
    curvature, response : (D, T)
        ``curvature >= 0``, and zero where the outcome is not modelled.
    """
    on = design.weight > 0
    n = on.sum()
    share = np.array([(design.level[on] >= k).sum() + 0.5 for k in range(1, LEVELS + 1)]) / (n + 1.0)
    cut = np.log1p(-share) - np.log(share) + 0.05 * np.arange(LEVELS)
    cut = cut * np.sqrt(1 + 0.346 * SIGMA**2)
    upper = np.append(cut, np.inf)[design.level]
    lower = np.append(-np.inf, cut)[design.level]
    v = SIGMA**2 * (1 - RHO**2)
    dyads, periods = design.shape
    precision = np.full(periods, (1 + RHO**2) / v)
    precision[[0, -1]] = 1 / v if periods > 1 else 1 / SIGMA**2
    u = np.zeros(design.shape)
    for _ in range(STEPS):
        at_least = expit(u[..., None] - cut)
        tail = np.concatenate([np.ones((*u.shape, 1)), at_least, np.zeros((*u.shape, 1))], axis=-1)
        slope = tail * (1 - tail)
        probability = np.maximum(tail[..., :-1] - tail[..., 1:], 1e-12)
        curvature = design.weight * ((slope[..., :-1] - slope[..., 1:]) ** 2 / probability).sum(axis=-1)
        score = design.weight * (expit(lower - u) - expit(u - upper))
        for d in range(dyads):
            band = np.vstack([precision + curvature[d], np.full(periods, -RHO / v)])
            band[1, -1] = 0.0
            u[d] = solveh_banded(band, score[d] + curvature[d] * u[d], lower=True)
    response = u + score / np.where(curvature > 0, curvature, 1.0)
    return curvature, response
