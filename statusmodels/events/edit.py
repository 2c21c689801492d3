"""Append rows to a catalogue's files: validated first, written whole or not at all, nothing that stood there changed."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.schema import problems_of, read_folder


def append_rows(folder: Path, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """Append rows to files of a catalogue folder.

    The rows are checked together with what the folder holds now; the bytes already in the files stay as they are.

    Parameters
    ----------
    folder
        Catalogue folder.
    rows
        New rows by file name, each a mapping from column to cell as text. A column left out is written empty.

    Raises
    ------
    InputError
        If the folder is invalid as it stands, or would be with the rows; nothing is written then. Row numbers are those that the
        new rows would have.
    """
    frames, problems = read_folder(folder)
    if problems:
        raise InputError(problems)
    longer = dict(frames)
    for name, new in rows.items():
        first = int(frames[name].index.max()) + 1 if len(frames[name]) else 0
        index = range(first, first + len(new))
        extra = pd.DataFrame([dict(r) for r in new], index=index, columns=frames[name].columns, dtype=str).fillna("")
        longer[name] = pd.concat([frames[name], extra])
    problems = problems_of(longer)
    if problems:
        raise InputError(problems)
    for name, new in rows.items():
        if new:
            _append(folder / name, [[r.get(c, "") for c in frames[name].columns] for r in new])


def _append(path: Path, rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        before = path.read_bytes()
        gap = b"" if before.endswith(b"\n") else b"\n"
        temporary.write_bytes(before + gap + text.getvalue().encode("utf-8"))
        temporary.replace(path)
    except OSError as error:
        raise InputError([Problem(path.name, f"cannot be written ({error.strerror}); check {path}")]) from error
    finally:
        temporary.unlink(missing_ok=True)
