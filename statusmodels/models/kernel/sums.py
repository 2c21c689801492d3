"""Sums of products over periods: loops that the compiler makes fast, where arrays' operators would allocate.

Loops run over slices from their beginning: of an index like ``first + t`` numba must ask whether it is negative, and such a loop
is not vectorised (measured: five to seven times slower).
"""

from __future__ import annotations

from statusmodels.models.kernel.compiled import compiled, reassociated


@compiled
def mixed(weights, columns, first, out):  # type: ignore[no-untyped-def]
    """``weights @ columns[:, first : first + T]`` into ``out`` (T,)."""
    n = out.shape[0]
    out[:] = 0.0
    for k in range(weights.shape[0]):
        w, column = weights[k], columns[k, first : first + n]
        for t in range(n):
            out[t] += w * column[t]


@reassociated
def mixed_pullback(columns, first, g, factor, g_weights):  # type: ignore[no-untyped-def]
    """Add ``factor * columns[:, first : first + T] @ g`` to ``g_weights``."""
    n = g.shape[0]
    for k in range(columns.shape[0]):
        column = columns[k, first : first + n]
        total = 0.0
        for t in range(n):
            total += column[t] * g[t]
        g_weights[k] += factor * total


@compiled
def add(out, factor, x):  # type: ignore[no-untyped-def]
    """``out += factor * x``."""
    for t in range(out.shape[0]):
        out[t] += factor * x[t]


@compiled
def add_product(out, factor, x, y):  # type: ignore[no-untyped-def]
    """``out += factor * x * y``."""
    for t in range(out.shape[0]):
        out[t] += factor * x[t] * y[t]


@reassociated
def dot(x, y):  # type: ignore[no-untyped-def]
    """Sum of ``x * y``."""
    total = 0.0
    for t in range(x.shape[0]):
        total += x[t] * y[t]
    return total
