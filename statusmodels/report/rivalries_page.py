"""The page and figures of the report on rivalries."""

from __future__ import annotations

import base64
from typing import Any

import jinja2
import matplotlib as mpl
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from statusmodels.claims.verdict import MEANS, PROBABILITIES, WORDS
from statusmodels.report.multiverse_figure import COLOURS
from statusmodels.report.style import ACCENT, INK, MUTED, SECOND, STYLE


def multiverse_figure(rows: pd.DataFrame) -> Figure:
    """E1, E2 (as multiples of each panel's rate) and latent E3 of every specification, coloured by verdict."""
    at = rows[rows["word"].isin(WORDS)].sort_values("e3_latent_mean").reset_index(drop=True)
    x = np.arange(len(at))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 7), layout="constrained")
        axes = figure.subplots(3, 1, sharex=True)
        labels = ("E1, honor alone\n(times base rate)", "E2, with injury\n(times base rate)", "E3 (log odds)")
        for axis, name, label in zip(axes, ("e1", "e2", "e3_latent"), labels, strict=True):
            unit = 1.0 if name == "e3_latent" else at["rate"]
            mean, spread = at[f"{name}_mean"] / unit, 1.645 * at[f"{name}_sd"] / unit
            for word, colour in COLOURS.items():
                mine = at["word"] == word
                axis.errorbar(x[mine], mean[mine], spread[mine], fmt="o", ms=4, lw=1, color=colour)
            axis.axhline(0, color=MUTED, lw=0.8)
            axis.set_ylabel(label, fontsize=8)
            for k in np.flatnonzero(at["away"] == 0):
                axis.axvline(k, color=INK, lw=0.8, ls="--", zorder=0)
        for word, colour in COLOURS.items():
            axes[0].plot([], [], "o", ms=4, color=colour, label=f"{word} ({(at['word'] == word).sum()})")
        axes[0].legend(frameon=False, fontsize=8, ncols=len(WORDS), loc="lower left", bbox_to_anchor=(0, 1))
        axes[-1].set_xlabel(f"{len(at)} specifications, sorted by E3; dashed: as documented")
    return figure


def cross_figure(table: pd.DataFrame) -> Figure:
    """What honor denied goes with, without and with injury, by proxy, before any model."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10, 0.36 * len(table) + 1.2), layout="constrained")
        axis = figure.subplots()
        y = -np.arange(len(table))
        for column, colour, label in (
            ("without injury", SECOND, "without injury"),
            ("with injury", ACCENT, "with injury"),
        ):
            axis.plot(100 * table[column], y, "o", color=colour, label=label)
        axis.hlines(y, 100 * table["without injury"], 100 * table["with injury"], color=MUTED, lw=1, zorder=0)
        axis.axvline(0, color=MUTED, lw=0.8)
        axis.set_yticks(y, [f"{r.honor} x {r.threat}" for r in table.itertuples()], fontsize=8)
        axis.set_xlabel("percentage points of serious dyad-years that go with honor denied")
        axis.legend(frameon=False, fontsize=8)
    return figure


def figures(frames: dict[str, pd.DataFrame]) -> dict[str, Figure]:
    """All figures by name."""
    return {
        "multiverse": multiverse_figure(frames["multiverse"]),
        "cross-tabulation": cross_figure(frames["cross-tabulation"]),
    }


def answer(found: dict[str, Any], frames: dict[str, pd.DataFrame]) -> str:
    """The verdict in words, from its numbers."""
    row = frames["verdicts"].iloc[0]
    counts = {w: found["multiverse"].get(w, 0) for w in WORDS}
    judged = sum(counts.values())
    cross = frames["cross-tabulation"]
    up, down = int((cross["more with injury"] > 0).sum()), int((cross["more with injury"] < 0).sum())
    return (
        f"Over all rivalries the verdict is {row['verdict']}: {MEANS[row['verdict']]}."
        f" P(E1 practically zero) is {row['p_e1_zero']:.2f}, P(E2 more than that) {row['p_e2_more']:.2f},"
        f" P(amplified) {row['p_amplified']:.2f}. Of {judged} specifications with other proxies, outcomes and years,"
        f" {', '.join(f'{n} give {w}' for w, n in counts.items())}. In plain cross-tabulations honor denied goes with more"
        f" clashes under injury than without it for {up} pairs of proxies, and with fewer for {down}."
    )


def warning(frames: dict[str, pd.DataFrame]) -> str:
    """Whether the verdict hangs on the proxies, in one sentence."""
    rows = frames["multiverse"]
    one = rows[(rows["away"] <= 1) & rows["word"].isin(WORDS)]
    documented = one.loc[one["away"] == 0, "word"].iloc[0]
    other = one[one["word"] != documented]
    if other.empty:
        return "No single other choice changes the verdict."
    told = "; ".join(f"{r.specification} ({r.word})" for r in other.itertuples())
    return f"One other choice alone changes the verdict: {told}."


def _table(frame: pd.DataFrame, columns: dict[str, str] | None = None) -> Markup:
    shown = frame if columns is None else frame[list(columns)].rename(columns=columns)

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "" if not np.isfinite(value) else f"{value:.3g}"
        return str(value)

    return Markup(shown.map(cell).to_html(index=False, border=0, escape=True))  # noqa: S704 - pandas escapes every cell


def render(found: dict[str, Any], frames: dict[str, pd.DataFrame], pictures: dict[str, bytes]) -> str:
    """The page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("statusmodels.report", "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    words = {"specification": "specification", "word": "verdict", **{p: p for p in PROBABILITIES}}
    words |= {"e3_latent_mean": "E3 (log odds)", "rate": "rate", "serious_years": "serious", "dyad_years": "dyad-years",
              "rhat": "R-hat"}  # fmt: skip
    tables = {name: _table(frame) for name, frame in frames.items() if name != "multiverse"}
    tables["one away"] = _table(frames["multiverse"][frames["multiverse"]["away"] <= 1], words)
    tables["combinations"] = _table(frames["multiverse"][frames["multiverse"]["away"] > 1], words)
    embedded = {name: "data:image/png;base64," + base64.b64encode(data).decode() for name, data in pictures.items()}
    return environment.get_template("rivalries.html.j2").render(
        record=found,
        answer=answer(found, frames),
        warning=warning(frames),
        means=MEANS,
        tables=tables,
        pictures=embedded,
    )
