"""Memories of severities, and the gradient back through them: all linear in the number of dyad-periods and of acts.

The readable definition is :func:`statusmodels.panel.severities.memories`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from statusmodels.models.kernel.compiled import compiled, contracted
from statusmodels.models.kernel.packing import integers, matrix, vector
from statusmodels.panel.severities import Fades

Array = npt.NDArray[np.float64]
AUTHORITY, THREATS = 2, 4  # first signals of authority and of threats, after those of honor


class Standards(NamedTuple):
    """Means (4 + 2 C, K) that are taken off each signal's memories, and scales that divide them."""

    mean: Array
    scale: Array


@compiled
def unpacked_memories(buffer, i):  # type: ignore[no-untyped-def]
    """The :class:`Fades` and :class:`Standards` that begin at ``i`` of a buffer, and where the next array begins."""
    severity, i = integers(buffer, i)
    share, i = vector(buffer, i)
    begins, i = integers(buffer, i)
    fades, i = integers(buffer, i)
    remains, i = matrix(buffer, i)
    first, i = integers(buffer, i)
    keep, i = matrix(buffer, i)
    mean, i = matrix(buffer, i)
    scale, i = matrix(buffer, i)
    return Fades(severity, share, begins, fades, remains, first, keep), Standards(mean, scale), i


@compiled
def _row(memory, threat, signal, half_life, half_lives, first, last):  # type: ignore[no-untyped-def]
    """The stretch of ``memory`` or ``threat`` that holds one signal at one half-life."""
    if signal < THREATS:
        return memory[signal, half_life, first:last]
    categories = threat.shape[1] // half_lives
    kind = (signal - THREATS) // categories
    category = (signal - THREATS) % categories
    return threat[kind, category * half_lives + half_life, first:last]


@contracted
def memories(severity, fades, standards, memory, threat):  # type: ignore[no-untyped-def]
    """Standardised memories of severities.

    Parameters
    ----------
    severity : (N,) severities.
    fades : how they are remembered.
    standards : means and scales.
    memory, threat : (4, K, D * T) and (2, C * K, D * T), written in full.
    """
    half_lives, periods = fades.keep.shape
    dyads = memory.shape[2] // periods
    standing = np.empty(periods)
    for lane in range(fades.first.shape[0] - 1):
        signal, dyad = lane // dyads, lane % dyads
        begin, end = fades.first[lane], fades.first[lane + 1]
        stands = False
        for i in range(begin, end):
            if fades.begins[i] < fades.fades[i]:
                if not stands:
                    standing[:] = 0.0
                    stands = True
                s = fades.share[i] * severity[fades.severity[i]]
                standing[fades.begins[i]] += s
                if fades.fades[i] < periods:
                    standing[fades.fades[i]] -= s
        if stands:
            for t in range(1, periods):
                standing[t] += standing[t - 1]
        for k in range(half_lives):
            row = _row(memory, threat, signal, k, half_lives, dyad * periods, (dyad + 1) * periods)
            factor = 1.0 / standards.scale[signal, k]
            mean = standards.mean[signal, k] * factor
            if begin == end:
                row[:] = -mean
                continue
            row[:] = 0.0
            for i in range(begin, end):
                if fades.fades[i] < periods:
                    row[fades.fades[i]] += fades.share[i] * fades.remains[i, k] * severity[fades.severity[i]]
            carry = 0.0
            for t in range(periods):
                carry = carry * fades.keep[k, t] + row[t]
                row[t] = carry * factor - mean
            if stands:
                for t in range(periods):
                    row[t] += standing[t] * factor


@contracted
def _fading_pullback(row, keep, g_fading, g_standing):  # type: ignore[no-untyped-def]
    """Gradients (T + 1,) by what begins to fade and by what begins to stand for good in each period, nothing at T.

    ``row`` is the gradient by the memory.
    """
    periods = row.shape[0]
    fading = row[periods - 1]
    standing = fading
    g_fading[periods - 1] = fading
    g_standing[periods - 1] = standing
    for t in range(periods - 2, -1, -1):
        fading = fading * keep[t + 1] + row[t]
        standing += row[t]
        g_fading[t] = fading
        g_standing[t] = standing


@compiled
def _weight(weights, signal, half_life, half_lives):  # type: ignore[no-untyped-def]
    """Weight of one signal's memory in its mixture; an act and its opposite are remembered alike."""
    if signal < AUTHORITY:
        return weights.honor[half_life]
    if signal < THREATS:
        return weights.authority[half_life]
    return weights.threat[((signal - THREATS) * half_lives + half_life) % weights.threat.shape[0]]


@compiled
def memories_pullback(g_signal, weights, fades, standards, g_severity):  # type: ignore[no-untyped-def]
    """Adjoint of :func:`memories`, which enter the rest of the model only through mixed signals.

    Parameters
    ----------
    g_signal : (6, D * T) gradient by honor, honor granted, authority, authority granted, threat and relief.
    weights : mixtures of the memories (:class:`statusmodels.models.kernel.mixtures.Mixtures`).
    fades, standards : as in :func:`memories`.
    g_severity : (N,) the gradient by the severities is added to it.
    """
    half_lives, periods = fades.keep.shape
    dyads = g_signal.shape[1] // periods
    categories = weights.threat.shape[0] // half_lives
    g_fading = np.zeros((half_lives, periods + 1))
    g_standing = np.zeros(periods + 1)
    for mixture in range(g_signal.shape[0]):
        first, last = mixture, mixture + 1
        if mixture >= THREATS:
            first = THREATS + (mixture - THREATS) * categories
            last = first + categories
        for dyad in range(dyads):
            row = g_signal[mixture, dyad * periods : (dyad + 1) * periods]
            for k in range(half_lives):
                _fading_pullback(row, fades.keep[k], g_fading[k], g_standing)
            for signal in range(first, last):
                lane = signal * dyads + dyad
                for i in range(fades.first[lane], fades.first[lane + 1]):
                    stood = g_standing[fades.begins[i]] - g_standing[fades.fades[i]]
                    g = 0.0
                    for k in range(half_lives):
                        one = stood + fades.remains[i, k] * g_fading[k, fades.fades[i]]
                        g += one * _weight(weights, signal, k, half_lives) / standards.scale[signal, k]
                    g_severity[fades.severity[i]] += fades.share[i] * g
