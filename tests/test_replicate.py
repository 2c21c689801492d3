"""Replicates against the distribution they are drawn from.

Every statistical test uses a fixed seed and a two-sided z of 3.89, so that a right program under a new seed would fail one such
comparison in 10,000.
"""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from small import plain_parameters, random_design

from statusmodels.models.replicate import replicate

Z = 3.89
CUT = np.array([-0.4, 0.3, 0.9, 1.7, 2.6])
DRAWS = 5000


def parameters(design, draws=DRAWS, **values):
    """No effects, no history; then whatever is given by name."""
    return plain_parameters(design, draws, **{"cutpoint": CUT, **values})


def assert_share(hits, expected):
    n = hits.size
    z = (hits.mean() - expected) / np.sqrt(expected * (1 - expected) / n)
    assert abs(z) < Z, (hits.mean(), expected)


def level_probabilities(sigma, shift=0.0):
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    at_least = (weight / weight.sum()) @ expit(shift + sigma * node[:, None] - CUT)
    return -np.diff(np.concatenate([[1.0], at_least, [0.0]]))


@pytest.mark.parametrize("sigma", [0.01, 1.5])
def test_levels_follow_the_cumulative_logit_averaged_over_the_path(sigma):
    design = random_design(1, periods=4, unmodelled=0)
    level, _, _ = replicate(parameters(design, sigma=sigma, rho=0.7), design, np.random.default_rng(2))
    last = level[:, :, -1]
    for k, expected in enumerate(level_probabilities(sigma)):
        assert_share(last == k, expected)


def test_path_is_stationary_from_its_first_period():
    design = random_design(1, periods=4, unmodelled=0)
    level, _, _ = replicate(parameters(design, sigma=1.5, rho=0.9), design, np.random.default_rng(3))
    expected = level_probabilities(1.5)
    for t in range(4):
        assert_share(level[:, :, t] == 0, expected[0])
        assert_share(level[:, :, t] == 5, expected[5])


def test_base_shifts_the_risk_of_its_own_dyad():
    design = random_design(1, periods=2, unmodelled=0)
    level, _, _ = replicate(parameters(design, sigma=0.5, base=np.array([0.8, -0.8])), design, np.random.default_rng(4))
    for d, shift in enumerate((0.8, -0.8)):
        assert_share(level[:, d, -1] >= 1, 1 - level_probabilities(0.5, shift)[0])


def test_further_acts_follow_the_negative_binomial():
    design = random_design(1, periods=2, unmodelled=0)
    given = {"act_intercept": -0.3, "act_slope": 0.7, "act_rise": 0.25, "act_dispersion": 1.4}
    fixed = parameters(design, draws=20000, sigma=1e-6, base=0.5, **given)
    level, extra, _ = replicate(fixed, design, np.random.default_rng(5))
    for k in range(1, 6):
        acts = extra[:, :, -1][level[:, :, -1] == k]
        mean = np.exp(-0.3 + 0.7 * 0.5 + 0.25 * (k - 1))
        of = stats.nbinom(1.4, 1.4 / (1.4 + mean))
        assert len(acts) > 1000
        assert abs(acts.mean() - mean) / (of.std() / np.sqrt(len(acts))) < Z
        assert_share(acts == 0, of.pmf(0))
        assert_share(acts >= 3, of.sf(2))


def test_no_level_no_further_acts():
    design = random_design(1, periods=6, unmodelled=0)
    level, extra, _ = replicate(parameters(design, draws=500), design, np.random.default_rng(6))
    assert (level == 0).any()
    assert (extra > 0).any()
    assert not extra[level == 0].any()


def test_nothing_is_drawn_where_nothing_is_modelled():
    design = random_design(7, periods=10, unmodelled=3)
    design.weight[:, 6] = 0.0
    level, extra, _ = replicate(parameters(design, draws=300), design, np.random.default_rng(8))
    off = design.weight == 0
    assert not level[:, off].any()
    assert not extra[:, off].any()
    assert (level[:, ~off].max(axis=0) > 0).all()
    whole, _, _ = replicate(parameters(design, draws=300), design, np.random.default_rng(8), from_start=True)
    assert (whole[:, off].max(axis=0) > 0).all()


def test_same_seed_same_draws():
    design = random_design(9)
    one, two, three = (replicate(parameters(design, draws=50), design, np.random.default_rng(s)) for s in (10, 10, 11))
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])
    assert (one[0] != three[0]).any()


def autocorrelation(level):
    x = (level >= 2).astype(float)
    before, after = x[:, :, :-1].reshape(len(x), -1), x[:, :, 1:].reshape(len(x), -1)
    return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(before, after, strict=True)])


@pytest.mark.parametrize(
    "more", [{"history": np.array([0.6, 0.0])}, {"rho": 0.95, "sigma": 1.5}], ids=["history", "path"]
)
def test_persistence_raises_autocorrelation(more):
    design = random_design(12, periods=150, unmodelled=0)
    base = {"sigma": 1.5 if "sigma" in more else 0.01, "rho": 0.05, "cutpoint": CUT + 1.0}
    low, high = (
        autocorrelation(replicate(parameters(design, draws=150, **given), design, np.random.default_rng(13))[0])
        for given in (base, base | more)
    )
    error = np.sqrt(low.var() / len(low) + high.var() / len(high))
    assert (high.mean() - low.mean()) / error > Z


def test_history_is_the_faded_sum_of_the_levels_drawn_before_it():
    design = random_design(14, periods=3, unmodelled=0)
    gamma = np.array([0.9, -0.6])
    level, _, _ = replicate(
        parameters(design, draws=40000, sigma=1e-6, history=gamma), design, np.random.default_rng(15)
    )
    own = np.log1p(design.keep * (design.keep * level[:, :, 0] + level[:, :, 1])) - 0.3
    risk = gamma[0] * own + gamma[1] * own[:, ::-1]
    expected = expit(risk - CUT[1])
    hit = level[:, :, 2] >= 2
    for part in (risk < np.median(risk), risk >= np.median(risk)):
        z = (hit[part] - expected[part]).sum() / np.sqrt((expected[part] * (1 - expected[part])).sum())
        assert abs(z) < Z


def test_replicates_start_from_the_observed_levels_before_the_first_modelled_period():
    design = random_design(16, periods=3, unmodelled=2)
    design.start_level[:, :2] = [[5, 5], [0, 0]]
    gamma = np.array([1.0, 0.0])
    level, _, _ = replicate(
        parameters(design, draws=20000, sigma=1e-6, history=gamma), design, np.random.default_rng(17)
    )
    keep = design.keep
    for d, memory in enumerate((np.log1p(5 * keep**2 + 5 * keep), 0.0)):
        assert_share(level[:, d, 2] >= 3, expit(memory - 0.3 - CUT[2]))
