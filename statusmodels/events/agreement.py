"""How far coders agree: Krippendorff's alpha with bootstrap intervals, confusion tables, and the most disputed events.

Four things are compared, each on units of one event and one construct:

- ``construct`` (nominal): did the coder give the construct at all?
- ``category`` and ``valence`` (nominal): of the coder's gravest row, among coders who gave the construct;
- ``severity`` (ordinal): the highest severity, among coders who gave the construct;
- ``level`` (ordinal): the same with 0 for a coder who read the act and did not give the construct; this is the number that the
  models see.

A coder who did not read an act is missing there, not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.vocabulary import CONSTRUCTS

Measure = Literal["construct", "category", "valence", "severity", "level"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
ORDINAL: frozenset[Measure] = frozenset({"severity", "level"})
GROUPS = ("all", "construct", "decade", "direction")


def judgements(catalogue: Catalogue) -> pd.DataFrame:
    """One judgement a coder, event and construct, of every event that the coder read.

    Parameters
    ----------
    catalogue
        A validated catalogue.

    Returns
    -------
    DataFrame
        Indexed by ``event_id, construct, coder``; columns ``construct`` ("given" or "not given"), ``category``, ``valence`` and
        ``severity`` of the gravest row (missing where not given; ties go to the higher confidence, then to codebook order) and
        ``level`` (0 where not given).

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> sorted(judgements(load("us-russia")).columns)
    ['category', 'construct', 'level', 'severity', 'valence']
    """
    rank = {(c.name, k): n for c in CONSTRUCTS.values() for n, k in enumerate(c.category_names)}
    given = catalogue.codings[catalogue.codings["construct"].isin(CONSTRUCTS)]
    given = given.assign(rank=[rank[pair] for pair in zip(given["construct"], given["category"], strict=True)])
    keys = ["event_id", "construct", "coder"]
    gravest = given.sort_values(["severity", "confidence", "rank"], ascending=[False, False, True]).drop_duplicates(
        keys
    )
    table = catalogue.readings.merge(pd.Series(list(CONSTRUCTS), name="construct"), how="cross").merge(
        gravest[[*keys, "category", "valence", "severity"]], on=keys, how="left"
    )
    table = table.assign(level=table["severity"].fillna(0.0)).set_index(keys).sort_index()
    table["construct"] = np.where(table["severity"].notna(), "given", "not given")
    return table[list(MEASURES)]


def coincidences(values: pd.DataFrame, domain: Sequence[object]) -> np.ndarray:
    """Coincidence matrix of each unit (Krippendorff 2011): how often the coders' values meet in it.

    ``o[c, k] = n[c] (n[k] - [c = k]) / (m - 1)`` with ``n[c]`` of the unit's ``m`` values equal to ``c``; a unit with fewer than
    two values adds nothing.

    Parameters
    ----------
    values
        One row a unit, one column a coder; missing where a coder gave none.
    domain
        The possible values, in order.

    Returns
    -------
    array (unit, value, value)
    """
    counts = np.stack([(values == v).sum(axis=1).to_numpy(dtype=float) for v in domain], axis=1)
    pairs = counts[:, :, None] * (counts[:, None, :] - np.eye(len(domain)))
    size = counts.sum(axis=1)
    return np.asarray(np.where(size > 1, 1.0, 0.0)[:, None, None] * pairs / np.maximum(size - 1, 1.0)[:, None, None])


def alpha(coincidence: np.ndarray, ordinal: bool) -> np.ndarray:
    """Krippendorff's alpha of coincidence matrices: one less the observed over the expected disagreement.

    Disagreement is 1 between unequal nominal values, and for ordinal values the squared number of ranks between them, as the
    marginals have it. Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability".

    Parameters
    ----------
    coincidence : (..., value, value) coincidence matrices, each summed over its units.
    ordinal : whether the values are ordered.

    Returns
    -------
    array (...)
        NaN where there is nothing to compare, or where all values are one.

    Examples
    --------
    >>> float(alpha(np.array([[8.0, 2.0], [2.0, 8.0]]), ordinal=False).round(3))
    0.62
    """
    n = coincidence.sum(axis=-1)
    total = n.sum(axis=-1)
    if ordinal:
        upto = n.cumsum(axis=-1) - n / 2
        distance = (upto[..., :, None] - upto[..., None, :]) ** 2
    else:
        distance = np.broadcast_to(1.0 - np.eye(n.shape[-1]), coincidence.shape)
    observed = (coincidence * distance).sum(axis=(-2, -1))
    expected = (n[..., :, None] * n[..., None, :] * distance).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 - (total - 1.0) * observed / expected)


def _domain(measure: Measure) -> tuple[object, ...]:
    if measure == "construct":
        return ("given", "not given")
    if measure == "category":
        return tuple(f"{c.name}/{k}" for c in CONSTRUCTS.values() for k in c.category_names)
    if measure == "valence":
        return (-1.0, 1.0)
    return tuple(float(v) for v in range(measure == "severity", 6))


def _units(catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judgements with categories named in full, and each unit's group under every grouping."""
    if len(catalogue.coders) < 2:
        raise InputError([Problem("codings.csv", f"agreement needs two coders; there are {len(catalogue.coders)}")])
    table = judgements(catalogue)
    name = table.index.get_level_values("construct").astype(object)
    table = table.assign(category=(name + "/" + table["category"]).where(table["category"].notna()))
    units = table.index.droplevel("coder").unique().to_frame(index=False)
    events = catalogue.events.set_index("event_id").loc[units["event_id"]]
    groups = units.assign(
        all="all",
        decade=(events["date"].dt.year // 10 * 10).astype(str).add("s").to_numpy(),
        direction=(events["sender"] + ">" + events["receiver"]).to_numpy(),
    )
    return table, groups


def agreement(catalogue: Catalogue, resamples: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Krippendorff's alpha over all units and by construct, decade and direction, with 95 % bootstrap intervals.

    The bootstrap draws whole events with replacement, so that the constructs of one act stay together.

    Parameters
    ----------
    catalogue
        A validated catalogue with two coders or more.
    resamples
        Number of bootstrap samples.
    seed
        Seed of the resampling.

    Returns
    -------
    DataFrame
        Columns ``by`` (all, construct, decade, direction), ``group``, ``measure``, ``units`` (with two values or more), ``alpha``,
        ``low``, ``high``. Alpha is missing where all values are one.

    Raises
    ------
    InputError
        If there are fewer than two coders.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> table = agreement(load("us-russia"), resamples=10)
    >>> sorted(set(table["by"]))
    ['all', 'construct', 'decade', 'direction']
    """
    table, groups = _units(catalogue)
    rows = []
    for measure in MEASURES:
        values = table[measure].unstack("coder").loc[pd.MultiIndex.from_frame(groups[["event_id", "construct"]])]
        matrices = coincidences(values, _domain(measure))
        occurs = matrices.sum(axis=(0, 1)) > 0
        matrices = matrices[:, occurs][:, :, occurs]
        comparable = (values.notna().sum(axis=1) > 1).to_numpy()
        for by in GROUPS:
            for group in groups[by].unique():
                here = (groups[by] == group).to_numpy()
                event = pd.factorize(groups.loc[here, "event_id"])[0]
                whole = np.zeros((event.max() + 1, *matrices.shape[1:]))
                np.add.at(whole, event, matrices[here])
                weights = np.random.default_rng(seed).multinomial(
                    len(whole), np.full(len(whole), 1 / len(whole)), size=resamples
                )
                drawn = (weights @ whole.reshape(len(whole), -1)).reshape(resamples, *matrices.shape[1:])
                spread = alpha(drawn, measure in ORDINAL)
                low, high = np.nanquantile(spread, [0.025, 0.975]) if np.isfinite(spread).any() else (np.nan, np.nan)
                point = float(alpha(whole.sum(axis=0), measure in ORDINAL))
                rows.append((by, group, measure, int(comparable[here].sum()), point, float(low), float(high)))
    return pd.DataFrame(rows, columns=["by", "group", "measure", "units", "alpha", "low", "high"])


def confusion(catalogue: Catalogue, construct: str, measure: Measure) -> pd.DataFrame:
    """How often two coders of one event meet on each pair of values.

    Parameters
    ----------
    catalogue
        A validated catalogue with two coders or more.
    construct
        One of the five constructs.
    measure
        What is compared.

    Returns
    -------
    DataFrame
        Symmetric, values by values: the number of pairs of coders of one event with the row's and the column's value, so that the
        diagonal and one triangle sum to the number of pairs compared. Empty if no coder gave the construct.

    Raises
    ------
    InputError
        If there are fewer than two coders.
    """
    table, _ = _units(catalogue)
    values = table.xs(construct, level="construct")[measure].unstack("coder")
    domain = [v for v in _domain(measure) if (values == v).to_numpy().any()]
    if not domain:
        return pd.DataFrame()
    counts = np.stack([(values == v).sum(axis=1).to_numpy(dtype=float) for v in domain], axis=1)
    pairs = (counts[:, :, None] * (counts[:, None, :] - np.eye(len(domain)))).sum(axis=0)
    pairs[np.diag_indices(len(domain))] /= 2
    names = [v.removeprefix(f"{construct}/") if isinstance(v, str) else f"{v:g}" for v in domain]
    return pd.DataFrame(pairs.astype(int), index=names, columns=names)


def disputed(catalogue: Catalogue, count: int = 20) -> pd.DataFrame:
    """The events that coders read most differently.

    The dispute over an event is the mean difference between two coders' signed levels (valence times severity, 0 where not
    given), summed over the five constructs.

    Parameters
    ----------
    catalogue
        A validated catalogue with two coders or more.
    count
        Number of events.

    Returns
    -------
    DataFrame
        Indexed by ``event_id``, the most disputed first: ``dispute``, ``title`` and one column a construct with the coders' signed
        levels in order of their names.

    Raises
    ------
    InputError
        If there are fewer than two coders.
    """
    table, _ = _units(catalogue)
    signed = (table["level"] * table["valence"].fillna(0)).unstack("coder")
    values = signed.to_numpy()
    gaps = np.abs(values[:, :, None] - values[:, None, :])
    pairs = np.isfinite(gaps).sum(axis=(1, 2)) - np.isfinite(values).sum(axis=1)
    mean = np.where(pairs > 0, np.nansum(gaps, axis=(1, 2)) / np.maximum(pairs, 1), 0.0)
    dispute = pd.Series(mean, index=signed.index).groupby("event_id").sum()
    top = dispute.round(9).sort_values(ascending=False, kind="stable").head(count)
    told = signed.apply(lambda row: " ".join("." if pd.isna(v) else f"{v:+.0f}" if v else "0" for v in row), axis=1)
    wide = told.unstack("construct").loc[top.index, list(CONSTRUCTS)]
    titles = catalogue.events.set_index("event_id")["title"]
    return pd.concat([top.rename("dispute"), titles.loc[top.index], wide], axis=1)
