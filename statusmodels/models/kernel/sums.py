"""Sums of products over periods: loops that the compiler makes fast, where arrays' operators would allocate."""

from __future__ import annotations

from statusmodels.models.kernel.compiled import compiled, reassociated


@compiled
def mixed(weights, columns, first, out):  # type: ignore[no-untyped-def]
    """``weights @ columns[:, first : first + T]`` into ``out`` (T,)."""
    out[:] = 0.0
    for k in range(weights.shape[0]):
        w = weights[k]
        for t in range(out.shape[0]):
            out[t] += w * columns[k, first + t]


@reassociated
def mixed_pullback(columns, first, g, factor, g_weights):  # type: ignore[no-untyped-def]
    """Add ``factor * columns[:, first : first + T] @ g`` to ``g_weights``."""
    for k in range(columns.shape[0]):
        total = 0.0
        for t in range(g.shape[0]):
            total += columns[k, first + t] * g[t]
        g_weights[k] += factor * total


@compiled
def add(out, factor, x, start, stop):  # type: ignore[no-untyped-def]
    """``out[start:stop] += factor * x[start:stop]``."""
    for t in range(start, stop):
        out[t] += factor * x[t]


@compiled
def add_product(out, factor, x, y):  # type: ignore[no-untyped-def]
    """``out += factor * x * y``."""
    for t in range(out.shape[0]):
        out[t] += factor * x[t] * y[t]


@reassociated
def dot(x, y, start, stop):  # type: ignore[no-untyped-def]
    """Sum of ``x * y`` over ``start:stop``."""
    total = 0.0
    for t in range(start, stop):
        total += x[t] * y[t]
    return total
