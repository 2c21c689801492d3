"""The registry of external data sets: which files at which commit, their hashes, and where a verified copy is.

Nothing is shipped: files are read from the folder ``STATUSMODELS_DATA`` or downloaded from their pinned public commit. A file
whose content is not what the registry says is refused.
"""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import data_folder

ENVIRONMENT = "STATUSMODELS_DATA"


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


@cache
def files() -> dict[str, File]:
    """Every file of the registry by its name."""
    with (data_folder() / "sources" / "files.csv").open(encoding="utf-8", newline="") as stream:
        rows = [File(**{**row, "bytes": int(row["bytes"])}) for row in csv.DictReader(stream)]
    return {row.file: row for row in rows}


def path(file: str) -> Path:
    """The verified local copy of a file of the registry.

    Parameters
    ----------
    file
        Its name in the registry, such as ``mie/mie-1.0.csv``.

    Raises
    ------
    InputError
        If there is no copy, or its content is another version's.
    """
    wanted = files()[file]
    folder = os.environ.get(ENVIRONMENT)
    found = Path(folder) / file if folder else Path("missing") / file
    if not found.is_file():
        raise InputError([Problem(file, f"is not here; run: statusmodels data fetch {wanted.source}")])
    if _sha256(found, found.stat().st_mtime_ns) != wanted.sha256:
        raise InputError([Problem(str(found), f"is not the file that the registry pins (sha256 {wanted.sha256[:12]})")])
    return found


@cache
def _sha256(found: Path, _: int) -> str:
    return hashlib.sha256(found.read_bytes()).hexdigest()
