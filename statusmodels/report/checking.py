"""``statusmodels check``: whether each hypothesis reproduces and predicts what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from statusmodels.claims.influence import influence
from statusmodels.claims.influence import refitted as without_events
from statusmodels.claims.placebos import placebos, ranks
from statusmodels.claims.power_scaling import power_scaling
from statusmodels.claims.prior_grid import prior_grid
from statusmodels.criticism import calibrated
from statusmodels.criticism.exact_loo import exact_where_needed
from statusmodels.criticism.forecast import forecast
from statusmodels.criticism.groups import by_group, rootogram
from statusmodels.criticism.loo import compare, loo
from statusmodels.criticism.predictive import CLAIM, CLAIM_QUANTITIES, Checked, check, condition, histories
from statusmodels.criticism.rank_histogram import crowding_test, ranks_among, smooth_test
from statusmodels.criticism.refit import QUICK
from statusmodels.criticism.scores import skill_table
from statusmodels.criticism.stacking import stacking_weights
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import thinned
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import build
from statusmodels.report.check_page import counts_figure, page, reliability_figure, uniformity
from statusmodels.report.results import plain, record, write
from statusmodels.report.style import saved

SEED = 20260401
MONTHS = 24.0  # from one origin of the leave-future-out predictions to the next
INFLUENTIAL = 20  # events told of
TOGETHER = "all together, dispersion"
LEVEL = 0.05
"""Chance that a right calibration is called wrong, over all quantities and hypotheses looked at."""
At = Callable[[str], Place]
"""Where the refits of a stage are stored and run, by the stage's name."""


def check_catalogue(
    catalogue: Catalogue,
    out: Path,
    fits_folder: Path,
    at: At,
    runs: int = 200,
    tell_fit: Callable[[str, bool], object] | None = None,
    priors: Priors | None = None,
) -> dict[str, Any]:
    """Check every hypothesis and what the verdict rests on, and write ``check.json``, ``check.md`` and its figures.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    out
        Where the result is written.
    fits_folder, at
        Where fits are stored, and where the refits of a stage are stored and run: what is stored is not computed again.
    runs
        Simulations a hypothesis behind the calibrated tail probabilities.
    tell_fit
        Called after each of the seven fits.
    priors
        The documented ones if None.

    Returns
    -------
    dict
        The record.
    """
    priors = priors or Priors()
    panel = build(catalogue)
    arrays = design(panel)
    fits = fit_all(arrays, priors=priors, folder=fits_folder, tell=tell_fit)
    checks = {name: check(tree, panel, arrays, seed=SEED) for name, tree in fits.items()}
    reproduced, uniform = _calibrated(checks, fits, panel, arrays, runs, priors, at)
    predicted = forecast(panel, at("predicting the future"), months=MONTHS, priors=priors)
    pointwise = predicted.pointwise()
    weights = stacking_weights(
        pointwise, pd.DatetimeIndex(pointwise.index.get_level_values("period")).year.to_numpy(), seed=SEED
    )
    exact = exact_where_needed({k: loo(t) for k, t in fits.items()}, arrays, at("leaving one out"), priors=priors)
    level, extra = histories(fits[ENCOMPASSING], arrays, SEED)
    frames = {
        "reproduced": reproduced,
        "uniform": uniform,
        "groups": by_group(level, arrays, [str(e) for e in panel["era_name"].to_numpy()]),
        "rootogram": rootogram(level, extra, arrays).reset_index(),
        "skill": skill_table(predicted.predictions),
        "weights": weights.reset_index(),
        "forecasts": predicted.table().reset_index(),
        "leave_one_out": compare(exact).reset_index(),
        **_sensitivity(catalogue, fits[ENCOMPASSING], panel, arrays, priors, at),
    }
    found = record(
        bool(uniform["uniform"].all()) and runs >= 200,
        "calibrated tail probabilities of the claim's quantities are uniform on records simulated from fitted and from documented"
        f" truths (ranks' location and dispersion, {100 * LEVEL:g} % over all, Bonferroni), with at least 200"
        " simulations a hypothesis",
        catalogue.sha256,
        catalogue=catalogue.name,
        runs=runs,
        months=MONTHS,
        level=LEVEL,
        own=calibrated.INNER,
        brief=asdict(calibrated.BRIEF),
        sampler=asdict(QUICK),
        seed=SEED,
        **{name: plain(frame) for name, frame in frames.items()},
    )
    write(out, "check", found, page(found))
    saved(uniformity(uniform, found), out / "check_uniform.png")
    saved(counts_figure(frames["rootogram"]), out / "check_rootogram.png")
    saved(reliability_figure(predicted), out / "check_reliability.png")
    return found


