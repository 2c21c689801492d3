"""A catalogue: dated acts, how coders judged them, and where they can be checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.schema import COLUMNS, read_folder


@dataclass(frozen=True)
class Catalogue:
    """A validated catalogue.

    Attributes
    ----------
    name : name of the catalogue (its folder's name).
    events : one row an event; ``date`` and ``end_date`` as timestamps (``end_date`` NaT for a passing act).
    codings : one row an event x coder x construct x category; ``valence``, ``severity`` int, ``confidence`` float. An act
        that a coder read and gave nothing has one row with the construct ``"none"`` and zeros; an act that a coder did not
        read has none of that coder's.
    sources : one row a source.
    eras : one row an era; ``start`` and ``end`` as timestamps. Their union is the window that was searched.
    sha256 : hash of the four files as they stand on disk.
    """

    name: str
    events: pd.DataFrame
    codings: pd.DataFrame
    sources: pd.DataFrame
    eras: pd.DataFrame
    sha256: str

    @property
    def sides(self) -> tuple[str, ...]:
        """All sides, in alphabetical order."""
        return tuple(sorted({*self.events["sender"], *self.events["receiver"]}))

    @property
    def coders(self) -> tuple[str, ...]:
        """All coders, in alphabetical order."""
        return tuple(sorted(set(self.codings["coder"])))

    @property
    def readings(self) -> pd.DataFrame:
        """Which coder read which event: ``event_id, coder``, each pair once."""
        return self.codings[["event_id", "coder"]].drop_duplicates(ignore_index=True)


def data_folder() -> Path:
    """Folder of the catalogues shipped with the package."""
    inside = Path(str(files("statusmodels"))) / "data"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "data"


def embedded() -> tuple[str, ...]:
    """Names of the catalogues shipped with the package.

    Examples
    --------
    >>> "us-russia" in embedded()
    True
    """
    return tuple(sorted(p.parent.name for p in data_folder().glob("*/events.csv")))


def find(name_or_folder: str | Path) -> Path:
    """Folder of a catalogue given by the name of an embedded one or by its own folder.

    Raises
    ------
    InputError
        If it is neither.
    """
    if str(name_or_folder) in embedded():
        return data_folder() / str(name_or_folder)
    folder = Path(name_or_folder)
    try:
        if folder.exists():
            return folder
        mend = f"is neither a folder nor an embedded catalogue ({', '.join(embedded())})"
    except OSError as error:
        mend = f"cannot be read ({error.strerror}); check its permissions"
    raise InputError([Problem(str(name_or_folder), mend)])


def load(name_or_folder: str | Path) -> Catalogue:
    """Load and validate a catalogue.

    Parameters
    ----------
    name_or_folder
        Name of an embedded catalogue, or a folder with the four files of :mod:`statusmodels.events.schema`.

    Returns
    -------
    Catalogue

    Raises
    ------
    InputError
        With every problem found, each with file, row, column, value and mend.

    Examples
    --------
    >>> catalogue = load("us-russia")
    >>> catalogue.sides
    ('RUS', 'USA')
    """
    folder = find(name_or_folder)
    frames, problems = read_folder(folder)
    if problems:
        raise InputError(problems)
    digest = hashlib.sha256()
    for name in sorted(COLUMNS):
        digest.update((folder / name).read_bytes())
    tables = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    events, codings, eras = tables["events.csv"], tables["codings.csv"], tables["eras.csv"]
    events = events.assign(
        date=pd.to_datetime(events["date"]), end_date=pd.to_datetime(events["end_date"].replace("", None))
    )
    codings = codings.assign(
        valence=pd.to_numeric(codings["valence"]).astype(int),
        severity=pd.to_numeric(codings["severity"]).astype(int),
        confidence=codings["confidence"].astype(float),
    )
    eras = eras.assign(start=pd.to_datetime(eras["start"]), end=pd.to_datetime(eras["end"]))
    return Catalogue(folder.resolve().name, events, codings, tables["sources.csv"], eras, digest.hexdigest())
