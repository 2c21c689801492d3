r"""The measurement part of the joint model, in which what is not known of severities flows into the risk, and back.

Each act e has, on each signal construct c (honor, authority, threat), a latent severity :math:`\eta_{ec} \sim N(0, 1)`. Coder r, with
a precision and a bias of its own, gives it a level (:mod:`statusmodels.models.measurement`):

.. math::

    P(y_{ecr} \ge k \mid \eta_{ec}) = \text{logit}^{-1}(\alpha_{cr}(\eta_{ec} + \beta_{cr} - \kappa_{ck})), \qquad
    \log \alpha_{cr} = \log \alpha_c + \tau_\alpha z_{cr}, \qquad
    \beta_{c\cdot} = \tau_\beta B z'_c

with B an orthonormal basis of what sums to zero. The risk model sees the act's *true severity*, the level that an average coder
would on average give it,

.. math:: s_{ec} = \sum_k \text{logit}^{-1}(\alpha_c (\eta_{ec} - \kappa_{ck})),

divided among categories and valences as the coders did on average, faded into memories (:mod:`statusmodels.panel.severities`) and
put on the scale of a plug-in design, so that coefficients keep their units.

An act without the construct is part of the measurement too: that no coder gave it tells of the cutpoints, and to leave it out would
be to select on the judgements. Its latent severity is integrated out on a grid, once for each pattern of readers. In the risk its
severity is taken as zero. That is an approximation: a little of it may have been missed by all coders.

Latent severities follow the cutpoints, and sampled by themselves they would hold them fast. They are sampled in coordinates in
which a pilot makes them nearly independent of the cutpoints and standard normal,

.. math:: \eta_{ec} = m_{ec} + w_{ec}'(\kappa_c - \hat\kappa_c) + v_{ec}\,\xi_{ec},

with :math:`m` and :math:`v` the mean and standard deviation of :math:`\eta` given its judgements at rough estimates
:math:`\hat\kappa` and w the mean's derivative by the cutpoints. This is an exact change of variables whatever the pilot says.

The outcomes' constructs stay plugged in. :mod:`statusmodels.models.joint_assembly` is the readable definition of the density,
:mod:`statusmodels.models.kernel.joint` computes it, and :mod:`statusmodels.inference.joint` samples it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.linalg import helmert
from scipy.special import expit, log_expit, logsumexp, softmax
from scipy.stats import norm

from statusmodels.events.catalogue import Catalogue
from statusmodels.events.vocabulary import CONSTRUCTS, SEVERITIES
from statusmodels.models.design import Design
from statusmodels.models.kernel.judgements import Judgements
from statusmodels.models.kernel.memories import Standards
from statusmodels.models.measurement import GRID, LOG_WEIGHT, TOP, UNREAD, ratings
from statusmodels.models.priors import Prior
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS
from statusmodels.panel.severities import SIGNAL_CONSTRUCTS, ActSeverities, act_severities, memories

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
PRIORS: dict[str, Prior] = {
    "rating_cut_first": Prior("normal", 0.8, 1.0, "a construct in almost none to 90 % of acts"),
    "rating_cut_gap": Prior("normal", -1.0, 0.75, "log gaps between the cutpoints of neighbouring levels"),
    "rating_precision": Prior("normal", 1.5, 1.0, "log; coder noise of 0.05 to 3 latent standard deviations"),
    "rating_precision_spread": Prior("halfnormal", 0.0, 0.5, "coders of one construct are about equally precise"),
    "rating_precision_offset": Prior("normal", 0.0, 1.0, "non-centred deviations of coders; fixed"),
    "rating_bias_spread": Prior("halfnormal", 0.0, 0.25, "coders differ by less than one level does from the next"),
    "rating_bias_offset": Prior("normal", 0.0, 1.0, "non-centred biases of coders; fixed"),
}
BLOCKS = (*PRIORS, "latent")
ROUGH_PRECISIONS = tuple(2.0**k for k in range(-1, 7))
LEAST_GAP = 1e-3  # between rough cutpoints


@dataclass(frozen=True)
class Measured:
    """A catalogue's judgements of signals, ready for the joint density.

    Attributes
    ----------
    acts : the severities and how a panel remembers them.
    judgements : what the coders said.
    standards : centring and scaling of the memories.
    start : (M,) unconstrained vector to start a sampler from, by rough estimates.
    event_ids : (N,) act of each severity.
    coders : names of the coders.
    """

    acts: ActSeverities
    judgements: Judgements
    standards: Standards
    start: Array
    event_ids: tuple[str, ...]
    coders: tuple[str, ...]


def sizes(coders: int, acts: int) -> dict[str, int]:
    """Length of each block of the measurement's unconstrained vector, for the numbers of coders and of sampled severities."""
    constructs = len(SIGNAL_CONSTRUCTS)
    return {
        "rating_cut_first": constructs,
        "rating_cut_gap": constructs * (TOP - 1),
        "rating_precision": constructs,
        "rating_precision_spread": 1,
        "rating_precision_offset": constructs * coders,
        "rating_bias_spread": 1,
        "rating_bias_offset": constructs * (coders - 1),
        "latent": acts,
    }


