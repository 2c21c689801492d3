"""``statusmodels calibrate``: the verdict's operating characteristics as a record, a page and a figure."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from statusmodels.claims import operating
from statusmodels.claims.estimands import estimands
from statusmodels.claims.verdict import WORDS, Rule, base_rate, judge
from statusmodels.criticism.refit import QUICK
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.datasheet import table as markdown
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.refits import Place, run
from statusmodels.inference.sampling import thinned
from statusmodels.models.design import design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.models.truth import MODERATE
from statusmodels.panel.panel import build
from statusmodels.report.results import PASSED, last_line, record, write
from statusmodels.report.style import ACCENT, MUTED, SECOND, THIRD, saved

SEED = 20260301
FACTORS = (0.5, 1.0, 1.5, 2.0)
SIZES = ((3, 1), (1, 2))  # rivalries, lengths of the window
ON_LARGER = (((*operating.THE_CLAIM, "additive"), 1.0), (operating.THE_CLAIM, 0.5))
"""Truths and multiples of the documented effects on panels of these sizes."""
COLOUR = {"supported": SECOND, "pattern only": THIRD, "contradicted": ACCENT, "undecided": "#d9dce1"}


def calibrate(
    catalogue: Catalogue,
    out: Path,
    fits_folder: Path,
    place: Place,
    runs: int = 200,
    design_runs: int = 40,
    tell_fit: Callable[[str, bool], object] | None = None,
    priors: Priors | None = None,
) -> dict[str, Any]:
    """Simulate, refit and judge under every hypothesis, and write ``calibrate.json``, ``.md`` and ``.png``.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    out
        Where the result is written.
    fits_folder, place
        Where fits are stored, and where refits are stored and run: what is stored is not computed again.
    runs
        Simulations a hypothesis, from draws of its posterior; and of each documented truth that is not the claim.
    design_runs
        Simulations of each cell of the design analysis: effects of other sizes, more rivalries, a longer window. 0 leaves it out.
    tell_fit
        Called after each of the seven fits.
    priors
        The documented ones if None.

    Returns
    -------
    dict
        The record.
    """
    priors, rule = priors or Priors(), Rule()
    arrays = design(build(catalogue))
    fits = fit_all(arrays, priors=priors, folder=fits_folder, tell=tell_fit)
    draws = {name: thinned(tree, runs).drop_vars("u") for name, tree in fits.items()}
    shared = operating.Setting(arrays, priors, QUICK, rule, draws)
    claim = operating.THE_CLAIM
    pieces = operating.pieces(list(HYPOTHESES), runs, SEED)
    pieces += operating.pieces(operating.NOT_THE_CLAIM, runs, SEED, factor=1.0)
    for factor in FACTORS if design_runs else ():
        pieces += operating.pieces(claim, design_runs, SEED, factor=factor)
    for (truths, factor), (rivalries, stretch) in itertools.product(ON_LARGER, SIZES) if design_runs else ():
        pieces += operating.pieces(truths, design_runs, SEED, factor, rivalries, stretch)
    results = run(operating.judged_once, shared, pieces, place)
    simulations = operating.rows(pieces, results)
    table = operating.confusion(simulations)
    real = judge(estimands(thinned(fits[ENCOMPASSING]), arrays), base_rate(arrays), rule)
    found = record(
        operating.holds(table, runs) and runs >= 200,
        "in at least 200 simulations on this panel of each truth without amplification (honor-alone, injury-alone,"
        " additive; fitted and"
        f" documented), false 'supported' in at most {100 * operating.ALLOWED:.0f} % and its upper 90 % bound at most"
        f" {100 * operating.ALLOWED_BOUND:.0f} %",
        catalogue.sha256,
        catalogue=catalogue.name,
        verdict=real.word,
        table=table.to_dict("records"),
        runs=runs,
        design_runs=design_runs,
        moderate=asdict(MODERATE),
        rule=asdict(rule),
        sampler=asdict(QUICK),
        seed=SEED,
    )
    write(out, "calibrate", found, page(found))
    saved(figure(table), out / "calibrate.png")
    simulations.drop(columns=["seed"]).to_csv(out / "calibrate.csv", index=False, float_format="%.4g")
    return found


def _share(row: pd.Series, word: str) -> str:
    return f"{100 * row[word] / row['runs']:.0f} % ({100 * row[f'{word}_low']:.0f}-{100 * row[f'{word}_high']:.0f})"


def sentence(table: pd.DataFrame) -> str:
    """What the table says, in words."""
    fitted = table[table["factor"] == operating.FITTED].set_index("truth")
    said = []
    for word, truths in (("supported", operating.NOT_THE_CLAIM), ("supported", operating.THE_CLAIM)):
        parts = [f"{h} {_share(fitted.loc[h], word)}" for h in truths]
        said.append(", ".join(parts))
    undecided = fitted["undecided"].sum() / fitted["runs"].sum()
    return (
        "Simulated from what this record leaves possible of each hypothesis, the rule says *supported* falsely under"
        f" {said[0]}, and rightly"
        f" under {said[1]} (share, 90 % interval). Over all seven hypotheses it says *undecided* in"
        f" {100 * undecided:.0f} % of"
        " simulations."
    )


def what_it_would_take(table: pd.DataFrame) -> str:
    """What the design analysis says, in words; empty if there was none."""
    documented = table[(table["factor"] != operating.FITTED) & table["truth"].isin(operating.THE_CLAIM)]
    said = []
    for (factor, rivalries, stretch), rows in documented.groupby(operating.CELL[1:], sort=False):
        where = "on this panel"
        if rivalries > 1:
            where = f"with {rivalries} such rivalries"
        elif stretch > 1:
            where = f"with a window {stretch} times as long"
        shares = ", ".join(f"{row['truth']} {_share(row, 'supported')}" for _, row in rows.iterrows())
        said.append(f"effects {factor:g} times the documented ones, {where}: {shares}")
    if not said:
        return ""
    return "What it would take for *supported* to be found where the claim holds: " + "; ".join(said) + "."


def page(found: dict[str, Any]) -> str:
    """The result as a Markdown page."""
    table = pd.DataFrame(found["table"])
    shown = pd.DataFrame(
        {
            "truth": table["truth"],
            "effects": [f if f == operating.FITTED else f"{f:g} x" for f in table["factor"]],
            "rivalries": table["rivalries"],
            "window": [f"{s} x" for s in table["stretch"]],
            "runs": table["runs"],
            **{word: [_share(row, word) for _, row in table.iterrows()] for word in WORDS},
            "true E1": (100 * table["true_e1"]).map("{:+.1f}".format),
            "true E2": (100 * table["true_e2"]).map("{:+.1f}".format),
            "true E3, log odds": table["true_e3_latent"].map("{:+.2f}".format),
            "sd of E1": (100 * table["e1_sd"]).map("{:.1f}".format),
            "R-hat > 1.05": table["rhat_above"],
        }
    ).set_index("truth")
    sizes = ", ".join(f"{k} {v:g}" for k, v in found["moderate"].items())
    sampler = found["sampler"]
    return "\n".join(
        [
            f"# How often the verdict is wrong: {found['catalogue']}",
            "",
            sentence(table),
            "",
            *([what_it_would_take(table), ""] if found["design_runs"] else []),
            f"Criterion: {found['criterion']}. **{PASSED[found['passed']]}.**",
            "",
            "![Verdicts by truth](calibrate.png)",
            "",
            "Written by `statusmodels calibrate`. Outcomes are simulated on the panel's own signals, the encompassing"
            " hypothesis is refitted to"
            " them, and the documented rule judges. *Fitted*: the truth is a draw from the posterior of that"
            " hypothesis given the real"
            f" outcomes. *1 x*: the documented effects of `statusmodels/models/truth.py` ({sizes}, in log odds per"
            " standard deviation), or a"
            " multiple of them. More rivalries, or a longer window, have signals of the same kind"
            " (`models/enlarge.py`). *Supported* is false"
            " under honor-alone, injury-alone and additive truths; under an additive truth *pattern only* may be"
            " right, and under a fitted"
            " honor-plus-injury truth *supported* need not be, because most of its posterior draws are not the claim."
            " E1 and E2 in percentage"
            " points, averaged over simulations.",
            "",
            markdown(shown),
            "",
            f"Each refit: {sampler['chains']} chains of {sampler['draws']} draws after {sampler['tune']} tuning"
            " steps: shorter than the report's,"
            " so that the probabilities behind a verdict are good to about 0.03. Refits with an R-hat over 1.05 are"
            " counted all the same.",
            "",
            last_line(found),
            "",
        ]
    )


def figure(table: pd.DataFrame) -> Figure:
    """Shares of the verdicts by truth, as stacked bars; fitted truths above, documented ones below."""
    labels = [
        f"{r.truth}, {r.factor if r.factor == operating.FITTED else f'{r.factor:g} x'}"
        + (f", {r.rivalries} rivalries" if r.rivalries > 1 else "")
        + (f", window {r.stretch} x" if r.stretch > 1 else "")
        + f" ({r.runs})"
        for r in table.itertuples()
    ]
    drawn = Figure(figsize=(8, 0.3 * len(table) + 1.1), layout="constrained")
    axis = drawn.subplots()
    left = np.zeros(len(table))
    place = np.arange(len(table))[::-1]
    for word in WORDS:
        share = (table[word] / table["runs"]).to_numpy()
        axis.barh(place, share, left=left, color=COLOUR[word], label=word, height=0.8)
        left += share
    axis.axvline(operating.ALLOWED, color=MUTED, lw=0.8, ls=":")
    axis.set_yticks(place, labels)
    axis.set_xlim(0, 1)
    axis.set_xlabel("share of simulations by verdict (dotted: 5 %)")
    axis.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.4, 1.0), frameon=False)
    return drawn
