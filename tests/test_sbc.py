import importlib.util
from pathlib import Path

import numpy as np
import pytest

from statusmodels.claims.prior import prior_parameters
from statusmodels.models.hypothesis import HYPOTHESES

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "sbc.py"


@pytest.fixture(scope="module")
def sbc():
    spec = importlib.util.spec_from_file_location("sbc", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_bands_hold_uniform_ranks_and_not_others(sbc):
    rng = np.random.default_rng(1)
    limit = sbc.band(100, 0.95)
    inside = [sbc.distance(rng.integers(0, sbc.KEPT + 1, 100)) <= limit for _ in range(400)]
    assert 0.92 < np.mean(inside) < 0.98  # 0.95 within three standard errors of 0.011
    # posteriors too narrow: ranks pile at the ends
    too_narrow = np.clip(rng.normal(sbc.KEPT / 2, 0.475 * sbc.KEPT, (50, 100)), 0, sbc.KEPT).astype(int)
    assert np.mean([sbc.distance(r) > limit for r in too_narrow]) > 0.9
    biased = (sbc.KEPT * rng.beta(2, 1, (50, 100))).astype(int)
    assert np.mean([sbc.distance(r) > limit for r in biased]) > 0.9


def test_the_true_log_likelihood_is_that_of_the_true_path(sbc):
    panel = sbc.arrays()
    truth = prior_parameters(panel, HYPOTHESES["additive"], sbc.PRIORS, 1, np.random.default_rng(2))
    near = sbc.log_likelihood(truth, panel)
    far = sbc.log_likelihood(truth.assign(u=truth["u"] + 30.0), panel)
    assert np.isfinite(near).all()
    assert far < near


@pytest.mark.sampling
def test_a_few_ranks_are_not_absurd(sbc):
    # 16 runs have little power: this guards against gross errors (a sign, a scale, a missing Jacobian), `make sbc` does the rest.
    # About 55 quantities, each beyond the 99.99 % band with probability 1e-4: a false alarm in about 0.5 % of all seeds.
    runs = [sbc.one("honor-plus-injury", run)["ranks"] for run in range(16)]
    limit = sbc.band(16, 0.9999)
    far = {name: sbc.distance(np.array([r[name] for r in runs])) for name in runs[0]}
    assert {name: d for name, d in far.items() if d > limit} == {}
