"""Goldstein scores of event codes, one release apart from another: they do not agree."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import registry, tables

VERSIONS = {
    "icews": "icews_format/goldstein_mappings.rda",
    "icews-codebook": "icews_format/cameo-codes.csv",
    "keds": "keds/CAMEO.SCALE.txt",
    "keds-r": "keds/cameo.scale.RData",
    "gdelt": "gdelt_format/cameoCodeTable.tsv",
    "weis": "keds/weis.goldstein.scale.RData",
}
_LINE = re.compile(r"\s*(\d{2,4}):\s*\[(-?[\d.]+)\]")


def goldstein(version: str, path: Path | None = None) -> pd.DataFrame:
    """Goldstein's conflict-cooperation score of each event code, as one release gives it.

    Parameters
    ----------
    version
        ``"icews"`` (R package icews), ``"icews-codebook"`` (code list of the same package), ``"keds"`` (scale 0.5B1 of 2007),
        ``"keds-r"`` (the same as the R package events holds it), ``"gdelt"`` (code table of gdeltPyR), all of CAMEO codes;
        ``"weis"`` of WEIS codes.
    path
        The user's own file of that form; None reads the registry's verified copy.

    Returns
    -------
    DataFrame
        - ``code``: event code as text.
        - ``goldstein``: score from -10 (conflict) to 10 (cooperation), NaN where the release gives none.

    Raises
    ------
    ValueError
        If there is no such version.
    InputError
        If the file is missing, broken or of another form, or gives a code twice with two scores.

    References
    ----------
    Goldstein 1992, Journal of Conflict Resolution 36:369.

    Examples
    --------
    >>> {v: float(goldstein(v).set_index("code").loc["016", "goldstein"]) for v in ("icews", "keds")}
    {'icews': -5.0, 'keds': 3.4}
    """
    if version not in VERSIONS:
        raise ValueError(f"version must be one of {', '.join(VERSIONS)}, not {version!r}")
    path = path or registry.path(VERSIONS[version])
    if version == "icews":
        found = tables.read_rda(path, "goldstein_mappings", ["code", "goldstein"])
    elif version == "icews-codebook":
        found = tables.read_csv(path, ["code", "goldstein"], encoding="latin-1", dtype={"code": str})
    elif version == "gdelt":
        found = tables.read_csv(path, ["cameoCode", "GoldsteinScale"], sep="\t", dtype={"cameoCode": str})
        found = found.rename(columns={"cameoCode": "code", "GoldsteinScale": "goldstein"})
    elif version == "keds":
        text = path.read_text(encoding="latin-1")
        found = pd.DataFrame(
            [m.groups() for m in map(_LINE.match, text.splitlines()) if m], columns=["code", "goldstein"]
        )
    else:
        found = _scale(path)
    found = found.assign(code=found["code"].astype(str).str.strip(), goldstein=pd.to_numeric(found["goldstein"]))
    found = found.drop_duplicates(ignore_index=True)
    twice = found["code"][found["code"].duplicated()]
    if found.empty or len(twice):
        mend = f"gives two scores for {', '.join(twice)}" if len(twice) else "holds no line of code and score"
        raise InputError([Problem(str(path), f"{mend}; expected the scale {version}")])
    return found


def _scale(path: Path) -> pd.DataFrame:
    """The only named list of an R data file."""
    import rdata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (scale,) = rdata.read_rda(path).values()
        rows = [(str(code), float(score[0])) for code, score in scale.items()]
    except Exception as error:  # the reader raises what its decompressor and parser raise
        raise InputError(
            [Problem(str(path), f"cannot be read ({error}); expected R data with one named list")]
        ) from error
    return pd.DataFrame(rows, columns=["code", "goldstein"])


def differences() -> pd.DataFrame:
    """CAMEO codes whose Goldstein score differs between releases.

    Returns
    -------
    DataFrame
        Indexed by code, one column a version of CAMEO scores, NaN where a version lacks the code; codes on which all versions
        that have them agree are left out.
    """
    wide = pd.concat({v: goldstein(v).set_index("code")["goldstein"] for v in VERSIONS if v != "weis"}, axis=1)
    return wide[wide.max(axis=1) > wide.min(axis=1)].sort_index()
