"""The interstate system: who was a member and a major power when, who borders whom, and which codes mean the same state."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import r_dates, whole

PARTS = ["styear", "stmonth", "stday", "endyear", "endmonth", "endday"]


def system(path: Path | None = None) -> pd.DataFrame:
    """Members of the interstate system, 1816-2016.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a spell of membership; states that were occupied or divided have several.

        - ``ccode``: COW code
        - ``abbreviation``: COW's three letters
        - ``name``
        - ``start``, ``end``: first and last day, timestamps; 31 December 2016 where it goes on

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Correlates of War Project (2017), *State System Membership List, v2016*.

    Examples
    --------
    >>> members = system()
    >>> len(members), members["ccode"].nunique()
    (243, 217)
    """
    path = path or registry.path("peacesciencer/cow_states.rda")
    frame = tables.read_rda(path, "cow_states", ["ccode", "stateabb", "statenme", *PARTS])
    return _spells(whole(frame, path, ["ccode", *PARTS])).rename(
        columns={"stateabb": "abbreviation", "statenme": "name"}
    )


def majors(path: Path | None = None) -> pd.DataFrame:
    """Spells as a major power, 1816-2016.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a spell: ``ccode``; ``start``, ``end``: first and last day, timestamps; 31 December 2016 where it goes on.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Correlates of War Project (2017), *State System Membership List, v2016*.

    Examples
    --------
    >>> powers = majors()
    >>> sorted(set(powers.loc[powers["end"].dt.year == 2016, "ccode"].tolist()))
    [2, 200, 220, 255, 365, 710, 740]
    """
    path = path or registry.path("peacesciencer/cow_majors.rda")
    columns = ["ccode", *PARTS]
    return _spells(whole(tables.read_rda(path, "cow_majors", columns), path, columns))


def contiguity(path: Path | None = None) -> pd.DataFrame:
    """States that border each other by land or over at most 400 miles of water, 1816-2016.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a spell and direction; both directions are there. Two system members without a row are not contiguous (the file's
        rows of type 0 say the same and are left out).

        - ``ccode1``, ``ccode2``: COW codes
        - ``kind``: 1 land or river; 2, 3, 4, 5 at most 12, 24, 150, 400 miles of water
        - ``start``, ``end``: first day of the first and last day of the last month, timestamps; the source gives months only
        - ``start_precision``, ``end_precision``: "month"

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Stinnett, Tir, Schafer, Diehl and Gochman (2002), Conflict Management and Peace Science 19:58.

    Examples
    --------
    >>> borders = contiguity()
    >>> borders.loc[(borders["ccode1"] == 2) & (borders["ccode2"] == 365), "kind"].tolist()
    [2]
    """
    path = path or registry.path("peacesciencer/cow_contdir.rda")
    keys = ["ccode1", "ccode2", "conttype"]
    frame = whole(tables.read_rda(path, "cow_contdir", [*keys, "stdate", "enddate"]), path, keys)
    out = frame[keys].rename(columns={"conttype": "kind"})
    out = out.assign(start=r_dates(frame["stdate"]), end=r_dates(frame["enddate"]) + pd.offsets.MonthEnd(0))
    out = out.assign(start_precision="month", end_precision="month")
    return out[out["kind"] > 0].reset_index(drop=True)


def capitals(path: Path | None = None) -> pd.DataFrame:
    """Capitals and where they lie, 1816-2024.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a spell of a capital: ``ccode``, ``name`` (of the state), ``capital``, ``start``, ``end`` (timestamps; mostly whole
        years), ``latitude``, ``longitude`` (degrees).

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Miller (2022), Conflict Management and Peace Science 39:755.

    Examples
    --------
    >>> cities = capitals()
    >>> cities.loc[cities["ccode"] == 365, "capital"].iloc[-1]
    'Moscow'
    """
    path = path or registry.path("peacesciencer/cow_capitals.rda")
    frame = tables.read_rda(path, "cow_capitals", ["ccode", "statenme", "capital", "stdate", "enddate", "lat", "lng"])
    frame = whole(frame, path, ["ccode"]).assign(stdate=r_dates(frame["stdate"]), enddate=r_dates(frame["enddate"]))
    names = {"statenme": "name", "stdate": "start", "enddate": "end", "lat": "latitude", "lng": "longitude"}
    return frame.rename(columns=names)


def gw_codes(path: Path | None = None) -> pd.DataFrame:
    """COW and Gleditsch-Ward codes of the same state, yearly, 1816-2025.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year that is in either system.

        - ``year``
        - ``ccode``, ``gwcode``: ``Int64``; <NA> where that system has no such member in that year
        - ``name``: COW's, or Gleditsch and Ward's where COW has none

        A Gleditsch-Ward code has two COW codes in 1990 for Germany and Yemen. The file's further rows that repeat a matched
        Gleditsch-Ward code and year without a COW code are left out: they would double a state in a merge.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gleditsch and Ward (1999), International Interactions 25:393; Miller, *isard*.

    Examples
    --------
    >>> both = gw_codes()
    >>> both.loc[(both["ccode"] == 255) & (both["year"] == 1995), "gwcode"].astype(int).tolist()
    [260]
    """
    path = path or registry.path("isard/cw_gw_panel.rda")
    frame = tables.read_rda(path, "cw_gw_panel", ["year", "ccode", "gwcode", "cw_name", "gw_name"])
    frame = tables.without_codes(whole(frame, path, ["year"]), ["ccode", "gwcode"], ())
    matched = pd.MultiIndex.from_frame(frame.loc[frame["ccode"].notna(), ["gwcode", "year"]])
    again = frame["ccode"].isna() & pd.MultiIndex.from_frame(frame[["gwcode", "year"]]).isin(matched)
    frame = frame[~again].reset_index(drop=True)
    return frame.assign(name=frame["cw_name"].fillna(frame["gw_name"])).drop(columns=["cw_name", "gw_name"])


def iso_codes(path: Path | None = None) -> pd.DataFrame:
    """ISO 3166 and COW codes of the same state, 1962 onwards.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a COW code and ISO code that belong together in some years; territories without a COW code and states without an ISO
        code are left out.

        - ``ccode``
        - ``iso3``, ``iso2``: three and two letters
        - ``from_year``, ``to_year``: ``Int64``; <NA> in ``to_year`` where it holds on. The table comes from trade statistics, so it
          begins in 1962 and some borders between two codes lie a year off.
        - ``name``

        The file gives VNM to South Vietnam (817) after 1975; here it is Vietnam's (816) then.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    Examples
    --------
    >>> table = iso_codes()
    >>> table.loc[table["iso3"] == "RUS", "ccode"].tolist()
    [365]
    """
    path = path or registry.path("ngec/cow2iso.txt")
    # NA is Namibia, not a missing value
    frame = tables.read_csv(
        path,
        ["cow_id", "iso3", "iso2", "valid_from", "valid_until", "cname"],
        keep_default_na=False,
        na_values={c: [""] for c in ("cow_id", "iso3", "iso2", "valid_from", "valid_until")},
    )
    frame = whole(frame.dropna(subset=["cow_id", "iso3"]), path, ["cow_id"])
    frame = tables.without_codes(frame, ["valid_from", "valid_until"], ())
    united = frame["iso3"].eq("VNM") & frame["valid_from"].ge(1975).fillna(False)
    frame["cow_id"] = frame["cow_id"].mask(united, 816)
    names = {"cow_id": "ccode", "valid_from": "from_year", "valid_until": "to_year", "cname": "name"}
    return frame.rename(columns=names).reset_index(drop=True)


def _spells(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its six parts of dates as ``start`` and ``end``."""
    start, _ = tables.dates(frame["styear"], frame["stmonth"], frame["stday"])
    end, _ = tables.dates(frame["endyear"], frame["endmonth"], frame["endday"])
    return frame.drop(columns=PARTS).assign(start=start, end=end)
