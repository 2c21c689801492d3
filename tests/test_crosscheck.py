"""The models against the committed results of independent implementations (benchmarks/crosscheck)."""

import json

import agreement
import dynamic
import numpy as np
import pytest
import static
from exchange import arrays_of
from small import prior_draw

from statusmodels.inference.sampling import Sampler
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.parameters import constrain

HAVE = {files: json.loads(files.stan.read_text()) for files in dynamic.PANELS if files.stan.exists()}
OF_STAN = [(files, name) for files, stan in HAVE.items() for name in stan["hypotheses"]]
STATIC, BRMS = json.loads(static.DATA.read_text()), json.loads(static.BRMS.read_text())
SHORT = Sampler(draws=4000, tune=600, chains=4, target_accept=0.9, seed=20260103)


def label(given):
    return given.data.stem if isinstance(given, dynamic.Files) else given


@pytest.mark.parametrize("files", HAVE, ids=label)
def test_stan_ran_on_these_data_and_this_program(files):
    agreement.unchanged(HAVE[files], data=files.data, program=dynamic.PROGRAM)


def test_brms_ran_on_these_data():
    agreement.unchanged(BRMS, data=static.DATA)


@pytest.mark.parametrize(("files", "name"), OF_STAN, ids=label)
def test_stan_itself_converged(files, name):
    found = HAVE[files]["hypotheses"][name]
    assert found["divergences"] <= 5
    assert max(q["rhat"] for q in found["quantities"].values()) <= 1.01
    assert min(q["ess"] for q in found["quantities"].values()) >= 1000


@pytest.mark.parametrize("name", [n for n, v in BRMS["sizes"].items() if "agreement" in v])
def test_brms_itself_converged(name):
    found = BRMS["sizes"][name]["agreement"]
    assert found["divergences"] / (found["chains"] * found["draws"]) < 1e-3
    assert max(q["rhat"] for q in found["quantities"].values()) <= 1.01


@pytest.mark.parametrize(
    ("files", "made"), [(dynamic.TWO, dynamic.prepare_two), (dynamic.TWELVE, dynamic.prepare_twelve)], ids=label
)
def test_the_committed_data_are_those_that_are_made(files, made):
    assert json.loads(files.data.read_text()) == json.loads(json.dumps(made()))


def test_the_twelve_dyads_have_every_level_of_the_hierarchy():
    design = arrays_of(json.loads(dynamic.TWELVE.data.read_text()), "honor-plus-injury")
    assert design.shape == (12, 60)
    assert len(design.rivalries) == 6
    assert design.eras == 2
    assert (np.bincount(design.level.ravel(), minlength=6) >= 10).all()
    assert (design.mirror == np.arange(12) ^ 1).all()


def test_quantities_of_twelve_dyads_have_the_names_of_stans():
    """Prior draws in place of both posteriors: every one of our names is found under Stan's, and of single dyads those of three."""
    design = arrays_of(json.loads(dynamic.TWELVE.data.read_text()), "honor-plus-injury")
    x = np.stack([prior_draw(design, np.random.default_rng(s)) for s in range(24)]).reshape(2, 12, -1)
    posterior = constrain(x, design, HYPOTHESES["honor-plus-injury"].mask())
    posterior["u"] = (("chain", "draw", "dyad", "period"), np.zeros((2, 12, *design.shape)))
    numbered = agreement.named(dynamic.with_estimands(posterior, design).drop_vars("u"), numbers=True)
    below = [f"correlation[{i},{j}]" for i in range(2, 5) for j in range(1, i)]
    names = [name for name, x in numbered.items() if name in below or ("correlation" not in name and np.ptp(x) > 0)]
    rows = dynamic.rows_of(posterior, {"quantities": {q: agreement.summary(numbered[q]) for q in names}}, design)
    assert all(r["difference"] == 0 and r["sd_ratio"] == 1 for r in rows.values())
    for some, count in {"base[": 3, "dyad_effect[": 9, "correlation[": 6, "rivalry_effect_spread[": 3}.items():
        assert sum(name.startswith(some) for name in rows) == count
    assert {"rivalry_base_spread", "rho", "sigma", "correlation[honor_denied,base]", "estimand[E2]"} <= set(rows)


