r"""Compiled parts of the joint measurement and risk model: density of the coders' judgements, severities, memories.

The readable definition is :func:`statusmodels.models.joint.measurement_variables`; this file computes the same numbers and
``tests/test_joint.py`` holds them equal (values and gradients). With a compiled ``risk`` that returns, besides its log density,
the gradient by the memories, the joint density at ``x`` and ``y`` (the measurement's part of the vector) is

.. code-block:: python

    severities(y, judgements, severity)
    memories(severity, fades, standards, memory, threat)
    lp = risk(x, memory, threat, grad, g_memory, g_threat)
    g_severity[:] = 0.0
    memories_pullback(g_memory, g_threat, fades, standards, g_severity)
    lp += judgements_density(y, judgements, g_severity, grad_y)

A risk that tells the gradient by its six mixed signals instead needs, in the place of the fifth line,

.. code-block:: python

    signal_weights(w_honor, w_authority, mix, weight)
    signals_pullback(g_signal, weight, fades, standards, g_severity)

which takes half the time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.outcomes import cutpoints, cutpoints_pullback, gaps_between
from statusmodels.models.kernel.priors import HALFNORMAL, NORMAL, block_prior, sigmoid
from statusmodels.models.measurement import UNREAD
from statusmodels.panel.severities import Fades

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
_contracted = njit(nogil=True, error_model="numpy", fastmath={"contract"})  # recursions in one instruction a step
# blocks of the measurement's unconstrained vector, as named and sized by models.joint
CUT_FIRST, CUT_GAP, PRECISION, PRECISION_SPREAD, PRECISION_OFFSET, BIAS_SPREAD, BIAS_OFFSET, LATENT = range(8)
HONOR_AND_AUTHORITY = 4  # signals that are honor or authority; the others are threats posed, then relieved, by category
LARGE = 1e200


class Judgements(NamedTuple):
    """What the coders said of N acts and constructs, for S signal constructs and R coders.

    Attributes
    ----------
    blocks : (9,) first index of each block of the unconstrained vector, and the end.
    prior : (7, 2) location (0 for half-normals) and scale of each block but the last.
    construct : (N,) construct of each sampled latent severity.
    level : (N, R) levels given, -1 where not read; at least one is above zero.
    centre, follow, spread : (N,), (N, 5), (N,); a latent severity is ``centre + follow @ cut + spread * x`` at its coordinate x.
    silent_construct, silent_count : (Z,) construct of each pattern of judgements without any level above zero, and number of acts.
    silent_read : (Z, R) 1 where the coder read the act, else 0.
    basis : (R, R - 1) orthonormal basis of the biases that sum to zero.
    grid, log_weight : (G,) points and log weights that integrate over a standard normal.
    """

    blocks: Counts
    prior: Array
    construct: Counts
    level: Counts
    centre: Array
    follow: Array
    spread: Array
    silent_construct: Counts
    silent_count: Array
    silent_read: Array
    basis: Array
    grid: Array
    log_weight: Array


class Standards(NamedTuple):
    """Means (4 + 2 C, K) that are taken off each signal's memories, and scales that divide them."""

    mean: Array
    scale: Array


@compiled
def _cuts(y, judgements):  # type: ignore[no-untyped-def]
    """Cutpoints (S, 5) of each construct."""
    at = judgements.blocks
    constructs = at[CUT_GAP] - at[CUT_FIRST]
    gaps = (at[CUT_GAP + 1] - at[CUT_GAP]) // constructs
    cut = np.empty((constructs, gaps + 1))
    for c in range(constructs):
        gap = at[CUT_GAP] + c * gaps
        cut[c] = cutpoints(y[at[CUT_FIRST] + c : at[CUT_FIRST] + c + 1], y[gap : gap + gaps])
    return cut


@compiled
def _latent(y, judgements, cut, n):  # type: ignore[no-untyped-def]
    """Latent severity n, at the cutpoints (5,) of its construct."""
    eta = judgements.centre[n] + judgements.spread[n] * y[judgements.blocks[LATENT] + n]
    for k in range(cut.shape[0]):
        eta += judgements.follow[n, k] * cut[k]
    return eta


@compiled
def severities(y, judgements, severity):  # type: ignore[no-untyped-def]
    """True severities (N,) at the measurement's vector ``y``: the levels that an average coder would on average give."""
    at = judgements.blocks
    cut = _cuts(y, judgements)
    for n in range(judgements.construct.shape[0]):
        c = judgements.construct[n]
        precision = math.exp(y[at[PRECISION] + c])
        eta = _latent(y, judgements, cut[c], n)
        total = 0.0
        for k in range(cut.shape[1]):
            total += sigmoid(precision * (eta - cut[c, k]))
        severity[n] = total


