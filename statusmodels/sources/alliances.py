"""What allies owe each other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, whole

OBLIGATIONS = {
    "atop_defense": "defense",
    "atop_offense": "offense",
    "atop_neutral": "neutrality",
    "atop_nonagg": "nonaggression",
    "atop_consul": "consultation",
}


def atop(path: Path | None = None) -> pd.DataFrame:
    """Alliance Treaty Obligations and Provisions 5.1: obligations between two states, yearly, 1815-2018.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a dyad-year with an obligation. **A dyad-year of two system members that is absent has none**: fill it with False,
        inside 1815-2018 only.

        - ``ccode1``, ``ccode2``: COW codes, the lower first; the file has both orders with equal values
        - ``year``
        - ``defense``: to help the other if attacked
        - ``offense``: to join the other in other conflicts
        - ``neutrality``: to stay out of the other's conflicts
        - ``nonaggression``: not to attack the other
        - ``consultation``: to consult in a crisis that could lead to conflict

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Leeds, Ritter, Mitchell and Long (2002), International Interactions 28:237.

    Examples
    --------
    >>> pacts = atop()
    >>> japan = pacts[(pacts["ccode1"] == 2) & (pacts["ccode2"] == 740) & (pacts["year"] == 1985)]
    >>> bool(japan["consultation"].item())
    True
    """
    path = path or registry.path("peacesciencer/atop_alliance.rda")
    keys = ["ccode1", "ccode2", "year"]
    frame = tables.read_rda(path, "atop_alliance", [*keys, *OBLIGATIONS])
    frame = flags(whole(frame, path, keys), list(OBLIGATIONS)).rename(columns=OBLIGATIONS)
    return frame[frame["ccode1"] < frame["ccode2"]].sort_values(keys, ignore_index=True)
