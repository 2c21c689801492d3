"""Colours and type of all figures, and how one is saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

INK, MUTED, ACCENT, SECOND, THIRD = "#1b1b1b", "#8a8f98", "#a3231f", "#1f5b8a", "#b57b12"
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "statusmodels",
    "svg.fonttype": "path",
    "figure.dpi": 110,
}


def saved(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all, without a date in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with mpl.rc_context(STYLE):
        figure.savefig(temporary, dpi=160, format="png", metadata={"Software": None})
    temporary.replace(path)
