"""Checks by group, rootograms and reliability, on numbers that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small import random_design

from statusmodels.criticism.groups import by_group, reliability, rootogram


def arrays():
    some = random_design(0, dyads=2, periods=6, unmodelled=2, eras=2)
    level = np.array([[0, 0, 3, 0, 4, 1], [0, 0, 0, 0, 0, 5]])
    extra = np.array([[0, 0, 2, 0, 0, 1], [0, 0, 0, 0, 0, 3]])
    return replace(some, level=level, extra=extra)


def test_rates_by_group_are_shares_of_modelled_periods_only():
    some = arrays()
    nothing = np.zeros((4, *some.shape), dtype=np.int64)
    found = by_group(nothing, some, ["early", "late"]).set_index("group")
    assert found["observed"].to_dict() == {"A>B": 2 / 4, "B>A": 1 / 4, "early": 1 / 2, "late": 2 / 6}
    assert found["periods"].to_dict() == {"A>B": 4, "B>A": 4, "early": 2, "late": 6}
    assert (found["replicated_95%"] == 0).all()
    assert (found["p"] == 0).all()


def test_replicates_equal_to_the_data_are_no_surprise():
    some = arrays()
    same = np.broadcast_to(some.level, (3, *some.shape))
    found = by_group(same, some)
    assert (found["p"] == 1).all()
    np.testing.assert_array_equal(found["replicated_median"], found["observed"])


def test_rootogram_counts_dyad_periods_by_their_acts():
    some = arrays()
    level = np.stack([some.level, np.zeros_like(some.level)])
    found = rootogram(level, np.stack([some.extra] * 2), some, largest=3)
    # acts of the eight modelled: 3 0 1 2 and 0 0 0 4, of which the last counts as three or more
    assert found["observed"].tolist() == [4, 1, 1, 2]
    assert found["expected"].tolist() == [6, 0.5, 0.5, 1]


def test_reliability_shares_stand_in_their_bins_and_cover_when_predictions_are_right():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.05, 0.6, 4000)
    found = reliability(p, rng.random(4000) < p, bins=10)
    assert found["n"].tolist() == [400] * 10
    assert ((found["low"] <= found["share"]) & (found["share"] <= found["high"])).sum() >= 7
    wrong = reliability(p, rng.random(4000) < p**2, bins=10)
    assert (wrong["share"] < wrong["low"]).sum() >= 7


def test_equal_predictions_are_one_bin():
    found = reliability(np.full(10, 0.2), np.arange(10) < 2)
    assert found[["n", "predicted", "share"]].to_numpy().tolist() == [pytest.approx([10, 0.2, 0.2])]