@compiled
def judgements_density(y, judgements, g_severity, grad):  # type: ignore[no-untyped-def]
    """Log density of parameters, latent severities and judgements.

    Parameters
    ----------
    y : (M,) the measurement's unconstrained vector.
    judgements : what the coders said.
    g_severity : (N,) gradient of the rest of the model by the severities.
    grad : (M,) receives the gradient of both by ``y``; it is added to what is there.
    """
    at, prior = judgements.blocks, judgements.prior
    constructs = at[CUT_GAP] - at[CUT_FIRST]
    acts, coders = judgements.level.shape
    lp = 0.0
    for b in range(LATENT):
        family = HALFNORMAL if b in (PRECISION_SPREAD, BIAS_SPREAD) else NORMAL
        lp += block_prior(y, at[b], at[b + 1], family, prior[b, 0], prior[b, 1], grad)

    cut = _cuts(y, judgements)
    top = cut.shape[1]
    precision_spread = math.exp(y[at[PRECISION_SPREAD]])
    bias_spread = math.exp(y[at[BIAS_SPREAD]])
    precision = np.empty((constructs, coders))
    bias = np.zeros((constructs, coders))
    for c in range(constructs):
        for r in range(coders):
            precision[c, r] = math.exp(
                y[at[PRECISION] + c] + precision_spread * y[at[PRECISION_OFFSET] + c * coders + r]
            )
            for j in range(coders - 1):
                bias[c, r] += bias_spread * judgements.basis[r, j] * y[at[BIAS_OFFSET] + c * (coders - 1) + j]
    g_cut = np.zeros((constructs, top))
    g_precision = np.zeros((constructs, coders))
    g_bias = np.zeros((constructs, coders))

    # log of the difference of neighbouring logistic functions: the part that the latent severity does not enter
    between = np.zeros((constructs, coders, top))
    pull = np.zeros((constructs, coders, top))
    for c in range(constructs):
        for r in range(coders):
            between[c, r], pull[c, r] = gaps_between(precision[c, r] * cut[c])

    product = 1.0  # of the logistic functions' denominators, so that one logarithm serves many
    for n in range(acts):
        c = judgements.construct[n]
        eta = _latent(y, judgements, cut[c], n)
        lp += math.log(judgements.spread[n]) - 0.5 * eta * eta
        g_eta = -eta
        for r in range(coders):
            k = judgements.level[n, r]
            if k == UNREAD:
                continue
            if k < top:  # below the next cutpoint
                x = precision[c, r] * (eta + bias[c, r] - cut[c, k])
                e = math.exp(-abs(x))
                product *= 1.0 + e
                lp -= max(x, 0.0)
                g = -(1.0 if x > 0.0 else e) / (1.0 + e)
                g_precision[c, r] += g * x
                g *= precision[c, r]
                g_cut[c, k] -= g
                g_bias[c, r] += g
                g_eta += g
            if k > 0:  # at or above the last one
                x = precision[c, r] * (cut[c, k - 1] - eta - bias[c, r])
                e = math.exp(-abs(x))
                product *= 1.0 + e
                lp -= max(x, 0.0)
                g = -(1.0 if x > 0.0 else e) / (1.0 + e)
                g_precision[c, r] += g * x
                g *= precision[c, r]
                g_cut[c, k - 1] += g
                g_bias[c, r] -= g
                g_eta -= g
                if k < top:
                    lp += between[c, r, k]
                    g = pull[c, r, k] * precision[c, r]
                    g_cut[c, k] += g
                    g_cut[c, k - 1] -= g
                    g_precision[c, r] += g * (cut[c, k] - cut[c, k - 1])
        if product > LARGE:
            lp -= math.log(product)
            product = 1.0
        if g_severity[n] != 0.0:
            average = math.exp(y[at[PRECISION] + c])
            slope = 0.0
            for k in range(top):
                x = average * (eta - cut[c, k])
                p = sigmoid(x)
                g = g_severity[n] * p * (1.0 - p)
                grad[at[PRECISION] + c] += g * x
                slope += g
                g_cut[c, k] -= g * average
            g_eta += slope * average
        grad[at[LATENT] + n] += judgements.spread[n] * g_eta
        for k in range(top):
            g_cut[c, k] += judgements.follow[n, k] * g_eta
    lp -= math.log(product) + 0.5 * acts * math.log(2.0 * math.pi)
    lp += _silence(judgements, cut[:, 0], precision, bias, g_cut[:, 0], g_precision, g_bias)

    for c in range(constructs):
        first, gap = at[CUT_FIRST] + c, at[CUT_GAP] + c * (top - 1)
        cutpoints_pullback(cut[c], g_cut[c], grad[first : first + 1], grad[gap : gap + top - 1])
        for r in range(coders):  # g_precision is by the logarithm
            offset = at[PRECISION_OFFSET] + c * coders + r
            grad[at[PRECISION] + c] += g_precision[c, r]
            grad[offset] += precision_spread * g_precision[c, r]
            grad[at[PRECISION_SPREAD]] += precision_spread * y[offset] * g_precision[c, r]
            grad[at[BIAS_SPREAD]] += g_bias[c, r] * bias[c, r]
            for j in range(coders - 1):
                grad[at[BIAS_OFFSET] + c * (coders - 1) + j] += bias_spread * judgements.basis[r, j] * g_bias[c, r]
    return lp


