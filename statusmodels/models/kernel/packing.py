"""Arrays in one buffer of doubles, which is what a native callback is handed.

The buffer begins with its own length; each array is preceded by its shape. Integers are exact in doubles far beyond any count here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from statusmodels.models.kernel.compiled import compiled

Array = npt.NDArray[np.float64]
FIRST = 1  # where the first array begins


def pack(arrays: Iterable[npt.NDArray[Any]]) -> Array:
    """A buffer that holds arrays of one, two or three dimensions."""
    parts = [np.zeros(FIRST)]
    for array in arrays:
        parts += [np.array(array.shape, dtype=float), np.asarray(array, dtype=float).ravel()]
    buffer = np.concatenate(parts)
    buffer[0] = len(buffer)
    return buffer


@compiled
def vector(buffer, i):  # type: ignore[no-untyped-def]
    """The vector that begins at ``i`` of a buffer, as a view, and where the next array begins."""
    n = int(buffer[i])
    return buffer[i + 1 : i + 1 + n], i + 1 + n


@compiled
def matrix(buffer, i):  # type: ignore[no-untyped-def]
    """The same of two dimensions."""
    n, m = int(buffer[i]), int(buffer[i + 1])
    return buffer[i + 2 : i + 2 + n * m].reshape((n, m)), i + 2 + n * m


@compiled
def cube(buffer, i):  # type: ignore[no-untyped-def]
    """The same of three dimensions."""
    n, m, k = int(buffer[i]), int(buffer[i + 1]), int(buffer[i + 2])
    return buffer[i + 3 : i + 3 + n * m * k].reshape((n, m, k)), i + 3 + n * m * k


@compiled
def integers(buffer, i):  # type: ignore[no-untyped-def]
    """A vector of integers, copied."""
    x, after = vector(buffer, i)
    return x.astype(np.int64), after