def _sensitivity(
    catalogue: Catalogue, tree: xr.DataTree, panel: xr.Dataset, arrays: Design, priors: Priors, at: At
) -> dict[str, pd.DataFrame]:
    """What the verdict rests on: priors and likelihood, single events; and whether it appears where it must not."""
    events = influence(tree, catalogue, panel, arrays)
    placebo = placebos(catalogue, at("placebos"), priors=priors)
    of_events = (events, tree, catalogue, panel, arrays)
    return {
        "power_scaling": power_scaling(tree, arrays),
        "prior_grid": prior_grid(arrays, at("other priors"), priors=priors),
        "influence": events.head(INFLUENTIAL).assign(date=lambda t: t["date"].astype(str)),
        "what_if": without_events(*of_events, at("single events"), sampler=QUICK),
        "placebos": placebo,
        "placebo_ranks": ranks(placebo),
    }


def _uniform(p: np.ndarray) -> float:
    """Tail probability of the Kolmogorov-Smirnov distance from uniform; NaN where no simulation defines the quantity."""
    return float(stats.kstest(p, "uniform").pvalue) if len(p) else float("nan")


def _calibrated(
    checks: dict[str, Checked],
    fits: dict[str, xr.DataTree],
    panel: xr.Dataset,
    arrays: Design,
    runs: int,
    priors: Priors,
    at: At,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every check with its calibrated tail probability; and whether those are uniform under known truths."""
    draws = {name: thinned(tree, runs).drop_vars("u") for name, tree in fits.items()}
    shared = calibrated.Checking(arrays, condition(panel, arrays), priors, calibrated.BRIEF, draws)

    reference, tests = {}, []
    for source in (calibrated.FITTED, calibrated.DOCUMENTED):
        pieces = calibrated.pieces(CLAIM, runs, SEED, source)
        records = run(calibrated.nested, shared, pieces, at(f"testing the calibration, {source} truths"))
        tested = _by_hypothesis(pieces, records)
        tests += [_tested(name, source, rows) for name, rows in tested.items()]
        if source == calibrated.FITTED:
            reference = tested  # their records are what the observed one is held against
    uniform = pd.concat(tests, ignore_index=True)
    pieces = calibrated.pieces([name for name in fits if name not in CLAIM], runs, SEED)
    reference |= _by_hypothesis(pieces, run(calibrated.p_values, shared, pieces, at("calibrating checks")))
    pieces = calibrated.pieces(list(fits), 1, SEED)
    own = dict(zip(fits, run(calibrated.observed, shared, pieces, at("calibrating checks")), strict=True))
    frames = [calibrated.with_calibration(checks[name], own[name], reference[name]) for name in fits]
    uniform["uniform"] = uniform["p"] >= LEVEL / len(uniform)
    return pd.concat(frames, ignore_index=True), uniform


def _by_hypothesis(pieces: list[Piece], results: list[Result]) -> dict[str, list[Result]]:
    names = dict.fromkeys(p["hypothesis"] for p in pieces)
    return {h: [r for p, r in zip(pieces, results, strict=True) if p["hypothesis"] == h] for h in names}


def _tested(name: str, source: str, records: list[Result]) -> pd.DataFrame:
    """Whether calibrated tail probabilities are uniform on records of one kind of truth, each quantity and all together."""
    n = calibrated.INNER
    plain = calibrated.table(records)
    own = [calibrated.table(r["own"]) for r in records]
    rng = np.random.default_rng(SEED)
    found = {q: ranks_among(plain[q], np.array([o[q] for o in own]), rng) for q in CLAIM_QUANTITIES}
    rows = [
        {
            "quantity": quantity,
            "simulations": int(np.isfinite(r).sum()),
            "ranks": [int((r == step).sum()) for step in range(n + 1)],
            "plain_ks": _uniform(plain[quantity][np.isfinite(plain[quantity])]),
            "p": smooth_test(r, n),
        }
        for quantity, r in found.items()
    ]
    together = np.array(list(found.values()))
    counts = [int((together == step).sum()) for step in range(n + 1)]
    rows.append({"quantity": TOGETHER, "simulations": len(records), "ranks": counts, "p": crowding_test(together, n)})
    frame = pd.DataFrame(rows).assign(hypothesis=name, truths=source)
    shares = np.array(frame["ranks"].tolist()) / np.maximum(frame["ranks"].map(sum).to_numpy(), 1)[:, None]
    return frame.assign(lowest=shares[:, 0], highest=shares[:, -1])
