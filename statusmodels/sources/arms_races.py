"""Arms races between rivals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole


def spells(path: Path | None = None) -> pd.DataFrame:
    """Arms races of Gibler, Rider and Hutchison, 1854-1984.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row an arms race: both rivals raised military spending or personnel by 8 per cent or more a year for three years.

        - ``race_id``: its number
        - ``ccode1``, ``ccode2``: COW codes, the lower first
        - ``start``, ``end``: first and last year

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Gibler, Rider and Hutchison (2005), Journal of Peace Research 42:131.

    Examples
    --------
    >>> races = spells()
    >>> races.loc[(races["ccode1"] == 2) & (races["ccode2"] == 365), ["start", "end"]].to_numpy().tolist()
    [[1978, 1981]]
    """
    path = path or registry.path("peacesciencer/grh_arms_races.rda")
    numbers = ["race_id", "ccode1", "ccode2", "styear", "endyear"]
    frame = whole(tables.read_rda(path, "grh_arms_races", numbers), path, numbers)
    return frame.rename(columns={"styear": "start", "endyear": "end"})
