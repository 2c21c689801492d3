"""Names of states turned into COW country codes, by documented tables.

``data/sources/names.csv`` holds the names that published tables use, ``data/sources/slugs.csv`` those of the Office of the
Historian: the name, its code (empty: no member of the state system), and the days from and to which that holds (empty: always).
A name means another state before some day: Germany is the Federal Republic (260) from 1949 to 2 October 1990. The code is the
state's also in years in which it was no system member, such as governments in exile; ``states.system`` tells membership.
"""

from __future__ import annotations

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import data_folder


def codes(names: pd.Series, when: pd.Series, table: str = "names") -> pd.Series:
    """COW country codes of names at a time.

    Parameters
    ----------
    names
        Names of states.
    when
        Timestamps, or whole years (then 1 July counts).
    table
        ``names`` or ``slugs``.

    Returns
    -------
    Series
        ``Int64``; <NA> for a name that has no code at that time.

    Raises
    ------
    InputError
        If a name is not in the table.

    Examples
    --------
    >>> codes(pd.Series(["Germany", "Germany", "Tibet"]), pd.Series([1972, 1992, 1940])).tolist()
    [260, 255, <NA>]
    """
    file = data_folder() / "sources" / f"{table}.csv"
    known = pd.read_csv(file, encoding="utf-8", dtype=str, keep_default_na=False).set_axis(
        ["name", "ccode", "start", "end"], axis=1
    )
    unknown = sorted(set(names.dropna()) - set(known["name"]))
    if unknown:
        raise InputError([Problem(str(file), "has no row for this name; add one", value=n) for n in unknown])
    days = (
        when if pd.api.types.is_datetime64_any_dtype(when) else pd.to_datetime(when.astype(int).astype(str) + "-07-01")
    )
    asked = pd.DataFrame({"name": names.to_numpy(), "day": days.to_numpy(), "row": range(len(names))})
    found = asked.merge(known, on="name")
    start, end = pd.to_datetime(found["start"], errors="coerce"), pd.to_datetime(found["end"], errors="coerce")
    held = found[(start.isna() | (start <= found["day"])) & (end.isna() | (found["day"] <= end))]
    code = pd.to_numeric(held["ccode"], errors="coerce").astype("Int64").set_axis(held["row"])
    return code.reindex(range(len(names))).set_axis(names.index).rename("ccode")
