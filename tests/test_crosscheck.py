"""The models against the committed results of independent implementations (benchmarks/crosscheck)."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from statusmodels.inference.sampling import Sampler

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "crosscheck"
sys.path.insert(0, str(FOLDER))
agreement, dynamic, static = (importlib.import_module(name) for name in ("agreement", "dynamic", "static"))
sys.path.remove(str(FOLDER))
DATA, STAN = json.loads(dynamic.DATA.read_text()), json.loads(dynamic.STAN.read_text())
STATIC, BRMS = json.loads(static.DATA.read_text()), json.loads(static.BRMS.read_text())
SHORT = Sampler(draws=1000, tune=400, chains=4, target_accept=0.9, seed=20260103)


def test_the_peers_ran_on_these_data_and_programs():
    assert agreement.sha256(dynamic.DATA) == STAN["data_sha256"]
    assert agreement.sha256(dynamic.PROGRAM) == STAN["program_sha256"]
    assert agreement.sha256(static.DATA) == BRMS["data_sha256"]


@pytest.mark.parametrize("name", dynamic.NAMES)
def test_stan_itself_converged(name):
    found = STAN["hypotheses"][name]
    assert found["divergences"] <= 5
    assert max(q["rhat"] for q in found["quantities"].values()) <= 1.01
    assert min(q["ess"] for q in found["quantities"].values()) >= 1000


@pytest.mark.parametrize("name", [n for n, v in BRMS["sizes"].items() if "agreement" in v])
def test_brms_itself_converged(name):
    found = BRMS["sizes"][name]["agreement"]
    assert found["divergences"] / (found["chains"] * found["draws"]) < 1e-3
    assert max(q["rhat"] for q in found["quantities"].values()) <= 1.01


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
    """Means or spreads that differ by more than 4 combined Monte Carlo standard errors."""
    limit = agreement.STANDARD_ERRORS
    means = {q: r["difference"] for q, r in rows.items() if not abs(r["difference"]) <= limit}
    spreads = {q: r["sd_ratio"] for q, r in rows.items() if not abs(r["sd_ratio"] - 1) <= limit * r["sd_ratio_mcse"]}
    return means, spreads


@pytest.mark.sampling
@pytest.mark.parametrize("name", dynamic.NAMES)
def test_posterior_is_stans(name):
    """A right model would fail in under 3 % of all seeds: two comparisons of each of some 200 quantities at 6e-5 apiece."""
    posterior, divergences = dynamic.fit(DATA, name, SHORT)
    rows = dynamic.rows_of(dynamic.with_estimands(posterior, dynamic.arrays_of(DATA, name)), STAN["hypotheses"][name])
    assert divergences <= 2
    assert disagreements(rows) == ({}, {})


@pytest.mark.sampling
def test_the_static_posterior_is_that_of_brms():
    """52 quantities: a right model would fail in under 1 % of all seeds."""
    draws, divergences = static.fit(STATIC["sizes"]["S"], SHORT)
    assert divergences <= 2
    assert disagreements(static.rows_of(draws, BRMS["sizes"]["S"]["agreement"])) == ({}, {})
