"""The log density of the model and its gradient, in one compiled pass over the dyad-periods.

The readable definition of the model is :mod:`statusmodels.models.assembly`; this folder computes the same number, and
``tests/test_kernel.py`` holds the two equal (value and gradient). It exists because compiling the same model from a
symbolic graph takes a minute or more, and because it is sampled in coordinates in which it is nearly a standard normal: the
latent path as :mod:`statusmodels.models.kernel.path` says, the deviations of groups as :mod:`statusmodels.models.kernel.hierarchy`.

Every part is a function that computes forward and another, its pullback, that takes the gradient back through it.
"""

from __future__ import annotations

import math

import numpy as np

from statusmodels.models.kernel.blocks import (
    EFFECT,
    GATE,
    GATE_LOCATION,
    GATE_SLOPE,
    HISTORY,
    PATH,
    RHO,
    SIGMA,
    THRESHOLD,
)
from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.hierarchy import (
    DYAD,
    ERA,
    RIVALRY,
    deviations,
    deviations_pullback,
    standard,
    standard_pullback,
)
from statusmodels.models.kernel.mixtures import Mixtures, mixtures, mixtures_pullback
from statusmodels.models.kernel.outcomes import (
    no_gradient,
    outcomes,
    outcomes_density,
    outcomes_pullback,
    present,
    scalar,
)
from statusmodels.models.kernel.path import path_density, path_factor, whitened_path
from statusmodels.models.kernel.predictor import (
    LOCATION,
    SLOPE,
    Coefficients,
    no_signals,
    predictor,
    predictor_pullback,
    shortened,
)
from statusmodels.models.kernel.priors import VARYING, block_prior, sigmoid

BATCH = 512  # dyad-periods whose intermediate arrays stay in the processor's nearest memory
LOGIT_NORMAL = 256.0 / (75.0 * math.pi**2)  # (16 sqrt(3) / (15 pi))^2, the logistic-normal integral's constant


@compiled
def coefficients_at(x, arguments):  # type: ignore[no-untyped-def]
    """Coefficients of the linear predictor at an unconstrained vector."""
    at = arguments.at
    effect = x[at[EFFECT] : at[EFFECT + 1]] * arguments.terms
    own, era = deviations(x, arguments)
    own[:, 1:] += effect[: VARYING - 1]
    gate = np.array([scalar(x, at, GATE_LOCATION, 0.0), math.exp(scalar(x, at, GATE_SLOPE, 0.0))])
    return Coefficients(effect, x[at[HISTORY] : at[HISTORY + 1]], own, era, gate)


@compiled
def coefficients_pullback(x, arguments, coefficients, g, grad):  # type: ignore[no-untyped-def]
    """Add to ``grad`` the gradient by the unconstrained vector from that by the coefficients; overwrites ``g``."""
    at, terms = arguments.at, arguments.terms
    g.effect[: VARYING - 1] += np.sum(g.own, axis=0)[1:]
    grad[at[EFFECT] : at[EFFECT + 1]] += g.effect * terms
    grad[at[HISTORY] : at[HISTORY + 1]] += g.history
    if terms[GATE] + terms[THRESHOLD] > 0.0:
        grad[at[GATE_LOCATION]] += g.gate[LOCATION]
    if terms[GATE] > 0.0:
        grad[at[GATE_SLOPE]] += g.gate[SLOPE] * coefficients.gate[SLOPE]
    deviations_pullback(x, arguments, g.own, g.era, grad)


@compiled
def batch(begins, dyad):  # type: ignore[no-untyped-def]
    """The dyad after the last of those from ``dyad`` on that are computed together: one, or several with few periods."""
    after = dyad + 1
    while after + 1 < begins.shape[0] and begins[after + 1] - begins[dyad] <= BATCH:
        after += 1
    return after


@compiled
def largest(begins):  # type: ignore[no-untyped-def]
    """Number of dyad-periods in the largest batch."""
    found, dyad = 0, 0
    while dyad + 1 < begins.shape[0]:
        after = batch(begins, dyad)
        found = max(found, begins[after] - begins[dyad])
        dyad = after
    return found


