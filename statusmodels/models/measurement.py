r"""The measurement model: what several coders' judgements say about an act's severity.

Each act e has, on each construct c, a latent severity :math:`\eta_{ec} \sim N(0, 1)` and a level :math:`z_{ec}`, the number of
the construct's cutpoints below it (0: the act does not carry the construct). Coder r reports a level with a bias and a precision
of its own,

.. math::

    P(y_{ecr} \ge k \mid \eta_{ec}) = \text{logit}^{-1}(\alpha_{cr}(\eta_{ec} + \beta_{cr} - \kappa_{ck})),

a graded response model (Samejima 1969) with coders in the place of items. Biases and precisions are pooled over coders within
a construct, and their spreads over constructs. A coder who did not read an act adds nothing.

The latent severities are integrated out on a grid. Acts that all coders judged alike share one integral, and there are few
such patterns, so the cost does not grow with the number of acts.

:func:`plug_in` and :func:`impute` turn the result into a catalogue with one coder, which the rest of the package reads like any
other: the first with posterior means, the second with one draw, for multiple imputation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import readers, severity_shares
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT, SEVERITIES

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
TOP = max(SEVERITIES)
GRID = np.linspace(-4.5, 4.5, 301)
LOG_WEIGHT = -0.5 * GRID**2 - np.log(np.exp(-0.5 * GRID**2).sum())
UNREAD = -1
POOLED = "pooled"
SIGNALS = ("honor", "authority", "threat")


@dataclass(frozen=True)
class Ratings:
    """Coders' levels of each act on each construct, and the distinct patterns among them.

    Attributes
    ----------
    level : (event, construct, coder) highest severity given, 0 where not given, -1 where not read.
    event_ids, coders : names along the first and the last axis; constructs are those of the vocabulary, in order.
    pattern : (P, 1 + coder) construct and levels of each distinct pattern.
    count : (P,) number of acts with it.
    of : (event, construct) index of the act's pattern.
    """

    level: Counts
    event_ids: tuple[str, ...]
    coders: tuple[str, ...]
    pattern: Counts
    count: Counts
    of: Counts


def ratings(catalogue: Catalogue) -> Ratings:
    """Coders' levels of a catalogue's acts.

    Parameters
    ----------
    catalogue
        A validated catalogue, every event of it coded.

    Returns
    -------
    Ratings

    Raises
    ------
    InputError
        If an event was read by nobody.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> ratings(load("us-russia")).level.shape[1:]
    (5, 3)
    """
    events = tuple(str(e) for e in readers(catalogue).index)
    coders = catalogue.coders
    row, column = {e: i for i, e in enumerate(events)}, {r: i for i, r in enumerate(coders)}
    level = np.full((len(events), len(CONSTRUCTS), len(coders)), UNREAD, dtype=np.int64)
    read = catalogue.readings
    level[[row[e] for e in read["event_id"]], :, [column[r] for r in read["coder"]]] = 0
    place = {name: i for i, name in enumerate(CONSTRUCTS)}
    given = catalogue.codings[catalogue.codings["construct"].isin(CONSTRUCTS)]
    at = (
        [row[e] for e in given["event_id"]],
        [place[c] for c in given["construct"]],
        [column[r] for r in given["coder"]],
    )
    np.maximum.at(level, at, given["severity"].to_numpy(dtype=np.int64))
    return _with_patterns(level, events, coders)


def _with_patterns(level: Counts, events: tuple[str, ...], coders: tuple[str, ...]) -> Ratings:
    n_events, n_constructs, _ = level.shape
    construct = np.broadcast_to(np.arange(n_constructs)[None, :, None], (n_events, n_constructs, 1))
    rows = np.concatenate([construct, level], axis=2).reshape(n_events * n_constructs, -1)
    pattern, of, count = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return Ratings(level, events, coders, pattern, count, of.reshape(n_events, n_constructs))


def pymc_model(data: Ratings) -> pm.Model:
    """The measurement model, latent severities integrated out.

    Parameters
    ----------
    data
        As made by :func:`ratings`.

    Returns
    -------
    pymc.Model
        With ``cutpoint`` (construct, at_least), ``precision`` and ``bias`` (construct, coder); biases of one construct sum to zero,
        because a shift of all coders is a shift of the cutpoints.
    """
    coords = {"construct": list(CONSTRUCTS), "coder": list(data.coders), "at_least": list(SEVERITIES)}
    with pm.Model(coords=coords) as model:
        first = pm.Normal("cut_first", 0.8, 1.0, dims="construct")  # a construct in 5 % to 90 % of acts
        gap = pm.Normal("cut_gap", -1.0, 0.75, shape=(len(CONSTRUCTS), TOP - 1))
        steps = pt.concatenate([first[:, None], pt.exp(gap)], axis=1)
        cut = pm.Deterministic("cutpoint", pt.cumsum(steps, axis=1), dims=("construct", "at_least"))
        centre = pm.Normal("log_precision", 1.5, 1.0, dims="construct")  # coder noise of 0.05 to 3 latent sds
        spread = pm.HalfNormal("precision_spread", 0.5)
        # centred: hundreds of acts tell a coder's precision and bias well
        precision = pm.LogNormal("precision", centre[:, None], spread, dims=("construct", "coder"))
        bias_spread = pm.HalfNormal("bias_spread", 0.25)
        bias = pm.ZeroSumNormal("bias", bias_spread, dims=("construct", "coder"))
        told = _pattern_logp(cut, precision, bias, data.pattern, pt)
        pm.Potential("ratings", pt.sum(data.count * _logsumexp(told + LOG_WEIGHT, pt)))
    return model


def _logsumexp(x: Any, lib: Any) -> Any:
    top = x.max(axis=-1, keepdims=True)
    return top[..., 0] + lib.log(lib.exp(x - top).sum(axis=-1))


def _pattern_logp(cut: Any, precision: Any, bias: Any, pattern: Counts, lib: Any) -> Any:
    """Log probability of each pattern's levels at each point of the grid, (P, G); ``lib`` is numpy or pytensor.tensor."""
    # boundaries (construct, coder, boundary, G): at or above the k-th level; then levels between neighbouring boundaries
    x = precision[:, :, None, None] * (GRID - cut[:, None, :, None] + bias[:, :, None, None])
    at_least, below = _log_sigmoid(x, lib), _log_sigmoid(-x, lib)
    # log(P(>= k) - P(>= k + 1)) without cancellation
    between = at_least[:, :, :-1] + below[:, :, 1:] + lib.log(-lib.expm1(x[:, :, 1:] - x[:, :, :-1]))
    unread = lib.zeros_like(below[:, :, :1])
    level = lib.concatenate(
        [below[:, :, :1], between, at_least[:, :, -1:], unread], axis=2
    )  # the last stands for UNREAD
    coder = np.arange(pattern.shape[1] - 1)
    return level[pattern[:, :1], coder[None, :], np.where(pattern[:, 1:] == UNREAD, TOP + 1, pattern[:, 1:])].sum(
        axis=1
    )


