"""The commands on external data: what there is, fetching it, where it is, how to cite it; and machine-coded events to a panel."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from statusmodels.errors import InputError, Problem

data_app = typer.Typer(help="External data sets: list, fetch, find and cite them.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="Key of a data set; see statusmodels data list.", metavar="SOURCE")]
Keys = Annotated[
    list[str] | None, typer.Argument(help="Keys of data sets; see statusmodels data list.", metavar="SOURCE...")
]
COLUMNS = ("source", "title", "coverage", "files", "here")


@data_app.command("list")
def list_() -> None:
    """Every data set, and whether verified files are here: folder (STATUSMODELS_DATA), cache, no, or wrong (refused)."""
    from statusmodels.sources import registry

    rows = []
    for source in registry.sources().values():
        places = Counter(registry.place(file) for file in source.files)
        here = next(iter(places)) if len(places) == 1 else ", ".join(f"{n} {place}" for place, n in places.items())
        rows.append((source.source, source.title, source.coverage, str(len(source.files)), here))
    if not sys.stdout.isatty():
        for row in (COLUMNS, *rows):
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@data_app.command()
def fetch(sources: Keys = None, all_: Annotated[bool, typer.Option("--all", help="Every data set.")] = False) -> None:
    """Download the files of data sets into the cache and print where they are; what is here already is kept."""
    from statusmodels.progress import fetching
    from statusmodels.sources import download, registry

    if bool(sources) == all_:
        raise InputError([Problem("data fetch", "needs the keys of data sets, or --all (and not both)")])
    wanted = [registry.source(key) for key in (registry.sources() if all_ else sources or [])]
    with fetching([file for source in wanted for file in source.files]) as tell:
        found = [path for source in wanted for path in download.fetch(source.source, tell)]
    for path in found:
        print(path)


@data_app.command()
def path(source: Key) -> None:
    """Print the verified files of a data set, one a line."""
    from statusmodels.sources import registry

    for found in [registry.path(file.file) for file in registry.source(source).files]:
        print(found)


@data_app.command()
def cite(
    sources: Annotated[list[str], typer.Argument(help="Keys of data sets; see statusmodels data list.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As BibTeX.")] = False,
) -> None:
    """Print how to cite data sets, on what terms they may be used, and where their files come from."""
    from statusmodels.sources import citations, registry

    write = citations.bibtex if bibtex else citations.plain
    print("\n\n".join([write(registry.source(key)) for key in sources]))


def event_rivalries(
    name: Annotated[
        str, typer.Argument(help="gulf, levant, turkey-greece or armenia-azerbaijan (monthly), icews (yearly).")
    ],
    out: Annotated[Path, typer.Option(help="netCDF file to write.")],
) -> None:
    """Write the panel of strategic rivals from machine-coded events of the registry."""
    from statusmodels.progress import say
    from statusmodels.sources import event_rivalries as rivals
    from statusmodels.sources.event_command import save, unwritable

    problems = unwritable(out)
    if name not in rivals.NAMES:
        problems.append(Problem("NAME", f"must be one of {', '.join(rivals.NAMES)}", value=name))
    if problems:
        raise InputError(problems)
    with say.status("counting events"):
        made = rivals.event_rivalries(name)
    save(made, out)
    print(f"{out}: {made.sizes['dyad']} dyads, {made.sizes['period']} periods, {int(made['observed'].sum())} observed")


def panel(
    files: Annotated[
        list[Path], typer.Argument(help="Files of one release: text, .gz, .zip, .parquet, .RData (KEDS).")
    ],
    form: Annotated[str, typer.Option("--format", help="Format of the files, such as gdelt1, gdelt2, icews, polecat.")],
    dyads: Annotated[list[str], typer.Option(help="USA-RUS for both directions, USA>RUS for one; may be repeated.")],
    out: Annotated[Path, typer.Option(help="netCDF file to write.")],
    period: Annotated[str, typer.Option(help="week, month, quarter or year.")] = "month",
    crosswalk: Annotated[
        str | None, typer.Option(help="CSV file or name of a crosswalk; that of the format's coding if not given.")
    ] = None,
    from_year: Annotated[int | None, typer.Option(help="First year of the panel.")] = None,
    to_year: Annotated[int | None, typer.Option(help="Last year of the panel.")] = None,
    burn_in: Annotated[float, typer.Option(min=0, help="Months remembered and not modelled.")] = 12.0,
    memory: Annotated[str, typer.Option(help="Memory that counting may take.")] = "2GB",
) -> None:
    """Count machine-coded events by directed dyad and period, and write the panel as netCDF."""
    from statusmodels.progress import say
    from statusmodels.sources.event_command import write_panel

    options = (period, crosswalk, from_year, to_year, burn_in, memory)
    made = write_panel(files, form, dyads, out, *options, lambda line: say.print(line, markup=False))
    print(f"{out}: {made.sizes['dyad']} dyads, {made.sizes['period']} periods, {int(made['observed'].sum())} observed")
