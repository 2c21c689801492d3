"""Who is whose rival: strategic rivalries, dispute-based rivalries, and the peace scale."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, whole

ISSUES = ["positional", "spatial", "ideological", "interventionary"]
PEACE_SCALE_YEARS = (1900, 2020)


def tss(path: Path | None = None) -> pd.DataFrame:
    """Strategic rivalries of Thompson, Sakuwa and Suhas, 1494-2020.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a rivalry spell; the same two states may have several.

        - ``rivalry_id``: number of the spell
        - ``rivalry``: its name
        - ``ccode1``, ``ccode2``: COW codes, the lower first
        - ``start``, ``end``: first and last year; 2020 where it went on
        - ``positional``, ``spatial``, ``ideological``, ``interventionary``: whether it is about that (status, territory, beliefs,
          another state's affairs). The file marks yes only, so an empty cell is no.
        - ``principal``, ``asymmetric_principal``: whether it is the principal rivalry of both, or of one of the two

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Thompson, Sakuwa and Suhas (2021), *Analyzing Strategic Rivalries in World Politics*, Springer.

    Examples
    --------
    >>> spells = tss()
    >>> us_russia = spells[(spells["ccode1"] == 2) & (spells["ccode2"] == 365)]
    >>> us_russia[["start", "end"]].to_numpy().tolist()
    [[1918, 1920], [1945, 1989], [2007, 2020]]
    """
    path = path or registry.path("peacesciencer/tss_rivalries.rda")
    numbers = ["tssr_id", "ccode1", "ccode2", "start", "end"]
    marks = [*ISSUES, "principal", "aprin"]
    frame = tables.read_rda(path, "tss_rivalries", [numbers[0], "rivalry", *numbers[1:], *marks])
    frame = flags(whole(frame, path, numbers), marks)
    return frame.rename(columns={"tssr_id": "rivalry_id", "aprin": "asymmetric_principal"})


def thompson_dreyer(path: Path | None = None) -> pd.DataFrame:
    """Strategic rivalries of Thompson and Dreyer, 1494-2010, the list before :func:`tss`.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a rivalry spell.

        - ``rivalry_id``, ``rivalry``: number and name of the spell
        - ``ccode1``, ``ccode2``: COW codes, the lower first
        - ``start``, ``end``: first and last year; 2010 where it went on
        - ``region``: region, or European great powers
        - ``positional``, ``spatial``, ``ideological``, ``interventionary``: whether it is one of the up to three issues named
        - ``primary``: the issue named first

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Thompson and Dreyer (2012), *Handbook of International Rivalries, 1494-2010*, CQ Press.

    Examples
    --------
    >>> len(thompson_dreyer())
    197
    """
    path = path or registry.path("peacesciencer/td_rivalries.rda")
    numbers = ["rivalryno", "ccode1", "ccode2", "styear", "endyear"]
    types = ["type1", "type2", "type3"]
    frame = tables.read_rda(path, "td_rivalries", [numbers[0], "rivalryname", *numbers[1:], "region", *types])
    frame = whole(frame, path, numbers)
    named = frame[types].fillna("")
    frame = frame.assign(**{issue: named.eq(issue).any(axis=1) for issue in ISSUES}, primary=frame["type1"])
    names = {"rivalryno": "rivalry_id", "rivalryname": "rivalry", "styear": "start", "endyear": "end"}
    return frame.drop(columns=types).rename(columns=names)


def kdg(path: Path | None = None) -> pd.DataFrame:
    """Rivalries of Klein, Goertz and Diehl, 1816-2001: pairs of states with linked militarized disputes.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a spell of conflict: rivalries and isolated conflicts. Spells that went on are cut at the end of 2001.

        - ``rivalry_id``: number of the spell
        - ``ccode1``, ``ccode2``: COW codes, the lower first
        - ``start``, ``end``: first and last day, timestamps
        - ``start_precision``, ``end_precision``: "day", or "month" where the day in the file does not exist (31 June); then
          the first of the month stands
        - ``disputes``: militarized disputes in it
        - ``kind``: ``rivalry`` or ``isolated`` (the classification of 2006)
        - ``older_kind``: ``enduring``, ``proto`` or ``isolated`` (that of Diehl and Goertz 2000)

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Klein, Goertz and Diehl (2006), Journal of Peace Research 43:331.

    Examples
    --------
    >>> kdg()["kind"].value_counts().to_dict()
    {'isolated': 881, 'rivalry': 331}
    """
    path = path or registry.path("rivalries/kdg.csv")
    numbers = ["rivnumb", "rivala", "rivalb", "beginr", "endr", "totdisp"]
    frame = whole(tables.read_csv(path, [*numbers, "rivtyp2", "rivtypold"]), path, numbers)
    out = frame[["rivnumb", "rivala", "rivalb"]].set_axis(["rivalry_id", "ccode1", "ccode2"], axis=1)
    for end, column in (("start", "beginr"), ("end", "endr")):
        number = frame[column]
        out[end], out[f"{end}_precision"] = tables.dates(number // 10000, number // 100 % 100, number % 100)
    return out.assign(
        disputes=frame["totdisp"], kind=frame["rivtyp2"].str.lower(), older_kind=frame["rivtypold"].str.lower()
    )


def peace_scale(path: Path | None = None) -> pd.DataFrame:
    """Levels of peace between two states, yearly, 1900-2020.

    Parameters
    ----------
    path
        A file of your own (three columns, no header); the registry's by default.

    Returns
    -------
    DataFrame
        One row a dyad-year. The file holds the dyads that Diehl, Goertz and Gallegos code; a dyad that is absent is not coded.

        - ``ccode1``, ``ccode2``: COW codes, the lower first (the file has one dyad the other way round)
        - ``year``
        - ``level``: 0 severe rivalry, 0.25 lesser rivalry, 0.5 negative peace, 0.75 warm peace, 1 security community. A mean over
          the year's days, so a year of change lies between. NaN where the file has a dot.

        The pinned file has a run of years from 2021 to 20202 for Somalia and Ethiopia; rows outside 1900-2020 are left out.

    Raises
    ------
    InputError
        If the file cannot be read, or a level is no number from 0 to 1.

    References
    ----------
    Diehl, Goertz and Gallegos (2021), Conflict Management and Peace Science 38:605.

    Examples
    --------
    >>> levels = peace_scale()
    >>> us_soviet = levels[(levels["ccode1"] == 2) & (levels["ccode2"] == 365)].set_index("year")["level"]
    >>> float(us_soviet[1983]), float(us_soviet[2000])
    (0.0, 0.25)
    """
    path = path or registry.path("rivalries/peacedatav30dyadyrmean.csv")
    # text, so that a file with a header or other columns is refused and not read as data
    columns = ["dyad", "year", "level"]
    frame = tables.read_csv(path, columns, header=None, names=columns, index_col=False, dtype=str)
    frame = whole(frame, path, ["dyad", "year"])
    level = pd.to_numeric(frame["level"].where(frame["level"] != "."), errors="coerce").astype(float)
    wrong = (level.isna() & frame["level"].ne(".")) | level.lt(0) | level.gt(1)
    if wrong.any():
        row = int(wrong.idxmax())
        mend = "must be a level from 0 to 1, or a dot"
        raise InputError([Problem(str(path), mend, row + 1, "3", str(frame["level"][row]))])
    codes = pd.DataFrame({"a": frame["dyad"] // 1000, "b": frame["dyad"] % 1000})
    out = pd.DataFrame(
        {"ccode1": codes.min(axis=1), "ccode2": codes.max(axis=1), "year": frame["year"], "level": level}
    )
    return out[out["year"].between(*PEACE_SCALE_YEARS)].reset_index(drop=True)
