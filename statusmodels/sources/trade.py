"""Trade of states."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole


def states(path: Path | None = None) -> pd.DataFrame:
    """Total imports and exports of states, Correlates of War trade 4.0, 1870-2014.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a state and year: ``ccode``, ``year``, ``imports``, ``exports`` (millions of current US dollars; NaN where unknown).

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Barbieri, Keshk and Pollins (2009), Conflict Management and Peace Science 26:471.

    Examples
    --------
    >>> totals = states().set_index(["ccode", "year"])
    >>> bool(totals.loc[(2, 2000), "imports"] > totals.loc[(2, 2000), "exports"])
    True
    """
    path = path or registry.path("peacesciencer/cow_trade_sy.rda")
    frame = tables.read_rda(path, "cow_trade_sy", ["ccode", "year", "imports", "exports"])
    return whole(frame, path, ["ccode", "year"])
