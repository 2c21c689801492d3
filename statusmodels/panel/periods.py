"""Calendar periods, and how much of an act is still remembered on a day or over the days of a period."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

Period = Literal["week", "month", "quarter", "year"]
PERIODS: tuple[str, ...] = get_args(Period)
_FREQUENCY = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
DAYS_PER_MONTH = 365.25 / 12


def calendar(start: pd.Timestamp, end: pd.Timestamp, period: Period) -> pd.PeriodIndex:
    """All periods that overlap ``[start, end]``, in order.

    Raises
    ------
    ValueError
        If ``period`` is not one of week, month, quarter, year.

    Examples
    --------
    >>> len(calendar(pd.Timestamp("1977-01-01"), pd.Timestamp("1978-12-31"), "quarter"))
    8
    """
    if period not in _FREQUENCY:
        raise ValueError(f"period must be one of {', '.join(PERIODS)}, not {period!r}")
    return pd.period_range(start, end, freq=_FREQUENCY[period])


def months_per_period(period: Period) -> float:
    """Average length of a period in months."""
    return {"week": 7 / DAYS_PER_MONTH, "month": 1.0, "quarter": 3.0, "year": 12.0}[period]


def fading(
    day: pd.DatetimeIndex, date: pd.Series, end_date: pd.Series, half_lives: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    r"""How much of each act is still remembered on each day.

    An act dated on or after a day counts nothing on it. A standing act (one with an end date) counts in full until its
    end, then fades; a passing act fades from its date:

    .. math:: m_{h,a,t} = 2^{-(\tau_t - e_a) / h} \quad (e_a < \tau_t), \qquad 1 \quad (d_a < \tau_t \le e_a),
              \qquad 0 \quad (d_a \ge \tau_t)

    Parameters
    ----------
    day : (T,) days, such as the first days of the periods.
    date : (A,) days of the acts.
    end_date : (A,) last days of standing acts, NaT for passing ones.
    half_lives : (K,) half-lives in months.

    Returns
    -------
    array (K, A, T) with values in [0, 1]

    Examples
    --------
    >>> passing = pd.Series(pd.to_datetime(["2001-01-01"])), pd.Series(pd.to_datetime([None]))
    >>> fading(pd.DatetimeIndex(["2001-01-01", "2001-01-02", "2005-01-01"]), *passing, [48.0]).round(3)
    array([[[0. , 1. , 0.5]]])
    """
    tau = day.to_numpy().astype("datetime64[D]")[None, :]
    begun = date.to_numpy().astype("datetime64[D]")[:, None]
    ended = end_date.fillna(date).to_numpy().astype("datetime64[D]")[:, None]
    age = np.maximum((tau - ended).astype(float), 0.0)
    half = np.asarray(half_lives, dtype=float)[:, None, None] * DAYS_PER_MONTH
    return np.where(begun < tau, np.exp2(-age / half), 0.0)


def mean_fading(
    start: pd.DatetimeIndex, end: pd.DatetimeIndex, date: pd.Series, end_date: pd.Series, half_lives: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    r"""How much of each act is remembered on an average day of each period: the mean of :func:`fading` over its days.

    In closed form. Of the days after the act, those up to its end count in full and the :math:`n` days from :math:`f` to
    the period's last are a geometric series:

    .. math:: \sum_{\tau = f}^{f + n - 1} 2^{-(\tau - e_a) / h} = 2^{-(f - e_a) / h}\,\frac{1 - 2^{-n / h}}{1 - 2^{-1 / h}}

    Parameters
    ----------
    start, end : (T,) first and last days of the periods.
    date, end_date, half_lives : as in :func:`fading`.

    Returns
    -------
    array (K, A, T) with values in [0, 1]

    Examples
    --------
    >>> standing = pd.Series(pd.to_datetime(["2001-01-10"])), pd.Series(pd.to_datetime(["2001-12-31"]))
    >>> month = pd.DatetimeIndex(["2001-01-01"]), pd.DatetimeIndex(["2001-01-31"])
    >>> float(mean_fading(*month, *standing, [48.0])[0, 0, 0]) == 21 / 31
    True
    """
    first, last = (x.to_numpy().astype("datetime64[D]").astype(np.int64)[None, :] for x in (start, end))
    begun, ended = (
        x.to_numpy().astype("datetime64[D]").astype(np.int64)[:, None] for x in (date, end_date.fillna(date))
    )
    from_day = np.maximum(first, begun + 1)
    held = np.maximum(np.minimum(last, ended) - from_day + 1, 0)
    from_end = np.maximum(from_day, ended + 1)
    fades = np.maximum(last - from_end + 1, 0)
    half = np.asarray(half_lives, dtype=float)[:, None, None] * DAYS_PER_MONTH
    # expm1 keeps the digits that 1 - 2^(-1/h) would lose at long half-lives; the floor lets an act that never fades (an
    # infinite half-life) count one for each day
    rate = np.maximum(np.log(2.0) / half, np.finfo(float).tiny)
    faded = np.exp2(-(from_end - ended) / half) * np.expm1(-fades * rate) / np.expm1(-rate)
    mean: npt.NDArray[np.float64] = (held + faded) / (last - first + 1)
    return mean
