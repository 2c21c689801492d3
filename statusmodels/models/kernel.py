"""The log density of the model and its gradient, in one compiled pass over the panel.

The readable definition of the model is :mod:`statusmodels.models.assembly`; this file computes the same number, and
``tests/test_kernel.py`` holds the two equal (value and gradient). It exists because compiling the same model from a
symbolic graph takes a minute or more, and because the latent path is sampled in coordinates in which it is nearly a
standard normal:

    u = Q^-1 h (r - eta) + L^-T z,      Q = Q_AR(sigma, rho) + diag(h) = L L'

with ``h`` and ``r`` the curvature and working response of a pilot (:mod:`statusmodels.inference.pilot`). This is an exact
change of variables for any ``h >= 0``, its Jacobian included; ``h = 0`` is the non-centred AR(1). Everything is linear in
the number of dyad-periods.

It all stands in one file because numba's cache on disk notices a change only in the file of the function it compiled.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, cfunc, njit, types

LOGIT_NORMAL = 256.0 / (75.0 * math.pi**2)  # (16 sqrt(3) / (15 pi))^2, the logistic-normal integral's constant
SPREADS = 3  # effects that vary by dyad: honor denied, authority denied, threat (the first three terms)

_compiled = njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def _sigmoid(x):  # type: ignore[no-untyped-def]
    e = math.exp(-abs(x))
    return (1.0 if x > 0.0 else e) / (1.0 + e)


@_compiled
def softmax(x):  # type: ignore[no-untyped-def]
    """Weights on the simplex from logits."""
    e = np.exp(x - x.max())
    return e / e.sum()


@_compiled
def _softmax_pullback(weight, g_weight):  # type: ignore[no-untyped-def]
    return weight * (g_weight - np.sum(weight * g_weight))


@_compiled
def _normal(x, at, n, loc, scale, grad):  # type: ignore[no-untyped-def]
    """Add the Normal prior of ``x[at:at + n]``."""
    lp = -n * (math.log(scale) + 0.5 * math.log(2.0 * math.pi))
    for i in range(at, at + n):
        r = (x[i] - loc) / scale
        lp -= 0.5 * r * r
        grad[i] -= r / scale
    return lp


@_compiled
def _halfnormal_log(x, at, n, scale, grad):  # type: ignore[no-untyped-def]
    """Add the HalfNormal prior of ``exp(x)``, with the Jacobian of the logarithm."""
    lp = n * (0.5 * math.log(2.0 / math.pi) - math.log(scale))
    for i in range(at, at + n):
        r = math.exp(x[i]) / scale
        lp += x[i] - 0.5 * r * r
        grad[i] += 1.0 - r * r
    return lp


@_compiled
def path_factor(sigma, rho, h, inverse, off):  # type: ignore[no-untyped-def]
    """Cholesky factor of one dyad's AR(1) precision plus ``diag(h)``: the inverse of its diagonal, and its subdiagonal.

    Returns the log determinant of the factor.
    """
    n = h.shape[0]
    if n == 1:
        end = 1.0 / (sigma * sigma)
        inner = end
        link = 0.0
    else:
        end = 1.0 / (sigma * sigma * (1.0 - rho * rho))
        inner = (1.0 + rho * rho) * end
        link = -rho * end
    log_det = 0.0
    product = 1.0
    for t in range(n):
        q = (end if t == 0 or t == n - 1 else inner) + h[t]
        if t > 0:
            off[t] = link * inverse[t - 1]
            q -= off[t] * off[t]
        else:
            off[t] = 0.0
        inverse[t] = 1.0 / math.sqrt(q)
        product *= q
        if product > 1e100 or product < 1e-100:
            log_det += 0.5 * math.log(product)
            product = 1.0
    return log_det + 0.5 * math.log(product)


@_compiled
def _whitened_path(z, eta, h, response, inverse, off, s, u):  # type: ignore[no-untyped-def]
    """Solve ``u = L^-T (L^-1 h (response - eta) + z)`` for one dyad; ``s`` keeps the inner solution."""
    n = z.shape[0]
    carry = 0.0
    for t in range(n):
        carry = (h[t] * (response[t] - eta[t]) - off[t] * carry) * inverse[t]
        s[t] = carry
    u[n - 1] = (s[n - 1] + z[n - 1]) * inverse[n - 1]
    for t in range(n - 2, -1, -1):
        u[t] = (s[t] + z[t] - off[t + 1] * u[t + 1]) * inverse[t]


@_compiled
def path_from_z(z, eta, sigma, rho, h, response):  # type: ignore[no-untyped-def]
    """Latent path u (dyad, period) at whitened coordinates ``z``."""
    dyads, periods = z.shape
    u = np.empty_like(z)
    inverse = np.empty(periods)
    off = np.empty(periods)
    s = np.empty(periods)
    for d in range(dyads):
        path_factor(sigma, rho, h[d], inverse, off)
        _whitened_path(z[d], eta[d], h[d], response[d], inverse, off, s, u[d])
    return u


@_compiled
def _path_density(u, s, sigma, rho, h, gu, ge, gz, inverse, off, gb):  # type: ignore[no-untyped-def]
    """AR(1) log density of one dyad's path, and the pullback of ``gu`` to z, eta, sigma and rho.

    ``gu`` comes in as the gradient of the outcomes with respect to the path. The log determinant of the whitening is the
    caller's to subtract; its gradient is included here.
    """
    n = u.shape[0]
    precision = 1.0 / (sigma * sigma)
    lp = -math.log(sigma) - 0.5 * u[0] * u[0] * precision - 0.5 * n * math.log(2.0 * math.pi)
    g_sigma = (u[0] * u[0] * precision - 1.0) / sigma
    gu[0] -= u[0] * precision
    inner = precision / (1.0 - rho * rho)  # inverse of the innovation variance
    squares = 0.0
    cross = 0.0
    for t in range(1, n):
        e = u[t] - rho * u[t - 1]
        squares += e * e
        cross += e * u[t - 1]
        scaled = e * inner
        gu[t] -= scaled
        gu[t - 1] += rho * scaled
    lp += 0.5 * (n - 1) * math.log(inner) - 0.5 * squares * inner
    g_rho = cross * inner
    g_inner = 0.5 * (n - 1) / inner - 0.5 * squares
    # reverse sweep through the two triangular solves; gz and gb are their adjoints
    carry = 0.0
    for t in range(n):
        carry = (gu[t] - off[t] * carry) * inverse[t]
        gz[t] = carry
    carry = gz[n - 1] * inverse[n - 1]
    gb[n - 1] = carry
    ge[n - 1] -= carry * h[n - 1]
    for t in range(n - 2, -1, -1):
        carry = (gz[t] - off[t + 1] * carry) * inverse[t]
        gb[t] = carry
        ge[t] -= carry * h[t]
    # adjoint of the factor itself, from the last row to the first
    g_q_inner = 0.0
    g_q_end = 0.0
    g_link = 0.0
    carry = 0.0  # what row t + 1 passes to the diagonal of row t
    for t in range(n - 1, -1, -1):
        g_diag = carry - gz[t] * u[t] - gb[t] * s[t] - inverse[t]
        g_scaled = g_diag * inverse[t]
        if t == 0 or t == n - 1:
            g_q_end += 0.5 * g_scaled
        else:
            g_q_inner += 0.5 * g_scaled
        if t > 0:
            g_off = -gz[t - 1] * u[t] - gb[t] * s[t - 1] - g_scaled * off[t]
            g_link += g_off * inverse[t - 1]
            carry = -g_off * off[t] * inverse[t - 1]
    if n == 1:
        g_sigma -= 2.0 * g_q_end * precision / sigma
    else:
        g_inner += g_q_end + g_q_inner * (1.0 + rho * rho) - g_link * rho
        g_rho += 2.0 * rho * inner * g_q_inner - g_link * inner
    g_sigma -= 2.0 * inner * g_inner / sigma
    g_rho += 2.0 * rho * inner * g_inner / (1.0 - rho * rho)
    return lp, g_sigma, g_rho


@_compiled
def _outcomes(eta, u, level, extra, weight, cut, intercept, slope, rise, dispersion, gu, g_cut, g_act):  # type: ignore[no-untyped-def]
    """Log probability of one dyad's levels and further acts; ``gu`` receives its derivative in the risk.

    Adds to ``g_cut`` and to ``g_act`` (derivatives in intercept, slope, rise and dispersion). The logarithms of the logistic
    function's denominators are taken of their running product, not one by one.
    """
    top = cut.shape[0]
    log_between = np.zeros(top)
    pull = np.zeros(top)
    for k in range(1, top):
        gap = cut[k] - cut[k - 1]
        log_between[k] = math.log(-math.expm1(-gap))
        pull[k] = 1.0 / math.expm1(gap)
    log_dispersion = math.log(dispersion)
    lp = 0.0
    product = 1.0
    for t in range(eta.shape[0]):
        gu[t] = 0.0
        if weight[t] == 0.0:
            continue
        theta = eta[t] + u[t]
        y = level[t]
        g = 0.0
        if y < top:
            x = theta - cut[y]
            e = math.exp(-abs(x))
            product *= 1.0 + e
            lp -= max(x, 0.0)
            p = (1.0 if x > 0.0 else e) / (1.0 + e)
            g -= p
            g_cut[y] += p
        if y > 0:
            x = cut[y - 1] - theta
            e = math.exp(-abs(x))
            product *= 1.0 + e
            lp -= max(x, 0.0)
            p = (1.0 if x > 0.0 else e) / (1.0 + e)
            g += p
            g_cut[y - 1] -= p
            if y < top:
                lp += log_between[y]
                g_cut[y] += pull[y]
                g_cut[y - 1] -= pull[y]
            log_mean = intercept + slope * theta + rise * (y - 1.0)
            mean = math.exp(log_mean)
            log_total = math.log(dispersion + mean)
            n = extra[t]
            for j in range(n):
                lp += math.log((dispersion + j) / (j + 1.0))
                g_act[3] += 1.0 / (dispersion + j)
            share = (dispersion + n) / (dispersion + mean)
            lp += dispersion * (log_dispersion - log_total) + n * (log_mean - log_total)
            g_act[3] += log_dispersion - log_total + 1.0 - share
            g_mean = n - share * mean
            g_act[0] += g_mean
            g_act[1] += g_mean * theta
            g_act[2] += g_mean * (y - 1.0)
            g += slope * g_mean
        if product > 1e200:
            lp -= math.log(product)
            product = 1.0
        gu[t] = g
    return lp - math.log(product)


@_compiled
def cutpoints(first, log_gap):  # type: ignore[no-untyped-def]
    """Ordered cutpoints from the first one and the logarithms of the gaps."""
    cut = np.empty(log_gap.shape[0] + 1)
    cut[0] = first
    for k in range(log_gap.shape[0]):
        cut[k + 1] = cut[k] + math.exp(log_gap[k])
    return cut


@_compiled
def log_density(x, at, prior, terms, memory, threat, history, era, level, extra, weight, h, response):  # type: ignore[no-untyped-def]
    """Log posterior density (up to the evidence) at the unconstrained vector ``x``, and its gradient.

    Parameters
    ----------
    x : (P,) unconstrained parameters, laid out as ``parameters.layout`` says.
    at : (B,) first index of each block of ``x``, in the order of ``parameters.BLOCKS``.
    prior : (B, 2) hyperparameters of each block.
    terms : (9,) scale of each coefficient's effect, 1 where the hypothesis frees it and 0 where it does not.
    memory : (4, K, D * T) faded honor denied, honor granted, authority denied, authority granted.
    threat : (2, C * K, D * T) faded threats posed and relieved.
    history : (2, D, T) own and other side's recent escalation.
    era : (T,) index of each period's era.
    level, extra, weight : (D, T) outcomes and 0/1 observation weights.
    h, response : (D, T) pilot curvature and working response.
    """
    grad = np.zeros(x.shape[0])
    dyads, periods = level.shape
    half_lives = memory.shape[1]
    cats = threat.shape[1] // half_lives
    n_terms = terms.shape[0]
    eras = at[14] - at[13]

    lp = _normal(x, at[0], n_terms, prior[0, 0], prior[0, 1], grad)
    lp += _halfnormal_log(x, at[1], SPREADS, prior[1, 1], grad)
    lp += _normal(x, at[2], SPREADS * dyads, 0.0, 1.0, grad)
    lp += _normal(x, at[3], half_lives, prior[3, 0], prior[3, 1], grad)
    lp += _normal(x, at[4], half_lives, prior[4, 0], prior[4, 1], grad)
    lp += _normal(x, at[5], half_lives, prior[5, 0], prior[5, 1], grad)
    lp += _normal(x, at[6], cats, prior[6, 0], prior[6, 1], grad)
    lp += _normal(x, at[7], 1, prior[7, 0], prior[7, 1], grad)
    lp += _normal(x, at[8], 1, prior[8, 0], prior[8, 1], grad)
    lp += _normal(x, at[9], 2, prior[9, 0], prior[9, 1], grad)
    lp += _halfnormal_log(x, at[10], 1, prior[10, 1], grad)
    lp += _normal(x, at[11], dyads, 0.0, 1.0, grad)
    lp += _halfnormal_log(x, at[12], 1, prior[12, 1], grad)
    lp += _normal(x, at[13], eras, 0.0, 1.0, grad)
    lp += _halfnormal_log(x, at[14], 1, prior[14, 1], grad)
    rho = _sigmoid(x[at[15]])
    a, b = prior[15, 0], prior[15, 1]
    lp += a * math.log(rho) + b * math.log1p(-rho) - math.lgamma(a) - math.lgamma(b) + math.lgamma(a + b)
    grad[at[15]] += a * (1.0 - rho) - b * rho
    lp += _normal(x, at[16], 1, prior[16, 0], prior[16, 1], grad)
    gaps = at[18] - at[17]
    lp += _normal(x, at[17], gaps, prior[17, 0], prior[17, 1], grad)
    lp += _normal(x, at[18], 1, prior[18, 0], prior[18, 1], grad)
    lp += _halfnormal_log(x, at[19], 1, prior[19, 1], grad)
    lp += _normal(x, at[20], 1, prior[20, 0], prior[20, 1], grad)
    lp += _normal(x, at[21], 1, prior[21, 0], prior[21, 1], grad)

    effect = x[at[0] : at[1]] * terms
    use_honor = terms[0] + terms[3] + terms[6] + terms[8] > 0.0
    use_authority = terms[1] + terms[4] + terms[7] > 0.0
    use_threat = terms[2] + terms[5] + terms[6] + terms[7] + terms[8] > 0.0
    use_gate = terms[8] > 0.0
    n = dyads * periods
    w_honor = softmax(x[at[3] : at[4]])
    w_authority = softmax(x[at[4] : at[5]])
    w_threat = softmax(x[at[5] : at[6]])
    w_category = softmax(x[at[6] : at[7]])
    mix = np.empty(cats * half_lives)
    for c in range(cats):
        for k in range(half_lives):
            mix[c * half_lives + k] = cats * w_category[c] * w_threat[k]
    nothing = np.zeros(n)
    honor = np.dot(w_honor, memory[0]) if use_honor else nothing
    honor_up = np.dot(w_honor, memory[1]) if use_honor else nothing
    authority = np.dot(w_authority, memory[2]) if use_authority else nothing
    authority_up = np.dot(w_authority, memory[3]) if use_authority else nothing
    injury = np.dot(mix, threat[0]) if use_threat else nothing
    relief = np.dot(mix, threat[1]) if use_threat else nothing

    own = np.empty((dyads, SPREADS))  # effect of honor, authority and threat in each dyad
    for d in range(dyads):
        for j in range(SPREADS):
            spread = math.exp(x[at[1] + j])
            own[d, j] = effect[j] + terms[j] * spread * x[at[2] + j * dyads + d]
    location = x[at[7]]
    gate_slope = math.exp(x[at[8]])
    base_spread = math.exp(x[at[10]])
    era_spread = math.exp(x[at[12]])
    sigma = math.exp(x[at[14]])
    widening = math.sqrt(1.0 + LOGIT_NORMAL * sigma * sigma)
    average_cut = cutpoints(x[at[16]], x[at[17] : at[18]])
    cut = widening * average_cut
    intercept = x[at[18]]
    slope = math.exp(x[at[19]])
    rise = x[at[20]]
    dispersion = math.exp(x[at[21]])

    # dyads and eras deviate from their averages, so that the cutpoints alone carry the overall level
    base = base_spread * (x[at[11] : at[12]] - np.mean(x[at[11] : at[12]]))
    era_level = era_spread * (x[at[13] : at[14]] - np.mean(x[at[13] : at[14]]))
    eta = np.empty((dyads, periods))
    gate = np.zeros(n)
    for d in range(dyads):
        for t in range(periods):
            i = d * periods + t
            if use_gate:
                gate[i] = _sigmoid(gate_slope * (injury[i] - location))
            eta[d, t] = (
                base[d]
                + era_level[era[t]]
                + x[at[9]] * history[0, d, t]
                + x[at[9] + 1] * history[1, d, t]
                + own[d, 0] * honor[i]
                + own[d, 1] * authority[i]
                + own[d, 2] * injury[i]
                + effect[3] * honor_up[i]
                + effect[4] * authority_up[i]
                + effect[5] * relief[i]
                + effect[6] * honor[i] * injury[i]
                + effect[7] * authority[i] * injury[i]
                + effect[8] * honor[i] * gate[i]
            )

    z = x[at[22] : at[22] + n].copy().reshape((dyads, periods))
    ge = np.zeros((dyads, periods))
    gz = np.empty((dyads, periods))
    gu = np.empty(periods)
    u = np.empty(periods)
    s = np.empty(periods)
    gb = np.empty(periods)
    inverse = np.empty(periods)
    off = np.empty(periods)
    g_cut = np.zeros(cut.shape[0])
    g_act = np.zeros(4)
    g_sigma = 0.0
    g_rho = 0.0
    for d in range(dyads):
        lp -= path_factor(sigma, rho, h[d], inverse, off)
        _whitened_path(z[d], eta[d], h[d], response[d], inverse, off, s, u)
        lp += _outcomes(
            eta[d],
            u,
            level[d],
            extra[d],
            weight[d],
            cut,
            intercept,
            slope,
            rise,
            dispersion,
            gu,
            g_cut,
            g_act,
        )
        ge[d] = gu
        l_path, gs, gr = _path_density(u, s, sigma, rho, h[d], gu, ge[d], gz[d], inverse, off, gb)
        lp += l_path
        g_sigma += gs
        g_rho += gr

    # from eta back to the parameters
    g_honor = np.empty(n)
    g_authority = np.empty(n)
    g_injury = np.empty(n)
    g_effect = np.zeros(n_terms)
    g_own = np.zeros((dyads, SPREADS))
    g_base = np.zeros(dyads)
    g_era = np.zeros(eras)
    g_own_history = 0.0
    g_other_history = 0.0
    g_location = 0.0
    g_slope = 0.0
    for d in range(dyads):
        for t in range(periods):
            i = d * periods + t
            g = ge[d, t]
            g_base[d] += g
            g_era[era[t]] += g
            g_own_history += g * history[0, d, t]
            g_other_history += g * history[1, d, t]
            gh = g * honor[i]
            ga = g * authority[i]
            g_own[d, 0] += gh
            g_own[d, 1] += ga
            g_own[d, 2] += g * injury[i]
            g_effect[3] += g * honor_up[i]
            g_effect[4] += g * authority_up[i]
            g_effect[5] += g * relief[i]
            g_effect[6] += gh * injury[i]
            g_effect[7] += ga * injury[i]
            g_honor[i] = g * (own[d, 0] + effect[6] * injury[i] + effect[8] * gate[i])
            g_authority[i] = g * (own[d, 1] + effect[7] * injury[i])
            g_injury[i] = g * (own[d, 2] + effect[6] * honor[i] + effect[7] * authority[i])
            if use_gate:
                g_effect[8] += gh * gate[i]
                g_gate = gh * effect[8] * gate[i] * (1.0 - gate[i])
                g_slope += g_gate * (injury[i] - location)
                g_location -= g_gate * gate_slope
                g_injury[i] += g_gate * gate_slope
    grad[at[9]] += g_own_history
    grad[at[9] + 1] += g_other_history
    grad[at[10]] += np.sum(g_base * base)
    grad[at[11] : at[12]] += base_spread * (g_base - np.mean(g_base))
    grad[at[12]] += np.sum(g_era * era_level)
    grad[at[13] : at[14]] += era_spread * (g_era - np.mean(g_era))
    for d in range(dyads):
        for j in range(SPREADS):
            g_effect[j] += g_own[d, j]
            scaled = terms[j] * math.exp(x[at[1] + j]) * g_own[d, j]
            grad[at[1] + j] += scaled * x[at[2] + j * dyads + d]
            grad[at[2] + j * dyads + d] += scaled
    for j in range(n_terms):
        grad[at[0] + j] += g_effect[j] * terms[j]
    grad[at[7]] += g_location
    grad[at[8]] += g_slope * gate_slope

    flat = ge.reshape(n)
    if use_honor:
        g_weight = np.dot(memory[0], g_honor) + effect[3] * np.dot(memory[1], flat)
        grad[at[3] : at[4]] += _softmax_pullback(w_honor, g_weight)
    if use_authority:
        g_weight = np.dot(memory[2], g_authority) + effect[4] * np.dot(memory[3], flat)
        grad[at[4] : at[5]] += _softmax_pullback(w_authority, g_weight)
    if use_threat:
        g_mix = np.dot(threat[0], g_injury) + effect[5] * np.dot(threat[1], flat)
        g_category = np.zeros(cats)
        g_fade = np.zeros(half_lives)
        for c in range(cats):
            for k in range(half_lives):
                g_category[c] += g_mix[c * half_lives + k] * cats * w_threat[k]
                g_fade[k] += g_mix[c * half_lives + k] * cats * w_category[c]
        grad[at[5] : at[6]] += _softmax_pullback(w_threat, g_fade)
        grad[at[6] : at[7]] += _softmax_pullback(w_category, g_category)

    grad[at[15]] += g_rho * rho * (1.0 - rho)
    g_sigma += np.sum(g_cut * average_cut) * LOGIT_NORMAL * sigma / widening
    grad[at[14]] += g_sigma * sigma
    running = 0.0
    for k in range(gaps, 0, -1):
        running += g_cut[k]
        grad[at[17] + k - 1] += running * (cut[k] - cut[k - 1])
    grad[at[16]] += widening * (running + g_cut[0])
    grad[at[18]] += g_act[0]
    grad[at[19]] += g_act[1] * slope
    grad[at[20]] += g_act[2]
    grad[at[21]] += g_act[3] * dispersion
    for d in range(dyads):
        for t in range(periods):
            grad[at[22] + d * periods + t] = gz[d, t]
    return lp, grad


HEADER = 16  # numbers at the head of a packed buffer: its length, then the sizes below


def pack(arguments: tuple[Any, ...]) -> npt.NDArray[np.float64]:
    """All arguments of :func:`log_density` after ``x`` in one buffer of doubles, for :func:`native_log_density`.

    Integers are exact in doubles far beyond any count here.
    """
    at, prior, terms, memory, threat, history, era, level, extra, weight, curvature, response = arguments
    dyads, periods = level.shape
    head = np.zeros(HEADER)
    parts = (at, prior, terms, memory, threat, history, era, level, extra, weight, curvature, response)
    flat = np.concatenate([head, *(np.asarray(p, dtype=float).ravel() for p in parts)])
    flat[:7] = len(flat), dyads, periods, memory.shape[1], threat.shape[1], len(terms), len(at)
    return flat


_LOGP = types.int64(
    types.uint64,
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.CPointer(types.double),
)
_EXPAND = types.int64(
    types.uint64,
    types.uint64,
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.CPointer(types.double),
)


@cfunc(_LOGP, cache=True, error_model="numpy")
def native_log_density(dim, x_, gradient_, logp_, packed_):  # type: ignore[no-untyped-def]
    """:func:`log_density` as nutpie calls it: 0 if finite, 3 (a divergence) if not."""
    head = carray(packed_, (HEADER,))
    buffer = carray(packed_, (int(head[0]),))
    dyads, periods = int(head[1]), int(head[2])
    half_lives, threats, n_terms, blocks = int(head[3]), int(head[4]), int(head[5]), int(head[6])
    n = dyads * periods
    i = HEADER
    at = buffer[i : i + blocks].astype(np.int64)
    i += blocks
    prior = buffer[i : i + 2 * (blocks - 1)].reshape((blocks - 1, 2))
    i += 2 * (blocks - 1)
    terms = buffer[i : i + n_terms]
    i += n_terms
    memory = buffer[i : i + 4 * half_lives * n].reshape((4, half_lives, n))
    i += 4 * half_lives * n
    threat = buffer[i : i + 2 * threats * n].reshape((2, threats, n))
    i += 2 * threats * n
    history = buffer[i : i + 2 * n].reshape((2, dyads, periods))
    i += 2 * n
    era = buffer[i : i + periods].astype(np.int64)
    i += periods
    level = buffer[i : i + n].astype(np.int64).reshape((dyads, periods))
    i += n
    extra = buffer[i : i + n].astype(np.int64).reshape((dyads, periods))
    i += n
    weight = buffer[i : i + n].reshape((dyads, periods))
    i += n
    curvature = buffer[i : i + n].reshape((dyads, periods))
    i += n
    response = buffer[i : i + n].reshape((dyads, periods))
    x = carray(x_, (int(dim),))
    out = carray(gradient_, (int(dim),))
    value = carray(logp_, (1,))
    density, gradient = log_density(
        x, at, prior, terms, memory, threat, history, era, level, extra, weight, curvature, response
    )
    value[0] = density
    out[:] = gradient
    if not np.isfinite(density) or not np.all(np.isfinite(gradient)):
        return 3  # nutpie takes a positive code as a divergence, not as an error
    return 0


@cfunc(_EXPAND, cache=True)
def native_expand(dim, expanded, x_, out_, packed_):  # type: ignore[no-untyped-def]
    """Hand the unconstrained vector on as it is; named quantities are computed later, all draws at once."""
    x = carray(x_, (int(dim),))
    out = carray(out_, (int(expanded),))
    out[:] = x
    return 0
