"""The benchmark's own arithmetic; its measurements are `make benchmark`."""

import copy
import json
import pickle
import re
import time

import benchmark
import benchmark_page
import jobs
import mixing
import numpy as np
import pytest
import targets
import xarray as xr
from conftest import BENCHMARKS
from exchange import arrays_of, as_file
from machine import machine
from small import random_design

from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.parameters import BLOCKS, constrain, drawn_from_prior, sizes, starts
from statusmodels.models.priors import Priors


def blocks(design, draws=8):
    x = drawn_from_prior(design, Priors(), 2 * draws, np.random.default_rng(1)).reshape(2, draws, -1)
    places = zip(sizes(design).items(), starts(design)[:-1], strict=True)
    return {name: x[..., at : at + n] for (name, n), at in places}


def stem(name):
    return re.sub(r"\[.*|_(all|log|logit|factor)$", "", name)


def test_structural_quantities_are_those_of_the_stan_script():
    found = mixing.structural(blocks(random_design(1, dyads=10, periods=4)))
    body = re.search(r"structural <- function.*?\n}", (BENCHMARKS / "crosscheck" / "dynamic.R").read_text(), re.DOTALL)[
        0
    ]
    theirs = {stem(name) for name in re.findall(r'"(\w+)"', body)}
    assert {stem(re.sub(r"\[.*", "", name)) for name in found} == theirs
    assert theirs == {b for b in BLOCKS if b != "path" and not b.endswith("_offset") and not b.startswith("external")}


def test_structural_quantities_of_a_small_panel():
    design = random_design(1, dyads=2, periods=4)
    given = blocks(design)
    found = mixing.structural(given)
    assert len([name for name in found if name.startswith("effect[")]) == 10  # those held at zero too, as in Stan
    assert not [name for name in found if name.startswith("correlation")]
    assert len(found) == sum(n for name, n in sizes(design).items() if name != "path" and not name.endswith("_offset"))
    np.testing.assert_array_equal(found["sigma"], np.abs(given["sigma"][..., 0]))
    np.testing.assert_array_equal(found["era_effect_spread[2]"], np.abs(given["era_effect_spread"][..., 1]))
    np.testing.assert_array_equal(found["cut_gap[4]"], given["cut_gap"][..., 3])


def test_correlations_count_as_entries_of_the_cholesky_factor():
    design = random_design(1, dyads=10, periods=4)
    given = blocks(design)
    found = {k: v for k, v in mixing.structural(given).items() if k.startswith("correlation")}
    assert len(found) == 9  # ten in a lower triangle, one of them always 1
    flat = np.concatenate(list(given.values()), axis=-1)
    correlation = constrain(flat, design, np.ones(10))["correlation"].to_numpy()
    row = [found[f"correlation_factor[3,{j}]"] for j in (1, 2, 3)]
    np.testing.assert_allclose(sum(x**2 for x in row), 1)
    np.testing.assert_allclose(row[0], correlation[..., 2, 0])
    assert (row[2] > 0).all()
    second = [found[f"correlation_factor[2,{j}]"] for j in (1, 2)]
    np.testing.assert_allclose(row[0] * second[0] + row[1] * second[1], correlation[..., 2, 1])


def test_structural_quantities_of_the_static_model():
    design = random_design(1, dyads=10, periods=4, half_lives=1, categories=1)
    x = drawn_from_prior(design, Priors(), 16, np.random.default_rng(2)).reshape(2, 8, -1)
    posterior = constrain(x, design, HYPOTHESES["additive"].mask())
    found = mixing.structural_of_static(posterior)
    script = (BENCHMARKS / "crosscheck" / "static.R").read_text()
    pattern = re.compile(re.search(r'structural <- function\(name\) grepl\("(.*)", name\)', script)[1])
    assert all(pattern.match(name) for name in found)
    assert {re.sub(r"\[.*", "", name) for name in found} == {
        "effect", "history", "cutpoint", "base_spread", "effect_spread", "era_spread", "era_effect_spread", "correlation"
    }  # fmt: skip
    count = {name: sum(k.startswith(f"{name}[") for k in found) for name in ("effect", "correlation", "cutpoint")}
    assert count == {"effect": 6, "correlation": 6, "cutpoint": 5}


