"""What benchmark scripts share: runs that go on where they were stopped, and the record and page of a result."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from typing import Any

from statusmodels.inference.storage import code_hash, versions

PASSED = {True: "Passed", False: "Not passed"}


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


def record(passed: bool, criterion: Any, data_sha256: str, **told: Any) -> dict[str, Any]:
    """The record of a result: verdict, what is told, and what it was found with."""
    return {
        "passed": passed,
        "criterion": criterion,
        **told,
        "data_sha256": data_sha256,
        "code_sha256": code_hash(),
        "versions": versions(),
        "date": f"{date.today():%Y-%m-%d}",
    }


def last_line(found: dict[str, Any]) -> str:
    """The line at the foot of a page that tells what the result was found with."""
    return f"Data {found['data_sha256'][:12]}, code {found['code_sha256'][:12]}, {found['date']}."


def write(out: Path, stem: str, found: dict[str, Any], page: str) -> None:
    """Write record and page so that no half-written file is ever seen under their names."""
    out.mkdir(parents=True, exist_ok=True)
    for suffix, text in {".json": json.dumps(found, indent=1) + "\n", ".md": page}.items():
        temporary = out / f".{stem}{suffix}.tmp"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(out / f"{stem}{suffix}")
