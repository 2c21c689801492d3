"""Country codes of event data sets, as Correlates of War (COW) numbers.

Codes come from the registry's ``ngec/cow2iso.txt``; ``data/sources/country_codes.csv`` adds what it lacks and mends what it
has wrong (its row of Macao is Macedonia's, its Vietnam is the South).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

import numpy as np
import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import data_folder
from statusmodels.sources import registry, tables

Scheme = Literal["iso3", "cow", "icews", "keds-cameo", "keds-weis"]
SCHEMES: tuple[str, ...] = get_args(Scheme)
EVER = (0, 9999)
STATES = "ngec/cow2iso.txt"


@cache
def _sources() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The registry's rows of states, and our own."""
    columns = ["cow_id", "cow3", "iso3", "cname", "cname_full", "statenme"]
    found = tables.read_csv(registry.path(STATES), columns, dtype=str, keep_default_na=False)
    own = pd.read_csv(data_folder() / "sources" / "country_codes.csv", dtype=str, keep_default_na=False)
    states = found[found["cow_id"] != ""].assign(ccode=lambda f: f["cow_id"].astype(int))
    for years, value in zip(("first_year", "last_year"), EVER, strict=True):
        own[years] = pd.to_numeric(own[years]).fillna(value).astype(int)
    own["ccode"] = pd.to_numeric(own["ccode"]).astype("Int64")
    return states, own


def _layers(scheme: Scheme) -> list[pd.DataFrame]:
    """Tables of code and country, each overruled by those after it."""
    states, own = _sources()

    def take(column: str) -> pd.DataFrame:
        frame = states[[column, "ccode"]].rename(columns={column: "code"})
        return frame[~frame["code"].isin(["", "N/A"])].drop_duplicates("code", keep="last")

    def ours(name: str) -> pd.DataFrame:
        return own.loc[own["scheme"] == name, ["code", "ccode", "first_year", "last_year"]]

    letters = take("cow3")
    iso = [take("iso3"), ours("iso3")]
    if scheme == "iso3":
        return iso
    if scheme == "cow":
        return [states[["ccode"]].drop_duplicates().assign(code=lambda f: f["ccode"].astype(str)), ours("cow")]
    if scheme == "icews":
        return [take("cname_full"), take("cname"), take("statenme"), ours("icews")]
    if scheme == "keds-cameo":
        return [letters, *iso, ours("keds")]
    return [*iso, letters, ours("keds"), ours("keds-weis")]


@cache
def _codes(scheme: Scheme) -> pd.DataFrame:
    out = pd.DataFrame({"code": [], "ccode": [], "first_year": [], "last_year": []})
    for layer in _layers(scheme):
        layer = layer.assign(**{y: layer.get(y, v) for y, v in zip(("first_year", "last_year"), EVER, strict=True)})
        kept = out[~out["code"].isin(layer["code"])]
        out = pd.concat([kept, layer], ignore_index=True) if len(kept) else layer
    out = out[out["ccode"].notna()].astype({"ccode": int, "first_year": int, "last_year": int})
    return out[["code", "ccode", "first_year", "last_year"]].sort_values(["code", "first_year"], ignore_index=True)


def country_codes(scheme: Scheme) -> pd.DataFrame:
    """The countries of a scheme of codes.

    Parameters
    ----------
    scheme
        ``"iso3"`` (ISO 3166 letters, also CAMEO's and GDELT's country codes), ``"cow"`` (numbers as text), ``"icews"`` (country
        names of ICEWS), ``"keds-cameo"`` and ``"keds-weis"`` (first three letters of the actors of the KEDS streams; the two
        families differ: AUS is Australia in the one and Austria in the other).

    Returns
    -------
    DataFrame
        - ``code``: the code, as text.
        - ``ccode``: COW country code.
        - ``first_year``, ``last_year``: years for which this row holds (Germany, Yemen and Czechoslovakia change).

        What is no state (Palestine, Hong Kong, the Holy See, an international organization) has no row.

    Raises
    ------
    ValueError
        If the scheme is not one of those named.
    InputError
        If the registry's file is missing or broken.

    Examples
    --------
    >>> codes = country_codes("keds-cameo")
    >>> sorted(set(codes[codes["code"].isin(["RUS", "USR"])]["ccode"]))
    [365]
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme must be one of {', '.join(SCHEMES)}, not {scheme!r}")
    return _codes(scheme).copy()


def abbreviations() -> dict[str, int]:
    """COW abbreviations (USA, RUS, CHN) and their codes.

    Examples
    --------
    >>> abbreviations()["RUS"]
    365
    """
    states, _ = _sources()
    named = states[(states["cow3"] != "") & (states["iso3"] != "MAC")]
    return {a: int(c) for a, c in zip(named["cow3"], named["ccode"], strict=True)} | {"USR": 365}


def dyads(names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Directed dyads from their names.

    Parameters
    ----------
    names
        ``"USA-RUS"`` for both directions or ``"USA>RUS"`` for what the first did to the second; COW abbreviations or numbers.

    Returns
    -------
    dict
        The dyad's name ``"J>I"`` as a panel has it, and the COW codes of J, who acts, and I.

    Raises
    ------
    InputError
        With every name that is not a dyad of known countries.

    Examples
    --------
    >>> dyads(["USA-RUS"])
    {'USA>RUS': (2, 365), 'RUS>USA': (365, 2)}
    """
    known = abbreviations()
    numbers = set(known.values())
    found: dict[str, tuple[int, int]] = {}
    problems = []
    for name in names:
        mark = ">" if ">" in name else "-"
        sides = [side.strip() for side in name.split(mark)]
        codes = [int(s) if s.isdecimal() else known.get(s, -1) for s in sides]
        bad = [s for s, c in zip(sides, codes, strict=True) if c not in numbers]
        if len(sides) != 2 or bad or len(set(codes)) < 2:
            told = f"; not a COW country: {', '.join(bad)}" if bad and len(sides) == 2 else ""
            problems.append(Problem("dyads", f"must be written as USA-RUS or USA>RUS{told}", value=name))
            continue
        found[f"{sides[0]}>{sides[1]}"] = (codes[0], codes[1])
        if mark == "-":
            found[f"{sides[1]}>{sides[0]}"] = (codes[1], codes[0])
    if problems:
        raise InputError(problems)
    return found


def to_ccode(codes: pd.Series, year: pd.Series, scheme: Scheme) -> pd.Series:
    """COW codes of a column of codes, <NA> where none is known.

    Parameters
    ----------
    codes
        Codes of the scheme.
    year
        Year of each.
    scheme
        As in :func:`country_codes`.

    Examples
    --------
    >>> to_ccode(pd.Series(["DEU", "DEU", "PSE"]), pd.Series([1985, 2001, 2001]), "iso3").fillna(0).to_list()
    [260, 255, 0]
    """
    known = country_codes(scheme)
    asked = pd.DataFrame({"code": codes.to_numpy(), "year": year.to_numpy(), "row": np.arange(len(codes))})
    merged = asked.merge(known, on="code")
    merged = merged[merged["year"].between(merged["first_year"], merged["last_year"])].set_index("row")["ccode"]
    return merged.reindex(asked["row"]).astype("Int64").set_axis(codes.index).rename("ccode")
