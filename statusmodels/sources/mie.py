"""Militarized interstate events: who threatened, displayed, used force against or fought whom, on which day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import dated, flags, whole

DATES = {"start": ["styear", "stmon", "stday"], "end": ["endyear", "endmon", "endday"]}
FATALITIES = {f"fatal{bound}{side}": f"fatalities_{bound}{side}" for side in (1, 2) for bound in ("min", "max")}


def events(path: Path | None = None) -> pd.DataFrame:
    """Militarized Interstate Events 1.0: directed and dated by day, 1816-2014.

    Parameters
    ----------
    path
        A file of your own, such as ``mie-1.0.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row an event between two states. Events of several states at once are several rows.

        - ``micnum``: confrontation that the event belongs to; mostly the number of the militarized dispute
        - ``eventnum``: number of the event in its confrontation
        - ``ccode1``: COW code of the state that acts
        - ``ccode2``: COW code of the state it acts against
        - ``start``, ``end``: timestamps, the first of the month where the day is unknown (-9 in the file)
        - ``start_precision``, ``end_precision``: "day" or "month"
        - ``side_a``: whether ``ccode1`` is on side A of the confrontation
        - ``action``: code of militarized action, 1 threat to use force to 22 battle in a war
        - ``hostility``: 2 threat, 3 display, 4 use of force, 5 war; follows from ``action``
        - ``fatalities_min1``, ``fatalities_max1``: least and most soldiers of ``ccode1`` that died in it
        - ``fatalities_min2``, ``fatalities_max2``: the same of ``ccode2``

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gibler and Miller (2024), Conflict Management and Peace Science 41:463.

    Examples
    --------
    >>> acts = events()
    >>> crisis = acts[(acts["ccode1"] == 2) & (acts["ccode2"] == 365) & (acts["start"].dt.year == 1962)]
    >>> int(crisis["hostility"].max())
    4
    """
    path = path or registry.path("mie/mie-1.0.csv")
    keys = ["micnum", "eventnum", "ccode1", "ccode2"]
    codes = ["sidea1", "action", "hostlev"]
    columns = [*keys, *DATES["start"], *DATES["end"], *codes, *FATALITIES]
    frame = whole(tables.read_csv(path, columns), path, [*keys, "styear", "endyear", *codes])
    frame = tables.without_codes(flags(frame, ["sidea1"]), FATALITIES)
    out = frame[keys].join(dated(frame, DATES))
    out[["side_a", "action", "hostility"]] = frame[["sidea1", "action", "hostlev"]]
    return out.join(frame[list(FATALITIES)].rename(columns=FATALITIES))
