"""Military expenditure of the Stockholm International Peace Research Institute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import registry, tables
from statusmodels.sources.names import codes

SHEET = "Constant (2021) US$"
MISSING = [". .", "..", "...", "xxx"]


def sipri(path: Path | None = None) -> pd.DataFrame:
    """Military expenditure in constant dollars.

    Parameters
    ----------
    path
        An Excel file of your own with the sheet ``Constant (2021) US$``, a header row that begins with ``Country`` and one column a
        year; the registry's by default, an edited copy that covers 1999-2022.

    Returns
    -------
    DataFrame
        One row a state and year.

        - ``ccode``: COW code, by ``data/sources/names.csv``
        - ``name``: as the file has it
        - ``year``
        - ``spending``: millions of US dollars at prices and exchange rates of 2021; NaN where there is no figure (empty,
          ``. .``) or no such state (``xxx``)

    Raises
    ------
    InputError
        If the file cannot be read, is another version, or has a state that ``data/sources/names.csv`` lacks.

    References
    ----------
    Stockholm International Peace Research Institute (2023), *SIPRI Military Expenditure Database*.

    Examples
    --------
    >>> spent = sipri().set_index(["ccode", "year"])["spending"]
    >>> bool(spent[2, 2020] > spent[365, 2020])
    True
    """
    path = path or registry.path("sipri/SIPRI-Milex-data-1949-2022.xlsx")
    raw = tables.read_excel(path, SHEET, [0], header=None)  # type: ignore[list-item]  # first whether it can be read at all
    header = raw.index[raw[0].eq("Country")]
    if header.empty:
        raise InputError([Problem(str(path), "must have a row that begins with Country", column="A")])
    frame = pd.read_excel(path, sheet_name=SHEET, header=int(header[0]), engine="openpyxl", na_values=MISSING)
    frame = frame.dropna(subset=["Country"])
    years = [c for c in frame if str(c).strip().removesuffix(".0").isdigit()]
    if not years:
        raise InputError([Problem(str(path), "must have a column for each year", row=int(header[0]) + 1)])
    long = frame.melt(["Country"], years, "year", "spending").astype({"year": float}).astype({"year": "int64"})
    spending = pd.to_numeric(long["spending"], errors="coerce")
    wrong = spending.isna() & long["spending"].notna()
    if wrong.any():
        raise InputError(
            [Problem(str(path), "must be an amount", None, "spending", str(long.loc[wrong, "spending"].iloc[0]))]
        )
    out = pd.DataFrame({"ccode": codes(long["Country"], long["year"]), "name": long["Country"], "year": long["year"]})
    return out.assign(spending=spending.astype(float)).sort_values(["name", "year"], ignore_index=True)
