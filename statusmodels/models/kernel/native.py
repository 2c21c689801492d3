"""The kernel's entry points: native callbacks in the form that nutpie calls, and the same for use from Python."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import carray, cfunc, njit, types

from statusmodels.models.kernel.arguments import unpacked
from statusmodels.models.kernel.compiled import STAMP
from statusmodels.models.kernel.density import log_density as _log_density
from statusmodels.models.kernel.joint import joint_log_density as _joint_log_density
from statusmodels.models.kernel.joint import unpacked_joint
from statusmodels.models.kernel.packing import FIRST
from statusmodels.models.kernel.path import path_factor, whitened_path

Array = npt.NDArray[np.float64]
_POINTER = types.CPointer(types.double)
_LOGP = types.int64(types.uint64, _POINTER, _POINTER, _POINTER, _POINTER)
_EXPAND = types.int64(types.uint64, types.uint64, _POINTER, _POINTER, _POINTER)


def _density(stamp: int) -> Any:
    def native_log_density(dim, x_, gradient_, logp_, packed_):  # type: ignore[no-untyped-def]
        if stamp == 0:  # a constant of the compiled code, and so part of its key in numba's cache
            return 4
        buffer = carray(packed_, (int(carray(packed_, (1,))[0]),))
        arguments, _after = unpacked(buffer, FIRST)
        x = carray(x_, (int(dim),))
        out = carray(gradient_, (int(dim),))
        value = carray(logp_, (1,))
        density, gradient = _log_density(x, arguments, np.empty((6, 0)))
        value[0] = density
        out[:] = gradient
        if not np.isfinite(density) or not np.all(np.isfinite(gradient)):
            return 3  # nutpie takes a positive code as a divergence, not as an error
        return 0

    return cfunc(_LOGP, cache=True, error_model="numpy")(native_log_density)


def _joint_density(stamp: int) -> Any:
    def native_joint_log_density(dim, x_, gradient_, logp_, packed_):  # type: ignore[no-untyped-def]
        if stamp == 0:
            return 4
        buffer = carray(packed_, (int(carray(packed_, (1,))[0]),))
        arguments, fades, standards, judgements = unpacked_joint(buffer, FIRST)
        x = carray(x_, (int(dim),))
        out = carray(gradient_, (int(dim),))
        value = carray(logp_, (1,))
        density, gradient = _joint_log_density(x, arguments, fades, standards, judgements)
        value[0] = density
        out[:] = gradient
        if not np.isfinite(density) or not np.all(np.isfinite(gradient)):
            return 3
        return 0

    return cfunc(_LOGP, cache=True, error_model="numpy")(native_joint_log_density)


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
        ratio = np.empty(periods)
        s = np.empty(periods)
        for i in range(draws):
            for d in range(z.shape[1]):
                path_factor(sigma[i], rho[i], h[d], inverse, ratio)
                whitened_path(z[i, d], eta[i, d], h[d], response[d], inverse, ratio, s, u[i, d])

    return njit(cache=True, nogil=True, error_model="numpy")(path_from_z)


@cache
def callbacks() -> tuple[Any, Any]:
    """What nutpie calls, compiled or read from numba's cache at the first use.

    The log density with its gradient, which returns 0 if both are finite and 3 (a divergence) if not; and the expansion of a draw:
    the coordinates as they are, because named quantities are computed later, all draws at once.
    """
    return _density(STAMP), _expansion(STAMP)


@cache
def joint_callback() -> Any:
    """The same log density and gradient of the joint model, compiled only for those who sample it."""
    return _joint_density(STAMP)


path_from_z = _paths(STAMP)


def _called(callback: Any, x: Array, packed: Array) -> tuple[float, Array]:
    """Log density and gradient by a native callback."""
    x = np.ascontiguousarray(x, dtype=float)
    gradient, value = np.empty(len(x)), np.empty(1)
    pointers = (a.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for a in (x, gradient, value, packed))
    callback.ctypes(len(x), *pointers)
    return float(value[0]), gradient


def joint_log_density(x: Array, packed: Array) -> tuple[float, Array]:
    """Log density and gradient of the joint model at coordinates ``x``: those of the risk, then the measurement's vector.

    ``packed`` holds the risk's arguments, fades, standards and judgements; see :mod:`statusmodels.models.kernel.joint`.
    """
    return _called(joint_callback(), x, packed)


def log_density(x: Array, packed: Array) -> tuple[float, Array]:
    """Log density and gradient at coordinates ``x`` (P,), the arguments packed.

    See :class:`statusmodels.models.kernel.arguments.Arguments` and :func:`statusmodels.models.kernel.packing.pack`.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.inference.pilot import kernel_arguments
    >>> from statusmodels.models.design import design
    >>> from statusmodels.models.kernel import pack
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
    return _called(callbacks()[0], x, packed)
