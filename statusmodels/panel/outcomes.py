"""Outcomes beside those of the catalogue: onsets of serious escalation, conduct and series as other sources tell them."""

from __future__ import annotations

from itertools import pairwise
from numbers import Number
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.panel.panel import BURN_IN_MONTHS, escalation_memory
from statusmodels.panel.periods import calendar, months_per_period

Kind = Literal["continuous", "ordinal"]
KINDS: tuple[str, ...] = get_args(Kind)
COLUMNS = ("dyad", "period", "value")
HIGHEST_LEVEL = 5


def with_onset(panel: xr.Dataset, serious: int = 3, quiet: int = 3) -> xr.Dataset:
    """The panel with the onset of serious escalation after quiet.

    A dyad is at risk of an onset in a period if its level was known and below ``serious`` in each of the ``quiet`` periods
    before it. A missing period was not seen to be quiet, so a dyad is not at risk again until ``quiet`` known periods have
    passed. Periods of the burn-in are known, though not modelled, and count towards the quiet.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`, with ``level`` (dyad, period) and ``observed`` (period) or
        (dyad, period).
    serious
        Lowest level (1-5) that is serious.
    quiet
        Number of whole periods below ``serious`` that make a dyad quiet. With 0 a dyad is at risk in every known period: the
        outcome is then whether it was serious, not whether it became so.

    Returns
    -------
    Dataset
        The panel and ``onset`` (dyad, period): 1 where a dyad at risk reaches ``serious``, 0 where it does not, NaN where it
        is not at risk or its outcome is not observed. Attributes ``onset_serious``, ``onset_quiet`` keep the arguments.

    Raises
    ------
    InputError
        If ``serious`` is not a level, or ``quiet`` not a whole number of periods that leaves one to be at risk in.
    ValueError
        If the panel's memories are told at the day of the highest level.

    Examples
    --------
    >>> level = xr.DataArray([[0.0, 0.0, 3.0, 0.0, 1.0, 2.0, np.nan, 4.0]], dims=("dyad", "period"))
    >>> panel = xr.Dataset({"level": level, "observed": np.isfinite(level)})
    >>> with_onset(panel, serious=3, quiet=2)["onset"].to_numpy()
    array([[nan, nan,  1., nan, nan,  0., nan, nan]])
    """
    problems = []
    if serious not in range(1, HIGHEST_LEVEL + 1):
        problems.append(Problem("serious", f"must be a level from 1 to {HIGHEST_LEVEL}", value=str(serious)))
    most = panel.sizes["period"] - 1
    if quiet not in range(most + 1):
        mend = f"must be a whole number of periods from 0 to {most}, which leaves one to be at risk in"
        problems.append(Problem("quiet", mend, value=str(quiet)))
    if problems:
        raise InputError(problems)
    _by_period(panel, "an onset may come before the highest level")
    level = panel["level"].transpose("dyad", "period")
    below = level < serious  # False where the level is missing
    at_risk = xr.ones_like(below)
    for lag in range(1, int(quiet) + 1):
        at_risk &= below.shift(period=lag, fill_value=False)
    known = at_risk & np.isfinite(level) & panel["observed"]
    onset = (level >= serious).astype(float).where(known)
    return panel.assign(onset=onset).assign_attrs(onset_serious=int(serious), onset_quiet=int(quiet))


