"""The figures of a report, each a function of the analysis."""

from __future__ import annotations

from collections.abc import Callable

import arviz as az
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from scipy.special import expit

from statusmodels.claims.estimands import surface
from statusmodels.criticism.predictive import CLAIM, CLAIM_QUANTITIES, FAILS, SERIOUS
from statusmodels.inference.diagnostics import varying
from statusmodels.inference.sampling import thinned
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, TERMS
from statusmodels.models.parameters import linear_predictor
from statusmodels.report.analysis import Analysis
from statusmodels.report.assumptions import assumptions
from statusmodels.report.style import ACCENT, INK, MUTED, SECOND, STYLE, THIRD


def timeline(analysis: Analysis) -> Figure:
    """Estimated probability of serious escalation over time with its 80 % interval, and the acts behind it."""
    flat = thinned(analysis.fits[ENCOMPASSING], 400)
    theta = linear_predictor(flat, analysis.design) + flat["u"].to_numpy()
    p = expit(theta - flat["cutpoint"].to_numpy()[:, SERIOUS - 1, None, None])
    low, middle, high = np.quantile(p, [0.1, 0.5, 0.9], axis=0)
    when = analysis.panel["period"].to_numpy()
    modelled = analysis.design.weight > 0
    dyads = analysis.design.dyads
    figure = Figure(figsize=(10, 2.9 * len(dyads)), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(dyads), 1, sharex=True))
    for d, (axis, dyad) in enumerate(zip(axes, dyads, strict=True)):
        sender, receiver = dyad.split(">")
        for k, era in analysis.catalogue.eras.iterrows():
            if int(str(k)) % 2:
                axis.axvspan(era["start"], era["end"], color="#f1f2f4", lw=0, zorder=0)
        on = modelled[d]
        axis.fill_between(
            when, np.where(on, low[d], np.nan), np.where(on, high[d], np.nan), color=SECOND, alpha=0.25, lw=0
        )
        axis.plot(when, np.where(on, middle[d], np.nan), color=SECOND, lw=1)
        top = float(np.nanmax(np.where(on, high[d], np.nan))) * 1.05
        rug = {
            "threat posed": (analysis.panel["threat_posed"].sum("category").to_numpy()[d], THIRD),
            "honor denied": (analysis.panel["honor_denied"].to_numpy()[d], INK),
        }
        for row, (name, (signal, colour)) in enumerate(rug.items()):
            t = np.flatnonzero(signal > 0)
            y = top * (1.06 + 0.09 * row)
            axis.scatter(when[t], np.full(len(t), y), s=6 * signal[t], marker="|", color=colour, lw=0.9)
            axis.text(when[-1], y, f"  {name}", va="center", fontsize=7.5, color=colour)
        serious = np.flatnonzero(np.nan_to_num(analysis.panel["level"].to_numpy()[d]) >= SERIOUS)
        axis.scatter(when[serious], np.full(len(serious), -0.035 * top), s=14, marker="^", color=ACCENT, clip_on=False)
        axis.text(when[-1], -0.035 * top, "  serious act", va="center", fontsize=7.5, color=ACCENT)
        axis.set_ylim(-0.07 * top, top * 1.22)
        axis.set_yticks([tick for tick in axis.get_yticks() if 0 <= tick <= top])
        axis.set_title(f"{receiver} towards {sender}: chance of serious escalation (level {SERIOUS} or more)")
        axis.set_ylabel("probability a " + analysis.panel.attrs["period_length"])
        axis.margins(x=0.01)
    return figure


