"""Leaders of states and how they came and went."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import r_dates, whole


def archigos(path: Path | None = None) -> pd.DataFrame:
    """Effective leaders, Archigos 4.1, 1840-2015.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a leader's spell in office.

        - ``spell_id``, ``leader_id``: of the spell and of the person, who may have several spells
        - ``gwcode``: Gleditsch-Ward code, **not COW's**; ``states.gw_codes`` turns one into the other
        - ``leader``: name
        - ``birth_year``: <NA> where unknown; ``gender``: M or F
        - ``start``, ``end``: timestamps; 31 December 2015 where in office then
        - ``entry``, ``exit``, ``exit_detail``: how the leader came and went

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Goemans, Gleditsch and Chiozza (2009), Journal of Peace Research 46:269.

    Examples
    --------
    >>> rule = archigos()
    >>> str(rule.loc[(rule["gwcode"] == 365) & (rule["leader"] == "Gorbachev"), "start"].item().date())
    '1985-03-11'
    """
    path = path or registry.path("peacesciencer/archigos.rda")
    columns = [
        "obsid",
        "leadid",
        "gwcode",
        "leader",
        "yrborn",
        "gender",
        "startdate",
        "enddate",
        "entry",
        "exit",
        "exitcode",
    ]
    frame = whole(tables.read_rda(path, "archigos", columns), path, ["gwcode", "startdate", "enddate"])
    frame = tables.without_codes(frame, ["yrborn"], (-999, -777))
    frame = frame.assign(startdate=r_dates(frame["startdate"]), enddate=r_dates(frame["enddate"]))
    names = {"obsid": "spell_id", "leadid": "leader_id", "yrborn": "birth_year", "startdate": "start", "enddate": "end"}
    return frame.rename(columns=names | {"exitcode": "exit_detail"})
