"""The schema of a catalogue folder, and its validation: every problem at once.

Four tidy UTF-8 CSV files: ``events.csv`` (what happened), ``codings.csv`` (how each coder judged it), ``sources.csv`` (where it
can be checked) and ``eras.csv`` (the window that was searched, cut into eras). Facts and judgements are kept apart.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from statusmodels.errors import Problem
from statusmodels.events import vocabulary as vocab

COLUMNS: dict[str, tuple[str, ...]] = {
    "eras.csv": ("era", "start", "end"),
    "sources.csv": ("key", "citation", "kind", "where"),
    "events.csv": (
        "event_id",
        "date",
        "date_precision",
        "end_date",
        "sender",
        "receiver",
        "actor",
        "title",
        "description",
        "track",
        "sources",
    ),
    "codings.csv": ("event_id", "coder", "construct", "category", "valence", "severity", "confidence"),
}
SLUG = r"[a-z0-9][a-z0-9-]*"


def read_csv(path: Path, columns: tuple[str, ...] | None = None) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read one CSV file as text, keeping every cell as written.

    Parameters
    ----------
    path
        File to read.
    columns
        Columns that it must have; those of the catalogue's file of that name, if not given.

    Returns
    -------
    frame, problems
        ``frame`` (all columns of dtype str, the index two less than the row in a spreadsheet) is None when the file cannot
        be read as a table.
    """
    name = path.name
    columns = columns or COLUMNS[name]
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        known = f"; a catalogue has {', '.join(COLUMNS)}" if name in COLUMNS else ""
        return None, [Problem(name, f"the file is missing from {path.parent}{known}")]
    except OSError as error:
        return None, [Problem(name, f"cannot be read ({error.strerror}); check the permissions of {path}")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("latin-1")
        row = max(1, len(list(csv.reader(io.StringIO(before + "?", newline="")))))
        bad = f"byte 0x{raw[error.start]:02x}"
        return None, [Problem(name, "is not UTF-8; save the file as 'CSV UTF-8'", row=row, value=bad)]
    if not text.strip():
        return None, [Problem(name, f"the file is empty; its first line must be {','.join(columns)}")]
    try:
        rows = [(i, r) for i, r in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1) if r]
    except csv.Error as error:
        return None, [Problem(name, f"is not well-formed CSV ({error}); check the quotes")]
    header, body = rows[0][1], rows[1:]
    if len(header) == 1 < len(columns) and ";" in header[0]:
        return None, [
            Problem(name, "its columns are separated by semicolons; save the file as 'CSV UTF-8', with commas", row=1)
        ]
    problems = [
        Problem(name, f"the column is missing; the columns are {','.join(columns)}", row=1, column=c)
        for c in columns
        if c not in header
    ]
    problems += [
        Problem(name, "the column stands twice; remove one", row=1, column=c)
        for c in sorted({c for c in header if header.count(c) > 1})
    ]
    problems += [
        Problem(
            name,
            f"the row has {len(r)} fields and the header {len(header)}; quote fields that hold a comma",
            row=i,
            value=r[0],
        )
        for i, r in body
        if len(r) != len(header)
    ]
    if not body and name in ("events.csv", "eras.csv"):
        problems.append(Problem(name, "holds no rows below its header; a catalogue needs at least one"))
    if problems:
        return None, problems
    frame = pd.DataFrame([r for _, r in body], columns=header, index=[i - 2 for i, _ in body], dtype=str)
    return frame.apply(lambda s: s.str.strip()), []


def _is_iso_date(s: pd.Series) -> pd.Series:
    shaped = s.str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    return shaped & pd.to_datetime(s.where(shaped), format="%Y-%m-%d", errors="coerce").notna()


def _check(test, mend: str, name: str) -> pa.Check:  # type: ignore[no-untyped-def]
    return pa.Check(test, error=mend, name=name)


def _one_of(values: tuple[str, ...]) -> pa.Check:
    return _check(lambda s: s.isin(values), f"must be one of {', '.join(values)}", "one_of")


FILLED = _check(lambda s: s != "", "must not be empty", "filled")
SIDE = _check(lambda s: ~s.str.contains(">"), "must not hold '>', which separates the sides of a dyad", "side")
ISO_DATE = _check(_is_iso_date, "must be a date that exists, written YYYY-MM-DD", "iso_date")
UNIQUE = _check(lambda s: ~s.duplicated(keep="first"), "stands more than once; give each row its own", "unique")
SLUG_CHECK = _check(
    lambda s: s.str.fullmatch(SLUG),
    "must be lower-case letters, digits and hyphens, starting with no hyphen",
    "slug",
)


