"""Calendar periods and the exact ages of acts at their start."""

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
    start: pd.DatetimeIndex, date: pd.Series, end_date: pd.Series, half_lives: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    r"""How much of each act is still remembered at the start of each period.

    An act dated on or after the start of a period counts nothing in it. A standing act (one with an end date) counts in
    full until its end, then fades; a passing act fades from its date:

    .. math:: m_{h,a,t} = 2^{-(\tau_t - e_a) / h} \quad (e_a < \tau_t), \qquad 1 \quad (d_a < \tau_t \le e_a),
              \qquad 0 \quad (d_a \ge \tau_t)

    Parameters
    ----------
    start : (T,) first days of the periods.
    date : (A,) days of the acts.
    end_date : (A,) last days of standing acts, NaT for passing ones.
    half_lives : (K,) half-lives in months.

    Returns
    -------
    array (K, A, T) with values in [0, 1]
    """
    tau = start.to_numpy().astype("datetime64[D]")[None, :]
    begun = date.to_numpy().astype("datetime64[D]")[:, None]
    ended = end_date.fillna(date).to_numpy().astype("datetime64[D]")[:, None]
    age = np.maximum((tau - ended).astype(float), 0.0)
    half = np.asarray(half_lives, dtype=float)[:, None, None] * DAYS_PER_MONTH
    return np.where(begun < tau, np.exp2(-age / half), 0.0)
