"""The Panel from counts of machine-coded events, with the same names and dims as the one built from a catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.panel.panel import (
    BURN_IN_MONTHS,
    HALF_LIVES,
    HISTORY_HALF_LIFE,
    SIGNALS,
    THREAT_SIGNALS,
    escalation_memory,
)
from statusmodels.panel.periods import Period, calendar, months_per_period
from statusmodels.panel.signals import faded

CATEGORY = "machine-coded"
PER = 1000.0
"""Signals are severities per this many events of the source."""
LEVELS = 5
EDGE = 0.1
"""Share of a first or last period that may lie beyond the source's first or last day before the period counts as cut short."""


def event_panel(
    counts: pd.DataFrame,
    period: Period,
    dyads: Mapping[str, tuple[int, int]],
    name: str = "event data",
    half_lives: Sequence[float] = HALF_LIVES,
    burn_in: float = BURN_IN_MONTHS,
    least_share: float = 0.0,
) -> xr.Dataset:
    """Build the panel of counts of machine-coded events.

    A signal is the severity of J's acts towards I in the period per 1,000 events of the source in it: the source's volume grows
    a hundredfold, and with it every count. A period in which the source has no event of anyone is missing, not zero; one in
    which it has events but none of the dyad is zero. Impulses count as on their period's last day.

    Parameters
    ----------
    counts
        As from :func:`statusmodels.sources.event_data.counts`, of the same period; counted with ``dyads``, or else a period
        without an event between any two countries is taken as missing.
    period
        ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.
    dyads
        Name ``"J>I"`` and COW codes of J and I of each directed dyad, as from :func:`statusmodels.sources.countries.dyads`.
    name
        Name of the source, kept in the attributes.
    half_lives, burn_in
        As in :func:`statusmodels.panel.panel.build`. The burn-in is waited for after every gap too, since what happened in a gap
        is not known.
    least_share
        Share of the dyad's events that must be at a level or above it for the period to have that level; 0 takes the highest of
        any event. In a source of many events one miscoded sentence makes a war, so a share such as 0.01 tells more.

    Returns
    -------
    Dataset
        With the variables, dims and attributes of :func:`statusmodels.panel.panel.build`; the one threat category is
        ``machine-coded`` and the one era ``all``. ``acts`` is the number of I's events towards J of a level above 0, unscaled: it
        grows with the source's volume. Besides:

        - ``events`` (dyad, period): events of J towards I, NaN where missing; ``world_events`` (period): of the source.

        ``sha256`` is that of the counts. ``observed`` holds periods after the burn-in in which the source has data and is not
        cut short at its beginning or end; it may be nowhere, if the source is shorter than the burn-in.

    Raises
    ------
    InputError
        If the counts hold none of the dyads, lack columns, have rows that are not of this period, or a dyad-period twice.
    ValueError
        If ``period`` is not one of those named above, or ``least_share`` is no share.
    """
    if not 0.0 <= least_share < 1.0:
        raise ValueError(f"least_share must be from 0 to below 1, not {least_share}")
    _check(counts, dyads)
    first, last = counts["period"].min(), counts["period"].max()
    periods = calendar(first, last, period)
    starts, ends = pd.DatetimeIndex(periods.start_time), pd.DatetimeIndex(periods.end_time).normalize()
    column = starts.get_indexer(pd.DatetimeIndex(counts["period"]))
    if (column < 0).any():
        bad = counts["period"][column < 0].iloc[0]
        raise InputError(
            [Problem("counts", f"is not the first day of a {period}; count by {period}", value=f"{bad:%Y-%m-%d}")]
        )

    world = np.full(len(periods), np.nan)
    world[column] = counts["world_events"]
    covered = world > 0
    reach = pd.Series(pd.DatetimeIndex(counts["first_day"]), column).groupby(level=0).min()
    end = pd.Series(pd.DatetimeIndex(counts["last_day"]), column).groupby(level=0).max()
    whole = covered.copy()
    length = (ends - starts).days.to_numpy() + 1
    whole[0] &= (reach.iloc[0] - starts[0]).days <= EDGE * length[0]
    whole[-1] &= (ends[-1] - end.iloc[-1]).days <= EDGE * length[-1]

    names, pairs = list(dyads), list(dyads.values())
    acted = _at(counts, pairs)
    # the outcome of dyad J>I is I's conduct towards J, read off the opposite pair, which need not be a dyad that was asked for
    answered = _at(counts, [(b, a) for a, b in pairs])

    def table(values: str, row: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """(D, T): zero where the source has data and the dyad none, NaN where the source has none."""
        out = np.where(covered, np.zeros((len(names), 1)), np.nan)
        out[row[row >= 0], column[row >= 0]] = counts.loc[row >= 0, values].to_numpy(dtype=float)
        return out

    def levels(row: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        level = table("level", row)
        if least_share > 0:
            at_least = np.cumsum([table(f"level_{n}", row) for n in range(LEVELS, 0, -1)], axis=0)
            reached = at_least >= np.maximum(least_share * table("events", row), 1.0)
            level = np.where(np.isnan(level), np.nan, reached.sum(axis=0))
        return np.where(whole, level, np.nan)

    data: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for signal in SIGNALS:
        share = table(f"{signal}_severity", acted) / world * PER
        data[signal] = (("dyad", "period"), share)
        data[f"{signal}_memory"] = (("half_life", "dyad", "period"), faded(share, half_lives, periods))
    for signal in THREAT_SIGNALS:
        share = table(f"{signal}_severity", acted) / world * PER
        data[signal] = (("category", "dyad", "period"), share[None])
        memory = faded(share, half_lives, periods)
        data[f"{signal}_memory"] = (("category", "half_life", "dyad", "period"), memory[None])

    data["level"] = (("dyad", "period"), levels(answered))
    for variable, values in {"acts": "escalation", "cooperation": "cooperation"}.items():
        data[variable] = (("dyad", "period"), np.where(whole, table(values, answered), np.nan))
    keep = 0.5 ** (months_per_period(period) / HISTORY_HALF_LIFE)
    sides = [np.log1p(escalation_memory(levels(row), keep)) for row in (answered, acted)]
    data["history"] = (("side", "dyad", "period"), np.stack(sides))
    since = np.zeros(len(periods))
    for t in range(1, len(periods)):
        since[t] = since[t - 1] + 1 if covered[t - 1] else 0
    return xr.Dataset(
        {
            **data,
            "events": (("dyad", "period"), table("events", acted)),
            "world_events": ("period", world),
            "observed": ("period", whole & (since * months_per_period(period) >= burn_in)),
            "era": ("period", np.zeros(len(periods), dtype=np.int64)),
        },
        coords={
            "dyad": names,
            "period": starts,
            "half_life": np.asarray(half_lives, dtype=float),
            "category": [CATEGORY],
            "side": ["own", "other"],
            "era_name": ("era_index", ["all"]),
        },
        attrs={
            "catalogue": name,
            "sha256": hashlib.sha256(counts.to_csv(index=False, lineterminator="\n").encode()).hexdigest(),
            "period_length": period,
            "ordering": "period",
            "history_keep": keep,
            "burn_in_months": burn_in,
            "least_share": least_share,
        },
    )


def _at(counts: pd.DataFrame, pairs: list[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """Index of each row's pair among the pairs, -1 if it is none of them."""
    wanted = pd.MultiIndex.from_tuples(pairs)
    found = wanted.get_indexer(pd.MultiIndex.from_arrays([counts["ccode1"], counts["ccode2"]]))
    return np.asarray(found, dtype=np.int64)


def _check(counts: pd.DataFrame, dyads: Mapping[str, tuple[int, int]]) -> None:
    severities = [f"{name}_severity" for name in (*SIGNALS, *THREAT_SIGNALS)]
    levels = [f"level_{n}" for n in range(1, LEVELS + 1)]
    days = ["period", "first_day", "last_day"]
    needed = [
        "ccode1",
        "ccode2",
        *days,
        "events",
        "world_events",
        "escalation",
        "cooperation",
        "level",
        *severities,
        *levels,
    ]
    lacking = [c for c in needed if c not in counts]
    if lacking or counts.empty or not dyads:
        told = f"lacks the columns {', '.join(lacking)}" if lacking else "holds no row, or no dyad was asked for"
        raise InputError([Problem("counts", f"{told}; give what statusmodels.sources.event_data.counts returns")])
    if counts.duplicated(["ccode1", "ccode2", "period"]).any():
        raise InputError([Problem("counts", "holds a directed dyad and period twice; count all files in one call")])
    pairs = list(dyads.values())
    either = np.maximum(_at(counts, pairs), _at(counts, [(b, a) for a, b in pairs])) >= 0
    if not either.any():
        raise InputError([Problem("counts", f"holds none of the dyads {', '.join(dyads)}")])
