"""Log probabilities of the outcomes of one dyad given its risk, and their derivatives."""

from __future__ import annotations

import math

import numpy as np

from statusmodels.models.kernel.compiled import compiled


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
def ordinal(eta, u, level, weight, slope, cut, log_between, pull, gu, g_cut):  # type: ignore[no-untyped-def]
    """Cumulative logit of ``slope`` times the risk. Adds to ``gu`` (derivative by the risk) and ``g_cut``.

    Returns the log probability and its derivative by the slope. The logarithms of the logistic function's denominators are taken of
    their running product, not one by one.
    """
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
def acts(eta, u, level, count, weight, with_level, intercept, slope, rise, dispersion, gu, g_act):  # type: ignore[no-untyped-def]
    """Negative binomial counts: of further acts where the level is above zero, or of all acts if levels are not modelled.

    Adds to ``gu`` and to ``g_act`` (derivatives by intercept, slope, rise and dispersion).
    """
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
def continuous(eta, u, series, weight, intercept, slope, scale, gu, g_series):  # type: ignore[no-untyped-def]
    """A normal series. Adds to ``gu`` and to ``g_series`` (derivatives by intercept, slope and log scale)."""
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
