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

        Until 1992, when both games fell in one year, **the file has only those of a team's two games to which it sent more
        athletes**. Winter games are complete from 1994 only.

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
        One row a state and summer games missed; the winter games are left out, see :func:`games`.

        - ``ccode``, ``year``
        - ``winter_team``: whether the file has a winter team of that year instead. Large states with one stayed away from the summer
          games (the United States in 1980); a small one may only have sent more athletes to the winter games.

        The Unified Team of 1992 is not in the file, so the states that formed it are counted as absent; and Germany (255) is in
        1968-1988, when West Germany (260) took part.

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
    teams = games(path)
    summer, winter = (teams[teams["season"] == season] for season in ("summer", "winter"))
    held = pd.DataFrame({"year": sorted(set(summer["year"]))})
    span = summer.groupby("ccode")["year"].agg(first="min", last="max").reset_index()
    every = span.merge(held, how="cross")
    every = every[every["year"].between(every["first"], every["last"])]
    asked = pd.MultiIndex.from_frame(every[["ccode", "year"]])
    in_summer, in_winter = (asked.isin(pd.MultiIndex.from_frame(t[["ccode", "year"]])) for t in (summer, winter))
    return every.assign(winter_team=in_winter).loc[~in_summer, ["ccode", "year", "winter_team"]].reset_index(drop=True)
