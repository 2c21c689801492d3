"""Escalation of one state towards another, year by year, from the data sets on militarised conflict.

Levels are those of the catalogue: 3 threat or display of force, 4 use of force, 5 war. Below that these sources see nothing, so that
0 means no militarised act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from statusmodels.sources import icb, mid, mie
from statusmodels.sources.grid import Array, Grid, of_dyads

LEVEL = {2: 3.0, 3: 3.0, 4: 4.0, 5: 5.0}
"""Escalation level of a hostility level of the Militarized Interstate Disputes: threats and displays of force are one level here."""


@dataclass(frozen=True)
class Outcome:
    """An outcome.

    Attributes
    ----------
    name : short name; source : key in the registry; years : first and last that it covers.
    says : what it measures.
    level : from the grid to (D, T) the highest level of I's conduct towards J in dyad "J>I"; NaN outside its years.
    """

    name: str
    source: str
    years: tuple[int, int]
    says: str
    level: Callable[[Grid], Array]


@cache
def _mie() -> pd.DataFrame:
    events = mie.events()
    return _highest(events.assign(year=events["start"].dt.year), "hostility")


def _highest(frame: pd.DataFrame, hostility: str) -> pd.DataFrame:
    """Highest level by dyad and year."""
    rows = frame.dropna(subset=["year", hostility]).astype({"year": int})
    rows = rows.assign(level=rows[hostility].astype(int).map(LEVEL)).dropna(subset=["level"])
    return rows.groupby(["ccode1", "ccode2", "year"], as_index=False)["level"].max()


@cache
def _disputes(version: Literal["gml", "cow"]) -> pd.DataFrame:
    return _highest(mid.directed(version), "hostility1")


@cache
def _crises() -> pd.DataFrame:
    crises = icb.dyads()
    one = crises[crises["actor1"]][["ccode1", "ccode2", "year"]]
    other = crises[crises["actor2"]][["ccode2", "ccode1", "year"]].set_axis(one.columns, axis=1)
    return pd.concat([one, other]).drop_duplicates().assign(level=3.0)


def _laid(levels: Callable[[], pd.DataFrame], years: tuple[int, int]) -> Callable[[Grid], Array]:
    def level(grid: Grid) -> Array:
        # the outcome of J>I is what I does to J
        values = of_dyads(levels(), "level", grid.mirror, otherwise=0.0)
        return np.where((grid.years >= years[0]) & (grid.years <= years[1]), values, np.nan)

    return level


def _outcome(name: str, source: str, years: tuple[int, int], says: str, levels: Callable[[], pd.DataFrame]) -> Outcome:
    return Outcome(name, source, years, says, _laid(levels, years))


OUTCOMES: dict[str, Outcome] = {
    o.name: o
    for o in (
        _outcome("MIE", "mie", (1816, 2014), "highest hostility of I's militarised events towards J", _mie),
        _outcome(
            "GML",
            "gml-mid",
            (1816, 2010),
            "highest hostility of I in the disputes with J of the year; told of a whole dispute",
            lambda: _disputes("gml"),
        ),
        _outcome("COW", "cow-mid", (1816, 2014), "as GML, uncorrected", lambda: _disputes("cow")),
        _outcome("ICB", "icb", (1918, 2019), "I is an actor in a crisis with J (told as level 3)", _crises),
    )
}
"""All outcomes by name."""
