"""Panels of strategic rivalries from machine-coded events: regions by month (KEDS), the world by year (ICEWS)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.panel.event_panel import LEVELS, event_panel
from statusmodels.panel.outcomes import with_level
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS
from statusmodels.sources import crosswalk, icews_dyad_years, keds, registry, rivalries
from statusmodels.sources.conduct import conduct
from statusmodels.sources.countries import abbreviations
from statusmodels.sources.event_data import counts
from statusmodels.sources.grid import Grid, in_spells


@dataclass(frozen=True)
class Region:
    """A stream of KEDS, and the states that it follows closely (COW abbreviations)."""

    stream: str
    states: tuple[str, ...]


REGIONS = {
    "gulf": Region("gulf", ("IRN", "IRQ", "KUW", "SAU", "BAH", "QAT", "UAE", "OMA", "YEM", "YAR", "YPR")),
    "levant": Region("levant", ("EGY", "ISR", "JOR", "LEB", "SYR")),
    "turkey-greece": Region("turkey", ("TUR", "GRC")),
    "armenia-azerbaijan": Region("casia", ("ARM", "AZE")),
}
ICEWS = "icews"
NAMES = (*REGIONS, ICEWS)
FIRST, LAST = 2002, 2014
"""Years of the ICEWS dyad-years."""
CLASSES = {
    "verbal_conflict": ("honor_denied", 1),
    "verbal_cooperation": ("honor_granted", 1),
    "material_conflict": ("threat_posed", 2),
}
"""Signal and severity that a class of ICEWS events stands for; material cooperation is cooperation."""


def event_rivalries(name: str) -> xr.Dataset:
    """The panel of a collection of rivalries.

    Dyads are those that Thompson, Sakuwa and Suhas list as strategic rivals, observed in the years of their rivalry only.

    Parameters
    ----------
    name
        ``"gulf"`` (1979-1999), ``"levant"`` (1979-2011), ``"turkey-greece"`` (1992-2006) or ``"armenia-azerbaijan"``
        (1989-1999): by month, signals and conduct both from a stream of KEDS, through the crosswalk of its coding. Or ``"icews"``:
        all rivals among 152 countries by year, 2002-2014.

        The ICEWS dyad-years tell only four classes of events. Verbal conflict stands for honor denied and verbal cooperation for
        honor granted, though both hold much else (demands, consultation); material conflict for threats, though it holds blows
        too; authority cannot be told and is zero. What is called a threat may thus be the clash itself, so conduct is that of the
        Militarized Interstate Events, and the memory is of years before.

    Returns
    -------
    Dataset
        As from :func:`statusmodels.panel.event_panel.event_panel`, with ``observed`` (dyad, period).

    Raises
    ------
    ValueError
        If the name is none of these.
    InputError
        If a file is missing or broken.

    Examples
    --------
    >>> panel = event_rivalries("armenia-azerbaijan")
    >>> panel["dyad"].to_numpy().tolist(), panel.attrs["period_length"]
    (['ARM>AZE', 'AZE>ARM'], 'month')
    """
    if name not in NAMES:
        raise ValueError(f"there are panels of {', '.join(NAMES)}, not {name!r}")
    if name == ICEWS:
        panel = _icews()
    else:
        region = REGIONS[name]
        stream = keds.STREAMS[region.stream]
        days = keds.events(region.stream)["date"]
        pairs = _rivals(region.states, days.min().year, days.max().year)
        table = crosswalk.read(f"{stream.coding}-v1")
        found = counts([registry.path(stream.file)], f"keds-{stream.coding}", "month", table, pairs)
        panel = event_panel(found, "month", pairs, name=f"{name}, KEDS ({table.name} {table.version})")
    return _in_rivalry(panel)


def _rivals(states: tuple[str, ...] | None, first: int, last: int) -> dict[str, tuple[int, int]]:
    """Both directions of all rivals (of some states) of these years."""
    codes = abbreviations()
    short = {code: name for name, code in codes.items() if name != "USR"}
    spells = rivalries.tss()
    spells = spells[(spells["start"] <= last) & (spells["end"] >= first)]
    wanted = {codes[s] for s in states} if states else set(short)
    pairs = sorted({(int(a), int(b)) for a, b in zip(spells["ccode1"], spells["ccode2"], strict=True)})
    kept = [(a, b) for a, b in pairs if a in wanted and b in wanted]
    return {f"{short[j]}>{short[i]}": (j, i) for a, b in kept for j, i in ((a, b), (b, a))}


def _in_rivalry(panel: xr.Dataset) -> xr.Dataset:
    """Observed only in the years of the rivalry."""
    codes = abbreviations()
    sides = np.array([[codes[s] for s in str(d).split(">")] for d in panel["dyad"].to_numpy()], dtype=np.int64)
    year = panel["period"].dt.year.to_numpy()
    years = np.arange(year[0], year[-1] + 1)
    rival = in_spells(rivalries.tss(), Grid(sides[:, 0], sides[:, 1], years))[:, year - year[0]]
    shown = panel["observed"].broadcast_like(panel["level"]).transpose("dyad", "period").to_numpy()
    return panel.assign(observed=(("dyad", "period"), shown & rival))


def _icews() -> xr.Dataset:
    """Quad counts in the shape of :func:`statusmodels.sources.event_data.counts`, then the conduct of another source."""
    quads = icews_dyad_years.quad_counts()
    classes = [*CLASSES, "material_cooperation"]
    quads["events"] = quads[classes].sum(axis=1, skipna=False)
    world = quads.groupby("year")["events"].sum()
    there = set(quads["ccode1"])
    pairs = {name: pair for name, pair in _rivals(None, FIRST, LAST).items() if there.issuperset(pair)}
    keys = ["ccode1", "ccode2", "year"]
    whole = pd.MultiIndex.from_tuples([(*p, y) for p in pairs.values() for y in range(FIRST, LAST + 1)], names=keys)
    table = quads.set_index(keys)[["events", *classes]].reindex(whole, fill_value=0).reset_index()
    out = table[["ccode1", "ccode2"]].assign(
        period=pd.to_datetime(table["year"].astype(str) + "-01-01"),
        events=table["events"],
        world_events=table["year"].map(world),
        first_day=pd.to_datetime(table["year"].astype(str) + "-01-01"),
        last_day=pd.to_datetime(table["year"].astype(str) + "-12-31"),
        cooperation=table["material_cooperation"],
        escalation=0,
        level=0,
        **{f"{signal}_severity": 0 for signal in (*SIGNALS, *THREAT_SIGNALS)},
        **{f"level_{n}": 0 for n in range(1, LEVELS + 1)},
    )
    for kind, (signal, severity) in CLASSES.items():
        out[f"{signal}_severity"] = severity * table[kind]
    panel = event_panel(
        out.astype({"events": int, "world_events": int}), "year", pairs, name="ICEWS dyad-years", burn_in=12
    )
    return with_level(panel, conduct("MIE", panel), "MIE")
