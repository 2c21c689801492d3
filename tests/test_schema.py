from pathlib import Path

import pytest

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import load
from statusmodels.events.pooling import pooled_level, pooled_severity
from statusmodels.events.schema import COLUMNS


def problems(folder):
    with pytest.raises(InputError) as caught:
        load(folder)
    found = caught.value.problems
    assert all(p.mend.strip() for p in found)
    assert all(str(p) in str(caught.value) for p in found)
    return found


def only(folder):
    found = problems(folder)
    assert len(found) == 1, [str(p) for p in found]
    return found[0]


def put(row, column, value):
    """Set one cell, the row as a spreadsheet numbers it."""

    def fn(rows):
        rows[row - 1][rows[0].index(column)] = value

    return fn


def drop(column):
    def fn(rows):
        at = rows[0].index(column)
        return [r[:at] + r[at + 1 :] for r in rows]

    return fn


def tampered(tiny, file, old, new, encoding="utf-8"):
    text = (tiny / file).read_text(encoding="utf-8")
    assert old in text
    (tiny / file).write_bytes(text.replace(old, new).encode(encoding))


def test_tiny_is_valid(tiny):
    catalogue = load(tiny)
    assert catalogue.name == "tiny"
    assert catalogue.sides == ("AAA", "BBB")
    assert catalogue.coders == ("ann", "bob")
    assert len(catalogue.events) == 12
    events = catalogue.events.set_index("event_id")
    assert str(events.loc["base", "end_date"].date()) == "1992-06-30"
    assert events["end_date"].notna().sum() == 1
    assert str(events.loc["exit", "date"].date()) == "1991-06-11"


CELLS = [
    ("events.csv", 5, "date", "2021-02-30", "YYYY-MM-DD"),
    ("events.csv", 5, "date", "3 May 1991", "YYYY-MM-DD"),
    ("events.csv", 5, "date", "1991-5-3", "YYYY-MM-DD"),
    ("events.csv", 5, "date", "", "YYYY-MM-DD"),
    ("events.csv", 5, "date", "1989-12-31", "window"),
    ("events.csv", 5, "date", "1994-01-01", "window"),
    ("events.csv", 4, "end_date", "1990-07-31", "before"),
    ("events.csv", 4, "end_date", "for years", "YYYY-MM-DD"),
    ("events.csv", 10, "date_precision", "year", "day, month"),
    ("events.csv", 3, "receiver", "BBB", "differ"),
    ("events.csv", 3, "track", "moon", "arctic"),
    ("events.csv", 3, "title", "", "empty"),
    ("events.csv", 3, "sources", "", "empty"),
    ("eras.csv", 2, "start", "1990-13-01", "YYYY-MM-DD"),
    ("eras.csv", 3, "start", "1991-12-31", "after"),
    ("sources.csv", 3, "kind", "rumour", "scholarly"),
    ("codings.csv", 6, "event_id", "nobody", "events.csv"),
    ("codings.csv", 6, "construct", "envy", "cooperation"),
    ("codings.csv", 6, "category", "missile-defence", "prestige"),
    ("codings.csv", 6, "severity", "9", "1 to 5"),
    ("codings.csv", 6, "severity", "0", "1 to 5"),
    ("codings.csv", 6, "severity", "2.5", "whole"),
    ("codings.csv", 6, "severity", "high", "1 to 5"),
    ("codings.csv", 6, "confidence", "1.5", "0 to 1"),
    ("codings.csv", 6, "confidence", "nan", "0 to 1"),
    ("codings.csv", 5, "valence", "1", "-1"),
    ("codings.csv", 12, "valence", "-1", "1"),
    ("codings.csv", 6, "valence", "-2", "-1"),
    ("codings.csv", 6, "coder", "", "empty"),
]


