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
        One row a state and year; where two names have one code (Yugoslavia and Serbia), the one with the figure.

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
    # the first column alone, to find the header: SIPRI's own file has lines of text above it
    first = tables.read_excel(path, SHEET, ["Country"], header=None, names=["Country"], usecols=[0])["Country"]
    header = first.index[first.eq("Country")]
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
    out = out.assign(spending=spending.astype(float))
    # two names of one code, such as Yugoslavia and Serbia: the one that has the figure
    out = out.loc[out["spending"].isna().sort_values(kind="stable").index]
    again = out["ccode"].notna() & out.duplicated(["ccode", "year"])
    if (again & out["spending"].notna()).any():
        row = out[again & out["spending"].notna()].iloc[0]
        raise InputError([Problem(str(path), f"has a second figure for {row['year']}", None, "Country", row["name"])])
    return out[~again].sort_values(["name", "year"], ignore_index=True)
