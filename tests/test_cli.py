import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from statusmodels import cli
from statusmodels.errors import InputError
from statusmodels.events.catalogue import load
from statusmodels.events.codebook import codebook
from statusmodels.events.schema import COLUMNS
from statusmodels.report.priors import page
from statusmodels.scenarios.simulate import simulate, write

COMMANDS = (
    "report",
    "verdict",
    "validate",
    "agreement",
    "card",
    "code",
    "events",
    "simulate",
    "codebook",
    "priors",
    "prior-check",
    "multiverse",
)
e2e = pytest.mark.e2e


def unprivileged():
    """What to put before a command so that file permissions hold for it, even when root runs the tests."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("permissions do not hold for root, and setpriv (util-linux) is not installed")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search"]


@pytest.fixture
def run(tmp_path):
    """Run the command in a subprocess."""

    def start(*args, before=()):
        command = [*before, sys.executable, "-m", "statusmodels.cli", *map(str, args)]
        env = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "120"}
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", cwd=tmp_path, env=env, timeout=300, check=False
        )

    return start


@contextmanager
def locked(path):
    """Take all permissions off a path for a while."""
    mode = path.stat().st_mode & 0o777
    path.chmod(0)
    try:
        yield
    finally:
        path.chmod(mode)


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def refused(done, *words):
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


def with_verification(rows):
    return [[*r, "verification" if i == 0 else "page"] for i, r in enumerate(rows)]


@e2e
def test_validate_good(run, tiny):
    done = run("validate", tiny)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tiny: valid")
    assert "12 events" in done.stdout
    assert "2 coders" in done.stdout


@e2e
def test_validate_names_every_problem(run, tiny, edit):
    def spoil(rows):
        at = rows[0].index("track")
        return [r[:at] + r[at + 1 :] for r in rows]

    edit(tiny, "events.csv", spoil)
    (tiny / "sources.csv").write_bytes((tiny / "sources.csv").read_bytes().replace(b"Collected", b"R\xe9unis"))
    refused(
        run("validate", tiny),
        "2 problems",
        "events.csv, row 1, column track: the column is missing",
        "sources.csv, row 3: 'byte 0xe9': is not UTF-8; save the file as",
    )


@e2e
def test_validate_nowhere(run, tmp_path):
    folder = tmp_path / "nowhere"
    refused(run("validate", folder), "1 problem ", str(folder), "us-russia")


@e2e
def test_validate_unreadable_folder(run, tiny):
    before = unprivileged()
    with locked(tiny):
        done = run("validate", tiny, before=before)
    refused(done, str(tiny), "permissions")


@e2e
def test_validate_unreadable_file(run, tiny):
    before = unprivileged()
    with locked(tiny / "codings.csv"):
        done = run("validate", tiny, before=before)
    refused(done, "codings.csv", "permissions")


@e2e
def test_codebook(run):
    done = run("codebook")
    assert done.returncode == 0
    assert done.stdout == codebook()


@e2e
def test_priors(run):
    done = run("priors")
    assert done.returncode == 0
    assert done.stdout == page()


@e2e
def test_prior_check_warns_and_does_not_refuse(run, tiny, tmp_path):
    (tmp_path / "wide.toml").write_text("[effect]\nscale = 1e6\n", encoding="utf-8")
    done = run("prior-check", tiny, "--priors", "wide.toml", "--hypothesis", "additive")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Replaced priors: effect Normal(0, 1e+06) (wide.toml)." in done.stdout
    assert "The priors allow too much that is implausible: odds ratio: honor denied" in done.stdout


@e2e
@pytest.mark.parametrize("command", ["report", "verdict", "prior-check"])
def test_bad_priors_are_named_and_nothing_is_written(run, tiny, tmp_path, command):
    path = tmp_path / "bad.toml"
    path.write_text("[sigma]\nscale = -1\n[sigmo]\n", encoding="utf-8")
    beside = sorted(tmp_path.iterdir())
    done = run(command, tiny, "--priors", path)
    refused(done, "2 problems", "bad.toml, column sigma.scale: '-1': must be above 0", "no prior is called that")
    assert sorted(tmp_path.iterdir()) == beside


@e2e
def test_simulate_writes_a_valid_catalogue_and_the_truth(run, tiny, tmp_path):
    source, out = load(tiny), tmp_path / "made" / "x"
    done = run("simulate", "--like", tiny, "--truth", "gated", "--seed", 3, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert {p.name for p in out.iterdir()} == {*COLUMNS, "truth.json"}
    assert list(out.parent.iterdir()) == [out]
    told = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert (told["hypothesis"], told["seed"], told["like"]) == ("gated", 3, "tiny")
    assert told["like_sha256"] == source.sha256
    made = load(out)
    new = made.events[~made.events["event_id"].isin(source.events["event_id"])]
    assert set(new["sources"]) == {"simulated"}
    escalation = made.codings["construct"] == "escalation"
    assert set(made.codings.loc[escalation, "event_id"]) == set(new["event_id"])
    kept = source.codings[source.codings["construct"] != "escalation"].reset_index(drop=True)
    rest = made.codings[~escalation & (made.codings["construct"] != "none")]
    assert rest.reset_index(drop=True).equals(kept)
    assert set(map(tuple, source.readings.to_numpy())) <= set(map(tuple, made.readings.to_numpy()))


@e2e
def test_simulate_follows_its_seed(run, tiny, tmp_path):
    outs = {name: tmp_path / name for name in ("one", "same", "other")}
    for name, out in outs.items():
        seed = 4 if name == "other" else 3
        done = run("simulate", "--like", tiny, "--truth", "gated", "--seed", seed, "--out", out)
        assert done.returncode == 0, done.stderr
    one, same, other = map(contents, outs.values())
    assert one == same
    assert one["events.csv"] != other["events.csv"]
    assert one["truth.json"] != other["truth.json"]
    assert (one["sources.csv"], one["eras.csv"]) == (other["sources.csv"], other["eras.csv"])


@e2e
def test_simulate_leaves_an_existing_folder_alone(run, tiny, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.txt").write_text("keep me", encoding="utf-8")
    beside = sorted(tmp_path.iterdir())
    refused(run("simulate", "--like", tiny, "--truth", "gated", "--out", out), str(out), "choose a new folder")
    assert contents(out) == {"notes.txt": b"keep me"}
    assert sorted(tmp_path.iterdir()) == beside


@e2e
def test_simulate_of_an_unknown_truth_writes_nothing(run, tiny, tmp_path):
    beside = sorted(tmp_path.iterdir())
    done = run("simulate", "--like", tiny, "--truth", "astrology", "--out", tmp_path / "deep" / "x")
    refused(done, "--truth", "astrology", "gated")
    assert sorted(tmp_path.iterdir()) == beside


@e2e
def test_simulate_into_an_unreadable_folder(run, tiny, tmp_path):
    before = unprivileged()
    out = tmp_path / "shut"
    out.mkdir()
    with locked(out):
        done = run("simulate", "--like", tiny, "--truth", "gated", "--out", out, before=before)
    refused(done, str(out))
    assert contents(out) == {}


def test_a_simulated_catalogue_can_be_simulated_anew(tiny, edit, tmp_path):
    edit(tiny, "events.csv", with_verification)
    first, second = tmp_path / "first", tmp_path / "second"
    write(*simulate(load(tiny), "gated", 3), first)
    write(*simulate(load(first), "gated", 4), second)
    assert load(second).sides == ("AAA", "BBB")


@e2e
def test_verdict_of_a_bad_catalogue_writes_nothing(run, tiny, edit, tmp_path):
    def spoil(rows):
        rows[3][rows[0].index("date")] = "2021-02-30"

    edit(tiny, "events.csv", spoil)
    target = tmp_path / "v.json"
    refused(run("verdict", tiny, "--json", target), "events.csv, row 4, column date", "2021-02-30", "YYYY-MM-DD")
    assert not target.exists()


@e2e
def test_verdict_asks_for_the_folder_before_it_samples(run, tiny, tmp_path):
    target = tmp_path / "none" / "v.json"
    done = run("verdict", tiny, "--json", target)
    refused(done, str(target), "make it first")
    assert "sampled" not in done.stderr
    assert not target.parent.exists()


@e2e
def test_multiverse_tells_what_is_not_possible_and_writes_it(run, tiny, edit, tmp_path):
    nothing = [["snub", coder, "none", "none", 0, 0, 1] for coder in ("ann", "bob")]
    edit(tiny, "codings.csv", lambda rows: [r for r in rows if r[0] != "snub"] + nothing)
    out = tmp_path / "out"
    done = run("multiverse", tiny, "--out", out, "--runs", 3, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert "Of 28 specifications tried on tiny, 0 could be judged" in done.stdout
    assert "refitting" in done.stderr
    assert {p.name for p in out.iterdir()} == {f"multiverse.{e}" for e in ("json", "md", "csv", "png")}
    assert list((tmp_path / "reports" / tiny.name / "refits").glob("*.json"))
    assert "- lag=1: honor denied never varies over the modelled periods." in (out / "multiverse.md").read_text()


@e2e
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cluster", "elsewhere"], ["--cluster", "elsewhere", "tcp://HOST:PORT"]),
        (["--cluster", "tcp://127.0.0.1:1"], ["--cluster", "cannot be reached"]),
        (["--runs", "-1"], ["--runs"]),
    ],
)
def test_multiverse_with_bad_options_writes_nothing(run, tiny, tmp_path, options, words):
    beside = sorted(tmp_path.iterdir())
    refused(run("multiverse", tiny, "--out", tmp_path / "out", *options), *words)
    assert sorted(tmp_path.iterdir()) == beside


@e2e
@pytest.mark.parametrize("command", COMMANDS)
def test_help(run, command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert done.stderr == ""


@e2e
def test_help_of_all_names_each_command(run):
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout


def test_codebook_file_is_whole_and_alone(tmp_path):
    cli.codebook(tmp_path / "CODEBOOK.md")
    assert contents(tmp_path) == {"CODEBOOK.md": codebook().encode()}


def test_codebook_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        cli.codebook(tmp_path / "taken")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
