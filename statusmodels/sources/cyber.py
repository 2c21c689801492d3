"""Cyber incidents between rivals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, whole

SHEET = "DCID_2.0_Release_public_June_20"


def incidents(path: Path | None = None) -> pd.DataFrame:
    """Dyadic Cyber Incident and Campaign Data 2.0 (release of February 2023): incidents between rival states, 2000-2020.

    Parameters
    ----------
    path
        A file of your own; the registry's by default. Its first sheet is read; the second repeats incidents once a side.

    Returns
    -------
    DataFrame
        One row an incident, directed.

        - ``incident``: its number; ``name``
        - ``ccode1``: COW code of the initiator
        - ``ccode2``: COW code of its target; <NA> in four incidents whose initiator is no member of the dyad in the file
        - ``state_a``, ``state_b``: COW codes of that dyad, the lower first
        - ``start``, ``end``: timestamps; in two incidents the end in the file is before the start
        - ``method``: 1 vandalism, 2 denial of service, 3 intrusion, 4 infiltration; decimals tell kinds of 3 and 4
        - ``target_type``: 1 private, 2 government but not military, 3 military
        - ``objective``: 1 disruption, 2 short-term espionage, 3 long-term espionage, 4 degradation
        - ``severity``: 0 to 10; no incident is above 6
        - ``damage``: 1 direct and immediate, 2 direct and delayed, 3 indirect and immediate, 4 indirect and delayed
        - ``information_operation``, ``achieved``, ``concession``: whether part of one, whether it met its aim, whether the target
          yielded
        - ``third_party``: whether a third party acted for the initiator
        - ``supply_chain``, ``ransomware``: whether it was one

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Maness, Valeriano, Hedgecock, Macias and Jensen (2023), The Cyber Defense Review 8(2):65.

    Examples
    --------
    >>> acts = incidents()
    >>> russia = acts[(acts["ccode1"] == 365) & (acts["ccode2"] == 2)]
    >>> bool(((russia["state_a"] == 2) & (russia["state_b"] == 365)).all())
    True
    """
    path = path or registry.path("dcid/DCID_2.0_Release_update_February_2023.xlsx")
    names = {
        "Cyberincidentnum": "incident",
        "Name": "name",
        "initiator": "ccode1",
        "Dyadpair": "dyad",
        "interactionstartdate": "start",
        "interactionenddate": "end",
        "method": "method",
        "targettype": "target_type",
        "cyber_objective": "objective",
        "severity": "severity",
        "damage type": "damage",
        "information_operation": "information_operation",
        "objective_achievement": "achieved",
        "Concession ": "concession",
        "3rdpartyinitiator": "third_party",
        "Supply Ch": "supply_chain",
        "Ransomware": "ransomware",
    }
    marks = list(names.values())[-6:]
    frame = tables.read_excel(path, SHEET, list(names)).rename(columns=names)
    frame = flags(whole(frame, path, ["incident", "ccode1", "dyad", *marks]), marks)
    frame = tables.without_codes(frame, ["method", "target_type", "objective", "severity", "damage"])
    a, b = frame["dyad"] // 1000, frame["dyad"] % 1000  # both codes in one number
    other = a.where(frame["ccode1"] == b).fillna(b.where(frame["ccode1"] == a)).astype("Int64")
    out = frame.drop(columns="dyad").assign(
        name=frame["name"].str.strip(), start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"])
    )
    for place, (column, values) in enumerate({"ccode2": other, "state_a": a, "state_b": b}.items(), start=3):
        out.insert(place, column, values)
    return out