@pytest.mark.parametrize(("file", "row", "column", "value", "mend"), CELLS)
def test_bad_cell_is_named(tiny, edit, file, row, column, value, mend):
    edit(tiny, file, put(row, column, value))
    found = [p for p in problems(tiny) if p.file == file]
    assert [(p.row, p.column, p.value) for p in found] == [(row, column, value)]
    assert mend in found[0].mend


def test_era_that_ends_before_it_starts(tiny, edit):
    edit(tiny, "eras.csv", put(3, "end", "1991-12-31"))
    named = [p for p in problems(tiny) if p.file == "eras.csv"]
    assert [(p.row, p.column, p.value) for p in named] == [(3, "end", "1991-12-31")]
    assert "start" in named[0].mend


def test_era_inside_an_earlier_one(tiny, edit):
    edit(tiny, "eras.csv", lambda rows: [rows[0], ["all", "1990-01-01", "1993-12-31"], *rows[2:]])
    p = only(tiny)
    assert (p.file, p.row, p.column, p.value) == ("eras.csv", 3, "start", "1992-01-01")


@pytest.mark.parametrize(("file", "column"), [(f, c) for f, names in COLUMNS.items() for c in names])
def test_missing_column(tiny, edit, file, column):
    edit(tiny, file, drop(column))
    p = only(tiny)
    assert (p.file, p.row, p.column) == (file, 1, column)
    assert column in p.mend


def test_dangling_source_key_names_the_key(tiny, edit):
    edit(tiny, "events.csv", put(4, "sources", "gazette; diary"))
    p = only(tiny)
    assert (p.file, p.row, p.column, p.value) == ("events.csv", 4, "sources", "diary")
    assert "sources.csv" in p.mend


def test_sources_of_separators_only_are_no_sources(tiny, edit):
    edit(tiny, "events.csv", put(4, "sources", " ; "))
    p = only(tiny)
    assert (p.file, p.row, p.column) == ("events.csv", 4, "sources")


def test_duplicate_event(tiny, edit):
    edit(tiny, "events.csv", put(7, "event_id", "treaty"))
    found = [p for p in problems(tiny) if p.file == "events.csv"]
    assert [(p.row, p.column, p.value) for p in found] == [(7, "event_id", "treaty")]
    assert "own" in found[0].mend


def test_duplicate_source_key(tiny, edit):
    edit(tiny, "sources.csv", lambda rows: [*rows, ["gazette", *rows[1][1:]]])
    p = only(tiny)
    assert (p.file, p.row, p.column, p.value) == ("sources.csv", 4, "key", "gazette")


def test_a_coder_judging_twice(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [*rows, [*rows[1][:5], "5", "1"]])
    p = only(tiny)
    assert (p.file, p.row, p.column, p.value) == ("codings.csv", 28, "category", "gratitude")


@pytest.mark.parametrize("file", COLUMNS)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file(tiny, file, content):
    (tiny / file).write_bytes(content)
    p = only(tiny)
    assert p.file == file
    assert ",".join(COLUMNS[file]) in p.mend


@pytest.mark.parametrize("file", ["events.csv", "eras.csv"])
def test_header_only(tiny, edit, file):
    edit(tiny, file, lambda rows: rows[:1])
    named = [p for p in problems(tiny) if p.file == file]
    assert len(named) == 1
    assert "at least one" in named[0].mend


def test_no_codings_yet_is_valid(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: rows[:1])
    catalogue = load(tiny)
    assert catalogue.coders == ()
    for pool in (pooled_severity, lambda c: pooled_level(c, "escalation")):
        with pytest.raises(InputError, match="12 events have no coding"):
            pool(catalogue)


def test_not_utf8(tiny):
    tampered(tiny, "sources.csv", "Collected documents", "Documents rassemblés", "latin-1")
    named = [p for p in problems(tiny) if p.file == "sources.csv"]
    assert [(p.row, p.value) for p in named] == [(3, "byte 0xe9")]
    assert "UTF-8" in named[0].mend


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_not_utf8_with_other_line_ends(tiny, newline):
    text = (tiny / "sources.csv").read_text().replace("Collected", "Réunis").replace("\n", newline)
    (tiny / "sources.csv").write_bytes(text.encode("latin-1"))
    assert [p.row for p in problems(tiny) if p.file == "sources.csv"] == [3]


