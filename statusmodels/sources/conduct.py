"""What one state did to another, by the data sets on militarised conflict, as an outcome for any panel.

Levels are those of the catalogue: 3 threat or display of force, 4 use of force, 5 war. Below that these sources see nothing, so that
0 means no militarised act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.panel.periods import calendar
from statusmodels.sources import cow_mid, icb, mid, mie, registry
from statusmodels.sources.countries import STATES, abbreviations
from statusmodels.sources.grid import Array

LEVEL = {2: 3.0, 3: 3.0, 4: 4.0, 5: 5.0}
"""Escalation level of a hostility level of the Militarized Interstate Disputes: threats and displays of force are one level here."""
CRISIS = 3.0
"""Level of a crisis, whose violence the source tells of both sides together."""


@dataclass(frozen=True)
class Conduct:
    """A source of conduct.

    Attributes
    ----------
    name : short name; source : key in the registry; files : those of the registry that are read.
    years : first and last that it covers; says : what it measures.
    spells : rows ``ccode1`` (who acts), ``ccode2`` (on whom), ``start``, ``end`` (timestamps), ``level``.
    """

    name: str
    source: str
    files: tuple[str, ...]
    years: tuple[int, int]
    says: str
    spells: Callable[[], pd.DataFrame]


@cache
def _events() -> pd.DataFrame:
    return _leveled(mie.events(), "hostility")


@cache
def _disputes(version: Literal["gml", "cow"]) -> pd.DataFrame:
    """The days on which the two were in the dispute against each other, with the highest hostility of the first in all of it."""
    pairs = mid.directed(version).drop_duplicates(["dispute", "ccode1", "ccode2", "hostility1"])
    states = mid.gml_participants() if version == "gml" else cow_mid.cow_participants()
    spells = _ended(states)[["dispute", "ccode", "start", "end", "side_a"]]
    pairs = pairs[["dispute", "ccode1", "ccode2", "hostility1"]]
    for who in (1, 2):
        mine = spells.set_axis(["dispute", *(f"{c}{who}" for c in spells.columns[1:])], axis=1)
        pairs = pairs.merge(mine, on=["dispute", f"ccode{who}"])
    both = pairs.assign(start=pairs[["start1", "start2"]].max(axis=1), end=pairs[["end1", "end2"]].min(axis=1))
    both = both[(both["start"] <= both["end"]) & (both["side_a1"] != both["side_a2"])]  # some changed sides
    return _leveled(both.assign(end_precision="day"), "hostility1")


@cache
def _crises() -> pd.DataFrame:
    crises = icb.dyads().drop_duplicates("dyad")
    one = crises[crises["actor1"]]
    other = crises[crises["actor2"]].rename(columns={"ccode1": "ccode2", "ccode2": "ccode1"})
    return _leveled(pd.concat([one, other]).assign(hostility=3), "hostility")


def _ended(frame: pd.DataFrame) -> pd.DataFrame:
    """An end known only to the month is its last day."""
    late = frame["end"].where(frame["end_precision"] == "day", frame["end"] + pd.offsets.MonthEnd(0))
    return frame.assign(end=late)


def _leveled(frame: pd.DataFrame, hostility: str) -> pd.DataFrame:
    rows = _ended(frame).dropna(subset=["start", "end", hostility])
    rows = rows.assign(level=rows[hostility].astype(int).map(LEVEL)).dropna(subset=["level"])
    return rows[["ccode1", "ccode2", "start", "end", "level"]].reset_index(drop=True)


CONDUCT: dict[str, Conduct] = {
    c.name: c
    for c in (
        Conduct(
            "MIE",
            "mie",
            ("mie/mie-1.0.csv",),
            (1816, 2014),
            "highest hostility of I's militarised events towards J",
            _events,
        ),
        Conduct(
            "GML",
            "gml-mid",
            ("peacesciencer/gml_dirdisp.rda", "peacesciencer/gml_part.rda"),
            (1816, 2010),
            "highest hostility of I in a dispute while J was in it too, against it; told of the whole dispute",
            lambda: _disputes("gml"),
        ),
        Conduct(
            "COW",
            "cow-mid",
            ("peacesciencer/cow_mid_dirdisps.rda", "cow_mid_csv/MIDB 5.0.csv"),
            (1816, 2014),
            "as GML, uncorrected",
            lambda: _disputes("cow"),
        ),
        Conduct(
            "ICB",
            "icb",
            ("icb/icbdy_v15.csv",),
            (1918, 2019),
            "I is an actor in a crisis with J that goes on (told as level 3)",
            _crises,
        ),
    )
}
"""All sources of conduct by name."""


def at_hand(sides: Sequence[str]) -> list[str]:
    """Sources of conduct whose pinned files are all here and that know the sides, which must then be COW abbreviations.

    Examples
    --------
    >>> at_hand(["USA", "RUS"])
    ['MIE', 'GML', 'COW', 'ICB']
    >>> at_hand(["AAA", "BBB"])
    []
    """

    def here(*names: str) -> bool:
        return all(registry.place(registry.files()[n]) in (registry.FOLDER, registry.CACHE) for n in names)

    if not here(STATES) or not set(sides) <= set(abbreviations()):
        return []
    return [c.name for c in CONDUCT.values() if here(*c.files)]


def pinned(names: Iterable[str]) -> dict[str, str]:
    """Files of sources of conduct, and of the states' codes, with the sha256 that each is verified by; none without a source.

    Examples
    --------
    >>> list(pinned(["ICB"]))
    ['icb/icbdy_v15.csv', 'ngec/cow2iso.txt']
    """
    read = {file for name in names for file in (*CONDUCT[name].files, STATES)}
    return {file: registry.files()[file].sha256 for file in sorted(read)}


def levels(name: str, pairs: Sequence[tuple[int, int]], periods: pd.PeriodIndex) -> Array:
    """Highest level of what I did to J, by directed dyad "J>I" and period.

    Parameters
    ----------
    name
        A key of :data:`CONDUCT`.
    pairs
        COW codes of J and I of each dyad.
    periods
        Consecutive months, quarters or years; many acts are known only to the month.

    Returns
    -------
    array (D, T)
        0 where the source knows of no militarised act; NaN in periods that it does not wholly cover.

    Raises
    ------
    ValueError
        If the source is unknown or the periods are weeks.
    InputError
        If a file is missing or broken.

    Examples
    --------
    >>> levels("MIE", [(365, 2)], pd.period_range("1962-09", "1962-11", freq="M"))
    array([[0., 4., 4.]])
    """
    if name not in CONDUCT:
        raise ValueError(f"outcome must be one of {', '.join(CONDUCT)}, not {name!r}")
    if periods.freqstr.startswith("W"):
        raise ValueError("many militarised acts are known only to the month; use months, quarters or years")
    one = CONDUCT[name]
    rows, place = one.spells(), {pair: d for d, pair in enumerate(pairs)}
    rows = rows[rows["ccode2"].isin([j for j, _ in pairs]) & rows["ccode1"].isin([i for _, i in pairs])]
    first, last = (pd.PeriodIndex(rows[c], freq=periods.freq).asi8 - periods.asi8[0] for c in ("start", "end"))
    out = np.zeros((len(pairs), len(periods)))
    for i, j, a, b, level in zip(rows["ccode1"], rows["ccode2"], first, last, rows["level"], strict=True):
        d = place.get((j, i))
        if d is not None and b >= 0:
            part = out[d, max(a, 0) : b + 1]
            np.maximum(part, level, out=part)
    covered = (periods.start_time.year >= one.years[0]) & (periods.end_time.year <= one.years[1])
    return np.where(covered, out, np.nan)


def conduct(name: str, panel: xr.Dataset) -> xr.DataArray:
    """The levels of a source for the dyads and periods of a panel, to be given to :func:`statusmodels.panel.outcomes.with_level`.

    Parameters
    ----------
    name
        A key of :data:`CONDUCT`: ``"MIE"``, ``"GML"``, ``"COW"`` or ``"ICB"``.
    panel
        Any panel whose sides are named by COW abbreviations (``"USA>RUS"``), by month, quarter or year.

    Returns
    -------
    DataArray (dyad, period)
        Of the panel's dyads and their opposites, as in :func:`levels`.

    Raises
    ------
    InputError
        If a side is no COW abbreviation.
    ValueError
        As from :func:`levels`.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> from statusmodels.panel.outcomes import with_level
    >>> panel = build(load("us-russia"))
    >>> with_level(panel, conduct("MIE", panel), "MIE").attrs["level_of"]
    'MIE'
    """
    names = [str(d) for d in panel["dyad"].to_numpy()]
    sides = [tuple(d.split(">")) for d in names]
    sides += [(i, j) for j, i in sides if f"{i}>{j}" not in names]
    codes = abbreviations()
    if unknown := sorted({s for pair in sides for s in pair if s not in codes}):
        raise InputError(
            [Problem("panel", "is no COW abbreviation of a state", column="dyad", value=s) for s in unknown]
        )
    starts = panel["period"].to_index()
    periods = calendar(starts[0], starts[-1], panel.attrs["period_length"])
    found = levels(name, [(codes[j], codes[i]) for j, i in sides], periods)
    return xr.DataArray(found, {"dyad": [">".join(s) for s in sides], "period": starts}, ("dyad", "period"), name=name)
