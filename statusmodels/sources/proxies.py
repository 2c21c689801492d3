"""Proxies of honor, authority and threat for pairs of states, year by year, from the data sets the field lives on.

Each is what J does to I in a year, on the grid of directed dyads and years. Missing stays missing. None measures the concept of its
name well; that is why each can be switched and the report shows what follows under others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from statusmodels.sources import (
    alliances,
    arms_races,
    capabilities,
    diplomacy,
    mie,
    nuclear,
    organisations,
    states,
    united_nations,
    visits,
)
from statusmodels.sources.grid import Array, Grid, carried, change, counted, in_spells, of_dyads, of_states

DIPLOMATIC_GAP = 4  # years between two observations of diplomatic exchange for which the earlier holds
USA = 2
IGO_YEARS, ATOP_YEARS, ARMS_RACE_YEARS, VETO_YEARS, MIE_YEARS, VISIT_YEARS = (
    (1816, 2014), (1815, 2018), (1854, 1984), (1946, 2021), (1816, 2014), (1900, 2024))  # fmt: skip
NEAR = 3
"""Contiguity up to which a neighbour of I counts for encirclement: by land or at most 24 miles of water."""


@dataclass(frozen=True)
class Proxy:
    """One proxy.

    Attributes
    ----------
    name : short name.
    signal : the panel's signal that it stands for; of threats, the proxy's name is the category.
    source : key of its source in the registry.
    says : what it measures, in one sentence.
    weakness : what it misses or mistakes.
    values : from the grid to (D, T); NaN where the source says nothing.
    """

    name: str
    signal: str
    source: str
    says: str
    weakness: str
    values: Callable[[Grid], Array]


def _inside(values: Array, grid: Grid, years: tuple[int, int]) -> Array:
    """NaN outside the source's years."""
    return np.where((grid.years >= years[0]) & (grid.years <= years[1]), values, np.nan)


@cache
def _exchange() -> pd.DataFrame:
    return diplomacy.exchange()


def _missions(grid: Grid, silence: bool) -> Array:
    """Whether J keeps a mission at I's capital; with ``silence`` two states of the file without a row of theirs keep none."""
    sent = _exchange()
    kept = of_dyads(sent, "represented", grid)
    if silence:
        for t, year in enumerate(grid.years):
            there = np.unique(sent.loc[sent["year"] == year, "ccode1"])
            both = np.isin(grid.sender, there) & np.isin(grid.receiver, there)
            kept[both & np.isnan(kept[:, t]), t] = 0.0
    return carried(kept, DIPLOMATIC_GAP)


def _no_mission(grid: Grid) -> Array:
    return 1.0 - _missions(grid, silence=True)


def _no_mission_told(grid: Grid) -> Array:
    return 1.0 - _missions(grid, silence=False)


def _rank_shortfall(grid: Grid) -> Array:
    return 1.0 - carried(of_dyads(_exchange(), "rank", grid), DIPLOMATIC_GAP) / 3.0


def _mission_opened(grid: Grid) -> Array:
    here = _missions(grid, silence=True)
    opened = np.clip(change(here), 0.0, None)
    return np.where(np.isnan(opened) & np.isfinite(here), 0.0, opened)  # the first observation tells of no change


def _received(grid: Grid) -> Array:
    """Visits of I's leaders to J: to the United States, and of its president to others; known only where one of the two is it."""
    came, went = visits.visits(), visits.travels()
    went = went[went["role"] == "president"]
    rows = [
        frame.dropna(subset=["ccode", "start"]).assign(
            year=frame["start"].dt.year, **{host: USA, guest: frame["ccode"]}
        )
        for frame, host, guest in ((came, "ccode1", "ccode2"), (went, "ccode2", "ccode1"))
    ]
    # of a travel the host is the other state, so that it is the sender of the honor
    counts = counted(pd.concat([frame[["ccode1", "ccode2", "year"]] for frame in rows]).astype(int), grid)
    american = (grid.sender == USA) | (grid.receiver == USA)
    return _inside(np.where(american[:, None], np.log1p(counts), np.nan), grid, VISIT_YEARS)


@cache
def _shared() -> pd.DataFrame:
    return organisations.shared()


def _igo_change(grid: Grid) -> Array:
    return _inside(change(of_dyads(_shared(), "igos", grid, symmetric=True)), grid, IGO_YEARS)


def _igo_loss(grid: Grid) -> Array:
    return np.clip(-_igo_change(grid), 0.0, None)


def _igo_gain(grid: Grid) -> Array:
    return np.clip(_igo_change(grid), 0.0, None)


@cache
def _points() -> pd.DataFrame:
    return united_nations.ideal_points()


def _distance(grid: Grid) -> Array:
    points = _points()
    mine, theirs = (of_states(points, "ideal_point", c, grid.years) for c in (grid.sender, grid.receiver))
    return np.abs(mine - theirs)


def _vetoes(grid: Grid) -> Array:
    cast = united_nations.vetoes()
    cast = cast.assign(year=cast["date"].dt.year, one=1.0).groupby(["ccode", "year"], as_index=False)["one"].sum()
    values = of_states(cast, "one", grid.sender, grid.years)
    return _inside(np.log1p(np.nan_to_num(values)), grid, VETO_YEARS)


@cache
def _pacts() -> pd.DataFrame:
    return alliances.atop()


def _consultation(grid: Grid) -> Array:
    pacts = _pacts()
    pacts = pacts[pacts["consultation"]].assign(one=1.0)
    return _inside(of_dyads(pacts, "one", grid, symmetric=True, otherwise=0.0), grid, ATOP_YEARS)


@cache
def _spending() -> pd.DataFrame:
    known = capabilities.nmc()
    return known.assign(log=np.log1p(known["milex"].astype(float)))


