"""Opening files of machine-coded events for DuckDB: plain, gzip or zip text, Parquet, or R data, checked first."""

from __future__ import annotations

import csv
import gzip
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from statusmodels.errors import InputError, Problem
from statusmodels.sources import keds
from statusmodels.sources.event_formats import Format

R_DATA = (".rda", ".rdata")


@dataclass(frozen=True)
class Table:
    """A table expression of DuckDB, and its parameters."""

    sql: str
    parameters: tuple[str, ...] = ()


def expected(form: Format) -> str:
    """What a file of this format holds, in words."""
    if form.widths:
        widths = " or ".join(map(str, form.widths))
        separated = "tab" if form.delimiter == "\t" else "comma"
        return f"expected the format {form.name}: {widths} columns, {separated}-separated, no header"
    return f"expected the format {form.name}: a header with the columns {', '.join(form.used)}"


def broken(path: Path, form: Format, told: str) -> InputError:
    """The one error of a file that cannot be used."""
    return InputError([Problem(str(path), f"{told}; {expected(form)}. Is it truncated, or of another format?")])


@contextmanager
def tables(path: Path, form: Format, connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Iterator[Table]]:
    """The tables of a file: one, or one a member of a zip archive, which is unpacked into ``folder`` while it is read.

    Raises
    ------
    InputError
        If the file is missing, empty, truncated, or has other columns than the format.
    """
    if not path.is_file():
        raise InputError([Problem(str(path), "is not a file")])
    ending = path.suffix.lower()
    if ending == ".zip":
        yield _members(path, form, folder)
    elif ending == ".parquet":
        yield iter([_parquet(path, form, connection)])
    elif ending in R_DATA:
        if not form.name.startswith("keds"):
            raise broken(path, form, "is R data")
        frame = keds.frame(path)
        frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
        connection.register("r_data", frame.astype(object))
        yield iter([Table("r_data")])
        connection.unregister("r_data")
    else:
        yield iter([_text(path, form, path)])


def _members(path: Path, form: Format, folder: Path) -> Iterator[Table]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if not members:
                raise broken(path, form, "is an empty archive")
            for member in members:
                with tempfile.NamedTemporaryFile(dir=folder, suffix=".txt") as unpacked:
                    with archive.open(member) as packed:
                        shutil.copyfileobj(packed, unpacked, 1 << 20)
                    unpacked.flush()
                    yield _text(Path(unpacked.name), form, path)
    except (zipfile.BadZipFile, EOFError) as error:
        raise broken(path, form, f"cannot be unpacked ({error})") from error


def _parquet(path: Path, form: Format, connection: duckdb.DuckDBPyConnection) -> Table:
    table = Table("read_parquet(?)", (str(path),))
    try:
        found = [row[0] for row in connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()]
    except duckdb.Error as error:
        raise broken(path, form, f"cannot be read as Parquet ({_first_line(error)})") from error
    lacking = [c for c in form.used if c not in found]
    if lacking:
        raise broken(path, form, f"lacks the columns {', '.join(lacking)}")
    return table


def _text(path: Path, form: Format, told: Path) -> Table:
    """Text whose first line has been checked; every line must have as many columns as the first."""
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as stream:
            how = {"quotechar": form.quote} if form.quote else {"quoting": csv.QUOTE_NONE}
            first = next(csv.reader(stream, delimiter=form.delimiter, **how), [])
    except (OSError, EOFError, csv.Error) as error:
        raise broken(told, form, f"cannot be read ({error})") from error
    if not first:
        raise broken(told, form, "is empty")
    if form.widths:
        if len(first) not in form.widths:
            raise broken(told, form, f"has {len(first)} columns in its first line")
        at = {place: name for name, place in form.positions.items()}
        names = [at.get(place, f"column{place}") for place in range(len(first))]
    else:
        lacking = [c for c in form.used if c not in first]
        if lacking or len(set(first)) < len(first):
            raise broken(told, form, f"lacks the columns {', '.join(lacking)}" if lacking else "has a column twice")
        names = first
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    # a column fewer or more in any line is an error: nothing is padded, nothing skipped
    sql = (
        f"read_csv(?, delim = {literal(form.delimiter)}, quote = {literal(form.quote)}, escape = {literal(form.quote)},"
        f" header = {not form.widths}, columns = {{{columns}}}, auto_detect = false, strict_mode = true,"
        " null_padding = false, ignore_errors = false)"
    )
    return Table(sql, (str(path),))


def literal(text: str) -> str:
    """A text as DuckDB writes it in a statement."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A column's name as DuckDB writes it in a statement."""
    return '"' + text.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def explain(path: Path, form: Format, error: Exception) -> InputError:
    """DuckDB's error while reading a file, with its line and what was found there."""
    wanted = ("CSV Error on Line", "Expected Number of Columns", "Unexpected end of GZIP", "Invalid unicode")
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if any(w in line for w in wanted)] or lines[:1]
    return broken(path, form, "cannot be read (" + "; ".join(told)[:200] + ")")
