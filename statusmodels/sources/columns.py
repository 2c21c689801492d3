"""Columns of foreign tables brought to this package's types: whole numbers, flags, and R's dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import tables


def whole(frame: pd.DataFrame, path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with columns that must be complete (codes, years) as ``int64``.

    Raises
    ------
    InputError
        If a value is missing or is not a whole number.
    """
    problems = []
    out = frame.copy()
    for column in columns:
        values = pd.to_numeric(frame[column], errors="coerce").astype(float)
        wrong = ~(values % 1 == 0)  # also true of NaN
        if wrong.any():
            first = str(frame.loc[wrong, column].iloc[0])
            problems.append(
                Problem(str(path), f"must hold whole numbers; {int(wrong.sum())} do not", None, column, first)
            )
        else:
            out[column] = values.astype("int64")
    if problems:
        raise InputError(problems)
    return out


def flags(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with indicators (1 is yes; 0 or empty is no) as ``bool``."""
    made = {c: pd.to_numeric(frame[c], errors="coerce").astype(float).eq(1) for c in columns}
    return frame.assign(**made)


def dated(frame: pd.DataFrame, parts: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Dates by name, each with its ``_precision``, from the columns of its year, month and day; blanks and -9 are missing."""
    known = tables.without_codes(frame, [c for columns in parts.values() for c in columns])
    out = pd.DataFrame(index=frame.index)
    for name, columns in parts.items():
        out[name], out[f"{name}_precision"] = tables.dates(*(known[c] for c in columns))
    return out


def r_dates(days: pd.Series) -> pd.Series:
    """Timestamps of R's dates, which are stored as days since 1970."""
    return pd.to_datetime(pd.to_numeric(days), unit="D")
