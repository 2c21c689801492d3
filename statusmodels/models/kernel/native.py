"""The kernel's entry points: native callbacks in the form that nutpie calls, and the same for use from Python."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, cfunc, njit, types

from statusmodels.models.kernel.compiled import STAMP
from statusmodels.models.kernel.density import PATH, THREAT_MEMORY_OFFSET
from statusmodels.models.kernel.density import log_density as _log_density
from statusmodels.models.kernel.path import path_factor, whitened_path

Array = npt.NDArray[np.float64]
HEADER = 16  # numbers at the head of a packed buffer: its length, then the sizes below


def pack(arguments: tuple[Any, ...]) -> Array:
    """All arguments of the density after the coordinates in one buffer of doubles.

    Integers are exact in doubles far beyond any count here.
    """
    terms, memory, threat, level = (arguments[i] for i in (2, 3, 4, 8))
    dyads, periods = level.shape
    flat = np.concatenate([np.zeros(HEADER), *(np.asarray(a, dtype=float).ravel() for a in arguments)])
    flat[:6] = len(flat), dyads, periods, memory.shape[1], threat.shape[1], len(terms)
    return flat


_POINTER = types.CPointer(types.double)
_LOGP = types.int64(types.uint64, _POINTER, _POINTER, _POINTER, _POINTER)
_EXPAND = types.int64(types.uint64, types.uint64, _POINTER, _POINTER, _POINTER)


def _density(stamp: int) -> Any:
    def native_log_density(dim, x_, gradient_, logp_, packed_):  # type: ignore[no-untyped-def]
        if stamp == 0:  # a constant of the compiled code, and so part of its key in numba's cache
            return 4
        head = carray(packed_, (HEADER,))
        buffer = carray(packed_, (int(head[0]),))
        dyads, periods = int(head[1]), int(head[2])
        half_lives, threats, n_terms = int(head[3]), int(head[4]), int(head[5])
        n = dyads * periods
        i = HEADER
        at = buffer[i : i + PATH + 2].astype(np.int64)
        i += PATH + 2
        prior = buffer[i : i + 3 * PATH].reshape((PATH, 3))
        i += 3 * PATH
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
        rivalry = buffer[i : i + dyads].astype(np.int64)
        i += dyads
        level = buffer[i : i + n].reshape((dyads, periods))
        i += n
        count = buffer[i : i + n].reshape((dyads, periods))
        i += n
        external = buffer[i : i + n].reshape((dyads, periods))
        i += n
        weight = buffer[i : i + 3 * n].reshape((3, dyads, periods))
        i += 3 * n
        curvature = buffer[i : i + n].reshape((dyads, periods))
        i += n
        response = buffer[i : i + n].reshape((dyads, periods))
        i += n
        groups = at[PATH] - at[THREAT_MEMORY_OFFSET]
        group_curvature = buffer[i : i + groups]
        i += groups
        group_response = buffer[i : i + groups]
        x = carray(x_, (int(dim),))
        out = carray(gradient_, (int(dim),))
        value = carray(logp_, (1,))
        density, gradient = _log_density(
            x,
            at,
            prior,
            terms,
            memory,
            threat,
            history,
            era,
            rivalry,
            level,
            count,
            external,
            weight,
            curvature,
            response,
            group_curvature,
            group_response,
            np.empty((6, 0)),
        )
        value[0] = density
        out[:] = gradient
        if not np.isfinite(density) or not np.all(np.isfinite(gradient)):
            return 3  # nutpie takes a positive code as a divergence, not as an error
        return 0

    return cfunc(_LOGP, cache=True, error_model="numpy")(native_log_density)


def _expansion(stamp: int) -> Any:
    def native_expand(dim, expanded, x_, out_, packed_):  # type: ignore[no-untyped-def]
        if stamp == 0:
            return 4
        x = carray(x_, (int(dim),))
        out = carray(out_, (int(expanded),))
        out[:] = x
        return 0

    return cfunc(_EXPAND, cache=True)(native_expand)


def _paths(stamp: int) -> Any:
    def path_from_z(z, eta, sigma, rho, h, response, u):  # type: ignore[no-untyped-def]
        """Latent paths ``u`` (S, D, T) at whitened coordinates ``z`` and predictors ``eta``; sigma and rho are (S,)."""
        draws = z.shape[0] if stamp != 0 else 0
        periods = z.shape[2]
        inverse = np.empty(periods)
        off = np.empty(periods)
        s = np.empty(periods)
        for i in range(draws):
            for d in range(z.shape[1]):
                path_factor(sigma[i], rho[i], h[d], inverse, off)
                whitened_path(z[i, d], eta[i, d], h[d], response[d], inverse, off, s, u[i, d])

    return njit(cache=True, nogil=True, error_model="numpy")(path_from_z)


@cache
def callbacks() -> tuple[Any, Any]:
    """What nutpie calls, compiled or read from numba's cache at the first use.

    The log density with its gradient, which returns 0 if both are finite and 3 (a divergence) if not; and the expansion of a draw:
    the coordinates as they are, because named quantities are computed later, all draws at once.
    """
    return _density(STAMP), _expansion(STAMP)


path_from_z = _paths(STAMP)


def log_density(x: Array, packed: Array) -> tuple[float, Array]:
    """Log density and gradient at coordinates ``x`` (P,), with the arguments packed by :func:`pack`.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.inference.sampling import kernel_arguments
    >>> from statusmodels.models.design import design
    >>> from statusmodels.models.hypothesis import HYPOTHESES
    >>> from statusmodels.models.parameters import sizes
    >>> from statusmodels.models.priors import Priors
    >>> from statusmodels.panel.panel import build
    >>> d = design(build(load("us-russia"), period="year"))
    >>> packed = pack(kernel_arguments(d, HYPOTHESES["additive"], Priors()))
    >>> value, gradient = log_density(np.full(sum(sizes(d).values()), 0.1), packed)
    >>> bool(np.isfinite(value)), len(gradient) == sum(sizes(d).values())
    (True, True)
    """
    x = np.ascontiguousarray(x, dtype=float)
    gradient, value = np.empty(len(x)), np.empty(1)
    pointers = (a.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for a in (x, gradient, value, packed))
    callbacks()[0].ctypes(len(x), *pointers)
    return float(value[0]), gradient
