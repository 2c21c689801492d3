"""The claim across strategic rivalries: its multiverse over proxies, and the cross-tabulations that no model has touched."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.claims.refit import judged, refit
from statusmodels.claims.verdict import WORDS
from statusmodels.criticism.refit import QUICK
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.models.priors import Priors
from statusmodels.sources.proxies import PROXIES
from statusmodels.sources.rivalry_panel import Choices, modelled, rivalry_panel

THREATS = tuple(p.name for p in PROXIES.values() if p.signal == "threat_posed")
VALUES: dict[str, tuple[Any, ...]] = {
    "threats": (Choices.threats, *((name,) for name in THREATS), ("arms-growth", "nuclear-pursuit", "encirclement")),
    "honor_denied": ("no-mission", "no-mission-told", "low-rank"),
    "honor_granted": ("mission-opened", None),
    "authority_denied": ("ideal-points", "igo-loss", "vetoes"),
    "authority_granted": ("igo-gain", "consultation"),
    "outcome": ("MIE", "GML", "COW", "ICB"),
    "serious": (3, 4),
    "quiet": (0, 1),
    "covariates": (True, False),
    "years": ((1946, 2014), (1946, 1989), (1990, 2014)),
    "kind": ("all", "positional", "not positional"),
}
"""Values of each choice, the documented one first."""
NOT_JUDGED = "not judged"
FEWEST = 30
"""Serious dyad-years with fewer of which a specification is not judged."""


def specifications(runs: int, seed: int) -> list[Choices]:
    """The documented choices, all that differ from them in one, and a random sample of combinations.

    Parameters
    ----------
    runs
        Size of the sample; combinations that cannot be (use of force among ICB's crises) are drawn again.
    seed
        Of the sample.

    Examples
    --------
    >>> len(specifications(0, 1))
    23
    """
    out = [Choices()]
    out += [_with(Choices(), {name: value}) for name, values in VALUES.items() for value in values[1:]]
    rng = np.random.default_rng(seed)
    while len(out) < runs + 1 + sum(len(v) - 1 for v in VALUES.values()):
        drawn = {name: values[int(rng.integers(len(values)))] for name, values in VALUES.items()}
        one = _with(Choices(), drawn)
        if one not in out and not (one.outcome == "ICB" and one.serious > 3):
            out.append(one)
    return out


def _with(choices: Choices, changed: dict[str, Any]) -> Choices:
    told = dict(changed)
    if "years" in told:
        told["first"], told["last"] = told.pop("years")
    return replace(choices, **told)


def departures(choices: Choices) -> dict[str, Any]:
    """The choices that are not the documented ones.

    Examples
    --------
    >>> departures(Choices(outcome="GML"))
    {'outcome': 'GML'}
    """
    documented = Choices()
    told = {f.name: getattr(choices, f.name) for f in fields(choices)}
    out = {name: value for name, value in told.items() if value != getattr(documented, name)}
    if {"first", "last"} & set(out):
        years = f"{choices.first}-{choices.last}"
        out = {**{k: v for k, v in out.items() if k not in ("first", "last")}, "years": years}
    if "threats" in out:
        out["threats"] = " + ".join(choices.threats)
    return out


@dataclass(frozen=True)
class Shared:
    """What all refits share: priors and settings, and the hash of the files that the panels are made of."""

    sampler: Sampler
    priors: Priors
    data: str


def multiverse(data: str, place: Place, runs: int, seed: int, priors: Priors, sampler: Sampler = QUICK) -> pd.DataFrame:
    """Judge every specification.

    Parameters
    ----------
    data
        Hash of the sources.
    place
        Where refits are stored and run.
    runs, seed
        As in :func:`specifications`; the seed is that of the refits too.
    priors, sampler
        Of the refits.

    Returns
    -------
    DataFrame
        One row a specification: its choices, ``departures`` in words, ``word`` (``"not judged"`` where there are too few serious
        dyad-years), the probabilities and estimands of :func:`~statusmodels.claims.refit.judged`, numbers of dyad-years, and how
        sampling went.
    """
    chosen = specifications(runs, seed)
    pieces = [{**asdict(c), "threats": list(c.threats), "seed": seed + i} for i, c in enumerate(chosen)]
    results = run(judged_once, Shared(sampler, priors, data), pieces, place)
    rows = []
    for one, result in zip(chosen, results, strict=True):
        away = departures(one)
        words = "; ".join(f"{k}: {v}" for k, v in away.items()) or "as documented"
        rows.append({"specification": words, "away": len(away), **_flat(one), **result})
    return pd.DataFrame(rows)


def _flat(choices: Choices) -> dict[str, Any]:
    return {**asdict(choices), "threats": " + ".join(choices.threats)}


def judged_once(shared: Shared, piece: Piece) -> Result:
    """Build the panel of a specification, refit and judge; one specification a piece."""
    told = {k: v for k, v in piece.items() if k != "seed"}
    panel = rivalry_panel(Choices(**{**told, "threats": tuple(told["threats"])}))
    onset = panel["onset"].to_numpy()
    on = np.isfinite(onset)
    size = {"dyad_years": int(on.sum()), "serious_years": int(onset[on].sum()), "dyads": int(on.any(axis=1).sum())}
    if size["serious_years"] < FEWEST:  # proxies and years may leave nothing, such as arms races (to 1984) after 1990
        return {"word": NOT_JUDGED, "reason": f"fewer than {FEWEST} serious dyad-years", **size}
    arrays = design(modelled(panel), ["onset"], path=False)
    drawn, how = refit(arrays, piece["seed"], priors=shared.priors, sampler=shared.sampler)
    return {**judged(drawn, arrays), **how, **size}


def shares(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Share of each verdict among the judged specifications, in all or by the values of a choice."""
    kept = rows[rows["word"].isin(WORDS)]
    groups = [("all", kept)] if by is None else list(kept.groupby(by, sort=False))
    told = [
        {"value": str(value), "judged": len(g), **{w: float((g["word"] == w).mean()) for w in WORDS},
         "E3 > 0": float((g["e3_latent_mean"] > 0).mean())}
        for value, g in groups
    ]  # fmt: skip
    return pd.DataFrame(told)


def cross_tabulation(
    honor: Sequence[str] = ("no-mission", "no-mission-told"), threats: Sequence[str] = THREATS
) -> pd.DataFrame:
    """Share of serious dyad-years by honor denied and by each proxy of threat, of the year before; no model, no covariates.

    Returns
    -------
    DataFrame
        One row a proxy of honor and of threat (``honor, threat``): ``neither, honor only, injury only, both`` (shares of
        serious dyad-years), their numbers (``n ...``), ``without injury`` and ``with injury`` (differences that honor denied
        makes), and ``more with injury`` (their difference). Honor denied is present where no mission was kept at the end of the
        year before; a threat where it is above its median over the dyad-years.
    """
    rows = []
    for denied, name in itertools.product(honor, threats):
        panel = rivalry_panel(Choices(honor_denied=denied, threats=(name,), covariates=False))
        on = np.isfinite(panel["onset"].to_numpy())
        serious = panel["onset"].to_numpy()[on]
        insulted = panel["honor_denied_memory"].to_numpy()[0][on] > 0.5
        injury = panel["threat_posed_memory"].to_numpy()[0, 0][on]
        injured = injury > np.median(injury)
        cells = {
            "neither": ~insulted & ~injured,
            "honor only": insulted & ~injured,
            "injury only": ~insulted & injured,
            "both": insulted & injured,
        }
        rate = {k: float(serious[v].mean()) if v.any() else float("nan") for k, v in cells.items()}
        alone, with_injury = rate["honor only"] - rate["neither"], rate["both"] - rate["injury only"]
        rows.append(
            {"honor": denied, "threat": name, **rate, **{f"n {k}": int(v.sum()) for k, v in cells.items()},
             "without injury": alone, "with injury": with_injury, "more with injury": with_injury - alone}
        )  # fmt: skip
    return pd.DataFrame(rows)
