"""The peers of benchmark.py: Stan (dynamic.R) and brms (static.R), where R has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jobs import CORES

HERE = Path(__file__).resolve().parent
ROOT, CROSSCHECK = HERE.parent, HERE / "crosscheck"
NEEDS = {
    "dynamic-S": ("rstan", "jsonlite"),
    "dynamic-M": ("rstan", "jsonlite"),
    "static": ("brms", "rstan", "jsonlite"),
}
"""R packages of the peer, by the step that has one."""


def peer_is_there(*packages: str) -> bool:
    """Whether Rscript is there and has the packages."""
    needs = "; ".join(f"stopifnot(requireNamespace('{p}', quietly = TRUE))" for p in packages)
    try:
        return subprocess.run(["Rscript", "-e", needs], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def rscript(*arguments: str) -> None:
    """Run an R script on as many cores as ours."""
    environment = {**os.environ, "MC_CORES": str(CORES)}
    subprocess.run(["Rscript", *arguments], check=True, cwd=ROOT, env=environment, stdout=sys.stderr)


def stan(data: Path, hypothesis: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Compile and sample dynamic.stan. The start of R and the reading of the data are not counted."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "stan.json")
        program = str(CROSSCHECK / "dynamic.R")
        rscript(program, "time", str(data), str(result), hypothesis, str(settings["draws"]), str(settings["tune"]))
        found = json.loads(result.read_text())
    return peer(found, found["versions"], found["smallest_ess_bulk"], found["smallest_ess_bulk_of"])


def brms(size: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Compile and sample the static model with brms."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "brms.json")
        rscript(str(CROSSCHECK / "static.R"), "time", size, str(settings["draws"]), str(result))
        found = json.loads(result.read_text())
    timed = found["sizes"][size]["timed"]
    return peer(timed, found["versions"], timed["ess"], timed["ess_of"])


def peer(found: dict[str, Any], versions: dict[str, str], ess: float, ess_of: str) -> dict[str, Any]:
    """What an R script tells, under the names of ours."""
    return {
        "compile_seconds": found["compile_seconds"],
        "sample_seconds": found["seconds"],
        "all_in_seconds": found["compile_seconds"] + found["seconds"],
        "ess": ess,
        "ess_of": ess_of,
        "divergences": found["divergences"],
        "chains": found["chains"],
        "draws": found["draws"],
        "tune": found["warmup"],
        "target_accept": found["adapt_delta"],
        "versions": versions,
    }
