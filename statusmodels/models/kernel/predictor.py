"""The linear predictor of the risk, and the gradient back through it."""

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
from statusmodels.models.kernel.compiled import compiled, reassociated
from statusmodels.models.kernel.priors import sigmoid
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
    """Mixed signals (n,) and what the gate and the threshold make of the threat; zero where no term needs them."""

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
    """Signals that are zero, to be overwritten."""
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


@reassociated
def _varying(first, second, honor, authority, threat, eta):  # type: ignore[no-untyped-def]
    """Write base rate and average effects of one dyad and era: the sum of two rows of coefficients (4,) times the signals."""
    base, by_honor = first[0] + second[0], first[1] + second[1]
    by_authority, by_threat = first[2] + second[2], first[3] + second[3]
    for t in range(eta.shape[0]):
        eta[t] = base + by_honor * honor[t] + by_authority * authority[t] + by_threat * threat[t]


@reassociated
def _varying_pullback(g_eta, first, second, honor, authority, threat, g_first, g_second, g_signals):  # type: ignore[no-untyped-def]
    """Add the gradient by both rows of coefficients, and write that by the three signals."""
    g_honor, g_authority, g_threat = g_signals
    by_honor, by_authority, by_threat = first[1] + second[1], first[2] + second[2], first[3] + second[3]
    base, of_honor, of_authority, of_threat = 0.0, 0.0, 0.0, 0.0
    for t in range(g_eta.shape[0]):
        g = g_eta[t]
        base += g
        of_honor += g * honor[t]
        of_authority += g * authority[t]
        of_threat += g * threat[t]
        g_honor[t] = by_honor * g
        g_authority[t] = by_authority * g
        g_threat[t] = by_threat * g
    for row in (g_first, g_second):
        row[0] += base
        row[1] += of_honor
        row[2] += of_authority
        row[3] += of_threat


@compiled
def predictor(first, last, stretch, arguments, coefficients, weights, signals, eta):  # type: ignore[no-untyped-def]
    """Write the signals and the linear predictor of n dyad-periods.

    Parameters
    ----------
    first, last : the dyad-periods, from ``first`` to before ``last``, of whole dyads.
    stretch : the stretch that begins at ``first``.
    arguments : data and hypothesis.
    coefficients : of the terms.
    weights : mixtures of the memories.
    signals, eta : (n,) receive the result.

    Returns
    -------
    int
        The stretch that begins at ``last``.
    """
    terms, memory, threat = arguments.terms, arguments.memory, arguments.threat
    effect, own, era = coefficients.effect, coefficients.own, coefficients.era
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
        for t in range(eta.shape[0]):
            signals.gate[t] = sigmoid(coefficients.gate[SLOPE] * (signals.threat[t] - coefficients.gate[LOCATION]))
    if terms[THRESHOLD] > 0.0:
        for t in range(eta.shape[0]):
            signals.excess[t] = max(0.0, signals.threat[t] - coefficients.gate[LOCATION])
    while stretch < arguments.dyad.shape[0] and arguments.stretch[stretch] < last:
        start, stop = arguments.stretch[stretch] - first, arguments.stretch[stretch + 1] - first
        _varying(
            own[arguments.dyad[stretch]],
            era[arguments.era[stretch] if era.shape[0] > 1 else 0],
            signals.honor[start:stop],
            signals.authority[start:stop],
            signals.threat[start:stop],
            eta[start:stop],
        )
        stretch += 1
    for side in range(coefficients.history.shape[0]):
        add(eta, coefficients.history[side], arguments.history[side, first:last])
    if terms[HONOR_UP] > 0.0:
        add(eta, effect[HONOR_UP], signals.honor_up)
    if terms[AUTHORITY_UP] > 0.0:
        add(eta, effect[AUTHORITY_UP], signals.authority_up)
    if terms[RELIEF] > 0.0:
        add(eta, effect[RELIEF], signals.relief)
    if terms[HONOR_X] > 0.0:
        add_product(eta, effect[HONOR_X], signals.honor, signals.threat)
    if terms[AUTHORITY_X] > 0.0:
        add_product(eta, effect[AUTHORITY_X], signals.authority, signals.threat)
    if terms[GATE] > 0.0:
        add_product(eta, effect[GATE], signals.honor, signals.gate)
    if terms[THRESHOLD] > 0.0:
        add_product(eta, effect[THRESHOLD], signals.honor, signals.excess)
    return stretch


@compiled
def predictor_pullback(first, last, stretch, arguments, coefficients, signals, g_eta, g, g_weights, g_signal):  # type: ignore[no-untyped-def]
    """Add to ``g`` (coefficients) and ``g_weights`` (mixtures) the gradient by them from that by the predictor.

    Parameters
    ----------
    first, last, stretch, arguments, coefficients : as in :func:`predictor`.
    signals : as written by it.
    g_eta : (n,) gradient by the linear predictor.
    g, g_weights : receive the gradient.
    g_signal : (6, N) or (6, 0); receives the gradient by the mixed signals.
    """
    terms, memory, threat = arguments.terms, arguments.memory, arguments.threat
    effect, own, era = coefficients.effect, coefficients.own, coefficients.era
    periods = last - first
    use_honor, use_authority, use_threat = used(terms)
    g_honor, g_authority, g_threat = np.empty(periods), np.empty(periods), np.empty(periods)
    while stretch < arguments.dyad.shape[0] and arguments.stretch[stretch] < last:
        start, stop = arguments.stretch[stretch] - first, arguments.stretch[stretch + 1] - first
        d, e = arguments.dyad[stretch], arguments.era[stretch] if era.shape[0] > 1 else 0
        _varying_pullback(
            g_eta[start:stop],
            own[d],
            era[e],
            signals.honor[start:stop],
            signals.authority[start:stop],
            signals.threat[start:stop],
            g.own[d],
            g.era[e],
            (g_honor[start:stop], g_authority[start:stop], g_threat[start:stop]),
        )
        stretch += 1
    for side in range(g.history.shape[0]):
        g.history[side] += dot(g_eta, arguments.history[side, first:last])
    if terms[HONOR_UP] > 0.0:
        g.effect[HONOR_UP] += dot(g_eta, signals.honor_up)
    if terms[AUTHORITY_UP] > 0.0:
        g.effect[AUTHORITY_UP] += dot(g_eta, signals.authority_up)
    if terms[RELIEF] > 0.0:
        g.effect[RELIEF] += dot(g_eta, signals.relief)
    if terms[HONOR_X] + terms[AUTHORITY_X] > 0.0:
        product = g_eta * signals.threat
        if terms[HONOR_X] > 0.0:
            g.effect[HONOR_X] += dot(product, signals.honor)
            add(g_honor, effect[HONOR_X], product)
            add_product(g_threat, effect[HONOR_X], g_eta, signals.honor)
        if terms[AUTHORITY_X] > 0.0:
            g.effect[AUTHORITY_X] += dot(product, signals.authority)
            add(g_authority, effect[AUTHORITY_X], product)
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
