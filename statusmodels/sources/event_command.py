"""The steps of ``statusmodels panel`` and ``event-rivalries``: files of machine-coded events to a panel on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.panel.event_panel import event_panel
from statusmodels.panel.periods import PERIODS, Period
from statusmodels.sources import countries, crosswalk
from statusmodels.sources.event_data import counts
from statusmodels.sources.event_formats import FORMATS


def write_panel(
    files: Sequence[Path],
    form: str,
    dyads: Sequence[str],
    out: Path,
    period: str,
    table: str | None,
    from_year: int | None,
    to_year: int | None,
    burn_in: float,
    memory: str,
    tell: Callable[[str], None],
) -> xr.Dataset:
    """Count the events of the files, build the panel, write it whole or not at all.

    Parameters
    ----------
    files, dyads, period
        As in :func:`statusmodels.sources.event_data.counts`; dyads as ``USA-RUS``, several also joined by commas.
    form
        Format of the files.
    out
        netCDF file to write.
    table
        Crosswalk; None takes that of the format's coding.
    from_year, to_year
        Years of the panel; None for the first or last that the files have.
    burn_in
        Months remembered and not modelled.
    memory
        For DuckDB.
    tell
        Takes a line on each step.

    Raises
    ------
    InputError
        If an argument is none of those there are, a file cannot be used, or no event falls in the years.
    """
    problems = []
    if form not in FORMATS:
        problems.append(Problem("--format", f"must be one of {', '.join(FORMATS)}", value=form))
    if period not in PERIODS:
        problems.append(Problem("--period", f"must be one of {', '.join(PERIODS)}", value=period))
    problems += unwritable(out)
    if problems:
        raise InputError(problems)
    chosen: Period = next(p for p in get_args(Period) if p == period)
    pairs = countries.dyads([name for each in dyads for name in each.split(",")])
    read = crosswalk.read(table or f"{FORMATS[form].coding}-v1")
    tell(f"counting by {period}, format {form}, crosswalk {read.name} {read.version}")
    # the opposite pair is the outcome, and its row is needed though only one direction be asked for
    both = pairs | {">".join(reversed(name.split(">"))): (b, a) for name, (a, b) in pairs.items()}
    found = counts(files, form, chosen, read, both, memory_limit=memory, tell=tell)
    year = found["period"].dt.year
    found = found[(year >= (from_year or year.min())) & (year <= (to_year or year.max()))].reset_index(drop=True)
    if found.empty:
        raise InputError([Problem("--from-year, --to-year", "no event falls in these years")])
    made = event_panel(found, chosen, pairs, name=f"{form} ({read.name} {read.version})", burn_in=burn_in)
    if not made["observed"].any():
        tell(f"no {period} is both whole and after the burn-in of {burn_in:g} months: there is nothing to model")
    save(made, out)
    tell(f"wrote {out}")
    return made


def unwritable(out: Path) -> list[Problem]:
    """Whether a panel cannot be written there."""
    if out.parent.is_dir() and not out.is_dir():
        return []
    return [Problem("--out", "must be a file in a folder that exists", value=str(out))]


def save(panel: xr.Dataset, out: Path) -> None:
    """Write a panel whole or not at all."""
    partial = out.with_name(out.name + ".partial")
    panel.to_netcdf(partial, engine="h5netcdf")
    partial.replace(out)
