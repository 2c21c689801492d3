"""`statusmodels calibrate` and `check` on a small catalogue, from end to end; interrupted and resumed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import catalogue, some_acts

from statusmodels.claims import operating
from statusmodels.criticism import calibrated
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.report import calibration, checking
from statusmodels.report.check_page import sentences

pytestmark = [pytest.mark.e2e, pytest.mark.sampling]


@pytest.fixture(scope="module")
def small():
    acts = some_acts(("A", "B"), "2001-01-01", "2004-12-31", 120)
    made = catalogue(acts, [("2001-01-01", "2002-12-31"), ("2003-01-01", "2004-12-31")])
    return replace(made, events=made.events.assign(title=made.events["event_id"]))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(autouse=True)
def quick(monkeypatch, in_this_process):
    brief = Sampler(draws=40, tune=60, chains=2, target_accept=0.7)
    monkeypatch.setattr(calibrated, "BRIEF", replace(brief, chains=1))
    monkeypatch.setattr(calibrated, "INNER", 2)
    for module in (calibration, checking):
        monkeypatch.setattr(module, "QUICK", brief)
        monkeypatch.setattr(
            module, "fit_all", lambda *a, _real=module.fit_all, **k: _real(*a, **k, sampler=replace(brief, draws=100))
        )


def test_calibration_tells_of_every_hypothesis_and_does_not_pass_on_few_runs(small, store, tmp_path):
    found = calibration.calibrate(small, tmp_path, store, Place(store, workers=1), runs=1, design_runs=0)
    table = pd.DataFrame(found["table"])
    assert len(table) == 7 + 3
    assert (table["runs"] == 1).all()
    assert (table[list(calibration.WORDS)].sum(axis=1) == 1).all()
    assert found["passed"] is False
    page = (tmp_path / "calibrate.md").read_text(encoding="utf-8")
    assert "Not passed" in page
    assert (tmp_path / "calibrate.png").stat().st_size > 1000
    again = calibration.calibrate(small, tmp_path / "again", store, Place(store, workers=1), runs=1, design_runs=0)
    assert again["table"] == found["table"]


def test_what_it_would_take_tells_the_power_at_every_size_and_nothing_without_a_design_analysis():
    numbers = dict.fromkeys(("true_e1", "true_e2", "true_e3_latent", "e1_sd", "e2_sd", "rate"), 0.5) | {"rhat": 1.0}

    def cell(truth, factor, rivalries, words):
        told = {"truth": truth, "factor": factor, "rivalries": rivalries, "stretch": 1}
        return [{**told, "word": word, **numbers} for word in words]

    fitted = cell("gated", "fitted", 1, ["undecided"] * 4)
    assert calibration.what_it_would_take(operating.confusion(pd.DataFrame(fitted))) == ""
    rows = fitted + cell("gated", 0.5, 1, ["undecided"] * 3 + ["supported"]) + cell("gated", 0.5, 3, ["supported"] * 4)
    rows += cell("additive", 0.5, 3, ["undecided"] * 4)
    said = calibration.what_it_would_take(operating.confusion(pd.DataFrame(rows)))
    assert "effects 0.5 times the documented ones, on this panel: gated 25 %" in said
    assert "effects 0.5 times the documented ones, with 3 such rivalries: gated 100 %" in said
    assert "additive" not in said


def test_checks_are_told_with_their_calibration(small, store, tmp_path):
    found = checking.check_catalogue(small, tmp_path, store, lambda stage: Place(store, workers=1), runs=2)
    reproduced = pd.DataFrame(found["reproduced"])
    assert set(reproduced["hypothesis"]) == set(calibrated.HYPOTHESES)
    known = reproduced.dropna(subset=["p_calibrated"])
    # with n simulations a calibrated p-value is one of 1 / (n + 1), ..., 1
    steps = known["p_calibrated"] * (known["simulations"] + 1)
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)
    tested = pd.DataFrame(found["uniform"])
    assert set(zip(tested["hypothesis"], tested["truths"], strict=True)) == {
        (h, t) for h in checking.CLAIM for t in (calibrated.FITTED, calibrated.DOCUMENTED)
    }
    assert found["passed"] is False
    assert json.loads((tmp_path / "check.json").read_text())["runs"] == 2
    page = (tmp_path / "check.md").read_text(encoding="utf-8")
    assert all(sentence in page for sentence in sentences(found))
    for name in ("uniform", "rootogram", "reliability"):
        assert (tmp_path / f"check_{name}.png").stat().st_size > 1000


def test_a_killed_calibration_goes_on_where_it_was_and_ends_the_same(tiny, tmp_path):
    def command(folder):
        brief = ["--runs", "1", "--design-runs", "0", "--workers", "1", "--out", str(folder / "out")]
        return [sys.executable, "-m", "statusmodels.cli", "calibrate", str(tiny), *brief]

    folders = [tmp_path / name for name in ("whole", "killed")]
    for folder in folders:
        folder.mkdir()
    subprocess.run(command(folders[0]), cwd=folders[0], check=True, capture_output=True, timeout=600)
    with subprocess.Popen(
        command(folders[1]), cwd=folders[1], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as run:
        until = time.monotonic() + 600
        while not list(folders[1].glob("reports/*/refits/*.json")) and time.monotonic() < until:
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
    stored = {p: p.stat().st_mtime_ns for p in folders[1].glob("reports/*/refits/*.json")}
    assert stored
    subprocess.run(command(folders[1]), cwd=folders[1], check=True, capture_output=True, timeout=600)
    assert all(p.stat().st_mtime_ns == t for p, t in stored.items())
    one, other = (pd.read_csv(f / "out" / "calibrate.csv", dtype=str) for f in folders)
    pd.testing.assert_frame_equal(one, other)
