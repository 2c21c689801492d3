"""Operating characteristics of the verdict: how often it is right and wrong on this panel.

Outcomes are simulated on the panel's own signals from a known truth, the encompassing hypothesis is refitted to them, and the
documented rule judges. The truth is a draw of a hypothesis's posterior given the real outcomes (*fitted*: what this record leaves
possible), or one of the documented truths of :mod:`statusmodels.models.truth` with its effects multiplied by a factor, on this panel
or on a larger one in its likeness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from statusmodels.claims.estimands import true_estimands
from statusmodels.claims.refit import judged, refit
from statusmodels.claims.verdict import WORDS, Rule
from statusmodels.inference.refits import Piece, Result
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design
from statusmodels.models.enlarge import enlarged
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import MODERATE, truth

NOT_THE_CLAIM = ("honor-alone", "injury-alone", "additive")
"""Truths under which "supported" is false by construction: without amplification beyond additivity."""
THE_CLAIM = ("honor-plus-injury", "gated")
ALLOWED, ALLOWED_BOUND, LEVEL = 0.05, 0.08, 0.9
FITTED = "fitted"
CELL = ["truth", "factor", "rivalries", "stretch"]


@dataclass(frozen=True)
class Setting:
    """What all pieces share. ``draws`` holds, by hypothesis, posterior draws to take as truths (leading dim ``sample``, no path)."""

    design: Design
    priors: Priors
    sampler: Sampler
    rule: Rule
    draws: dict[str, xr.Dataset]


def pieces(
    truths: Sequence[str],
    runs: int,
    seed: int,
    factor: float | None = None,
    rivalries: int = 1,
    stretch: int = 1,
) -> list[Piece]:
    """One piece a truth and run.

    Parameters
    ----------
    truths
        Names of hypotheses.
    runs
        Simulations of each.
    seed
        Seed of all of them.
    factor
        Multiple of the documented effects; None takes draws of the posterior.
    rivalries, stretch
        Size of the panel, see :func:`~statusmodels.models.enlarge.enlarged`.
    """
    cell = {"factor": factor, "rivalries": rivalries, "stretch": stretch, "seed": seed}
    return [{"truth": h, "run": r, **cell} for r in range(runs) for h in truths]


def judged_once(shared: Setting, piece: Piece) -> Result:
    """Simulate, refit and judge.

    Returns
    -------
    dict
        The record of :func:`~statusmodels.claims.refit.judged`, the sampling's diagnostics, and the truth's own estimands
        (``true_e1``, ...).
    """
    number = list(HYPOTHESES).index(piece["truth"])
    size = [round(1000 * (piece["factor"] or 0.0)), piece["rivalries"], piece["stretch"]]
    rng = np.random.default_rng([piece["seed"], number, piece["run"], *size])
    design = shared.design
    if piece["rivalries"] > 1 or piece["stretch"] > 1:
        design = enlarged(design, piece["rivalries"], piece["stretch"], rng)
    if piece["factor"] is None:
        drawn = shared.draws[piece["truth"]]
        parameters = drawn.isel(sample=[piece["run"] % drawn.sizes["sample"]])
    else:
        effects = replace(MODERATE, **{k: v * piece["factor"] for k, v in asdict(MODERATE).items()})
        parameters = truth(design, piece["truth"], rng, effects)
    level, extra, _ = replicate(parameters, design, rng)
    data = design.with_outcomes(level[0], extra[0])
    estimated, told = refit(data, int(rng.integers(2**31)), priors=shared.priors, sampler=shared.sampler)
    true = {f"true_{k}": v for k, v in true_estimands(parameters, data, rng).items()}
    return {**judged(estimated, data, shared.rule), **told, **true}


def interval(hits: int, runs: int, level: float = LEVEL) -> tuple[float, float]:
    """Clopper-Pearson interval of a share, exact and conservative.

    Examples
    --------
    >>> [round(x, 3) for x in interval(0, 200, 0.8)]
    [0.0, 0.011]
    """
    tail = 0.5 * (1 - level)
    low = stats.beta.ppf(tail, hits, runs - hits + 1) if hits else 0.0
    high = stats.beta.ppf(1 - tail, hits + 1, runs - hits) if hits < runs else 1.0
    return float(low), float(high)


def upper_bound(hits: int, runs: int, level: float = LEVEL) -> float:
    """One-sided upper confidence bound of a share.

    Examples
    --------
    >>> round(upper_bound(0, 200), 4)
    0.0114
    """
    return interval(hits, runs, 1 - 2 * (1 - level))[1]


def rows(done: Sequence[Piece], results: Sequence[Result]) -> pd.DataFrame:
    """One row a simulation: its piece and its result."""
    told = [{**p, "factor": FITTED if p["factor"] is None else p["factor"]} for p in done]
    return pd.DataFrame([{**p, **r} for p, r in zip(told, results, strict=True)])


def confusion(simulations: pd.DataFrame) -> pd.DataFrame:
    """Verdicts by truth.

    Parameters
    ----------
    simulations
        As made by :func:`rows`.

    Returns
    -------
    DataFrame
        One row a cell of truth, factor, rivalries and stretch: ``runs``, the count of each verdict with its 90 % interval
        (``supported_low``, ``supported_high``, ...), ``supported_bound`` (one-sided, 90 %), the mean true E1, E2 and latent E3, the
        mean posterior standard deviation of E1 and E2, the rate of serious escalation, and ``rhat_above`` (refits with R-hat over
        1.05).
    """
    out = []
    for cell, mine in simulations.groupby(CELL, sort=False):
        row: dict[str, Any] = {**dict(zip(CELL, cell, strict=True)), "runs": len(mine)}
        for word in WORDS:
            hits = int((mine["word"] == word).sum())
            row[word] = hits
            row[f"{word}_low"], row[f"{word}_high"] = interval(hits, len(mine))
        row["supported_bound"] = upper_bound(row["supported"], len(mine))
        for name in ("true_e1", "true_e2", "true_e3_latent", "e1_sd", "e2_sd", "rate"):
            row[name] = float(mine[name].mean())
        row["rhat_above"] = int((mine["rhat"] > 1.05).sum())
        out.append(row)
    return pd.DataFrame(out)


def holds(table: pd.DataFrame, runs: int) -> bool:
    """Whether false "supported" is rare enough: at most 5 %, upper 90 % bound at most 8 %, in every cell of at least ``runs``.

    Cells of truths without amplification beyond additivity are looked at, on the panel itself; there must be one of each such truth.
    """
    on = table[(table["rivalries"] == 1) & (table["stretch"] == 1) & table["truth"].isin(NOT_THE_CLAIM)]
    enough = on[on["runs"] >= runs]
    rare = (enough["supported"] / enough["runs"] <= ALLOWED) & (enough["supported_bound"] <= ALLOWED_BOUND)
    return set(NOT_THE_CLAIM) <= set(enough["truth"]) and bool(rare.all())
