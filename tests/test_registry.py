import csv
import hashlib
import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from statusmodels import cli
from statusmodels.errors import InputError
from statusmodels.sources import registry

ROOT = Path(__file__).resolve().parents[1]
STAGED = Path(os.environ.get(registry.ENVIRONMENT) or ROOT.parent / "shared" / "external")
staged = pytest.mark.skipif(not STAGED.is_dir(), reason="the external data are not here")


def rows(name):
    with (ROOT / "data" / "sources" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def places(tmp_path, monkeypatch):
    """An empty folder of data and an empty cache."""
    folder, cache = tmp_path / "folder", tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv(registry.ENVIRONMENT, str(folder))
    monkeypatch.setattr(registry, "cache_folder", lambda: cache)
    return folder, cache


@pytest.fixture
def small(monkeypatch):
    """A registry of two files of the data set mie, whose contents are known."""
    content = {"mie/a.csv": b"ccode1,ccode2\n2,365\n", "mie/b – b.csv": b"year\n1962\n"}
    entries = {
        name: registry.File("mie", name, "o/r", "c" * 40, name, hashlib.sha256(data).hexdigest(), len(data))
        for name, data in content.items()
    }
    monkeypatch.setattr(registry, "files", lambda: entries)
    return content


def put(folder, name, data):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def refused(what, *arguments):
    with pytest.raises(InputError) as caught:
        what(*arguments)
    (problem,) = caught.value.problems
    return str(problem)


def test_tables_fit_each_other():
    assert [s["source"] for s in rows("sources.csv")] == sorted({f["source"] for f in rows("files.csv")})
    assert len(registry.sources()) == 47
    assert list(registry.files()) == [f["file"] for f in rows("files.csv")]
    assert sum(len(s.files) for s in registry.sources().values()) == len(rows("files.csv"))


def test_facts_are_well_formed():
    for s in registry.sources().values():
        for needed in (s.title, s.unit, s.licence, s.citation):
            assert needed == needed.strip() != "", s.source
        assert re.fullmatch(r"(10\.\d{4,}/\S+)?", s.doi), s.source
        assert re.fullmatch(r"(https?://\S+)?", s.official), s.source
        assert re.fullmatch(r"([a-z_]+(\.[a-z_]+)?(;(?=.))?)*", s.reader), s.source
    for f in registry.files().values():
        assert re.fullmatch("[0-9a-f]{64}", f.sha256), f.file
        assert re.fullmatch("[0-9a-f]{40}", f.commit), f.file
        assert f.bytes > 0


@staged
def test_terms_and_hashes_agree_with_the_list_beside_the_files():
    with (STAGED / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        listed = {row["staged_path"].removeprefix("external/"): row for row in csv.DictReader(stream)}
    for file in registry.files().values():
        row = listed[file.file]
        assert (row["sha256"], int(row["bytes"])) == (file.sha256, file.bytes)
        assert (row["source_repo"], row["commit"], row["path_in_repo"]) == (file.repository, file.commit, file.path)
        licence, terms = registry.source(file.source).licence, row["license_or_terms"]
        if re.search("no (repo|redistribution) licence", terms):
            assert "no redistribution licence is stated" in licence, file.file
        for granted in re.findall(r"CC0|CC BY(?:-SA)? 4\.0|MIT|GPL", terms):
            assert granted in licence or "CC0 (book)" in terms, file.file


@staged
@pytest.mark.parametrize("name", [f["file"] for f in rows("files.csv")])
def test_staged_files_are_the_pinned_ones(name, monkeypatch):
    monkeypatch.setenv(registry.ENVIRONMENT, str(STAGED))
    found = registry.path(name)
    assert found == STAGED / name
    assert found.stat().st_size == registry.files()[name].bytes


def test_unknown_names_are_told_with_the_nearest():
    assert "did you mean mie" in refused(registry.source, "mie1")
    assert "statusmodels data list" in refused(registry.source, "zzzzzz")
    assert "mie/mie-1.0.csv" in refused(registry.path, "mie-1.0.csv")


def test_missing_file_says_which_command_fetches_it(places, small):
    assert refused(registry.path, "mie/a.csv") == "mie/a.csv: is not here; run: statusmodels data fetch mie"


def test_missing_folder_of_data_is_as_an_empty_one(places, small, monkeypatch):
    monkeypatch.delenv(registry.ENVIRONMENT)
    assert "is not here" in refused(registry.path, "mie/a.csv")
    at = put(places[1], "mie/a.csv", small["mie/a.csv"])
    assert registry.path("mie/a.csv") == at


def test_folder_is_preferred_to_cache(places, small):
    name = "mie/b – b.csv"
    (entry,) = (f for f in registry.files().values() if f.file == name)
    assert registry.place(entry) == "no"
    cached = put(places[1], name, small[name])
    assert registry.path(name) == cached
    assert registry.place(entry) == "cache"
    own = put(places[0], name, small[name])
    assert registry.path(name) == own
    assert registry.place(entry) == "folder"


def test_wrong_file_in_the_folder_is_refused_even_if_the_cache_is_right(places, small):
    put(places[1], "mie/a.csv", small["mie/a.csv"])
    own = put(places[0], "mie/a.csv", small["mie/a.csv"].replace(b"365", b"366"))
    told = refused(registry.path, "mie/a.csv")
    assert str(own) in told
    assert "Militarized Interstate Events (1.0)" in told
    assert hashlib.sha256(small["mie/a.csv"]).hexdigest() in told
    assert "expected 20 bytes" in told
    assert "found 20 bytes, with" in told
    assert "truncated" not in told
    assert registry.place(registry.files()["mie/a.csv"]) == "wrong"


def test_truncated_file_is_called_truncated(places, small):
    put(places[0], "mie/a.csv", small["mie/a.csv"][:-7])
    assert "found 13 bytes, so it is truncated" in refused(registry.path, "mie/a.csv")


def test_a_file_is_hashed_once_until_it_changes(places, small, monkeypatch):
    at = put(places[0], "mie/a.csv", small["mie/a.csv"])
    hashed = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: hashed.append(a) or digest(*a))
    for _ in range(3):
        registry.path("mie/a.csv")
    assert len(hashed) == 1
    at.write_bytes(b"x" * 20)
    os.utime(at, ns=(1, 1))
    assert "is not the pinned file" in refused(registry.path, "mie/a.csv")
    assert len(hashed) == 2


def run(*arguments):
    return CliRunner().invoke(cli.app, ["data", *arguments])


def test_list_command(places, small):
    put(places[0], "mie/a.csv", small["mie/a.csv"])
    head, *lines = [line.split("\t") for line in run("list").output.splitlines()]
    assert head == ["source", "title", "coverage", "files", "here"]
    assert [line[0] for line in lines] == list(registry.sources())
    (mie,) = (line for line in lines if line[0] == "mie")
    assert mie == ["mie", "Militarized Interstate Events", "1816-2014", "2", "1 folder, 1 no"]
    put(places[1], "mie/b – b.csv", b"else")
    put(places[0], "mie/a.csv", b"else")
    assert next(line for line in run("list").output.splitlines() if line.startswith("mie\t")).endswith("\t2\twrong")


def test_path_command(places, small):
    expected = [str(put(places[0], name, data)) for name, data in small.items()]
    assert run("path", "mie").output.splitlines() == expected
    (places[0] / "mie/a.csv").unlink()
    done = run("path", "mie")
    assert isinstance(done.exception, InputError)
    assert done.output == ""


def test_cite_command():
    text = run("cite", "mip", "cow-mid").output
    assert "Kushi, Sidita, and Monica Duffy Toft (2023)" in text
    assert "doi: 10.1177/00220027221117546" in text
    assert "https://github.com/jwokime/us-interventions at 9ba1bf462bee9d33f93f6471e10210c2780c7bfe" in text
    assert "without written permission" in text
    # the files of cow-mid are of two repositories
    assert text.count("fetched from:") == 3


def test_cite_command_as_bibtex():
    text = run("cite", "gml-mid", "--bibtex").output
    assert text.startswith("@misc{gml-mid,\n  title = {{Gibler")
    assert "  doi = {10.1093/isq/sqw045},\n" in text
    assert text.count("{") == text.count("}")
    for key in registry.sources():
        assert re.search(r"(?<!\\)[&%$#_]", re.sub(r"(doi|url) = .*", "", run("cite", key, "--bibtex").output)) is None


@pytest.mark.parametrize("command", [["fetch"], ["path"], ["cite"]])
def test_unknown_data_set_exits_with_bad_input(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["statusmodels", "data", *command, "gml-midd"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == cli.BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert "gml-midd: is no data set of the registry; did you mean gml-mid" in err


@pytest.mark.parametrize("command", [["fetch"], ["fetch", "mie", "--all"]])
def test_fetch_command_needs_keys_or_all(command):
    assert isinstance(run(*command).exception, InputError)


@pytest.fixture(scope="module")
def source_pages():
    spec = importlib.util.spec_from_file_location("source_pages", ROOT / "docs" / "source_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_pages_are_what_the_script_writes(source_pages):
    made = source_pages.pages()
    assert {p.name for p in source_pages.FOLDER.iterdir()} == set(made)
    stale = [n for n, text in made.items() if (source_pages.FOLDER / n).read_text(encoding="utf-8") != text]
    assert stale == [], "run: make sources"


def test_pages_hold_what_a_reader_needs(source_pages):
    page = source_pages.pages()["kdg.md"]
    for needed in ("10.1177/0022343306063935", "ac24364742127c35", "69,047", "`rivalries.kdg`", "`start_precision`"):
        assert needed in page


def test_pages_cope_with_readers_that_do_not_exist(source_pages):
    from dataclasses import replace

    page = source_pages.page(replace(registry.source("kdg"), reader="nowhere.at_all; rivalries.nothing"))
    assert "Files" in page
    assert "nowhere" not in page
    assert "sources.rivalries" not in page


def test_docstrings_become_markdown(source_pages):
    docstring = "Head.\n\nReturns\n-------\nDataFrame\n    One row.\n\n    - ``a``: see :func:`b`\n\nExamples\n--------\n>>> 1\n1"
    assert source_pages.markdown(docstring) == (
        "Head.\n\n**Returns**\n\n`DataFrame`\n\nOne row.\n\n- `a`: see `b`\n\n**Examples**\n\n```python\n>>> 1\n1\n```"
    )
