import csv
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from statusmodels.events.catalogue import load
from statusmodels.inference.diagnostics import MIN_ESS
from statusmodels.inference.sampling import Sampler
from statusmodels.models.priors import Prior, Priors
from statusmodels.report import page
from statusmodels.report.analysis import analyse, verdict_record
from statusmodels.report.figures import FIGURES

pytestmark = [pytest.mark.e2e, pytest.mark.sampling]
QUICK = Sampler(draws=60, tune=120, chains=2)


def report(*arguments):
    command = [sys.executable, "-m", "statusmodels.cli", "report", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "us-russia"
    done = report("us-russia", "--out", out)
    assert done.returncode in (0, 1), done.stderr
    return out, done


def test_embedded_report_passes_the_gate(embedded):
    out, done = embedded
    record = json.loads((out / "verdict.json").read_text())
    assert done.returncode == 0, record["gate_failed"]
    assert record["gate_passed"] is True
    with (out / "tables" / "diagnostics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len({row["hypothesis"] for row in rows}) == 7
    assert all(row["passed"] == "True" for row in rows)
    assert min(float(row["value"]) for row in rows if "ESS" in row["check"]) >= MIN_ESS


def test_page_is_whole_and_needs_no_network(embedded):
    out, _ = embedded
    html = (out / "index.html").read_text(encoding="utf-8")
    assert html.rstrip().endswith("</html>")
    assert not re.search(r'(src|href)="(https?:)?//', html)
    assert html.count("data:image/svg+xml") == len(FIGURES)
    assert json.loads((out / "verdict.json").read_text())["verdict"] in html
    for name in FIGURES:
        assert (out / "figures" / f"{name}.svg").stat().st_size > 1000
        assert (out / "figures" / f"{name}.png").stat().st_size > 1000
    assert not list(out.glob(".writing-*"))


def test_committed_example_has_the_same_verdict_and_data(embedded):
    out, _ = embedded
    fresh = json.loads((out / "verdict.json").read_text())
    from pathlib import Path

    kept = json.loads((Path(__file__).parents[1] / "reports" / "us-russia" / "verdict.json").read_text())
    assert kept["catalogue"]["sha256"] == fresh["catalogue"]["sha256"]
    assert kept["verdict"] == fresh["verdict"]


def test_second_run_reuses_and_says_so(embedded):
    out, _ = embedded
    before = (out / "verdict.json").read_bytes()
    again = report("us-russia", "--out", out)
    assert again.returncode == 0
    assert "Nothing that matters has changed" in again.stderr
    assert (out / "verdict.json").read_bytes() == before
    (out / "figures" / "effects.png").unlink()
    mended = report("us-russia", "--out", out)
    assert mended.returncode == 0
    assert mended.stderr.count("stored fit reused") == 7
    assert (out / "figures" / "effects.png").is_file()


def test_same_seed_same_verdict_but_for_times(tiny):
    records = [verdict_record(analyse(load(tiny), sampler=QUICK)) for _ in range(2)]
    for record in records:
        record.pop("written")
    assert records[0] == records[1]


def test_failed_gate_is_told_everywhere(tiny, tmp_path):
    told = []
    passed = page.write_report(load(tiny), tmp_path / "out", sampler=QUICK, tell=told.append)
    record = json.loads((tmp_path / "out" / "verdict.json").read_text())
    assert passed is False
    assert record["gate_failed"]
    html = (tmp_path / "out" / "index.html").read_text()
    assert "The diagnostics gate failed" in html
    assert "THE DIAGNOSTICS GATE FAILED" in html


def test_titles_are_escaped(tiny, tmp_path, edit):
    folder = tiny

    def rename(rows):
        column = rows[0].index("era")
        for row in rows[1:]:
            row[column] = f"<script>{row[column]}</script>"
        return rows

    edit(folder, "eras.csv", rename)
    page.write_report(load(folder), tmp_path / "out", sampler=QUICK, tell=lambda _: None)
    assert "<script>" not in (tmp_path / "out" / "index.html").read_text()


def test_changed_data_are_fitted_again(tiny, tmp_path, edit):
    folder = tiny
    told = []
    analyse(load(folder), tmp_path, sampler=QUICK, tell=lambda name, reused: told.append(reused))
    analyse(load(folder), tmp_path, sampler=QUICK, tell=lambda name, reused: told.append(reused))

    def worsen(rows):
        construct, severity = rows[0].index("construct"), rows[0].index("severity")
        for row in rows[1:]:
            if row[construct] == "threat":
                row[severity] = "5" if row[severity] != "5" else "1"
        return rows

    edit(folder, "codings.csv", worsen)
    analyse(load(folder), tmp_path, sampler=QUICK, tell=lambda name, reused: told.append(reused))
    assert told == [False] * 7 + [True] * 7 + [False] * 7


def test_replaced_priors_are_fitted_anew_and_told(tiny, tmp_path):
    told = []
    given = Priors({"sigma": Prior("halfnormal", 0, 0.3, "a <calmer> rivalry")})
    for priors in (None, given):
        page.write_report(load(tiny), tmp_path / "out", priors, QUICK, told.append)
    assert sum(line.endswith(": sampled") for line in told) == 14
    record = json.loads((tmp_path / "out" / "verdict.json").read_text())
    assert record["replaced_priors"] == {"sigma": "a <calmer> rivalry"}
    assert record["priors"]["sigma"] == ["halfnormal", 0, 0.3]
    html = (tmp_path / "out" / "index.html").read_text()
    assert "Priors replaced: sigma HalfNormal(0.3) (a &lt;calmer&gt; rivalry)." in html
    assert "--priors FILE" in html
    with (tmp_path / "out" / "tables" / "priors.csv").open() as file:
        rows = {row["quantity"]: row for row in csv.DictReader(file)}
    assert rows["sigma"]["prior"] == "HalfNormal(0.3)"


def test_draws_are_finite(tiny):
    analysis = analyse(load(tiny), sampler=QUICK)
    for tree in analysis.fits.values():
        assert all(np.isfinite(v.to_numpy()).all() for v in tree["posterior"].data_vars.values())