def measured(
    catalogue: Catalogue, panel: xr.Dataset, design: Design, priors: Mapping[str, Prior] | None = None
) -> Measured:
    """What the joint model takes from a catalogue.

    Parameters
    ----------
    catalogue
        A validated catalogue, every event of it coded.
    panel, design
        Built from one plug-in of the catalogue (its pooled severities, or :func:`~statusmodels.models.measurement.plug_in`); they
        set the periods and the centring and scaling of the memories.
    priors
        Replacements by block of :data:`PRIORS`.

    Returns
    -------
    Measured

    Raises
    ------
    InputError
        If an event was read by nobody.
    ValueError
        If the design is not one of the panel, the panel's memories are not told at the start of its periods or its first periods
        were cut off, or a prior is not replaceable.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.models.design import design
    >>> from statusmodels.panel.panel import build
    >>> catalogue = load("us-russia")
    >>> panel = build(catalogue)
    >>> measured(catalogue, panel, design(panel)).judgements.level.shape
    (762, 3)
    """
    unknown = [name for name in priors or {} if name not in PRIORS or name.endswith("_offset")]
    if unknown:
        free = [name for name in PRIORS if not name.endswith("_offset")]
        raise ValueError(f"no such prior can be replaced: {', '.join(unknown)}; replaceable are {', '.join(free)}")
    acts = act_severities(catalogue, panel)
    data = ratings(catalogue)
    level = data.level[:, [list(CONSTRUCTS).index(c) for c in SIGNAL_CONSTRUCTS]]
    coders = len(data.coders)
    given = level[acts.event, acts.construct]
    cut, precision = _rough(level, acts.construct, given)
    centre, follow, spread = _coordinates(cut, precision, acts.construct, given)
    silent = [np.flatnonzero(level[:, c].max(axis=1) == 0) for c in range(len(SIGNAL_CONSTRUCTS))]
    rows = np.concatenate([np.column_stack([np.full(len(e), c), level[e, c] != UNREAD]) for c, e in enumerate(silent)])
    pattern, count = np.unique(rows, axis=0, return_counts=True)
    table = {**PRIORS, **(priors or {})}
    judgements = Judgements(
        blocks=np.cumsum([0, *sizes(coders, len(given)).values()]),
        prior=np.array([(table[name].a, table[name].b) for name in PRIORS]),
        construct=acts.construct,
        level=given,
        centre=centre,
        follow=follow,
        spread=spread,
        silent_construct=pattern[:, 0].copy(),
        silent_count=count.astype(float),
        silent_read=pattern[:, 1:].astype(float),
        basis=_basis(coders),
        grid=GRID,
        log_weight=LOG_WEIGHT,
    )
    names = tuple(data.event_ids[e] for e in acts.event)
    start = _start(cut, precision, table, sizes(coders, len(given)))
    return Measured(acts, judgements, standards(panel, design), start, names, data.coders)


def _log_weights(cut: Array, precision: Array, construct: Counts, given: Counts) -> Array:
    """Log weights (N, G) of the grid's points: the standard normal times the probability of the judgements (N, R).

    Coders are taken to be alike: cutpoints are (S, 5), precisions (S,).
    """
    x = precision[:, None, None] * (GRID - cut[:, :, None])
    at_least, less = log_expit(x), log_expit(-x)
    between = at_least[:, :-1] + less[:, 1:] + np.log(-np.expm1(x[:, 1:] - x[:, :-1]))
    table = np.concatenate([less[:, :1], between, at_least[:, -1:], np.zeros_like(less[:, :1])], axis=1)
    place = np.where(given == UNREAD, TOP + 1, given)
    return np.asarray(LOG_WEIGHT + table[construct[:, None], place].sum(axis=1))


def _rough(level: Counts, construct: Counts, given: Counts) -> tuple[Array, Array]:
    """Cutpoints (S, 5) that the frequencies of levels (event, construct, coder) suggest, and likely precisions (S,)."""
    read = np.maximum((level != UNREAD).sum(axis=(0, 2)), 1)[:, None]
    above = np.stack([(level >= k).sum(axis=(0, 2)) for k in SEVERITIES], axis=1)
    # levels that nobody gave would have no gap between them
    cut = norm.isf((above + 0.5) / (read + 1.0)) + LEAST_GAP * np.arange(TOP)
    told = [
        np.bincount(construct, logsumexp(_log_weights(cut, np.full(len(cut), p), construct, given), axis=1), len(cut))
        for p in ROUGH_PRECISIONS
    ]
    return cut, np.array(ROUGH_PRECISIONS)[np.argmax(told, axis=0)]


