"""Directed dyads by years: the grid on which annual data of states and dyads are laid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Directed dyads and years.

    Attributes
    ----------
    sender, receiver : (D,) COW codes of J and I of each dyad "J>I".
    years : (T,) consecutive years.
    """

    sender: npt.NDArray[np.int64]
    receiver: npt.NDArray[np.int64]
    years: npt.NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of dyads and years."""
        return len(self.sender), len(self.years)

    @property
    def mirror(self) -> Grid:
        """The same dyads seen from the other side."""
        return Grid(self.receiver, self.sender, self.years)


def of_dyads(frame: pd.DataFrame, values: str, grid: Grid, symmetric: bool = False, otherwise: float = np.nan) -> Array:
    """Values of a frame with ``ccode1, ccode2, year`` on the grid, ``ccode1`` being the sender.

    Parameters
    ----------
    frame
        At most one row a dyad and year; several are added up.
    values
        The column to lay out.
    grid
        Where to.
    symmetric
        The frame has each pair once, in any order, and its value holds for both directions.
    otherwise
        Value where the frame has no row: NaN unless the source means something by silence.

    Returns
    -------
    array (D, T)
    """
    given = frame[["ccode1", "ccode2", "year", values]]
    if symmetric:
        turned = given.rename(columns={"ccode1": "ccode2", "ccode2": "ccode1"})
        given = pd.concat([given, turned])
    keys = ["ccode1", "ccode2", "year"]
    given = given[given["ccode1"].isin(grid.sender) & given["year"].between(grid.years[0], grid.years[-1])]
    series = given.astype({values: float}).groupby(keys)[values].sum(min_count=1)
    d, t = grid.shape
    index = pd.MultiIndex.from_arrays(
        [np.repeat(grid.sender, t), np.repeat(grid.receiver, t), np.tile(grid.years, d)], names=keys
    )
    at = series.index.get_indexer(index)
    found = np.where(at >= 0, series.to_numpy(dtype=float)[at], otherwise) if len(series) else np.full(d * t, otherwise)
    return np.asarray(found.reshape(d, t))


def of_states(frame: pd.DataFrame, values: str, codes: npt.NDArray[np.int64], years: npt.NDArray[np.int64]) -> Array:
    """Values (D, T) of a frame with ``ccode, year`` for one state a row; NaN where the frame has none."""
    given = frame[["ccode", "year", values]].drop_duplicates(["ccode", "year"]).astype({values: float})
    wide = given.pivot_table(index="ccode", columns="year", values=values, dropna=False)
    return np.asarray(wide.reindex(index=codes, columns=years).to_numpy(dtype=float))


def in_spells(frame: pd.DataFrame, grid: Grid) -> Mask:
    """(D, T) whether a dyad is in a spell of a frame with ``ccode1, ccode2, start, end`` (years), in either direction."""
    out = np.zeros(grid.shape, dtype=bool)
    pair = dict[tuple[int, int], list[int]]()
    for d, (a, b) in enumerate(zip(grid.sender, grid.receiver, strict=True)):
        pair.setdefault((min(a, b), max(a, b)), []).append(d)
    for row in frame.itertuples():
        for d in pair.get((min(row.ccode1, row.ccode2), max(row.ccode1, row.ccode2)), []):
            out[d] |= (grid.years >= row.start) & (grid.years <= row.end)
    return out


def carried(values: Array, years: int) -> Array:
    """Values held for up to ``years`` years after each, until the next one is known.

    Examples
    --------
    >>> carried(np.array([[1.0, np.nan, np.nan, 0.0]]), 1)
    array([[ 1.,  1., nan,  0.]])
    """
    out = values.copy()
    for lag in range(1, years + 1):
        shifted = np.full(values.shape, np.nan)
        shifted[:, lag:] = values[:, :-lag]
        # only where no later value has come in between
        between = np.zeros(values.shape, dtype=bool)
        for k in range(lag):
            moved = np.zeros(values.shape, dtype=bool)
            moved[:, k:] = np.isfinite(values[:, : values.shape[1] - k])
            between |= moved
        out = np.where(np.isnan(out) & ~between, shifted, out)
    return out


def change(values: Array, years: int = 1) -> Array:
    """Change over a number of years; NaN where either end is missing."""
    out = np.full(values.shape, np.nan)
    out[:, years:] = values[:, years:] - values[:, :-years]
    return out


def counted(frame: pd.DataFrame, grid: Grid, keep: Callable[[pd.DataFrame], pd.Series] | None = None) -> Array:
    """Rows (D, T) of a frame with ``ccode1, ccode2, year`` by dyad and year; zero where it has none."""
    rows = frame if keep is None else frame[keep(frame)]
    return of_dyads(rows.assign(one=1.0), "one", grid, otherwise=0.0)
