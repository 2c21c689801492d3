"""National material capabilities."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole

COMPONENTS = ["milex", "milper", "irst", "pec", "tpop", "upop"]


def nmc(path: Path | None = None) -> pd.DataFrame:
    """National Material Capabilities of the Correlates of War, 1816-2022.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a system member and year. A missing component is <NA>, never zero.

        - ``ccode``, ``year``
        - ``milex``: military expenditure, in thousands of current pounds sterling to 1913 and of current US dollars since
        - ``milper``: military personnel, thousands
        - ``irst``: iron and steel production, thousands of tons
        - ``pec``: primary energy consumption, thousands of coal-ton equivalents
        - ``tpop``, ``upop``: population, and that of cities over 100,000, thousands
        - ``cinc``: Composite Index of National Capability, the state's mean share of the system's six totals

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Singer, Bremer and Stuckey (1972), in Russett (ed.), *Peace, War, and Numbers*; Singer (1987), International Interactions
    14:115.

    Examples
    --------
    >>> states = nmc()
    >>> int(states["year"].min()), int(states["year"].max())
    (1816, 2022)
    """
    path = path or registry.path("peacesciencer/cow_nmc.rda")
    frame = tables.read_rda(path, "cow_nmc", ["ccode", "year", *COMPONENTS, "cinc"])
    return _tidy(frame, path)


def nmc_abridged(path: Path | None = None) -> pd.DataFrame:
    """National Material Capabilities 6.0 as the project publishes it, 1816-2016.

    Parameters
    ----------
    path
        A file of your own, such as ``NMC-60-abridged.csv``; the registry's by default.

    Returns
    -------
    DataFrame
        As :func:`nmc`, to 2016, with -9 (missing) as <NA>.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Singer (1987), International Interactions 14:115.

    Examples
    --------
    >>> len(nmc_abridged())
    15951
    """
    path = path or registry.path("cow_nmc_csv/NMC-60-abridged.csv")
    return _tidy(tables.read_csv(path, ["ccode", "year", *COMPONENTS, "cinc"]), path)


def _tidy(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    frame = whole(frame, path, ["ccode", "year"])
    return tables.without_codes(frame, [*COMPONENTS, "cinc"])
