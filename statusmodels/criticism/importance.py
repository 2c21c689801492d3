"""Pareto-smoothed importance weights (Vehtari, Simpson, Gelman, Yao & Gabry 2024, *JMLR* 25(72))."""

from __future__ import annotations

import arviz  # noqa: F401  (its accessor on arrays is used)
import numpy as np
import numpy.typing as npt
import xarray as xr

Array = npt.NDArray[np.float64]


def smoothed(log_ratio: Array) -> tuple[Array, float]:
    """Importance weights of draws, their largest smoothed, and the diagnostic k.

    Parameters
    ----------
    log_ratio : (S,)
        Log of the density wanted over the density drawn from, up to a constant.

    Returns
    -------
    weights : (S,)
        They sum to one.
    k
        Shape of the weights' tail; the answer is not to be trusted above :func:`limit`. NaN where all weights are equal, which
        leaves nothing to smooth.

    Examples
    --------
    >>> weights, k = smoothed(np.zeros(4))
    >>> weights
    array([0.25, 0.25, 0.25, 0.25])
    """
    if np.ptp(log_ratio) == 0:
        return np.full(len(log_ratio), 1 / len(log_ratio)), float("nan")
    # the function takes log likelihoods of what is left out, whose ratios are their inverses
    log_weight, k = xr.DataArray(-log_ratio, dims="sample").azstats.psislw(dim="sample")
    weight = np.exp(log_weight.to_numpy() - float(log_weight.max()))
    return weight / weight.sum(), float(k)


def limit(draws: int) -> float:
    """Highest k that importance weights of so many draws can be trusted with.

    Examples
    --------
    >>> round(limit(1000), 3), limit(4000)
    (0.667, 0.7)
    """
    return float(min(1 - 1 / np.log10(draws), 0.7))
