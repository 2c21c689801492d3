"""Synthetic panels: random acts as signals, and outcomes drawn from a known truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.events.vocabulary import THREAT
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import truth
from statusmodels.panel.panel import HALF_LIVES, HISTORY_HALF_LIFE, SIGNALS, THREAT_SIGNALS, escalation_memory

SEVERITY = (0.40, 0.28, 0.18, 0.10, 0.04)  # probabilities of 1 to 5


@dataclass(frozen=True)
class World:
    """What a synthetic panel is like.

    Attributes
    ----------
    rate : acts a month, of each kind of honor and authority; ``threat_share`` of that in each category of threat.
    level_share : of levels 0 to 5; ``further_acts`` the mean number of acts beyond the first. They only stand for their
        frequencies, off which a truth reads its cutpoints.
    eras : their number.
    burn_in : months of acts before the first period, so that memories are not empty there.
    unequal : whether acts are rarer in some dyads, and in bursts that the two sides of a rivalry share, and some dyads
        start late or end early. Otherwise acts come at one steady rate and every dyad is covered throughout.
    """

    rate: float
    threat_share: float
    level_share: Sequence[float]
    further_acts: float
    eras: int
    burn_in: int
    unequal: bool


STEADY = World(
    rate=0.15,
    threat_share=0.4,
    level_share=(0.55, 0.15, 0.14, 0.09, 0.05, 0.02),
    further_acts=0.5,
    eras=2,
    burn_in=60,
    unequal=False,
)


def coverage(dyads: int, periods: int, rng: np.random.Generator) -> np.ndarray:
    """(D, T) whether a dyad is covered: a quarter start late, a quarter end early, by up to half of the periods."""
    begin, end = np.zeros(dyads), np.full(dyads, periods)
    kind, length = rng.random(dyads), rng.integers(1, periods // 2 + 1, dyads)
    begin[kind < 0.25] = length[kind < 0.25]
    end[kind > 0.75] -= length[kind > 0.75]
    t = np.arange(periods)
    return (t >= begin[:, None]) & (t < end[:, None])


def unequal_rates(rate: float, rivalries: int, months: int, rng: np.random.Generator) -> np.ndarray:
    """(D, months) rates of acts that differ by dyad and swell and ebb with a tension that a rivalry's two sides share."""
    tension = rng.standard_normal((rivalries, months))
    for t in range(1, months):
        tension[:, t] = 0.8 * tension[:, t - 1] + 0.6 * tension[:, t]
    own = rng.standard_normal((2 * rivalries, 1))
    return np.asarray(rate * np.exp(0.4 * own + 0.5 * np.repeat(tension, 2, axis=0)))


def faded(acts: np.ndarray, half_lives: Iterable[float]) -> np.ndarray:
    """(K, ..., T) faded sums of monthly severities, strictly before each month; an act of a month fades as from its first day."""
    return np.stack([escalation_memory(acts, 0.5 ** (1.0 / h)) for h in half_lives])