def insult_and_injury(analysis: Analysis) -> Figure:
    """Probability of serious escalation as honor denial rises, at low, median and high injury."""
    grid = [5.0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95]
    levels = {
        "low injury (10th percentile)": (10.0, MUTED),
        "median": (50.0, SECOND),
        "high injury (90th)": (90.0, ACCENT),
    }
    p, risk = surface(thinned(analysis.fits[ENCOMPASSING]), analysis.design, grid, [q for q, _ in levels.values()])
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    axes = figure.subplots(1, 3, width_ratios=[1, 1, 1.15])
    for axis, values, name in (
        (axes[0], p, "probability of serious escalation"),
        (axes[1], risk, "latent risk (log odds)"),
    ):
        for k, (label, (_, colour)) in enumerate(levels.items()):
            low, middle, high = np.quantile(values[:, :, k], [0.1, 0.5, 0.9], axis=0)
            axis.fill_between(grid, low, high, color=colour, alpha=0.16, lw=0)
            axis.plot(grid, middle, color=colour, lw=1.6, label=label)
        axis.set_xlabel("honor denied (percentile)")
        axis.set_title(name)
    axes[0].set_ylim(bottom=0)
    axes[0].legend(frameon=False, fontsize=7.5)
    e = analysis.estimands
    for row, (name, draws) in enumerate(
        {"E1  insult without injury": e.e1, "E2  insult with injury": e.e2, "E3 = E2 - E1": e.e3}.items()
    ):
        q = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95])
        axes[2].plot(q[[0, 4]], [-row, -row], color=INK, lw=1)
        axes[2].plot(q[[1, 3]], [-row, -row], color=INK, lw=4, solid_capstyle="butt")
        axes[2].plot(q[2], -row, "o", color="white", mec=INK, ms=5)
        axes[2].text(0.0, 1 - (row + 0.33) / 3.1, name, transform=axes[2].transAxes, fontsize=8)
    width = analysis.verdict.width
    axes[2].axvspan(-width, width, color="#e8ecf1", lw=0, zorder=0)
    axes[2].axvline(0, color=MUTED, lw=0.8)
    axes[2].set_yticks([])
    axes[2].set_ylim(-2.6, 0.6)
    axes[2].set_title("change (shaded: practically zero)")
    return figure


