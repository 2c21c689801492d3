"""Deviations of dyads, rivalries and eras: their spreads, their correlation, and the coordinates they are sampled in.

Spreads multiply standard normal coordinates, whose sign is free. They are sampled with a sign of their own, half-normal in absolute
value: unlike a logarithm, which runs off to minus infinity where the data leave a spread near zero, it makes the density smooth and
nearly normal there.
"""

from __future__ import annotations

import math

import numpy as np

from statusmodels.models.kernel.blocks import (
    CORRELATION,
    DYAD_EFFECT_SPREAD,
    DYAD_OFFSET,
    DYAD_SPREAD,
    ERA_EFFECT_SPREAD,
    ERA_OFFSET,
    ERA_SPREAD,
    RIVALRY_EFFECT_SPREAD,
    RIVALRY_OFFSET,
    RIVALRY_SPREAD,
    THREAT_MEMORY_OFFSET,
)
from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.priors import VARYING, correlation_factor, correlation_pullback

# blocks of a level's standard normal deviations, of its base rate's spread and of its effects' spreads
DYAD = (DYAD_OFFSET, DYAD_SPREAD, DYAD_EFFECT_SPREAD)
RIVALRY = (RIVALRY_OFFSET, RIVALRY_SPREAD, RIVALRY_EFFECT_SPREAD)
ERA = (ERA_OFFSET, ERA_SPREAD, ERA_EFFECT_SPREAD)


@compiled
def groups(at, level):  # type: ignore[no-untyped-def]
    """Number of a level's groups; zero where the level is absent."""
    return (at[level[0] + 1] - at[level[0]]) // VARYING


@compiled
def spreads(x, at, level, terms):  # type: ignore[no-untyped-def]
    """Spreads (4,) of base rate and effects, with their signs; zero where the level or the term is absent."""
    _, base, effects = level
    out = np.zeros(VARYING)
    if at[base + 1] > at[base]:
        out[0] = x[at[base]]
        for j in range(1, VARYING):
            out[j] = terms[j - 1] * x[at[effects] + j - 1]
    return out


@compiled
def _add_to_spread(j, value, at, level, terms, grad):  # type: ignore[no-untyped-def]
    """Add the gradient by the ``j``-th spread of a level."""
    _, base, effects = level
    if j == 0:
        grad[at[base]] += value
    else:
        grad[at[effects] + j - 1] += terms[j - 1] * value


@compiled
def standard(x, arguments, level):  # type: ignore[no-untyped-def]
    """Standard normal deviations ``q`` of one level from their coordinates ``z``, and the log Jacobian; ``x`` receives q.

        q = (s h r) / (1 + h s^2) + z / sqrt(1 + h s^2)

    with s the spread and h, r (groups of all levels) the pilot's curvature and working response of ``s q``: what the path's
    whitening is for the path. Groups of which the data tell much are in effect centred, the others not, and that changes with s.
    """
    at, h, r = arguments.at, arguments.group_curvature, arguments.group_response
    spread = spreads(x, at, level, arguments.terms)
    n = groups(at, level)
    lp = 0.0
    for j in range(VARYING):
        for g in range(n):
            i = at[level[0]] + j * n + g
            k = i - at[THREAT_MEMORY_OFFSET]
            c = 1.0 + h[k] * spread[j] * spread[j]
            x[i] = spread[j] * h[k] * r[k] / c + x[i] / math.sqrt(c)
            lp -= 0.5 * math.log(c)
    return lp


@compiled
def standard_pullback(q, arguments, level, grad):  # type: ignore[no-untyped-def]
    """From the gradient by ``q`` in ``grad`` to that by ``z``, in place, and by the spreads."""
    at, terms, h, r = arguments.at, arguments.terms, arguments.group_curvature, arguments.group_response
    spread = spreads(q, at, level, terms)
    n = groups(at, level)
    for j in range(VARYING):
        s = spread[j]
        for g in range(n):
            i = at[level[0]] + j * n + g
            k = i - at[THREAT_MEMORY_OFFSET]
            c = 1.0 + h[k] * s * s
            pull = s * h[k] * r[k] / c  # the part of q that is not z's
            by_spread = h[k] * r[k] * (2.0 - c) / (c * c) - (q[i] - pull) * h[k] * s / c
            _add_to_spread(j, grad[i] * by_spread - h[k] * s / c, at, level, terms, grad)
            grad[i] /= math.sqrt(c)


