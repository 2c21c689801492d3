"""Ranks of true quantities among posterior draws (simulation-based calibration), of whatever model: bands, verdict,
page, figure.

If prior, simulator, density and sampler agree, ranks are uniform (Talts et al. 2018). They are compared with
simultaneous bands of their empirical distribution function (Säilynoja et al. 2022).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr

from statusmodels.report.results import PASSED

KEPT = 99  # posterior draws that a truth is ranked among, thinned so that they are nearly independent
GRID = (np.arange(KEPT) + 1) / (KEPT + 1)
POINTWISE = np.sqrt(GRID * (1 - GRID))  # standard deviation of one rank's ECDF
WIDE, WIDEST = 0.95, 0.9995
JOINT = "log likelihood"
"""A quantity that notices what single parameters miss (Modrák et al. 2023)."""
CRITERION = (
    "no quantity outside the 99.95 % simultaneous band, and no more outside the 95 % band than chance allows"
    " (5 % and three standard deviations)"
)
Ranks = dict[str, dict[str, np.ndarray]]
"""Ranks (runs,) of every quantity of every hypothesis (or other part of the model)."""


def thinned(posterior: xr.Dataset) -> xr.Dataset:
    """The draws to rank among, from all chains; leading dim ``sample``."""
    stacked = posterior.stack(sample=("chain", "draw"), create_index=False).transpose("sample", ...)
    return stacked.isel(sample=np.linspace(0, stacked.sizes["sample"] - 1, KEPT).round().astype(int))


def ranks_of(true: dict[str, np.ndarray], drawn: dict[str, np.ndarray]) -> dict[str, int]:
    """Rank of each true quantity (1,) among its draws (KEPT,)."""
    return {name: int((values < true[name][0]).sum()) for name, values in drawn.items()}


def together(rows: list[dict[str, int]]) -> dict[str, np.ndarray]:
    """The ranks of many runs by quantity."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def excess(ranks: np.ndarray) -> np.ndarray:
    """The ranks' ECDF less that of uniform ones, on the grid."""
    return np.asarray(np.searchsorted(np.sort(ranks), np.arange(1, KEPT + 1)) / len(ranks) - GRID)


def distance(ranks: np.ndarray) -> float:
    """Largest distance of the ranks' ECDF from uniformity, in pointwise standard deviations."""
    return float(np.abs(excess(ranks) / (POINTWISE / np.sqrt(len(ranks)))).max())


@cache
def band(runs: int, level: float) -> float:
    """Half-width multiplier of simultaneous bands of the ECDF of uniform ranks, in pointwise standard deviations."""
    rng = np.random.default_rng(1)
    return float(np.quantile([distance(rng.integers(0, KEPT + 1, runs)) for _ in range(4000)], level))


def judged(ranks: Ranks, runs: int) -> dict[str, Any]:
    """Verdict over all quantities, and how far each is from uniformity."""
    far = {part: {name: distance(v) for name, v in by.items()} for part, by in ranks.items()}
    every = [d for by in far.values() for d in by.values()]
    outside = sum(d > band(runs, WIDE) for d in every)
    allowed = int(np.ceil(0.05 * len(every) + 3 * np.sqrt(0.05 * 0.95 * len(every))))
    beyond = [f"{part}: {name}" for part, by in far.items() for name, d in by.items() if d > band(runs, WIDEST)]
    return {
        "passed": outside <= allowed and not beyond,
        "quantities": len(every),
        "outside_95": outside,
        "allowed_outside_95": allowed,
        "beyond_99.95": beyond,
        "distance": {part: {name: round(d, 3) for name, d in by.items()} for part, by in far.items()},
    }


def summary(ranks: Ranks, rows: list[dict[str, Any]], runs: int) -> dict[str, Any]:
    """What is told of all runs: the judgement, and of their ``rows`` divergences and seconds."""
    return {
        "criterion": CRITERION,
        **judged(ranks, runs),
        "runs": runs,
        "ranked_among": KEPT,
        "divergent_fits": sum(row["divergences"] > 0 for row in rows),
        "fits": len(rows),
        "median_seconds": float(np.median([row["seconds"] for row in rows])),
    }


def page(title: str, about: str, found: dict[str, Any], picture: str, last_line: str) -> str:
    """The verdict as a Markdown page. ``found`` is a :func:`summary`."""
    beyond = found["beyond_99.95"]
    out = [
        f"# {title}",
        "",
        about,
        "",
        f"Criterion: {found['criterion']}. **{PASSED[found['passed']]}**: {found['outside_95']} of {found['quantities']} quantities"
        f" outside the 95 % band ({found['allowed_outside_95']} allowed), {len(beyond)} beyond the 99.95 %"
        f" band{': ' + ', '.join(beyond) if beyond else ''}. {found['divergent_fits']} of {found['fits']} fits had a divergence; they"
        " are ranked all the same.",
        "",
        f"![Rank ECDFs]({picture})",
        "",
        f"Lines: quantities; red: the joint {JOINT}; shaded: 95 % simultaneous band.",
        "",
        last_line,
    ]
    return "\n".join(out) + "\n"


def figure(ranks: Ranks, path: Path) -> None:
    """ECDFs of the ranks less uniform, a panel a hypothesis."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    columns = min(4, len(ranks))
    rows = -(-len(ranks) // columns)
    size = {"figsize": (3 * columns, 3 * rows), "sharex": True, "sharey": True}
    fig, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained", **size)
    for ax, (part, by_name) in zip(axes.flat, ranks.items(), strict=False):
        runs = len(next(iter(by_name.values())))
        half = band(runs, WIDE) * POINTWISE / np.sqrt(runs)
        ax.fill_between(GRID, -half, half, color="#c6d9ec")
        for name, values in by_name.items():
            look = {"color": "#b2182b", "lw": 1.5} if name == JOINT else {"color": "#333333", "lw": 0.5, "alpha": 0.5}
            ax.plot(GRID, excess(values), **look)
        ax.set_title(f"{part} ({runs} runs)", fontsize=9)
    for ax in axes.flat[len(ranks) :]:
        ax.set_axis_off()
    fig.supxlabel("rank of the truth among posterior draws")
    fig.supylabel("ECDF less uniform")
    fig.savefig(path, dpi=120)
    plt.close(fig)
