"""Opponents in militarized interstate disputes, year by year, of the Correlates of War or as Gibler, Miller and Little corrected it.

Codes as in ``cow_mid``. Everything that a row tells of a state it reached **in the dispute as a whole**, not in that year:
a war of 1939-1945 has hostility 5 in every row. For what happened when, see ``mie.events``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import dated, flags, whole
from statusmodels.sources.cow_mid import PARTS, SPELL, episodes

Version = Literal["gml", "cow"]

SIDES = {"sidea": "side_a", "fatality": "fatality", "fatalpre": "fatalities", "hiact": "action", "hostlev": "hostility",
         "orig": "originator"}  # fmt: skip
# object in the file, and what that file calls ongoing and onset
DIRECTED = {
    "gml": ("gml_dirdisp", "midongoing", "midonset"),
    "cow": ("cow_mid_dirdisps", "dispongoing", "disponset"),
}
DYAD_YEARS = {
    "gml": ("gml_mid_ddydisps", "gmlmidongoing", "gmlmidonset"),
    "cow": ("cow_mid_ddydisps", "cowmidongoing", "cowmidonset"),
}


def directed(version: Version = "gml", path: Path | None = None) -> pd.DataFrame:
    """Opponents in a dispute, directed, one row a dispute and year: GML-MID 2.2.1 (1816-2010) or MID 5.0 (1816-2014).

    Parameters
    ----------
    version
        ``gml`` or ``cow``.
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row an ordered pair of opponents, dispute and year; every pair is there in both orders. States on the same side and
        pairs that were never in it on the same day are no opponents and are not there. A dyad can have several disputes a year.

        - ``dispute``, ``ccode1``, ``ccode2``, ``year``
        - ``ongoing``: always True; ``onset``: whether it began, or the pair came in, that year
        - ``side_a1``, ``side_a2``: whether on the side that acted first
        - ``fatality1``, ``fatality2``: levels of deaths of own soldiers; ``fatalities1``, ``fatalities2``: numbers where known
        - ``action1``, ``action2``: highest militarised action of each in the dispute, 0 none
        - ``hostility1``, ``hostility2``: highest hostility of each in the dispute, 1 (no militarised action) to 5 (war)
        - ``originator1``, ``originator2``: whether in the dispute from its first day
        - ``revisionist1``, ``revisionist2``: whether each wants to change the status quo; only with ``gml``
        - ``revision1``, ``revision2``: what each wants to change; only with ``gml``

        What concerns the whole dispute is in :func:`gml_disputes` and ``cow_mid.cow_disputes``.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gibler, Miller and Little (2016), International Studies Quarterly 60:719; Palmer et al. (2022), Conflict Management and
    Peace Science 39:470; Miller (2022), Conflict Management and Peace Science 39:755.

    Examples
    --------
    >>> pairs = directed()
    >>> cuba = pairs[(pairs["dispute"] == 61) & (pairs["ccode1"] == 2) & (pairs["ccode2"] == 365)]
    >>> cuba[["year", "hostility1", "hostility2"]].to_numpy().tolist()
    [[1962, 4, 4]]
    """
    name, ongoing, onset = DIRECTED[version]
    path = path or registry.path(f"peacesciencer/{name}.rda")
    aims = {
        "revstate1": "revisionist1",
        "revstate2": "revisionist2",
        "revtype11": "revision1",
        "revtype12": "revision2",
    }
    out = _opponents(path, name, ongoing, onset, aims if version == "gml" else {})
    if version == "gml":
        # -9 is missing here too, so these are no plain flags
        out[["revisionist1", "revisionist2"]] = out[["revisionist1", "revisionist2"]].astype("boolean")
    return out


def dyad_years(version: Version = "gml", path: Path | None = None) -> pd.DataFrame:
    """Opponents in a dispute, one row a dyad-year, with its foremost dispute: GML-MID 2.2.1 or MID 5.0.

    Parameters
    ----------
    version
        ``gml`` or ``cow``.
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        Columns as of :func:`directed` without aims, with ``ccode1`` the lower code. At most one row a dyad-year: of several disputes
        in a year Miller's rules keep one (onsets first, then the most fatal, the most hostile, the longest), so that some
        disputes are in no row. A dyad-year of two system members that is absent had no dispute, inside the years covered.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Miller (2022), Conflict Management and Peace Science 39:755.

    Examples
    --------
    >>> years = dyad_years("cow")
    >>> bool(years.duplicated(["ccode1", "ccode2", "year"]).any())
    False
    """
    name, ongoing, onset = DYAD_YEARS[version]
    path = path or registry.path(f"peacesciencer/{name}.rda")
    both = _opponents(path, name, ongoing, onset, {})
    return both[both["ccode1"] < both["ccode2"]].reset_index(drop=True)


def gml_disputes(path: Path | None = None) -> pd.DataFrame:
    """Disputes of GML-MID 2.2.1, 1816-2010.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a dispute; codes as in ``cow_mid``. The file has no days and no ends: take those from :func:`gml_participants`.

        - ``dispute``: its number, that of the Correlates of War for disputes they share
        - ``start``: the first of the month in which it began; ``start_precision``: "month"; "year" for one dispute whose
          month in the file is 13
        - ``outcome``, ``settlement``, ``fatality``
        - ``days_min``, ``days_max``: shortest and longest duration
        - ``action``, ``hostility``: the highest of all states
        - ``reciprocated``: whether side B acted militarily

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gibler, Miller and Little (2016), International Studies Quarterly 60:719.

    Examples
    --------
    >>> len(gml_disputes())
    2174
    """
    path = path or registry.path("peacesciencer/gml_mid_disps.rda")
    names = {
        "dispnum": "dispute",
        "outcome": "outcome",
        "settle": "settlement",
        "fatality": "fatality",
        "mindur": "days_min",
        "maxdur": "days_max",
        "hiact": "action",
        "hostlev": "hostility",
        "recip": "reciprocated",
    }
    frame = tables.read_rda(path, "gml_mid_disps", [*names, "styear", "stmon"])
    frame = tables.without_codes(whole(frame, path, ["dispnum", "styear", "stmon", "recip"]), list(names)[1:])
    out = flags(frame[list(names)].rename(columns=names), ["reciprocated"])
    # one dispute has month 13
    start, precision = tables.dates(frame["styear"], frame["stmon"].where(frame["stmon"].between(1, 12)))
    out.insert(1, "start", start)
    out.insert(2, "start_precision", precision)
    return out


def gml_participants(path: Path | None = None) -> pd.DataFrame:
    """Participants of the disputes of GML-MID 2.2.1, 1816-2010, with their leaders.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a time that a state is in a dispute.

        - ``dispute``, ``ccode``
        - ``episode``: 1, or more where a state comes back into the same dispute
        - ``start``, ``end``: timestamps, the first of the month where the day is unknown or does not exist. The file's guessed
          days (``dummy_stday``, ``dummy_endday``) are left out.
        - ``start_precision``, ``end_precision``: "day" or "month"
        - ``side_a``: whether on the side that acted first
        - ``action``: its highest militarised action, 0 none
        - ``originator``: whether in the dispute from its first day
        - ``leader_start``, ``leader_end``: the leader then, ``spell_id`` of ``leaders.archigos``; <NA> where unknown

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gibler, Miller and Little (2016), International Studies Quarterly 60:719; Miller (2022), Conflict Management and Peace
    Science 39:755.

    Examples
    --------
    >>> sides = gml_participants()
    >>> cuba = sides[(sides["dispute"] == 61) & (sides["ccode"] == 2)]
    >>> cuba["leader_start"].tolist()
    ['USA-1961']
    """
    path = path or registry.path("peacesciencer/gml_part.rda")
    names = {
        "dispnum": "dispute",
        "ccode": "ccode",
        "sidea": "side_a",
        "hiact": "action",
        "orig": "originator",
        "obsid_start": "leader_start",
        "obsid_end": "leader_end",
    }
    frame = tables.read_rda(path, "gml_part", [*names, *PARTS])
    frame = whole(frame, path, ["dispnum", "ccode", "sidea", "hiact", "orig", *PARTS])
    values = flags(frame[list(names)].rename(columns=names), ["side_a", "originator"])
    out = pd.concat([values[["dispute", "ccode"]], dated(frame, SPELL), values.iloc[:, 2:]], axis=1)
    out.insert(2, "episode", episodes(out))
    return out


def _opponents(path: Path, name: str, ongoing: str, onset: str, more: dict[str, str]) -> pd.DataFrame:
    keys = {"dispnum": "dispute", "ccode1": "ccode1", "ccode2": "ccode2", "year": "year"}
    sides = {f"{old}{i}": f"{new}{i}" for old, new in SIDES.items() for i in (1, 2)}
    names = {**keys, ongoing: "ongoing", onset: "onset", **sides, **more}
    marks = ["ongoing", "onset", "side_a1", "side_a2", "originator1", "originator2"]
    frame = tables.read_rda(path, name, list(names)).rename(columns=names)
    frame = flags(whole(frame, path, [*keys.values(), *marks]), marks)
    return tables.without_codes(frame, [new for new in names.values() if new not in (*keys.values(), *marks)])
