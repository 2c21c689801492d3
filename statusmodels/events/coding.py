"""Code a catalogue's acts: in the terminal, one act after another, or on a spreadsheet.

A coder sees sender, receiver, title and description, in an order of the coder's own, and neither date nor anybody else's codings.
Rows are only ever appended, so nobody overwrites anybody.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue, load
from statusmodels.events.edit import append_rows, write_whole
from statusmodels.events.schema import COLUMNS, problems_of, read_csv, read_folder
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT, SEVERITIES, Construct

JUDGED = ("construct", "category", "valence", "severity", "confidence")
SHEET = ("event_id", "sender", "receiver", "title", "description", *JUDGED)
Ask = Callable[[str], str]
Show = Callable[[str], None]


class Quit(Exception):
    """The coder wants to stop here."""


@dataclass(frozen=True)
class Judgement:
    """One construct that a coder gives an act."""

    construct: str
    category: str
    valence: int
    severity: int
    confidence: float

    def row(self, event_id: str, coder: str) -> dict[str, str]:
        """Row of ``codings.csv``, as text."""
        return {"event_id": event_id, "coder": coder, **{k: str(v) for k, v in asdict(self).items()}}


def remaining(catalogue: Catalogue, coder: str) -> pd.DataFrame:
    """Events that a coder has not read, in an order that depends on the coder's name alone.

    The order is by lot, so that nobody reads the acts as a story; it stays the same from one session to the next, also when acts
    are added.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    coder
        The coder's name.

    Returns
    -------
    DataFrame
        Rows of ``catalogue.events``.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> catalogue = load("us-russia")
    >>> len(remaining(catalogue, "ann")) == len(catalogue.events)
    True
    """
    read = catalogue.readings
    mine = read.loc[read["coder"] == coder, "event_id"]
    events = catalogue.events[~catalogue.events["event_id"].isin(mine)]
    lot = {event: hashlib.sha256(f"{coder}\n{event}".encode()).digest() for event in events["event_id"]}
    return events.sort_values("event_id", key=lambda ids: ids.map(lot))


def checked(coder: str) -> str:
    """A coder's name without blanks around it.

    Raises
    ------
    InputError
        If nothing is left.
    """
    if not coder.strip():
        raise InputError([Problem("--coder", "must not be empty; name who codes", value=coder)])
    return coder.strip()


def walk(folder: Path, coder: str, ask: Ask, show: Show) -> int:
    """Lead a coder through the acts not yet read, saving after each.

    Parameters
    ----------
    folder
        Catalogue folder.
    coder
        The coder's name.
    ask
        Shows a prompt and returns the answer; may raise EOFError or KeyboardInterrupt to stop.
    show
        Shows a line.

    Returns
    -------
    int
        Number of acts coded in this session.

    Raises
    ------
    InputError
        If the folder is not a valid catalogue, or cannot be written.
    """
    coder = checked(coder)
    catalogue = load(folder)
    todo, total = remaining(catalogue, coder), len(catalogue.events)
    done = 0
    for n, event in enumerate(todo.itertuples(), total - len(todo) + 1):
        show(f"\n[{n} of {total}]  {event.sender} -> {event.receiver}\n{event.title}\n{event.description}")
        try:
            judgements = _judge(ask, show)
        except (Quit, EOFError, KeyboardInterrupt):
            break
        if judgements is None:
            continue
        append_rows(folder, {"codings.csv": [j.row(str(event.event_id), coder) for j in judgements]})
        done += 1
    show(f"\n{done} acts coded and saved; {len(todo) - done} left.")
    return done


def _judge(ask: Ask, show: Show) -> list[Judgement] | None:
    """Judgements of one act; None to come back to it later."""
    letters = {name[0]: construct for name, construct in CONSTRUCTS.items()}
    menu = ", ".join(f"{name[0]} {name}" for name in CONSTRUCTS)
    given: list[Judgement] = []
    while True:
        more = "Enter done" if given else "n nothing, s skip"
        answer = ask(f"{menu}, {more}, q quit, ? help: ").strip().lower()
        if answer == "q":
            raise Quit
        if answer == "?":
            for construct in CONSTRUCTS.values():
                show(f"{construct.name}: {construct.definition}")
        elif answer == "" and given:
            return given
        elif answer == "s" and not given:
            return None
        elif answer == "n" and not given:
            confidence = _number(ask, show, "confidence that there is nothing, 0 to 1 [0.9]: ", 0.9)
            return [Judgement(NO_CONSTRUCT, NO_CONSTRUCT, 0, 0, confidence)]
        elif answer in letters:
            judgement = _one(letters[answer], ask, show)
            if any((j.construct, j.category) == (judgement.construct, judgement.category) for j in given):
                show(f"{judgement.construct}, {judgement.category} is given already; the first is kept")
            else:
                given.append(judgement)
        else:
            show("not one of these")


def _one(construct: Construct, ask: Ask, show: Show) -> Judgement:
    for n, category in enumerate(construct.categories, 1):
        show(f"  {n} {category.name}: {category.definition}")
    category = construct.categories[_choice(ask, show, "category: ", range(1, len(construct.categories) + 1)) - 1]
    show(f"  belongs: {category.example}  does not: {category.counterexample}")
    valence = next(iter(construct.valences))
    if len(construct.valences) > 1:
        for v, text in construct.valences.items():
            show(f"  {v:+d} {text}")
        valence = _choice(ask, show, "valence: ", tuple(construct.valences))
    for n, anchor in zip(SEVERITIES, construct.severities, strict=True):
        show(f"  {n} {anchor}")
    severity = _choice(ask, show, "severity: ", SEVERITIES)
    return Judgement(
        construct.name, category.name, valence, severity, _number(ask, show, "confidence, 0 to 1 [0.9]: ", 0.9)
    )


def _choice(ask: Ask, show: Show, prompt: str, allowed: range | tuple[int, ...]) -> int:
    while True:
        answer = ask(prompt).strip()
        if answer.lower() == "q":
            raise Quit
        with contextlib.suppress(ValueError):
            if int(answer) in allowed:
                return int(answer)
        show(f"one of {', '.join(map(str, allowed))}, or q to quit")


def _number(ask: Ask, show: Show, prompt: str, default: float) -> float:
    while True:
        answer = ask(prompt).strip()
        if answer.lower() == "q":
            raise Quit
        try:
            value = float(answer) if answer else default
        except ValueError:
            value = -1.0
        if 0.0 <= value <= 1.0:
            return value
        show("a number from 0 to 1, or q to quit")


def export_sheet(folder: Path, coder: str, path: Path) -> int:
    """Write the acts that a coder has not read to a CSV file for a spreadsheet.

    One row an act, with the columns of the judgement empty. For a second construct of an act, copy its row; for none, write
    ``none, none, 0, 0`` and a confidence; a row left empty counts as not read.

    Parameters
    ----------
    folder
        Catalogue folder.
    coder
        The coder's name.
    path
        New file to write.

    Returns
    -------
    int
        Number of acts written.

    Raises
    ------
    InputError
        If the folder is not a valid catalogue, or the file exists or cannot be written.
    """
    todo = remaining(load(folder), checked(coder))
    if path.exists():
        raise InputError([Problem(str(path), "already exists; choose a new file, so that no work is lost")])
    text = todo.reindex(columns=list(SHEET), fill_value="").to_csv(index=False, lineterminator="\n")
    write_whole(path, ("\ufeff" + text).encode("utf-8"))  # spreadsheets know UTF-8 by its mark
    return len(todo)


def import_sheet(folder: Path, coder: str, path: Path) -> int:
    """Append the judgements of a spreadsheet written by :func:`export_sheet` and filled in.

    Rows of acts that the coder has already given the same judgements are passed over, so a sheet can be imported again as it grows.

    Parameters
    ----------
    folder
        Catalogue folder.
    coder
        The coder's name.
    path
        The filled sheet, CSV in UTF-8.

    Returns
    -------
    int
        Number of acts added.

    Raises
    ------
    InputError
        With every problem of the sheet: file, row, column, value, mend. Nothing is written then.
    """
    coder = checked(coder)
    frames, problems = read_folder(folder)
    sheet, found = read_csv(path, ("event_id", *JUDGED))
    if problems or found or sheet is None:
        raise InputError([*problems, *found])
    filled = sheet[(sheet[list(JUDGED)] != "").any(axis=1)]
    new = filled[["event_id", *JUDGED]].assign(coder=coder)[list(COLUMNS["codings.csv"])]
    if problems := problems_of({"events.csv": frames["events.csv"], "codings.csv": new}):
        raise InputError([replace(p, file=path.name) for p in problems])
    mine = frames["codings.csv"][frames["codings.csv"]["coder"] == coder]
    before = {event: _told(rows) for event, rows in mine.groupby("event_id")}
    after = {event: _told(rows) for event, rows in new.groupby("event_id")}
    problems = [
        Problem(path.name, f"{coder} has coded this act otherwise; mend codings.csv by hand to change a coding",
                row=int(new.index[new["event_id"] == event][0]) + 2, column="event_id", value=str(event))
        for event, told in after.items() if event in before and told != before[event]
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    new = new[~new["event_id"].isin(list(before))]
    append_rows(folder, {"codings.csv": new.to_dict("records")})
    return int(new["event_id"].nunique())


def _told(rows: pd.DataFrame) -> frozenset[tuple[str, ...]]:
    """What a coder says of an act, however the numbers are written."""
    return frozenset(
        (str(r.construct), str(r.category), *(f"{float(str(v)):g}" for v in (r.valence, r.severity, r.confidence)))
        for r in rows.itertuples()
    )