def _in_range(low: float, high: float, whole: bool) -> pa.Check:
    def test(s: pd.Series) -> pd.Series:
        number = pd.to_numeric(s, errors="coerce")
        good = number.between(low, high)
        return good & (number % 1 == 0) if whole else good

    kind = "a whole number" if whole else "a number"
    return _check(test, f"must be {kind} from {low:g} to {high:g}", "in_range")


def _schema(columns: dict[str, list[pa.Check]]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({c: pa.Column(str, checks, required=False) for c, checks in columns.items()})


SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "eras.csv": _schema({"era": [FILLED, UNIQUE], "start": [ISO_DATE], "end": [ISO_DATE]}),
    "sources.csv": _schema(
        {
            "key": [SLUG_CHECK, UNIQUE],
            "citation": [FILLED],
            "kind": [_one_of(vocab.SOURCE_KINDS)],
            "where": [FILLED],
        }
    ),
    "events.csv": _schema(
        {
            "event_id": [SLUG_CHECK, UNIQUE],
            "date": [ISO_DATE],
            "date_precision": [_one_of(vocab.DATE_PRECISIONS)],
            "end_date": [_check(lambda s: (s == "") | _is_iso_date(s), "must be empty or a date, YYYY-MM-DD", "end")],
            "sender": [FILLED, SIDE],
            "receiver": [FILLED, SIDE],
            "actor": [FILLED],
            "title": [FILLED],
            "description": [FILLED],
            "track": [_one_of(vocab.TRACKS)],
            "sources": [
                FILLED,
                _check(lambda s: ~s.str.fullmatch(r"[; ]+"), "must name at least one source", "sources"),
            ],
            "verification": [_one_of(tuple(vocab.VERIFICATIONS))],
        }
    ),
    "codings.csv": _schema(
        {
            "coder": [FILLED],
            "construct": [_one_of((*vocab.CONSTRUCTS, vocab.NO_CONSTRUCT))],
            "valence": [_check(lambda s: s.isin(("1", "+1", "-1", "0")), "must be 1 or -1 (0 for none)", "valence")],
            "severity": [
                _check(lambda s: s.isin(tuple("012345")), "must be a whole number from 1 to 5 (0 for none)", "severity")
            ],
            "confidence": [_in_range(0, 1, whole=False)],
        }
    ),
}


def _column_problems(name: str, frame: pd.DataFrame) -> list[Problem]:
    try:
        SCHEMAS[name].validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return [
            Problem(name, str(f.check), row=int(f.index) + 2, column=str(f.column), value=str(f.failure_case))
            for f in errors.failure_cases.itertuples()
        ]
    return []


def _row_problems(name: str, frame: pd.DataFrame, bad: pd.Series, column: str, mend: str) -> list[Problem]:
    return [Problem(name, mend, row=int(i) + 2, column=column, value=str(v)) for i, v in frame.loc[bad, column].items()]


def _dates(s: pd.Series) -> pd.Series:
    return pd.to_datetime(s.where(_is_iso_date(s)), format="%Y-%m-%d", errors="coerce")


