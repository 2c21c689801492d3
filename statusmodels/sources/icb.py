"""Crises of the International Crisis Behavior project: of the system, of each state in them, and between two states.

Codes that the frames share:

- ``violence``: 1 none, 2 minor clashes, 3 serious clashes, 4 full-scale war
- ``gravity``: what is at stake, 0 economic, 1 limited military threat, 2 political, 3 territorial, 4 influence in the system or
  region, 5 grave damage, 6 existence, 7 other. It is a scale at most from 0 to 6.
- ``trigger_entity``: who set it off, a COW code; 995 to 997 are internal actors, several states, and no state
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import dated, flags, whole

NO_ACTOR = 9999


def crises(path: Path | None = None) -> pd.DataFrame:
    """International crises, ICB system level version 14, 1918-2017.

    Parameters
    ----------
    path
        A file of your own, such as ``icb1v14.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row a crisis; codes as in the module. One crisis (474) has a name only.

        - ``crisis``, ``name``
        - ``start``, ``end``: breakpoint and exit, timestamps of the first possible day; NaT where unknown
        - ``start_precision``, ``end_precision``: "day", "month", "year" or None
        - ``trigger_entity``
        - ``actors``: number of states perceived to be involved
        - ``gravity``: the gravest threat
        - ``violence``: of the crisis as a whole
        - ``us_involvement``, ``soviet_involvement``: of the United States, of the Soviet Union or Russia: 1 none, 2 low, 3 covert or
          semi-military, 4 direct military

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Brecher and Wilkenfeld (1997), *A Study of Crisis*; Brecher, Wilkenfeld, Beardsley, James and Quinn (2021), *International
    Crisis Behavior Data Codebook, Version 14*.

    Examples
    --------
    >>> all_crises = crises().set_index("crisis")
    >>> all_crises.loc[196, "name"], int(all_crises.loc[196, "violence"]), int(all_crises.loc[196, "us_involvement"])
    ('CUBAN MISSILES', 2, 4)
    """
    path = path or registry.path("icb/icb1v14.csv")
    parts = {"start": ["yrtrig", "motrig", "datrig"], "end": ["yrterm", "moterm", "daterm"]}
    names = {
        "crisno": "crisis",
        "crisname": "name",
        "trigent": "trigger_entity",
        "noactr": "actors",
        "gravcr": "gravity",
        "viol": "violence",
        "usinv": "us_involvement",
        "suinv": "soviet_involvement",
    }
    frame = whole(tables.read_csv(path, [*names, *(c for dates in parts.values() for c in dates)]), path, ["crisno"])
    values = tables.without_codes(frame, list(names)[2:], ())[list(names)].rename(columns=names)
    return pd.concat([values[["crisis", "name"]], dated(frame, parts), values.iloc[:, 2:]], axis=1)


def actors(path: Path | None = None) -> pd.DataFrame:
    """States in a crisis, ICB actor level version 15, 1918-2019.

    Parameters
    ----------
    path
        A file of your own, such as ``icb2v15.csv`` or ``icb2v14.csv``; the registry's version 15 by default.

    Returns
    -------
    DataFrame
        One row a crisis of a state; codes as in the module. A state can have two crises in one.

        - ``crisis``, ``name``
        - ``actor``: number of the state's crisis, unique
        - ``ccode``: COW code of the state whose decision makers perceive the threat
        - ``start``, ``end``: trigger and termination for this state, timestamps of the first possible day; NaT where unknown
        - ``response``: its major response
        - ``start_precision``, ``end_precision``, ``response_precision``: "day", "month", "year" or None
        - ``trigger``: 1 verbal act, 2 political, 3 economic, 4 external change, 5 other non-violent act, 6 internal challenge,
          7 non-violent military act, 8 indirect violence, 9 violence
        - ``trigger_entity``
        - ``major_response``: 1 none, 2 verbal, 3 political, 4 economic, 5 other non-violent, 6 non-violent military, 7 several
          with that, 8 violent military, 9 several with that
        - ``gravity``: the gravest threat to it
        - ``violence``: how intense in the crisis of this state
        - ``us_involvement``, ``soviet_involvement``: 1 none to 8 direct military, 9 that state is a crisis actor itself
        - ``outcome``: 1 victory, 2 compromise, 3 stalemate, 4 defeat, others unclear

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Brecher and Wilkenfeld (1997), *A Study of Crisis*; Brecher, Wilkenfeld, Beardsley, James and Quinn (2023), *International
    Crisis Behavior Data Codebook, Version 15*.

    Examples
    --------
    >>> states = actors()
    >>> sorted(states.loc[states["crisis"] == 196, "ccode"])
    [2, 40, 365]
    """
    path = path or registry.path("icb/icb2v15.csv")
    parts = {
        "start": ["yrtrig", "motrig", "datrig"],
        "end": ["yrterm", "moterm", "daterm"],
        "response": ["yerres", "monres", "dayres"],
    }
    names = {
        "crisno": "crisis",
        "crisname": "name",
        "cracno": "actor",
        "cracid": "ccode",
        "triggr": "trigger",
        "trigent": "trigger_entity",
        "majres": "major_response",
        "gravty": "gravity",
        "viol": "violence",
        "usinv": "us_involvement",
        "suinv": "soviet_involvement",
        "outcom": "outcome",
    }
    frame = whole(
        tables.read_csv(path, [*names, *(c for dates in parts.values() for c in dates)]),
        path,
        ["crisno", "cracno", "cracid"],
    )
    values = tables.without_codes(frame, list(names)[4:], ())[list(names)].rename(columns=names)
    return pd.concat([values.iloc[:, :4], dated(frame, parts), values.iloc[:, 4:]], axis=1)


def dyads(path: Path | None = None) -> pd.DataFrame:
    """Two states against each other in a crisis, year by year, ICB dyadic data version 15, 1918-2020.

    Parameters
    ----------
    path
        A file of your own, such as ``icbdy_v15.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        One row a crisis, dyad and year. At least one of the two is a crisis actor, and at least one acted with hostility.

        - ``dyad``: number of the crisis dyad, the same in all its years
        - ``crisis``, ``name``
        - ``ccode1``, ``ccode2``: COW codes, the lower first
        - ``year``
        - ``actor1``, ``actor2``: whether each is a crisis actor (the file has 9999 for one that is not)
        - ``actor_number1``, ``actor_number2``: ``actor`` of :func:`actors`; <NA> for a state that is no crisis actor
        - ``start``, ``end``: of the dyad in the crisis, timestamps
        - ``start_precision``, ``end_precision``: "day" or "month"
        - ``ongoing``: whether the dyad was in this crisis in the year before too

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Hewitt (2003), Journal of Conflict Resolution 47:669.

    Examples
    --------
    >>> pairs = dyads()
    >>> len(pairs[(pairs["ccode1"] == 2) & (pairs["ccode2"] == 365) & (pairs["crisis"] == 196)])
    1
    """
    path = path or registry.path("icb/icbdy_v15.csv")
    parts = {"start": ["trgyrdy", "trgmody", "trgdady"], "end": ["trmyrdy", "trmmody", "trmdady"]}
    names = {
        "crdynum": "dyad",
        "crisno": "crisis",
        "crisname": "name",
        "statea": "ccode1",
        "stateb": "ccode2",
        "year": "year",
        "actnuma": "actor_number1",
        "actnumb": "actor_number2",
        "ongoing": "ongoing",
    }
    frame = tables.read_csv(path, [*names, *(c for dates in parts.values() for c in dates)])
    frame = whole(frame, path, ["crdynum", "crisno", "statea", "stateb", "year", "ongoing"])
    frame = tables.without_codes(flags(frame, ["ongoing"]), ["actnuma", "actnumb"], (NO_ACTOR,))
    values = frame[list(names)].rename(columns=names)
    for place, side in enumerate("12", start=6):
        values.insert(place, f"actor{side}", values[f"actor_number{side}"].notna())
    return pd.concat([values.iloc[:, :-1], dated(frame, parts), values[["ongoing"]]], axis=1)
