"""The path carried forward, against products of one-dimensional quadratures over every path."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from small import plain_parameters, random_design

from statusmodels.criticism.filtering import forward, path_log_likelihood
from statusmodels.models.parameters import linear_predictor

CUT = np.array([-0.4, 0.3, 0.9, 1.7, 2.6])
SIGMA, RHO = np.array([0.3, 1.2, 0.8]), np.array([0.6, 0.9, 0.2])
ACT = {"act_intercept": -0.3, "act_slope": 0.7, "act_rise": 0.25, "act_dispersion": 1.4}
NODE, WEIGHT = np.polynomial.hermite_e.hermegauss(32)
WEIGHT = WEIGHT / WEIGHT.sum()


@pytest.fixture
def known():
    """Two dyads, four periods of which the third tells nothing of the first dyad, and three draws."""
    design = random_design(21, periods=5, unmodelled=1)
    design.weight[0, 3] = 0
    design.level[0, 3] = design.extra[0, 3] = 0
    drawn = plain_parameters(
        design, 3, cutpoint=CUT, sigma=SIGMA, rho=RHO, history=np.array([0.3, -0.2]), base=np.array([0.4, -0.4]), **ACT
    )
    return design, drawn


def level_probability(theta):
    at_least = expit(np.asarray(theta)[..., None] - CUT)
    ends = np.ones((*np.shape(theta), 1))
    return -np.diff(np.concatenate([ends, at_least, 0 * ends], axis=-1), axis=-1)


def likelihood(theta, design, d, t):
    """Probability of one dyad-period's outcomes, from scipy's distributions."""
    if design.weight[d, t] == 0:
        return np.ones(np.shape(theta))
    level = int(design.level[d, t])
    p = level_probability(theta)[..., level]
    if level:
        mean = np.exp(-0.3 + 0.7 * theta + 0.25 * (level - 1))
        p = p * stats.nbinom(1.4, 1.4 / (1.4 + mean)).pmf(design.extra[d, t])
    return p


def every_path(s, steps, before):
    """All paths over the nodes of their innovations (paths, steps), and the weight of each."""
    chosen = np.stack(np.meshgrid(*[np.arange(len(NODE))] * steps, indexing="ij"), axis=-1).reshape(-1, steps)
    path = np.empty(chosen.shape)
    for i in range(steps):
        e = NODE[chosen[:, i]]
        if i == 0 and before is None:
            path[:, 0] = SIGMA[s] * e
        else:
            last = before if i == 0 else path[:, i - 1]
            path[:, i] = RHO[s] * last + SIGMA[s] * np.sqrt(1 - RHO[s] ** 2) * e
    return path, WEIGHT[chosen].prod(axis=1)


def enumerated(design, eta, s, d, first, stop, before, after=None):
    """Log likelihood of each period given those before it, predicted levels, and the joint, given what comes after if told."""
    steps = stop - first
    path, p = every_path(s, steps, before)
    total, levels = [1.0], []
    for i in range(steps):
        theta = eta[s, d, first + i] + path[:, i]
        levels.append(p @ level_probability(theta) / p.sum())
        p = p * likelihood(theta, design, d, first + i)
        total.append(p.sum())
    joint = np.log(total[-1])
    if after is not None:
        arrives = stats.norm.pdf(after, RHO[s] * path[:, -1], SIGMA[s] * np.sqrt(1 - RHO[s] ** 2))
        far = RHO[s] ** (steps + 1)
        mean, scale = (0.0, SIGMA[s]) if before is None else (far * before, SIGMA[s] * np.sqrt(1 - far**2))
        joint = np.log(p @ arrives) - stats.norm.logpdf(after, mean, scale)
    return np.diff(np.log(total)), np.array(levels), joint


@pytest.mark.parametrize("given", [True, False], ids=["given the value before", "stationary"])
def test_predictions_equal_the_sum_over_every_path(known, given):
    design, drawn = known
    before = np.array([[0.5, -0.2], [1.5, -2.0], [0.0, 0.7]]) if given else None
    steps = list(forward(drawn, design, 1, 4, before))
    eta = linear_predictor(drawn, design)
    for s, d in product(range(3), range(2)):
        log_likelihood, levels, _ = enumerated(design, eta, s, d, 1, 4, before[s, d] if given else None)
        np.testing.assert_allclose([x.log_likelihood[s, d] for x in steps], log_likelihood, atol=2e-6)
        np.testing.assert_allclose([x.probability[s, d] for x in steps], levels, atol=2e-6)


@pytest.mark.parametrize(("given", "then"), [(True, True), (False, True), (True, False)])
def test_joint_probability_given_the_neighbours_equals_the_sum_over_every_path(known, given, then):
    design, drawn = known
    before = np.array([[0.5, -0.2], [1.5, -2.0], [0.0, 0.7]]) if given else None
    after = np.array([[-0.1, 0.3], [2.0, 0.5], [0.4, -0.9]]) if then else None
    found = path_log_likelihood(drawn, design, 1, 4, before, after)
    eta = linear_predictor(drawn, design)
    for s, d in product(range(3), range(2)):
        _, _, joint = enumerated(
            design, eta, s, d, 1, 4, before[s, d] if given else None, after[s, d] if then else None
        )
        assert found[s, d] == pytest.approx(joint, abs=2e-5)
    np.testing.assert_allclose(
        path_log_likelihood(
            drawn,
            design,
            1,
            4,
            None if before is None else before[:, 1:],
            None if after is None else after[:, 1:],
            np.array([1]),
        ),
        found[:, 1:],
    )


def test_weights_of_draws_give_the_prediction_of_long_importance_sampling(known):
    # the posterior of three equally likely draws after two periods, against 400,000 paths drawn from the model
    design, drawn = known
    rng = np.random.default_rng(1)
    before = np.array([[0.5, -0.2], [1.5, -2.0], [0.0, 0.7]])
    steps = list(forward(drawn, design, 1, 4, before))
    log_weight = steps[0].log_likelihood.sum(axis=1) + steps[1].log_likelihood.sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    found = np.einsum("s,snk->nk", weight / weight.sum(), steps[2].probability)
    n = 400_000
    s = rng.integers(3, size=n)
    u, w = before[s], np.ones(n)
    eta = linear_predictor(drawn, design)
    for t in (1, 2, 3):
        u = RHO[s, None] * u + SIGMA[s, None] * np.sqrt(1 - RHO[s, None] ** 2) * rng.standard_normal((n, 2))
        theta = eta[s, :, t] + u
        at_least = expit(theta[..., None] - CUT)
        ends = np.ones((n, 2, 1))
        p = -np.diff(np.concatenate([ends, at_least, 0 * ends], axis=-1), axis=-1)
        if t == 3:
            break
        for d in (0, 1):
            level = int(design.level[d, t])
            w *= p[:, d, level]
            if level:
                mean = np.exp(-0.3 + 0.7 * theta[:, d] + 0.25 * (level - 1))
                w *= stats.nbinom(1.4, 1.4 / (1.4 + mean)).pmf(design.extra[d, t])
    expected = np.einsum("n,ndk->dk", w / w.sum(), p)
    error = np.sqrt(np.einsum("n,ndk->dk", (w / w.sum()) ** 2, (p - expected) ** 2))
    assert error.max() < 0.002
    assert (np.abs(found - expected) / error).max() < 4.5


def test_a_nearly_constant_path_is_carried_exactly_enough(known):
    design, drawn = known
    drawn["rho"][:] = 0.99
    before = np.full((3, 2), 0.6) * SIGMA[:, None]
    eta = linear_predictor(drawn, design)
    steps = list(forward(drawn, design, 1, 3, before))
    for s in range(3):
        node, weight = np.polynomial.hermite_e.hermegauss(60)
        u = 0.99**1 * before[s, 1] + SIGMA[s] * np.sqrt(1 - 0.99**2) * node
        p = (weight / weight.sum()) @ np.array([likelihood(eta[s, 1, 1] + x, design, 1, 1) for x in u])
        assert steps[0].log_likelihood[s, 1] == pytest.approx(np.log(p), abs=1e-6)


def test_without_a_path_prediction_is_that_of_the_parameters_alone(known):
    design, drawn = known
    design = replace(design, path=False)
    drawn = drawn.drop_vars(["sigma", "rho"])
    eta = linear_predictor(drawn, design)
    for t, step in enumerate(forward(drawn, design, 1, 4, np.zeros((3, 2))), start=1):
        for d in range(2):
            np.testing.assert_allclose(step.probability[0, d], level_probability(eta[0, d, t]), rtol=1e-9)
            assert step.log_likelihood[0, d] == pytest.approx(np.log(likelihood(eta[0, d, t], design, d, t)))


def test_distributions_are_distributions(known):
    design, drawn = known
    for step in forward(drawn, design, 1, 5):
        np.testing.assert_allclose(step.probability.sum(axis=-1), 1)
        np.testing.assert_allclose(step.path.sum(axis=-1), 1)
    assert (step.log_likelihood < 0).any()


def test_no_period_is_refused(known):
    design, drawn = known
    with pytest.raises(ValueError, match="no period from 3 to 2"):
        path_log_likelihood(drawn, design, 3, 3)