def _cross_problems(frames: dict[str, pd.DataFrame]) -> list[Problem]:
    """Problems between columns and between files, for whichever files could be read."""
    found: list[Problem] = []
    eras, events, codings, sources = (frames.get(n) for n in ("eras.csv", "events.csv", "codings.csv", "sources.csv"))
    if eras is not None:
        start, end = _dates(eras["start"]), _dates(eras["end"])
        found += _row_problems("eras.csv", eras, end < start, "end", "must not lie before the era's start")
        overlap = start.notna() & (start <= end.shift().cummax())
        found += _row_problems(
            "eras.csv",
            eras,
            overlap,
            "start",
            "must lie after the end of the eras above it; eras are in order of time",
        )
    if events is not None:
        date, end_date = _dates(events["date"]), _dates(events["end_date"])
        same = (events["sender"] == events["receiver"]) & (events["sender"] != "")
        found += _row_problems("events.csv", events, same, "receiver", "must differ from the sender")
        found += _row_problems(
            "events.csv", events, end_date < date, "end_date", "must not lie before the event's date"
        )
        if eras is not None:
            start, end = _dates(eras["start"]), _dates(eras["end"])
            covered = pd.Series(False, index=events.index)
            for s, e in zip(start, end, strict=True):
                covered |= date.between(s, e)
            found += _row_problems(
                "events.csv",
                events,
                date.notna() & ~covered,
                "date",
                "lies outside the catalogue's window; mend the date, or widen eras.csv if that time was searched too",
            )
        if sources is not None:
            keys = set(sources["key"])
            for i, cell in events["sources"].items():
                for key in filter(None, (k.strip() for k in str(cell).split(";"))):
                    if key not in keys:
                        found.append(
                            Problem(
                                "events.csv",
                                "is not a key of sources.csv; add the source or mend the key",
                                row=int(str(i)) + 2,
                                column="sources",
                                value=key,
                            )
                        )
    if codings is not None:
        if events is not None:
            found += _row_problems(
                "codings.csv",
                codings,
                ~codings["event_id"].isin(set(events["event_id"])),
                "event_id",
                "is not an event of events.csv",
            )
        for name, construct in vocab.CONSTRUCTS.items():
            mine = codings["construct"] == name
            found += _row_problems(
                "codings.csv",
                codings,
                mine & ~codings["category"].isin(construct.category_names),
                "category",
                f"must be a category of {name}: {', '.join(construct.category_names)}",
            )
            allowed = {str(v) for v in construct.valences} | ({"+1"} if 1 in construct.valences else set())
            found += _row_problems(
                "codings.csv",
                codings,
                mine & codings["valence"].isin(("1", "+1", "-1")) & ~codings["valence"].isin(allowed),
                "valence",
                f"{name} takes {' or '.join(f'{v:+d}' for v in construct.valences)}",
            )
        nothing = codings["construct"] == vocab.NO_CONSTRUCT
        for column, empty in {"category": vocab.NO_CONSTRUCT, "valence": "0", "severity": "0"}.items():
            found += _row_problems(
                "codings.csv",
                codings,
                nothing & (codings[column] != empty),
                column,
                f"must be {empty} where the construct is {vocab.NO_CONSTRUCT}",
            )
        for column, mend in {"valence": "must be 1 or -1", "severity": "must be a whole number from 1 to 5"}.items():
            found += _row_problems("codings.csv", codings, ~nothing & (codings[column] == "0"), column, mend)
        pair = ["event_id", "coder"]
        judged = pd.MultiIndex.from_frame(codings.loc[~nothing, pair])
        found += _row_problems(
            "codings.csv",
            codings,
            nothing & pd.MultiIndex.from_frame(codings[pair]).isin(judged),
            "construct",
            "the same coder gave this event a construct; keep that or this",
        )
        twice = codings.duplicated(["event_id", "coder", "construct", "category"], keep="first")
        found += _row_problems(
            "codings.csv",
            codings,
            twice,
            "category",
            "the same coder gave this event the same construct and category above; keep one",
        )
    return found


def problems_of(frames: dict[str, pd.DataFrame]) -> list[Problem]:
    """Every problem of frames already read: of single cells, between columns and between files, in order of file and row.

    Parameters
    ----------
    frames
        Frames by file name, all cells text, as :func:`read_csv` gives them.

    Returns
    -------
    list of Problem
    """
    cells = [problem for name, frame in frames.items() for problem in _column_problems(name, frame)]
    return _in_order([*cells, *_cross_problems(frames)])


def _in_order(problems: list[Problem]) -> list[Problem]:
    order = list(COLUMNS)
    return sorted(problems, key=lambda p: (order.index(p.file) if p.file in order else -1, p.row or 0))


def read_folder(folder: Path) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Read the four files of a catalogue folder and validate them.

    Parameters
    ----------
    folder
        Catalogue folder.

    Returns
    -------
    frames, problems
        Frames by file name, as text, and every problem found, in order of file and row.
    """
    try:
        if not folder.is_dir():
            return {}, [Problem(str(folder), "is not a folder; give a catalogue's name or its folder")]
        list(folder.iterdir())
    except OSError as error:
        return {}, [Problem(str(folder), f"cannot be read ({error.strerror}); check its permissions")]
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name in COLUMNS:
        frame, found = read_csv(folder / name)
        problems += found
        if frame is not None:
            frames[name] = frame
    return frames, _in_order([*problems, *problems_of(frames)])