def with_level(panel: xr.Dataset, level: xr.DataArray, name: str) -> xr.Dataset:
    """The panel with another source's conduct in the place of its own: its predictors, the other's outcome.

    Parameters
    ----------
    panel
        Of a catalogue, of event data, or of rivalries.
    level
        (dyad, period) highest escalation level (0-5) of I towards J in dyad "J>I", NaN where the source says nothing: as from
        :func:`statusmodels.sources.conduct.conduct`, or the ``level`` of another panel of the same period. It must hold the
        panel's dyads and their opposites; of its periods those of the panel are taken. After its beginning and after every gap a
        burn-in of a year is waited for, since what happened before is not known.
    name
        Of the source, kept in the attribute ``level_of``.

    Returns
    -------
    Dataset
        The panel with this ``level``; the ``history`` (own, other) made of it; ``acts`` and ``cooperation`` missing; ``observed``
        (dyad, period) only where this level and the history are known. An ``onset`` made before is gone: call
        :func:`with_onset` on the result.

    Raises
    ------
    InputError
        If a dyad or its opposite is missing, a value is no level, or no observed period has one.
    ValueError
        If the panel's memories are told at the day of the highest level.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> panel = build(load("us-russia"), "year")
    >>> same = with_level(panel, panel["level"], "its own")
    >>> bool(np.allclose(same["history"], panel["history"]))
    True
    """
    _by_period(panel, "when in a period the other source's level was reached is not known")
    dyads = [str(d) for d in panel["dyad"].to_numpy()]
    opposite = [">".join(reversed(d.split(">"))) for d in dyads]
    given = {str(d) for d in level["dyad"].to_numpy()}
    problems = [
        Problem(name, "has no such dyad; it needs each dyad and its opposite", column="dyad", value=d)
        for d in dict.fromkeys((*dyads, *opposite))
        if d not in given
    ]
    if not problems:
        laid = level.reindex(period=panel["period"]).transpose("dyad", "period")
        own, other = (laid.sel(dyad=d).to_numpy().astype(float) for d in (dyads, opposite))
        known = own[np.isfinite(own)]
        bad = known[~np.isin(known, np.arange(HIGHEST_LEVEL + 1))]
        if bad.size:
            problems.append(
                Problem(name, f"is no level from 0 to {HIGHEST_LEVEL}", column="level", value=f"{bad[0]:g}")
            )
    if problems:
        raise InputError(problems)
    keep = float(panel.attrs["history_keep"])
    past = np.stack([np.log1p(escalation_memory(x, keep)) for x in (own, other)])
    past = np.concatenate([past, panel["history"].transpose("side", "dyad", "period").to_numpy()[2:]])
    shown = panel["observed"].broadcast_like(panel["level"]).transpose("dyad", "period").to_numpy()
    waited = _since(np.isfinite(own) & np.isfinite(other)) * months_per_period(panel.attrs["period_length"])
    observed = np.isfinite(own) & (waited >= BURN_IN_MONTHS) & np.isfinite(past).all(axis=0) & shown
    if not observed.any():
        raise InputError([Problem(name, "has no level in any observed period of the panel")])
    cell = ("dyad", "period")
    nothing = np.full(own.shape, np.nan)
    out = panel.drop_vars("onset", errors="ignore").assign(
        level=(cell, own),
        acts=(cell, nothing),
        cooperation=(cell, nothing),
        history=(("side", *cell), past),
        observed=(cell, observed),
    )
    out.attrs = {k: v for k, v in panel.attrs.items() if not k.startswith("onset_")} | {"level_of": name}
    return out


