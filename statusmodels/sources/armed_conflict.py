"""Armed conflicts in which at least one side is a state."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, r_dates, whole

STATES = {f"gwno_{side}": f"gwcode_{side}" for side in ("a", "a_2nd", "b", "b_2nd")}


def years(path: Path | None = None) -> pd.DataFrame:
    """UCDP/PRIO Armed Conflict Dataset 25.1, 1946-2024.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a conflict, year and combination of states in it. **A conflict with supporting states has several rows a year:
        count distinct** ``conflict_id``, not rows.

        - ``conflict_id``, ``year``
        - ``gwcode_a``, ``gwcode_b``: Gleditsch-Ward codes of the two sides, **not COW's**; ``gwcode_b`` is <NA> where side B is no
          state. ``states.gw_codes`` turns one into the other.
        - ``gwcode_a_2nd``, ``gwcode_b_2nd``: a state that supports that side with troops
        - ``incompatibility``: ``territory``, ``government`` or ``both``
        - ``intensity``: 1 minor (25 to 999 battle deaths that year), 2 war
        - ``kind``: ``interstate``, ``intrastate``, ``internationalized`` (intrastate with foreign troops) or ``extrasystemic``
        - ``start``: first battle death of the conflict; ``episode_start``: of this episode. Timestamps, the first possible day; the
          file has the last day of the month or year instead.
        - ``start_precision``, ``episode_start_precision``: "day", "month", or "year" (in a few rows even the year is a guess)
        - ``episode_ended``: whether the episode ended that year; ``episode_end``: when, else NaT

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gleditsch, Wallensteen, Eriksson, Sollenberg and Strand (2002), Journal of Peace Research 39:615; Davies, Pettersson, Sollenberg
    and Öberg (2025), Journal of Peace Research 62.

    Examples
    --------
    >>> fighting = years()
    >>> int(fighting.loc[fighting["year"] == 2024, "conflict_id"].nunique())
    61
    """
    path = path or registry.path("peacesciencer/ucdp_acd.rda")
    names = {"conflict_id": "conflict_id", "year": "year", **STATES, "incompatibility": "incompatibility",
             "intensity_level": "intensity", "type_of_conflict": "kind"}  # fmt: skip
    days = ["start_date", "start_prec", "start_date2", "start_prec2"]
    frame = tables.read_rda(path, "ucdp_acd", [*names, *days, "ep_end", "ep_end_date"])
    frame = whole(frame, path, ["conflict_id", "year", "intensity_level", "ep_end", *days])
    out = tables.without_codes(frame, list(STATES))[list(names)].rename(columns=names)
    out["kind"] = out["kind"].replace("II", "internationalized")
    for name, number in (("start", ""), ("episode_start", "2")):
        when, known = r_dates(frame[f"start_date{number}"]).dt, frame[f"start_prec{number}"]
        # 1 the day is known; 2, 3 the month; 4 to 7 the year at most
        out[name], out[f"{name}_precision"] = tables.dates(
            when.year, when.month.where(known <= 3), when.day.where(known == 1)
        )
    return flags(
        out.assign(episode_ended=frame["ep_end"], episode_end=r_dates(frame["ep_end_date"])), ["episode_ended"]
    )