def test_smallest_ess_is_that_of_the_worst_mixing_quantity():
    rng = np.random.default_rng(3)
    slow = np.empty((4, 500))
    slow[:, 0] = rng.standard_normal(4)
    for t in range(1, 500):
        slow[:, t] = 0.9 * slow[:, t - 1] + np.sqrt(1 - 0.81) * rng.standard_normal(4)
    found = mixing.smallest({"fast": rng.standard_normal((4, 500)), "slow": slow})
    assert found["ess_of"] == "slow"
    assert 40 < found["ess"] < 250  # 2000 (1 - 0.9) / (1 + 0.9) is 105
    # a monotone transformation changes no rank, so it does not matter on which scale a positive quantity counts
    assert mixing.smallest({"slow": np.exp(slow)})["ess"] == pytest.approx(found["ess"])


def test_a_quantity_that_never_moves_has_no_ess_to_boast_of():
    rng = np.random.default_rng(4)
    assert (
        mixing.smallest({"fine": rng.standard_normal((2, 100)), "stuck": np.full((2, 100), np.nan)})["ess_of"]
        == "stuck"
    )


def test_linear_cost_has_exponent_one():
    rows = [{"observations": n, "microseconds": 5 + 0.05 * n} for n in (6000, 18000, 60000)]
    found = jobs.linear(rows)
    assert found["nanoseconds_per_observation"] == pytest.approx(50)
    assert found["intercept_microseconds"] == pytest.approx(5)
    assert found["exponent"] == pytest.approx(1, abs=0.01)
    square = [{"observations": n, "microseconds": 1e-6 * n**2} for n in (6000, 18000, 60000)]
    assert jobs.linear(square)["exponent"] == pytest.approx(2)


def fit(ess, sample, all_in, **more):
    settings = {"chains": 4, "draws": 10, "tune": 10, "target_accept": 0.8}
    times = {"sample_seconds": sample, "all_in_seconds": all_in, "import_seconds": 1.0, "pilot_seconds": 0.1}
    return {
        "ess": ess,
        "ess_of": "sigma",
        "rhat": 1.0,
        "divergences": 0,
        "quantities": 3,
        "steps": 9,
        **times,
        **settings,
        **more,
    }


def pair(paired=True, speed=1.0):
    """Ours at 1,000 and 2,000 ESS/s sampling and 500 all in, the peer's at 30 and 10."""
    ours = [fit(1000 * speed, 1.0, 2.0), fit(1000 * speed, 0.5, 2.0)]
    return {"ours": ours, "theirs": fit(300, 10, 30, compile_seconds=20.0), "paired": paired}


@pytest.fixture
def measured():
    """Everything measured, and every target met."""
    h = {"sample_seconds": 30.0, "pilot_seconds": 2.0, "ess": 150.0, "ess_of": "rho", "rhat": 1.01, "divergences": 0}
    seven = {
        "all_in_seconds": 20.0, "ready_seconds": 2.0, "diagnosis_seconds": 3.0, "sampler": fit(0, 0, 0),
        "hypotheses": {"baseline": {"seconds": 2.0, "passed": True, "sampled_again": False,
                                    "checks": {"bulk ESS": 500.0, "R-hat": 1.001}}},
    }  # fmt: skip
    refit = {"refits": [{**h, "sample_seconds": s, "ess": 420.0} for s in (0.7, 0.8, 1.4)], **fit(0, 0, 0)}
    large = {"all_in_seconds": 600.0, "peak_gib": 2.0, "hypotheses": {"baseline": h}, **fit(0, 0, 600.0)}
    rows = [{"observations": n, "microseconds": 0.05 * n, "times": 9} for n in (6000, 60000)]
    gradient = {"rows": rows, "nanoseconds_per_observation": 50.0, "intercept_microseconds": 0.0, "exponent": 1.0,
                "largest_relative_residual": 0.0}  # fmt: skip
    return {
        "dynamic-S": pair(), "plain": fit(800, 10, 20.0), "dynamic-M": pair(), "static-S": pair(), "static-M": pair(),
        "seven-warm": {**seven, "all_in_seconds": 29.0}, "seven-first": {**seven, "all_in_seconds": 59.0},
        "refit-S": refit, "refit-monthly": refit, "large": large, "gradient": gradient,
    }  # fmt: skip


