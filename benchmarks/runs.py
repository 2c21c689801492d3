"""What benchmark scripts share: runs that go on where they were stopped."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from statusmodels.inference.provenance import code_hash


def log_of(out: Path, stem: str, *of: str) -> Path:
    """Where finished runs are kept: a file a state of the code and of all else that they depend on, given as hashes."""
    out.mkdir(parents=True, exist_ok=True)
    return out / f".{'-'.join([stem, *(h[:12] for h in (*of, code_hash()))])}.jsonl"


def kept(log: Path) -> list[dict[str, Any]]:
    """The finished runs."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def keep(log: Path, row: dict[str, Any]) -> None:
    """Add a finished run."""
    with log.open("a") as file:
        file.write(json.dumps(row) + "\n")


def resumed(
    log: Path,
    one: Callable[..., dict[str, Any]],
    jobs: Sequence[tuple[Any, ...]],
    by: Sequence[str],
    processes: int,
    fresh: bool = False,
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """All rows of the log by the columns ``by``, after ``one(*job)`` of every job whose values of these are not in it.

    ``fresh``: every job in a process of its own, so that peak memory is its own too.
    """
    rows = {tuple(row[k] for k in by): row for row in kept(log)}
    todo = [job for job in jobs if job not in rows]
    if not todo:
        return rows
    # not forked: the parent may hold threads of the compiled kernel
    start = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=start, max_tasks_per_child=1 if fresh else None) as pool:
        for n, future in enumerate(as_completed([pool.submit(one, *job) for job in todo]), 1):
            row = future.result()
            keep(log, row)
            rows[tuple(row[k] for k in by)] = row
            print(f"\r{log.name.split('-')[0].strip('.')}: {n}/{len(todo)} fits ", end="", file=sys.stderr)
    print(file=sys.stderr)
    return rows
