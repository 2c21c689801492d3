"""Visits of foreign leaders to the United States, and travels of its presidents and secretaries of state."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import registry
from statusmodels.sources.names import codes

# the first kind that the description names; "offical" is in the source. An official working visit has no ceremonies of an official
# one, so it counts as working; \b keeps "unofficial" out.
KIND = r"\b(state|offici?al working|offici?al select|offici?al|working|private) visit"
KINDS = {
    "state": "state",
    "official": "official",
    "official select": "official",
    "official working": "working",
    "working": "working",
    "private": "private",
}


def visits(path: Path | None = None) -> pd.DataFrame:
    """Visits to the United States by foreign leaders, 1874 onwards.

    Parameters
    ----------
    path
        An XML file of your own, or a folder of them; the registry's by default.

    Returns
    -------
    DataFrame
        One row a visit.

        - ``visit_id``: number in the source
        - ``ccode``: COW code of the visitor's state; <NA> where it has none (the Holy See)
        - ``country``: the source's slug; ``russia`` covers the Soviet Union
        - ``start``, ``end``: first and last day, timestamps
        - ``visitor``: title and name
        - ``kind``: ``state``, ``official``, ``working`` (also official working), ``private``, or ``other`` (informal visits, meetings,
          summits, funerals); None without a description
        - ``description``: of the source

    Raises
    ------
    InputError
        If a file is no such XML, or names a country that ``data/sources/slugs.csv`` lacks.

    References
    ----------
    Office of the Historian, US Department of State, *Visits by Foreign Leaders*.

    Examples
    --------
    >>> seen = visits()
    >>> gorbachev = seen[seen["visitor"].str.contains("Gorbachev") & (seen["ccode"] == 365)]
    >>> str(gorbachev["start"].min().date()), gorbachev["kind"].iloc[0]
    ('1987-12-07', 'working')
    """
    fields = {"id": "visit_id", "visitor": "visitor", "description": "description"}
    frame = _read(_files("us-visits", path), "visit", "from", fields)
    told = frame["description"]
    found = told.str.lower().str.extract(KIND)[0].str.replace("offical", "official")
    kind = found.map(KINDS).fillna("other").where(told.ne(""), None)
    frame = frame.assign(kind=kind, description=told.where(told.ne(""), None))
    return frame[["visit_id", "ccode", "country", "start", "end", "visitor", "kind", "description"]]


def travels(path: Path | None = None) -> pd.DataFrame:
    """Travels abroad of presidents and secretaries of state of the United States, 1866 onwards.

    Parameters
    ----------
    path
        An XML file of your own, or a folder of them; the registry's by default.

    Returns
    -------
    DataFrame
        One row a stop; a day with two stops has two rows.

        - ``trip_id``: number in the source
        - ``role``: ``president`` or ``secretary``
        - ``name``: of the traveller
        - ``ccode``: COW code of the country; <NA> where it has none
        - ``country``: the source's slug
        - ``locale``: the place; None where not told
        - ``remarks``: of the source; they name the leaders met
        - ``start``, ``end``: first and last day, timestamps

    Raises
    ------
    InputError
        As :func:`visits`.

    References
    ----------
    Office of the Historian, US Department of State, *Travels Abroad of the President* and *of the Secretary of State*.

    Examples
    --------
    >>> trips = travels()
    >>> there = trips[(trips["role"] == "president") & (trips["ccode"] == 365) & (trips["start"].dt.year == 1988)]
    >>> there[["name", "locale"]].to_numpy().tolist(), str(there["start"].item().date())
    ([['Ronald Reagan', 'Moscow']], '1988-05-29')
    """
    fields = {"id": "trip_id", "role": "role", "name": "name", "locale": "locale", "remarks": "remarks"}
    frame = _read(_files("us-travels", path, "-travels/"), "trip", "country", fields)
    frame = frame.assign(locale=frame["locale"].where(frame["locale"].ne(""), None))
    return frame[["trip_id", "role", "name", "ccode", "country", "locale", "remarks", "start", "end"]]


def _files(source: str, path: Path | None, part: str = "") -> list[Path]:
    if path is None:
        return [registry.path(f.file) for f in registry.files().values() if f.source == source and part in f.file]
    found = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    if not found:
        raise InputError([Problem(str(path), "holds no XML file")])
    return found


def _read(files: list[Path], record: str, place: str, fields: dict[str, str]) -> pd.DataFrame:
    rows = []
    for file in files:
        try:
            root = ET.parse(file).getroot()  # noqa: S314  # Python's expat bounds the growth of entities and reads none from outside
        except (ET.ParseError, UnicodeDecodeError) as error:
            raise InputError([Problem(str(file), f"cannot be read as XML ({error}). Is it truncated?")]) from error
        found = root.findall(record)
        if not found:
            raise InputError([Problem(str(file), f"has no <{record}>. Is it another source's file?")])
        rows += [_row(element, file, number, place, fields) for number, element in enumerate(found, 1)]
    frame = pd.DataFrame(rows)
    for end in ("start", "end"):
        day = pd.to_datetime(frame[end], format="%Y-%m-%d", errors="coerce")
        if day.isna().any():
            wrong = frame[day.isna()].iloc[0]
            raise InputError([Problem(wrong["file"], f"a <{record}> has no ISO {end}-date", value=wrong[end])])
        frame[end] = day
    frame = frame.assign(ccode=codes(frame["country"], frame["start"], "slugs"))
    return frame.drop(columns="file").sort_values(["start", *fields.values()], ignore_index=True)


def _row(element: ET.Element, file: Path, number: int, place: str, fields: dict[str, str]) -> dict[str, str | int]:
    wanted = [*fields, "start-date", "end-date", place]
    lacking = [tag for tag in wanted if element.find(tag) is None]
    if lacking:
        raise InputError([Problem(str(file), f"<{element.tag}> number {number} lacks {', '.join(lacking)}")])
    text = {tag: " ".join("".join(element.find(tag).itertext()).split()) for tag in wanted}  # type: ignore[union-attr]
    row: dict[str, str | int] = {name: text[tag] for tag, name in fields.items()}
    row |= {"start": text["start-date"], "end": text["end-date"], "file": str(file)}
    row["country"] = (element.find(place).get("id") or "").strip()  # type: ignore[union-attr]
    return row