def by_name(rows, *parts):
    (row,) = [r for r in rows if all(part in r["name"] for part in parts)]
    return row


def test_every_target_met(measured):
    rows = targets.targets(measured)
    assert [r["name"] for r in rows if r["met"] != "yes"] == []
    assert len(rows) == 15
    # (1000 / 1 + 1000 / 0.5) / 2 over 300 / 10, and 1000 / 2 over 300 / 30
    assert by_name(rows, "dynamic model, 2 x 160", "sampling alone")["measured"] == pytest.approx(50)
    assert by_name(rows, "dynamic model, 2 x 160", "all in")["measured"] == pytest.approx(50)
    assert by_name(rows, "plain pm.Model")["measured"] == pytest.approx(4)
    assert by_name(rows, "refit", "2 x 160")["measured"] == pytest.approx(0.8)
    assert by_name(rows, "1,000 x 60", "hypotheses")["measured"] == pytest.approx(10)


def test_a_miss_is_told(measured):
    measured["seven-warm"]["all_in_seconds"] = 31.0
    measured["dynamic-M"] = pair(speed=0.1)
    rows = targets.targets(measured)
    assert by_name(rows, "seven", "warm")["met"] == "no"
    assert by_name(rows, "40 x 120", "Stan")["met"] == "no"
    assert sum(r["met"] == "yes" for r in rows) == 13


def test_a_fast_refit_with_too_few_effective_draws_is_a_miss(measured):
    measured["refit-S"] = copy.deepcopy(measured["refit-S"])
    measured["refit-S"]["refits"][1]["ess"] = 399.0
    row = by_name(targets.targets(measured), "refit", "2 x 160")
    assert row["measured"] < row["limit"]
    assert row["met"] == "no"


def test_what_is_not_a_number_is_a_miss(measured):
    measured["gradient"]["exponent"] = float("nan")
    assert by_name(targets.targets(measured), "gradient")["met"] == "no"


def test_what_was_not_measured_is_not_met(measured):
    del measured["large"]
    measured["static-M"]["theirs"] = None
    rows = targets.targets(measured)
    assert {r["name"] for r in rows if r["met"] == "not measured"} == {
        "all seven hypotheses, 1,000 x 60",
        "memory, 1,000 x 60",
        "static model, 40 x 120: ESS/s against brms, sampling alone",
        "static model, 40 x 120: ESS/s against brms, all in",
    }
    assert all(r["met"] == "not measured" for r in targets.targets({}))


def test_a_peer_of_another_run_is_shown_and_not_counted(measured):
    measured["static-S"] = pair(paired=False)
    rows = [r for r in targets.targets(measured) if "static model, 2 x 160" in r["name"]]
    assert [r["met"] for r in rows] == ["not paired", "not paired"]
    assert rows[0]["measured"] == pytest.approx(50)


def test_without_a_peer_its_kept_result_stands_in():
    kept = {"theirs": {"ess": 1}}
    assert benchmark.between(lambda seed: {"seed": seed}, None, kept) == {
        "ours": [{"seed": benchmark.SEED}, {"seed": benchmark.SEED + 1}], "theirs": {"ess": 1}, "paired": False
    }  # fmt: skip
    assert benchmark.between(lambda seed: {}, None, None)["theirs"] is None
    assert benchmark.between(lambda seed: {}, lambda: {"ess": 2}, kept)["theirs"] == {"ess": 2}


