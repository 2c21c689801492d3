"""Log probabilities of outcomes given the risk, and their derivatives."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from statusmodels.models.kernel.blocks import (
    ACT_DISPERSION,
    ACT_INTERCEPT,
    ACT_RISE,
    ACT_SLOPE,
    CUT_FIRST,
    CUT_GAP,
    EXTERNAL_CUT_FIRST,
    EXTERNAL_CUT_GAP,
    EXTERNAL_INTERCEPT,
    EXTERNAL_SCALE,
    EXTERNAL_SLOPE,
)
from statusmodels.models.kernel.compiled import compiled


class Outcomes(NamedTuple):
    """Parameters of the outcomes, or the gradient by them; empty where an outcome is not modelled.

    Attributes
    ----------
    cut : (G,) cutpoints of the level; as parameters, with what :func:`gaps_between` tells of them.
    acts : (4,) intercept, slope, rise with the level and dispersion of the count of acts.
    external : (3,) intercept, slope and scale of the external series.
    external_cut : as ``cut``, of an ordinal external series.
    """

    cut: Any
    acts: Any
    external: Any
    external_cut: Any


@compiled
def present(at, block):  # type: ignore[no-untyped-def]
    """Whether a block has entries."""
    return at[block + 1] > at[block]


@compiled
def scalar(x, at, block, otherwise):  # type: ignore[no-untyped-def]
    """The first entry of a block, or another value if the block is empty."""
    return x[at[block]] if present(at, block) else otherwise


@compiled
def cutpoints(first, log_gap):  # type: ignore[no-untyped-def]
    """Ordered cutpoints from the first one (an array of one, or of none) and the logarithms of the gaps."""
    cut = np.empty(first.shape[0] + log_gap.shape[0])
    if cut.shape[0] > 0:
        cut[0] = first[0]
    for k in range(log_gap.shape[0]):
        cut[k + 1] = cut[k] + math.exp(log_gap[k])
    return cut


@compiled
def cutpoints_pullback(cut, g_cut, g_first, g_log_gap):  # type: ignore[no-untyped-def]
    """Add the gradient by the first cutpoint and by the logarithms of the gaps."""
    running = 0.0
    for k in range(cut.shape[0] - 1, 0, -1):
        running += g_cut[k]
        g_log_gap[k - 1] += running * (cut[k] - cut[k - 1])
    if cut.shape[0] > 0:
        g_first[0] += running + g_cut[0]


@compiled
def gaps_between(cut):  # type: ignore[no-untyped-def]
    """For each pair of neighbouring cutpoints ``log(1 - exp(-gap))`` and its derivative by the gap; entry 0 is unused."""
    log_between = np.zeros(cut.shape[0])
    pull = np.zeros(cut.shape[0])
    for k in range(1, cut.shape[0]):
        gap = cut[k] - cut[k - 1]
        log_between[k] = math.log(-math.expm1(-gap))
        pull[k] = 1.0 / math.expm1(gap)
    return log_between, pull


@compiled
def ordinal(eta, u, level, weight, slope, cuts, gu, g_cut):  # type: ignore[no-untyped-def]
    """Cumulative logit of ``slope`` times the risk, with cutpoints and their gaps.

    Adds to ``gu`` (derivative by the risk) and ``g_cut``. Returns the log probability and its derivative by the slope. The logarithms
    of the logistic function's denominators are taken of their running product, not one by one.
    """
    cut, log_between, pull = cuts
    top = cut.shape[0]
    lp = 0.0
    product = 1.0
    g_slope = 0.0
    for t in range(eta.shape[0]):
        if weight[t] == 0.0:
            continue
        x = slope * (eta[t] + u[t])
        y = int(level[t])
        g = 0.0
        if y < top:
            z = x - cut[y]
            e = math.exp(-abs(z))
            product *= 1.0 + e
            lp -= max(z, 0.0)
            p = (1.0 if z > 0.0 else e) / (1.0 + e)
            g -= p
            g_cut[y] += p
        if y > 0:
            z = cut[y - 1] - x
            e = math.exp(-abs(z))
            product *= 1.0 + e
            lp -= max(z, 0.0)
            p = (1.0 if z > 0.0 else e) / (1.0 + e)
            g += p
            g_cut[y - 1] -= p
            if y < top:
                lp += log_between[y]
                g_cut[y] += pull[y]
                g_cut[y - 1] -= pull[y]
        if product > 1e200:
            lp -= math.log(product)
            product = 1.0
        gu[t] += slope * g
        g_slope += g * (eta[t] + u[t])
    return lp - math.log(product), g_slope


@compiled
def acts(eta, u, level, count, weight, with_level, parameters, gu, g_act):  # type: ignore[no-untyped-def]
    """Negative binomial counts: of further acts where the level is above zero, or of all acts if levels are not modelled.

    ``parameters`` are intercept, slope, rise and dispersion. Adds to ``gu`` and to ``g_act`` (derivatives by them).
    """
    intercept, slope, rise, dispersion = parameters
    log_dispersion = math.log(dispersion)
    lp = 0.0
    for t in range(eta.shape[0]):
        if weight[t] == 0.0 or (with_level and level[t] == 0.0):
            continue
        theta = eta[t] + u[t]
        steps = level[t] - 1.0 if with_level else 0.0
        log_mean = intercept + slope * theta + rise * steps
        mean = math.exp(log_mean)
        log_total = math.log(dispersion + mean)
        n = int(count[t])
        for j in range(n):
            lp += math.log((dispersion + j) / (j + 1.0))
            g_act[3] += 1.0 / (dispersion + j)
        share = (dispersion + n) / (dispersion + mean)
        lp += dispersion * (log_dispersion - log_total) + n * (log_mean - log_total)
        g_act[3] += log_dispersion - log_total + 1.0 - share
        g_mean = n - share * mean
        g_act[0] += g_mean
        g_act[1] += g_mean * theta
        g_act[2] += g_mean * steps
        gu[t] += slope * g_mean
    return lp


@compiled
def continuous(eta, u, series, weight, parameters, gu, g_series):  # type: ignore[no-untyped-def]
    """A normal series with intercept, slope and scale. Adds to ``gu`` and to ``g_series`` (by intercept, slope and log scale)."""
    intercept, slope, scale = parameters
    lp = 0.0
    for t in range(eta.shape[0]):
        if weight[t] > 0.0:
            theta = eta[t] + u[t]
            r = (series[t] - intercept - slope * theta) / scale
            lp -= 0.5 * r * r + math.log(scale) + 0.5 * math.log(2.0 * math.pi)
            g_series[0] += r / scale
            g_series[1] += theta * r / scale
            g_series[2] += r * r - 1.0
            gu[t] += slope * r / scale
    return lp


@compiled
def _with_gaps(cut):  # type: ignore[no-untyped-def]
    log_between, pull = gaps_between(cut)
    return cut, log_between, pull


@compiled
def outcomes(x, at, widening):  # type: ignore[no-untyped-def]
    """Parameters of the outcomes at an unconstrained vector, the level's cutpoints widened."""
    cut = widening * cutpoints(x[at[CUT_FIRST] : at[CUT_FIRST + 1]], x[at[CUT_GAP] : at[CUT_GAP + 1]])
    of_acts = (
        scalar(x, at, ACT_INTERCEPT, 0.0),
        math.exp(scalar(x, at, ACT_SLOPE, 0.0)),
        scalar(x, at, ACT_RISE, 0.0),
        math.exp(scalar(x, at, ACT_DISPERSION, 0.0)),
    )
    external = (
        scalar(x, at, EXTERNAL_INTERCEPT, 0.0),
        math.exp(scalar(x, at, EXTERNAL_SLOPE, 0.0)),
        math.exp(scalar(x, at, EXTERNAL_SCALE, 0.0)),
    )
    external_cut = cutpoints(
        x[at[EXTERNAL_CUT_FIRST] : at[EXTERNAL_CUT_FIRST + 1]], x[at[EXTERNAL_CUT_GAP] : at[EXTERNAL_CUT_GAP + 1]]
    )
    return Outcomes(_with_gaps(cut), of_acts, external, _with_gaps(external_cut))