def test_a_case_that_the_peer_was_not_run_on_is_listed(monkeypatch, tmp_path):
    cases = {"quantities": {"sigma": agreement.summary(np.random.default_rng(1).normal(size=(2, 50)))}}
    stan = {**HAVE[dynamic.TWO], "data_sha256": agreement.sha256(dynamic.TWO.data)}
    stan["program_sha256"] = agreement.sha256(dynamic.PROGRAM)
    stan["hypotheses"] = {name: {**cases, "divergences": 0, "seconds": 1.0} for name in dynamic.NAMES}
    (tmp_path / "stan.json").write_text(json.dumps(stan))
    two = dynamic.Files(dynamic.TWO.data, tmp_path / "stan.json")
    twelve = dynamic.Files(dynamic.TWELVE.data, tmp_path / "none.json")
    monkeypatch.setattr(dynamic, "PANELS", (two, twelve))
    monkeypatch.setattr(dynamic, "fit", lambda *given: (None, 0))
    x = np.random.default_rng(1).normal(size=(2, 50))
    monkeypatch.setattr(
        dynamic, "rows_of", lambda draws, stan, arrays: {"sigma": agreement.row(x, stan["quantities"]["sigma"])}
    )
    found = json.loads(json.dumps(dynamic.compare()))
    assert found["passed"]
    assert list(found["cases"]) == ["2 x 160, honor-plus-injury", "2 x 160, gated"]
    assert found["not_compared"] == ["12 x 60, honor-plus-injury"]
    assert "Not compared yet, because Stan was not run on it: 12 x 60, honor-plus-injury." in dynamic.page(found)


def test_equal_samples_agree_and_shifted_or_wider_ones_do_not():
    rng = np.random.default_rng(1)
    x, y = rng.normal(2.0, 1.0, (2, 4, 2500))
    peer = agreement.summary(y)
    assert agreement.judged(agreement.row(x, peer)) == (True, True)
    assert agreement.judged(agreement.row(x + 0.1, peer)) == (False, True)  # 7 standard errors of 0.014
    assert agreement.judged(agreement.row(2 + 1.2 * (x - 2), peer))[1] is False
    few = agreement.summary(y[:, :40])
    assert agreement.judged(agreement.row(2 + 1.12 * (x[:, :40] - 2), few))[1] is None  # 160 draws cannot tell 12 %


def disagreements(rows):
    """Means or spreads that differ by more than 5 combined Monte Carlo standard errors.

    One more than `make crosscheck` allows: errors of a spread are not quite normal, a seed gives other draws on another
    machine, and a right model should pass on all. In 75 fits of the three dynamic cases with other seeds the largest of
    some 30,000 deviations was 4.3 and two were over 4.
    """
    limit = 5.0
    means = {q: r["difference"] for q, r in rows.items() if not abs(r["difference"]) <= limit}
    spreads = {q: r["sd_ratio"] for q, r in rows.items() if not abs(r["sd_ratio"] - 1) <= limit * r["sd_ratio_mcse"]}
    return means, spreads


@pytest.mark.sampling
@pytest.mark.parametrize(("files", "name"), OF_STAN, ids=label)
def test_posterior_is_stans(files, name):
    """Two comparisons of each of some 200 quantities: a right model would fail in under 1 % of all seeds."""
    data = json.loads(files.data.read_text())
    posterior, divergences = dynamic.fit(data, name, SHORT)
    rows = dynamic.rows_of(posterior, HAVE[files]["hypotheses"][name], arrays_of(data, name))
    assert divergences <= 2
    assert disagreements(rows) == ({}, {})


@pytest.mark.sampling
def test_the_static_posterior_is_that_of_brms():
    """52 quantities: a right model would fail in under 1 % of all seeds."""
    draws, divergences = static.fit(STATIC["sizes"]["S"], SHORT)
    assert divergences <= 2
    assert disagreements(static.rows_of(draws, BRMS["sizes"]["S"]["agreement"])) == ({}, {})
