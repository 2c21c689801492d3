"""Density of the coders' judgements in the joint model, and the severities that they are judgements of.

The readable definition is :func:`statusmodels.models.joint_assembly.measurement_variables`; this file computes the same numbers
and ``tests/test_joint.py`` holds them equal (values and gradients).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.outcomes import cutpoints, cutpoints_pullback, gaps_between
from statusmodels.models.kernel.packing import integers, matrix, vector
from statusmodels.models.kernel.priors import HALFNORMAL, NORMAL, block_prior, sigmoid

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
# blocks of the measurement's unconstrained vector, as named and sized by models.joint
CUT_FIRST, CUT_GAP, PRECISION, PRECISION_SPREAD, PRECISION_OFFSET, BIAS_SPREAD, BIAS_OFFSET, LATENT = range(8)
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


@compiled
def unpacked_judgements(buffer, i):  # type: ignore[no-untyped-def]
    """The :class:`Judgements` that begin at ``i`` of a buffer, and where the next array begins."""
    blocks, i = integers(buffer, i)
    prior, i = matrix(buffer, i)
    construct, i = integers(buffer, i)
    level, i = matrix(buffer, i)
    centre, i = vector(buffer, i)
    follow, i = matrix(buffer, i)
    spread, i = vector(buffer, i)
    silent_construct, i = integers(buffer, i)
    silent_count, i = vector(buffer, i)
    silent_read, i = matrix(buffer, i)
    basis, i = matrix(buffer, i)
    grid, i = vector(buffer, i)
    log_weight, i = vector(buffer, i)
    return Judgements(
        blocks, prior, construct, level.astype(np.int64), centre, follow, spread, silent_construct, silent_count, silent_read,
        basis, grid, log_weight,
    ), i  # fmt: skip


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
            if k < 0:  # not read
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
