"""Who took part in the Olympic Games, and who stayed away."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole

GERMAN_FEDERAL_REPUBLIC = 260


def games(path: Path | None = None) -> pd.DataFrame:
    """Teams at the Olympic Games, 1896-2016.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a team and games; a state that is absent has no row.

        - ``ccode``: COW code; 260 for West Germany, for which the file has 255
        - ``team``: as the file has it; three further teams of a state have a number
        - ``year``, ``season`` (``summer`` or ``winter``)
        - ``athletes``; ``gold``, ``silver``, ``bronze``, ``medals``. Medals of crews that the source of the file names apart
          are lacking, so they fall short of the official tables here and there.

        Until 1992, when both games fell in one year, **the file has one row a team and year**: the summer games, or the winter
        games of those that missed the summer. Winter games are complete from 1994 only.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Williams, *Foreign Figures*, from Olympedia.

    Examples
    --------
    >>> teams = games()
    >>> moscow = teams[(teams["year"] == 1980) & (teams["season"] == "summer")]
    >>> bool((moscow["ccode"] == 365).any()), bool((moscow["ccode"] == 2).any())
    (True, False)
    """
    path = path or registry.path("olympics/olympics_data.csv")
    numbers = ["ccode", "year", "n_ath", "gold", "silver", "bronze", "total"]
    frame = tables.read_csv(path, ["ccode", "team", "year", "season", *numbers[2:]])
    frame = whole(frame, path, numbers).rename(columns={"n_ath": "athletes", "total": "medals"})
    ccode = frame["ccode"].mask(frame["team"].eq("West Germany"), GERMAN_FEDERAL_REPUBLIC)
    return frame.assign(ccode=ccode, season=frame["season"].str.lower())


def absences(path: Path | None = None) -> pd.DataFrame:
    """Summer games that a state missed between its first and its last: boycotts, exclusions, wars, lack of money.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and summer games missed: ``ccode``, ``year``. The winter games are left out, see
        :func:`games`. The Unified Team of 1992 is not in the file, so the states that formed it are counted as absent.

    Raises
    ------
    InputError
        As :func:`games`.

    Examples
    --------
    >>> missed = absences()
    >>> missed.loc[(missed["ccode"] == 365) & (missed["year"] > 1952), "year"].tolist()
    [1984, 1992]
    """
    summer = games(path)
    summer = summer[summer["season"] == "summer"]
    held = pd.DataFrame({"year": sorted(set(summer["year"]))})
    span = summer.groupby("ccode")["year"].agg(first="min", last="max").reset_index()
    every = span.merge(held, how="cross")
    every = every[every["year"].between(every["first"], every["last"])]
    there = pd.MultiIndex.from_frame(summer[["ccode", "year"]])
    missed = ~pd.MultiIndex.from_frame(every[["ccode", "year"]]).isin(there)
    return every.loc[missed, ["ccode", "year"]].reset_index(drop=True)
