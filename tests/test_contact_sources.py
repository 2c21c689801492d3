"""Visits, the United Nations, nuclear weapons, and attributes of states, against the files read another way."""

import csv
import importlib
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.sources import (
    development,
    leaders,
    names,
    nuclear,
    olympics,
    registry,
    spending,
    states,
    territory,
    trade,
    united_nations,
    visits,
)

PUBLISHED = Path(__file__).resolve().parents[1] / "docs" / "published"


def lines(file, encoding="utf-8"):
    with registry.path(file).open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def text(source, part=""):
    found = [registry.path(f.file) for f in registry.files().values() if f.source == source and part in f.file]
    return "".join(path.read_text(encoding="utf-8") for path in found)


def test_every_visit_and_trip_is_read_once():
    seen, trips = visits.visits(), visits.travels()
    assert len(seen) == len(re.findall(r"<visit>", text("us-visits"))) == 3264
    assert len(trips) == len(re.findall(r"<trip\b", text("us-travels", "-travels/"))) == 4271
    assert seen["visit_id"].is_unique
    assert trips["trip_id"].is_unique
    assert trips["role"].value_counts().to_dict() == {"secretary": 3439, "president": 832}
    for frame in (seen, trips):
        assert (frame["start"] <= frame["end"]).all()
    assert seen["kind"].isna().sum() == 6  # without a description
    assert trips["locale"].isna().sum() == 54


def test_visits_of_the_soviet_union():
    seen = visits.visits()
    soviet = seen[seen["ccode"] == 365].set_index("start")
    assert len(soviet) == 31
    assert "Gorbachev" in soviet.loc["1987-12-07", "visitor"]
    kinds = soviet["kind"]
    assert kinds["1959-09-15"] == "official"  # Khrushchev
    assert kinds["1967-06-23"] == "other"  # Glassboro, "informal meetings"
    assert kinds["1987-12-07"] == "working"  # "official working visit"
    assert kinds["1992-06-15"] == "state"  # Yeltsin
    assert kinds["1993-08-31"] == "private"


def test_trips_of_presidents_to_the_soviet_union():
    trips = visits.travels()
    there = trips[(trips["ccode"] == 365) & (trips["role"] == "president")]
    nixon = there[there["name"].str.contains("Nixon")]
    assert [str(d.date()) for d in nixon["start"]] == ["1972-05-22", "1974-06-27"]
    reagan = there[there["name"].str.contains("Reagan")]
    assert [str(d.date()) for d in reagan["start"]] == ["1988-05-29"]


def test_slugs_become_the_state_of_the_day():
    trips = visits.travels()
    germany = trips[trips["country"] == "germany"]
    assert set(germany.loc[germany["start"].between("1949-06-01", "1990-10-02"), "ccode"]) == {260}
    assert set(germany.loc[germany["start"] > "1990-10-02", "ccode"]) == {255}
    vietnam = trips[trips["country"] == "vietnam"]
    assert set(vietnam.loc[vietnam["start"] < "1975-05-01", "ccode"]) == {817}
    assert set(vietnam.loc[vietnam["start"] > "1975-05-01", "ccode"]) == {816}
    without = set(trips.loc[trips["ccode"].isna(), "country"])
    assert {"holy-see", "palestinian-authority"} <= without
    assert "france" not in without


@pytest.mark.parametrize("table", ["names", "slugs"])
def test_tables_of_names_agree_with_the_state_system(table):
    members = states.system()
    known = dict(
        zip(members["name"].str.lower().str.replace(r"[^a-z]+", "-", regex=True), members["ccode"], strict=True)
    )
    held = pd.read_csv(names.data_folder() / "sources" / f"{table}.csv", dtype=str, keep_default_na=False)
    held = held.set_axis(["name", "ccode", "start", "end"], axis=1)
    assert set(held["ccode"]) - {""} <= set(members["ccode"].astype(str))
    always = held[(held["start"] == "") & (held["end"] == "")]
    plain = always["name"].str.lower().str.replace("&", "and").str.replace(r"[^a-z]+", "-", regex=True).str.strip("-")
    checked = 0
    del known["korea"]  # the state to 1905; in these tables South Korea
    for name, code in zip(plain, always["ccode"], strict=True):
        if name in known:
            assert int(code) == known[name], name
            checked += 1
    assert checked > 150
    # no two rows of a name hold on one day
    for _, rows in held.groupby("name"):
        ends = rows.sort_values("start")
        assert (ends["start"].iloc[1:].to_numpy() > ends["end"].iloc[:-1].to_numpy()).all()


