"""Event streams of the Kansas Event Data System (KEDS), as the R package ``events`` carries them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import countries, registry

COLUMNS = ("date", "source", "target", "code")


@dataclass(frozen=True)
class Stream:
    """One stream: its file in the registry, and the coding of its events."""

    file: str
    coding: str


STREAMS = {
    "levant": Stream("keds/levant.cameo.RData", "cameo"),
    "balkans": Stream("keds/balkans.weis.RData", "weis"),
    # its object is called gulf.cameo, its codes are WEIS: three digits, roots up to 22
    "gulf": Stream("keds/gulf.cameo.RData", "weis"),
    "turkey": Stream("keds/turkey.cameo.RData", "cameo"),
    "casia": Stream("keds/casia.weis.RData", "weis"),
}


def frame(path: Path) -> pd.DataFrame:
    """The data frame of an R data file of events: ``date`` (timestamp), ``source, target, code`` (text).

    Closing brackets left on nine codes of the Turkey stream (``0841]``) are taken off.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no data frame with these columns.
    """
    import rdata

    expected = f"expected R data with a data frame of the columns {', '.join(COLUMNS)}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the classes Date and factor; their values are kept
            objects = rdata.read_rda(path)
    except Exception as error:  # the reader raises what its decompressor and parser raise
        raise InputError([Problem(str(path), f"cannot be read ({error}); {expected}. Is it truncated?")]) from error
    frames = [v for v in objects.values() if isinstance(v, pd.DataFrame) and set(COLUMNS) <= set(v.columns)]
    if len(frames) != 1:
        raise InputError([Problem(str(path), f"holds {', '.join(objects) or 'nothing'}; {expected}")])
    found = frames[0]
    days = pd.to_numeric(found["date"], errors="coerce")
    out = pd.DataFrame({"date": pd.Timestamp("1970-01-01") + pd.to_timedelta(days.to_numpy(dtype=float), unit="D")})
    for column in COLUMNS[1:]:
        out[column] = found[column].astype(object).to_numpy()
    out["code"] = out["code"].str.rstrip("]")
    return out


def events(stream: str, path: Path | None = None) -> pd.DataFrame:
    """The events of a KEDS stream.

    Parameters
    ----------
    stream
        ``"levant"`` (1979-2011) and ``"turkey"`` (1992-2006), coded in CAMEO; ``"balkans"`` (1989-2003), ``"gulf"`` (1979-1999)
        and ``"casia"`` (1989-1999), coded in WEIS.
    path
        The user's own file; None reads the registry's verified copy.

    Returns
    -------
    DataFrame
        One row an event, in the order of the file.

        - ``date``: day of the report.
        - ``source``, ``target``: KEDS codes of who acts and who is acted upon (USA, USAGOV, USR).
        - ``code``: event code as text; ``coding``: ``"cameo"`` or ``"weis"``.
        - ``ccode1``, ``ccode2``: COW codes of the two, <NA> for what is no state. The Soviet Union and Russia are both 365.

    Raises
    ------
    ValueError
        If there is no such stream.
    InputError
        If the file is missing or broken.

    References
    ----------
    Schrodt and Gerner, Kansas Event Data System; Lowe 2017, R package ``events``.

    Examples
    --------
    >>> len(events("casia"))
    8377
    """
    if stream not in STREAMS:
        raise ValueError(f"stream must be one of {', '.join(STREAMS)}, not {stream!r}")
    of = STREAMS[stream]
    found = frame(path or registry.path(of.file))
    scheme: countries.Scheme = "keds-cameo" if of.coding == "cameo" else "keds-weis"
    for number, side in enumerate(("source", "target"), start=1):
        found[f"ccode{number}"] = countries.to_ccode(found[side].str[:3], found["date"].dt.year, scheme)
    return found.assign(coding=of.coding)
