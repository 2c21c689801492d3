import csv
from collections import Counter, defaultdict
from statistics import median_low

import numpy as np
import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.events.catalogue import data_folder, load
from statusmodels.events.datasheet import agreement_page, card, given, gravity, table

FOLDER = data_folder() / "us-russia"


@pytest.fixture(scope="module")
def catalogue():
    return load("us-russia")


@pytest.fixture(scope="module")
def page(catalogue):
    return card(catalogue)


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def events():
    return {row["event_id"]: row for row in read("events.csv")}


@pytest.fixture(scope="module")
def codings():
    return read("codings.csv")


def section(text, title):
    """Rows of the table under a heading, by the first column: {column: cell}."""
    lines = text.split(f"\n## {title}")[1].split("\n## ")[0].splitlines()
    header, _, *rows = [[c.strip() for c in line[1:-1].split("|")] for line in lines if line.startswith("|")]
    return [dict(zip(header, row, strict=True)) for row in rows]


def small(events, codings):
    """Events of which no construct has a lower median above 2, over all who read them."""
    levels = defaultdict(lambda: defaultdict(Counter))
    for row in codings:
        mine = levels[row["event_id"]]
        mine["none"][row["coder"]] = 0
        mine[row["construct"]][row["coder"]] = max(mine[row["construct"]][row["coder"]], int(row["severity"]))
    return {
        e
        for e in events
        if max(median_low([level[coder] for coder in levels[e]["none"]]) for level in levels[e].values()) <= 2
    }


@pytest.mark.parametrize(
    ("command", "file", "fn"), [("card", "CARD.md", card), ("agreement", "AGREEMENT.md", agreement_page)]
)
def test_committed_page_is_the_generated_one(catalogue, command, file, fn):
    remedy = f"run: statusmodels {command} data/us-russia --out data/us-russia/{file}"
    assert (FOLDER / file).read_bytes().decode("utf-8") == fn(catalogue), remedy


def test_table_escapes_and_shows_missing_as_a_dot():
    frame = pd.DataFrame({"n": [1.5, np.nan], "text": ["a|b", None]}, index=pd.Index(["x", "y|z"], name="side"))
    assert table(frame).splitlines() == [
        "| side | n | text |",
        "| --- | --- | --- |",
        "| x | 1.5 | a\\|b |",
        "| y\\|z | . | . |",
    ]


def test_totals(page, events, codings):
    assert f"\n{len(events)} acts, {len(read('sources.csv'))} sources, {len(codings)} codings by " in page
    assert f"; {sum(bool(e['end_date']) for e in events.values())} standing states; " in page
    assert f"; {sum(e['date_precision'] == 'month' for e in events.values())} dated to the month; " in page


def test_counts_by_year_and_direction(page, events, codings):
    count = Counter((e["date"][:4], f"{e['sender']}>{e['receiver']}") for e in events.values())
    minor = Counter(events[e]["date"][:4] for e in small(events, codings))
    rows = section(page, "By year")
    assert [row["year"] for row in rows] == [str(y) for y in range(1977, 2025)]
    for row in rows:
        a, b = count[row["year"], "RUS>USA"], count[row["year"], "USA>RUS"]
        shown = [row[k] for k in ("RUS>USA", "USA>RUS", "all", "small")]
        assert shown == [str(n) for n in (a, b, a + b, minor[row["year"]])]
        assert len(row[""]) == a + b


def test_small_acts_by_decade(page, events, codings):
    count = Counter(events[e]["date"][:3] + "0s" for e in small(events, codings))
    assert {row["decade"]: int(row["small"]) for row in section(page, "By decade")} == dict(count)


