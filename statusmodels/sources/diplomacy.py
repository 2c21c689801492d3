"""Who sends whom an envoy of which rank."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import whole

RANKS = {0: "none", 1: "chargé d'affaires", 2: "minister", 3: "ambassador"}
OTHER = 9


def exchange(path: Path | None = None) -> pd.DataFrame:
    """Diplomatic representation between states, 1817-2000, about every five years.

    The rank of an envoy is a form of honor that the sender chooses; one side can keep an envoy where the other keeps none.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        Directed, two rows a dyad and year.

        - ``ccode1``: COW code of the state that sends
        - ``ccode2``: COW code of the host
        - ``year``: 37 years from 1817 to 2000
        - ``rank``: 0 none, 1 chargé d'affaires, 2 minister, 3 ambassador; <NA> where represented by another or unknown rank
        - ``other``: whether that is so (code 9). For 1950, 1955, 1960 and 1965 the file has no ranks at all: every envoy is code 9.
        - ``represented``: whether there is a representation of any rank

        The file is a subset of the published data: the last observation of each run of a dyad, and with it 2005, is left out, and
        so are pairs without any representation in either direction. An absent row therefore says nothing.

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Bayer (2006), *Diplomatic Exchange Data set, v2006.1*, Correlates of War; Singer and Small (1966), World Politics 18:236.

    Examples
    --------
    >>> sent = exchange()
    >>> soviet = sent[(sent["ccode1"] == 2) & (sent["ccode2"] == 365)].set_index("year")
    >>> int(soviet.loc[1970, "rank"]), bool(soviet.loc[1955, "represented"]), soviet.loc[1955, "rank"]
    (3, True, <NA>)
    """
    path = path or registry.path("diplomatic_exchange/diprep_nextSym copy.csv")
    numbers = ["ccode1", "ccode2", "year", "DR_at_1", "DR_at_2"]
    frame = whole(tables.read_csv(path, numbers), path, numbers)
    # DR_at_1 is the mission at state 1, which state 2 sends
    names = ["ccode1", "ccode2", "year", "code"]
    sent1 = frame[["ccode1", "ccode2", "year", "DR_at_2"]].set_axis(names, axis=1)
    sent2 = frame[["ccode2", "ccode1", "year", "DR_at_1"]].set_axis(names, axis=1)
    both = pd.concat([sent1, sent2]).sort_values(names[:3], ignore_index=True)
    code = both.pop("code")
    return both.assign(
        rank=code.astype("Int64").where(code.isin(list(RANKS))), other=code.eq(OTHER), represented=code.ne(0)
    )
