"""Rank correlation of two time series, with an interval that respects their serial correlation.

Used to compare a catalogue with independent measures. Two slow series correlate by accident more often than independent pairs
of numbers would; the interval is as wide as the number of effectively independent pairs asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rho of two series.

    Attributes
    ----------
    rho : rank correlation over the periods where both are known.
    low, high : limits of the 95 % interval.
    pairs : number of those periods.
    effective : number of independent pairs that carry as much information.
    """

    rho: float
    low: float
    high: float
    pairs: int
    effective: float


def autocorrelation(x: np.ndarray, lags: int) -> np.ndarray:
    """Autocorrelation at lags 1 to ``lags`` of a series with missing values, each over the pairs that are known.

    Parameters
    ----------
    x : (period,) values in order of time, NaN where missing.
    lags : highest lag, in periods.

    Returns
    -------
    array (lags,)
        0 at a lag with fewer than three pairs.

    Examples
    --------
    >>> autocorrelation(np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]), 1)
    array([-1.])
    """
    z = x - np.nanmean(x)
    variance = np.nanmean(z**2)
    out = np.zeros(lags)
    for k in range(1, lags + 1):
        products = z[k:] * z[:-k]
        if np.isfinite(products).sum() >= 3 and variance > 0:
            out[k - 1] = np.nanmean(products) / variance
    return out


def rank_correlation(x: np.ndarray, y: np.ndarray, level: float = 0.95) -> RankCorrelation:
    """Spearman's rho with an interval from the effective number of pairs.

    The effective number is Pyper and Peterman's (1998), on ranks: ``1/N* = 1/N + 2/N sum_j (N - j)/N r_x(j) r_y(j)`` over lags up to
    N/5, and never more than N. The interval is Fisher's with the variance ``1.06/(N* - 3)`` of Spearman's rho (Fieller, Hartley and
    Pearson 1957).

    Parameters
    ----------
    x, y : (period,) series on the same periods in order of time, NaN where missing.
    level : confidence.

    Returns
    -------
    RankCorrelation
        NaN where one series does not vary or fewer than five periods are known in both; the limits are -1 and 1 where the
        effective number of pairs is four or less.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal(200)
    >>> result = rank_correlation(x, x + rng.standard_normal(200))
    >>> bool(0.5 < result.low < result.rho < result.high < 0.9)
    True
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(x) & np.isfinite(y)
    n = int(known.sum())
    if n < 5 or np.ptp(x[known]) == 0 or np.ptp(y[known]) == 0:
        return RankCorrelation(np.nan, np.nan, np.nan, n, np.nan)
    ranks = np.full((2, x.size), np.nan)
    ranks[0, known], ranks[1, known] = stats.rankdata(x[known]), stats.rankdata(y[known])
    rho = float(np.corrcoef(ranks[0, known], ranks[1, known])[0, 1])
    lags = max(1, n // 5)
    share = (n - np.arange(1, lags + 1)) / n
    inflation = 1.0 + 2.0 * float((share * autocorrelation(ranks[0], lags) * autocorrelation(ranks[1], lags)).sum())
    effective = n / max(inflation, 1.0)
    if effective <= 4:
        return RankCorrelation(rho, -1.0, 1.0, n, effective)
    half = stats.norm.ppf(0.5 + level / 2) * np.sqrt(1.06 / (effective - 3))
    centre = np.arctanh(np.clip(rho, -1 + 1e-15, 1 - 1e-15))
    return RankCorrelation(rho, float(np.tanh(centre - half)), float(np.tanh(centre + half)), n, effective)