@pytest.mark.parametrize(("construct", "category"), [("honor", "prestige"), ("authority", "arms-control-parity")])
def test_majority_of_the_coders(page, events, codings, construct, category):
    readers, votes = defaultdict(set), defaultdict(set)
    for row in codings:
        readers[row["event_id"]].add(row["coder"])
        if (row["construct"], row["category"]) == (construct, category):
            votes[row["event_id"], int(row["valence"])].add(row["coder"])
    count = Counter()
    for (event, valence), coders in votes.items():
        count[f"{events[event]['sender']}>{events[event]['receiver']} {valence:+d}"] += 2 * len(coders) > len(
            readers[event]
        )
    (row,) = [r for r in section(page, "By construct") if (r["construct"], r["category"]) == (construct, category)]
    assert sum(count.values()) > 50
    assert {k: int(v) for k, v in row.items() if ">" in k} == dict(count)


def test_gravity_by_hand(tiny):
    # the lower of ann's and bob's levels, and the highest of these over the constructs
    assert gravity(load(tiny)).to_dict() == {
        "thanks": 1,  # honor 2 and 1
        "snub": 3,  # honor 4 and 3; escalation 2 and 0
        "base": 4,
        "protest": 1,
        "treaty": 3,  # cooperation 4 and 3; authority 4 and 0
        "exit": 3,  # authority 4 and 3, in different categories
        "expulsion": 2,
        "patrol": 2,  # escalation 3 and 2
        "invitation": 3,
        "radar": 2,
        "embargo": 2,
        "release": 2,
    }


BOTH = {
    ("thanks", "honor", "gratitude", 1),
    ("snub", "honor", "prestige", -1),
    ("base", "threat", "force-posture", -1),
    ("protest", "escalation", "verbal", -1),
    ("treaty", "cooperation", "agreement", 1),
    ("expulsion", "escalation", "diplomatic", -1),
    ("patrol", "escalation", "military-display", -1),
    ("invitation", "authority", "exclusion", 1),
    ("radar", "threat", "missile-defence", -1),
    ("embargo", "escalation", "economic", -1),
    ("release", "cooperation", "restraint", 1),
}


def test_given_needs_more_than_half(tiny, edit):
    # half is not enough: not the snub's escalation, the treaty's authority, either category of the exit
    assert set(given(load(tiny)).itertuples(index=False, name=None)) == BOTH
    # with a third coder, two of three are enough for the treaty's authority; one of three is too few for the release
    more = [["treaty", "cyd", "authority", "arms-control-parity", "1", "1", "1"]]
    more += [["release", "cyd", "none", "none", "0", "0", "1"], ["release", "bob", "none", "none", "0", "0", "1"]]

    def fn(rows):
        return [r for r in rows if (r[0], r[1]) != ("release", "bob")] + more

    edit(tiny, "codings.csv", fn)
    after = set(given(load(tiny)).itertuples(index=False, name=None))
    assert after ^ BOTH == {
        ("treaty", "authority", "arms-control-parity", 1),
        ("release", "cooperation", "restraint", 1),
    }


def test_card_of_tiny(tiny, edit):
    edit(tiny, "eras.csv", lambda rows: [*rows, ["third", "1994-01-01", "1994-12-31"]])
    text = card(load(tiny))
    assert (
        "\n12 acts, 2 sources, 26 codings by ann, bob; 1 standing states; 1 dated to the month; 0 with no construct.\n"
        in text
    )
    assert [list(row.values()) for row in section(text, "By year")] == [
        ["1990", "2", "2", "4", "2", "▪▪▪▪"],
        ["1991", "3", "1", "4", "2", "▪▪▪▪"],
        ["1992", "0", "2", "2", "1", "▪▪"],
        ["1993", "1", "1", "2", "2", "▪▪"],
        ["1994", "0", "0", "0", "0", ""],
    ]
    # the base alone is of gravity 4, and it alone has two sources
    sources = {row["gravity"]: row for row in section(text, "Sources by gravity")}
    assert (sources["4"]["1 source"], sources["4"]["2 sources"]) == ("0", "1")
    assert [row["sources"] for row in section(text, "Kinds of source")] == ["1", "1"]
    assert "What the date rests on" not in text


def test_an_event_that_nobody_read(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [r for r in rows if r[0] != "radar"])
    uncoded = load(tiny)
    for fn in (card, gravity, given):
        with pytest.raises(InputError, match="radar"):
            fn(uncoded)
