"""Published figures on states, dyads and rivalries."""

from __future__ import annotations

from figure import Figure

from statusmodels.sources import (
    arms_races,
    capabilities,
    leaders,
    nuclear,
    organisations,
    rivalries,
    states,
    territory,
    united_nations,
)

COW = "Correlates of War Project (2017), State System Membership List, v2016"
ACA = "Arms Control Association (2020), The Nuclear Testing Tally, table"
MILLER = "Miller (2022), documentation of peacesciencer"
VETO = "Dag Hammarskjöld Library, Security Council: Veto List, as counted in early 2022"
VETO_2017 = "Dag Hammarskjöld Library, Security Council: Veto List, in Statista (2017), chart 10758"
KDG = "Klein, Goertz and Diehl (2006), Journal of Peace Research 43:331"


def _vetoes(ccode: int, last: int = 2022) -> float:
    cast = united_nations.vetoes()
    return float(((cast["ccode"] == ccode) & (cast["date"].dt.year <= last)).sum())


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
        "The reader leaves out 180 rows of type 0, which mean not contiguous.",
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
        MILLER + ", on Gibler, Rider and Hutchison (2005)",
        lambda: float(len(arms_races.spells())),
    ),
    Figure("territorial-threat", "state-years, 1816-2010", 14781, MILLER, lambda: float(len(territory.threat()))),
    Figure(
        "territorial-change",
        "transfers to 2014",
        838,
        "Hathaway and Shapiro (2017), Conquest and State Size Database, on version 5",
        lambda: float((territory.changes()["date"].dt.year <= 2014).sum()),
        "The pinned file is version 6, to 2018, which also revises older rows.",
    ),
    Figure("archigos", "leader spells", 3409, MILLER, lambda: float(len(leaders.archigos()))),
    Figure("nuclear-tests", "tests of the United States", 1030, ACA, lambda: _tests(2)),
    Figure("nuclear-tests", "tests of the Soviet Union", 715, ACA, lambda: _tests(365)),
    Figure("nuclear-tests", "tests of the United Kingdom", 45, ACA, lambda: _tests(200)),
    Figure("nuclear-tests", "tests of France", 210, ACA, lambda: _tests(220)),
    Figure("nuclear-tests", "tests of China", 45, ACA, lambda: _tests(710)),
    Figure(
        "nuclear-tests",
        "tests of all",
        2056,
        ACA,
        lambda: float(nuclear.tests()["tests"].sum()),
        "The file has three tests of North Korea in 2010, which the tally does not count.",
    ),
    Figure("vetoes", "vetoes of the Soviet Union", 90, VETO_2017, lambda: _vetoes(365, 1991)),
    Figure("vetoes", "vetoes of the United States", 82, VETO, lambda: _vetoes(2)),
    Figure("vetoes", "vetoes of the United Kingdom", 29, VETO, lambda: _vetoes(200)),
    Figure("vetoes", "vetoes of France", 16, VETO, lambda: _vetoes(220)),
    Figure("vetoes", "vetoes of the People's Republic of China", 17, VETO, lambda: _vetoes(710)),
    Figure(
        "vetoes",
        "vetoes of both Chinas",
        18,
        VETO,
        lambda: _vetoes(710),
        "The file lacks the veto of the Republic of China on Mongolia's admission (13 December 1955).",
    ),
    Figure("igo", "dyad-years with shared memberships", 917695, MILLER, lambda: float(len(organisations.shared()))),
    Figure(
        "igo",
        "state-years",
        1557,
        MILLER,
        lambda: float(len(organisations.memberships())),
        "The documentation has lost a digit: 15557 rows are in the file, and 1557 could not cover 1816-2014.",
    ),
]
