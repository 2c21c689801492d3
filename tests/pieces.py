"""Pieces of work for the tests of refits, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np


def counted(shared: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """A draw from the piece's seed; leaves a mark each time it is computed."""
    with Path(shared["marks"]).open("a") as file:
        file.write(f"{piece['seed']}\n")
    time.sleep(shared.get("seconds", 0.0))
    return {"draws": np.random.default_rng(piece["seed"]).standard_normal(3).tolist()}


def failing(shared: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """Fails on seed 1, the first ``shared["times"]`` times."""
    marks = Path(shared["marks"])
    if piece["seed"] == 1 and (len(marks.read_text()) if marks.exists() else 0) < shared["times"]:
        with marks.open("a") as file:
            file.write("x")
        raise ArithmeticError("no such number")
    return {"seed": piece["seed"]}


def killing(shared: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """Kills its own process on seed 1: once, or always."""
    mark = Path(shared["mark"])
    if piece["seed"] == 1 and (shared.get("always") or not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"seed": piece["seed"]}
