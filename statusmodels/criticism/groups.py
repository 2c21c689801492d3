"""Posterior predictive checks in parts: by dyad and by era, and the counts of acts as a rootogram."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from statusmodels.criticism.predictive import SERIOUS, tail_probability
from statusmodels.models.design import Design

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def by_group(level: Counts, design: Design, eras: list[str] | None = None, serious: int = SERIOUS) -> pd.DataFrame:
    """Rate of serious escalation in each dyad and era, observed and replicated.

    Parameters
    ----------
    level : (S, D, T)
        Replicated levels, of :func:`histories`.
    design
        Arrays of the panel.
    eras
        Names of the eras; their numbers if None.
    serious
        Lowest level that is serious.

    Returns
    -------
    DataFrame
        One row a group with a modelled dyad-period: ``kind`` (dyad, era), ``group, periods, observed, replicated_5%,
        replicated_median, replicated_95%, p`` (plain, two-sided).
    """
    on = design.weight > 0
    names = eras or [str(k) for k in range(design.eras)]
    places = {("dyad", name): (np.arange(len(design.dyads)) == d)[:, None] & on for d, name in enumerate(design.dyads)}
    places |= {("era", name): (design.era == k)[None, :] & on for k, name in enumerate(names)}
    rows = []
    for (kind, group), where in places.items():
        n = int(where.sum())
        if not n:
            continue
        observed = float((design.level[where] >= serious).mean())
        replicated = ((level >= serious) & where).sum(axis=(1, 2)) / n
        low, middle, high = np.quantile(replicated, [0.05, 0.5, 0.95])
        rows.append(
            {
                "kind": kind,
                "group": group,
                "periods": n,
                "observed": observed,
                "replicated_5%": low,
                "replicated_median": middle,
                "replicated_95%": high,
                "p": tail_probability(replicated, observed),
            }
        )
    return pd.DataFrame(rows)


def rootogram(level: Counts, extra: Counts, design: Design, largest: int = 12) -> pd.DataFrame:
    """How many modelled dyad-periods hold 0, 1, 2, ... acts, observed and replicated (Kleiber & Zeileis 2016, *Am. Stat.* 70:296).

    Parameters
    ----------
    level, extra : (S, D, T)
        Replicates, of :func:`histories`.
    design
        Arrays of the panel, whose outcomes are level and acts.
    largest
        Counts from this one on are one class.

    Returns
    -------
    DataFrame indexed by ``acts``
        ``observed``, and ``expected, expected_5%, expected_95%`` over replicates: numbers of dyad-periods. A rootogram draws their
        square roots.
    """
    on = design.weight > 0

    def counted(level: Counts, extra: Counts) -> Array:
        acts = np.minimum(np.where(level > 0, 1 + extra, 0), largest)[..., on]
        return np.asarray((acts[..., None] == np.arange(largest + 1)).sum(axis=-2), dtype=float)

    replicated = np.stack([counted(y, k) for y, k in zip(level, extra, strict=True)])
    low, high = np.quantile(replicated, [0.05, 0.95], axis=0)
    return pd.DataFrame(
        {
            "observed": counted(design.level, design.extra),
            "expected": replicated.mean(axis=0),
            "expected_5%": low,
            "expected_95%": high,
        },
        index=pd.RangeIndex(largest + 1, name="acts"),
    )


def reliability(probability: Array, happened: npt.NDArray[np.bool_], bins: int = 8) -> pd.DataFrame:
    """Predicted probabilities against how often the event came, in bins of equal numbers of predictions.

    Parameters
    ----------
    probability : (N,)
        Predicted probabilities; made before the outcome was known, or they flatter.
    happened : (N,)
        Whether the event came.
    bins
        Number of bins; those with equal edges are joined.

    Returns
    -------
    DataFrame
        One row a bin: ``n``, mean ``predicted``, ``share`` that happened, and ``low``, ``high``: where 90 % of shares fall if the
        predictions are right (binomial).

    Examples
    --------
    >>> found = reliability(np.array([0.1, 0.1, 0.9, 0.9]), np.array([False, False, True, True]), bins=2)
    >>> found[["n", "predicted", "share"]].to_numpy().tolist()
    [[2.0, 0.1, 0.0], [2.0, 0.9, 1.0]]
    """
    from scipy.stats import binom

    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, max(len(edges) - 2, 0))
    rows = []
    for k in np.unique(place):
        mine = place == k
        n, predicted = int(mine.sum()), float(probability[mine].mean())
        low, high = (float(binom.ppf(q, n, predicted)) / n for q in (0.05, 0.95))
        rows.append({"n": n, "predicted": predicted, "share": float(happened[mine].mean()), "low": low, "high": high})
    return pd.DataFrame(rows)
