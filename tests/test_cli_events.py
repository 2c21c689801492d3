import csv
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_cli import contents, e2e, refused

from statusmodels.events.catalogue import load
from statusmodels.events.datasheet import card

EVENT = {
    "date": "1992-05-04",
    "sender": "AAA",
    "receiver": "BBB",
    "actor": "Navy of AAA",
    "title": 'AAA opens a port, "Haven"',
    "description": "AAA's navy opened a port to ships of BBB.",
    "track": "arctic",
    "source": "gazette",
}


@pytest.fixture
def run(tmp_path):
    """Run commands in subprocesses, several at once: each a list of arguments; typed is what is piped in."""
    env = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "120"}

    def start(args, typed=""):
        command = [sys.executable, "-m", "statusmodels.cli", *map(str, args)]
        return subprocess.run(
            command, input=typed, capture_output=True, encoding="utf-8", cwd=tmp_path, env=env, timeout=300, check=False
        )

    def together(*commands, typed=""):
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda args: start(args, typed), commands))
        return done if len(done) > 1 else done[0]

    return together


def add(folder, **cells):
    options = [(f"--{name.replace('_', '-')}", value) for name, value in cells.items()]
    return ["events", "add", folder, *(word for option in options for word in option)]


def done_well(done):
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


@e2e
def test_validate_editorial(run, tiny, edit):
    bad = run(["validate", tiny, "--editorial"])

    def fn(rows):
        for row in rows[1:]:
            row[rows[0].index("sources")] = "gazette;archive"

    events, codings = load(tiny).events, load(tiny).codings
    grave = events["event_id"].isin(codings.loc[codings["severity"] >= 4, "event_id"])
    single = events[grave & ~events["sources"].str.contains(";")]
    refused(bad, f"{len(single)} problems", *(f"events.csv, row {n + 2}, column sources" for n in single.index))
    edit(tiny, "events.csv", fn)
    assert done_well(run(["validate", tiny, "--editorial"])).startswith("tiny: valid.")


@e2e
def test_agreement_and_card(run, tiny, tmp_path):
    pages = run(["agreement", tiny], ["card", tiny], ["card", tiny, "--out", "card.md"])
    agreed, printed, silent = map(done_well, pages)
    assert agreed.startswith("# Agreement of the coders: tiny\n")
    assert "ann, bob" in agreed
    assert printed == card(load(tiny))
    assert silent == ""
    assert (tmp_path / "card.md").read_bytes() == printed.encode()


@e2e
def test_commands_that_are_refused_write_nothing(run, tiny, tmp_path):
    was = contents(tiny)
    (tmp_path / "s.csv").write_text("mine", encoding="utf-8")
    commands = {
        ("card", tiny, "--out", "nowhere/card.md"): ["nowhere/card.md", "cannot be written"],
        ("code", tiny, "--coder", "cyd", "--export", "new.csv", "--import", "s.csv"): ["--export", "--import"],
        ("code", tiny, "--coder", " "): ["--coder", "must not be empty"],
        ("code", "us-russia", "--coder", "cyd"): ["us-russia", "inside the package", "copy"],
    }
    for done, words in zip(run(*commands, typed="n\n\n"), commands.values(), strict=True):
        refused(done, "1 problem ", *words)
    assert contents(tiny) == was
    assert {p.name for p in tmp_path.iterdir()} == {tiny.name, "s.csv"}
    assert (tmp_path / "s.csv").read_text(encoding="utf-8") == "mine"


@e2e
def test_code_from_a_pipe(run, tiny):
    before = (tiny / "codings.csv").read_bytes()
    out = done_well(run(["code", tiny, "--coder", "cyd"], typed="n\n1\nh\n6\n-1\n4\n0.7\n\ne\n1\n"))
    left = len(load(tiny).events) - 2
    assert f"2 acts coded and saved; {left} left" in out
    assert (tiny / "codings.csv").read_bytes().startswith(before)
    mine = load(tiny).codings.query("coder == 'cyd'")
    assert mine["construct"].tolist() == ["none", "honor"]


@e2e
def test_code_on_a_sheet(run, tiny, tmp_path):
    path = tmp_path / "s.csv"
    count = len(load(tiny).events)
    assert f"s.csv: {count} acts to code" in done_well(run(["code", tiny, "--coder", "cyd", "--export", path]))
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    rows[0][-5:] = ["honor", "prestige", "-1", "4", "0.7"]
    rows[1][-5:] = ["none", "none", "0", "0", "1"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    assert "2 acts added under cyd" in done_well(run(["code", tiny, "--coder", "cyd", "--import", path]))
    assert load(tiny).codings.query("coder == 'cyd'")["event_id"].tolist() == [rows[0][0], rows[1][0]]


@e2e
def test_add_an_event_with_a_new_source(run, tiny):
    was = contents(tiny)
    source = {"citation": "The Almanac, 1992", "kind": "press", "where": "volume 3, page 12"}
    out = done_well(run(add(tiny, **{**EVENT, "source": "gazette; almanac"}, **source)))
    event = load(tiny).events.iloc[-1]
    assert f"added {event['event_id']};" in out
    assert (event["title"], event["description"]) == (EVENT["title"], EVENT["description"])
    assert load(tiny).sources.iloc[-1].to_dict() == {"key": "almanac", **source}
    assert all((tiny / name).read_bytes().startswith(before) for name, before in was.items())


@e2e
def test_bad_events_are_refused_with_every_problem(run, tiny):
    was = contents(tiny)
    row = len(load(tiny).events) + 2
    bad, missing = run(
        add(tiny, **{**EVENT, "date": "1992-02-30", "track": "moon", "source": "gazette;nobody"}),
        add(tiny, title="AAA opens a port", source="gazette", citation="The Gazette, again"),
    )
    refused(bad, *(f"events.csv, row {row}, column {c}" for c in ("date", "track", "sources")), "moon", "nobody")
    refused(
        missing, *(f"row {row}, column {c}" for c in ("date", "sender", "receiver", "actor", "description", "track"))
    )
    refused(missing, *(f"sources.csv, row 4, column {c}" for c in ("key", "kind", "where")))
    assert contents(tiny) == was
