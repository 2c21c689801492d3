"""Published figures on conflict: disputes, crises, wars, sanctions, cyber incidents and interventions.

None was found for Militarized Interstate Events, whose codebook and article give no counts that could be seen.
"""

from __future__ import annotations

import math

from figure import Figure

from statusmodels.sources import (
    armed_conflict,
    cow_mid,
    cyber,
    icb,
    interventions,
    mid,
    registry,
    sanctions,
    wars,
)

MILLER = "Miller (2022), documentation of peacesciencer"
ICB = "ICB, Data Collections page"
TOFT = "Toft and Kushi (2023), Dying by the Sword (as reviews report; book not seen)"
DAVIES = "Davies, Pettersson, Sollenberg and Öberg (2025), Journal of Peace Research, abstract"
ICB14 = ICB + ", version 14 (not checked at the source)"
LATER = "The pinned file is version 15; ICB says that versions revise earlier crises."


def _states_in_crises(last: int | None = None) -> float:
    states = icb.actors()
    return float(len(states if last is None else states[states["start"].dt.year <= last]))


def _crises(last: int) -> float:
    states = icb.actors()
    return float(states.loc[states["start"].dt.year <= last, "crisis"].nunique())


def _crisis_dyads(last: int) -> float:
    pairs = icb.dyads()
    return float(pairs.loc[pairs["start"].dt.year <= last, "dyad"].nunique())


def _conflicts(year: int, intensity: int = 1) -> float:
    fighting = armed_conflict.years()
    that_year = (fighting["year"] == year) & (fighting["intensity"] >= intensity)
    return float(fighting.loc[that_year, "conflict_id"].nunique())


def _percent(region: str) -> float:
    share = (interventions.cases()["region"] == region).mean()
    return float(math.floor(100 * share + 0.5))  # halves up: Europe and Central Asia has 12.5


FIGURES: list[Figure] = [
    Figure("cow-mid", "disputes, 1816-2014", 2436, MILLER, lambda: float(len(cow_mid.cow_disputes()))),
    Figure("cow-mid", "directed dispute-years", 11390, MILLER, lambda: float(len(mid.directed("cow")))),
    Figure("cow-mid", "dyad-years, both orders", 10234, MILLER, lambda: 2.0 * len(mid.dyad_years("cow"))),
    Figure("gml-mid", "disputes, 1816-2010", 2174, MILLER, lambda: float(len(mid.gml_disputes()))),
    Figure("gml-mid", "participants", 5217, MILLER, lambda: float(len(mid.gml_participants()))),
    Figure("gml-mid", "directed dispute-years", 10276, MILLER, lambda: float(len(mid.directed("gml")))),
    Figure("gml-mid", "dyad-years, both orders", 9284, MILLER, lambda: 2.0 * len(mid.dyad_years("gml"))),
    Figure("icb", "crises, 1918-2017", 487, ICB14, lambda: float(len(icb.crises()))),
    Figure(
        "icb",
        "crisis actors, 1918-2017",
        1078,
        ICB14,
        lambda: float(len(icb.actors(registry.path("icb/icb2v14.csv")))),
    ),
    Figure("icb", "crises, 1918-2019", 496, ICB + ", version 15", lambda: _crises(2019)),
    Figure("icb", "crisis actors, 1918-2019", 1100, ICB + ", version 15", _states_in_crises),
    Figure("icb", "crises, 1918-2013", 470, ICB + ", version 11", lambda: _crises(2013), LATER),
    Figure("icb", "crisis actors, 1918-2013", 1036, ICB + ", version 11", lambda: _states_in_crises(2013), LATER),
    Figure(
        "icb",
        "crisis dyads, 1918-2001",
        882,
        "Hewitt (2003), Journal of Conflict Resolution 47:669, data version 2.0",
        lambda: _crisis_dyads(2001),
        "The pinned file is version 15; what changed since version 2.0 was not traced.",
    ),
    Figure(
        "cow-war",
        "inter-state wars, 1816-2007",
        95,
        "Reiter, Stam and Horowitz (2016), Journal of Conflict Resolution 60:956, abstract",
        lambda: float(wars.interstate()["war"].nunique()),
    ),
    Figure("cow-war", "directed dyad-years", 1932, MILLER, lambda: float(len(wars.interstate()))),
    Figure("ucdp", "state-based conflicts in 2023", 59, DAVIES, lambda: _conflicts(2023)),
    Figure("ucdp", "state-based conflicts in 2024", 61, DAVIES, lambda: _conflicts(2024)),
    Figure("ucdp", "wars in 2023", 9, DAVIES, lambda: _conflicts(2023, 2)),
    Figure("ucdp", "wars in 2024", 11, DAVIES, lambda: _conflicts(2024, 2)),
    Figure(
        "gsdb",
        "sanction cases, 1950-2022",
        1325,
        "Global Sanctions Data Base, home page, release 3",
        lambda: float(sanctions.cases()["case"].nunique()),
        "The pinned file is an extract, of cases that ended in 2013 or later.",
    ),
    Figure(
        "dcid",
        "cyber incidents, 2000-2020",
        429,
        "Maness, Valeriano, Hedgecock, Macias and Jensen (2023), The Cyber Defense Review 8(2):65, abstract",
        lambda: float(len(cyber.incidents())),
    ),
    Figure("mip", "interventions, 1776-2019", 392, TOFT, lambda: float(len(interventions.cases()))),
    Figure("mip", "per cent in Latin America and the Caribbean", 34, TOFT, lambda: _percent("lac")),
    Figure("mip", "per cent in East Asia and the Pacific", 23, TOFT, lambda: _percent("eap")),
    Figure("mip", "per cent in the Middle East and North Africa", 14, TOFT, lambda: _percent("mena")),
    Figure("mip", "per cent in Europe and Central Asia", 13, TOFT, lambda: _percent("eca")),
    Figure("mip", "per cent in sub-Saharan Africa", 9, TOFT, lambda: _percent("ssa")),
]
