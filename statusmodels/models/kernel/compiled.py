"""How the kernel is compiled.

Functions of the kernel are compiled without a cache of their own; only the entry points of
:mod:`statusmodels.models.kernel.native` are cached on disk. numba's cache notices a change only in the file of the function it
holds, so an entry point carries :data:`STAMP` as a constant, a hash of every file of this folder and of the one other whose tuple
compiled code reads (the panel may not import the kernel): any change is a new entry.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from numba import njit


def _stamp() -> int:
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in [*sorted(folder.glob("*.py")), folder.parents[1] / "panel" / "severities.py"]:
        digest.update(path.name.encode() + path.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


STAMP = _stamp()
compiled = njit(nogil=True, error_model="numpy")
contracted = njit(nogil=True, error_model="numpy", fastmath={"contract"})  # recursions in one instruction a step
reassociated = njit(nogil=True, error_model="numpy", fastmath={"reassoc", "nsz", "contract"})  # sums of several at once
