"""Reading a foreign table: the same clear error for every file that is truncated, mis-encoded or of another version."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.errors import InputError, Problem


def read_csv(path: Path, columns: Sequence[str], encoding: str = "utf-8-sig", **how: Any) -> pd.DataFrame:
    """The named columns of a CSV file.

    Parameters
    ----------
    path
        The file.
    columns
        Columns that it must have; others are left out.
    encoding
        Of the file; the default reads UTF-8 with or without a byte-order mark.
    **how
        Further arguments of :func:`pandas.read_csv`.

    Returns
    -------
    DataFrame
        The columns in the order given.

    Raises
    ------
    InputError
        If the file cannot be decoded or parsed, is empty, or lacks columns.
    """
    try:
        frame = pd.read_csv(path, encoding=encoding, low_memory=False, **how)
    except UnicodeDecodeError as error:
        raise InputError([Problem(str(path), f"is not encoded as {encoding} (byte {error.start}); expected a CSV file"
                                  f" with the columns {', '.join(columns)}")]) from error  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise _broken(path, "CSV", columns, error) from error
    return _only(frame, path, columns)


def read_rda(path: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """The named columns of a data frame in an R data file (.rda, .RData).

    Parameters
    ----------
    path
        The file.
    name
        Name of the object in it.
    columns
        Columns that it must have; others are left out. Factors become text.

    Raises
    ------
    InputError
        As :func:`read_csv`, or if the file has no data frame of that name.
    """
    import rdata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that have no counterpart here; the values are kept
            objects = rdata.read_rda(path)
    except Exception as error:  # the reader raises what its decompressor and parser raise
        raise _broken(path, "R data", columns, error) from error
    frame = objects.get(name)
    if not isinstance(frame, pd.DataFrame):
        held = ", ".join(objects) or "nothing"
        raise InputError([Problem(str(path), f"must hold a data frame called {name}; it holds {held}")])
    text = {c: frame[c].astype(object) for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)}
    return _only(frame.assign(**text).reset_index(drop=True), path, columns)


def read_excel(path: Path, sheet: str | int, columns: Sequence[str], **how: Any) -> pd.DataFrame:
    """The named columns of a sheet of an Excel file.

    Parameters
    ----------
    path
        The file.
    sheet
        Name or position of the sheet.
    columns
        Columns that it must have; others are left out.
    **how
        Further arguments of :func:`pandas.read_excel`.

    Raises
    ------
    InputError
        As :func:`read_csv`.
    """
    try:
        frame = pd.read_excel(path, sheet_name=sheet, engine="openpyxl", **how)
    except Exception as error:  # zip, XML and sheet errors of the reader
        raise _broken(path, "Excel", columns, error) from error
    return _only(frame, path, columns)


def without_codes(frame: pd.DataFrame, columns: Iterable[str], codes: Iterable[float] = (-9,)) -> pd.DataFrame:
    """The frame with codes of missing values as NaN, in whole numbers that may be missing (``Int64``) where all are whole."""
    out = frame.copy()
    for column in columns:
        values = pd.to_numeric(out[column], errors="coerce").astype(float)
        values = values.mask(values.isin(list(codes)))
        out[column] = values.astype("Int64") if (values.dropna() % 1 == 0).all() else values
    return out


def dates(year: pd.Series, month: pd.Series | None = None, day: pd.Series | None = None) -> tuple[pd.Series, pd.Series]:
    """Dates from parts of which the later may be missing.

    Parameters
    ----------
    year, month, day
        Whole numbers; NaN where unknown.

    Returns
    -------
    date : datetime64
        The first day that is possible: the first of the month where the day is unknown, of the year where the month is; NaT
        without a year. An impossible day (31 June) counts as unknown.
    precision : object
        ``"day"``, ``"month"``, ``"year"``, or None without a year.

    Examples
    --------
    >>> when, how = dates(pd.Series([1962, 1962]), pd.Series([10, None]), pd.Series([16, None]))
    >>> [str(d.date()) for d in when], list(how)
    (['1962-10-16', '1962-01-01'], ['day', 'year'])
    """
    y, m, d = (
        pd.to_numeric(part if part is not None else pd.Series(np.nan, index=year.index), errors="coerce").astype(float)
        for part in (year, month, day)
    )
    parts = pd.DataFrame({"year": y, "month": m.fillna(1), "day": d.fillna(1)})
    full = pd.to_datetime(parts, errors="coerce")
    first = pd.to_datetime(parts.assign(day=1.0), errors="coerce")
    precision = pd.Series(None, index=year.index, dtype=object)
    precision[first.notna()] = "year"
    precision[first.notna() & m.notna()] = "month"
    precision[full.notna() & m.notna() & d.notna()] = "day"
    return full.fillna(first), precision


def _only(frame: pd.DataFrame, path: Path, columns: Sequence[str]) -> pd.DataFrame:
    lacking = [c for c in columns if c not in frame]
    if lacking:
        mend = (f"lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}; it has"
                f" {', '.join(map(str, frame.columns[:20]))}. Is it another version?")  # fmt: skip
        raise InputError([Problem(str(path), mend)])
    if frame.empty:
        raise InputError([Problem(str(path), f"holds no row; expected the columns {', '.join(columns)}")])
    return frame[list(columns)]


def _broken(path: Path, kind: str, columns: Sequence[str], error: Exception) -> InputError:
    told = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    mend = f"cannot be read as {kind} ({told}); expected a file with the columns {', '.join(columns)}. Is it truncated?"
    return InputError([Problem(str(path), mend)])
