"""What a command shows on the terminal while refits run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from statusmodels.errors import InputError, Problem

FAILED = 1
say = Console(stderr=True, highlight=False, soft_wrap=True)
Fitted = Callable[[str, bool], object]
Stage = Callable[[str], Callable[[int, int], object]]


@contextmanager
def refitting(cluster: str | None = None) -> Iterator[tuple[Fitted, Stage]]:
    """What to tell of a fit, and by name of a stage its bar's function; refits that failed are told in plain words.

    Parameters
    ----------
    cluster
        Address of the scheduler that is to be used; asked for before any work is done.

    Raises
    ------
    InputError
        If the address is none, or nothing answers there.
    """
    from statusmodels.inference.refits import RefitsFailed

    if cluster:
        _reach(cluster)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=say) as bar:

            def fitted(name: str, reused: bool) -> None:
                bar.console.print(f"{name}: {'stored fit reused' if reused else 'sampled'}", markup=False)

            def stage(name: str) -> Callable[[int, int], object]:
                task = bar.add_task(name, total=None)
                return lambda done, total: bar.update(task, completed=done, total=total)

            yield fitted, stage
    except RefitsFailed as error:
        say.print(str(error), markup=False)
        raise typer.Exit(FAILED) from error


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
