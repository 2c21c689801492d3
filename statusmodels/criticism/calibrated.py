"""Calibrated tail probabilities of posterior predictive checks, by nested simulation.

A plain posterior predictive p-value uses the data twice, so under a true model it crowds around one half. Here the whole procedure
is repeated on data that the fitted hypothesis itself makes: draw parameters from its posterior, draw outcomes, refit, take the plain
p-value. The calibrated p-value is the share of these that are as small as the observed one (Hjort, Dahl & Steinbakk 2006, *JASA*
101:1157).

Why not split the data and predict one half from the other: the test quantities of the claim are rates of rare events in four cells of
insult and injury that lie in different decades, and half of a single rivalry's record holds too few of them for a check that could
fail. The price is one refit a simulation.

That the result is uniform under a truth is not a matter of course, because data are made from a posterior and not from the truth.
:func:`nested` repeats the whole of it on records of known truths, each calibrated on its own posterior, and ``statusmodels check``
tests what comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.criticism.predictive import Checked, Condition, compare
from statusmodels.criticism.refit import QUICK
from statusmodels.inference.refits import Piece, Result
from statusmodels.inference.sampling import Sampler, sample, thinned
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import truth

FITTED, DOCUMENTED = "fitted", "documented"
REPLICATES = 200  # histories replicated for each plain p-value
BRIEF = replace(QUICK, draws=REPLICATES, chains=1)  # a draw for each history
INNER = 4  # data sets made from the posterior of a test record


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
        return _drawn(truth(shared.design, piece["hypothesis"], rng), shared.design, rng)
    drawn = shared.draws[piece["hypothesis"]]
    return _drawn(drawn.isel(sample=[piece["run"] % drawn.sizes["sample"]]), shared.design, rng)


def _drawn(parameters: xr.Dataset, design: Design, rng: np.random.Generator) -> Design:
    level, extra, _ = replicate(parameters, design, rng)
    return design.with_outcomes(level[0], extra[0])


def _refitted(
    shared: Checking, piece: Piece, data: Design, place: int = 0
) -> tuple[dict[str, float | None], xr.DataTree]:
    """Plain p-values of a hypothesis refitted to data, None where undefined, and the refit; ``place``: which data of the piece."""
    of_sampler, of_replicates = np.random.default_rng([piece["seed"], piece["run"], place]).integers(2**31, size=2)
    sampler = replace(shared.sampler, seed=int(of_sampler))
    tree = sample(data, HYPOTHESES[piece["hypothesis"]], shared.priors, sampler, cores=1)
    found = compare(tree, shared.known, data, seed=int(of_replicates), draws=REPLICATES).frame()
    return {q: p if np.isfinite(p) else None for q, p in zip(found["quantity"], found["p"], strict=True)}, tree


def p_values(shared: Checking, piece: Piece) -> Result:
    """Plain p-values of every test quantity on simulated data, the hypothesis refitted to them.

    A quantity that the simulated data leave undefined (no serious escalation, no clustering) is None.
    """
    return {"p": _refitted(shared, piece, simulated(shared, piece))[0]}


def observed(shared: Checking, piece: Piece) -> Result:
    """Plain p-values on the observed data by the same brief refit, so that they differ from simulated ones by the data alone."""
    return {"p": _refitted(shared, piece, shared.design)[0]}


def nested(shared: Checking, piece: Piece) -> Result:
    """Plain p-values of a record of known truth, and of :data:`INNER` data sets made from that record's own posterior.

    As is done to the observed record, which gets more data sets: what is calibrated here has a truth, and need not be near the
    observed one.
    """
    p, tree = _refitted(shared, piece, simulated(shared, piece))
    own = thinned(tree, INNER).drop_vars("u")
    place = [list(HYPOTHESES).index(piece["hypothesis"]), piece["run"], int(piece["source"] == DOCUMENTED), 1]
    rng = np.random.default_rng([piece["seed"], *place])
    data = [_drawn(own.isel(sample=[i]), shared.design, rng) for i in range(INNER)]
    return {"p": p, "own": [{"p": _refitted(shared, piece, d, i)[0]} for i, d in enumerate(data, start=1)]}


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


def table(rows: Sequence[Result]) -> dict[str, npt.NDArray[np.float64]]:
    """Reference p-values (N,) by test quantity, NaN where undefined, from the results of :func:`p_values`."""
    return {q: np.array([np.nan if r["p"][q] is None else r["p"][q] for r in rows], dtype=float) for q in rows[0]["p"]}


def with_calibration(checked: Checked, own: Result, rows: Sequence[Result]) -> pd.DataFrame:
    """The frame of a check with the columns ``p_calibrated`` and ``simulations``, the number it rests on.

    Parameters
    ----------
    checked
        The check of the full fit, whose plain ``p`` stays as it is.
    own
        As from :func:`observed`.
    rows
        As from :func:`p_values`.
    """
    frame, reference, found = checked.frame(), table(rows), table([own])
    frame["p_calibrated"] = [calibrated(found[q][0], reference[q]) for q in frame["quantity"]]
    frame["simulations"] = [int(np.isfinite(reference[q]).sum()) for q in frame["quantity"]]
    return frame