@compiled
def _silence(judgements, cut, precision, bias, g_cut, g_precision, g_bias):  # type: ignore[no-untyped-def]
    """Log probability of the acts that no coder gave the construct, their latent severities integrated out.

    Adds the gradients by the first cutpoints (S,), by log precisions and by biases (S, R).
    """
    points = judgements.grid.shape[0]
    coders = precision.shape[1]
    lp = 0.0
    log_p = np.empty(points)
    given = np.empty((coders, points))
    for z in range(judgements.silent_count.shape[0]):
        c = judgements.silent_construct[z]
        count = judgements.silent_count[z]
        for i in range(points):
            rest = 0.0
            product = 1.0
            for r in range(coders):
                if judgements.silent_read[z, r] > 0.0:
                    x = precision[c, r] * (judgements.grid[i] + bias[c, r] - cut[c])
                    e = math.exp(-abs(x))
                    given[r, i] = (1.0 if x > 0.0 else e) / (1.0 + e)
                    product *= 1.0 + e
                    rest += max(x, 0.0)
            log_p[i] = judgements.log_weight[i] - rest - math.log(product)
        highest = log_p.max()
        total = 0.0
        for i in range(points):
            log_p[i] = math.exp(log_p[i] - highest)
            total += log_p[i]
        lp += count * (highest + math.log(total))
        for r in range(coders):
            if judgements.silent_read[z, r] > 0.0:
                slope = 0.0
                stretch = 0.0
                for i in range(points):
                    x = precision[c, r] * (judgements.grid[i] + bias[c, r] - cut[c])
                    g = log_p[i] * given[r, i]
                    slope += g
                    stretch += g * x
                slope *= count * precision[c, r] / total
                g_precision[c, r] -= count * stretch / total
                g_bias[c, r] -= slope
                g_cut[c] += slope
    return lp


@compiled
def _row(memory, threat, signal, half_life, half_lives, first, last):  # type: ignore[no-untyped-def]
    """The stretch of ``memory`` or ``threat`` that holds one signal at one half-life."""
    if signal < HONOR_AND_AUTHORITY:
        return memory[signal, half_life, first:last]
    categories = threat.shape[1] // half_lives
    kind = (signal - HONOR_AND_AUTHORITY) // categories
    category = (signal - HONOR_AND_AUTHORITY) % categories
    return threat[kind, category * half_lives + half_life, first:last]


@_contracted
def memories(severity, fades, standards, memory, threat):  # type: ignore[no-untyped-def]
    """Standardised memories of severities.

    Parameters
    ----------
    severity : (N,) severities.
    fades : how they are remembered.
    standards : means and scales.
    memory, threat : (4, K, D * T) and (2, C * K, D * T), written in full.
    """
    half_lives, periods = fades.keep.shape
    dyads = memory.shape[2] // periods
    standing = np.empty(periods)
    for lane in range(fades.first.shape[0] - 1):
        signal, dyad = lane // dyads, lane % dyads
        begin, end = fades.first[lane], fades.first[lane + 1]
        stands = False
        for i in range(begin, end):
            if fades.begins[i] < fades.fades[i]:
                if not stands:
                    standing[:] = 0.0
                    stands = True
                s = fades.share[i] * severity[fades.severity[i]]
                standing[fades.begins[i]] += s
                if fades.fades[i] < periods:
                    standing[fades.fades[i]] -= s
        if stands:
            for t in range(1, periods):
                standing[t] += standing[t - 1]
        for k in range(half_lives):
            row = _row(memory, threat, signal, k, half_lives, dyad * periods, (dyad + 1) * periods)
            factor = 1.0 / standards.scale[signal, k]
            mean = standards.mean[signal, k] * factor
            if begin == end:
                row[:] = -mean
                continue
            row[:] = 0.0
            for i in range(begin, end):
                if fades.fades[i] < periods:
                    row[fades.fades[i]] += fades.share[i] * fades.remains[i, k] * severity[fades.severity[i]]
            carry = 0.0
            for t in range(periods):
                carry = carry * fades.keep[k, t] + row[t]
                row[t] = carry * factor - mean
            if stands:
                for t in range(periods):
                    row[t] += standing[t] * factor