@compiled
def _unit(x, at, level, factor):  # type: ignore[no-untyped-def]
    """Deviations (groups, 4) of one level in units of their spreads: ``factor @ q``."""
    n = groups(at, level)
    out = np.zeros((n, VARYING))
    for g in range(n):
        for j in range(VARYING):
            for m in range(j + 1):
                out[g, j] += factor[j, m] * x[at[level[0]] + m * n + g]
    return out


@compiled
def _unit_pullback(x, arguments, level, factor, g_deviation, g_factor, grad):  # type: ignore[no-untyped-def]
    """Gradient by coordinates, spreads and the correlation's factor from that by a level's deviations (groups, 4)."""
    at, terms = arguments.at, arguments.terms
    unit, spread = _unit(x, at, level, factor), spreads(x, at, level, terms)
    n = groups(at, level)
    for g in range(n):
        for j in range(VARYING):
            _add_to_spread(j, g_deviation[g, j] * unit[g, j], at, level, terms, grad)
            scaled = spread[j] * g_deviation[g, j]
            for m in range(j + 1):
                i = at[level[0]] + m * n + g
                grad[i] += scaled * factor[j, m]
                g_factor[j, m] += scaled * x[i]


@compiled
def deviations(x, arguments):  # type: ignore[no-untyped-def]
    """Deviations from the averages: of each dyad, its rivalry's included (D, 4), and of each era (E, 4).

    Columns are the base rate and the effects of honor denied, authority denied and threat. Base rates deviate from their averages
    over dyads and over eras, so that the cutpoints alone carry the overall level.
    """
    at, terms, rivalry = arguments.at, arguments.terms, arguments.rivalry
    dyads = rivalry.shape[0]
    independent = np.eye(VARYING)
    own = np.zeros((dyads, VARYING))
    if groups(at, DYAD) > 0:
        own += spreads(x, at, DYAD, terms) * _unit(
            x, at, DYAD, correlation_factor(x[at[CORRELATION] : at[CORRELATION + 1]])
        )
    if groups(at, RIVALRY) > 0:
        of_rivalry = spreads(x, at, RIVALRY, terms) * _unit(x, at, RIVALRY, independent)
        for d in range(dyads):
            own[d] += of_rivalry[rivalry[d]]
    own[:, 0] -= np.mean(own[:, 0])
    era = np.zeros((max(groups(at, ERA), 1), VARYING))
    if groups(at, ERA) > 0:
        era += spreads(x, at, ERA, terms) * _unit(x, at, ERA, independent)
        era[:, 0] -= np.mean(era[:, 0])
    return own, era


@compiled
def deviations_pullback(x, arguments, g_own, g_era, grad):  # type: ignore[no-untyped-def]
    """Add to ``grad`` the gradient by coordinates, spreads and correlation; overwrites its other arguments."""
    at, rivalry = arguments.at, arguments.rivalry
    pairs = x[at[CORRELATION] : at[CORRELATION + 1]]
    factor, independent = correlation_factor(pairs), np.eye(VARYING)
    g_factor, nowhere = np.zeros((VARYING, VARYING)), np.zeros((VARYING, VARYING))
    g_own[:, 0] -= np.mean(g_own[:, 0])
    g_era[:, 0] -= np.mean(g_era[:, 0])
    _unit_pullback(x, arguments, DYAD, factor, g_own, g_factor, grad)
    correlation_pullback(pairs, factor, g_factor, grad[at[CORRELATION] : at[CORRELATION + 1]])
    n = groups(at, RIVALRY)
    if n > 0:
        g_rivalry = np.zeros((n, VARYING))
        for d in range(rivalry.shape[0]):
            g_rivalry[rivalry[d]] += g_own[d]
        _unit_pullback(x, arguments, RIVALRY, independent, g_rivalry, nowhere, grad)
    _unit_pullback(x, arguments, ERA, independent, g_era, nowhere, grad)
