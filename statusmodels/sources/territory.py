"""Territorial threat and territorial change."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, whole

PROCEDURES = {
    1: "conquest",
    2: "annexation",
    3: "cession",
    4: "secession",
    5: "unification",
    6: "mandate",
}


def threat(path: Path | None = None) -> pd.DataFrame:
    """Latent external threat to a state's territory, 1816-2010.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year.

        - ``ccode``, ``year``
        - ``threat``: posterior mean of a latent trait; ``threat_sd``, ``threat_lower``, ``threat_upper``: its standard
          deviation and interval
        - ``weighted_threat``, ``..._sd``, ``..._lower``, ``..._upper``: the same with threats weighted by the distance between the
          states; NaN where it has none

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Miller (2022), Journal of Global Security Studies 7(4), doi:10.1093/jogss/ogac012.

    Examples
    --------
    >>> threats = threat()
    >>> bool((threats["threat_lower"] <= threats["threat_upper"]).all())
    True
    """
    path = path or registry.path("peacesciencer/terrthreat.rda")
    names = {"lterrthreat": "threat", "sd": "threat_sd", "lwr": "threat_lower", "upr": "threat_upper"}
    names |= {f"m_{old}": f"weighted_{new}" for old, new in names.items()}
    frame = tables.read_rda(path, "terrthreat", ["ccode", "year", *names])
    return whole(frame, path, ["ccode", "year"]).rename(columns=names)


def changes(path: Path | None = None) -> pd.DataFrame:
    """Territorial changes 6, 1816-2018.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a transfer.

        - ``change_id``: number of the change; a change among more than two states has several rows
        - ``date``, ``date_precision``: timestamp; "month", or "year" where the month is unknown
        - ``gainer``, ``loser``, ``entity``: codes of who gains, who loses, and of the territory; <NA> where none or unknown. Codes of
          territories are longer than COW's.
        - ``procedure``: conquest, annexation, cession, secession, unification or mandate; None where unknown
        - ``area``: square kilometres; ``population``; <NA> where unknown
        - ``homeland_gained``, ``homeland_lost``: ``boolean``; whether it is homeland to the gainer and loser, not a dependency
        - ``whole``: whether the whole unit changed hands, not a part
        - ``independence``: whether the entity became independent
        - ``conflict``: whether there was fighting between organised forces

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Tir, Schafer, Diehl and Goertz (1998), Conflict Management and Peace Science 16:89.

    Examples
    --------
    >>> moved = changes()
    >>> moved.loc[(moved["loser"] == 365) & (moved["gainer"] == 2), "date"].dt.year.tolist()
    [1867]
    """
    path = path or registry.path("rivalries/tc2018.csv")
    codes = ["gainer", "loser", "entity", "procedur", "area", "pop", "gaintype", "losetype"]
    kept = ["year", "month", *codes, "portion", "number", "indep", "conflict"]
    frame = tables.read_csv(path, kept, na_values=[".", " "])
    frame = tables.without_codes(whole(frame, path, ["year", "number"]), codes)
    frame = flags(frame, ["portion", "indep", "conflict"])
    date, precision = tables.dates(frame["year"], frame["month"])
    return pd.DataFrame(
        {
            "change_id": frame["number"],
            "date": date,
            "date_precision": precision,
            **{c: frame[c] for c in ("gainer", "loser", "entity")},
            "procedure": frame["procedur"].map(PROCEDURES).astype(object).where(frame["procedur"].notna(), None),
            "area": frame["area"],
            "population": frame["pop"],
            "homeland_gained": frame["gaintype"].astype("boolean"),
            "homeland_lost": frame["losetype"].astype("boolean"),
            "whole": frame["portion"],
            "independence": frame["indep"],
            "conflict": frame["conflict"],
        }
    )
