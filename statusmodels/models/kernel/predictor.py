"""The linear predictor of one dyad's risk, and the gradient back through it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from statusmodels.models.kernel.blocks import (
    AUTHORITY,
    AUTHORITY_UP,
    AUTHORITY_X,
    GATE,
    HONOR,
    HONOR_UP,
    HONOR_X,
    RELIEF,
    THREAT,
    THRESHOLD,
)
from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.priors import VARYING, sigmoid
from statusmodels.models.kernel.sums import add, add_product, dot, mixed, mixed_pullback

LOCATION, SLOPE = 0, 1  # of the gate


class Coefficients(NamedTuple):
    """Coefficients of the linear predictor, or the gradient by them.

    Attributes
    ----------
    effect : (10,) of the terms, zero where the hypothesis does not free them.
    history : (2 + n,) of own and other side's recent escalation and of n covariates.
    own : (D, 4) base rate and average effects of each dyad; era : (E, 4) deviations of each era.
    gate : (2,) location, shared with the threshold, and slope.
    """

    effect: Any
    history: Any
    own: Any
    era: Any
    gate: Any


class Signals(NamedTuple):
    """Mixed signals (T,) of one dyad and what the gate and the threshold make of the threat; zero where no term needs them."""

    honor: Any
    honor_up: Any
    authority: Any
    authority_up: Any
    threat: Any
    relief: Any
    gate: Any
    excess: Any


@compiled
def no_signals(periods):  # type: ignore[no-untyped-def]
    """Signals that are zero, to be overwritten dyad by dyad."""
    zero = np.zeros((8, periods))
    return Signals(zero[0], zero[1], zero[2], zero[3], zero[4], zero[5], zero[6], zero[7])


@compiled
def shortened(signals, n):  # type: ignore[no-untyped-def]
    """The first ``n`` periods of the signals, as views."""
    return Signals(
        signals.honor[:n],
        signals.honor_up[:n],
        signals.authority[:n],
        signals.authority_up[:n],
        signals.threat[:n],
        signals.relief[:n],
        signals.gate[:n],
        signals.excess[:n],
    )


@compiled
def used(terms):  # type: ignore[no-untyped-def]
    """Whether any term needs honor, authority and threat."""
    honor = terms[HONOR] + terms[HONOR_UP] + terms[HONOR_X] + terms[GATE] + terms[THRESHOLD] > 0.0
    authority = terms[AUTHORITY] + terms[AUTHORITY_UP] + terms[AUTHORITY_X] > 0.0
    together = terms[HONOR_X] + terms[AUTHORITY_X] + terms[GATE] + terms[THRESHOLD]
    return honor, authority, terms[THREAT] + terms[RELIEF] + together > 0.0


@compiled
def stretches(era):  # type: ignore[no-untyped-def]
    """Bounds of the stretches of periods that lie in one era."""
    bounds = np.zeros(era.shape[0] + 1, dtype=np.int64)
    last = 0
    for t in range(1, era.shape[0]):
        if era[t] != era[t - 1]:
            last += 1
            bounds[last] = t
    bounds[last + 1] = era.shape[0]
    return bounds[: last + 2]


@compiled
def predictor(d, since, arguments, coefficients, weights, bounds, signals, eta):  # type: ignore[no-untyped-def]
    """Write the signals and the linear predictor ``eta`` (n,) of n periods of dyad ``d``.

    Parameters
    ----------
    d : index of the dyad.
    since : first of the n periods.
    arguments : data and hypothesis.
    coefficients : of the terms.
    weights : mixtures of the memories.
    bounds : of the eras of the n periods, by :func:`stretches`.
    signals, eta : receive the result.
    """
    terms, memory, threat = arguments.terms, arguments.memory, arguments.threat
    effect, own, era = coefficients.effect, coefficients.own[d], coefficients.era
    periods = eta.shape[0]
    first = d * arguments.level.shape[1] + since
    use_honor, use_authority, use_threat = used(terms)
    if use_honor:
        mixed(weights.honor, memory[0], first, signals.honor)
        if terms[HONOR_UP] > 0.0:
            mixed(weights.honor, memory[1], first, signals.honor_up)
    if use_authority:
        mixed(weights.authority, memory[2], first, signals.authority)
        if terms[AUTHORITY_UP] > 0.0:
            mixed(weights.authority, memory[3], first, signals.authority_up)
    if use_threat:
        mixed(weights.threat, threat[0], first, signals.threat)
        if terms[RELIEF] > 0.0:
            mixed(weights.threat, threat[1], first, signals.relief)
    if terms[GATE] > 0.0:
        for t in range(periods):
            signals.gate[t] = sigmoid(coefficients.gate[SLOPE] * (signals.threat[t] - coefficients.gate[LOCATION]))
    if terms[THRESHOLD] > 0.0:
        for t in range(periods):
            signals.excess[t] = max(0.0, signals.threat[t] - coefficients.gate[LOCATION])
    for i in range(bounds.shape[0] - 1):
        start, stop = bounds[i], bounds[i + 1]
        e = arguments.era[since + start] if era.shape[0] > 1 else 0
        eta[start:stop] = own[0] + era[e, 0]
        if use_honor:
            add(eta, own[1] + era[e, 1], signals.honor, start, stop)
        if use_authority:
            add(eta, own[2] + era[e, 2], signals.authority, start, stop)
        if use_threat:
            add(eta, own[3] + era[e, 3], signals.threat, start, stop)
    for side in range(coefficients.history.shape[0]):
        add(eta, coefficients.history[side], arguments.history[side, d, since:], 0, periods)
    if terms[HONOR_UP] > 0.0:
        add(eta, effect[HONOR_UP], signals.honor_up, 0, periods)
    if terms[AUTHORITY_UP] > 0.0:
        add(eta, effect[AUTHORITY_UP], signals.authority_up, 0, periods)
    if terms[RELIEF] > 0.0:
        add(eta, effect[RELIEF], signals.relief, 0, periods)
    if terms[HONOR_X] > 0.0:
        add_product(eta, effect[HONOR_X], signals.honor, signals.threat)
    if terms[AUTHORITY_X] > 0.0:
        add_product(eta, effect[AUTHORITY_X], signals.authority, signals.threat)
    if terms[GATE] > 0.0:
        add_product(eta, effect[GATE], signals.honor, signals.gate)
    if terms[THRESHOLD] > 0.0:
        add_product(eta, effect[THRESHOLD], signals.honor, signals.excess)


@compiled
def predictor_pullback(d, since, arguments, coefficients, bounds, signals, g_eta, g, g_weights, g_signal):  # type: ignore[no-untyped-def]
    """Add to ``g`` (coefficients) and ``g_weights`` (mixtures) the gradient by them from that by the predictor.

    Parameters
    ----------
    d, since, arguments, coefficients, bounds : as in :func:`predictor`.
    signals : as written by it.
    g_eta : (n,) gradient by the linear predictor.
    g, g_weights : receive the gradient.
    g_signal : (6, D * T) or (6, 0); receives the gradient by the mixed signals.
    """
    terms, memory, threat = arguments.terms, arguments.memory, arguments.threat
    effect, own, era = coefficients.effect, coefficients.own[d], coefficients.era
    periods = g_eta.shape[0]
    first = d * arguments.level.shape[1] + since
    use_honor, use_authority, use_threat = used(terms)
    g_honor, g_authority, g_threat = np.empty(periods), np.empty(periods), np.empty(periods)
    for i in range(bounds.shape[0] - 1):
        start, stop = bounds[i], bounds[i + 1]
        e = arguments.era[since + start] if era.shape[0] > 1 else 0
        sums = (
            np.sum(g_eta[start:stop]),
            dot(g_eta, signals.honor, start, stop) if use_honor else 0.0,
            dot(g_eta, signals.authority, start, stop) if use_authority else 0.0,
            dot(g_eta, signals.threat, start, stop) if use_threat else 0.0,
        )
        for j in range(VARYING):
            g.own[d, j] += sums[j]
            g.era[e, j] += sums[j]
        g_honor[start:stop] = (own[1] + era[e, 1]) * g_eta[start:stop]
        g_authority[start:stop] = (own[2] + era[e, 2]) * g_eta[start:stop]
        g_threat[start:stop] = (own[3] + era[e, 3]) * g_eta[start:stop]
    for side in range(g.history.shape[0]):
        g.history[side] += dot(g_eta, arguments.history[side, d, since:], 0, periods)
    if terms[HONOR_UP] > 0.0:
        g.effect[HONOR_UP] += dot(g_eta, signals.honor_up, 0, periods)
    if terms[AUTHORITY_UP] > 0.0:
        g.effect[AUTHORITY_UP] += dot(g_eta, signals.authority_up, 0, periods)
    if terms[RELIEF] > 0.0:
        g.effect[RELIEF] += dot(g_eta, signals.relief, 0, periods)
    if terms[HONOR_X] + terms[AUTHORITY_X] > 0.0:
        product = g_eta * signals.threat
        if terms[HONOR_X] > 0.0:
            g.effect[HONOR_X] += dot(product, signals.honor, 0, periods)
            add(g_honor, effect[HONOR_X], product, 0, periods)
            add_product(g_threat, effect[HONOR_X], g_eta, signals.honor)
        if terms[AUTHORITY_X] > 0.0:
            g.effect[AUTHORITY_X] += dot(product, signals.authority, 0, periods)
            add(g_authority, effect[AUTHORITY_X], product, 0, periods)
            add_product(g_threat, effect[AUTHORITY_X], g_eta, signals.authority)
    if terms[GATE] > 0.0:
        for t in range(periods):
            p = signals.gate[t]
            g_honor[t] += effect[GATE] * g_eta[t] * p
            g.effect[GATE] += g_eta[t] * signals.honor[t] * p
            g_gate = g_eta[t] * signals.honor[t] * effect[GATE] * p * (1.0 - p)
            g.gate[SLOPE] += g_gate * (signals.threat[t] - coefficients.gate[LOCATION])
            g.gate[LOCATION] -= g_gate * coefficients.gate[SLOPE]
            g_threat[t] += g_gate * coefficients.gate[SLOPE]
    if terms[THRESHOLD] > 0.0:
        for t in range(periods):
            if signals.excess[t] > 0.0:
                gh = g_eta[t] * signals.honor[t]
                g_honor[t] += effect[THRESHOLD] * g_eta[t] * signals.excess[t]
                g.effect[THRESHOLD] += gh * signals.excess[t]
                g.gate[LOCATION] -= gh * effect[THRESHOLD]
                g_threat[t] += gh * effect[THRESHOLD]
    if use_honor:
        mixed_pullback(memory[0], first, g_honor, 1.0, g_weights.honor)
        if terms[HONOR_UP] > 0.0:
            mixed_pullback(memory[1], first, g_eta, effect[HONOR_UP], g_weights.honor)
    if use_authority:
        mixed_pullback(memory[2], first, g_authority, 1.0, g_weights.authority)
        if terms[AUTHORITY_UP] > 0.0:
            mixed_pullback(memory[3], first, g_eta, effect[AUTHORITY_UP], g_weights.authority)
    if use_threat:
        mixed_pullback(threat[0], first, g_threat, 1.0, g_weights.threat)
        if terms[RELIEF] > 0.0:
            mixed_pullback(threat[1], first, g_eta, effect[RELIEF], g_weights.threat)
    if g_signal.shape[1] > 0:
        for t in range(periods):
            g_signal[0, first + t] = g_honor[t]
            g_signal[1, first + t] = effect[HONOR_UP] * g_eta[t]
            g_signal[2, first + t] = g_authority[t]
            g_signal[3, first + t] = effect[AUTHORITY_UP] * g_eta[t]
            g_signal[4, first + t] = g_threat[t]
            g_signal[5, first + t] = effect[RELIEF] * g_eta[t]