def test_not_utf8_below_a_cell_of_two_lines(tiny):
    tampered(tiny, "events.csv", "base, near BBB", "base,\nnear BBB")
    tampered(tiny, "events.csv", "handed over", "handed over with émphasis", "latin-1")
    assert [p.row for p in problems(tiny) if p.file == "events.csv"] == [5]


def test_bad_cell_below_a_cell_of_two_lines(tiny):
    tampered(tiny, "events.csv", "base, near BBB", "base,\nnear BBB")
    tampered(tiny, "events.csv", "1990-09-15", "1990-09-31")
    assert only(tiny).row == 5


def test_bad_cell_below_a_blank_line(tiny):
    tampered(tiny, "events.csv", "\nbase,", "\n\nbase,")
    tampered(tiny, "events.csv", "1990-09-15", "1990-09-31")
    assert only(tiny).row == 6


@pytest.mark.parametrize("file", COLUMNS)
def test_bom_and_windows_line_ends_are_accepted(tiny, file):
    plain = load(tiny)
    text = (tiny / file).read_text(encoding="utf-8")
    (tiny / file).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    again = load(tiny)
    for table in ("events", "codings", "sources", "eras"):
        assert getattr(again, table).equals(getattr(plain, table))


@pytest.mark.parametrize("change", [lambda r: r[:-1], lambda r: [*r, "more"]])
def test_ragged_row(tiny, edit, change):
    edit(tiny, "events.csv", lambda rows: [*rows[:6], change(rows[6]), *rows[7:]])
    named = [p for p in problems(tiny) if p.file == "events.csv"]
    assert [(p.row, p.value) for p in named] == [(7, "exit")]
    assert "comma" in named[0].mend


def test_column_twice(tiny, edit):
    edit(tiny, "eras.csv", lambda rows: [[*r, r[2]] for r in rows])
    p = only(tiny)
    assert (p.file, p.row, p.column) == ("eras.csv", 1, "end")


def test_open_quote(tiny):
    tampered(tiny, "events.csv", 'near BBB."', "near BBB.")
    named = [p for p in problems(tiny) if p.file == "events.csv"]
    assert len(named) == 1
    assert "quote" in named[0].mend


@pytest.mark.parametrize("file", COLUMNS)
def test_missing_file(tiny, file):
    (tiny / file).unlink()
    p = only(tiny)
    assert p.file == file
    assert "missing" in p.mend


@pytest.mark.parametrize("name", ["nowhere", "tiny/events.csv"])
def test_not_a_folder(tiny, name):
    folder = tiny.parent / name
    p = only(folder)
    assert p.file == str(folder)
    assert "folder" in p.mend


def test_unknown_name_tells_the_known_ones():
    p = only("us-rusia")
    assert p.file == "us-rusia"
    assert "us-russia" in p.mend


def test_unreadable_file(tiny, monkeypatch):
    read = Path.read_bytes

    def refuse(path):
        if path == tiny / "codings.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    p = only(tiny)
    assert p.file == "codings.csv"
    assert "ermission" in p.mend
    assert str(tiny / "codings.csv") in p.mend