@compiled
def memories_pullback(g_memory, g_threat, fades, standards, g_severity):  # type: ignore[no-untyped-def]
    """Adjoint of :func:`memories`: add to ``g_severity`` (N,) the gradient by the severities.

    ``g_memory`` and ``g_threat`` are the gradients by ``memory`` and ``threat``.
    """
    half_lives, periods = fades.keep.shape
    dyads = g_memory.shape[2] // periods
    g_fading = np.zeros(periods + 1)
    g_standing = np.zeros(periods + 1)
    for lane in range(fades.first.shape[0] - 1):
        signal, dyad = lane // dyads, lane % dyads
        begin, end = fades.first[lane], fades.first[lane + 1]
        if begin == end:
            continue
        for k in range(half_lives):
            row = _row(g_memory, g_threat, signal, k, half_lives, dyad * periods, (dyad + 1) * periods)
            _fading_pullback(row, fades.keep[k], g_fading, g_standing)
            factor = 1.0 / standards.scale[signal, k]
            for i in range(begin, end):
                stood = g_standing[fades.begins[i]] - g_standing[fades.fades[i]]
                g = stood + fades.remains[i, k] * g_fading[fades.fades[i]]
                g_severity[fades.severity[i]] += fades.share[i] * factor * g


@_contracted
def _fading_pullback(row, keep, g_fading, g_standing):  # type: ignore[no-untyped-def]
    """Gradients (T + 1,) by what begins to fade and by what begins to stand for good in each period, nothing at T.

    ``row`` is the gradient by the memory.
    """
    periods = row.shape[0]
    fading = row[periods - 1]
    standing = fading
    g_fading[periods - 1] = fading
    g_standing[periods - 1] = standing
    for t in range(periods - 2, -1, -1):
        fading = fading * keep[t + 1] + row[t]
        standing += row[t]
        g_fading[t] = fading
        g_standing[t] = standing


@compiled
def signal_weights(w_honor, w_authority, mix, weight):  # type: ignore[no-untyped-def]
    """Write to ``weight`` (4 + 2 C, K) the weight of each signal's memory in its mixture.

    ``w_honor`` and ``w_authority`` are (K,), ``mix`` is (C * K,): an act and its opposite are remembered alike.
    """
    half_lives = w_honor.shape[0]
    categories = mix.shape[0] // half_lives
    for k in range(half_lives):
        for kind in range(2):
            weight[kind, k] = w_honor[k]
            weight[2 + kind, k] = w_authority[k]
            for c in range(categories):
                weight[HONOR_AND_AUTHORITY + kind * categories + c, k] = mix[c * half_lives + k]


@compiled
def signals_pullback(g_signal, weight, fades, standards, g_severity):  # type: ignore[no-untyped-def]
    """Adjoint of :func:`memories` where they enter the rest only through mixed signals.

    Parameters
    ----------
    g_signal : (6, D * T) gradient by honor, honor granted, authority, authority granted, threat and relief.
    weight : (4 + 2 C, K) as written by :func:`signal_weights`.
    fades, standards : as in :func:`memories`.
    g_severity : (N,) the gradient by the severities is added to it.
    """
    half_lives, periods = fades.keep.shape
    dyads = g_signal.shape[1] // periods
    categories = (weight.shape[0] - HONOR_AND_AUTHORITY) // 2
    g_fading = np.zeros((half_lives, periods + 1))
    g_standing = np.zeros(periods + 1)
    for mixture in range(g_signal.shape[0]):
        first, last = mixture, mixture + 1
        if mixture >= HONOR_AND_AUTHORITY:
            first = HONOR_AND_AUTHORITY + (mixture - HONOR_AND_AUTHORITY) * categories
            last = first + categories
        for dyad in range(dyads):
            row = g_signal[mixture, dyad * periods : (dyad + 1) * periods]
            for k in range(half_lives):
                _fading_pullback(row, fades.keep[k], g_fading[k], g_standing)
            for signal in range(first, last):
                lane = signal * dyads + dyad
                for i in range(fades.first[lane], fades.first[lane + 1]):
                    stood = g_standing[fades.begins[i]] - g_standing[fades.fades[i]]
                    g = 0.0
                    for k in range(half_lives):
                        one = stood + fades.remains[i, k] * g_fading[k, fades.fades[i]]
                        g += one * weight[signal, k] / standards.scale[signal, k]
                    g_severity[fades.severity[i]] += fades.share[i] * g


