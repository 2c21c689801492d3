"""Calibrated tail probabilities of posterior predictive checks, by nested simulation.

A plain posterior predictive p-value uses the data twice, so under a true model it crowds around one half. Here the whole procedure
is repeated on data that the fitted hypothesis itself makes: draw parameters from its posterior, draw outcomes, refit, take the plain
p-value. The calibrated p-value is the share of these that are as small as the observed one (Hjort, Dahl & Steinbakk 2006, *JASA*
101:1157).

Why not split the data and predict one half from the other: the test quantities of the claim are rates of rare events in four cells of
insult and injury that lie in different decades, and half of a single rivalry's record holds too few of them for a check that could
fail. The price is one refit a simulation. That the result is uniform under truths other than those simulated from is not a matter of
course; ``statusmodels check`` tests it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.criticism.predictive import Checked, Condition, compare
from statusmodels.inference.refits import Piece, Result
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import truth

FITTED, DOCUMENTED = "fitted", "documented"
REPLICATES = 200  # histories replicated for each plain p-value


@dataclass(frozen=True)
class Checking:
    """What all pieces share. ``draws`` holds, by hypothesis, posterior draws to take as truths (leading dim ``sample``, no path)."""

    design: Design
    known: Condition
    priors: Priors
    sampler: Sampler
    draws: dict[str, xr.Dataset]


def pieces(hypotheses: Sequence[str], runs: int, seed: int, source: str = FITTED) -> list[Piece]:
    """One piece a hypothesis and run.

    ``source``: whether the truth is a draw of the hypothesis's posterior (``"fitted"``) or the documented one of
    :mod:`statusmodels.models.truth`.
    """
    return [{"hypothesis": h, "run": r, "seed": seed, "source": source} for r in range(runs) for h in hypotheses]


def simulated(shared: Checking, piece: Piece) -> Design:
    """The panel with outcomes drawn from the truth of a piece."""
    place = [list(HYPOTHESES).index(piece["hypothesis"]), piece["run"], int(piece["source"] == DOCUMENTED)]
    rng = np.random.default_rng([piece["seed"], *place])
    if piece["source"] == DOCUMENTED:
        parameters = truth(shared.design, piece["hypothesis"], rng)
    else:
        drawn = shared.draws[piece["hypothesis"]]
        parameters = drawn.isel(sample=[piece["run"] % drawn.sizes["sample"]])
    level, extra, _ = replicate(parameters, shared.design, rng)
    return shared.design.with_outcomes(level[0], extra[0])


def p_values(shared: Checking, piece: Piece) -> Result:
    """Plain p-values of every test quantity on simulated data, the hypothesis refitted to them.

    A quantity that the simulated data leave undefined (no serious escalation, no clustering) is None.
    """
    data = simulated(shared, piece)
    chosen = replace(shared.sampler, seed=int(np.random.default_rng([piece["seed"], piece["run"]]).integers(2**31)))
    tree = sample(data, HYPOTHESES[piece["hypothesis"]], shared.priors, chosen, cores=1)
    found = compare(tree, shared.known, data, seed=piece["seed"] + piece["run"], draws=REPLICATES).frame()
    return {"p": {q: p if np.isfinite(p) else None for q, p in zip(found["quantity"], found["p"], strict=True)}}


def calibrated(observed: float, reference: npt.ArrayLike) -> float:
    """Calibrated p-value: ``(1 + number of reference p-values <= the observed one) / (1 + their number)``.

    Parameters
    ----------
    observed
        The plain p-value.
    reference : (N,)
        Plain p-values of simulated data; NaN where undefined.

    Examples
    --------
    >>> calibrated(0.3, [0.2, 0.4, 0.5, 0.6])
    0.4
    """
    values = np.asarray(reference, dtype=float)
    values = values[np.isfinite(values)]
    if not np.isfinite(observed) or not len(values):
        return float("nan")
    return float((1 + (values <= observed).sum()) / (1 + len(values)))


def table(rows: Sequence[dict[str, Any]]) -> dict[str, npt.NDArray[np.float64]]:
    """Reference p-values (N,) by test quantity, NaN where undefined, from the results of :func:`p_values`."""
    return {q: np.array([np.nan if r["p"][q] is None else r["p"][q] for r in rows], dtype=float) for q in rows[0]["p"]}


def with_calibration(checked: Checked, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame of a check with the columns ``p_calibrated`` and ``simulations``, the number it rests on."""
    frame, reference = checked.frame(), table(rows)
    frame["p_calibrated"] = [calibrated(p, reference[q]) for q, p in zip(frame["quantity"], frame["p"], strict=True)]
    frame["simulations"] = [int(np.isfinite(reference[q]).sum()) for q in frame["quantity"]]
    return frame
