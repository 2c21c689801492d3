"""ICEWS events counted by directed dyad and year, as the R package ``netify`` carries them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import countries, registry, tables

_NAMES = {
    "verbCoop": "verbal_cooperation",
    "matlCoop": "material_cooperation",
    "verbConf": "verbal_conflict",
    "matlConf": "material_conflict",
}


def quad_counts(path: Path | None = None) -> pd.DataFrame:
    """ICEWS events between 152 countries, 2002 to 2014, in four classes. Reading the file takes half a minute.

    Parameters
    ----------
    path
        The user's own copy of ``icews.rda``; None reads the registry's verified copy.

    Returns
    -------
    DataFrame
        One row a directed dyad-year, sorted.

        - ``ccode1``, ``ccode2``: COW codes of the country that acts and the one acted upon.
        - ``year``.
        - ``verbal_cooperation``, ``material_cooperation``, ``verbal_conflict``, ``material_conflict``: numbers of events.

    Raises
    ------
    InputError
        If the file is missing or broken, or has a country without a COW code.

    References
    ----------
    Boschee et al. 2015, doi:10.7910/DVN/28075; Dorff and Minhas, R package ``netify``.
    """
    return _read(path or registry.path("icews_dyadyear/icews.rda")).copy()


@lru_cache(maxsize=1)  # reading takes half a minute
def _read(path: Path) -> pd.DataFrame:
    found = tables.read_rda(path, "icews", ["i_iso3c", "j_iso3c", "year", *_NAMES])
    out = pd.DataFrame({"year": found["year"].astype(int)})
    lost: set[str] = set()
    for number, side in ((2, "j_iso3c"), (1, "i_iso3c")):
        codes = countries.to_ccode(found[side].astype(str), out["year"], "iso3")
        lost |= set(found.loc[codes.isna().to_numpy(), side].astype(str))
        out.insert(0, f"ccode{number}", codes)
    if lost:
        raise InputError([Problem(str(path), f"has countries without a COW code: {', '.join(sorted(lost))}")])
    for name, ours in _NAMES.items():
        out[ours] = found[name].astype("Int64")
    out = out.astype({"ccode1": int, "ccode2": int})
    return out.sort_values(["ccode1", "ccode2", "year"], ignore_index=True)
