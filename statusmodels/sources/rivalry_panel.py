"""The Panel of strategic rivalries, 1946-2014: directed dyad-years, their signals made of proxies.

A standing state (no mission, a pact in force) and a passing act (a display of force) enter alike: as what is known of each year, of
which the years before are remembered as a fading average.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.panel.outcomes import with_onset
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, escalation_memory
from statusmodels.panel.signals import faded
from statusmodels.sources import capabilities, development, rivalries, states
from statusmodels.sources.conduct import CONDUCT, levels
from statusmodels.sources.grid import Array, Grid, Mask, of_states
from statusmodels.sources.proxies import NEAR, PROXIES, RELIEF

HALF_LIVES = (12.0, 60.0)
MEMORY_YEARS = 10
"""Years before the first modelled one whose signals are remembered."""
KNOWN_SHARE = 0.5
"""Share of the remembered weight that must rest on known years."""
KEEP = 0.5
"""Share of the escalation memory kept from one year to the next."""
ERAS = {"Cold War": 1946, "1990-2001": 1990, "since 2002": 2002}
COVARIATES = ("contiguous", "joint democracy", "capability share", "major power")


@dataclass(frozen=True)
class Choices:
    """What stands for what; every field can be changed alone.

    Attributes
    ----------
    honor_denied, honor_granted, authority_denied, authority_granted : names of proxies; None for none.
    threats : names of proxies of threat, which become the panel's categories.
    outcome : a key of :data:`~statusmodels.sources.conduct.CONDUCT`.
    serious : lowest escalation level (1-5) of a serious clash.
    quiet : years without one that must come before; 0 models every year of a rivalry.
    covariates : whether contiguity, joint democracy, capability share and major powers enter.
    kind : ``"all"``, ``"positional"`` or ``"not positional"`` rivalries.
    first, last : years.
    """

    honor_denied: str = "no-mission"
    honor_granted: str | None = "mission-opened"
    authority_denied: str = "ideal-points"
    authority_granted: str | None = "igo-gain"
    threats: tuple[str, ...] = ("arms-growth", "nuclear-pursuit", "encirclement", "displays")
    outcome: str = "MIE"
    serious: int = 3
    quiet: int = 0
    covariates: bool = True
    kind: str = "all"
    first: int = 1946
    last: int = 2014


KINDS = ("all", "positional", "not positional")


def rivalry_panel(choices: Choices | None = None) -> xr.Dataset:
    """Build the panel of strategic rivalries.

    Parameters
    ----------
    choices
        The documented ones if None.

    Returns
    -------
    Dataset
        As :func:`statusmodels.panel.panel.build` makes it, by year; dyads are named by the states' COW abbreviations and codes. A
        dyad-year is ``observed`` where the two are rivals, both are members of the state system, and outcome, memories and
        covariates are known. ``onset`` is 1 where I's conduct towards J reaches a serious level, see ``quiet``. Besides:

        - ``history`` (side, dyad, period): own and other's past escalation, then the covariates, NaN where they are unknown and
          nothing is modelled;
        - ``rival`` (dyad, period): whether the two are rivals; ``known`` (proxy, dyad, period): whether a proxy's memory is known;
        - ``positional`` (dyad, period): whether their rivalry is (also) about position.

    Raises
    ------
    ValueError
        If a proxy, outcome or kind is unknown, or a proxy stands for another signal.

    References
    ----------
    Thompson, Sakuwa and Suhas (2021); sources of the proxies are named by :data:`~statusmodels.sources.proxies.PROXIES`.

    Examples
    --------
    >>> rivalry_panel(Choices(first=1980, last=1985)).sizes["period"]
    6
    """
    choices = choices or Choices()
    named = _named(choices)
    spells = rivalries.tss()
    spells = spells[(spells["end"] >= choices.first) & (spells["start"] <= choices.last)]
    if choices.kind != "all":
        spells = spells[spells["positional"] == (choices.kind == "positional")]
    pairs = sorted({(r.ccode1, r.ccode2) for r in spells.itertuples()})
    directed = np.array(list(itertools.chain.from_iterable(((a, b), (b, a)) for a, b in pairs)), dtype=np.int64)
    years = np.arange(choices.first - MEMORY_YEARS, choices.last + 1)
    grid = Grid(directed[:, 0], directed[:, 1], years)
    wanted = years >= choices.first
    calendar = pd.period_range(str(years[0]), str(years[-1]), freq="Y-DEC")

    values = {name: _proxy(name, tuple(map(tuple, directed.tolist())), int(years[0]), int(years[-1])) for name in named}
    memory = {name: remembered(x, calendar)[..., wanted] for name, x in values.items()}
    nothing = np.zeros((len(HALF_LIVES), len(directed), int(wanted.sum())))
    data: dict[str, tuple[tuple[str, ...], Array]] = {}
    cell = ("dyad", "period")
    for signal in SIGNALS:
        name = getattr(choices, signal)
        data[signal] = (cell, values[name][:, wanted] if name else nothing[0])
        data[f"{signal}_memory"] = (("half_life", *cell), np.nan_to_num(memory[name]) if name else nothing)
    by_category: dict[str, list[str | None]] = {
        "threat_posed": list(choices.threats),
        "threat_relieved": [RELIEF.get(n) for n in choices.threats],
    }
    for signal in THREAT_SIGNALS:
        impulses = [_unit(values[n])[:, wanted] if n else nothing[0] for n in by_category[signal]]
        memories = [np.nan_to_num(memory[n]) / _spread(memory[n]) if n else nothing for n in by_category[signal]]
        data[signal] = (("category", *cell), np.stack(impulses))
        data[f"{signal}_memory"] = (("category", "half_life", *cell), np.stack(memories))

    level, answered = (
        levels(choices.outcome, list(zip(g.sender.tolist(), g.receiver.tolist(), strict=True)), calendar)
        for g in (grid, grid.mirror)
    )
    covariates = _covariates(Grid(grid.sender, grid.receiver, years[wanted])) if choices.covariates else []
    past = [np.log1p(escalation_memory(x, KEEP))[:, wanted] for x in (level, answered)]
    controls = np.stack([*past, *covariates])
    rival, positional = _rival(spells, grid)
    member = np.isfinite(_membership(grid.sender, years)) & np.isfinite(_membership(grid.receiver, years))
    known = np.stack([np.isfinite(memory[n]).all(axis=0) for n in named])
    rival = (rival & member)[:, wanted]
    observed = rival & known.all(axis=0) & np.isfinite(controls).all(axis=0) & np.isfinite(level[:, wanted])
    names = _names(directed, years)
    panel = xr.Dataset(
        {
            **data,
            "level": (cell, level[:, wanted]),
            "acts": (cell, np.full(observed.shape, np.nan)),
            "history": (("side", *cell), np.where(observed, controls, np.nan)),
            "observed": (cell, observed),
            "rival": (cell, rival),
            "positional": (cell, positional[:, wanted]),
            "known": (("proxy", *cell), known),
            "era": ("period", _era(years[wanted])),
        },
        coords={
            "dyad": names,
            "period": calendar.start_time[wanted],
            "half_life": list(HALF_LIVES),
            "category": list(choices.threats),
            "proxy": named,
            "side": ["own", "other", *(COVARIATES if choices.covariates else ())],
            "era_name": ("era_index", list(ERAS)),
        },
        attrs={
            "catalogue": "rivalries",
            "period_length": "year",
            "ordering": "period",
            "history_keep": KEEP,
            "burn_in_months": 0.0,
            "choices": json.dumps(asdict(choices)),
        },
    )
    panel.attrs["sha256"] = _content(panel)
    # a panel cut to some eras has no group for the others
    used = np.unique(panel["era"])
    panel = panel.isel(era_index=used).assign(era=("period", np.searchsorted(used, panel["era"])))
    return with_onset(panel, choices.serious, choices.quiet)


def modelled(panel: xr.Dataset) -> xr.Dataset:
    """The dyads in which anything is modelled, from the first such year to the last; the rest would only cost time."""
    on = np.isfinite(panel["onset"].to_numpy())
    years = np.flatnonzero(on.any(axis=0))
    return panel.isel(dyad=on.any(axis=1), period=slice(years[0], years[-1] + 1))


def remembered(values: Array, years: pd.PeriodIndex) -> Array:
    """Fading average (K, D, T) of the years strictly before each; NaN where less than half of its weight rests on known years.

    Examples
    --------
    >>> years = pd.period_range("2001", "2003", freq="Y-DEC")
    >>> remembered(np.array([[1.0, 0.0, 5.0]]), years)[0].round(2)
    array([[ nan, 1.  , 0.33]])
    """
    weight = faded(np.isfinite(values).astype(float), HALF_LIVES, years)
    total = faded(np.ones(values.shape), HALF_LIVES, years)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = faded(np.nan_to_num(values), HALF_LIVES, years) / weight
        return np.where(weight >= KNOWN_SHARE * total, mean, np.nan)


@lru_cache(maxsize=64)  # a multiverse asks for the same proxies over and over
def _proxy(name: str, pairs: tuple[tuple[int, int], ...], first: int, last: int) -> Array:
    codes = np.array(pairs, dtype=np.int64)
    return PROXIES[name].values(Grid(codes[:, 0], codes[:, 1], np.arange(first, last + 1)))


def _named(choices: Choices) -> list[str]:
    """Names of all proxies of the choices."""
    wanted = [(getattr(choices, s), s) for s in SIGNALS] + [(n, "threat_posed") for n in choices.threats]
    for name, signal in wanted:
        if name is not None and (name not in PROXIES or PROXIES[name].signal != signal):
            fit = ", ".join(p.name for p in PROXIES.values() if p.signal == signal)
            raise ValueError(f"{name!r} is no proxy of {signal}; these are: {fit}")
    if not choices.threats:
        raise ValueError("name at least one threat")
    if choices.outcome not in CONDUCT:
        raise ValueError(f"outcome must be one of {', '.join(CONDUCT)}, not {choices.outcome!r}")
    if choices.kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {choices.kind!r}")
    relief = [RELIEF[n] for n in choices.threats if n in RELIEF]
    return [name for name, _ in wanted if name is not None] + relief


def _spread(memory: Array) -> Array:
    """Standard deviation (K, 1, 1) of a memory, so that categories of threat enter in like units; 1 where it never varies."""
    known = np.where(np.isfinite(memory).any(axis=(1, 2), keepdims=True), memory, 0.0)
    spread = np.nanstd(known, axis=(1, 2), keepdims=True)
    return np.asarray(np.where(spread > 0, spread, 1.0))


def _unit(values: Array) -> Array:
    spread = np.nanstd(values) if np.isfinite(values).any() else 0.0
    return values / (spread if spread > 0 else 1.0)


def _rival(spells: pd.DataFrame, grid: Grid) -> tuple[Mask, Mask]:
    """Whether a dyad is in a rivalry (D, T), and in one that is about position."""
    rival, positional = np.zeros(grid.shape, dtype=bool), np.zeros(grid.shape, dtype=bool)
    at = {pair: d for d, pair in enumerate(zip(grid.sender.tolist(), grid.receiver.tolist(), strict=True))}
    for row in spells.itertuples():
        on = (grid.years >= row.start) & (grid.years <= row.end)
        for pair in ((row.ccode1, row.ccode2), (row.ccode2, row.ccode1)):
            rival[at[pair]] |= on
            positional[at[pair]] |= on & row.positional
    return rival, positional


def _membership(codes: np.ndarray, years: np.ndarray) -> Array:
    """(D, T) 1 where a state is a member of the state system on some day of the year, NaN where not."""
    out = np.full((len(codes), len(years)), np.nan)
    for row in states.system().itertuples():
        out[np.ix_(codes == row.ccode, (years >= row.start.year) & (years <= row.end.year))] = 1.0
    return out


def _covariates(grid: Grid) -> list[Array]:
    """The four of :data:`COVARIATES`, each (D, T)."""
    near = states.contiguity()
    near = near[near["kind"] <= NEAR]
    contiguous = np.zeros(grid.shape)
    for row in near.itertuples():
        mine = (grid.sender == row.ccode1) & (grid.receiver == row.ccode2)
        contiguous[np.ix_(mine, (grid.years >= row.start.year) & (grid.years <= row.end.year))] = 1.0
    rule, power, major = development.democracy(), capabilities.nmc(), states.majors()
    j, i = grid.sender, grid.receiver
    democracy = np.minimum(*(of_states(rule, "polyarchy", c, grid.years) for c in (j, i)))
    own, other = (of_states(power, "cinc", c, grid.years) for c in (i, j))
    great = np.zeros(grid.shape)
    for row in major.itertuples():
        either = (j == row.ccode) | (i == row.ccode)
        great[np.ix_(either, (grid.years >= row.start.year) & (grid.years <= row.end.year))] = 1.0
    with np.errstate(invalid="ignore"):
        return [contiguous, democracy, own / (own + other), great]


def _era(years: np.ndarray) -> np.ndarray:
    return np.searchsorted(list(ERAS.values()), years, side="right") - 1


def _names(directed: np.ndarray, years: np.ndarray) -> list[str]:
    """Dyads named by COW abbreviations, which are unique in the system of states."""
    system = states.system()
    system = system[system["end"].dt.year >= years[0]].drop_duplicates("ccode", keep="last")
    short = dict(zip(system["ccode"], system["abbreviation"], strict=True))
    return [f"{short.get(j, j)}>{short.get(i, i)}" for j, i in directed.tolist()]


def _content(panel: xr.Dataset) -> str:
    told = hashlib.sha256()
    for name in sorted(map(str, panel.data_vars)):
        told.update(name.encode())
        told.update(np.ascontiguousarray(panel[name].to_numpy()).tobytes())
    return told.hexdigest()
