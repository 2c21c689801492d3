"""Ranks of a value among a few reference values, and whether they are uniform.

The ranks of calibrated quantities are uniform over ``0 ... N``. Departures to look for are a shift and a crowding in the middle or
at the ends, so the chi-square statistic is split and only its first two components are kept, which finds these with far fewer
ranks (Jolliffe and Primo 2008, *Monthly Weather Review* 136:2133; Neyman's smooth test).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

Ranks = npt.NDArray[np.float64]


def ranks_among(values: npt.ArrayLike, reference: npt.ArrayLike, rng: np.random.Generator) -> Ranks:
    """Rank of each value among its reference values, ties broken at random.

    Parameters
    ----------
    values : (R,)
    reference : (R, N) reference values of each.
    rng
        Breaks ties.

    Returns
    -------
    array (R,)
        Whole numbers 0 to N; NaN where a value or any of its reference values is NaN.

    Examples
    --------
    >>> ranks_among([0.3, 0.3], [[0.1, 0.5], [0.1, np.nan]], np.random.default_rng(1))
    array([ 1., nan])
    """
    values, reference = np.asarray(values, dtype=float)[:, None], np.asarray(reference, dtype=float)
    below, ties = (reference < values).sum(axis=1), (reference == values).sum(axis=1)
    found: Ranks = (below + rng.integers(ties + 1)).astype(float)
    found[np.isnan(values[:, 0]) | np.isnan(reference).any(axis=1)] = np.nan
    return found


def components(found: Ranks, n: int) -> tuple[Ranks, Ranks]:
    """Location and dispersion of ranks, of mean 0 and variance 1 if they are uniform over ``0 ... n``, and uncorrelated.

    Examples
    --------
    >>> location, dispersion = components(np.arange(5.0), 4)
    >>> float(location[0].round(3)), float(dispersion[0].round(3)), float(dispersion[2].round(3))
    (-1.414, 1.195, -1.195)
    """
    steps = np.arange(n + 1) - n / 2
    middle = found - n / 2
    return middle / steps.std(), (middle**2 - (steps**2).mean()) / (steps**2).std()


def smooth_test(found: Ranks, n: int) -> float:
    """Tail probability of uniform ranks being as shifted, crowded or spread as these; NaN if there are none.

    Parameters
    ----------
    found : (R,) independent ranks over ``0 ... n``; NaN is left out.
    n
        Reference values of each; at least 2, or there is no dispersion to see.

    Examples
    --------
    >>> smooth_test(np.tile(np.arange(5.0), 40), 4)
    1.0
    >>> smooth_test(np.tile([1.0, 2.0, 3.0], 40), 4) < 0.001
    True
    """
    known = found[np.isfinite(found)]
    if not len(known):
        return float("nan")
    return float(stats.chi2.sf(len(known) * sum(c.mean() ** 2 for c in components(known, n)), 2))


def crowding_test(found: Ranks, n: int) -> float:
    """Tail probability of the dispersion of several quantities' ranks together, which need not be independent of each other.

    Parameters
    ----------
    found : (Q, R) ranks of Q quantities in R independent records; NaN is left out.
    n
        Reference values of each.

    Returns
    -------
    float
        Of a two-sided t-test on the records' mean dispersions; NaN if there are fewer than two.
    """
    known = np.isfinite(found)
    dispersion = np.where(known, components(np.where(known, found, 0.0), n)[1], 0.0)
    some = known.any(axis=0)
    means = dispersion.sum(axis=0)[some] / known.sum(axis=0)[some]
    return float(stats.ttest_1samp(means, 0.0).pvalue) if len(means) > 1 else float("nan")
