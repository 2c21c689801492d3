"""The Panel: an xarray Dataset over directed dyad x period, built from a catalogue.

A dyad ``"J>I"`` is seen from the receiver's side: what J did to I before the period, and how I behaved towards J in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import pooled_level, pooled_severity
from statusmodels.events.vocabulary import THREAT
from statusmodels.panel.periods import Period, calendar, fading, months_per_period

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


def _acts(catalogue: Catalogue) -> pd.DataFrame:
    """Events with the days at which they enter a panel.

    An act known only to the month is placed on the month's last day, so that it cannot enter the predictors of a period
    that begins before it may have happened.
    """
    events = catalogue.events[["event_id", "date", "end_date", "date_precision", "sender", "receiver"]].copy()
    month = events["date_precision"] == "month"
    events.loc[month, "date"] = events.loc[month, "date"] + pd.offsets.MonthEnd(0)
    return events


def build(
    catalogue: Catalogue,
    period: Period = "month",
    half_lives: Sequence[float] = HALF_LIVES,
    burn_in: float = BURN_IN_MONTHS,
) -> xr.Dataset:
    """Build the panel of a catalogue.

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

    Returns
    -------
    Dataset with dims ``dyad`` ("J>I"), ``period`` (first day), ``half_life`` (months), ``category`` (of threat), ``side``

    - ``honor_denied, honor_granted, authority_denied, authority_granted`` (dyad, period): severity of J's acts in the period;
      with the suffix ``_memory`` (half_life, dyad, period): faded sums of acts strictly before the period.
    - ``threat_posed, threat_relieved`` (category, dyad, period) and their ``_memory`` (category, half_life, dyad, period).
    - ``level``: highest escalation level of I towards J (0-5); ``acts``, ``cooperation``: numbers of I's escalatory and
      cooperative acts. NaN where the period is not wholly inside the searched window.
    - ``history`` (side, dyad, period): ``log1p`` of the faded sum of past levels, own (I towards J) and other (J towards I).
    - ``observed`` (period): whether the outcomes of the period are modelled; ``era`` (period): index into ``era_name``.

    Raises
    ------
    InputError
        If no period of the window is wholly covered after the burn-in.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> build(load("us-russia")).sizes["period"]
    576
    """
    acts = _acts(catalogue)
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
    severities = pooled_severity(catalogue).merge(acts, on="event_id")
    data: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}

    def place(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        impulse = np.zeros(shape)
        memory = np.zeros((len(half_lives), *shape))
        for d, dyad in enumerate(dyads):
            mine = rows[rows["dyad"] == dyad]
            if len(mine):
                severity = mine["severity"].to_numpy(dtype=float)
                np.add.at(impulse[d], mine["t"].to_numpy(), severity)
                memory[:, d] = np.einsum(
                    "kat,a->kt", fading(starts, mine["date"], mine["end_date"], half_lives), severity
                )
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

    # the outcome of dyad J>I is I's conduct towards J, so it is read off the events sent by I
    outcome = acts.assign(dyad=acts["receiver"] + ">" + acts["sender"])
    level, count, cooperation = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    row = outcome["dyad"].map({dyad: d for d, dyad in enumerate(dyads)}).to_numpy()
    np.maximum.at(level, (row, outcome["t"].to_numpy()), outcome["level"].to_numpy(dtype=float))
    np.add.at(count, (row, outcome["t"].to_numpy()), (outcome["level"] > 0).to_numpy(dtype=float))
    np.add.at(cooperation, (row, outcome["t"].to_numpy()), (outcome["cooperation"] > 0).to_numpy(dtype=float))
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
            "mirror": ("dyad", np.array(mirror)),
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
            "history_keep": keep,
            "burn_in_months": burn_in,
        },
    )
