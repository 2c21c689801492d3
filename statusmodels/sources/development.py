"""Democracy and wealth."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole


def democracy(path: Path | None = None) -> pd.DataFrame:
    """Three measures of democracy, 1816-2025.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year; NaN or <NA> where a measure has no value.

        - ``ccode``, ``year``
        - ``euds``: extended Unified Democracy Score, standardised; ``aeuds``: the same with 0 at the cut between democracy
          and autocracy
        - ``polity2``: Polity score, -10 to 10; the file has none for the Soviet Union
        - ``polyarchy``: V-Dem's index of electoral democracy, 0 to 1

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Marquez (2016), SSRN 2753830; Marshall, Gurr and Jaggers, *Polity*; Coppedge et al., *V-Dem*; Miller, *isard*.

    Examples
    --------
    >>> scores = democracy().set_index(["ccode", "year"])
    >>> float(scores.loc[(2, 1950), "polyarchy"]), scores.loc[(365, 1950), "polity2"]
    (0.585, <NA>)
    """
    path = path or registry.path("isard/cw_democracy.rda")
    frame = tables.read_rda(path, "cw_democracy", ["ccode", "year", "euds", "aeuds", "polity2", "v2x_polyarchy"])
    # no codes: the file has -9 as a Polity score
    frame = tables.without_codes(
        whole(frame, path, ["ccode", "year"]), ["euds", "aeuds", "polity2", "v2x_polyarchy"], ()
    )
    return frame.rename(columns={"v2x_polyarchy": "polyarchy"})


def gdp(path: Path | None = None) -> pd.DataFrame:
    """Simulated wealth and population with their uncertainty, 1816-2019.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year; NaN where there is no estimate. Posterior means and standard deviations (``..._sd``) of a model that
        combines several sources:

        - ``ccode``, ``year``
        - ``gdp_per_capita``: in 2011 US dollars, on the scale of the Maddison Project
        - ``gdp``: in millions of 2011 US dollars, on the scale of the Penn World Table
        - ``population``: millions, likewise

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Fariss, Anders, Markowitz and Barnum (2022), Journal of Conflict Resolution 66:553.

    Examples
    --------
    >>> list(gdp())
    ['ccode', 'year', 'gdp_per_capita', 'gdp_per_capita_sd', 'gdp', 'gdp_sd', 'population', 'population_sd']
    """
    path = path or registry.path("isard/cw_gdppop.rda")
    names = {"mrgdppc": "gdp_per_capita", "pwtrgdp": "gdp", "pwtpop": "population"}
    names |= {f"sd_{old}": f"{new}_sd" for old, new in names.items()}
    order = [f"{prefix}{old}" for old in ("mrgdppc", "pwtrgdp", "pwtpop") for prefix in ("", "sd_")]
    frame = tables.read_rda(path, "cw_gdppop", ["ccode", "year", *order])
    return whole(frame, path, ["ccode", "year"]).rename(columns=names)
