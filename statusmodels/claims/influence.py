"""Which single events carry the verdict, and whether it would stand if they had been judged otherwise.

Every event is removed in turn (:mod:`statusmodels.claims.alterations`) and the verdict found by importance weights
(:mod:`statusmodels.claims.reweighting`); those that move it most are then altered in several ways and refitted exactly. An event's
influence is the largest change, without it, of the three probabilities that the verdict rests on.

The verdict without an event is the one that the rule gives for the panel without it. Signals keep the full panel's centre and
scale, but the 10th and 90th percentiles that honor denied and injury are set to, the authority and history averaged over, and the rate
of serious escalation that sets the width of "practically zero" are those of the panel without the event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import xarray as xr

from statusmodels.claims.alterations import ALTERATIONS, alterable, altered
from statusmodels.claims.estimands import ESTIMANDS
from statusmodels.claims.log_prior import made_with
from statusmodels.claims.refit import judged, refit
from statusmodels.claims.reweighting import Reweighted, base, reweighted
from statusmodels.claims.verdict import Rule
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler, thinned
from statusmodels.models.design import Design

PROBABILITIES = ("p_e1_zero", "p_e2_more", "p_amplified")
JUDGED = ("word", "p_e1_zero", "p_e1_more", "p_e2_more", "p_amplified")
TOLD = ("date", "sender", "receiver", "title")
AS_IT_IS = "as it is"
MOST = 10


def influence(
    tree: xr.DataTree,
    catalogue: Catalogue,
    panel: xr.Dataset,
    design: Design,
    rule: Rule | None = None,
    serious: int = SERIOUS,
    draws: int = 1000,
) -> pd.DataFrame:
    """How the verdict's probabilities and estimands change when one event is removed, for every event.

    Parameters
    ----------
    tree
        A fit of the encompassing hypothesis.
    catalogue, panel, design
        What it was fitted to: the catalogue, its panel with all dyads and memories told at the start of periods, and the panel's
        arrays with the level among the outcomes.
    rule
        The documented thresholds if None.
    serious
        Lowest level that counts as serious.
    draws
        Draws to use, at most.

    Returns
    -------
    DataFrame
        One row an event, the most influential first: ``event_id``; what the catalogue tells of it; ``influence``; the changes
        ``d_p_e1_zero, d_p_e2_more, d_p_amplified, d_e1, d_e2, d_e3, d_e3_latent`` (without the event less with it); ``word``, the
        verdict without it; ``pareto_k, reliable``, whether importance weights can be trusted to tell; and ``effective_draws``. An
        event that enters neither signals nor outcomes changes nothing exactly; its weights are all alike and its k is NaN.

    Raises
    ------
    ValueError
        If the fit is of the joint model; or as in :func:`~statusmodels.claims.alterations.alterable`.
    """
    events = alterable(catalogue, panel, design)
    known = base(thinned(tree, draws), design, serious)
    full = reweighted(known, design, rule)
    rows = []
    for event_id in catalogue.events["event_id"]:
        without = altered(events, event_id)
        found = full if without is design else reweighted(known, without, rule)
        rows.append({"event_id": event_id, **_changes(full, found)})
    told = catalogue.events[["event_id", *(name for name in TOLD if name in catalogue.events)]]
    table = told.merge(pd.DataFrame(rows), on="event_id", validate="one_to_one")
    return table.sort_values("influence", ascending=False, kind="stable", ignore_index=True)


def _changes(full: Reweighted, found: Reweighted) -> dict[str, Any]:
    of_probability = {f"d_{name}": getattr(found.verdict, name) - getattr(full.verdict, name) for name in PROBABILITIES}
    return {
        "influence": max(map(abs, of_probability.values())),
        **of_probability,
        **{f"d_{name}": found.mean(name) - full.mean(name) for name in ESTIMANDS},
        "word": found.verdict.word,
        "pareto_k": found.pareto_k,
        "reliable": found.reliable,
        "effective_draws": found.effective_draws,
    }


def refitted(
    table: pd.DataFrame,
    tree: xr.DataTree,
    catalogue: Catalogue,
    panel: xr.Dataset,
    design: Design,
    place: Place,
    most: int = MOST,
    seed: int = 20260101,
    sampler: Sampler | None = None,
    rule: Rule | None = None,
    serious: int = SERIOUS,
) -> pd.DataFrame:
    """The verdict if the most influential events were not there, or had been judged otherwise: by weights, and refitted.

    Parameters
    ----------
    table
        As returned by :func:`influence`.
    tree, catalogue, panel, design
        As given to it. Hypothesis and priors of the refits are those of the fit.
    place
        Where refits are stored and run.
    most
        How many events.
    seed
        Seed of the first refit; each has one of its own.
    sampler
        Settings; those of the fit if None. A refit's probabilities have a Monte Carlo error of their own, of about 0.02 with a
        thousand draws, which the weighted ones share with the fit they are compared to.
    rule, serious
        As in :func:`influence`.

    Returns
    -------
    DataFrame
        One row an event and an alteration that changes something (see :data:`~statusmodels.claims.alterations.ALTERATIONS`), after a
        first row for the panel as it is: ``event_id, alteration``; then each of ``word, p_e1_zero, p_e1_more, p_e2_more, p_amplified``
        and of the means ``e1, e2, e3, e3_latent`` twice, with the endings ``_weighted`` and ``_refit``; ``pareto_k, reliable`` of the
        weights; and of the refit ``rhat, rhat_at, bulk_ess, divergences``.
    """
    hypothesis, priors = made_with(tree)
    settings = sampler or Sampler(**json.loads(tree.attrs["sampler"]))
    events = alterable(catalogue, panel, design)
    known = base(thinned(tree), design, serious)

    def weighted() -> Iterator[dict[str, Any]]:
        yield {"event_id": "", "alteration": AS_IT_IS, **_record(reweighted(known, design, rule))}
        for event_id in table["event_id"].iloc[:most]:
            for alteration in ALTERATIONS:
                other = altered(events, event_id, alteration)
                if other is not design:
                    yield {"event_id": event_id, "alteration": alteration, **_record(reweighted(known, other, rule))}

    rows = list(weighted())
    shared = {
        "catalogue": catalogue,
        "panel": panel,
        "design": design,
        "hypothesis": hypothesis,
        "priors": priors,
        "sampler": settings,
        "rule": rule or Rule(),
        "serious": serious,
    }
    pieces = [
        {"event_id": row["event_id"], "alteration": row["alteration"], "seed": seed + i} for i, row in enumerate(rows)
    ]
    found = run(without, shared, pieces, place)
    return pd.DataFrame([{**row, **one} for row, one in zip(rows, found, strict=True)])


def without(shared: dict[str, Any], piece: Piece) -> Result:
    """The verdict with one event altered: the work of a piece."""
    design: Design = shared["design"]
    if piece["alteration"] != AS_IT_IS:
        events = alterable(shared["catalogue"], shared["panel"], design)
        design = altered(events, piece["event_id"], piece["alteration"])
    drawn, told = refit(
        design, piece["seed"], shared["hypothesis"], shared["priors"], shared["sampler"], shared["serious"]
    )
    record = judged(drawn, design, shared["rule"], shared["serious"])
    kept = {f"{name}_refit": record[name] for name in JUDGED}
    return kept | {f"{name}_refit": record[f"{name}_mean"] for name in ESTIMANDS} | told


def _record(found: Reweighted) -> dict[str, Any]:
    kept = {f"{name}_weighted": getattr(found.verdict, name) for name in JUDGED}
    means = {f"{name}_weighted": found.mean(name) for name in ESTIMANDS}
    return kept | means | {"pareto_k": found.pareto_k, "reliable": found.reliable}
