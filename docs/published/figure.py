"""A figure that a codebook or paper publishes, and the code that should come to the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One published figure. ``note`` says why the pinned file differs, where it does."""

    source: str
    quantity: str
    published: float
    citation: str
    compute: Callable[[], float]
    note: str = ""