def test_the_page_shows_misses_plainly(measured, tmp_path):
    measured["seven-warm"]["all_in_seconds"] = 31.0
    del measured["static-M"]
    rows = targets.targets(measured)
    record = {
        "passed": False, "targets": rows, "measurements": measured, "load_at_start": {"large": (1.5, 1, 1), "plain": (0, 0, 0)},
        "busy_at_start": {"large": 1.2, "plain": 0.1}, "trial": False,
        "dates": {"large": "2026-01-01", "plain": "2026-01-01"}, "machine": machine(), "code_sha256": "c" * 64,
        "data_sha256": "d" * 64, "date": "2026-01-01",
    }  # fmt: skip
    page = benchmark_page.page(json.loads(json.dumps(record)))
    assert "**Not passed**: 12 of 15 are met. Missed: all seven hypotheses, monthly panel, with a warm cache." in page
    assert "Not measured: static model, 40 x 120" in page
    assert "| all seven hypotheses, monthly panel, with a warm cache | 31 s | at most 30 s | **no** |" in page
    assert "**The machine was not idle** at the start of large:" in page
    benchmark_page.figure(rows, tmp_path / "benchmark.png")
    assert (tmp_path / "benchmark.png").stat().st_size > 0
    benchmark_page.figure([], tmp_path / "nothing.png")


def test_synthetic_panel_survives_the_file_that_stan_reads():
    made = benchmark.hierarchical_panel(5, 30)
    assert made.shape == (10, 30)
    assert len(made.rivalries) == 5
    assert set(np.unique(made.level)) <= set(range(6))
    assert (made.extra[made.level == 0] == 0).all()
    assert made.level.max() >= 3
    again = benchmark.hierarchical_panel(5, 30)
    np.testing.assert_array_equal(made.level, again.level)
    back = arrays_of(json.loads(json.dumps(as_file({ENCOMPASSING: made}))), ENCOMPASSING)
    for name in ("memory", "threat", "history"):
        np.testing.assert_allclose(getattr(back, name), getattr(made, name), atol=1e-6)
    for name in ("level", "extra", "weight", "era", "rivalry", "mirror"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))
    assert sizes(back) == sizes(made)


def test_draws_are_watched_and_sampling_is_left_as_it_was(monkeypatch):
    from statusmodels.inference import sampling

    monkeypatch.setattr(sampling, "constrain", lambda x, *given: xr.Dataset({"x": (("chain", "draw"), x)}))
    before = sampling.pilot, sampling.constrain
    with jobs.watched() as seen:
        sampling.constrain(np.ones((2, 3)), None, None)
    assert seen["x"].shape == (2, 3)
    assert (sampling.pilot, sampling.constrain) == before


@pytest.fixture
def wired(monkeypatch, measured):
    """The script with children and peers that only take note of their task, and answer as if all had been measured."""
    answers = {
        "fit": fit(1000, 1.0, 2.0), "plain": measured["plain"], "seven": measured["seven-warm"], "refit": measured["refit-S"],
        "large": measured["large"], "gradient": measured["gradient"],
    }  # fmt: skip
    seen = []

    def child(job, empty_caches=False, **task):
        seen.append((job, empty_caches, pickle.loads(pickle.dumps(task))))  # noqa: S301
        return answers[job]

    monkeypatch.setattr(benchmark, "child", child)
    for name, theirs in (("stan", pair()["theirs"]), ("brms", pair()["theirs"])):
        monkeypatch.setattr(benchmark, name, lambda *given, name=name, theirs=theirs: seen.append((name,)) or theirs)
    monkeypatch.setattr(benchmark, "peer_is_there", lambda *packages: True)
    monkeypatch.setattr(benchmark, "busy_cores", lambda: 0.0)
    monkeypatch.setattr(benchmark.os, "sched_setaffinity", lambda *given: None, raising=False)
    return seen