def test_unreadable_folder(tiny, monkeypatch):
    each = Path.iterdir

    def refuse(path):
        if path == tiny:
            raise PermissionError(13, "Permission denied", str(path))
        return each(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    p = only(tiny)
    assert p.file == str(tiny)
    assert "permissions" in p.mend


def test_file_that_is_a_folder(tiny):
    (tiny / "eras.csv").unlink()
    (tiny / "eras.csv").mkdir()
    assert only(tiny).file == "eras.csv"


def test_all_problems_at_once(tiny, edit):
    edit(tiny, "eras.csv", put(3, "start", "1991-06-01"))
    edit(tiny, "sources.csv", put(2, "kind", "rumour"))
    edit(tiny, "events.csv", put(6, "date", "2021-02-30"))
    edit(tiny, "events.csv", put(2, "receiver", "AAA"))
    edit(tiny, "events.csv", put(6, "sources", "diary;letter"))
    edit(tiny, "codings.csv", put(27, "severity", "9"))
    edit(tiny, "codings.csv", put(27, "confidence", "1.5"))
    edit(tiny, "codings.csv", put(3, "construct", "envy"))
    found = [(p.file, p.row, p.column, p.value) for p in problems(tiny)]
    assert sorted(found) == sorted(
        [
            ("eras.csv", 3, "start", "1991-06-01"),
            ("sources.csv", 2, "kind", "rumour"),
            ("events.csv", 2, "receiver", "AAA"),
            ("events.csv", 6, "date", "2021-02-30"),
            ("events.csv", 6, "sources", "diary"),
            ("events.csv", 6, "sources", "letter"),
            ("codings.csv", 3, "construct", "envy"),
            ("codings.csv", 27, "confidence", "1.5"),
            ("codings.csv", 27, "severity", "9"),
        ]
    )
    order = [(list(COLUMNS).index(file), row) for file, row, *_ in found]
    assert order == sorted(order)


def test_a_missing_file_hides_no_problem_of_the_others(tiny, edit):
    (tiny / "sources.csv").unlink()
    edit(tiny, "events.csv", put(6, "date", "2021-02-30"))
    edit(tiny, "codings.csv", put(6, "severity", "9"))
    assert {p.file for p in problems(tiny)} == {"sources.csv", "events.csv", "codings.csv"}


def test_problem_as_text():
    p = Problem("events.csv", "mend it", row=7, column="date", value="x")
    assert str(p) == "events.csv, row 7, column date: 'x': mend it"
    assert str(Problem("events.csv", "mend it")) == "events.csv: mend it"


@pytest.mark.parametrize("value", ["2.0", "2e0"])
def test_whole_number_written_as_a_decimal_is_read_or_refused_in_words(tiny, edit, value):
    edit(tiny, "codings.csv", put(2, "severity", value))
    try:
        read = load(tiny).codings["severity"].iloc[0]
    except InputError as error:
        read = [(p.row, p.column, p.value) for p in error.problems]
    assert read in (2, [(2, "severity", value)])


def test_signed_valence_is_read(tiny, edit):
    edit(tiny, "codings.csv", put(2, "valence", "+1"))
    assert load(tiny).codings["valence"].iloc[0] == 1


def test_hash_follows_the_content(tiny, edit):
    before = load(tiny).sha256
    assert load(tiny).sha256 == before
    edit(tiny, "codings.csv", put(2, "severity", "3"))
    assert load(tiny).sha256 != before


def severity(catalogue, *key):
    table = pooled_severity(catalogue).set_index(["event_id", "construct", "category", "valence"])["severity"]
    return table.get(key)


def third(*codings):
    """Add a third coder, who gives these (event, construct, category, valence, severity)."""

    def fn(rows):
        for event, construct, category, valence, value in codings:
            rows.append([event, "cyd", construct, category, str(valence), str(value), "1"])

    return fn


def test_pooled_severity_of_two_coders(tiny):
    catalogue = load(tiny)
    assert severity(catalogue, "thanks", "honor", "gratitude", 1) == pytest.approx(1.5)
    assert severity(catalogue, "snub", "honor", "prestige", -1) == pytest.approx(3.5)
    assert severity(catalogue, "treaty", "authority", "arms-control-parity", 1) == pytest.approx(2)
    assert severity(catalogue, "exit", "authority", "arms-control-parity", -1) == pytest.approx(2)
    assert severity(catalogue, "exit", "authority", "rule-breaking", -1) == pytest.approx(1.5)
    assert severity(catalogue, "thanks", "escalation", "verbal", -1) is None


def test_pooled_severity_of_three_coders(tiny, edit):
    edit(tiny, "codings.csv", third(("thanks", "honor", "gratitude", 1, 4)))
    catalogue = load(tiny)
    assert catalogue.coders == ("ann", "bob", "cyd")
    assert severity(catalogue, "thanks", "honor", "gratitude", 1) == pytest.approx(7 / 3)
    assert severity(catalogue, "snub", "honor", "prestige", -1) == pytest.approx(7 / 2)  # cyd did not read it


def test_a_coder_who_read_and_found_nothing_counts_as_zero(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [*rows, ["snub", "cyd", "none", "none", "0", "0", "1"]])
    catalogue = load(tiny)
    assert severity(catalogue, "snub", "honor", "prestige", -1) == pytest.approx(7 / 3)
    assert pooled_level(catalogue, "escalation")["snub"] == 0
    assert catalogue.readings.groupby("event_id").size()["snub"] == 3
    assert "none" not in set(pooled_severity(catalogue)["construct"])


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (("none", "prestige", "0", "0"), "category"),
        (("none", "none", "1", "0"), "valence"),
        (("none", "none", "0", "2"), "severity"),
        (("honor", "prestige", "0", "2"), "valence"),
        (("honor", "prestige", "-1", "0"), "severity"),
    ],
)
def test_nothing_is_written_as_nothing_and_something_as_something(tiny, edit, cells, column):
    edit(tiny, "codings.csv", lambda rows: [*rows, ["snub", "cyd", *cells, "1"]])
    (problem,) = problems(tiny)
    assert (problem.file, problem.row, problem.column) == ("codings.csv", 28, column)


