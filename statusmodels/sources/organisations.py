"""Membership in intergovernmental organisations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole


def shared(path: Path | None = None) -> pd.DataFrame:
    """Intergovernmental organisations to which both of two states belong, 1816-2014.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a dyad-year.

        - ``ccode1``, ``ccode2``: COW codes, the lower first
        - ``year``
        - ``igos``: organisations of which both are full members

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Pevehouse, Nordstrom, McManus and Jamison (2020), Journal of Peace Research 57:492.

    Examples
    --------
    >>> list(shared())
    ['ccode1', 'ccode2', 'year', 'igos']
    """
    path = path or registry.path("peacesciencer/cow_igo_ndy.rda")
    numbers = ["ccode1", "ccode2", "year", "dyadigos"]
    frame = tables.read_rda(path, "cow_igo_ndy", numbers)
    return whole(frame, path, numbers).rename(columns={"dyadigos": "igos"})


def memberships(path: Path | None = None) -> pd.DataFrame:
    """Numbers of intergovernmental organisations to which a state belongs, 1816-2014.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year.

        - ``ccode``, ``year``
        - ``full``, ``associate``, ``observer``: organisations with that kind of membership
        - ``any``: organisations with any of the three

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Pevehouse, Nordstrom, McManus and Jamison (2020), Journal of Peace Research 57:492.

    Examples
    --------
    >>> list(memberships())
    ['ccode', 'year', 'full', 'associate', 'observer', 'any']
    """
    path = path or registry.path("peacesciencer/cow_igo_sy.rda")
    counts = {f"sum_igo_{kind}": kind for kind in ("full", "associate", "observer")} | {"sum_igo_anytype": "any"}
    numbers = ["ccode", "year", *counts]
    return whole(tables.read_rda(path, "cow_igo_sy", numbers), path, numbers).rename(columns=counts)
