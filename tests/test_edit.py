import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import contents, unprivileged

from statusmodels.errors import InputError
from statusmodels.events.catalogue import load
from statusmodels.events.edit import add_event, append_rows, slug, write_whole

EVENT = {
    "date": "1992-05-04",
    "date_precision": "day",
    "sender": "AAA",
    "receiver": "BBB",
    "actor": "Navy of AAA",
    "title": "AAA opens a port",
    "description": "AAA's navy opened a port to ships of BBB.",
    "track": "arctic",
    "sources": "gazette",
}
SOURCE = {"key": "almanac", "citation": "The Almanac, 1992", "kind": "press", "where": "volume 3, page 12"}
MARK = b"\xef\xbb\xbf"
CODING = {"coder": "cyd", "construct": "none", "category": "none", "valence": "0", "severity": "0", "confidence": "1"}


def refused(folder, change):
    """Problems of a change that must be refused with nothing written."""
    was = contents(folder)
    with pytest.raises(InputError) as caught:
        change()
    assert contents(folder) == was
    return caught.value.problems


def next_row(folder, file):
    return len((folder / file).read_text(encoding="utf-8").splitlines()) + 1


def test_add_event_appends_one_row(tiny):
    was = contents(tiny)
    added = add_event(tiny, EVENT)
    now = contents(tiny)
    assert now["events.csv"].startswith(was["events.csv"])
    assert now["events.csv"].count(b"\n") == was["events.csv"].count(b"\n") + 1
    assert {n: b for n, b in now.items() if n != "events.csv"} == {n: b for n, b in was.items() if n != "events.csv"}
    event = load(tiny).events.iloc[-1]
    assert event["event_id"] == added == slug(EVENT["date"], EVENT["title"])
    assert {c: event[c] for c in EVENT if c != "date"} == {c: v for c, v in EVENT.items() if c != "date"}
    assert f"{event['date']:%Y-%m-%d}" == EVENT["date"]


def test_identifier_of_ones_own(tiny):
    assert add_event(tiny, {**EVENT, "event_id": "port"}) == "port"
    assert load(tiny).events["event_id"].iloc[-1] == "port"


@pytest.mark.parametrize(("newline", "final", "mark"), [("\n", False, b""), ("\r\n", True, b""), ("\r\n", False, MARK)])
def test_bytes_before_are_kept(tiny, newline, final, mark):
    path = tiny / "events.csv"
    before = mark + path.read_bytes().replace(b"\n", newline.encode()).removesuffix(b"" if final else newline.encode())
    path.write_bytes(before)
    old = load(tiny).events
    add_event(tiny, EVENT)
    assert path.read_bytes().startswith(before)
    assert load(tiny).events.iloc[:-1].equals(old)


def test_title_with_commas_quotes_and_lines_survives(tiny):
    told = {**EVENT, "title": 'AAA says "no", then "yes", to BBB', "description": "Two lines:\n«ü», and 'so'."}
    add_event(tiny, told)
    event = load(tiny).events.iloc[-1]
    assert (event["title"], event["description"]) == (told["title"], told["description"])


def test_new_source_enters_with_its_event(tiny):
    was = contents(tiny)
    add_event(tiny, {**EVENT, "sources": "gazette;almanac"}, SOURCE)
    catalogue = load(tiny)
    assert catalogue.sources.iloc[-1].to_dict() == SOURCE
    assert catalogue.events["sources"].iloc[-1] == "gazette;almanac"
    assert all((tiny / name).read_bytes().startswith(before) for name, before in was.items())


def test_unknown_source(tiny):
    (problem,) = refused(tiny, lambda: add_event(tiny, {**EVENT, "sources": "gazette;almanac"}))
    assert (problem.file, problem.row, problem.column, problem.value) == (
        "events.csv",
        next_row(tiny, "events.csv"),
        "sources",
        "almanac",
    )


def test_source_that_is_there_already(tiny):
    (problem,) = refused(tiny, lambda: add_event(tiny, EVENT, {**SOURCE, "key": "gazette"}))
    assert (problem.file, problem.row, problem.value) == ("sources.csv", next_row(tiny, "sources.csv"), "gazette")


def test_event_that_is_there_already(tiny):
    add_event(tiny, EVENT)
    (problem,) = refused(tiny, lambda: add_event(tiny, EVENT))
    assert (problem.file, problem.row, problem.column) == ("events.csv", next_row(tiny, "events.csv"), "event_id")