def test_a_run_measures_all_steps_once_and_goes_on_where_it_stopped(wired, tmp_path):
    record = benchmark.run(list(benchmark.STEPS), benchmark.TINY, tmp_path, "benchmark-tiny")
    jobs = [task[0] for task in wired]
    assert jobs[0] == "fit"  # fills caches
    around = ["fit", "stan", "fit"]
    assert jobs[1:8] == [*around, "plain", *around]
    assert jobs[8:] == [
        "seven",
        "seven",
        "refit",
        "refit",
        "large",
        "gradient",
        "fit",
        "brms",
        "fit",
        "fit",
        "brms",
        "fit",
    ]
    assert [task[1] for task in wired if task[0] in ("plain", "seven")] == [True, False, True]
    outcomes = [task[2]["outcomes"] for task in wired if task[0] == "refit"]
    assert [len(o) for o in outcomes] == [3, 3]  # one to warm up
    assert (outcomes[0][0].level != outcomes[0][1].level).any()
    assert all(r["met"] in ("yes", "no") for r in record["targets"])
    assert not record["passed"]  # tiny runs never pass
    assert {p.suffix for p in tmp_path.iterdir()} == {".json", ".md", ".png", ".jsonl"}
    wired.clear()
    again = benchmark.run(["seven", "static"], benchmark.TINY, tmp_path, "benchmark-tiny")
    assert not wired
    assert again["measurements"] == record["measurements"]


def test_a_run_without_r_keeps_the_last_peer_unpaired(wired, tmp_path, monkeypatch):
    benchmark.run(["dynamic-S"], benchmark.TINY, tmp_path, "benchmark-tiny")
    for log in tmp_path.glob(".*.jsonl"):
        log.unlink()
    monkeypatch.setattr(benchmark, "peer_is_there", lambda *packages: False)
    record = benchmark.run(["dynamic-S"], benchmark.TINY, tmp_path, "benchmark-tiny")
    assert record["measurements"]["dynamic-S"]["theirs"] == json.loads(json.dumps(pair()["theirs"]))
    assert by_name(record["targets"], "dynamic model, 2 x 160", "all in")["met"] == "not paired"
    assert by_name(record["targets"], "40 x 120", "Stan")["met"] == "not measured"


@pytest.mark.sampling
def test_jobs_tell_what_the_page_needs():
    few, hypothesis = {"draws": 12, "tune": 12, "chains": 2, "target_accept": 0.8}, HYPOTHESES[ENCOMPASSING]
    panels = [random_design(s, dyads=2, periods=10) for s in (1, 2)]
    now = time.time()
    one = jobs.job_fit({"arrays": panels[0], "hypothesis": hypothesis, "settings": few, "seed": 1}, now)
    assert 0 < one["pilot_seconds"] < one["sample_seconds"] < one["all_in_seconds"]
    assert one["quantities"] > 40
    refits = jobs.job_refit({"outcomes": panels, "hypothesis": hypothesis, "settings": few}, now)
    large = jobs.job_large({"arrays": panels[0], "settings": few}, now)
    assert list(large["hypotheses"]) == list(HYPOTHESES)
    assert large["peak_gib"] > 0
    bigger = random_design(3, dyads=6, periods=40)
    cost = jobs.job_gradient({"panels": [*panels[:1], bigger], "hypothesis": hypothesis, "seconds": 0.05}, now)
    assert [r["observations"] for r in cost["rows"]] == [18, 234]
    m = {"dynamic-S": {"ours": [one, one], "theirs": None, "paired": False}}
    for name, part in {"refit-S": refits, "large": large, "gradient": cost}.items():
        assert benchmark_page.PARTS[name][1](json.loads(json.dumps(part)))
    assert len(benchmark_page.fits_table(m)) == 5
