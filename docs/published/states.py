"""Published figures on states, dyads and rivalries."""

from __future__ import annotations

from figure import Figure

from statusmodels.sources import (
    arms_races,
    capabilities,
    leaders,
    nuclear,
    rivalries,
    states,
    territory,
    united_nations,
)

COW = "Correlates of War Project (2017), State System Membership List, v2016"
ACA = "Arms Control Association (2020), The Nuclear Testing Tally, table"
MILLER = "Miller (2022), documentation of peacesciencer"
VETO = "Dag Hammarskjöld Library, Security Council: Veto List, as of August 2022"
KDG = "Klein, Goertz and Diehl (2006), Journal of Peace Research 43:331"


def _vetoes(ccode: int) -> float:
    return float((united_nations.vetoes()["ccode"] == ccode).sum())


def _tests(ccode: int) -> float:
    done = nuclear.tests()
    return float(done.loc[done["ccode"] == ccode, "tests"].sum())


def _rivalries() -> float:
    spells = rivalries.kdg()
    return float(spells[spells["kind"] == "rivalry"].groupby(["ccode1", "ccode2"]).ngroups)


FIGURES: list[Figure] = [
    Figure("tss", "strategic rivalries, 1494-2020", 264, MILLER, lambda: float(len(rivalries.tss()))),
    Figure(
        "thompson-dreyer",
        "strategic rivalries, 1494-2010",
        197,
        "Thompson and Dreyer (2012), Handbook of International Rivalries",
        lambda: float(len(rivalries.thompson_dreyer())),
    ),
    Figure(
        "kdg",
        "rivalries, 1816-2001",
        290,
        KDG,
        _rivalries,
        "The file counts 331 spells called RIVALRY between 287 pairs of states; which unit gives 290 is not clear from the file.",
    ),
    Figure("state-system", "states", 217, COW, lambda: float(states.system()["ccode"].nunique())),
    Figure("state-system", "spells of membership", 243, COW, lambda: float(len(states.system()))),
    Figure("major-powers", "spells as a major power", 14, COW, lambda: float(len(states.majors()))),
    Figure(
        "contiguity",
        "rows, directed, with those of type 0",
        1874,
        MILLER,
        lambda: float(len(states.contiguity())),
        "The reader leaves out the rows of type 0, which mean not contiguous.",
    ),
    Figure(
        "nmc",
        "country-years to 2016",
        15951,
        "Correlates of War, National Material Capabilities 6.0",
        lambda: float((capabilities.nmc()["year"] <= 2016).sum()),
    ),
    Figure(
        "arms-races",
        "arms races",
        71,
        "Gibler, Rider and Hutchison (2005), Journal of Peace Research 42:131",
        lambda: float(len(arms_races.spells())),
    ),
    Figure(
        "territorial-threat", "state-years, 1816-2010", 14781, MILLER, lambda: float(len(territory.threat()))
    ),
    Figure(
        "territorial-change",
        "transfers to 2014",
        838,
        "Hathaway and Shapiro (2017), Conquest and State Size Database, on version 5",
        lambda: float((territory.changes()["date"].dt.year <= 2014).sum()),
        "The pinned file is version 6, to 2018.",
    ),
    Figure("archigos", "leader spells", 3409, MILLER, lambda: float(len(leaders.archigos()))),
    Figure("nuclear-tests", "tests of the United States", 1030, ACA, lambda: _tests(2)),
    Figure("nuclear-tests", "tests of the Soviet Union", 715, ACA, lambda: _tests(365)),
    Figure("nuclear-tests", "tests of the United Kingdom", 45, ACA, lambda: _tests(200)),
    Figure("nuclear-tests", "tests of France", 210, ACA, lambda: _tests(220)),
    Figure("nuclear-tests", "tests of China", 45, ACA, lambda: _tests(710)),
    Figure("nuclear-tests", "tests of all", 2056, ACA, lambda: float(nuclear.tests()["tests"].sum())),
    Figure("vetoes", "vetoes of the Soviet Union and Russia", 121, VETO, lambda: _vetoes(365)),
    Figure("vetoes", "vetoes of the United States", 82, VETO, lambda: _vetoes(2)),
    Figure("vetoes", "vetoes of the United Kingdom", 29, VETO, lambda: _vetoes(200)),
    Figure("vetoes", "vetoes of France", 16, VETO, lambda: _vetoes(220)),
    Figure("vetoes", "vetoes of China", 17, VETO, lambda: _vetoes(710), "China's first is of 1955, the Republic's."),
]
