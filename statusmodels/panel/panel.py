"""The Panel: an xarray Dataset over directed dyad x period, built from a catalogue.

A dyad ``"J>I"`` is seen from the receiver's side: what J did to I before the period, and how I behaved towards J in it.

A panel made from another source keeps the same names and dims, its periods without gaps. An outcome that is missing is NaN,
which is never quiet; a source that covers the dyads unequally may give ``observed`` as (dyad, period).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import pooled_level, pooled_severity
from statusmodels.events.vocabulary import THREAT
from statusmodels.panel.periods import Period, calendar, fading, mean_fading, months_per_period

Ordering = Literal["period", "daily"]
ORDERINGS: tuple[str, ...] = get_args(Ordering)
HALF_LIVES = (3.0, 12.0, 48.0)
HISTORY_HALF_LIFE = 3.0
BURN_IN_MONTHS = 12.0
SIGNALS = {
    "honor_denied": ("honor", -1),
    "honor_granted": ("honor", 1),
    "authority_denied": ("authority", -1),
    "authority_granted": ("authority", 1),
}
THREAT_SIGNALS = {"threat_posed": -1, "threat_relieved": 1}


def escalation_memory(level: np.ndarray, keep: float) -> np.ndarray:
    """Faded sum of past levels, strictly before each period.

    ``m[t + 1] = keep * (m[t] + level[t])``, with ``m[0] = 0``; a missing level adds nothing.

    Parameters
    ----------
    level : (..., T) levels, NaN where missing.
    keep : share kept from one period to the next.

    Returns
    -------
    array (..., T)

    Examples
    --------
    >>> escalation_memory(np.array([2.0, 0.0, 0.0]), 0.5)
    array([0. , 1. , 0.5])
    """
    out = np.zeros(level.shape)
    filled = np.nan_to_num(level)
    for t in range(1, level.shape[-1]):
        out[..., t] = keep * (out[..., t - 1] + filled[..., t - 1])
    return out


def acts_of(catalogue: Catalogue) -> pd.DataFrame:
    """Events with the days at which they enter a panel.

    An act known only to the month is placed on the month's last day, so that it cannot enter the predictors of a period
    that begins before it may have happened.
    """
    events = catalogue.events[["event_id", "date", "end_date", "sender", "receiver"]].copy()
    events["to_the_month"] = catalogue.events["date_precision"] == "month"
    month = events["to_the_month"]
    events.loc[month, "date"] = events.loc[month, "date"] + pd.offsets.MonthEnd(0)
    return events


def _outcome_days(
    outcome: pd.DataFrame, level: npt.NDArray[np.float64], starts: pd.DatetimeIndex
) -> npt.NDArray[np.datetime64]:
    """First day of each dyad-period's highest level, NaT where there is no escalatory act.

    An act known only to the month may have come on any day, so it counts as on the first day of its period.

    Parameters
    ----------
    outcome : acts, with the columns ``row`` (index of the dyad), ``t`` (of the period), ``level, date, to_the_month``.
    level : (D, T) highest levels.
    starts : (T,) first days of the periods.
    """
    highest = outcome[(outcome["level"] > 0) & (outcome["level"] == level[outcome["row"], outcome["t"]])]
    day = highest["date"].where(~highest["to_the_month"], starts[highest["t"]].to_series(highest.index))
    out = np.full(level.shape, np.datetime64("NaT", "D"))
    np.fmin.at(out, (highest["row"], highest["t"]), day.to_numpy().astype("datetime64[D]"))
    return out


def build(
    catalogue: Catalogue,
    period: Period = "month",
    half_lives: Sequence[float] = HALF_LIVES,
    burn_in: float = BURN_IN_MONTHS,
    ordering: Ordering = "period",
) -> xr.Dataset:
    """Build the panel of a catalogue.

    With ``ordering="period"`` the memories of a dyad-period hold the acts dated strictly before the period. With ``"daily"``
    order counts inside it too: they are those of the day of the outcome, which is the first day on which the period's highest
    level occurs, and hold the acts dated strictly before that day (and the standing states begun before it). In a
    dyad-period without an escalatory act, or whose outcome is missing, they are averaged over the days of the period, each
    day by the acts strictly before it.

    The average is there because quiet periods read on their first day and eventful ones later would let signals accumulate
    for longer before an outcome than before a quiet period, and so make an effect out of nothing. With it, if signals and
    outcomes are independent, the day of an outcome is like any other day and the two have the same expectation: it is a
    Poisson process's event times against its exposure. That is nearly so, not quite, of products of memories, because an
    average of products is not the product of averages; and where the highest level often occurs on several days of a period
    (as in years), because the first of several comes early.

    An outcome known only to the month has no day, so its memories are those of the period's first day, which cannot come
    after it (save in weeks, where such an act is placed in the week of its month's last day). A signal known only to the
    month enters on the month's last day in both orderings. The history (persistence, reciprocity) holds levels strictly
    before the period in both, because replicates redraw it period by period.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    period
        ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.
    half_lives
        Grid of half-lives of the memory of past acts, in months.
    burn_in
        Months at the start of the window whose acts are remembered but whose outcomes are not modelled, because the memory
        of what happened before the window is not known.
    ordering
        ``"period"``: memories are those of the period's first day; ``"daily"``: of the day of the outcome, or their average
        over the days of a period without one.

    Returns
    -------
    Dataset with dims ``dyad`` ("J>I"), ``period`` (first day), ``half_life`` (months), ``category`` (of threat), ``side``

    - ``honor_denied, honor_granted, authority_denied, authority_granted`` (dyad, period): severity of J's acts in the period;
      with the suffix ``_memory`` (half_life, dyad, period): faded sums of acts strictly before the period or, if ``ordering``
      is daily, strictly before the day.
    - ``threat_posed, threat_relieved`` (category, dyad, period) and their ``_memory`` (category, half_life, dyad, period).
    - ``level``: highest escalation level of I towards J (0-5); ``acts``, ``cooperation``: numbers of I's escalatory and
      cooperative acts; with daily ordering ``acts`` counts from the day of the highest level on. NaN where the period is not
      wholly inside the searched window.
    - ``history`` (side, dyad, period): ``log1p`` of the faded sum of past levels, own (I towards J) and other (J towards I).
    - ``observed`` (period): whether the outcomes of the period are modelled, for all dyads alike because a catalogue's window
      is searched for all of them; ``era`` (period): index into ``era_name``.

    Raises
    ------
    InputError
        If no period of the window is wholly covered after the burn-in.
    ValueError
        If ``period`` or ``ordering`` is not one of those named above.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> build(load("us-russia")).sizes["period"]
    576
    >>> build(load("us-russia"), "quarter", ordering="daily").attrs["ordering"]
    'daily'
    """
    if ordering not in ORDERINGS:
        raise ValueError(f"ordering must be one of {', '.join(ORDERINGS)}, not {ordering!r}")
    acts = acts_of(catalogue)
    first, last = catalogue.eras["start"].min(), catalogue.eras["end"].max()
    periods = calendar(first, last, period)
    starts = pd.DatetimeIndex(periods.start_time)
    ends = pd.DatetimeIndex(periods.end_time).normalize()
    dyads = [f"{j}>{i}" for j in catalogue.sides for i in catalogue.sides if i != j]
    shape = (len(dyads), len(periods))

    length = (ends - starts).days.to_numpy() + 1
    searched = np.zeros(len(periods))
    era = np.zeros(len(periods), dtype=np.int64)
    for k, (start, end) in enumerate(zip(catalogue.eras["start"], catalogue.eras["end"], strict=True)):
        overlap = np.minimum(ends, end) - np.maximum(starts, start)
        searched += np.maximum(overlap.days.to_numpy() + 1, 0)
        era[starts >= start] = k
    covered = searched == length
    observed = covered & (np.arange(len(periods)) * months_per_period(period) >= burn_in)
    if not observed.any():
        raise InputError(
            [Problem("eras.csv", f"the window {first:%Y-%m-%d} to {last:%Y-%m-%d} holds no whole {period} after the"
                     f" burn-in of {burn_in:g} months; widen it or shorten the burn-in")]
        )  # fmt: skip

    acts["dyad"] = acts["sender"] + ">" + acts["receiver"]
    acts["t"] = periods.get_indexer(pd.PeriodIndex(acts["date"], freq=periods.freq))
    acts = acts.assign(
        level=pooled_level(catalogue, "escalation").to_numpy(),
        cooperation=pooled_level(catalogue, "cooperation").to_numpy(),
    )
    acts = acts[acts["t"] >= 0]  # a month-dated act of a last month cut short may fall after the last period

    # the outcome of dyad J>I is I's conduct towards J, so it is read off the events sent by I
    row = {dyad: d for d, dyad in enumerate(dyads)}
    outcome = acts.assign(row=(acts["receiver"] + ">" + acts["sender"]).map(row).astype(int))
    where = outcome["row"].to_numpy(), outcome["t"].to_numpy()
    level, count, cooperation = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.maximum.at(level, where, outcome["level"].to_numpy(dtype=float))
    np.add.at(count, where, (outcome["level"] > 0).to_numpy(dtype=float))
    np.add.at(cooperation, where, (outcome["cooperation"] > 0).to_numpy(dtype=float))

    # the day at whose start each dyad-period's memories are told; NaT for the average over its days
    if ordering == "daily":
        day = np.where(covered, _outcome_days(outcome, level, starts), np.datetime64("NaT", "D"))
        # an act before that day cannot be told by signals of that day; one known only to the month may have come before it
        placed = outcome["date"].where(~outcome["to_the_month"], starts[outcome["t"]].to_series(outcome.index))
        late = placed.to_numpy().astype("datetime64[D]") >= day[where]
        count = np.zeros(shape)
        np.add.at(count, where, ((outcome["level"] > 0).to_numpy() & late).astype(float))
    else:
        day = np.broadcast_to(starts.to_numpy(), shape)
    severities = pooled_severity(catalogue).merge(acts, on="event_id")
    data: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}

    def place(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        impulse = np.zeros(shape)
        memory = np.zeros((len(half_lives), *shape))
        for dyad, mine in rows.groupby("dyad"):
            d, severity = row[dyad], mine["severity"].to_numpy(dtype=float)
            np.add.at(impulse[d], mine["t"].to_numpy(), severity)
            known, when = ~np.isnat(day[d]), (mine["date"], mine["end_date"], half_lives)
            share = np.empty((len(half_lives), len(mine), len(periods)))
            share[..., known] = fading(pd.DatetimeIndex(day[d, known]), *when)
            share[..., ~known] = mean_fading(starts[~known], ends[~known], *when)
            memory[:, d] = np.einsum("kat,a->kt", share, severity)
        return impulse, memory

    for name, (construct, valence) in SIGNALS.items():
        rows = severities[(severities["construct"] == construct) & (severities["valence"] == valence)]
        impulse, memory = place(rows)
        data[name] = (("dyad", "period"), impulse)
        data[f"{name}_memory"] = (("half_life", "dyad", "period"), memory)
    for name, valence in THREAT_SIGNALS.items():
        rows = severities[(severities["construct"] == "threat") & (severities["valence"] == valence)]
        both = [place(rows[rows["category"] == c]) for c in THREAT.category_names]
        data[name] = (("category", "dyad", "period"), np.stack([b[0] for b in both]))
        data[f"{name}_memory"] = (("category", "half_life", "dyad", "period"), np.stack([b[1] for b in both]))

    for name, values in {"level": level, "acts": count, "cooperation": cooperation}.items():
        data[name] = (("dyad", "period"), np.where(covered, values, np.nan))

    keep = 0.5 ** (months_per_period(period) / HISTORY_HALF_LIFE)
    own = np.log1p(escalation_memory(data["level"][1], keep))
    mirror = [dyads.index(">".join(reversed(d.split(">")))) for d in dyads]
    data["history"] = (("side", "dyad", "period"), np.stack([own, own[mirror]]))
    return xr.Dataset(
        {
            **data,
            "observed": ("period", observed),
            "era": ("period", era),
        },
        coords={
            "dyad": dyads,
            "period": starts,
            "half_life": np.asarray(half_lives, dtype=float),
            "category": list(THREAT.category_names),
            "side": ["own", "other"],
            "era_name": ("era_index", list(catalogue.eras["era"])),
        },
        attrs={
            "catalogue": catalogue.name,
            "sha256": catalogue.sha256,
            "period_length": period,
            "ordering": ordering,
            "history_keep": keep,
            "burn_in_months": burn_in,
        },
    )
