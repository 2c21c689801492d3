"""The dynamic model against the committed result of a hand-written Stan program (benchmarks/crosscheck)."""

import importlib.util
import json
from pathlib import Path

import pytest

from statusmodels.inference.sampling import Sampler

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "crosscheck"
SPEC = importlib.util.spec_from_file_location("crosscheck_dynamic", FOLDER / "dynamic.py")
dynamic = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(dynamic)
DATA, STAN = json.loads(dynamic.DATA.read_text()), json.loads(dynamic.STAN.read_text())
SHORT = Sampler(draws=1000, tune=400, chains=4, target_accept=0.9, seed=20260103)
LIMIT = 4.0


def test_stan_ran_on_these_data_and_this_program():
    assert dynamic.sha256(dynamic.DATA) == STAN["data_sha256"]
    assert dynamic.sha256(dynamic.PROGRAM) == STAN["program_sha256"]


@pytest.mark.parametrize("name", dynamic.NAMES)
def test_stan_itself_converged(name):
    found = STAN["hypotheses"][name]
    assert found["divergences"] == 0
    assert max(q["rhat"] for q in found["quantities"].values()) <= 1.01
    assert min(q["ess"] for q in found["quantities"].values()) >= 2500  # Monte Carlo error at most 2 % of the sd


@pytest.mark.sampling
@pytest.mark.parametrize("name", dynamic.NAMES)
def test_posterior_is_stans(name):
    """Means and standard deviations within 4 combined Monte Carlo standard errors.

    A right model would fail in under 2 % of all seeds: two comparisons of each of 111 quantities at 6e-5 apiece. The band of a
    standard deviation is that of the draws used (delta method): 7 % at the median, under 9 % for nine quantities in ten.
    """
    posterior, divergences = dynamic.fit(DATA, name, SHORT)
    rows = dynamic.rows_of(dynamic.with_estimands(posterior, dynamic.arrays_of(DATA, name)), STAN["hypotheses"][name])
    assert divergences == 0
    means = {q: r["difference"] for q, r in rows.items() if not abs(r["difference"]) <= LIMIT}
    spreads = {q: r["sd_ratio"] for q, r in rows.items() if not abs(r["sd_ratio"] - 1) <= LIMIT * r["sd_ratio_mcse"]}
    assert not means
    assert not spreads
