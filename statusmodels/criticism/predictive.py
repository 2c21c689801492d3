"""Posterior predictive checks: whether a fitted hypothesis can reproduce what the claim is about.

A replicate draws the whole history anew (:func:`statusmodels.models.replicate.replicate`). A test quantity is any function of
``(level (S, D, T), condition) -> (S,)``. The tail probabilities are *plain posterior predictive p-values*: the data are used
twice, so under a true model they crowd around one half and are not uniform (Bayarri & Berger 2000, *JASA* 95:1127). A small one
is evidence against the hypothesis; a middling one is no evidence for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.models.design import Design
from statusmodels.models.replicate import replicate

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
SERIOUS = 3
FAILS = 0.1
"""A two-sided tail probability below this one is told as a failure to reproduce."""
CLAIM = ("honor-alone", "honor-plus-injury")
CLAIM_QUANTITIES = (
    "rate: insult without injury",
    "rate: insult and injury",
    "insult's difference without injury",
    "insult's difference with injury",
    "difference of the differences",
)
"""What the claim is about, and the two hypotheses that it sets against each other."""
P_VALUE_KIND = "plain posterior predictive, two-sided, not calibrated"
WINDOWS = {
    "1979-85": (1979, 1985),
    "1999-2001": (1999, 2001),
    "2003-08": (2003, 2008),
    "2014-16": (2014, 2016),
}


@dataclass(frozen=True)
class Condition:
    """What is known of each dyad-period before its outcome, fixed over replicates. All arrays (D, T)."""

    insult: Flags
    injury: Flags
    modelled: Flags
    year: npt.NDArray[np.int64]


TestQuantity = Callable[[Counts, Condition], Array]


def condition(panel: xr.Dataset, design: Design) -> Condition:
    """Insult and injury as present or absent in each dyad-period.

    Insult is honor denied, injury the sum of all threats, each faded at the middle half-life of the panel's grid; *present*
    means above its median over the modelled dyad-periods.
    """
    middle = float(panel["half_life"].to_numpy()[panel.sizes["half_life"] // 2])
    modelled = design.weight > 0
    honor = panel["honor_denied_memory"].sel(half_life=middle).transpose("dyad", "period").to_numpy()
    threat = panel["threat_posed_memory"].sel(half_life=middle).sum("category").transpose("dyad", "period").to_numpy()
    year = np.broadcast_to(panel["period"].dt.year.to_numpy(), modelled.shape).astype(np.int64)
    return Condition(honor > np.median(honor[modelled]), threat > np.median(threat[modelled]), modelled, year)


def _rate(serious: Flags, where: Flags) -> Array:
    n = where.sum()
    return np.asarray((serious & where).sum(axis=(1, 2)) / n if n else np.full(len(serious), np.nan))


def _clustering(serious: Flags, modelled: Flags) -> Array:
    """Serious periods within three periods after a serious one, over the overall rate; 1 means no clustering."""
    rate = _rate(serious, modelled)
    follows, chances = np.zeros(len(serious)), np.zeros(len(serious))
    for lag in (1, 2, 3):
        pair = modelled[:, lag:] & modelled[:, :-lag]
        follows += (serious[:, :, lag:] & serious[:, :, :-lag] & pair).sum(axis=(1, 2))
        chances += (serious[:, :, :-lag] & pair).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((chances > 0) & (rate > 0), follows / chances / rate, np.nan))


def test_quantities() -> dict[str, TestQuantity]:
    """The test quantities of the claim, by their names in the report."""

    def rate_in(insult: bool, injury: bool) -> TestQuantity:
        return lambda level, c: _rate(level >= SERIOUS, c.modelled & (c.insult == insult) & (c.injury == injury))

    neither, insult, injury, both = (
        rate_in(False, False),
        rate_in(True, False),
        rate_in(False, True),
        rate_in(True, True),
    )

    def share_preceded(level: Counts, c: Condition) -> Array:
        serious = (level >= SERIOUS) & c.modelled
        n = serious.sum(axis=(1, 2))
        return np.where(n > 0, (serious & c.injury).sum(axis=(1, 2)) / np.maximum(n, 1), np.nan)

    def mass(first: int, last: int) -> TestQuantity:
        def share(level: Counts, c: Condition) -> Array:
            serious = (level >= SERIOUS) & c.modelled
            n = serious.sum(axis=(1, 2))
            inside = (serious & (c.year >= first) & (c.year <= last)).sum(axis=(1, 2))
            return np.where(n > 0, inside / np.maximum(n, 1), np.nan)

        return share

    return {
        "rate: neither insult nor injury": neither,
        "rate: insult without injury": insult,
        "rate: injury without insult": injury,
        "rate: insult and injury": both,
        "insult's difference without injury": lambda y, c: insult(y, c) - neither(y, c),
        "insult's difference with injury": lambda y, c: both(y, c) - injury(y, c),
        "difference of the differences": lambda y, c: both(y, c) - injury(y, c) - insult(y, c) + neither(y, c),
        "share of serious escalations preceded by injury": share_preceded,
        "clustering of serious escalations": lambda y, c: _clustering(y >= SERIOUS, c.modelled),
        **{f"share of serious escalations in {name}": mass(*years) for name, years in WINDOWS.items()},
    }


@dataclass(frozen=True)
class Checked:
    """Replicated and observed values of every test quantity under one hypothesis."""

    hypothesis: str
    observed: dict[str, float]
    replicated: dict[str, Array]

    def frame(self) -> pd.DataFrame:
        """One row a test quantity: observed value, replicated interval, tail probability and its kind."""
        rows = []
        for name, draws in self.replicated.items():
            good = draws[np.isfinite(draws)]
            low, median, high = np.quantile(good, [0.05, 0.5, 0.95]) if len(good) else (np.nan,) * 3
            rows.append(
                {
                    "hypothesis": self.hypothesis,
                    "quantity": name,
                    "observed": self.observed[name],
                    "replicated_5%": low,
                    "replicated_median": median,
                    "replicated_95%": high,
                    "p": tail_probability(good, self.observed[name]),
                    "p_kind": P_VALUE_KIND,
                }
            )
        return pd.DataFrame(rows)


def told_apart(checks: Mapping[str, Checked]) -> str:
    """Which of the claim's two hypotheses fails to reproduce what, in words.

    Parameters
    ----------
    checks
        Checks by hypothesis, those of :data:`CLAIM` among them.
    """
    parts = []
    for name in CLAIM:
        p = checks[name].frame().set_index("quantity")["p"]
        failed = [f"{q} (p = {p[q]:.2f})" for q in CLAIM_QUANTITIES if p[q] < FAILS]
        least = min(CLAIM_QUANTITIES, key=lambda q: float(p[q]))
        told = (
            f"fails to reproduce {', '.join(failed)}"
            if failed
            else f"reproduces all five (smallest p = {p[least]:.2f}, {least})"
        )
        parts.append(f"{name} {told}")
    same = all("reproduces all" in part for part in parts)
    return "; ".join(parts) + (": these checks do not tell the two apart." if same else ".")


def tail_probability(replicated: Array, observed: float) -> float:
    """Two-sided tail probability of an observed value among replicates, ties shared.

    Examples
    --------
    >>> tail_probability(np.array([1.0, 2.0, 3.0, 4.0]), 4.0)
    0.25
    """
    if not len(replicated) or not np.isfinite(observed):
        return float("nan")
    above = float(np.mean(replicated > observed)) + 0.5 * float(np.mean(replicated == observed))
    return min(1.0, 2 * min(above, 1 - above))


def histories(tree: xr.DataTree, design: Design, seed: int, draws: int = 500) -> tuple[Counts, Counts]:
    """Replicated histories of a fit.

    Parameters
    ----------
    tree
        A fit.
    design
        Arrays of its panel.
    seed
        Seed of the replicates.
    draws
        Number of them.

    Returns
    -------
    level, extra : (draws, D, T)
        Highest levels, and acts beyond the first.
    """
    rng = np.random.default_rng(seed)
    flat = tree["posterior"].dataset.drop_vars("u", errors="ignore").stack(sample=("chain", "draw"), create_index=False)
    chosen = np.sort(rng.choice(flat.sizes["sample"], size=min(draws, flat.sizes["sample"]), replace=False))
    level, extra, _ = replicate(flat.isel(sample=chosen).transpose("sample", ...), design, rng)
    return level, extra


def check(tree: xr.DataTree, panel: xr.Dataset, design: Design, seed: int, draws: int = 500) -> Checked:
    """Posterior predictive checks of one fit.

    Parameters
    ----------
    tree
        A fit.
    panel, design
        Its panel and the panel's arrays.
    seed
        Seed of the replicates.
    draws
        Number of replicated histories.

    Returns
    -------
    Checked

    Raises
    ------
    ValueError
        If the level is not among the outcomes: every test quantity is one of levels.
    """
    return compare(tree, condition(panel, design), design, seed, draws)


def compare(
    tree: xr.DataTree,
    known: Condition,
    design: Design,
    seed: int,
    draws: int = 500,
    quantities: Mapping[str, TestQuantity] | None = None,
) -> Checked:
    """The same, with what is known of the dyad-periods already worked out.

    Parameters
    ----------
    tree, design, seed, draws
        As for :func:`check`.
    known
        As made by :func:`condition`.
    quantities
        Test quantities by name; those of the claim if None. One of your own is a function ``(level (S, D, T), known) -> (S,)``.

    Examples
    --------
    >>> worst = {"highest level": lambda level, known: level.max(axis=(1, 2)).astype(float)}
    """
    if "level" not in design.outcomes:
        raise ValueError(f"the predictive checks are of levels, and what was modelled is {', '.join(design.outcomes)}")
    level, _ = histories(tree, design, seed, draws)
    asked = test_quantities() if quantities is None else quantities
    return Checked(
        str(tree.attrs["hypothesis"]),
        {name: float(f(design.level[None], known)[0]) for name, f in asked.items()},
        {name: f(level, known) for name, f in asked.items()},
    )