def _coordinates(cut: Array, precision: Array, construct: Counts, given: Counts) -> tuple[Array, Array, Array]:
    """Centres (N,), weights of the cutpoints (N, 5) and standard deviations (N,) of latent severities at rough estimates."""

    def moment(cut: Array, power: int) -> Array:
        return np.asarray(softmax(_log_weights(cut, precision, construct, given), axis=1) @ GRID**power)

    mean = moment(cut, 1)
    spread = np.sqrt(np.maximum(moment(cut, 2) - mean**2, LEAST_GAP**2))
    steps = 0.1 * LEAST_GAP * np.eye(TOP)
    follow = np.stack([(moment(cut + e, 1) - moment(cut - e, 1)) / (2 * e.max()) for e in steps], axis=1)
    return mean - (follow * cut[construct]).sum(axis=1), follow, spread


def _start(cut: Array, precision: Array, table: Mapping[str, Prior], lengths: Mapping[str, int]) -> Array:
    """Rough estimates as an unconstrained vector, spreads in the middle of their priors and all coordinates zero."""
    block = {name: np.zeros(n) for name, n in lengths.items()}
    block["rating_cut_first"] = cut[:, 0]
    gap = table["rating_cut_gap"]
    block["rating_cut_gap"] = np.maximum(np.log(np.diff(cut, axis=1)), gap.a - 2 * gap.b).ravel()
    block["rating_precision"] = np.log(precision)
    for name in ("rating_precision_spread", "rating_bias_spread"):
        block[name][:] = np.log(0.5 * table[name].b)
    return np.concatenate(list(block.values()))


def _basis(coders: int) -> Array:
    """Orthonormal basis (R, R - 1) of the vectors that sum to zero."""
    return np.ascontiguousarray(helmert(coders).T) if coders > 1 else np.zeros((1, 0))


def standards(panel: xr.Dataset, design: Design) -> Standards:
    """The means and scales by which a design standardised a panel's memories, read off both.

    Raises
    ------
    ValueError
        If the design's memories are not those of the panel, centred and scaled.
    """
    dims = ("category", "half_life", "dyad", "period")
    raw = np.concatenate(
        [
            np.stack([panel[f"{name}_memory"].transpose(*dims[1:]).to_numpy() for name in SIGNALS]),
            *(panel[f"{name}_memory"].transpose(*dims).to_numpy() for name in THREAT_SIGNALS),
        ]
    )
    raw = raw.reshape(*raw.shape[:2], -1)
    made = np.concatenate([design.memory, design.threat.reshape(-1, *design.memory.shape[1:])])
    wrong = ValueError("the design's memories are not those of the panel; build the design from it")
    if raw.shape != made.shape:
        raise wrong
    low, high = (np.expand_dims(i, -1) for i in (raw.argmin(axis=-1), raw.argmax(axis=-1)))
    ranges = [np.take_along_axis(x, high, -1) - np.take_along_axis(x, low, -1) for x in (raw, made)]
    varies = (ranges[0] > 0) & (ranges[1] > 0)  # a signal without acts is zero throughout, and any scale will do
    scale = np.where(varies, ranges[0], 1.0) / np.where(varies, ranges[1], 1.0)
    mean = np.take_along_axis(raw, low, -1) - scale * np.take_along_axis(made, low, -1)
    if not np.allclose((raw - mean) / scale, made, rtol=0, atol=1e-8):
        raise wrong
    return Standards(mean[..., 0], scale[..., 0])


def transformed(y: Array, coders: int) -> dict[str, Array]:
    """Cutpoints (..., S, 5), average precisions (..., S), precisions and biases (..., S, R) and both spreads (...)."""
    lead, constructs = y.shape[:-1], len(SIGNAL_CONSTRUCTS)
    lengths = sizes(coders, 0)
    ends = np.cumsum(list(lengths.values()))
    block = {name: y[..., b - n : b] for (name, n), b in zip(lengths.items(), ends, strict=True)}
    gap = np.exp(block["rating_cut_gap"].reshape(*lead, constructs, TOP - 1))
    precision_spread, bias_spread = np.exp(block["rating_precision_spread"]), np.exp(block["rating_bias_spread"])
    offset = block["rating_precision_offset"].reshape(*lead, constructs, coders)
    direction = block["rating_bias_offset"].reshape(*lead, constructs, coders - 1)
    return {
        "cutpoint": np.concatenate([block["rating_cut_first"][..., None], gap], axis=-1).cumsum(axis=-1),
        "average_precision": np.exp(block["rating_precision"]),
        "precision": np.exp(block["rating_precision"][..., None] + precision_spread[..., None] * offset),
        "bias": bias_spread[..., None] * (direction @ _basis(coders).T),
        "precision_spread": precision_spread[..., 0],
        "bias_spread": bias_spread[..., 0],
    }


