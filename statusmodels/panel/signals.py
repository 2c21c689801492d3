"""Memory of signals that are dated to whole periods."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from statusmodels.panel.periods import DAYS_PER_MONTH


def faded(
    impulse: npt.NDArray[np.float64], half_lives: npt.ArrayLike, period: pd.PeriodIndex
) -> npt.NDArray[np.float64]:
    r"""Faded sums of impulses strictly before each period.

    When in its period an impulse came is not known, so it counts as on the period's last day, which no later period's first
    day can precede:

    .. math:: m_{h,t} = \sum_{s < t} x_s\, 2^{-(\tau_t - e_s) / h}

    with :math:`\tau_t` the first day of period t and :math:`e_s` the last day of period s, as
    :func:`statusmodels.panel.periods.fading` has it for dated acts. A missing impulse adds nothing, which understates the
    memory after it; a panel should not model outcomes soon after a gap.

    Parameters
    ----------
    impulse : (..., dyad, T) impulses, NaN where missing.
    half_lives : (K,) half-lives in months.
    period : (T,) periods in order and without gaps.

    Returns
    -------
    array (K, ..., dyad, T)

    Raises
    ------
    ValueError
        If the periods are not one for each impulse, in order and without gaps.

    Examples
    --------
    >>> days = pd.period_range("2001-01", "2001-03", freq="M")
    >>> faded(np.array([[1.0, 0.0, 0.0]]), [1.0], days).round(3)
    array([[[0.   , 0.977, 0.517]]])
    """
    impulse = np.asarray(impulse, dtype=float)
    if len(period) != impulse.shape[-1] or not period.equals(
        pd.period_range(period[0], periods=len(period), freq=period.freq)
    ):
        raise ValueError("give one period for each impulse, in order and without gaps")
    start = period.start_time.to_numpy().astype("datetime64[D]")
    half = np.asarray(half_lives, dtype=float) * DAYS_PER_MONTH
    filled = np.nan_to_num(impulse)
    out = np.zeros((len(half), *impulse.shape))
    one_day = np.exp2(-1.0 / half).reshape(-1, *(1 for _ in impulse.shape[:-1]))
    for t in range(1, len(period)):
        keep = np.exp2(-float((start[t] - start[t - 1]).astype(int)) / half).reshape(one_day.shape)
        out[..., t] = keep * out[..., t - 1] + one_day * filled[..., t - 1]
    return out
