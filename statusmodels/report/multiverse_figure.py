"""The specification curve: estimates of all specifications in order, and the choices behind each."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from statusmodels.claims.multiverse import CHOICES
from statusmodels.claims.specification import WIDTHS
from statusmodels.claims.verdict import WORDS, Rule
from statusmodels.report.style import ACCENT, INK, MUTED, SECOND, STYLE, THIRD

COLOURS = dict(zip(WORDS, (SECOND, THIRD, ACCENT, MUTED), strict=True))
PANELS = {
    "e1": "E1 (times base rate)",
    "e2": "E2 (times base rate)",
    "e3_latent": "E3 (log odds)",
}


def specification_curve(rows: pd.DataFrame) -> Figure:
    """Medians and 90 % intervals of E1, E2 and latent E3 at the documented width, sorted by E3, above the matrix of choices.

    Parameters
    ----------
    rows
        As returned by :func:`statusmodels.claims.multiverse.evaluated`.

    Returns
    -------
    Figure
        Specifications that were not judged are not on it.
    """
    at = rows[(rows["width_share"] == WIDTHS[0]) & rows["word"].isin(WORDS)]
    at = at.sort_values("e3_latent_median", kind="stable").reset_index(drop=True)
    matrix = [(c, v) for c in CHOICES if c != "width_share" for v in _varied(rows[c])]
    with mpl.rc_context(STYLE):
        heights = [1.6] * len(PANELS) + [0.13 * max(len(matrix), 1)]
        figure = Figure(figsize=(11, sum(heights) + 1), layout="constrained")
        *panels, below = figure.subplots(len(PANELS) + 1, 1, sharex=True, height_ratios=heights)
        for axis, (name, label) in zip(panels, PANELS.items(), strict=True):
            _estimates(axis, at, name)
            axis.set_ylabel(label, fontsize=8)
        _choices(below, at, matrix)
        for axis in (*panels, below):
            for x in np.flatnonzero(at["departures"] == 0):
                axis.axvline(x, color=INK, lw=0.8, ls="--", zorder=0)
        for word, colour in COLOURS.items():
            panels[0].plot([], [], "o", ms=4, color=colour, label=f"{word} ({(at['word'] == word).sum()})")
        panels[0].legend(frameon=False, fontsize=8, ncols=len(WORDS), loc="lower left", bbox_to_anchor=(0, 1))
        below.set_xlabel(f"{len(at)} specifications, sorted by E3")
    return figure


def _varied(values: pd.Series) -> list[object]:
    found = list(dict.fromkeys(values))
    return found if len(found) > 1 else []


def _estimates(axis: Axes, at: pd.DataFrame, name: str) -> None:
    unit = 1.0 if name == "e3_latent" else at["rate"].to_numpy(dtype=float)
    low, middle, high = (at[f"{name}_{q}"].to_numpy(dtype=float) / unit for q in ("5%", "median", "95%"))
    band = Rule().negligible if name == "e3_latent" else Rule().width_share
    axis.axhspan(-band, band, color="#e8ecf1", lw=0, zorder=0)
    colours = [COLOURS[word] for word in at["word"]]
    axis.vlines(np.arange(len(at)), low, high, colors=colours, lw=0.8)
    axis.scatter(np.arange(len(at)), middle, s=7, c=colours, zorder=3)
    if len(at):  # a few intervals of tiny panels would hide all others
        bottom, top = np.quantile(low, 0.02), np.quantile(high, 0.98)
        axis.set_ylim(min(bottom, -2 * band), max(top, 2 * band))
    axis.tick_params(bottom=False)


def _choices(axis: Axes, at: pd.DataFrame, matrix: list[tuple[str, object]]) -> None:
    colours = np.array([COLOURS[word] for word in at["word"]], dtype=object)
    last = ""
    for y, (choice, value) in enumerate(matrix):
        x = np.flatnonzero(at[choice] == value)
        axis.scatter(x, np.full(len(x), -y), s=12, marker="|", c=list(colours[x]), lw=1)
        if choice != last and y:
            axis.axhline(0.5 - y, color=MUTED, lw=0.4)
        last = choice
    axis.set_yticks([-y for y in range(len(matrix))], [f"{c}: {v}" for c, v in matrix], fontsize=6)
    axis.set_ylim(0.5 - max(len(matrix), 1), 0.5)
    axis.margins(x=0.01)
