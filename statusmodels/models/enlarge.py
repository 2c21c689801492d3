"""A panel made larger in its own likeness: more rivalries, or more years, to ask what data a question would take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from statusmodels.models.design import SIDES, Design

Array = npt.NDArray[np.float64]


def enlarged(design: Design, rivalries: int, stretch: int, rng: np.random.Generator) -> Design:
    """As many rivalries again, and a window so many times as long, with signals of the same kind.

    Each added stretch has the signals of the panel itself, all dyads of a rivalry shifted in time together and around the window's end
    by a random number of periods, so that signals of one rivalry stay as related as they are and signals of two are not. Eras are
    shared by rivalries; each added length of the window has eras of its own. What is not modelled at the window's start stays so, once
    a rivalry.

    Parameters
    ----------
    design
        Arrays of the panel, of one rivalry.
    rivalries
        Number of rivalries, the first the panel's own.
    stretch
        Length of the window, in multiples of the panel's.
    rng
        Draws the shifts.

    Returns
    -------
    Design
        With ``rivalries * D`` dyads and ``stretch * T`` periods. Its outcomes are those of the panel over and over: draw new ones.

    Raises
    ------
    ValueError
        If the panel has an external series, covariates, or more than one rivalry.
    """
    if design.external is not None or len(design.rivalries) > 1 or len(design.controls) > len(SIDES):
        raise ValueError("only a panel of one rivalry, without external series and covariates, can be enlarged")
    dyads, periods = design.shape
    shifts = rng.integers(1, periods, (rivalries, stretch))
    shifts[0, 0] = 0

    def tiled(x: Array) -> Array:
        """(..., D * T) to (..., rivalries * D * stretch * T)."""
        grid = x.reshape(*x.shape[:-1], dyads, periods)
        rows = [np.concatenate([np.roll(grid, s, axis=-1) for s in mine], axis=-1) for mine in shifts]
        return np.ascontiguousarray(np.concatenate(rows, axis=-2).reshape(*x.shape[:-1], -1))

    def first(x: Array, rest: float) -> Array:
        """(D, T) to (rivalries * D, stretch * T), ``rest`` after the first stretch."""
        out = np.full((dyads, stretch * periods), rest)
        out[:, :periods] = x
        return np.tile(out, (rivalries, 1))

    shape = (2, rivalries * dyads, stretch * periods)
    names = [_numbered(d, n) for n in range(rivalries) for d in design.dyads]
    mirror = np.concatenate([np.where(design.mirror < 0, -1, design.mirror + n * dyads) for n in range(rivalries)])
    return replace(
        design,
        memory=tiled(design.memory),
        threat=tiled(design.threat),
        history=np.zeros(shape),  # of outcomes to be drawn
        era=np.concatenate([design.era + k * design.eras for k in range(stretch)]),
        eras=design.eras * stretch,
        level=np.tile(design.level, (rivalries, stretch)),
        extra=np.tile(design.extra, (rivalries, stretch)),
        weight=first(design.weight, 1.0),
        acts_weight=None if design.acts_weight is None else first(design.acts_weight, 1.0),
        start_level=first(design.start_level, np.nan),
        mirror=mirror.astype(np.int64),
        dyads=tuple(names),
    )


def _numbered(dyad: str, number: int) -> str:
    return dyad if not number else ">".join(f"{side}{number + 1}" for side in dyad.split(">"))
