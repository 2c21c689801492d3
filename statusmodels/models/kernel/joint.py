"""The log density of measurement and risk together, and its gradient: severities become memories, and memories the risk's signals."""

from __future__ import annotations

import numpy as np

from statusmodels.models.kernel.arguments import Arguments, unpacked
from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.density import log_density
from statusmodels.models.kernel.judgements import judgements_density, severities, unpacked_judgements
from statusmodels.models.kernel.memories import memories, memories_pullback, unpacked_memories
from statusmodels.models.kernel.mixtures import mixtures

SIGNALS = 6  # mixed ones
MEMORY, AFTER = Arguments._fields.index("memory"), Arguments._fields.index("threat") + 1


@compiled
def joint_log_density(coordinates, arguments, fades, standards, judgements):  # type: ignore[no-untyped-def]
    """Log posterior density (up to the evidence) at ``coordinates``, and its gradient.

    Parameters
    ----------
    coordinates : (P + M,) of the risk as in :func:`statusmodels.models.kernel.density.log_density`, then the measurement's vector.
    arguments : of the risk; of its memories only the shapes are used.
    fades, standards : how severities are remembered (:mod:`statusmodels.models.kernel.memories`).
    judgements : what the coders said (:class:`statusmodels.models.kernel.judgements.Judgements`).
    """
    at = arguments.at
    x, y = coordinates[: at[-1]], coordinates[at[-1] :]
    half_lives, grid = arguments.memory.shape[1], arguments.memory.shape[2]
    severity = np.empty(judgements.construct.shape[0])
    memory, threat = np.empty(arguments.memory.shape), np.empty(arguments.threat.shape)
    severities(y, judgements, severity)
    memories(severity, fades, standards, memory, threat)
    risk = Arguments(*(arguments[:MEMORY] + (memory, threat) + arguments[AFTER:]))  # noqa: RUF005 numba knows no unpacking within tuples
    g_signal = np.zeros((SIGNALS, grid))
    grad = np.zeros(coordinates.shape[0])
    lp, grad[: at[-1]] = log_density(x, risk, g_signal)
    # the coordinates of groups and path are whitened, but none that the mixtures depend on
    weights = mixtures(x, at, arguments.threat.shape[1] // half_lives, half_lives)
    g_severity = np.zeros(severity.shape[0])
    memories_pullback(g_signal, weights, fades, standards, g_severity)
    lp += judgements_density(y, judgements, g_severity, grad[at[-1] :])
    return lp, grad


@compiled
def unpacked_joint(buffer, i):  # type: ignore[no-untyped-def]
    """What :func:`joint_log_density` takes besides the coordinates, from ``i`` of a buffer on."""
    arguments, i = unpacked(buffer, i)
    fades, standards, i = unpacked_memories(buffer, i)
    judgements, i = unpacked_judgements(buffer, i)
    return arguments, fades, standards, judgements