def _since(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Number of known periods (D, T) without a gap right before each."""
    out = np.zeros(known.shape, dtype=np.int64)
    for t in range(1, known.shape[1]):
        out[:, t] = np.where(known[:, t - 1], out[:, t - 1] + 1, 0)
    return out


def _by_period(panel: xr.Dataset, why: str) -> None:
    if panel.attrs.get("ordering", "period") != "period":
        raise ValueError(
            f"this panel's signals are told at the day of its highest level, and {why}; build it with ordering='period'"
        )


def _tidy(series: xr.DataArray | pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """One row a value, with the columns dyad, period, value and the row of its source as a spreadsheet numbers it."""
    if isinstance(series, xr.DataArray):
        if set(series.dims) != {"dyad", "period"} or not {"dyad", "period"} <= set(series.coords):
            mend = "must have the dims dyad and period, each with its labels"
            return pd.DataFrame(), [Problem(name, mend, value=", ".join(map(str, series.dims)))]
        table = series.transpose("dyad", "period").rename("value").reset_coords(drop=True)
        frame = table.to_series().reset_index()
        # an array has a cell for every dyad-period, so NaN is its way of saying nothing
        return frame[frame["value"].notna()].assign(row=None), []
    problems = [
        Problem(name, f"the column is missing; the columns are {', '.join(COLUMNS)}", row=1, column=c)
        for c in COLUMNS
        if c not in series.columns
    ]
    if problems:
        return pd.DataFrame(), problems
    return series[list(COLUMNS)].reset_index(drop=True).assign(row=np.arange(len(series)) + 2), []


def _problems(frame: pd.DataFrame, kind: str, name: str, dyads: pd.Index, span: str) -> list[Problem]:
    """Every problem of a tidy frame whose columns ``d``, ``t`` (indices), ``day`` and ``number`` have been filled in."""
    whole = (frame["number"] >= 0) & (frame["number"] % 1 == 0)
    finite = np.isfinite(frame["number"])
    dated = frame["day"].notna()
    placed = (frame["d"] >= 0) & (frame["t"] >= 0)
    unlike = finite & ~whole & (kind == "ordinal")
    checks = {
        "dyad": [(frame["d"] < 0, f"is not a dyad of the panel; they are {', '.join(map(str, dyads))}")],
        "period": [
            (~dated, "must be a date inside the period, written as 1990-01-31"),
            (dated & (frame["t"] < 0), f"lies outside the panel, which runs from {span}"),
            (
                placed & frame.duplicated(["d", "t"]),
                "falls in the same period as a value above for this dyad; keep one",
            ),
        ],
        "value": [
            (~finite, "must be a finite number; leave the row out where the source says nothing"),
            (unlike, "must be a whole number from 0, because the series is ordinal"),
        ],
    }
    found = []
    for column, tests in checks.items():
        for bad, mend in tests:
            for row in frame[bad].itertuples():
                told = str(getattr(row, column))
                if row.row is None:  # a cell of an array has no row to name
                    told = f"{row.dyad} {row.period}: {row.value}"
                found.append(Problem(name, mend, row=row.row, column=column, value=told))
    usable = frame["number"][placed & finite & ~unlike]
    if not len(frame):
        found.append(Problem(name, "holds no value"))
    elif kind == "ordinal":
        levels = [-1, *sorted(set(usable.astype(int)))]
        gaps = [f"{a + 1}" if b == a + 2 else f"{a + 1} to {b - 1}" for a, b in pairwise(levels) if b > a + 1]
        if gaps:
            mend = f"no value is {', '.join(gaps)}, though higher ones occur; number the levels from 0 without gaps"
            found.append(Problem(name, mend, column="value"))
    if not found and usable.min() == usable.max():
        found.append(Problem(name, "never varies, so it says nothing about the risk", value=f"{usable.iloc[0]:g}"))
    return sorted(found, key=lambda problem: problem.row or 0)


def with_external(panel: xr.Dataset, series: xr.DataArray | pd.DataFrame, kind: Kind, name: str) -> xr.Dataset:
    """The panel with an outcome from another source.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`.
    series
        A DataArray (dyad, period), NaN where the source says nothing; or a tidy DataFrame with the columns ``dyad`` ("J>I",
        which tells of I's conduct towards J), ``period`` (any date inside the period) and ``value``, with no row where the
        source says nothing. It need not cover every dyad-period.
    kind
        ``"continuous"``, or ``"ordinal"`` for whole numbers from 0 of which none below the highest is left out.
    name
        Name of the source, for messages and reports.

    Returns
    -------
    Dataset
        The panel and ``external`` (dyad, period), NaN where the source says nothing, with the attributes ``external_kind``
        and ``external_name``. Continuous values are centred and scaled to unit standard deviation over the entries that the
        source gives; the attributes ``external_mean`` and ``external_scale`` keep the two in the source's unit.

    Raises
    ------
    InputError
        With every problem found: unknown dyads, two values for one dyad-period, dates outside the panel or not dates,
        values that are not finite or not of the kind, levels left out, a series that is empty or never varies.
    ValueError
        If the panel's memories are told at the day of the highest level.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> rows = [("RUS>USA", "1990-01-31", 2.0), ("USA>RUS", "1990-02-01", 6.0)]
    >>> tidy = pd.DataFrame(rows, columns=["dyad", "period", "value"])
    >>> panel = with_external(build(load("us-russia")), tidy, "continuous", "trade")
    >>> panel["external"].sel(period="1990-02-01").to_numpy()
    array([nan,  1.])
    >>> panel.attrs["external_mean"], panel.attrs["external_scale"]
    (4.0, 2.0)
    """
    frame, problems = _tidy(series, name)
    if kind not in KINDS:
        problems.append(Problem("kind", f"must be one of {', '.join(KINDS)}", value=str(kind)))
    dyads, starts = panel["dyad"].to_index(), panel["period"].to_index()
    if len(frame.columns):
        periods = calendar(starts[0], starts[-1], panel.attrs["period_length"])
        # a bare number such as a year would be read as nanoseconds since 1970
        dates = frame["period"].mask(frame["period"].map(lambda p: isinstance(p, Number)).astype(bool))
        day = pd.to_datetime(dates, errors="coerce", format="ISO8601")
        frame = frame.assign(
            day=day,
            d=dyads.get_indexer(frame["dyad"]),
            t=periods.get_indexer(pd.PeriodIndex(day, freq=periods.freq)),
            number=pd.to_numeric(frame["value"], errors="coerce").astype(float),
        )
        problems += _problems(frame, kind, name, dyads, f"{starts[0]:%Y-%m-%d} to {periods[-1].end_time:%Y-%m-%d}")
    if problems:
        raise InputError(problems)
    _by_period(panel, "when in a period the series was told is not known")
    number = frame["number"].to_numpy()
    told: dict[str, str | float] = {"external_kind": kind, "external_name": name}
    if kind == "continuous":
        mean, scale = float(number.mean()), float(number.std())
        number, told = (number - mean) / scale, told | {"external_mean": mean, "external_scale": scale}
    values = np.full((len(dyads), len(starts)), np.nan)
    values[frame["d"], frame["t"]] = number
    out = panel.assign(external=(("dyad", "period"), values))
    out.attrs = {key: value for key, value in panel.attrs.items() if not key.startswith("external_")} | told
    return out