def test_names_keep_their_order_and_index_and_unknown_ones_are_told():
    asked = pd.Series(["Yemen", "Tibet", "Russia", "Yemen"], index=[9, 3, 9, 1])
    found = names.codes(asked, pd.Series([1980, 1940, 1950, 1995], index=asked.index))
    assert found.index.tolist() == [9, 3, 9, 1]
    assert found.fillna(0).tolist() == [678, 0, 365, 679]
    with pytest.raises(InputError, match="Atlantis"):
        names.codes(pd.Series(["Atlantis"]), pd.Series([1950]))


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ("<visits><visit><id>1</id>", "truncated"),
        ("<trips/>", "no <visit>"),
        ("<visits><visit><id>1</id></visit></visits>", "lacks"),
        (
            "<visits><visit><id>1</id><start-date>5/5/1955</start-date><end-date>1955-05-05</end-date><visitor>A</visitor>"
            '<from id="france">France</from><description/></visit></visits>',
            "ISO start-date",
        ),
    ],
)
def test_broken_visits_are_told(tmp_path, xml, told):
    (tmp_path / "1950.xml").write_text(xml, encoding="utf-8")
    for path in (tmp_path, tmp_path / "1950.xml"):
        with pytest.raises(InputError, match=told):
            visits.visits(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no XML"):
        visits.visits(tmp_path / "empty")


def test_ideal_points():
    points, matters = united_nations.ideal_points(), united_nations.ideal_points(nuclear=True)
    file = lines("un_idealpoints/IdealpointestimatesAll_Apr2020.csv", "latin-1")
    assert len(points) == len(file) == 10469
    assert points["year"].tolist()[:3] == [int(row["session"]) + 1945 for row in file[:3]]
    assert len(matters) == 7203
    assert matters["year"].min() == 1978
    for frame in (points, matters):
        assert not frame.duplicated(["ccode", "year"]).any()
        ordered = frame[["minimum", "q5", "q10", "q50", "q90", "q95", "maximum"]]
        assert (ordered.diff(axis=1).iloc[:, 1:] >= 0).all().all()
        two = frame.pivot_table(index="year", columns="ccode", values="ideal_point")[[2, 365]].dropna()
        assert (two[2] > two[365]).all()


def test_votes_have_the_code_of_their_state_then():
    cast, calls = united_nations.votes(), united_nations.roll_calls()
    assert len(cast) == 870109
    assert cast["ccode"].notna().all()
    assert not cast.duplicated(["roll_call", "ccode"]).any()
    assert set(cast["roll_call"]) <= set(calls["roll_call"])
    counts = cast["ccode"].value_counts()
    # counted in the file by its two-letter codes and names
    assert counts[365] == 6145
    assert counts[260] == 2151
    assert counts[265] == 2067
    assert counts[678] == 3291
    assert counts[680] == 2378
    assert 817 not in counts.index
    assert counts[816] == 3985
    dated = cast.merge(calls[["roll_call", "date"]], on="roll_call")
    assert dated.loc[dated["ccode"] == 255, "date"].min() > pd.Timestamp("1990-10-03")
    assert calls["important"].isna().sum() == 605
    assert calls["date"].dt.year.between(1946, 2020).all()


def test_vetoes_are_those_of_the_named_members():
    cast = united_nations.vetoes()
    file = lines("unsc_vetoes/unsc_vetoes_1946_sept2022.csv", "latin-1")
    named = [row[f"member_veto{i}"] for row in file for i in (1, 2, 3) if row[f"member_veto{i}"]]
    assert len(cast) == len(named) == 265
    assert cast["draft_id"].nunique() == len(file) == 214
    counts = cast["ccode"].value_counts()
    assert counts.to_dict() == {365: 121, 2: 82, 200: 29, 710: 17, 220: 16}
    assert not cast.duplicated(["draft_id", "ccode"]).any()
    first_year = cast[cast["date"].dt.year == 1946]
    assert first_year["ccode"].tolist() == [365] * 9
    # the indicator columns would lose vetoes of the United States
    assert sum(row["USA"] == "1" for row in file) == 71


def test_other_dates_and_members_of_vetoes_are_told(tmp_path):
    whole = registry.path("unsc_vetoes/unsc_vetoes_1946_sept2022.csv").read_text(encoding="latin-1")
    file = tmp_path / "vetoes.csv"
    for old, new, told in (
        ("2/16/1946", "16.2.1946", "month/day/year"),
        ("Middle East,USSR,", "Middle East,Spain,", "Spain"),
    ):
        assert old in whole
        file.write_text(whole.replace(old, new, 1), encoding="latin-1")
        with pytest.raises(InputError, match=told):
            united_nations.vetoes(file)


def test_nuclear_weapons():
    status = nuclear.proliferation()
    assert set(status["status"]) == {0, 1, 2, 3}
    possess = status[status["status"] == 3].groupby("ccode")["year"].min()
    assert (possess[2], possess[365], possess[200], possess[220], possess[710]) == (1945, 1949, 1952, 1960, 1964)
    assert set(status.loc[status["ccode"].isna(), "name"]) == {"Abkhazia", "South Ossetia", "Tibet", "Germany"}
    known = status.dropna(subset=["ccode"])
    assert not known.duplicated(["ccode", "year"]).any()
    held = nuclear.warheads()
    file = lines(nuclear.WARHEADS)
    assert held["warheads"].sum() == sum(int(row["Stockpiled nuclear warheads"]) for row in file)
    assert held.loc[held["year"] == 1945, ["ccode", "warheads"]].query("warheads > 0").to_numpy().tolist() == [[2, 2]]
    done = nuclear.tests().groupby("ccode")["tests"].sum()
    assert (done[2], done[365], done[200], done[220], done[710]) == (1030, 715, 45, 210, 45)


def test_democracy_and_wealth_keep_the_missing_missing():
    scores, wealth = development.democracy(), development.gdp()
    assert scores["polity2"].isna().sum() == 3271
    assert scores["polity2"].dropna().between(-10, 10).all()
    assert (scores["polity2"] == -9).sum() == 1048  # a score, not a code of the missing
    soviet = scores[(scores["ccode"] == 365) & scores["year"].between(1925, 1990)]
    assert soviet["polity2"].isna().all()
    assert scores["polyarchy"].dropna().between(0, 1).all()
    assert wealth["gdp"].isna().sum() == 43
    assert (wealth["gdp"].dropna() > 0).all()
    per_head = wealth["gdp"] / wealth["population"]
    assert (per_head / wealth["gdp_per_capita"]).median() == pytest.approx(1, abs=0.5)


def test_spending():
    spent = spending.sipri()
    assert set(spent["year"]) == set(range(1999, 2023))
    assert len(spent) == (172 - 1) * 24  # Yugoslavia and Serbia are one
    assert set(spent.loc[spent["ccode"].isna(), "name"]) == {"Yemen, North"}  # in the sheet, though it ended in 1990
    assert spent.loc[spent["ccode"].isna(), "spending"].isna().all()
    assert not spent.duplicated(["ccode", "year"]).any()
    assert spent["spending"].isna().any()
    known = spent.set_index(["ccode", "year"])["spending"]
    assert known[615, 1999] == pytest.approx(2133.027701)  # Algeria, first cell of the sheet
    assert known.groupby("year").idxmax().map(lambda key: key[0]).eq(2).all()


@pytest.mark.parametrize("cell", [". .", "xxx", "...", None])
def test_marks_of_missing_spending(tmp_path, cell):
    file = tmp_path / "milex.xlsx"
    sheet = pd.DataFrame(
        [["Military expenditure", None, None], ["Country", 1988, 1989], ["USSR", cell, 5], ["Chad", 1, 0]]
    )
    sheet[0] = sheet[0].replace("USSR", "Russia")
    sheet.to_excel(file, sheet_name=spending.SHEET, header=False, index=False)
    spent = spending.sipri(file).set_index(["ccode", "year"])["spending"]
    assert pd.isna(spent[365, 1988])
    assert spent[365, 1989] == 5
    assert spent[483, 1989] == 0
    sheet = sheet.astype(object)
    sheet.iloc[2, 1] = "many"
    sheet.to_excel(file, sheet_name=spending.SHEET, header=False, index=False)
    with pytest.raises(InputError, match="many"):
        spending.sipri(file)


def test_trade():
    totals = trade.states()
    assert totals["imports"].isna().sum() == 1548
    assert totals["exports"].isna().sum() == 821
    assert (totals["imports"].dropna() > 0).all()
    assert not totals.duplicated(["ccode", "year"]).any()


def test_territory():
    threats, moved = territory.threat(), territory.changes()
    assert len(threats) == 14781
    assert threats["threat"].between(threats["threat_lower"], threats["threat_upper"]).all()
    assert threats["weighted_threat"].isna().sum() == 2349
    file = lines("rivalries/tc2018.csv")
    assert len(moved) == len(file) == 842
    assert (moved["date_precision"] == "year").sum() == sum(row["month"] == "." for row in file) == 123
    assert moved["population"].isna().sum() == sum(row["pop"].strip() in {".", "-9"} for row in file)
    assert moved["loser"].isna().sum() == 137
    assert moved["procedure"].isna().sum() == 131
    assert moved["conflict"].sum() == 229
    assert moved["homeland_gained"].isna().sum() == 10
    alaska = moved[(moved["loser"] == 365) & (moved["gainer"] == 2)]
    assert alaska["procedure"].tolist() == ["cession"]


def test_leaders():
    rule = leaders.archigos()
    assert len(rule) == 3409
    assert rule["birth_year"].isna().sum() == 19
    assert (rule["start"] <= rule["end"]).all()
    soviet = rule[rule["gwcode"] == 365].set_index("leader")
    assert str(soviet.loc["Gorbachev", "start"].date()) == "1985-03-11"
    truman = rule[(rule["gwcode"] == 2) & (rule["leader"] == "Truman")]
    assert [str(d.date()) for d in truman["start"]] == ["1945-04-12"]


def test_boycotts_of_the_summer_games():
    missed = olympics.absences()
    assert set(missed.loc[(missed["ccode"] == 2), "year"]) == {1980}
    assert 1984 in set(missed.loc[missed["ccode"] == 365, "year"])
    by_year = missed.groupby("year")["ccode"].apply(set)
    assert {2, 20, 740, 710} & by_year[1980] >= {2, 20, 740}
    assert {310, 355, 365, 40} <= by_year[1984]
    assert 200 not in set(missed["ccode"])  # the British came every time
    teams = olympics.games()
    assert (teams["medals"] == teams[["gold", "silver", "bronze"]].sum(axis=1)).all()
    west = teams[teams["team"] == "West Germany"]
    assert set(west["ccode"]) == {260}
    # until 1992 a team has both seasons of a year only where it sent as many athletes to both
    early = teams[teams["year"] <= 1992]
    both = early[early.duplicated(["team", "year"], keep=False)]
    assert set(both["team"]) == {"Andorra", "Liechtenstein"}
    assert not both.duplicated(["team", "year", "season"]).any()
    assert len(both.drop_duplicates(["team", "year", "athletes"])) == len(both) / 2
    assert missed.set_index(["ccode", "year"]).loc[(2, 1980), "winter_team"]


READERS = [
    united_nations.ideal_points,
    united_nations.votes,
    united_nations.roll_calls,
    united_nations.vetoes,
    nuclear.proliferation,
    nuclear.warheads,
    nuclear.tests,
    development.democracy,
    development.gdp,
    spending.sipri,
    trade.states,
    territory.threat,
    territory.changes,
    leaders.archigos,
    olympics.games,
    olympics.absences,
    visits.visits,
    visits.travels,
]


@pytest.mark.parametrize("reader", READERS, ids=lambda r: f"{r.__module__.split('.')[-1]}.{r.__name__}")
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00\x81broken"], ids=["empty", "other", "binary"])
def test_a_broken_file_is_told(tmp_path, reader, content):
    file = tmp_path / "broken"
    file.write_bytes(content)
    with pytest.raises(InputError, match="broken"):
        reader(file)


def test_published_figures_are_met_or_the_difference_is_explained(monkeypatch):
    monkeypatch.syspath_prepend(str(PUBLISHED))
    before = set(sys.modules)
    figures = importlib.import_module("states").FIGURES
    for name in set(sys.modules) - before:
        monkeypatch.delitem(sys.modules, name)
    assert len(figures) > 20
    unexplained = {f.quantity: f.compute() for f in figures if not f.note and f.compute() != f.published}
    assert unexplained == {}
