"""Append rows to a catalogue's files: validated first, written whole or not at all, nothing that stood there changed."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.schema import problems_of, read_folder


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    write_all({path: content})


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write several files, none of them in part; a link stays a link and a file keeps its permissions.

    Raises
    ------
    InputError
        If one cannot be written. All are written beside their places first, so that the others are not touched then.
    """
    ready: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, content in contents.items():
            if path.is_dir() or not path.name:
                raise InputError([Problem(str(path), "cannot be written: it is a folder; name a file")])
            target = path.resolve()
            temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            ready.append((temporary, target))
            temporary.write_bytes(content)
            if target.exists():
                shutil.copymode(target, temporary)
        for temporary, target in ready:
            temporary.replace(target)
    except OSError as error:
        raise InputError([Problem(str(path), f"cannot be written ({error.strerror})")]) from error
    finally:
        for temporary, _ in ready:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


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
    added: dict[str, list[list[str]]] = {}
    for name, new in rows.items():
        frame = frames[name]
        first = int(frame.index.max()) + 1 if len(frame) else 0
        cells = [[r.get(c, "").strip() for c in frame.columns] for r in new]
        added[name] = cells
        extra = pd.DataFrame(cells, index=range(first, first + len(new)), columns=frame.columns, dtype=str)
        longer[name] = pd.concat([frame, extra])
    problems = problems_of(longer)
    if problems:
        raise InputError(problems)
    contents = {}
    for name, cells in added.items():
        if cells:
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(cells)
            before = (folder / name).read_bytes()
            gap = b"" if before.endswith((b"\n", b"\r")) else b"\n"
            contents[folder / name] = before + gap + text.getvalue().encode("utf-8")
    write_all(contents)


def slug(date: str, title: str, words: int = 6) -> str:
    """Identifier of an event: its year and the first words of its title.

    Examples
    --------
    >>> slug("1987-12-08", "Reagan signs the INF Treaty")
    '1987-reagan-signs-the-inf-treaty'
    """
    return "-".join([date[:4], *re.findall(r"[a-z0-9]+", title.lower())[:words]])


def add_event(folder: Path, event: Mapping[str, str], source: Mapping[str, str] | None = None) -> str:
    """Append one event, and its source if that is new.

    Parameters
    ----------
    folder
        Catalogue folder.
    event
        Cells of ``events.csv`` by column; ``event_id`` is made from year and title if it is empty.
    source
        Cells of ``sources.csv`` for a source that the catalogue does not have yet.

    Returns
    -------
    str
        The event's identifier.

    Raises
    ------
    InputError
        If the folder or the event is invalid; nothing is written then.
    """
    named = {**event, "event_id": event.get("event_id") or slug(event.get("date", ""), event.get("title", ""))}
    append_rows(folder, {"sources.csv": [source] if source else [], "events.csv": [named]})
    return named["event_id"]
