"""Test quantities on level arrays small enough to count by hand."""

import numpy as np
import pytest
import xarray as xr
from small import small_panel

from statusmodels.criticism import predictive
from statusmodels.criticism.predictive import Checked, Condition, condition, tail_probability
from statusmodels.models.design import design
from statusmodels.panel.outcomes import with_onset

QUANTITIES = predictive.test_quantities()
#                    neither   insult    injury    both      (two periods each), dyad 0; dyad 1 is not modelled
INSULT = np.array([[0, 0, 1, 1, 0, 0, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1]], dtype=bool)
INJURY = np.array([[0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1]], dtype=bool)
YEARS = np.array([[1979, 1985, 1986, 1999, 2002, 2003, 2014, 2017]] * 2)
MODELLED = np.array([[True] * 8, [False] * 8])
KNOWN = Condition(INSULT, INJURY, MODELLED, YEARS)
LEVEL = np.array(
    [
        [[0, 2, 3, 0, 0, 4, 5, 3], [5, 5, 5, 5, 5, 5, 5, 5]],
        [[3, 0, 0, 0, 0, 0, 0, 0], [5, 5, 5, 5, 5, 5, 5, 5]],
        [[0, 1, 2, 2, 2, 2, 2, 2], [5, 5, 5, 5, 5, 5, 5, 5]],
    ]
)


@pytest.mark.parametrize(("name", "expected"), [
    ("rate: neither insult nor injury", [0, 0.5, 0]),
    ("rate: insult without injury", [0.5, 0, 0]),
    ("rate: injury without insult", [0.5, 0, 0]),
    ("rate: insult and injury", [1, 0, 0]),
    ("insult's difference without injury", [0.5, -0.5, 0]),
    ("insult's difference with injury", [0.5, 0, 0]),
    ("difference of the differences", [0, 0.5, 0]),
    ("share of serious escalations preceded by injury", [3 / 4, 0, np.nan]),
    ("share of serious escalations in 1979-85", [0, 1, np.nan]),
    ("share of serious escalations in 1999-2001", [0, 0, np.nan]),
    ("share of serious escalations in 2003-08", [1 / 4, 0, np.nan]),
    ("share of serious escalations in 2014-16", [1 / 4, 0, np.nan]),
])  # fmt: skip
def test_quantities_by_hand(name, expected):
    np.testing.assert_allclose(QUANTITIES[name](LEVEL, KNOWN), expected)


def test_windows_hold_their_first_and_last_year():
    for name, (first, last) in predictive.WINDOWS.items():
        years = np.array([[first - 1, first, last, last + 1]])
        known = Condition(*(np.ones((1, 4), dtype=bool) for _ in range(3)), years)
        level = np.full((1, 1, 4), 3)
        assert QUANTITIES[f"share of serious escalations in {name}"](level, known)[0] == 0.5


def clustering(rows, modelled):
    modelled = np.array(modelled, dtype=bool)
    known = Condition(modelled, modelled, modelled, np.full(modelled.shape, 2000))
    return QUANTITIES["clustering of serious escalations"](np.array(rows), known)


def test_clustering_by_hand():
    # serious at 0, 1 and 5 of eight: pairs at lags 1, 2, 3 are (0, 1) alone; chances: 3 from 0, 3 from 1, 2 from 5
    rows = [[[3, 4, 0, 0, 0, 5, 2, 2]]]
    assert clustering(rows, [[1] * 8])[0] == pytest.approx((1 / 8) / (3 / 8))


def test_clustering_of_a_constant_is_one_and_of_nothing_is_missing():
    both = clustering([[[3] * 6], [[2] * 6]], [[1] * 6])
    assert both[0] == pytest.approx(1)
    assert np.isnan(both[1])


def test_clustering_skips_unmodelled_periods_and_does_not_cross_dyads():
    # dyad 0: serious at 0 and 2, period 1 unmodelled; dyad 1: serious at 3 only, which starts no pair
    # pairs: (0, 2); chances: from 0 at lags 2 and 3, from 2 at lag 1; rate: 3 of 7
    rows = [[[3, 5, 3, 0], [0, 0, 0, 3]]]
    assert clustering(rows, [[1, 0, 1, 1], [1, 1, 1, 1]])[0] == pytest.approx((1 / 3) / (3 / 7))


def test_rate_in_a_condition_that_never_occurs_is_missing():
    never = Condition(np.zeros((1, 4), bool), np.zeros((1, 4), bool), np.ones((1, 4), bool), np.zeros((1, 4), int))
    assert np.isnan(QUANTITIES["rate: insult and injury"](np.full((2, 1, 4), 3), never)).all()


def test_condition_is_above_the_median_over_the_modelled_dyad_periods():
    panel = small_panel()
    arrays = design(panel)
    known = condition(panel, arrays)
    on = arrays.weight > 0
    assert known.insult[on].mean() == pytest.approx(0.5)
    assert known.injury[on].mean() == pytest.approx(0.5)
    np.testing.assert_array_equal(known.modelled, on)
    honor = panel["honor_denied_memory"].sel(half_life=12.0).to_numpy()
    assert honor[known.insult & on].min() > honor[~known.insult & on].max()
    threat = panel["threat_posed_memory"].sel(half_life=12.0).sum("category").to_numpy()
    assert threat[known.injury & on].min() > threat[~known.injury & on].max()
    assert (known.year[:, 0] == 2001).all()
    assert (known.year[:, -1] == 2004).all()


@pytest.mark.parametrize(("replicated", "observed", "expected"), [
    ([1, 2, 3, 4], 2.5, 1.0),
    ([1, 2, 3, 4], 3.5, 0.5),
    ([1, 2, 3, 4], 1.5, 0.5),
    ([1, 2, 3, 4], 9, 0.0),
    ([1, 2, 3, 4], 1, 0.25),
    ([1, 2, 2, 2], 2, 0.75),
    ([2, 2, 2, 2], 2, 1.0),
    ([0, 0, 0, 1], 0, 0.75),
])  # fmt: skip
def test_tail_probability_shares_ties(replicated, observed, expected):
    assert tail_probability(np.array(replicated, dtype=float), observed) == pytest.approx(expected)


def test_tail_probability_of_nothing_is_missing():
    assert np.isnan(tail_probability(np.array([]), 1.0))
    assert np.isnan(tail_probability(np.array([1.0, 2.0]), float("nan")))


@pytest.mark.parametrize("outcome", ["onset", "acts"])
def test_checks_without_levels_are_refused(outcome):
    panel = with_onset(small_panel())
    with pytest.raises(ValueError, match=f"are of levels, and what was modelled is {outcome}"):
        predictive.check(xr.DataTree(), panel, design(panel, (outcome,)), seed=1)


def test_frame_leaves_missing_replicates_out():
    draws = np.array([0.0, 1.0, 2.0, 3.0, 4.0, np.nan, np.nan])
    frame = Checked("h", {"q": 4.0, "r": 1.0}, {"q": draws, "r": np.full(3, np.nan)}).frame().set_index("quantity")
    assert frame.loc["q", "p"] == pytest.approx(0.2)
    assert frame.loc["q", "replicated_median"] == 2.0
    assert frame.loc["q", "replicated_5%"] == pytest.approx(0.2)
    assert frame.loc["q", "observed"] == 4.0
    assert np.isnan(frame.loc["r", "p"])
    assert np.isnan(frame.loc["r", "replicated_median"])