@compiled
def outcomes_pullback(at, outcome, widening, g, grad):  # type: ignore[no-untyped-def]
    """Add to ``grad`` the gradient by the unconstrained vector from that by the parameters; not by the widening."""
    if present(at, CUT_FIRST):
        g_first = np.zeros(1)
        cutpoints_pullback(outcome.cut[0], g.cut, g_first, grad[at[CUT_GAP] : at[CUT_GAP + 1]])
        grad[at[CUT_FIRST]] += widening * g_first[0]
    if present(at, ACT_INTERCEPT):
        grad[at[ACT_INTERCEPT]] += g.acts[0]
        grad[at[ACT_SLOPE]] += g.acts[1] * outcome.acts[1]
        grad[at[ACT_DISPERSION]] += g.acts[3] * outcome.acts[3]
    if present(at, ACT_RISE):
        grad[at[ACT_RISE]] += g.acts[2]
    if present(at, EXTERNAL_SLOPE):
        grad[at[EXTERNAL_SLOPE]] += g.external[1] * outcome.external[1]
    if present(at, EXTERNAL_SCALE):
        grad[at[EXTERNAL_INTERCEPT]] += g.external[0]
        grad[at[EXTERNAL_SCALE]] += g.external[2]
    if present(at, EXTERNAL_CUT_FIRST):
        cutpoints_pullback(
            outcome.external_cut[0],
            g.external_cut,
            grad[at[EXTERNAL_CUT_FIRST] : at[EXTERNAL_CUT_FIRST + 1]],
            grad[at[EXTERNAL_CUT_GAP] : at[EXTERNAL_CUT_GAP + 1]],
        )


