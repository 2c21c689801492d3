"""Many refits: pieces of work over local processes or a Dask cluster, each result stored under a hash of all it depends on.

A piece is a small JSON-able dictionary (its seed included) and its result is another. Because each result is stored as it comes,
whole or not at all, and depends on nothing but its piece and what all pieces share, a run that is killed at any moment goes on where
it stopped, and ends with the same bits as one that was not.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from statusmodels.inference.provenance import code_hash, fingerprint, versions

Piece = dict[str, Any]
Result = dict[str, Any]
Work = Callable[[Any, Piece], Result]
"""``work(shared, piece)``: a function of a module, so that another process can find it by its name."""
Tell = Callable[[int, int], object]
TRIES = 3  # of each piece
ROOMS = (
    "sources",
    "models",
    "panel",
    "events",
    "inference",
    "criticism",
    "claims",
    "scenarios",
)  # whose code results depend on


@dataclass(frozen=True)
class Place:
    """Where refits are stored, where they run, and who is told of them.

    Attributes
    ----------
    folder
        Where results are stored, one ``<hash>.json`` a piece. The hash is over work's name, ``shared``, the piece, the package's
        code and the versions of what it is built on.
    workers
        Local processes; one a processor if None.
    cluster
        Address of a Dask scheduler (``tcp://host:port``) to use in place of local processes; needs ``statusmodels[distributed]``.
    tell
        Called with the number of finished pieces and of all.
    """

    folder: Path
    workers: int | None = None
    cluster: str | None = None
    tell: Tell | None = None


@dataclass(frozen=True)
class Failure:
    """A piece that gave no result, and why."""

    piece: Piece
    reason: str


class RefitsFailed(RuntimeError):
    """Some pieces failed every time; the results of all others are stored."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        told = "; ".join(f"{json.dumps(f.piece)}: {f.reason}" for f in self.failures)
        super().__init__(
            f"{len(self.failures)} of the refits failed {TRIES} times each (all others are stored): {told}"
        )


def run(
    work: Work,
    shared: Any,
    pieces: Sequence[Piece],
    place: Place,
) -> list[Result]:
    """Results of all pieces, in their order; those that are stored are not computed again.

    Parameters
    ----------
    work
        ``work(shared, piece)``, a function of a module. It must depend on nothing else, and draw from a seed in the piece.
    shared
        What all pieces need: arrays, Datasets, dataclasses, plain values. It is sent to every worker once.
    pieces
        JSON-able dictionaries, no two alike.
    place
        Where results are stored and computed.

    Returns
    -------
    list of dict
        As read back from JSON.

    Raises
    ------
    RefitsFailed
        If a piece fails :data:`TRIES` times; raised when all others are done and stored.
    ValueError
        If two pieces are alike.

    Examples
    --------
    >>> import tempfile
    >>> from statusmodels.inference.refits import Place, doubled, run
    >>> run(doubled, 2.0, [{"x": 1.0}, {"x": 2.0}], Place(Path(tempfile.mkdtemp()), workers=1))
    [{'y': 2.0}, {'y': 4.0}]
    """
    folder = place.folder
    paths = [folder / f"{key}.json" for key in _keys(work, shared, pieces)]
    if len(set(paths)) < len(paths):
        raise ValueError("two pieces are alike; give each a number or a seed of its own")
    folder.mkdir(parents=True, exist_ok=True)
    for stray in folder.glob("*.tmp"):  # of a run killed while it wrote
        stray.unlink(missing_ok=True)
    found = [_read(path) for path in paths]
    todo = [i for i, result in enumerate(found) if result is None]
    told = place.tell or (lambda done, total: None)
    told(len(pieces) - len(todo), len(pieces))
    failures: dict[int, str] = {}
    compute = _on_cluster(place.cluster) if place.cluster else _on_processes(place.workers or os.cpu_count() or 1)
    for i, outcome in compute(work, shared, {i: pieces[i] for i in todo}):
        if isinstance(outcome, BaseException):
            failures[i] = f"{type(outcome).__name__}: {outcome}"
            continue
        _write(paths[i], pieces[i], *outcome)
        found[i] = _read(paths[i])
        told(sum(r is not None for r in found), len(pieces))
    if failures:
        raise RefitsFailed([Failure(pieces[i], reason) for i, reason in sorted(failures.items())])
    return [r for r in found if r is not None]


def doubled(shared: float, piece: Piece) -> Result:
    """The smallest work there is, for examples and tests."""
    return {"y": shared * piece["x"]}


def _keys(work: Work, shared: Any, pieces: Iterable[Piece]) -> list[str]:
    name = f"{work.__module__}.{work.__qualname__}"
    common = fingerprint(name, shared, code_hash(*ROOMS), versions())
    return [hashlib.sha256((common + json.dumps(p, sort_keys=True)).encode()).hexdigest()[:32] for p in pieces]


def _read(path: Path) -> Result | None:
    try:
        stored: Result = json.loads(path.read_text(encoding="utf-8"))["result"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stored


def _write(path: Path, piece: Piece, result: Result, seconds: float) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps({"piece": piece, "result": result, "seconds": round(seconds, 3)}), encoding="utf-8")
    temporary.replace(path)


Outcome = tuple[Result, float] | BaseException
Compute = Callable[[Work, Any, dict[int, Piece]], Iterator[tuple[int, Outcome]]]


def _timed(work: Work, shared: Any, piece: Piece) -> tuple[Result, float]:
    began = time.perf_counter()
    with threadpool_limits(1, "blas"):  # there is a worker for every processor already
        return work(shared, piece), time.perf_counter() - began


_HERE: dict[str, Any] = {}  # of a local worker


def _arrive(work: Work, shared: Any) -> None:
    _HERE.update(work=work, shared=shared)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End this worker when its parent was killed: nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _piece(piece: Piece) -> tuple[Result, float]:
    return _timed(_HERE["work"], _HERE["shared"], piece)


def _on_processes(workers: int) -> Compute:
    """Over local processes. A worker that is killed takes its pool with it: a new one goes on with what is not done."""

    def compute(work: Work, shared: Any, todo: dict[int, Piece]) -> Iterator[tuple[int, Outcome]]:
        tries = dict.fromkeys(todo, 0)
        left = dict(todo)
        # when a process dies, which piece it had cannot be told: those that may have been it go on alone, one by one
        suspects: list[int] = []
        start = multiprocessing.get_context("spawn")  # not forked: the parent may hold threads of the compiled kernel
        while left:
            now = suspects[:1] or list(left)
            with ProcessPoolExecutor(min(workers, len(now)), start, _arrive, (work, shared)) as pool:
                futures: dict[Future[tuple[Result, float]], int] = {pool.submit(_piece, left[i]): i for i in now}
                try:
                    for future in as_completed(futures):
                        i = futures[future]
                        error = future.exception()
                        if isinstance(error, BrokenProcessPool):
                            raise error
                        if error is None:
                            del left[i]
                            yield i, future.result()
                            continue
                        tries[i] += 1
                        if tries[i] >= TRIES:
                            del left[i]
                            yield i, error
                    suspects = suspects[1:]
                except BrokenProcessPool as broken:
                    for future, i in futures.items():  # done, and not yet asked
                        if i in left and future.done() and future.exception() is None:
                            del left[i]
                            yield i, future.result()
                    if not suspects:
                        suspects = list(left)[: min(workers, len(now))]  # a pool takes pieces in their order
                        continue
                    tries[now[0]] += 1
                    if tries[now[0]] >= TRIES:
                        del left[now[0]]
                        suspects = suspects[1:]
                        yield now[0], broken
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise

    return compute


def _on_cluster(address: str) -> Compute:
    """Over a Dask cluster, which sends the pieces of a lost worker to the others."""

    def compute(work: Work, shared: Any, todo: dict[int, Piece]) -> Iterator[tuple[int, Outcome]]:
        from distributed import Client
        from distributed import as_completed as completed

        with Client(address, timeout="30s") as client:
            if not todo:
                return
            everywhere = client.scatter(shared, broadcast=True, hash=False)
            futures = {
                client.submit(_timed, work, everywhere, piece, pure=False, retries=TRIES - 1): i
                for i, piece in todo.items()
            }
            try:
                for future in completed(futures):
                    outcome = future.exception() if future.status != "finished" else future.result()
                    future.release()
                    yield futures[future], outcome
            except BaseException:
                client.cancel(list(futures))
                raise

    return compute
