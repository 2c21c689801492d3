"""Scores of predicted levels, reference forecasts, and skill against them.

All scores are losses: zero is perfect, less is better. All are proper, so that the probabilities one believes in are the best to
give (Gneiting & Raftery 2007, *JASA* 102:359).

The standard error of a mean difference sums the differences of each block of time (a year) over all dyads, and allows the sums of
neighbouring blocks to be correlated (Newey & West 1987, *Econometrica* 55:703, with one lag; over dyads Driscoll & Kraay 1998). So
dyads and months of one year may depend on each other in any way, two sides of a rivalry in the same month included. Blocks alone, or
their bootstrap, would be too sure: hypotheses differ by signals that fade over years. Even so, with 24 years the error is
about an eighth too small where a difference has a half-life of three months, a quarter at six months and a third at a year.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from statusmodels.criticism.predictive import SERIOUS

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
SCORES: dict[str, str] = {
    "log": "minus the log probability of the level that came",
    "brier": "sum over levels of squared errors of their probabilities (0 to 2)",
    "rps": "ranked probability score: sum over levels k >= 1 of squared errors of P(level >= k)",
    "serious_log": "minus the log probability of what came: serious escalation or none",
    "serious_brier": "squared error of the probability of serious escalation (0 to 1)",
}
REFERENCES = ("climatology", "persistence")
HALF = 0.5  # added to the count of each level


def scores(probability: Array, level: Counts, serious: int | None = None) -> pd.DataFrame:
    """Scores of predictive probabilities, one row a prediction.

    Parameters
    ----------
    probability : (N, K) probabilities of the levels 0 to K - 1.
    level : (N,) the levels that came.
    serious : lowest level that counts as serious; 3 if None, and 1 of two levels (onset or none).

    Returns
    -------
    DataFrame
        The columns of :data:`SCORES`.

    Raises
    ------
    ValueError
        If shapes differ, a level is not one of the K, or a row is not a probability distribution.

    Examples
    --------
    >>> scores(np.array([[0.5, 0.5]]), np.array([1])).round(3).to_dict("records")
    [{'log': 0.693, 'brier': 0.5, 'rps': 0.25, 'serious_log': 0.693, 'serious_brier': 0.25}]
    """
    p, y = np.asarray(probability, dtype=float), np.asarray(level)
    if p.ndim != 2 or y.shape != p.shape[:1]:
        raise ValueError(f"probabilities must have shape (N, K) and levels (N,), got {p.shape} and {y.shape}")
    if not ((y >= 0) & (y < p.shape[1]) & (y == y.astype(np.int64))).all():
        raise ValueError(f"levels must be whole numbers from 0 to {p.shape[1] - 1}")
    if not ((p >= 0).all() and np.allclose(p.sum(axis=1), 1.0, atol=1e-6)):
        raise ValueError("each row must be a probability distribution")
    serious = serious or (SERIOUS if p.shape[1] > 2 else 1)
    came = y.astype(np.int64)[:, None] == np.arange(p.shape[1])
    at_least = p[:, ::-1].cumsum(axis=1)[:, ::-1]
    reached = y[:, None] >= np.arange(p.shape[1])
    p_came, p_serious, is_serious = p[came], p[:, serious:].sum(axis=1), y >= serious
    p_rest = p[:, :serious].sum(axis=1)  # not 1 - p_serious, which loses digits where that is near 1
    with np.errstate(divide="ignore"):  # what was called impossible and came has an infinite log score
        log, serious_log = -np.log(p_came), -np.log(np.where(is_serious, p_serious, p_rest))
    return pd.DataFrame(
        {
            "log": log,
            "brier": ((p - came) ** 2).sum(axis=1),
            "rps": ((at_least - reached)[:, 1:] ** 2).sum(axis=1),
            "serious_log": serious_log,
            "serious_brier": (p_serious - is_serious) ** 2,
        }
    )


def climatology(level: Counts, training: Flags, levels: int) -> Array:
    """Frequencies of levels over the training dyad-periods, half an observation added to each level.

    Parameters
    ----------
    level : (D, T) levels.
    training : (D, T) the dyad-periods to count.
    levels : highest possible level, K - 1.

    Returns
    -------
    array (K,)

    Examples
    --------
    >>> climatology(np.array([[0, 0, 1, 1]]), np.array([[True, True, True, False]]), 1)
    array([0.625, 0.375])
    """
    counts = np.bincount(level[training], minlength=levels + 1) + HALF
    return np.asarray(counts / counts.sum())


def persistence(level: Counts, training: Flags, levels: int) -> Array:
    """Frequencies of levels given the dyad's own level in the period before, over the training dyad-periods.

    Each row is smoothed towards the climatology, which counts as much as the half observations in it: K / 2.

    Parameters
    ----------
    level : (D, T) levels.
    training : (D, T) the dyad-periods to count; both of a pair must be among them.
    levels : highest possible level, K - 1.

    Returns
    -------
    array (K, K)
        Row by level before, column by level.

    Examples
    --------
    >>> persistence(np.array([[0, 0, 1]]), np.array([[True, True, True]]), 1).round(4)
    array([[0.5417, 0.4583],
           [0.625 , 0.375 ]])
    """
    pair = training[:, 1:] & training[:, :-1]
    counts = np.zeros((levels + 1, levels + 1))
    np.add.at(counts, (level[:, :-1][pair], level[:, 1:][pair]), 1.0)
    counts += HALF * (levels + 1) * climatology(level, training, levels)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def mean_difference(
    one: Array, other: Array, blocks: Sequence[Hashable] | npt.NDArray[np.generic]
) -> tuple[float, float]:
    """Mean of ``one - other`` and its standard error, which allows for dependence within blocks and between neighbours.

    Parameters
    ----------
    one, other : (N,) paired scores.
    blocks : (N,) label of each pair's block, such as its year; their order is that of time.

    Returns
    -------
    difference, standard error
        The error is NaN with fewer than two blocks.

    Examples
    --------
    >>> mean_difference(np.array([1.0, 2.0, 3.0]), np.zeros(3), [1990, 1990, 1991])[0]
    2.0
    """
    d = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    _, block = np.unique(np.asarray(blocks), return_inverse=True)
    mean, n = float(d.mean()), int(block.max()) + 1
    if n < 2:
        return mean, float("nan")
    total = np.bincount(block, weights=d - mean)
    variance = total @ total + total[1:] @ total[:-1]  # Bartlett's weight of the one lag is a half, and it counts twice
    return mean, float(np.sqrt(n / (n - 1) * max(variance, 0.0)) / len(d))


def skill_table(predictions: pd.DataFrame, serious: int | None = None) -> pd.DataFrame:
    """Mean scores of every forecaster, and its skill against the references.

    Parameters
    ----------
    predictions
        One row a forecaster and dyad-period, as :func:`statusmodels.criticism.forecast.forecast` returns it: ``hypothesis, dyad,
        period, level`` and the probabilities ``p0, p1, ...``; the references are among the hypotheses. All must have predicted the
        same dyad-periods.
    serious
        As in :func:`scores`.

    Returns
    -------
    DataFrame
        One row a hypothesis, score and reference: ``hypothesis, score, mean, reference, reference_mean, skill`` (1 less the ratio of
        the two means: 1 is perfect, 0 no better than the reference), ``difference`` (mean less the reference's; negative is better),
        ``se`` (with years as blocks), ``predictions`` and ``years`` (their numbers).

    Raises
    ------
    ValueError
        If a forecaster has not predicted the same dyad-periods as the others.
    """
    columns = [c for c in predictions.columns if c[:1] == "p" and c[1:].isdigit()]
    table = predictions.sort_values(["dyad", "period"], kind="stable").reset_index(drop=True)
    table = pd.concat([table, scores(table[columns].to_numpy(), table["level"].to_numpy(), serious)], axis=1)
    groups = {str(name): part for name, part in table.groupby("hypothesis", sort=False)}
    first = next(iter(groups.values()))[["dyad", "period"]].to_numpy()
    for name, part in groups.items():
        if not np.array_equal(part[["dyad", "period"]].to_numpy(), first):
            raise ValueError(f"{name!r} has not predicted the same dyad-periods as {next(iter(groups))!r}")
    years = pd.DatetimeIndex(next(iter(groups.values()))["period"]).year.to_numpy()
    rows = []
    for name, part in groups.items():
        for score in SCORES:
            for reference in (r for r in REFERENCES if r in groups and r != name):
                mine, theirs = part[score].to_numpy(), groups[reference][score].to_numpy()
                difference, se = mean_difference(mine, theirs, years)
                rows.append(
                    {
                        "hypothesis": name,
                        "score": score,
                        "mean": mine.mean(),
                        "reference": reference,
                        "reference_mean": theirs.mean(),
                        "skill": 1.0 - mine.mean() / theirs.mean(),
                        "difference": difference,
                        "se": se,
                        "predictions": len(mine),
                        "years": len(np.unique(years)),
                    }
                )
    return pd.DataFrame(rows)
