"""Prior densities of blocks of the unconstrained vector, with the Jacobians of their transformations."""

from __future__ import annotations

import math

import numpy as np

from statusmodels.models.kernel.compiled import compiled

NORMAL, HALFNORMAL, BETA, LKJ = 0, 1, 2, 3
VARYING = 4  # quantities that vary by dyad, rivalry and era: base rate, honor denied, authority denied, threat
PAIRS = VARYING * (VARYING - 1) // 2


@compiled
def sigmoid(x):  # type: ignore[no-untyped-def]
    """Logistic function, without overflow."""
    e = math.exp(-abs(x))
    return (1.0 if x > 0.0 else e) / (1.0 + e)


@compiled
def softmax(x):  # type: ignore[no-untyped-def]
    """Weights on the simplex from logits; one weight of 1 if there are none."""
    if x.shape[0] == 0:
        return np.ones(1)
    e = np.exp(x - x.max())
    return e / e.sum()


@compiled
def softmax_pullback(weight, g_weight, grad):  # type: ignore[no-untyped-def]
    """Add to ``grad`` the gradient by the logits; nothing if there are none."""
    if grad.shape[0] > 0:
        grad += weight * (g_weight - np.sum(weight * g_weight))


@compiled
def block_prior(x, first, last, family, a, b, grad):  # type: ignore[no-untyped-def]
    """Log prior of ``x[first:last]``; its gradient is added to ``grad``.

    ``NORMAL``: of x itself. ``HALFNORMAL``: of exp(x). ``BETA``: of the logistic function of x. ``LKJ``: x are the logits of
    (1 + partial correlation) / 2, row by row of the lower triangle; under LKJ(b) these are independent Beta variables
    (Lewandowski, Kurowicka & Joe 2009, *Journal of Multivariate Analysis* 100:1989).
    """
    n = last - first
    lp = 0.0
    if family == NORMAL:
        lp = -n * (math.log(b) + 0.5 * math.log(2.0 * math.pi))
        for i in range(first, last):
            r = (x[i] - a) / b
            lp -= 0.5 * r * r
            grad[i] -= r / b
    elif family == HALFNORMAL:
        lp = n * (0.5 * math.log(2.0 / math.pi) - math.log(b))
        for i in range(first, last):
            r = math.exp(x[i]) / b
            lp += x[i] - 0.5 * r * r
            grad[i] += 1.0 - r * r
    else:
        row = 1
        column = 0
        for i in range(first, last):
            alpha = a
            beta = b
            if family == LKJ:
                alpha = b + 0.5 * (VARYING - 2 - column)
                beta = alpha
                column += 1
                if column == row:
                    row += 1
                    column = 0
            lp += math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta)
            p = sigmoid(x[i])
            # log p and log(1 - p) without cancellation
            soft = math.log1p(math.exp(-abs(x[i])))
            lp -= alpha * (soft + max(-x[i], 0.0)) + beta * (soft + max(x[i], 0.0))
            grad[i] += alpha * (1.0 - p) - beta * p
    return lp


@compiled
def correlation_factor(x):  # type: ignore[no-untyped-def]
    """Cholesky factor (4, 4) of the correlation matrix with partial correlations tanh(x / 2); the identity if there are none."""
    factor = np.eye(VARYING)
    if x.shape[0] == 0:
        return factor
    at = 0
    for i in range(1, VARYING):
        rest = 1.0
        for j in range(i):
            c = math.tanh(0.5 * x[at])
            factor[i, j] = c * math.sqrt(rest)
            rest *= 1.0 - c * c
            at += 1
        factor[i, i] = math.sqrt(rest)
    return factor


@compiled
def correlation_pullback(x, factor, g_factor, grad):  # type: ignore[no-untyped-def]
    """Add to ``grad`` the gradient by ``x`` of :func:`correlation_factor`."""
    at = 0
    for i in range(1, VARYING):
        if x.shape[0] == 0:
            return
        scale = 1.0
        for j in range(i):
            c = math.tanh(0.5 * x[at])
            after = 0.0
            for m in range(j + 1, i + 1):
                after += g_factor[i, m] * factor[i, m]
            grad[at] += 0.5 * (g_factor[i, j] * scale * (1.0 - c * c) - c * after)
            scale *= math.sqrt(1.0 - c * c)
            at += 1
