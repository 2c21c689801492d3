"""The registry of external data sets: which files at which commit, their hashes, terms, and where a verified copy is.

Nothing is shipped: a file is read from the folder ``STATUSMODELS_DATA``, else from the cache, into which
:func:`statusmodels.sources.download.fetch` brings it from its pinned public commit. A file whose content is not what the
registry says is refused.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import data_folder

ENVIRONMENT = "STATUSMODELS_DATA"
FOLDER, CACHE, WRONG, NO = "folder", "cache", "wrong", "no"


@dataclass(frozen=True)
class File:
    """One pinned file. ``file`` is its name in a folder of data (``mie/mie-1.0.csv``), ``path`` that in the repository."""

    source: str
    file: str
    repository: str
    commit: str
    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Source:
    """One data set. An empty field is unknown or there is none.

    ``official`` is the address of those who make it, which is not where :func:`statusmodels.sources.download.fetch` gets the files;
    ``doi`` is that of the data or of the paper; ``reader`` names the functions that read it, below ``statusmodels.sources``.
    """

    source: str
    title: str
    version: str
    unit: str
    coverage: str
    official: str
    doi: str
    licence: str
    citation: str
    reader: str

    @property
    def files(self) -> tuple[File, ...]:
        """Its files."""
        return tuple(file for file in files().values() if file.source == self.source)

    @property
    def name(self) -> str:
        """Title and version."""
        return f"{self.title} ({self.version})" if self.version else self.title


@cache
def files() -> dict[str, File]:
    """Every file of the registry by its name."""
    found = {}
    for row in _table("files.csv"):
        size = int(row.pop("bytes"))
        found[row["file"]] = File(bytes=size, **row)
    return found


@cache
def sources() -> dict[str, Source]:
    """Every data set of the registry by its key."""
    return {row["source"]: Source(**row) for row in _table("sources.csv")}


def source(key: str) -> Source:
    """One data set.

    Raises
    ------
    InputError
        If the registry has none of that key; it names the nearest.

    Examples
    --------
    >>> source("mie").coverage
    '1816-2014'
    """
    found = sources().get(key)
    if found is None:
        raise InputError([Problem(key, f"is no data set of the registry; {_nearest(key, sources())}")])
    return found


def cache_folder() -> Path:
    """Where fetched files are kept, laid out as in the registry."""
    import pooch

    return Path(pooch.os_cache("statusmodels"))


def path(file: str) -> Path:
    """The verified local copy of a file of the registry: that in the folder ``STATUSMODELS_DATA``, else that in the cache.

    Parameters
    ----------
    file
        Its name in the registry, such as ``mie/mie-1.0.csv``.

    Raises
    ------
    InputError
        If there is no copy, or its content is not that of the pinned file. A wrong file in the folder is refused even where the
        cache has the right one.
    """
    wanted = files().get(file)
    if wanted is None:
        raise InputError([Problem(file, f"is no file of the registry; {_nearest(file, files())}")])
    for _, found in copies(wanted):
        check(found, wanted)
        return found
    raise InputError([Problem(file, f"is not here; run: statusmodels data fetch {wanted.source}")])


def copies(wanted: File) -> Iterator[tuple[str, Path]]:
    """The local copies of a file, unverified, in the order in which they are preferred: ``folder`` or ``cache``, and the path."""
    folder = os.environ.get(ENVIRONMENT)
    if folder and (Path(folder) / wanted.file).is_file():
        yield FOLDER, Path(folder) / wanted.file
    cached = cache_folder() / wanted.file
    if cached.is_file():
        yield CACHE, cached


def place(wanted: File) -> str:
    """Where the copy is that :func:`path` gives: ``folder``, ``cache``, ``no`` where there is none, ``wrong`` where it is refused."""
    for at, found in copies(wanted):
        try:
            check(found, wanted)
        except InputError:
            return WRONG
        return at
    return NO


def check(found: Path, wanted: File) -> None:
    """Verify a copy.

    Raises
    ------
    InputError
        If its content is not that of the pinned file, or it cannot be read; it says what was expected and what was found.
    """
    try:
        status = found.stat()
        digest = _sha256(found, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError([Problem(str(found), f"cannot be read ({error.strerror}); check its permissions")]) from error
    if digest == wanted.sha256:
        return
    size = f"{status.st_size:,} bytes"
    if status.st_size < wanted.bytes:
        size += ", so it is truncated"
    mend = (
        f"is not the pinned file of {source(wanted.source).name}: expected {wanted.bytes:,} bytes with sha256 {wanted.sha256};"
        f" found {size}, with sha256 {digest}. Delete it and run: statusmodels data fetch {wanted.source}"
    )
    raise InputError([Problem(str(found), mend)])


@cache
def _sha256(found: Path, _size: int, _changed: int) -> str:
    """Hash of a file, computed once a process while its size and time of change are the same."""
    with found.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _table(name: str) -> list[dict[str, str]]:
    with (data_folder() / "sources" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _nearest(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key, list(known), 3, 0.4)
    return f"did you mean {' or '.join(near)}?" if near else "see: statusmodels data list"
