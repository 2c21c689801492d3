import numpy as np
import pytest
import ranks
import sbc

from statusmodels.claims.prior import prior_parameters
from statusmodels.models.hypothesis import HYPOTHESES


def test_bands_hold_uniform_ranks_and_not_others():
    rng = np.random.default_rng(1)
    limit = ranks.band(100, 0.95)
    inside = [ranks.distance(rng.integers(0, ranks.KEPT + 1, 100)) <= limit for _ in range(400)]
    assert 0.92 < np.mean(inside) < 0.98  # 0.95 within three standard errors of 0.011
    # posteriors too narrow: ranks pile at the ends
    too_narrow = np.clip(rng.normal(ranks.KEPT / 2, 0.475 * ranks.KEPT, (50, 100)), 0, ranks.KEPT).astype(int)
    assert np.mean([ranks.distance(r) > limit for r in too_narrow]) > 0.9
    biased = (ranks.KEPT * rng.beta(2, 1, (50, 100))).astype(int)
    assert np.mean([ranks.distance(r) > limit for r in biased]) > 0.9


def test_the_verdict_over_many_quantities(tmp_path):
    rng = np.random.default_rng(1)
    uniform = {part: {str(i): rng.integers(0, ranks.KEPT + 1, 100) for i in range(40)} for part in "ab"}
    found = ranks.judged(uniform, 100)
    assert found["passed"]
    assert found["quantities"] == 80
    assert found["allowed_outside_95"] == 10  # 4 and three times 1.95
    uniform["a"][ranks.JOINT] = np.full(100, 3)
    found = ranks.judged(uniform, 100)
    assert not found["passed"]
    assert found["beyond_99.95"] == [f"a: {ranks.JOINT}"]
    told = ranks.page(
        "Ranks", "About.", {**found, "criterion": ranks.CRITERION, "fits": 200, "divergent_fits": 0}, "r.png", "End."
    )
    assert f"1 beyond the 99.95 % band: a: {ranks.JOINT}" in told
    ranks.figure(uniform, tmp_path / "r.png")
    assert (tmp_path / "r.png").stat().st_size > 0


def test_a_truth_is_ranked_among_its_draws():
    drawn = {"x": np.arange(ranks.KEPT), "y": np.zeros(ranks.KEPT)}
    assert ranks.ranks_of({"x": np.array([40.5]), "y": np.array([-1.0])}, drawn) == {"x": 41, "y": 0}


def test_the_true_log_likelihood_is_that_of_the_true_path():
    panel = sbc.arrays()
    truth = prior_parameters(panel, HYPOTHESES["additive"], sbc.PRIORS, 1, np.random.default_rng(2))
    near = sbc.log_likelihood(truth, panel)
    far = sbc.log_likelihood(truth.assign(u=truth["u"] + 30.0), panel)
    assert np.isfinite(near).all()
    assert far < near


@pytest.mark.sampling
def test_a_few_ranks_are_not_absurd():
    # 16 runs have little power: this guards against gross errors (a sign, a scale, a missing Jacobian), `make sbc` does the rest.
    # About 55 quantities, each beyond the 99.99 % band with probability 1e-4: a false alarm in about 0.5 % of all seeds.
    found = ranks.together([sbc.one("honor-plus-injury", run)["ranks"] for run in range(16)])
    limit = ranks.band(16, 0.9999)
    far = {name: ranks.distance(values) for name, values in found.items()}
    assert {name: d for name, d in far.items() if d > limit} == {}