HEADER = 10  # numbers at the head of a packed buffer: its length, then the sizes below


def pack(fades: Fades, standards: Standards, judgements: Judgements) -> Array:
    """All arrays in one buffer of doubles, for :func:`unpack`; integers are exact in doubles far beyond any count here."""
    head = np.zeros(HEADER)
    flat = np.concatenate([head, *(np.asarray(a, dtype=float).ravel() for a in (*fades, *standards, *judgements))])
    half_lives, periods = fades.keep.shape
    acts, coders = judgements.level.shape
    sizes = (len(fades.share), half_lives, periods, len(fades.first), len(standards.mean), acts, coders)
    flat[:HEADER] = len(flat), *sizes, len(judgements.silent_count), len(judgements.grid)
    return flat


@compiled
def _integers(buffer, first, n):  # type: ignore[no-untyped-def]
    return buffer[first : first + n].astype(np.int64)


@compiled
def unpack(buffer):  # type: ignore[no-untyped-def]
    """The ``fades, standards, judgements`` of a packed buffer; arrays of doubles are views of it."""
    n, half_lives, periods, lanes, signals = (
        int(buffer[1]),
        int(buffer[2]),
        int(buffer[3]),
        int(buffer[4]),
        int(buffer[5]),
    )
    acts, coders, silent, points = int(buffer[6]), int(buffer[7]), int(buffer[8]), int(buffer[9])
    i = HEADER
    severity = _integers(buffer, i, n)
    i += n
    share = buffer[i : i + n]
    i += n
    begins = _integers(buffer, i, n)
    i += n
    stops = _integers(buffer, i, n)
    i += n
    remains = buffer[i : i + n * half_lives].reshape((n, half_lives))
    i += n * half_lives
    first = _integers(buffer, i, lanes)
    i += lanes
    keep = buffer[i : i + half_lives * periods].reshape((half_lives, periods))
    i += half_lives * periods
    mean = buffer[i : i + signals * half_lives].reshape((signals, half_lives))
    i += signals * half_lives
    scale = buffer[i : i + signals * half_lives].reshape((signals, half_lives))
    i += signals * half_lives
    at = _integers(buffer, i, LATENT + 2)
    i += LATENT + 2
    prior = buffer[i : i + 2 * LATENT].reshape((LATENT, 2))
    i += 2 * LATENT
    construct = _integers(buffer, i, acts)
    i += acts
    level = _integers(buffer, i, acts * coders).reshape((acts, coders))
    i += acts * coders
    centre = buffer[i : i + acts]
    i += acts
    top = 1 + (at[CUT_GAP + 1] - at[CUT_GAP]) // (at[CUT_GAP] - at[CUT_FIRST])
    follow = buffer[i : i + acts * top].reshape((acts, top))
    i += acts * top
    spread = buffer[i : i + acts]
    i += acts
    silent_construct = _integers(buffer, i, silent)
    i += silent
    silent_count = buffer[i : i + silent]
    i += silent
    silent_read = buffer[i : i + silent * coders].reshape((silent, coders))
    i += silent * coders
    basis = buffer[i : i + coders * (coders - 1)].reshape((coders, coders - 1))
    i += coders * (coders - 1)
    grid = buffer[i : i + points]
    i += points
    log_weight = buffer[i : i + points]
    return (
        Fades(severity, share, begins, stops, remains, first, keep),
        Standards(mean, scale),
        Judgements(
            at,
            prior,
            construct,
            level,
            centre,
            follow,
            spread,
            silent_construct,
            silent_count,
            silent_read,
            basis,
            grid,
            log_weight,
        ),
    )
