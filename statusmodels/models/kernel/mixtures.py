"""Mixed signals: an act is remembered by a mixture of half-lives, and threats of all categories together are one injury."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from statusmodels.models.kernel.blocks import (
    AUTHORITY_MEMORY,
    HONOR_MEMORY,
    THREAT_MEMORY,
    THREAT_MEMORY_OFFSET,
    THREAT_MEMORY_SPREAD,
    THREAT_WEIGHT,
)
from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.priors import softmax, softmax_pullback


class Mixtures(NamedTuple):
    """Weights of half-lives in the memory of honor (K,) and authority (K,), and of threats by category and half-life (C * K,).

    An act and its opposite are remembered alike. The weights of threats sum to the number of categories. The same tuple holds the
    gradient by the weights.
    """

    honor: Any
    authority: Any
    threat: Any


@compiled
def _of_category(x, at, category, half_lives):  # type: ignore[no-untyped-def]
    """Weights (K,) of half-lives in the memory of one category of threats, pooled about their common ones."""
    logit = x[at[THREAT_MEMORY] : at[THREAT_MEMORY + 1]].copy()
    if at[THREAT_MEMORY_SPREAD + 1] > at[THREAT_MEMORY_SPREAD]:
        own = at[THREAT_MEMORY_OFFSET] + category * half_lives
        logit += x[at[THREAT_MEMORY_SPREAD]] * x[own : own + half_lives]
    return softmax(logit)


@compiled
def mixtures(x, at, categories, half_lives):  # type: ignore[no-untyped-def]
    """The weights at an unconstrained vector; a single half-life or category has no parameter."""
    weight = softmax(x[at[THREAT_WEIGHT] : at[THREAT_WEIGHT + 1]])
    threat = np.empty(categories * half_lives)
    for c in range(categories):
        threat[c * half_lives : (c + 1) * half_lives] = categories * weight[c] * _of_category(x, at, c, half_lives)
    return Mixtures(
        softmax(x[at[HONOR_MEMORY] : at[HONOR_MEMORY + 1]]),
        softmax(x[at[AUTHORITY_MEMORY] : at[AUTHORITY_MEMORY + 1]]),
        threat,
    )


@compiled
def mixtures_pullback(x, at, weights, g, grad):  # type: ignore[no-untyped-def]
    """Add to ``grad`` the gradient by the unconstrained vector from that by the weights."""
    softmax_pullback(weights.honor, g.honor, grad[at[HONOR_MEMORY] : at[HONOR_MEMORY + 1]])
    softmax_pullback(weights.authority, g.authority, grad[at[AUTHORITY_MEMORY] : at[AUTHORITY_MEMORY + 1]])
    weight = softmax(x[at[THREAT_WEIGHT] : at[THREAT_WEIGHT + 1]])
    categories = weight.shape[0]
    half_lives = g.threat.shape[0] // categories
    g_weight = np.zeros(categories)
    for c in range(categories):
        fade = _of_category(x, at, c, half_lives)
        g_own = g.threat[c * half_lives : (c + 1) * half_lives]
        g_weight[c] = categories * np.sum(g_own * fade)
        g_logit = np.zeros(at[THREAT_MEMORY + 1] - at[THREAT_MEMORY])
        softmax_pullback(fade, categories * weight[c] * g_own, g_logit)
        grad[at[THREAT_MEMORY] : at[THREAT_MEMORY + 1]] += g_logit
        if at[THREAT_MEMORY_SPREAD + 1] > at[THREAT_MEMORY_SPREAD]:
            for k in range(half_lives):
                i = at[THREAT_MEMORY_OFFSET] + c * half_lives + k
                grad[at[THREAT_MEMORY_SPREAD]] += g_logit[k] * x[i]
                grad[i] += g_logit[k] * x[at[THREAT_MEMORY_SPREAD]]
    softmax_pullback(weight, g_weight, grad[at[THREAT_WEIGHT] : at[THREAT_WEIGHT + 1]])
