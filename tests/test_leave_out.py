"""What is left out: masks, bridge sampling against closed forms, and refits that know nothing of it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from small import catalogue, plain_parameters, random_design, small_panel, some_acts

from statusmodels.criticism import leave_out as module
from statusmodels.criticism.filtering import path_log_likelihood
from statusmodels.criticism.leave_out import (
    NOTHING,
    bridged,
    groups,
    joint_log_likelihood,
    leave_out,
    predict_left_out,
    within,
)
from statusmodels.criticism.refit import QUICK, refitted, told, without
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.panel.outcomes import with_onset
from statusmodels.panel.panel import build

BASELINE = HYPOTHESES["baseline"]
TINY = Sampler(draws=60, tune=60, chains=2, target_accept=0.6, seed=1)


def shared(arrays, sampler=TINY):
    return {"design": arrays, "priors": Priors(), "sampler": sampler}


def piece(group, hypothesis=BASELINE):
    return {**told(hypothesis), "left_out": list(group), "seed": 1}


def test_groups_are_those_with_outcomes_whose_rest_has_some():
    arrays = random_design(1, dyads=2, periods=12, eras=3, unmodelled=4)  # the first era is not modelled
    assert groups(arrays) == [("dyad", 0), ("dyad", 1), ("era", 1), ("era", 2)]
    weight = arrays.weight.copy()
    weight[1] = 0
    assert groups(replace(arrays, weight=weight)) == [("era", 1), ("era", 2)]
    weight[0, 8:] = 0
    assert groups(replace(arrays, weight=weight)) == []


def test_within_marks_the_group():
    arrays = random_design(1, dyads=2, periods=4, eras=2)
    assert within(arrays, ("dyad", 1)).tolist() == [[False] * 4, [True] * 4]
    assert within(arrays, ("era", 0)).tolist() == [[True, True, False, False]] * 2
    assert not within(arrays, NOTHING).any()


def test_what_is_left_out_has_no_weight_and_everything_else_stays():
    arrays = random_design(2, dyads=2, periods=6)
    series = np.random.default_rng(1).standard_normal((2, 6))
    arrays = replace(arrays, external=series, acts_weight=arrays.weight, outcomes=("level", "acts", "external"))
    out = np.zeros((2, 6), dtype=bool)
    out[0, 2:4] = True
    less = without(arrays, out)
    assert not less.weights[:, out].any()
    np.testing.assert_array_equal(less.weights[:, ~out], arrays.weights[:, ~out])
    assert not less.level[out].any()
    assert not less.extra[out].any()
    for name in ("level", "extra", "external"):
        np.testing.assert_array_equal(getattr(less, name)[~out], getattr(arrays, name)[~out])
    np.testing.assert_array_equal(less.history, arrays.history)
    # so that replicates start from what was observed there
    np.testing.assert_array_equal(less.start_level[out], arrays.level[out])
    np.testing.assert_array_equal(less.start_level[~out], arrays.start_level[~out])
    np.testing.assert_array_equal(less.modelled, arrays.modelled & ~out)


def test_joint_of_a_dyad_runs_over_all_periods_and_of_an_era_between_its_neighbours():
    arrays = random_design(3, dyads=2, periods=9, eras=3)
    drawn = plain_parameters(arrays, 4, sigma=np.array([0.3, 0.6, 0.9, 1.2]), rho=0.7)
    drawn["u"] = (("sample", "dyad", "period"), np.random.default_rng(2).standard_normal((4, 2, 9)))
    u = drawn["u"].to_numpy()
    np.testing.assert_allclose(
        joint_log_likelihood(drawn, arrays, ("dyad", 1)), path_log_likelihood(drawn, arrays, 0, 9)[:, 1]
    )
    expected = {
        0: path_log_likelihood(drawn, arrays, 0, 3, None, u[:, :, 3]),
        1: path_log_likelihood(drawn, arrays, 3, 6, u[:, :, 2], u[:, :, 6]),
        2: path_log_likelihood(drawn, arrays, 6, 9, u[:, :, 5], None),
    }
    for e, parts in expected.items():
        np.testing.assert_allclose(joint_log_likelihood(drawn, arrays, ("era", e)), parts.sum(axis=1))
    # an era that comes twice
    twice = replace(arrays, era=np.array([0, 0, 0, 1, 1, 1, 0, 0, 0]))
    np.testing.assert_allclose(joint_log_likelihood(drawn, twice, ("era", 0)), (expected[0] + expected[2]).sum(axis=1))


def normal_case(n, rng, at=2.0, noise=0.5):
    """A standard normal updated by one normal observation: log likelihoods at draws of both, and the log of its mean."""
    variance = 1 / (1 + noise**-2)
    prior, posterior = rng.standard_normal(n), variance * at / noise**2 + np.sqrt(variance) * rng.standard_normal(n)
    log_likelihood = [-0.5 * ((x - at) / noise) ** 2 - np.log(noise * np.sqrt(2 * np.pi)) for x in (prior, posterior)]
    exact = -0.5 * at**2 / (1 + noise**2) - 0.5 * np.log(2 * np.pi * (1 + noise**2))
    return *log_likelihood, exact


def test_bridge_finds_the_marginal_density_of_a_normal_case_and_its_own_error():
    rng = np.random.default_rng(3)
    found, naive = [], []
    for _ in range(200):
        rest, whole, exact = normal_case((2, 200), rng, at=3.0, noise=0.25)
        found.append(bridged(rest, whole))
        naive.append(logsumexp(rest) - np.log(rest.size))
    estimate, error, overlap = np.array(found).T
    assert abs(estimate.mean() - exact) < 4 * estimate.std() / np.sqrt(200)
    assert error.mean() / estimate.std() == pytest.approx(1, abs=0.2)
    assert np.std(naive) > 2 * estimate.std()
    assert 0.01 < overlap.mean() < 0.2


def test_bridge_takes_different_numbers_of_draws():
    rng = np.random.default_rng(4)
    rest, _, exact = normal_case((2, 8000), rng)
    _, whole, _ = normal_case((2, 1000), rng)
    estimate, error, overlap = bridged(rest, whole)
    assert abs(estimate - exact) < 4 * error
    assert error < 0.05
    # the integral of p q / (s p + (1 - s) q) with s the share of draws of q, on a grid
    x = np.linspace(-8, 8, 20001)
    p, q = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi), np.exp(-0.5 * (x - 1.6) ** 2 / 0.2) / np.sqrt(2 * np.pi * 0.2)
    share = 1 / 9
    assert overlap == pytest.approx(np.sum(p * q / ((1 - share) * p + share * q)) * (x[1] - x[0]), rel=0.05)


def test_bridge_far_from_zero_and_of_a_constant():
    rng = np.random.default_rng(5)
    rest, whole, _ = normal_case((2, 500), rng)
    near, far = bridged(rest, whole), bridged(rest - 5000, whole - 5000)
    assert far[0] == pytest.approx(near[0] - 5000)
    assert far[1:] == pytest.approx(near[1:], rel=1e-4)
    assert bridged(np.full((2, 9), -7.0), np.full((2, 5), -7.0)) == (-7.0, 0.0, 1.0)


def test_a_panel_with_nothing_to_leave_out_is_refused(tmp_path):
    panel = build(catalogue(some_acts(("A", "B"), "2001-01-01", "2003-12-31", 60), [("2001-01-01", "2003-12-31")]))
    one = panel.isel(dyad=[0]).assign(mirror=("dyad", [-1]))
    with pytest.raises(ValueError, match="two dyads or two eras"):
        leave_out(one, Place(tmp_path, workers=1), [BASELINE])


@pytest.mark.sampling
@pytest.mark.parametrize("group", [("dyad", 1), ("era", 1)])
def test_a_refit_knows_nothing_of_what_is_left_out(group):
    arrays = random_design(4, dyads=2, periods=20, eras=3)
    out = within(arrays, group)
    other = replace(
        arrays,
        level=np.where(out & (arrays.weight > 0), 5 - arrays.level, arrays.level),
        extra=np.where(out, arrays.extra + 2, arrays.extra),
    )
    one, two = (refitted(without(d, out), BASELINE, Priors(), TINY, 1)[0] for d in (arrays, other))
    for name in one.data_vars:
        np.testing.assert_array_equal(one[name].to_numpy(), two[name].to_numpy())
    found = [predict_left_out(shared(d), piece(group)) for d in (arrays, other)]
    assert found[0]["at"] == found[1]["at"] == np.flatnonzero(out & (arrays.weight > 0)).tolist()
    assert found[0]["log_density"] != found[1]["log_density"]
    assert list(found[0]["joint"]) == [f"{group[0]} {group[1]}"]
    assert np.shape(found[0]["joint"][f"{group[0]} {group[1]}"]) == (2, 60)


@pytest.mark.sampling
def test_bridge_agrees_with_the_naive_mean_where_little_is_left_out():
    arrays = random_design(5, dyads=4, periods=12, eras=4)
    many = replace(QUICK, draws=500)
    whole = predict_left_out(shared(arrays, many), piece(NOTHING))
    assert list(whole["joint"]) == [f"{k} {i}" for k in ("dyad", "era") for i in range(4)]
    assert whole["at"] == whole["log_density"] == []
    for group in (("dyad", 2), ("era", 1)):
        rest = predict_left_out(shared(arrays, many), piece(group))
        key = f"{group[0]} {group[1]}"
        a, b = np.array(rest["joint"][key]), np.array(whole["joint"][key])
        estimate, error, overlap = bridged(a, b)
        assert overlap > 0.1
        assert error < 0.25
        naive = logsumexp(a) - np.log(a.size)
        assert estimate == pytest.approx(naive, abs=0.5)


@pytest.mark.sampling
def test_leave_out_gives_a_row_for_each_dyad_and_era_and_a_row_for_each_point(tmp_path):
    panel = small_panel(period="quarter")
    found = leave_out(panel, Place(tmp_path, workers=1), [BASELINE], sampler=TINY)
    table = found.table
    assert table["left_out"].tolist() == ["A>B", "B>A", "era 0", "era 1"]
    assert table["points"].tolist() == [12, 12, 8, 16]
    assert np.isfinite(table[["joint", "joint_se", "overlap", "by_period"]]).all(axis=None)
    sums = found.pointwise.groupby("left_out")["log_density"].sum()
    np.testing.assert_allclose(table.set_index("left_out")["by_period"], sums[table["left_out"]])
    era = found.pointwise.query("left_out == 'era 1'")
    assert (era["period"].dt.year >= 2003).all()
    assert sorted(era["dyad"].unique()) == ["A>B", "B>A"]
    here = predict_left_out(shared(design(panel)), {**piece(("dyad", 1)), "seed": TINY.seed + 2})
    np.testing.assert_array_equal(found.pointwise.query("left_out == 'B>A'")["log_density"], here["log_density"])


@pytest.mark.sampling
def test_leave_out_of_onsets_and_without_names_of_eras(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "run", lambda work, shared, pieces, *_: [work(shared, p) for p in pieces])
    panel = with_onset(small_panel(), serious=3, quiet=1).drop_vars("era_name")
    panel = panel.assign_coords(era_index=[0, 1])
    found = leave_out(panel, Place(tmp_path, workers=1), [BASELINE], outcomes=("onset",), sampler=TINY)
    assert found.table["left_out"].tolist() == ["A>B", "B>A", "0", "1"]
    arrays = design(panel, ("onset",))
    assert found.table["points"].tolist()[:2] == arrays.weight.sum(axis=1).tolist()