def synthetic(rivalries: int, periods: int, seed: int, world: World) -> Design:
    """The design of a synthetic panel of rivalries with two sides each."""
    rng = np.random.default_rng(seed)
    dyads, months = 2 * rivalries, periods + world.burn_in
    if world.unequal:
        rate = unequal_rates(world.rate, rivalries, months, rng)
        covered = coverage(dyads, periods, rng)
    else:
        rate, covered = np.full((dyads, months), world.rate), np.ones((dyads, periods), dtype=bool)

    def memory(share: float) -> np.ndarray:
        severity = rng.multinomial(rng.poisson(share * rate), SEVERITY) @ np.arange(1.0, 6.0)
        return faded(severity, HALF_LIVES)[..., world.burn_in :]

    level = np.where(covered, rng.choice(len(world.level_share), covered.shape, p=world.level_share), np.nan)
    acts = np.where(level > 0, 1 + rng.poisson(world.further_acts, level.shape), 0 * level)
    keep = 0.5 ** (1.0 / HISTORY_HALF_LIFE)
    own = np.log1p(escalation_memory(level, keep))
    cell, categories = ("dyad", "period"), list(THREAT.category_names)
    threats = {f"{s}_memory": np.stack([memory(world.threat_share) for _ in categories]) for s in THREAT_SIGNALS}
    panel = xr.Dataset(
        {
            **{f"{s}_memory": (("half_life", *cell), memory(1.0)) for s in SIGNALS},
            **{name: (("category", "half_life", *cell), values) for name, values in threats.items()},
            "level": (cell, level),
            "acts": (cell, acts),
            "history": (("side", *cell), np.stack([own, own[np.arange(dyads) ^ 1]])),
            "observed": (cell, covered),
            "era": ("period", np.arange(periods) * world.eras // periods),
        },
        coords={
            "dyad": [f"{a}{r:03d}>{b}{r:03d}" for r in range(rivalries) for a, b in ("ab", "ba")],
            "period": pd.date_range("2000-01-01", periods=periods, freq="MS"),
            "half_life": np.array(HALF_LIVES),
            "category": categories,
            "side": ["own", "other"],
            "era_name": ("era_index", [f"era {k + 1}" for k in range(world.eras)]),
        },
        attrs={"history_keep": keep},
    )
    return design(panel)


# The documented hierarchical truth, besides statusmodels.models.truth; values lie about as far from their priors' centres as draws
# would.
SPREADS = {
    "base_spread": 0.5,
    "effect_spread": (0.25, 0.15, 0.20),
    "rivalry_base_spread": 0.35,
    "rivalry_effect_spread": (0.15, 0.10, 0.20),
    "era_effect_spread": (0.10, 0.05, 0.15),
    "threat_memory_spread": 0.5,
}
CORRELATION = np.array([[1, -0.3, 0.1, 0.2], [-0.3, 1, 0.4, 0.3], [0.1, 0.4, 1, 0.0], [0.2, 0.3, 0.0, 1]])
WEIGHTS = {
    "honor_memory": (0.65, 0.25, 0.10),
    "authority_memory": (0.15, 0.60, 0.25),
    "threat_weight": (0.36, 0.24, 0.15, 0.11, 0.08, 0.06),
}
THREAT_MEMORY = (0.10, 0.25, 0.65)  # what the categories have in common


def deviations(spread: Sequence[float], correlation: np.ndarray, groups: int, rng: np.random.Generator) -> np.ndarray:
    """(4, groups) deviations of base rate and effects."""
    return np.asarray(np.array(spread)[:, None] * (np.linalg.cholesky(correlation) @ rng.standard_normal((4, groups))))


def with_values(parameters: xr.Dataset, values: dict[str, np.ndarray]) -> xr.Dataset:
    """The parameters, of one draw, with others in the place of some."""
    return parameters.assign({name: (parameters[name].dims, np.asarray(v)[None]) for name, v in values.items()})


def with_dyads(parameters: xr.Dataset, by_dyad: np.ndarray) -> xr.Dataset:
    """The parameters with dyads that deviate so, (4, D)."""
    effect = parameters["effect"].to_numpy()[0, :3, None]
    return with_values(parameters, {"base": by_dyad[0] - by_dyad[0].mean(), "dyad_effect": effect + by_dyad[1:]})


def hierarchical(panel: Design, rng: np.random.Generator) -> xr.Dataset:
    """The documented truth, one draw; the deviations of dyads, rivalries and eras are drawn, all else is fixed."""
    out = truth(panel, ENCOMPASSING, rng)
    fixed = np.random.default_rng(1).standard_normal((len(panel.categories), len(THREAT_MEMORY)))
    weight = np.array(THREAT_MEMORY) * np.exp(SPREADS["threat_memory_spread"] * fixed)
    threat_memory = weight / weight.sum(axis=1, keepdims=True)
    out = with_values(out, {**SPREADS, **WEIGHTS, "correlation": CORRELATION, "threat_memory": threat_memory})

    def spread(prefix: str) -> np.ndarray:
        return np.append(out[f"{prefix}base_spread"].to_numpy(), SPREADS[f"{prefix}effect_spread"])

    by_dyad = deviations(spread(""), CORRELATION, len(panel.dyads), rng)
    by_rivalry = deviations(spread("rivalry_"), np.eye(4), len(panel.rivalries), rng)
    era_spread = np.append(out["era_spread"].to_numpy(), SPREADS["era_effect_spread"])
    by_era = deviations(era_spread, np.eye(4), panel.eras, rng)
    out = with_values(out, {"era": by_era[0] - by_era[0].mean(), "era_effect": by_era[1:]})
    return with_dyads(out, by_dyad + by_rivalry[:, panel.rivalry])


def drawn(panel: Design, parameters: xr.Dataset, rng: np.random.Generator, path: np.ndarray | None = None) -> Design:
    """The panel with outcomes drawn from the parameters."""
    level, extra, _ = replicate(parameters, panel, rng, path=path)
    return panel.with_outcomes(level[0], extra[0])
