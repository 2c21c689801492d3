"""Scores, references and skill by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statusmodels.criticism.scores import SCORES, climatology, mean_difference, persistence, scores, skill_table

P = np.array([0.1, 0.2, 0.3, 0.2, 0.15, 0.05])


@pytest.mark.parametrize(("level", "expected"), [
    # P(level >= 1..5) is 0.9, 0.7, 0.4, 0.2, 0.05
    (3, [-np.log(0.2), 0.01 + 0.04 + 0.09 + 0.64 + 0.0225 + 0.0025,
         0.01 + 0.09 + 0.36 + 0.04 + 0.0025, -np.log(0.4), 0.36]),
    (0, [-np.log(0.1), 0.81 + 0.04 + 0.09 + 0.04 + 0.0225 + 0.0025,
         0.81 + 0.49 + 0.16 + 0.04 + 0.0025, -np.log(0.6), 0.16]),
    (5, [-np.log(0.05), 0.01 + 0.04 + 0.09 + 0.04 + 0.0225 + 0.9025,
         0.01 + 0.09 + 0.36 + 0.64 + 0.9025, -np.log(0.4), 0.36]),
])  # fmt: skip
def test_scores_by_hand(level, expected):
    row = scores(P[None], np.array([level])).iloc[0]
    np.testing.assert_allclose(row[list(SCORES)].to_numpy(dtype=float), expected, rtol=1e-12)


def test_a_perfect_prediction_scores_zero_and_an_impossible_level_infinity():
    perfect = scores(np.eye(6), np.arange(6))
    assert (perfect.to_numpy() == 0).all()
    wrong = scores(np.eye(6)[:1], np.array([5])).iloc[0]
    assert wrong["log"] == wrong["serious_log"] == np.inf
    assert wrong["rps"] == 5
    assert wrong["brier"] == 2


def test_serious_of_two_levels_is_the_higher_and_can_be_moved():
    two = scores(np.array([[0.7, 0.3]]), np.array([1])).iloc[0]
    assert two["serious_brier"] == pytest.approx(0.49)
    four = scores(P[None], np.array([3]), serious=4).iloc[0]
    assert four["serious_brier"] == pytest.approx(0.04)
    assert four["serious_log"] == pytest.approx(-np.log(0.8))


def test_serious_log_keeps_its_digits_where_the_event_is_all_but_certain():
    sure = scores(np.array([[1e-20, 0, 0, 1.0, 0, 0]]), np.array([0])).iloc[0]
    assert sure["serious_log"] == pytest.approx(20 * np.log(10))


simplex = st.lists(st.floats(0.01, 1), min_size=6, max_size=6).map(lambda x: np.array(x) / np.sum(x))


@given(truth=simplex, told=simplex)
def test_no_forecast_expects_a_better_score_than_the_true_probabilities(truth, told):
    honest, other = (truth @ scores(np.tile(p, (6, 1)), np.arange(6)).to_numpy() for p in (truth, told))
    assert (honest <= other + 1e-9).all()


@pytest.mark.parametrize(("probability", "level", "said"), [
    (P, [0], "shape"),
    (P[None], [6], "whole numbers from 0 to 5"),
    (P[None], [-1], "whole numbers"),
    (P[None] * 0.9, [0], "distribution"),
    (np.array([[1.2, -0.2]]), [0], "distribution"),
])  # fmt: skip
def test_bad_predictions_are_refused(probability, level, said):
    with pytest.raises(ValueError, match=said):
        scores(probability, np.array(level))


LEVEL = np.array([[0, 2, 2, 1, 5], [1, 1, 0, 0, 5]])
TRAINING = np.array([[1, 1, 1, 1, 0], [0, 1, 1, 1, 0]], dtype=bool)


def test_climatology_by_hand_from_the_training_periods_alone():
    # three zeros... of dyad 0: 0 2 2 1; of dyad 1: 1 0 0
    np.testing.assert_allclose(climatology(LEVEL, TRAINING, 5), np.array([3.5, 2.5, 2.5, 0.5, 0.5, 0.5]) / 10)


def test_persistence_by_hand_needs_both_periods_of_a_pair_in_training():
    # pairs: 0>2, 2>2, 2>1 and 1>0, 0>0; the first period of dyad 1 is out, so its 1>1 is no pair
    usual = np.array([3.5, 2.5, 2.5, 0.5, 0.5, 0.5]) / 10
    found = persistence(LEVEL, TRAINING, 5)
    np.testing.assert_allclose(found[0], (np.array([1, 0, 1, 0, 0, 0]) + 3 * usual) / 5)
    np.testing.assert_allclose(found[1], (np.array([1, 0, 0, 0, 0, 0]) + 3 * usual) / 4)
    np.testing.assert_allclose(found[2], (np.array([0, 1, 1, 0, 0, 0]) + 3 * usual) / 5)
    for never in (3, 4, 5):
        np.testing.assert_allclose(found[never], usual)


def test_difference_and_its_error_by_hand():
    # deviations from the mean of 3: -2, 0 | -1, 3; sums of blocks -2 and 2; 2 / 1 * (8 - 4) = 8
    mean, se = mean_difference(np.array([2.0, 4, 3, 7]), np.ones(4), ["a", "a", "b", "b"])
    assert mean == 3
    assert se == pytest.approx(np.sqrt(8) / 4)
    # sums 3, 1, -4 in the order of the labels, not of the rows: 3 / 2 * (9 + 1 + 16 + 3 - 4)
    assert mean_difference(np.array([1.0, 3, -4]), np.zeros(3), [1991, 1990, 1992])[1] == pytest.approx(
        np.sqrt(1.5 * 25) / 3
    )
    assert np.isnan(mean_difference(np.arange(3.0), np.zeros(3), np.zeros(3))[1])


@pytest.mark.parametrize(("rho", "low"), [(0.0, 0.93), (0.7, 0.85), (0.9, 0.7)])
def test_error_covers_what_repeated_panels_scatter_by(rho, low):
    rng = np.random.default_rng(2)
    years, months, runs = 24, 12, 500
    x = rng.standard_normal((runs, years * months))
    x[:, 0] /= np.sqrt(1 - rho**2)
    for t in range(1, years * months):
        x[:, t] += rho * x[:, t - 1]
    both = np.concatenate([x, x + 0.1 * rng.standard_normal(x.shape)], axis=1)  # two sides of one rivalry
    block = np.tile(np.repeat(np.arange(years), months), 2)
    found = np.array([mean_difference(row, np.zeros(len(row)), block) for row in both])
    assert low < found[:, 1].mean() / found[:, 0].std() < 1.07
    plain = both.std(axis=1).mean() / np.sqrt(both.shape[1])
    assert plain / found[:, 0].std() < 0.75


def predictions(shuffle=False):
    rows = []
    for name, p in {"model": [0.8, 0.2], "climatology": [0.5, 0.5], "persistence": [0.6, 0.4]}.items():
        for month, level in (("2000-01", 0), ("2000-02", 1), ("2001-01", 0)):
            rows.append((name, "A>B", pd.Timestamp(f"{month}-01"), level, *p))
    table = pd.DataFrame(rows, columns=["hypothesis", "dyad", "period", "level", "p0", "p1"])
    return table.sample(frac=1, random_state=1) if shuffle else table


@pytest.mark.parametrize("shuffle", [False, True])
def test_skill_by_hand(shuffle):
    table = skill_table(predictions(shuffle)).set_index(["hypothesis", "score", "reference"])
    row = table.loc[("model", "serious_brier", "climatology")]
    # model: 0.04, 0.64, 0.04; climatology: 0.25 each; differences -0.21, 0.39 | -0.21, their mean -0.01
    assert row["mean"] == pytest.approx(0.24)
    assert row["reference_mean"] == pytest.approx(0.25)
    assert row["skill"] == pytest.approx(0.04)
    assert row["difference"] == pytest.approx(-0.01)
    assert row["se"] == pytest.approx(np.sqrt(2 * (0.2**2 + 0.2**2 - 0.2**2)) / 3)
    assert (row["predictions"], row["years"]) == (3, 2)
    assert ("climatology", "log", "persistence") in table.index
    assert ("climatology", "log", "climatology") not in table.index
    assert len(table) == 5 * (2 + 1 + 1)


def test_forecasters_of_different_periods_are_not_compared():
    table = predictions()
    with pytest.raises(ValueError, match="same dyad-periods"):
        skill_table(table.drop(index=table.index[0]))
