"""Calibrated tail probabilities: places among reference values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from statusmodels.criticism.calibrated import between, calibrated


def test_calibrated_counts_ties_and_itself():
    assert calibrated(0.3, [0.1, 0.3, 0.3, 0.5]) == (1 + 3) / 5
    assert calibrated(0.3, [0.1, np.nan, 0.5]) == (1 + 1) / 3
    assert np.isnan(calibrated(np.nan, [0.1]))
    assert np.isnan(calibrated(0.3, [np.nan]))


def test_a_place_lies_in_its_step_and_ties_share_theirs():
    rng = np.random.default_rng(1)
    for observed, low, high in ((0.05, 0.0, 0.2), (0.3, 0.2, 0.8), (0.6, 0.8, 1.0)):
        places = np.array([between(observed, [0.1, 0.3, 0.3, 0.5], rng) for _ in range(500)])
        assert low <= places.min() < low + 0.02
        assert high - 0.02 < places.max() <= high
    # two that are defined: steps of a third
    assert between(0.9, [0.1, np.nan, 0.5, np.nan], rng) > 2 / 3
    assert np.isnan(between(np.nan, [0.1], rng))
    assert np.isnan(between(0.1, [np.nan], rng))


@pytest.mark.parametrize("values", [3, 1000])
def test_places_among_equals_are_uniform_though_values_are_few(values):
    rng = np.random.default_rng(2)
    draws = rng.integers(values, size=(4000, 5)) / values
    places = [between(row[0], row[1:], rng) for row in draws]
    assert stats.kstest(places, "uniform").pvalue > 0.01


def test_places_tell_a_calibration_that_is_off():
    rng = np.random.default_rng(3)
    wrong = [between(rng.beta(1.5, 1.0), rng.uniform(size=4), rng) for _ in range(1000)]
    assert stats.kstest(wrong, "uniform").pvalue < 1e-3