def checks(analysis: Analysis) -> Figure:
    """Replicated distribution of each test quantity under each hypothesis, with the observed value."""
    names = list(analysis.checks)
    quantities = list(analysis.checks[names[0]].observed)
    columns = 3
    rows = -(-len(quantities) // columns)
    figure = Figure(figsize=(10, 1.75 * rows + 0.3), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=True).ravel()
    for axis, quantity in zip(axes, quantities, strict=False):
        for k, name in enumerate(names):
            checked = analysis.checks[name]
            draws = checked.replicated[quantity]
            draws = draws[np.isfinite(draws)]
            if len(draws):
                q = np.quantile(draws, [0.05, 0.25, 0.5, 0.75, 0.95])
                outside = not q[0] <= checked.observed[quantity] <= q[4]
                colour = ACCENT if outside else SECOND
                axis.plot(q[[0, 4]], [-k, -k], color=colour, lw=0.9)
                axis.plot(q[[1, 3]], [-k, -k], color=colour, lw=3.2, solid_capstyle="butt")
        axis.axvline(analysis.checks[names[0]].observed[quantity], color=INK, lw=1, ls="--")
        axis.set_title(quantity, fontsize=8)
        axis.tick_params(labelsize=7.5)
    for axis in axes[::columns]:
        axis.set_yticks([-k for k in range(len(names))], names, fontsize=7.5)
    for axis in axes[len(quantities) :]:
        axis.set_visible(False)
    return figure


def claim(analysis: Analysis) -> Figure:
    """The claim's own test quantities under honor alone and under honor plus injury, each with the observed value."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    axes = figure.subplots(len(CLAIM), len(CLAIM_QUANTITIES), sharex="col")
    for k, name in enumerate(CLAIM):
        checked = analysis.checks[name]
        p = checked.frame().set_index("quantity")["p"]
        for axis, quantity in zip(axes[k], CLAIM_QUANTITIES, strict=True):
            draws = 100 * checked.replicated[quantity]
            axis.hist(draws[np.isfinite(draws)], bins=25, color=SECOND if p[quantity] >= FAILS else ACCENT, alpha=0.55)
            axis.axvline(100 * checked.observed[quantity], color=INK, lw=1.2, ls="--")
            axis.set_title(f"p = {p[quantity]:.2f}", fontsize=8, fontweight="normal")
            axis.set_yticks([])
            axis.spines["left"].set_visible(False)
        axes[k, 0].set_ylabel(name)
    for axis, quantity in zip(axes[-1], CLAIM_QUANTITIES, strict=True):
        name = quantity.removeprefix("rate: ").replace("difference ", "difference\n")
        axis.set_xlabel(f"{name}, {'%' if quantity.startswith('rate: ') else 'points'}", fontsize=8)
    return figure


def effects(analysis: Analysis) -> Figure:
    """Coefficients of every hypothesis, in log odds per standard deviation."""
    names = [n for n in HYPOTHESES if n in analysis.fits and HYPOTHESES[n].free]
    colours = [MUTED, "#5b8db8", THIRD, "#5f7f3a", ACCENT, SECOND]
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    axis = figure.subplots()
    for k, name in enumerate(names):
        draws = analysis.fits[name]["posterior"]["effect"].to_numpy().reshape(-1, len(TERMS))
        for j, term in enumerate(TERMS):
            if term in HYPOTHESES[name].free:
                q = np.quantile(draws[:, j], [0.05, 0.25, 0.5, 0.75, 0.95])
                y = -j - (k - (len(names) - 1) / 2) * 0.13
                axis.plot(q[[0, 4]], [y, y], color=colours[k], lw=0.9)
                axis.plot(q[[1, 3]], [y, y], color=colours[k], lw=3, solid_capstyle="butt")
                axis.plot(q[2], y, "o", ms=2.6, color="white", mec=colours[k])
    for k, name in enumerate(names):
        axis.plot([], [], color=colours[k], lw=3, label=name)
    axis.axvline(0, color=MUTED, lw=0.8)
    axis.set_yticks([-j for j in range(len(TERMS))], list(TERMS.values()))
    axis.set_xlabel("log odds per standard deviation: median, 50 % and 90 % intervals")
    axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def diagnostics(analysis: Analysis) -> Figure:
    """R-hat and effective sample size of every quantity, and rank plots of the decisive ones."""
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    axes = figure.subplots(2, 3)
    names = list(analysis.fits)
    for k, name in enumerate(names):
        quantities = varying(analysis.fits[name]["posterior"].dataset)
        for axis, values, limit in (
            (axes[0, 0], az.rhat(quantities), 1.01),
            (axes[0, 1], az.ess(quantities, method="bulk"), 400),
            (axes[0, 2], az.ess(quantities, method="tail"), 400),
        ):
            v = np.array([float(x) for x in values.data_vars.values()])
            axis.plot(v, np.full(len(v), -k), "|", color=SECOND, ms=7, mew=0.8)
            axis.axvline(limit, color=ACCENT, lw=0.9, ls="--")
    for axis, title in zip(
        axes[0], ("R-hat (limit 1.01)", "bulk ESS (limit 400)", "tail ESS (limit 400)"), strict=True
    ):
        axis.set_title(title)
        axis.set_yticks([-k for k in range(len(names))], names if axis is axes[0, 0] else [""] * len(names), fontsize=8)
    for axis in axes[0, 1:]:
        axis.set_xscale("log")
        axis.set_xticks([400, 1000, 4000, 10000], ["400", "1,000", "4,000", "10,000"])
        axis.minorticks_off()
    tree = analysis.fits[ENCOMPASSING]["posterior"]
    effect = tree["effect"].to_numpy()
    decisive = {
        "honor denied": effect[..., list(TERMS).index("honor_denied")],
        "honor x threat": effect[..., list(TERMS).index("honor_x_threat")],
        "sigma": tree["sigma"].to_numpy(),
    }
    for axis, (name, draws) in zip(axes[1], decisive.items(), strict=True):
        rank = draws.ravel().argsort().argsort().reshape(draws.shape)
        for chain in range(draws.shape[0]):
            axis.hist(rank[chain], bins=20, range=(0, draws.size), histtype="step", lw=1)
        axis.axhline(draws.shape[1] / 20, color=MUTED, lw=0.8)
        axis.set_title(f"ranks by chain: {name}", fontsize=8.5)
        axis.set_yticks([])
        axis.set_xticks([])
    return figure


FIGURES: dict[str, Callable[[Analysis], Figure]] = {
    "assumptions": lambda analysis: assumptions(),
    "timeline": timeline,
    "insult-and-injury": insult_and_injury,
    "claim": claim,
    "predictive-checks": checks,
    "effects": effects,
    "diagnostics": diagnostics,
}


def draw(analysis: Analysis) -> dict[str, Figure]:
    """All figures, by file name without its ending."""
    with mpl.rc_context(STYLE):
        return {name: make(analysis) for name, make in FIGURES.items()}
