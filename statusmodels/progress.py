"""What a command shows on the terminal while refits run or files come in."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from statusmodels.errors import InputError, Problem

if TYPE_CHECKING:
    from statusmodels.inference.refits import Place
    from statusmodels.sources.registry import File

FAILED = 1
say = Console(stderr=True, highlight=False, soft_wrap=True)
Fitted = Callable[[str, bool], object]
At = Callable[[str], "Place"]


@contextmanager
def refitting(folder: Path, workers: int | None, cluster: str | None) -> Iterator[tuple[Fitted, At]]:
    """What to tell of a fit, and by name of a stage the place of its refits, with a bar; refits that failed are told in plain words.

    Parameters
    ----------
    folder, workers, cluster
        As in :class:`statusmodels.inference.refits.Place`; the cluster is asked for before any work is done.

    Raises
    ------
    InputError
        If the address is none, or nothing answers there.
    """
    from statusmodels.inference.refits import Place, RefitsFailed

    if cluster:
        _reach(cluster)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=say) as bar:

            def fitted(name: str, reused: bool) -> None:
                bar.console.print(f"{name}: {'stored fit reused' if reused else 'sampled'}", markup=False)

            def at(name: str) -> Place:
                task = bar.add_task(name, total=None)
                return Place(
                    folder, workers, cluster, lambda done, total: bar.update(task, completed=done, total=total)
                )

            yield fitted, at
    except RefitsFailed as error:
        say.print(str(error), markup=False)
        raise typer.Exit(FAILED) from error


@contextmanager
def fetching(files: Sequence[File]) -> Iterator[Callable[[File, int], None]]:
    """What to tell of a file that comes in and of how many of its bytes are here, with a bar over all of them."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=say) as bar:
        task = bar.add_task("fetching", total=sum(file.bytes for file in files))
        here: dict[str, int] = {}

        def tell(file: File, done: int) -> None:
            here[file.file] = done
            bar.update(task, description=file.source, completed=sum(here.values()))

        yield tell


def _reach(cluster: str) -> None:
    """Ask for a cluster's scheduler before any work is done."""
    if find_spec("distributed") is None:
        raise InputError([Problem("--cluster", "needs Dask; install statusmodels[distributed]")])
    try:
        address = urlsplit(cluster)
        host, port = address.hostname, address.port
    except ValueError:  # a port that is no number
        host = port = None
    if not (host and port and address.scheme == "tcp"):
        raise InputError([Problem("--cluster", "must be written as tcp://HOST:PORT", value=cluster)])
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        raise InputError([Problem("--cluster", f"cannot be reached ({error})", value=cluster)]) from error
