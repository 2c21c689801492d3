"""Calibrated tail probabilities, and the ranks that test them."""

from __future__ import annotations

import numpy as np
import pytest

from statusmodels.criticism.calibrated import calibrated
from statusmodels.criticism.rank_histogram import components, crowding_test, ranks_among, smooth_test


def test_calibrated_counts_ties_and_itself():
    assert calibrated(0.3, [0.1, 0.3, 0.3, 0.5]) == (1 + 3) / 5
    assert calibrated(0.3, [0.1, np.nan, 0.5]) == (1 + 1) / 3
    assert np.isnan(calibrated(np.nan, [0.1]))
    assert np.isnan(calibrated(0.3, [np.nan]))


def test_ranks_count_those_below_and_share_ties():
    rng = np.random.default_rng(1)
    reference = np.tile([0.1, 0.3, 0.3, 0.5], (600, 1))
    for value, possible in ((0.05, [0]), (0.3, [1, 2, 3]), (0.4, [3]), (0.6, [4])):
        found, times = np.unique(ranks_among(np.full(600, value), reference, rng), return_counts=True)
        assert found.tolist() == possible
        assert times.min() > 0.8 * times.max()
    assert np.isnan(ranks_among([np.nan, 0.2], [[0.1], [np.nan]], rng)).all()


def test_components_are_standardised_and_uncorrelated():
    for n in (2, 4, 9):
        both = np.array(components(np.arange(n + 1.0), n))
        np.testing.assert_allclose(both.mean(axis=1), 0, atol=1e-12)
        np.testing.assert_allclose(both @ both.T / (n + 1), np.eye(2), atol=1e-12)


@pytest.mark.parametrize("values", [3, 1000])
def test_tests_of_uniform_ranks_err_as_often_as_they_say(values):
    rng = np.random.default_rng(2)
    p = {"smooth": [], "crowding": []}
    for _ in range(600):
        shared = rng.integers(values, size=(200, 5))
        # two quantities of a record, one mostly the other
        other = np.where(rng.uniform(size=(200, 1)) < 0.7, shared, rng.integers(values, size=(200, 5)))
        found = np.array([ranks_among(x[:, 0], x[:, 1:], rng) for x in (shared, other)])
        p["smooth"].append(smooth_test(found[0], 4))
        p["crowding"].append(crowding_test(found, 4))
    for name, values_of in p.items():
        # 600 draws of a 5 % event: 99.9 % lie within
        assert 0.02 < np.mean(np.array(values_of) < 0.05) < 0.08, name


def test_ranks_tell_a_shift_and_a_crowding():
    rng = np.random.default_rng(3)
    for a, b in ((1.6, 1.0), (2.5, 2.5), (0.5, 0.5)):
        found = rng.binomial(4, rng.beta(a, b, size=(5, 200))).astype(float)
        assert smooth_test(found[0], 4) < 0.05 / 24
    crowded = rng.binomial(4, rng.beta(1.6, 1.6, size=(5, 200))).astype(float)
    assert crowding_test(crowded, 4) < 0.05 / 24


def test_undefined_ranks_are_left_out():
    found = np.array([[0.0, 4.0, np.nan, 2.0], [1.0, np.nan, np.nan, 3.0]])
    assert smooth_test(found[0], 4) == smooth_test(np.array([0.0, 4.0, 2.0]), 4)
    assert crowding_test(found, 4) == crowding_test(found[:, [0, 1, 3]], 4)
    assert np.isnan(smooth_test(found[0, 2:3], 4))
    assert np.isnan(crowding_test(found[:, 2:], 4))
