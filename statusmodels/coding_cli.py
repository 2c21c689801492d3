"""The commands that write into a catalogue of the user's own: coding acts, and adding them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from statusmodels.errors import InputError, Problem

events_app = typer.Typer(help="Work on the events of a catalogue.", no_args_is_help=True)


def code(
    folder: Annotated[Path, typer.Argument(help="Catalogue folder.")],
    coder: Annotated[
        str, typer.Option(help="Name of the coder; rows are added under it and nobody else's are touched.")
    ],
    export: Annotated[Path | None, typer.Option(help="Write the acts not yet read to this CSV file.")] = None,
    import_: Annotated[
        Path | None, typer.Option("--import", help="Add the judgements of this filled CSV file.")
    ] = None,
) -> None:
    """Code the acts that a coder has not read: in the terminal, saving after each, or on a spreadsheet."""
    from statusmodels.events import coding

    folder = _own(folder)
    if export and import_:
        raise InputError([Problem("--export", "cannot be given together with --import; do one, then the other")])
    if export:
        print(f"{export}: {coding.export_sheet(folder, coder, export)} acts to code")
    elif import_:
        print(f"{folder}: {coding.import_sheet(folder, coder, import_)} acts added under {coder}")
    else:
        coding.walk(folder, coder, input, print)


@events_app.command("add")
def add(
    folder: Annotated[Path, typer.Argument(help="Catalogue folder.")],
    date: Annotated[str, typer.Option(help="Day of the act, YYYY-MM-DD.")] = "",
    sender: Annotated[str, typer.Option(help="Side that acts.")] = "",
    receiver: Annotated[str, typer.Option(help="Side that the act bears on.")] = "",
    actor: Annotated[str, typer.Option(help="Who exactly acted.")] = "",
    title: Annotated[str, typer.Option(help="Neutral title.")] = "",
    description: Annotated[str, typer.Option(help="What was done, never what it led to.")] = "",
    track: Annotated[str, typer.Option(help="Track, as in the codebook's list.")] = "",
    source: Annotated[str, typer.Option(help="Keys of sources, joined with ';'.")] = "",
    citation: Annotated[str, typer.Option(help="For a new source: author or body, title, date.")] = "",
    kind: Annotated[str, typer.Option(help="For a new source: primary, official, press, scholarly or dataset.")] = "",
    where: Annotated[str, typer.Option(help="For a new source: address, document number, or archive.")] = "",
    date_precision: Annotated[str, typer.Option(help="day or month.")] = "day",
    end_date: Annotated[str, typer.Option(help="Last day of a standing state.")] = "",
    verification: Annotated[str, typer.Option(help="What the date rests on: page, dataset or document.")] = "document",
    event_id: Annotated[str, typer.Option(help="Identifier; made from year and title if not given.")] = "",
) -> None:
    """Append one event, checked first; what is missing is asked for."""
    from statusmodels.events.edit import add_event

    folder = _own(folder)
    cells = {"date": date, "sender": sender, "receiver": receiver, "actor": actor, "title": title}
    cells |= {"description": description, "track": track, "sources": source}
    if sys.stdin.isatty():
        cells = {name: value or input(f"{name}: ").strip() for name, value in cells.items()}
    extra = {"date_precision": date_precision, "end_date": end_date, "verification": verification, "event_id": event_id}
    given = {"key": cells["sources"].split(";")[-1].strip(), "citation": citation, "kind": kind, "where": where}
    added = add_event(folder, {**cells, **extra}, given if any((citation, kind, where)) else None)
    print(f"{folder}: added {added}; it counts once it is coded (statusmodels code {folder} --coder NAME)")


def _own(folder: Path) -> Path:
    """The user's own folder, in full, so that it is not taken for the name of an embedded catalogue."""
    from statusmodels.events.catalogue import embedded, find

    if str(folder) in embedded() and not folder.exists():
        mend = f"is the catalogue inside the package; copy {find(str(folder))} to a folder of your own and give that"
        raise InputError([Problem(str(folder), mend)])
    return folder.resolve()
