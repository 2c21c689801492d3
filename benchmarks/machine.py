"""The machine that a benchmark runs on, and how busy it is with other things."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np


def machine() -> dict[str, Any]:
    """Processor, cores, memory and system."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ]
        name = names[0] if names else name
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "cores_used": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def busy_cores(seconds: float = 2.0) -> float | None:
    """Cores at work while this process sleeps; None where the system does not say."""
    if not Path("/proc/stat").exists():
        return None

    def ticks() -> np.ndarray:
        return np.array(Path("/proc/stat").read_text().splitlines()[0].split()[1:9], dtype=float)

    before = ticks()
    time.sleep(seconds)
    spent = ticks() - before  # user, nice, system, idle, waiting for a disk, ...
    return float((os.cpu_count() or 1) * (1 - spent[3:5].sum() / max(spent.sum(), 1.0)))