def _log_sigmoid(x: Any, lib: Any) -> Any:
    return -np.logaddexp(0.0, -x) if lib is np else -pt.softplus(-x)


def level_probabilities(parameters: xr.Dataset, data: Ratings) -> Array:
    """Probability of each true level given the coders' levels, averaged over draws of the parameters.

    Parameters
    ----------
    parameters
        Draws of ``cutpoint``, ``precision`` and ``bias`` with one leading dim ``sample``.
    data
        The ratings.

    Returns
    -------
    array (event, construct, level 0-5)
    """
    total = np.zeros((len(data.pattern), TOP + 1))
    for given in _levels_by_draw(parameters, data):
        total += given
    return np.asarray((total / parameters.sizes["sample"])[data.of])


def _levels_by_draw(parameters: xr.Dataset, data: Ratings) -> Iterator[Array]:
    """For each draw, the probability of each true level under each pattern, (P, level)."""
    construct = data.pattern[:, 0]
    for s in range(parameters.sizes["sample"]):
        cut, precision, bias = (parameters[k][s].to_numpy() for k in ("cutpoint", "precision", "bias"))
        logp = _pattern_logp(cut, precision, bias, data.pattern, np) + LOG_WEIGHT
        weight = np.exp(logp - logp.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        true = (GRID[None, :, None] > cut[construct][:, None, :]).sum(axis=2)
        yield np.stack([(weight * (true == k)).sum(axis=1) for k in range(TOP + 1)], axis=1)


def plug_in(catalogue: Catalogue, probabilities: Array) -> Catalogue:
    """A catalogue with one coder: posterior mean severities of signals, posterior median levels of outcomes.

    Parameters
    ----------
    catalogue
        The catalogue that was measured.
    probabilities
        As returned by :func:`level_probabilities`.

    Returns
    -------
    Catalogue
        Its severities of honor, authority and threat are not whole numbers; an act's categories and valences share them as its
        coders gave them on average. Levels of escalation and cooperation are whole, under the category given most.
    """
    mean = probabilities @ np.arange(TOP + 1)
    median = (probabilities.cumsum(axis=-1) < 0.5).sum(axis=-1)
    severity = np.where([name in SIGNALS for name in CONSTRUCTS], mean, median)
    shares = severity_shares(catalogue)
    # an outcome's level is not divided among categories: the one with the largest share stands for the act
    top = shares.sort_values("share", ascending=False, kind="stable").drop_duplicates(["event_id", "construct"])
    top = top[~top["construct"].isin(SIGNALS)].assign(share=1.0)
    return _one_coder(catalogue, severity, pd.concat([shares[shares["construct"].isin(SIGNALS)], top]))


def impute(catalogue: Catalogue, parameters: xr.Dataset, data: Ratings, rng: np.random.Generator) -> Catalogue:
    """A catalogue with one coder: one draw of every act's true level, for multiple imputation.

    Parameters
    ----------
    catalogue
        The catalogue that was measured.
    parameters
        Draws of the measurement model's parameters, leading dim ``sample``; one of them is used.
    data
        The catalogue's ratings.
    rng
        Draws the parameters, the levels, and whose categories and valences an act gets.

    Returns
    -------
    Catalogue
    """
    one = parameters.isel(sample=[int(rng.integers(parameters.sizes["sample"]))])
    (given,) = _levels_by_draw(one, data)
    cumulative = given[data.of].cumsum(axis=-1)
    drawn = (rng.random(data.of.shape)[..., None] > cumulative[..., :-1]).sum(axis=-1)
    shares = severity_shares(catalogue, rng)
    return _one_coder(catalogue, drawn.astype(float), shares)


def _one_coder(catalogue: Catalogue, severity: Array, shares: pd.DataFrame) -> Catalogue:
    events = pd.Index(readers(catalogue).index)
    rows = events.get_indexer(shares["event_id"])
    columns = pd.Index(list(CONSTRUCTS)).get_indexer(shares["construct"])
    codings = shares.assign(severity=shares["share"].to_numpy() * severity[rows, columns], coder=POOLED, confidence=1.0)
    codings = codings[codings["severity"] > 0]
    rest = events.difference(codings["event_id"])
    nothing = pd.DataFrame(
        {"event_id": rest, "construct": NO_CONSTRUCT, "category": NO_CONSTRUCT, "valence": 0, "severity": 0.0}
    ).assign(coder=POOLED, confidence=1.0)
    codings = pd.concat([codings[list(catalogue.codings.columns)], nothing[list(catalogue.codings.columns)]])
    codings = codings.sort_values(["event_id", "construct", "category", "valence"], ignore_index=True)
    digest = hashlib.sha256(catalogue.sha256.encode() + codings.to_csv(index=False).encode()).hexdigest()
    return replace(catalogue, codings=codings, sha256=digest)
