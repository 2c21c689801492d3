"""Nuclear weapons: who wants or has them, how many warheads, how many tests."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole
from statusmodels.sources.names import codes

# the names of these files have an en dash
PROLIFERATION = (
    "nuclear/Nuclear weapons proliferation – OWID based on Bleek (2017), Nuclear Threat Initiative (2022).csv"
)
WARHEADS = "nuclear/Nuclear warhead stockpiles – Bulletin of the Atomic Scientists.csv"
TESTS = "nuclear/Nuclear weapons tests – Arms Control Association (2020).csv"


def proliferation(path: Path | None = None) -> pd.DataFrame:
    """How far each state went towards nuclear weapons, 1938-2022.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year. Present states are carried back before their independence (``states.system`` tells who was a
        member).

        - ``ccode``: COW code; <NA> for Abkhazia, South Ossetia and Tibet
        - ``name``: as the file has it; Russia covers the Soviet Union
        - ``year``
        - ``status``: 0 none, 1 considers, 2 pursues, 3 possesses

    Raises
    ------
    InputError
        If the file cannot be read or is another version, or has a state that ``data/sources/names.csv`` lacks.

    References
    ----------
    Bleek (2017), *When Did (and Didn't) States Proliferate?*; Nuclear Threat Initiative (2022); Our World in Data.

    Examples
    --------
    >>> status = proliferation().set_index(["ccode", "year"])["status"]
    >>> int(status[365, 1948]), int(status[365, 1949])
    (2, 3)
    """
    return _read(path or registry.path(PROLIFERATION), "nuclear_weapons_status", "status")


def warheads(path: Path | None = None) -> pd.DataFrame:
    """Nuclear warheads in stockpiles, 1945-2017.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a nuclear power and year: ``ccode``, ``name``, ``year``, ``warheads`` (an estimate; 0 before the first). Retired
        warheads that wait to be dismantled are not counted.

    Raises
    ------
    InputError
        As :func:`proliferation`.

    References
    ----------
    Kristensen and Norris, *Nuclear Notebook*, Bulletin of the Atomic Scientists; Our World in Data.

    Examples
    --------
    >>> held = warheads().set_index(["ccode", "year"])["warheads"]
    >>> int(held[2, 1945])
    2
    """
    return _read(path or registry.path(WARHEADS), "Stockpiled nuclear warheads", "warheads")


def tests(path: Path | None = None) -> pd.DataFrame:  # noqa: PT028  # no test of ours: nuclear tests
    """Nuclear tests, 1945-2019.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state that has tested and year: ``ccode``, ``name``, ``year``, ``tests``. The file has three of North Korea
        in 2010, which the Association's own total does not count.

    Raises
    ------
    InputError
        As :func:`proliferation`.

    References
    ----------
    Arms Control Association (2020), *The Nuclear Testing Tally*; Our World in Data.

    Examples
    --------
    >>> done = tests()
    >>> int(done.loc[done["ccode"] == 2, "tests"].sum())
    1030
    """
    return _read(path or registry.path(TESTS), "nuclear_weapons_tests", "tests")


def _read(path: Path, column: str, name: str) -> pd.DataFrame:
    frame = whole(tables.read_csv(path, ["Entity", "Year", column]), path, ["Year", column])
    frame = frame.rename(columns={"Entity": "name", "Year": "year", column: name})
    frame.insert(0, "ccode", codes(frame["name"], frame["year"]))
    return frame
