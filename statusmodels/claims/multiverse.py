"""The multiverse of the verdict: refits under choices that another analyst might as well have made.

Two sets of specifications are refitted and judged: all that differ from the documented one in one choice, which tells
what each choice does, and a random sample of combinations of all choices, which tells how far the verdict depends on the
analyst. Each refit is judged at every width of "practically zero", and at every threshold of seriousness unless the
outcome was made with it. A specification without a panel keeps its rows, with the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import arviz as az
import numpy as np
import pandas as pd

from statusmodels.claims.estimands import ESTIMANDS, Estimands, estimands
from statusmodels.claims.refit import judged, parameters_of
from statusmodels.claims.specification import (
    OUTCOMES,
    THRESHOLDS,
    WIDTHS,
    Specification,
    choices,
    combinations,
    one_away,
)
from statusmodels.claims.specified import NotPossible, nothing_to_explain, serious_periods, specified
from statusmodels.claims.verdict import PROBABILITIES, Rule
from statusmodels.criticism.refit import QUICK
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference.refits import Piece, Place, RefitsFailed, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.sources.conduct import pinned

NOT_POSSIBLE, FAILED = "not possible", "failed"
CHOICES = (*(f.name for f in fields(Specification)), "width_share")
QUANTILES = {"5%": 0.05, "median": 0.5, "95%": 0.95}
COLUMNS = (
    "specification", *CHOICES, "departures", "away", "word", "reason", "rate", "width", *PROBABILITIES,
    *(f"{name}_{q}" for name in ESTIMANDS for q in ("mean", "sd", *QUANTILES)),
    "serious_periods", "modelled_periods", "rhat", "rhat_at", "bulk_ess", "divergences", "holds", "harder", "seed",
)  # fmt: skip
RUNS = 200
MAX_RHAT = 1.05
MAX_DIVERGENT = 0.01
"""Share of the draws that may diverge. Quick refits give probabilities good to about 0.03, so these limits are wider than the
gate's."""


@dataclass(frozen=True)
class Ground:
    """What all refits share."""

    catalogue: Catalogue
    sampler: Sampler
    files: tuple[str, ...]
    """Hashes of other data sets' files, which must be in the key of a stored refit."""


def multiverse(
    catalogue: Catalogue,
    place: Place,
    runs: int = RUNS,
    seed: int = 1,
    sampler: Sampler = QUICK,
    values: Mapping[str, tuple[Any, ...]] | None = None,
) -> pd.DataFrame:
    """Judge all specifications one choice away from the documented one, and a random sample of combinations.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    place
        Where refits are stored and run.
    runs
        Size of the random sample of combinations.
    seed
        Seed of the sample and of every refit.
    sampler
        Settings of the refits.
    values
        The choices; :func:`~statusmodels.claims.specification.choices` of the catalogue if None.

    Returns
    -------
    DataFrame
        As returned by :func:`evaluated`.
    """
    values = choices(catalogue) if values is None else values
    specifications = [*one_away(values), *combinations(values, runs, seed)]
    return evaluated(catalogue, specifications, place, seed, sampler)


def evaluated(
    catalogue: Catalogue,
    specifications: Sequence[Specification],
    place: Place,
    seed: int = 1,
    sampler: Sampler = QUICK,
) -> pd.DataFrame:
    """Refit and judge specifications; those whose sampling does not hold are refitted once more, harder.

    Parameters
    ----------
    catalogue, place, sampler
        As in :func:`multiverse`.
    specifications
        Any, no two alike.
    seed
        From it and the specification the seed of a refit is made, so that one specification more changes no other's draws.

    Returns
    -------
    DataFrame, one row a specification and width
        - ``specification``: its departures in words; the choices, ``width_share`` among them.
        - ``departures``: number of choices other than the documented ones, not counting the width; ``away``: counting it.
        - ``word``: the verdict, or ``"not possible"`` or ``"failed"`` (the sampler gave no draws), and then its ``reason``.
        - ``rate, width, p_e1_zero, p_e1_more, p_e2_more, p_amplified`` and means and standard deviations, as
          :func:`statusmodels.claims.refit.judged`; ``e1_5%, e1_median, e1_95%`` and so on.
        - ``serious_periods, modelled_periods``: numbers of dyad-periods; ``seed``: of the refit, which those that it serves share.
        - ``rhat`` (largest over the sampled quantities and the four estimands), ``rhat_at, bulk_ess, divergences``; ``holds``: whether
          they keep to :data:`MAX_RHAT` and :data:`MAX_DIVERGENT`; ``harder``: whether it was refitted.

    Raises
    ------
    ValueError
        If a threshold of seriousness is none of those at which every refit is judged.
    """
    if other := {s.serious for s in specifications} - set(THRESHOLDS):
        raise ValueError(f"serious must be one of {', '.join(map(str, THRESHOLDS))}, got {', '.join(map(str, other))}")
    sources = {source for s in specifications if (source := OUTCOMES[s.outcome].source)}
    ground = Ground(catalogue, sampler, tuple(pinned(sources).values()))
    keys = list(dict.fromkeys(s.refitted for s in specifications))
    pieces = [{"specification": asdict(s), "seed": refit_seed(seed, s), "harder": False} for s in keys]
    found = _results(ground, pieces, place)
    again = [i for i, result in enumerate(found) if "thresholds" in result and not _holds(result)]
    if again:
        harder = [{**pieces[i], "harder": True} for i in again]

        def go_on(done: int, total: int) -> object:
            return place.tell(len(pieces) + done, len(pieces) + total) if place.tell else None

        for i, result in zip(again, _results(ground, harder, replace(place, tell=go_on)), strict=True):
            found[i] = result
    of = dict(zip(keys, found, strict=True))
    rows = [row for s in specifications for row in _rows(s, refit_seed(seed, s.refitted), of[s.refitted])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def refit_seed(seed: int, specification: Specification) -> int:
    """Seed of one specification's refit."""
    told = json.dumps([seed, asdict(specification)], sort_keys=True)
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4], "little")


