"""Inter-state wars."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, whole


def interstate(path: Path | None = None) -> pd.DataFrame:
    """Inter-state wars of the Correlates of War 4.0, opponents year by year, 1823-2003.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row an ordered pair of opponents, war and year, in both orders; a second one for the same year where the war stopped and
        was resumed in it. Side, initiation, outcome and deaths are of the state in the war as a whole, not of the pair or the year.

        - ``war``: its number
        - ``ccode1``, ``ccode2``, ``year``
        - ``onset``: whether it began, or was resumed, that year
        - ``side1``, ``side2``: 1 or 2
        - ``initiator1``, ``initiator2``: whether each began it
        - ``outcome1``, ``outcome2``: 1 won, 2 lost, 3 tied, 4 became another kind of war, 6 stalemate, 8 changed sides; <NA> in
          resumed phases
        - ``deaths1``, ``deaths2``: battle deaths; <NA> where unknown
        - ``resumed``: whether the row is of a phase after a break

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Sarkees and Wayman (2010), *Resort to War: 1816-2007*, CQ Press; Miller (2022), Conflict Management and Peace Science 39:755.

    Examples
    --------
    >>> interstate()["war"].nunique()
    95
    """
    path = path or registry.path("peacesciencer/cow_war_inter.rda")
    names = {"warnum": "war", "ccode1": "ccode1", "ccode2": "ccode2", "year": "year", "cowinteronset": "onset"}
    columns = {"sidea": "side", "initiator": "initiator", "outcome": "outcome", "batdeath": "deaths"}
    names |= {f"{old}{i}": f"{new}{i}" for old, new in columns.items() for i in (1, 2)}
    names |= {"resume": "resumed"}
    marks = ["onset", "initiator1", "initiator2", "resumed"]
    frame = tables.read_rda(path, "cow_war_inter", list(names)).rename(columns=names)
    frame = whole(frame, path, ["war", "ccode1", "ccode2", "year", "side1", "side2", *marks])
    return tables.without_codes(flags(frame, marks), ["outcome1", "outcome2", "deaths1", "deaths2"])
