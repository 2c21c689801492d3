"""Handing the compiled density to nutpie as native callbacks: no Python, and no interpreter lock, between gradient and sampler.

nutpie builds such callbacks for PyMC models and keeps the class that holds them private; ``pyproject.toml`` caps its version and
``tests/test_sampling.py`` tests this seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, cfunc, types

from statusmodels.models.kernel import log_density

Array = npt.NDArray[np.float64]
HEADER = 16  # numbers at the head of a packed buffer: its length, then the sizes below


def pack(arguments: tuple[Any, ...]) -> Array:
    """All arguments of :func:`~statusmodels.models.kernel.log_density` after ``x`` in one buffer of doubles.

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
def _logp(dim, x_, gradient_, logp_, packed_):  # type: ignore[no-untyped-def]
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
def _expand(dim, expanded, x_, out_, packed_):  # type: ignore[no-untyped-def]
    x = carray(x_, (int(dim),))
    out = carray(out_, (int(expanded),))
    out[:] = x
    return 0


def nutpie_model(size: int, packed: Array, initial_point: Callable[[int], Array]) -> Any:
    """A model that nutpie can sample.

    Parameters
    ----------
    size : length P of the unconstrained vector.
    packed : buffer made by :func:`pack`; kept alive by the model.
    initial_point : from a seed to a vector (P,).

    Returns
    -------
    nutpie.compile_pymc.CompiledPyMCModel
        Its one variable ``x`` is the unconstrained vector.
    """
    from nutpie.compile_pymc import CompiledPyMCModel

    return CompiledPyMCModel(
        dims={},
        _coords={},
        _n_dim=size,
        _shapes={"x": (size,)},
        compiled_logp_func=_logp,
        compiled_expand_func=_expand,
        initial_point_func=initial_point,
        shared_data={},
        shared_var_keys={},
        user_data=packed,
        n_expanded=size,
        shape_info=(["x"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
    )