def test_nothing_and_something_from_one_coder(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [*rows, ["snub", "bob", "none", "none", "0", "0", "1"]])
    (problem,) = problems(tiny)
    assert (problem.row, problem.column, problem.value) == (28, "construct", "none")


def test_pooled_level_of_two_coders_is_the_lower_one(tiny):
    level = pooled_level(load(tiny), "escalation").to_dict()
    assert level == {
        "thanks": 0,
        "snub": 0,
        "base": 0,
        "protest": 1,
        "treaty": 0,
        "exit": 0,
        "expulsion": 2,
        "patrol": 2,
        "invitation": 0,
        "radar": 0,
        "embargo": 2,
        "release": 0,
    }
    cooperation = pooled_level(load(tiny), "cooperation")
    assert cooperation[cooperation > 0].to_dict() == {"treaty": 3, "release": 2}


def test_pooled_level_of_three_coders_is_the_middle_one(tiny, edit):
    fn = third(
        ("snub", "escalation", "verbal", -1, 1),
        ("patrol", "escalation", "military-use", -1, 4),
        ("base", "escalation", "military-display", -1, 3),
        ("embargo", "escalation", "economic", -1, 1),
        ("embargo", "escalation", "military-display", -1, 3),
    )
    edit(tiny, "codings.csv", fn)
    level = pooled_level(load(tiny), "escalation")
    assert level["snub"] == 1
    assert level["patrol"] == 3
    assert level["base"] == 0
    assert level["protest"] == 1
    assert level["embargo"] == 2
    assert level["thanks"] == 0


def test_pooled_level_takes_the_highest_of_one_coder(tiny, edit):
    def fn(rows):
        rows.append(["protest", "ann", "escalation", "economic", "-1", "3", "1"])
        rows.append(["protest", "bob", "escalation", "economic", "-1", "2", "1"])

    edit(tiny, "codings.csv", fn)
    assert pooled_level(load(tiny), "escalation")["protest"] == 2


def test_order_of_rows_does_not_matter_to_pooling(tiny, edit):
    before = load(tiny)
    edit(tiny, "codings.csv", lambda rows: [rows[0], *reversed(rows[1:])])
    after = load(tiny)
    assert pooled_level(after, "escalation").equals(pooled_level(before, "escalation"))
    assert pooled_severity(after).equals(pooled_severity(before))