@compiled
def log_density(coordinates, arguments, g_signal):  # type: ignore[no-untyped-def]
    """Log posterior density (up to the evidence) at ``coordinates``, and its gradient.

    Parameters
    ----------
    coordinates : (P,) unconstrained parameters, but of path and groups the whitened coordinates.
    arguments : data, priors, hypothesis and coordinates (:class:`statusmodels.models.kernel.arguments.Arguments`).
    g_signal : (6, N) or (6, 0); receives the gradient by the mixed signals honor, its grants, authority, its grants, threat
        and its relief.
    """
    at, prior = arguments.at, arguments.prior
    half_lives = arguments.memory.shape[1]
    x = coordinates.copy()
    grad = np.zeros(x.shape[0])
    lp = 0.0
    for level in (DYAD, RIVALRY, ERA):
        lp += standard(x, arguments, level)
    for b in range(prior.shape[0]):
        if present(at, b):
            lp += block_prior(x, at[b], at[b + 1], prior[b, 0], prior[b, 1], prior[b, 2], grad)

    weights = mixtures(x, at, arguments.threat.shape[1] // half_lives, half_lives)
    g_weights = Mixtures(np.zeros(half_lives), np.zeros(half_lives), np.zeros(arguments.threat.shape[1]))
    coefficients = coefficients_at(x, arguments)
    g = Coefficients(
        np.zeros(coefficients.effect.shape[0]),
        np.zeros(coefficients.history.shape[0]),
        np.zeros(coefficients.own.shape),
        np.zeros(coefficients.era.shape),
        np.zeros(2),
    )
    dynamic = present(at, SIGMA)
    sign = 1.0 if scalar(x, at, SIGMA, 1.0) > 0.0 else -1.0
    sigma = sign * scalar(x, at, SIGMA, sign)
    rho = sigmoid(scalar(x, at, RHO, 0.0))
    widening = math.sqrt(1.0 + LOGIT_NORMAL * sigma * sigma) if dynamic else 1.0
    outcome = outcomes(x, at, widening)
    g_outcome = no_gradient(outcome)
    g_sigma, g_rho = 0.0, 0.0

    begins = arguments.begins
    room, whole = no_signals(largest(begins)), np.zeros((11, largest(begins)))
    dyad, stretch = 0, 0
    while dyad + 1 < begins.shape[0]:
        after = batch(begins, dyad)
        first, last = begins[dyad], begins[after]
        n = last - first
        signals = shortened(room, n)
        eta, u, gu, g_eta, z, gz = whole[0, :n], whole[1, :n], whole[2, :n], whole[3, :n], whole[4, :n], whole[5, :n]
        next_stretch = predictor(first, last, stretch, arguments, coefficients, weights, signals, eta)
        if dynamic:
            # the path's spread has a sign too: it goes to the coordinates, so that all is smooth where sigma is zero
            z[:] = sign * x[at[PATH] + first : at[PATH] + last]
            for d in range(dyad, after):
                one, here = slice(begins[d], begins[d + 1]), slice(begins[d] - first, begins[d + 1] - first)
                h, r = arguments.curvature[one], arguments.response[one]
                inverse, ratio, forward = whole[6, here], whole[7, here], whole[8, here]
                lp -= path_factor(sigma, rho, h, inverse, ratio)
                whitened_path(z[here], eta[here], h, r, inverse, ratio, forward, u[here])
        gu[:] = 0.0
        lp += outcomes_density(first, last, arguments, outcome, eta, u, gu, g_outcome)
        g_eta[:] = gu
        if dynamic:
            for d in range(dyad, after):
                one, here = slice(begins[d], begins[d + 1]), slice(begins[d] - first, begins[d + 1] - first)
                h, inverse, ratio, forward = arguments.curvature[one], whole[6, here], whole[7, here], whole[8, here]
                back, more, still = z[here], whole[9, here], whole[10, here]  # z is not needed any more
                l_path, gs, gr = path_density(
                    u[here], forward, sigma, rho, h, gu[here], g_eta[here], gz[here], inverse, ratio, back, more, still
                )
                lp += l_path
                g_sigma += gs
                g_rho += gr
            grad[at[PATH] + first : at[PATH] + last] += sign * gz
        predictor_pullback(first, last, stretch, arguments, coefficients, signals, g_eta, g, g_weights, g_signal)
        dyad, stretch = after, next_stretch

    coefficients_pullback(x, arguments, coefficients, g, grad)
    mixtures_pullback(x, at, weights, g_weights, grad)
    outcomes_pullback(at, outcome, widening, g_outcome, grad)
    if dynamic:
        g_widening = np.sum(g_outcome.cut * outcome.cut[0]) / widening
        grad[at[SIGMA]] += sign * (g_sigma + g_widening * LOGIT_NORMAL * sigma / widening)
        grad[at[RHO]] += g_rho * rho * (1.0 - rho)
    for level in (DYAD, RIVALRY, ERA):
        standard_pullback(x, arguments, level, grad)
    return lp, grad
