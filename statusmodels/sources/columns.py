"""Columns of foreign tables brought to this package's types: whole numbers, flags, and R's dates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem


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


def r_dates(days: pd.Series) -> pd.Series:
    """Timestamps of R's dates, which are stored as days since 1970."""
    return pd.to_datetime(pd.to_numeric(days), unit="D")