@compiled
def no_gradient(outcome):  # type: ignore[no-untyped-def]
    """A gradient of zero by the parameters of outcomes."""
    cuts, external_cuts = outcome.cut[0].shape[0], outcome.external_cut[0].shape[0]
    return Outcomes(np.zeros(cuts), np.zeros(4), np.zeros(3), np.zeros(external_cuts))


@compiled
def outcomes_density(first, last, arguments, outcome, eta, u, gu, g):  # type: ignore[no-untyped-def]
    """Log probability of all modelled outcomes of n dyad-periods.

    Parameters
    ----------
    first, last : the dyad-periods, from ``first`` to before ``last``.
    arguments : data.
    outcome : parameters.
    eta, u : (n,) linear predictor and latent path; the risk is their sum.
    gu, g : the gradient by the risk (n,) and by the parameters is added to them.
    """
    at = arguments.at
    lp = 0.0
    level = arguments.level[first:last]
    if present(at, CUT_FIRST):
        on = arguments.weight[0, first:last]
        lp += ordinal(eta, u, level, on, 1.0, outcome.cut, gu, g.cut)[0]
    if present(at, ACT_INTERCEPT):
        count, on = arguments.acts[first:last], arguments.weight[1, first:last]
        lp += acts(eta, u, level, count, on, present(at, CUT_FIRST), outcome.acts, gu, g.acts)
    if present(at, EXTERNAL_SLOPE):
        series, on = arguments.external[first:last], arguments.weight[2, first:last]
        if present(at, EXTERNAL_SCALE):
            lp += continuous(eta, u, series, on, outcome.external, gu, g.external)
        else:
            more, g_slope = ordinal(eta, u, series, on, outcome.external[1], outcome.external_cut, gu, g.external_cut)
            lp += more
            g.external[1] += g_slope
    return lp
