"""Every published figure is counted again; a difference must say why."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "published_figures.py"
spec = importlib.util.spec_from_file_location("published_figures", SCRIPT)
published = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = published  # dataclasses look their module up
spec.loader.exec_module(published)

FIGURES = published.figures()


def figure(value, note=""):
    return published.Figure("source", "a|b", 2, "somebody", lambda: value, note)


@pytest.mark.parametrize("wanted", FIGURES, ids=lambda f: f"{f.source}: {f.quantity}")
def test_figure(wanted):
    (done,) = published.check([wanted])
    # a note where nothing differs would explain what is no longer so
    assert done.agrees != bool(wanted.note), f"{done.computed} and {wanted.published}"


def test_both_lists_are_collected():
    sources = {f.source for f in FIGURES}
    assert {"tss", "cow-mid"} <= sources
    assert len({(f.source, f.quantity, f.published) for f in FIGURES}) == len(FIGURES)


def test_the_committed_page_is_of_these_figures():
    rows = (SCRIPT.parent / "published-figures.md").read_text(encoding="utf-8").splitlines()
    told = [row.split(" | ") for row in rows if row.startswith("| ") and not row.startswith(("| source", "| ---"))]
    assert [(cells[0].removeprefix("| "), cells[1], cells[2]) for cells in told] == [
        (f.source, f.quantity, f"{f.published:,.10g}") for f in FIGURES
    ]


@pytest.mark.parametrize(("made", "status"), [(figure(2), 0), (figure(3), 1), (figure(3, "because"), 0)])
def test_a_difference_without_a_reason_fails(tmp_path, monkeypatch, capsys, made, status):
    monkeypatch.setattr(published, "figures", lambda: [made])
    out = tmp_path / "page.md"
    assert published.main(["--out", str(out)]) == status
    assert bool(capsys.readouterr().out) == bool(status)
    row = out.read_text(encoding="utf-8").splitlines()[-1]
    assert row.startswith(r"| source | a\|b | 2 | ")
    assert ("| yes |" in row) == (made.compute() == 2)
