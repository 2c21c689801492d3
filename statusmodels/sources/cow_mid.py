"""Militarized interstate disputes of the Correlates of War: disputes, participants, and their incidents since 1993.

Codes that these frames and those of ``mid`` share:

- ``hostility``: 1 no militarised action, 2 threat, 3 display, 4 use of force, 5 war
- ``action``: highest militarised action, 0 none, 1 threat to use force, to 20 begins a war and 21 joins one
- ``fatality``: level of soldiers' deaths, 0 none, 1 to 25, 2 to 100, 3 to 250, 4 to 500, 5 to 999, 6 more
- ``fatalities``: their number, where it is known
- ``outcome``: 1 victory of A, 2 of B, 3 A yields, 4 B yields, 5 stalemate, 6 compromise, 7 released, 8 unclear, 9 joins a war
- ``settlement``: 1 negotiated, 2 imposed, 3 none, 4 unclear
- ``revision``: what a state wants to change, 0 nothing, 1 territory, 2 policy, 3 regime or government, 4 other

A side that did nothing militarised has hostility 1 and action 0: that is no missing value. -9 in the files is missing.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import dated, flags, whole

SPELL = {"start": ["styear", "stmon", "stday"], "end": ["endyear", "endmon", "endday"]}
PARTS = [*SPELL["start"], *SPELL["end"]]


def episodes(frame: pd.DataFrame) -> pd.Series:
    """Which time a state is in the dispute: states leave and come back, on the other side too."""
    order = frame.sort_values(["dispute", "ccode", "start"])
    return (order.groupby(["dispute", "ccode"]).cumcount() + 1).reindex(frame.index)


def cow_disputes(path: Path | None = None) -> pd.DataFrame:
    """Disputes of MID 5.0 (MIDA), 1816-2014.

    Parameters
    ----------
    path
        A file of your own, such as ``MIDA 5.0.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row a dispute; codes as in the module.

        - ``dispute``: its number
        - ``start``, ``end``: timestamps, the first of the month where the day is unknown
        - ``start_precision``, ``end_precision``: "day" or "month"
        - ``outcome``, ``settlement``
        - ``fatality``, ``fatalities``: of the whole dispute
        - ``days_min``, ``days_max``: shortest and longest duration
        - ``action``, ``hostility``: the highest of all states
        - ``reciprocated``: whether side B acted militarily
        - ``states_a``, ``states_b``: number of states on the side that acted first, and on the other
        - ``unfinished``: whether it went on at the end of 2014; ``end`` is then that of what was known, as early as 2012

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Palmer, McManus, D'Orazio, Kenwick, Karstens, Bloch, Dietrich, Kahn, Ritter and Soules (2022), Conflict Management and
    Peace Science 39:470.

    Examples
    --------
    >>> len(cow_disputes())
    2436
    """
    path = path or registry.path("cow_mid_csv/MIDA 5.0.csv")
    names = {
        "dispnum": "dispute",
        "outcome": "outcome",
        "settle": "settlement",
        "fatality": "fatality",
        "fatalpre": "fatalities",
        "mindur": "days_min",
        "maxdur": "days_max",
        "hiact": "action",
        "hostlev": "hostility",
        "recip": "reciprocated",
        "numa": "states_a",
        "numb": "states_b",
        "ongo2014": "unfinished",
    }
    frame = whole(tables.read_csv(path, [*names, *PARTS]), path, ["dispnum", "styear", "endyear", "recip", "ongo2014"])
    values = tables.without_codes(frame, [c for c in names if c != "dispnum"])
    values = flags(values[list(names)].rename(columns=names), ["reciprocated", "unfinished"])
    return pd.concat([values[["dispute"]], dated(frame, SPELL), values.drop(columns="dispute")], axis=1)


def cow_participants(path: Path | None = None) -> pd.DataFrame:
    """Participants of the disputes of MID 5.0 (MIDB), 1816-2014.

    Parameters
    ----------
    path
        A file of your own, such as ``MIDB 5.0.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row a time that a state is in a dispute; codes as in the module.

        - ``dispute``, ``ccode``
        - ``episode``: 1, or more where a state comes back into the same dispute (29 rows, some on the other side)
        - ``start``, ``end``, ``start_precision``, ``end_precision``: as of :func:`cow_disputes`
        - ``side_a``: whether on the side that acted first
        - ``revisionist``: whether it wants to change the status quo; ``revision1``, ``revision2``: what, first and second
        - ``fatality``, ``fatalities``: of its own soldiers
        - ``action``, ``hostility``: the highest that it reached, 0 and 1 where it did nothing militarised
        - ``originator``: whether in the dispute from its first day

        To pair opponents, join ``side_a`` with not ``side_a`` and keep pairs whose spells share a day; :func:`mid.directed` has them.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Palmer et al. (2022), Conflict Management and Peace Science 39:470.

    Examples
    --------
    >>> sides = cow_participants()
    >>> sides.loc[(sides["dispute"] == 258) & (sides["ccode"] == 375), ["episode", "side_a"]].to_numpy().tolist()
    [[2, True], [1, False]]
    """
    path = path or registry.path("cow_mid_csv/MIDB 5.0.csv")
    names = {
        "dispnum": "dispute",
        "ccode": "ccode",
        "sidea": "side_a",
        "revstate": "revisionist",
        "revtype1": "revision1",
        "revtype2": "revision2",
        "fatality": "fatality",
        "fatalpre": "fatalities",
        "hiact": "action",
        "hostlev": "hostility",
        "orig": "originator",
    }
    frame = tables.read_csv(path, [*names, *PARTS])
    frame = whole(frame, path, ["dispnum", "ccode", "styear", "endyear", "sidea", "revstate", "orig"])
    return _participants(frame, names, ["side_a", "revisionist", "originator"])


def cow_incidents(path: Path | None = None) -> pd.DataFrame:
    """Incidents of the disputes of MID 5.0 (MIDI), of disputes since 1993 only.

    Parameters
    ----------
    path
        A file of your own, such as ``MIDI 5.0.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row an incident; codes as in the module.

        - ``incident``, ``dispute``: their numbers
        - ``start``, ``end``: timestamps, the first possible day
        - ``start_precision``, ``end_precision``: "day", "month" or "year"
        - ``days``: duration
        - ``fatality``, ``fatalities``
        - ``action``, ``hostility``: the highest in it

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Palmer et al. (2022), Conflict Management and Peace Science 39:470.

    Examples
    --------
    >>> bool(cow_incidents()["incident"].is_unique)
    True
    """
    path = path or registry.path("cow_mid_csv/MIDI 5.0.csv")
    names = {
        "incidnum": "incident",
        "dispnum": "dispute",
        "duration": "days",
        "fatality": "fatality",
        "fatalpre": "fatalities",
        "action": "action",
        "hostlev": "hostility",
    }
    frame = whole(tables.read_csv(path, [*names, *PARTS]), path, ["incidnum", "dispnum", "styear", "endyear"])
    values = tables.without_codes(frame, list(names)[2:])[list(names)].rename(columns=names)
    return pd.concat(
        [values[["incident", "dispute"]], dated(frame, SPELL), values.drop(columns=["incident", "dispute"])], axis=1
    )


def cow_incident_participants(path: Path | None = None) -> pd.DataFrame:
    """Participants of the incidents of MID 5.0 (MIDIP), of disputes since 1993 only.

    Parameters
    ----------
    path
        A file of your own, such as ``MIDIP 5.0.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state in an incident; codes as in the module.

        - ``incident``, ``dispute``, ``ccode``
        - ``start``, ``end``, ``start_precision``, ``end_precision``: as of :func:`cow_incidents`
        - ``incident_side_a``: whether on the side that acts in this incident; ``side_a``: that of the dispute
        - ``fatality``, ``fatalities``: of its own soldiers
        - ``action``, ``hostility``: its own, 0 and 1 where it is acted on
        - ``revision1``, ``revision2``: what it wants to change

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Palmer et al. (2022), Conflict Management and Peace Science 39:470.

    Examples
    --------
    >>> acts = cow_incident_participants()
    >>> bool(acts.duplicated(["incident", "ccode"]).any())
    False
    """
    path = path or registry.path("cow_mid_csv/MIDIP 5.0.csv")
    names = {
        "incidnum": "incident",
        "dispnum": "dispute",
        "ccode": "ccode",
        "insidea": "incident_side_a",
        "sidea": "side_a",
        "fatality": "fatality",
        "fatalpre": "fatalities",
        "action": "action",
        "hostlev": "hostility",
        "revtype1": "revision1",
        "revtype2": "revision2",
    }
    keys = ["incidnum", "dispnum", "ccode"]
    frame = tables.read_csv(path, [*names, *PARTS])
    frame = whole(frame, path, [*keys, "styear", "endyear", "insidea", "sidea"])
    values = tables.without_codes(frame, list(names)[3:])[list(names)].rename(columns=names)
    values = flags(values, ["incident_side_a", "side_a"])
    first = ["incident", "dispute", "ccode"]
    return pd.concat([values[first], dated(frame, SPELL), values.drop(columns=first)], axis=1)


def _participants(frame: pd.DataFrame, names: dict[str, str], yes_or_no: list[str]) -> pd.DataFrame:
    values = tables.without_codes(frame, list(names)[2:])[list(names)].rename(columns=names)
    out = pd.concat([values[["dispute", "ccode"]], dated(frame, SPELL), flags(values, yes_or_no).iloc[:, 2:]], axis=1)
    out.insert(2, "episode", episodes(out))
    return out