def _growth(grid: Grid) -> Array:
    """Growth of J's military spending over three years beyond that of all states' median: prices of the day inflate all."""
    spending = _spending()
    years = np.arange(grid.years[0] - 3, grid.years[-1] + 1)
    codes = np.unique(spending["ccode"])
    everyone = change(of_states(spending, "log", codes, years), 3)
    with np.errstate(all="ignore"):
        usual = np.nanmedian(np.where(np.isfinite(everyone).any(axis=0), everyone, 0.0), axis=0)
    own = change(of_states(spending, "log", grid.sender, years), 3)
    return np.asarray(np.clip((own - usual)[:, 3:], -1.0, 1.0))


def _arms_growth(grid: Grid) -> Array:
    return np.clip(_growth(grid), 0.0, None)


def _arms_cut(grid: Grid) -> Array:
    return np.clip(-_growth(grid), 0.0, None)


def _nuclear(grid: Grid) -> Array:
    known = nuclear.proliferation()
    known = known.dropna(subset=["ccode"]).assign(on=lambda f: (f["status"].astype(float) >= 2).astype(float))
    return of_states(known, "on", grid.sender, grid.years)


def _encirclement(grid: Grid) -> Array:
    """Share of I's near neighbours, other than J, with whom J has a defence pact; zero for a state without neighbours."""
    pacts, near = _pacts(), states.contiguity()
    pacts = pacts[pacts["defense"]]
    near = near[near["kind"] <= NEAR]
    both = pd.concat([pacts, pacts.rename(columns={"ccode1": "ccode2", "ccode2": "ccode1"})])
    allied = set(zip(both["ccode1"], both["ccode2"], both["year"], strict=True))
    neighbours = dict[int, list[tuple[int, int, int]]]()
    for row in near.itertuples():
        neighbours.setdefault(row.ccode1, []).append((row.ccode2, row.start.year, row.end.year))
    out = np.zeros(grid.shape)
    for d, (j, i) in enumerate(zip(grid.sender, grid.receiver, strict=True)):
        for t, year in enumerate(grid.years):
            others = {n for n, first, last in neighbours.get(i, []) if first <= year <= last and n != j}
            if others:
                out[d, t] = sum((j, n, year) in allied for n in others) / len(others)
    return _inside(out, grid, (1816, 2016))


@cache
def _militarised() -> pd.DataFrame:
    events = mie.events()
    return events.assign(year=events["start"].dt.year).dropna(subset=["year"])


def _displays(grid: Grid) -> Array:
    shown = counted(_militarised(), grid, lambda f: f["hostility"].isin([2, 3]))
    return _inside(np.log1p(shown), grid, MIE_YEARS)


def _arms_race(grid: Grid) -> Array:
    return _inside(in_spells(arms_races.spells(), grid).astype(float), grid, ARMS_RACE_YEARS)


PROXIES: dict[str, Proxy] = {
    p.name: p
    for p in (
        Proxy("no-mission", "honor_denied", "diplomatic-exchange", "J keeps no diplomatic mission at I's capital",
              "a poor state may keep none anywhere; the file leaves out pairs without any mission, so silence is read as"
              " none, which is five years too early where a mission was closed", _no_mission),
        Proxy("no-mission-told", "honor_denied", "diplomatic-exchange", "as no-mission, only where the file has a row",
              "leaves out pairs without a mission in either direction, which is honor denied at its plainest",
              _no_mission_told),
        Proxy("low-rank", "honor_denied", "diplomatic-exchange", "how far J's envoy to I is below an ambassador",
              "ranks are not in the file for 1950 to 1969", _rank_shortfall),
        Proxy("mission-opened", "honor_granted", "diplomatic-exchange", "J opens a mission at I's capital",
              "seen only every five years", _mission_opened),
        Proxy("visits", "honor_granted", "us-visits; us-travels", "J receives a leader of I",
              "known only where one of the two is the United States", _received),
        Proxy("ideal-points", "authority_denied", "ideal-points",
              "distance of the two sides' ideal points in the General Assembly",
              "alike for both sides; disagreement is not denial", _distance),
        Proxy("igo-loss", "authority_denied", "igo", "intergovernmental organisations that the two share no more",
              "alike for both sides; an organisation may simply end", _igo_loss),
        Proxy("vetoes", "authority_denied", "vetoes", "vetoes cast by J in the Security Council",
              "whose draft was vetoed is not told; zero for all but five states", _vetoes),
        Proxy("igo-gain", "authority_granted", "igo", "organisations that the two newly share", "alike for both sides",
              _igo_gain),
        Proxy("consultation", "authority_granted", "atop", "a pact to consult each other is in force",
              "alike for both sides", _consultation),
        Proxy("arms-growth", "threat_posed", "nmc", "J's military spending grows faster than the median state's",
              "in prices of the day; not aimed at I in particular", _arms_growth),
        Proxy("nuclear-pursuit", "threat_posed", "proliferation", "J pursues or has nuclear weapons",
              "not aimed at I in particular; hardly changes", _nuclear),
        Proxy("encirclement", "threat_posed", "atop", "share of I's near neighbours with whom J has a defence pact",
              "a pact may protect against someone else", _encirclement),
        Proxy("displays", "threat_posed", "mie", "J's militarised threats and displays of force towards I",
              "close to the outcome itself", _displays),
        Proxy("arms-race", "threat_posed", "arms-races", "the two are in an arms race", "alike for both sides; to 1984",
              _arms_race),
        Proxy("arms-cut", "threat_relieved", "nmc", "J's military spending grows slower than the median state's",
              "as arms-growth", _arms_cut),
    )
}  # fmt: skip
"""All proxies by name."""
RELIEF = {"arms-growth": "arms-cut"}
"""Proxies of relief by the category of threat that they relieve."""