@pytest.mark.parametrize(
    ("column", "value"),
    [("date", "1992-02-30"), ("date", "2001-01-01"), ("receiver", "AAA"), ("track", "moon"), ("title", "")],
)
def test_bad_event_is_named_with_the_row_it_would_have(tiny, column, value):
    (problem,) = refused(tiny, lambda: add_event(tiny, {**EVENT, "event_id": "port", column: value}))
    assert (problem.file, problem.column, problem.value) == ("events.csv", column, value)
    assert problem.row == next_row(tiny, "events.csv")


def test_good_source_is_not_written_with_a_bad_event(tiny):
    bad = {**EVENT, "sources": "almanac", "track": "moon", "date": "yesterday", "event_id": "port"}
    found = refused(tiny, lambda: add_event(tiny, bad, SOURCE))
    assert {(p.file, p.column) for p in found} == {("events.csv", "date"), ("events.csv", "track")}


def test_problems_of_both_files_are_told_at_once(tiny):
    found = refused(tiny, lambda: add_event(tiny, {**EVENT, "track": "moon"}, {**SOURCE, "kind": "rumour"}))
    assert [(p.file, p.row, p.value) for p in found] == [
        ("sources.csv", next_row(tiny, "sources.csv"), "rumour"),
        ("events.csv", next_row(tiny, "events.csv"), "moon"),
    ]


def test_each_of_several_rows_has_its_number(tiny):
    rows = [{**CODING, "event_id": e} for e in ("thanks", "nobody", "snub", "nowhere")]
    first = next_row(tiny, "codings.csv")
    found = refused(tiny, lambda: append_rows(tiny, {"codings.csv": rows}))
    assert [(p.row, p.value) for p in found] == [(first + 1, "nobody"), (first + 3, "nowhere")]


def test_append_nothing(tiny):
    was = contents(tiny)
    append_rows(tiny, {"codings.csv": [], "events.csv": []})
    assert contents(tiny) == was


def test_first_rows_of_a_file(tiny):
    path = tiny / "codings.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    (problem,) = refused(tiny, lambda: append_rows(tiny, {"codings.csv": [{**CODING, "event_id": "nobody"}]}))
    assert problem.row == 2
    append_rows(tiny, {"codings.csv": [{**CODING, "event_id": "snub"}]})
    assert load(tiny).readings.to_dict("records") == [{"event_id": "snub", "coder": "cyd"}]


def test_column_that_is_left_out_is_empty(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [["note", *rows[0]], *(["so", *r] for r in rows[1:])])
    append_rows(tiny, {"codings.csv": [{**CODING, "event_id": "snub"}]})
    assert load(tiny).codings.iloc[-1][["note", "event_id"]].tolist() == ["", "snub"]


def test_invalid_folder_is_not_added_to(tiny, edit):
    edit(tiny, "eras.csv", lambda rows: rows[:2])
    found = refused(tiny, lambda: add_event(tiny, {**EVENT, "date": "1990-05-04"}))
    assert {p.file for p in found} == {"events.csv"}


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        add_event(tmp_path / "nowhere", EVENT)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written(tiny):
    before = unprivileged()
    was = contents(tiny)
    program = """if True:
        import json, pathlib, sys
        from statusmodels.events.edit import InputError, append_rows
        try:
            append_rows(pathlib.Path(sys.argv[1]), {"codings.csv": [json.loads(sys.argv[2])]})
        except InputError as error:
            print(*error.problems)
    """
    tiny.chmod(0o500)
    try:
        done = subprocess.run(
            [*before, sys.executable, "-c", program, tiny, json.dumps({**CODING, "event_id": "snub"})],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    finally:
        tiny.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(tiny / "codings.csv") in done.stdout
    assert "cannot be written" in done.stdout
    assert contents(tiny) == was


def test_write_that_fails_half_way_leaves_the_file_as_it_was(tiny, monkeypatch):
    def full(self, content):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    (problem,) = refused(tiny, lambda: add_event(tiny, EVENT))
    assert problem.file == str(tiny / "events.csv")
    assert "No space left" in problem.mend


def test_write_whole(tmp_path):
    path = tmp_path / "a.txt"
    for content in (b"one", b"two"):
        write_whole(path, content)
        assert contents(tmp_path) == {"a.txt": content}
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_whole(path, b"three")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("AAA's ship, the “Sea-Hawk”, comes close", "1992-aaa-s-ship-the-sea-hawk"),
        ("One two three four five six seven", "1992-one-two-three-four-five-six"),
        ("START II", "1992-start-ii"),
    ],
)
def test_slug(title, expected):
    assert slug("1992-05-04", title) == expected


def test_slug_of_so_many_words():
    assert slug("1992-05-04", "One two three", words=2) == "1992-one-two"