def _results(ground: Ground, pieces: list[Piece], place: Place) -> list[Result]:
    """Results of all pieces, ``{"failed": reason}`` of those that the sampler cannot do."""
    try:
        return run(refitted, ground, pieces, place)
    except RefitsFailed as failed:
        lost = {_name(f.piece): f.reason for f in failed.failures}
    left = [p for p in pieces if _name(p) not in lost]
    stored = iter(run(refitted, ground, left, replace(place, tell=None)))
    return [{FAILED: lost[_name(p)]} if _name(p) in lost else next(stored) for p in pieces]


def _name(piece: Piece) -> str:
    return json.dumps(piece, sort_keys=True)


def refitted(ground: Ground, piece: Piece) -> Result:
    """Refit one specification and judge it at every threshold and width that its draws serve.

    Returns
    -------
    dict
        ``reason`` alone if there is nothing to fit; else ``told`` (see :func:`statusmodels.claims.refit.refit`), ``harder`` and
        ``thresholds``: by lowest serious level, a ``reason`` or what :func:`told_of` tells and ``verdicts`` by width.
    """
    specification = Specification(**piece["specification"])
    try:
        arrays, priors = specified(ground.catalogue, specification)
    except NotPossible as why:
        return {"reason": str(why)}
    levels = (specification.serious,) if OUTCOMES[specification.outcome].of_threshold else THRESHOLDS
    reasons = {level: nothing_to_explain(arrays, level) for level in levels}
    thresholds: dict[str, Any] = {str(level): {"reason": why} for level, why in reasons.items()}
    if all(reasons.values()):
        return {"told": None, "thresholds": thresholds}
    sampler = ground.sampler.harder() if piece["harder"] else ground.sampler
    parameters, told = parameters_of(arrays, piece["seed"], priors=priors, sampler=sampler)
    told |= {"harder": piece["harder"], "draws": sampler.draws * sampler.chains}
    for level in (level for level, why in reasons.items() if why is None):
        drawn = estimands(parameters, arrays, level)
        count, of = serious_periods(arrays, level)
        thresholds[str(level)] = {
            **told_of(drawn, sampler.chains),
            "serious_periods": count,
            "modelled_periods": of,
            "verdicts": {f"{w:g}": judged(drawn, arrays, Rule(width_share=w), level) for w in WIDTHS},
        }
    return {"told": told, "thresholds": thresholds}


def told_of(drawn: Estimands, chains: int) -> dict[str, Any]:
    """Quantiles of each estimand (:data:`QUANTILES`) and the largest of their R-hats, by the chains that were stacked."""
    draws = {name: getattr(drawn, name) for name in ESTIMANDS}
    return {
        "quantiles": {name: np.quantile(x, list(QUANTILES.values())).tolist() for name, x in draws.items()},
        "rhat": float(np.max([az.rhat(x.reshape(chains, -1)) for x in draws.values()])),  # NaN if any is
    }


def _holds(result: Result) -> bool:
    """Whether the diagnostics of a refit, if there was one, keep to the limits at every threshold."""
    told = result["told"]
    if told is None:
        return True
    rhats = [told["rhat"], *(t["rhat"] for t in result["thresholds"].values() if "rhat" in t)]
    # an R-hat that is not defined holds no limit
    return all(r <= MAX_RHAT for r in rhats) and bool(told["divergences"] <= MAX_DIVERGENT * told["draws"])


def _rows(specification: Specification, seed: int, result: Result) -> list[dict[str, Any]]:
    """One row a width."""
    departures = len(specification.departures)
    mine = result.get("thresholds", {}).get(str(specification.serious), result)
    out = []
    for width in WIDTHS:
        row: dict[str, Any] = {"specification": str(specification), **asdict(specification), "width_share": width}
        row |= {"departures": departures, "away": departures + (width != WIDTHS[0]), "seed": seed}
        if FAILED in mine:
            row |= {"word": FAILED, "reason": mine[FAILED]}
        elif mine.get("reason"):
            row |= {"word": NOT_POSSIBLE, "reason": mine["reason"]}
        else:
            told = result["told"]
            row |= {**mine["verdicts"][f"{width:g}"], "reason": ""}
            row |= {
                f"{name}_{q}": value
                for name, values in mine["quantiles"].items()
                for q, value in zip(QUANTILES, values, strict=True)
            }
            row |= {name: mine[name] for name in ("serious_periods", "modelled_periods")}
            row |= {name: told[name] for name in ("rhat_at", "bulk_ess", "divergences", "harder")}
            row |= {"rhat": float(np.max([told["rhat"], mine["rhat"]])), "holds": _holds(result)}
            if mine["rhat"] > told["rhat"]:
                row["rhat_at"] = "an estimand"
        out.append(row)
    return out