def centres(cut: Any, judged: Judgements) -> Any:
    """Points (..., N) that latent severities are sampled around, at cutpoints (..., S, 5)."""
    return judged.centre + (judged.follow * cut[..., judged.construct, :]).sum(axis=-1)


def constrain(y: Array, data: Measured) -> xr.Dataset:
    """Named quantities from the measurement's unconstrained vectors.

    Parameters
    ----------
    y : (..., M) unconstrained draws.
    data : what was measured.

    Returns
    -------
    Dataset
        Leading dims ``chain, draw`` (or ``sample``), then the quantity's own: ``cutpoint`` (construct, at_least),
        ``average_precision`` (construct), ``precision`` and ``bias`` (construct, coder), ``precision_spread``, ``bias_spread``,
        and ``latent`` and ``severity`` (act), with the coordinates ``event_id`` and ``act_construct``.
    """
    lead = {1: ("sample",), 2: ("chain", "draw")}[y.ndim - 1]
    one = transformed(y, len(data.coders))
    construct = data.judgements.construct
    cut = one["cutpoint"]
    judged = data.judgements
    latent = centres(cut, judged) + judged.spread * y[..., judged.blocks[-2] :]
    severity = np.zeros(latent.shape)
    for k in range(TOP):
        severity += expit(one["average_precision"][..., construct] * (latent - cut[..., construct, k]))
    dims = {
        "cutpoint": ("construct", "at_least"),
        "average_precision": ("construct",),
        "precision": ("construct", "coder"),
        "bias": ("construct", "coder"),
        "precision_spread": (),
        "bias_spread": (),
        "latent": ("act",),
        "severity": ("act",),
    }
    values = {**one, "latent": latent, "severity": severity}
    return xr.Dataset(
        {name: ((*lead, *own), values[name]) for name, own in dims.items()},
        coords={
            "construct": list(SIGNAL_CONSTRUCTS),
            "at_least": list(SEVERITIES),
            "coder": list(data.coders),
            "act": [f"{event}: {SIGNAL_CONSTRUCTS[c]}" for event, c in zip(data.event_ids, construct, strict=True)],
            "event_id": ("act", list(data.event_ids)),
            "act_construct": ("act", [SIGNAL_CONSTRUCTS[c] for c in construct]),
        },
    )


def design_memories(severity: Array, data: Measured) -> tuple[Array, Array]:
    """The memories of severities (..., N) as a design holds them, (..., 4, K, D * T) and (..., 2, C * K, D * T)."""
    raw = memories(data.acts, severity)
    mean, scale = (a[..., None] for a in data.standards)
    z = (raw.reshape(*raw.shape[:-2], -1) - mean) / scale
    first, rest = z[..., : len(SIGNALS), :, :], z[..., len(SIGNALS) :, :, :]
    return first, rest.reshape(*rest.shape[:-3], len(THREAT_SIGNALS), -1, rest.shape[-1])


def log_likelihood(named: xr.Dataset, data: Measured) -> Array:
    """Log probability (S,) of all judgements given the parameters and the latent severities, those of silent acts integrated out.

    ``named`` is as returned by :func:`constrain`, with leading dim ``sample``.
    """
    cut, precision, bias, latent = (named[k].to_numpy() for k in ("cutpoint", "precision", "bias", "latent"))
    judged = data.judgements
    out = np.empty(len(cut))
    for s in range(len(out)):
        edges = np.pad(cut[s], ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))[judged.construct]
        a, b = (np.take_along_axis(edges, np.maximum(judged.level, 0) + k, axis=1) for k in (0, 1))
        slope, at = precision[s, judged.construct], latent[s][:, None] + bias[s, judged.construct]
        upper, lower = slope * (at - a), slope * (at - b)
        told = log_expit(upper) + log_expit(-lower) + np.log(-np.expm1(lower - upper))
        out[s] = told[judged.level != UNREAD].sum()
        c = judged.silent_construct
        reach = precision[s, c][:, :, None] * (judged.grid + bias[s, c][:, :, None] - cut[s, c, 0][:, None, None])
        nothing = (log_expit(-reach) * judged.silent_read[:, :, None]).sum(axis=1) + judged.log_weight
        out[s] += judged.silent_count @ logsumexp(nothing, axis=1)
    return out
