"""Stacking weights against their closed form, their optimality conditions and ArviZ."""

import arviz as az
import numpy as np
import pandas as pd
import pytest

from statusmodels.criticism.stacking import stacked, stacking_weights


def test_two_models_by_hand():
    # six points with densities 0.8 and 0.2, four the other way round: maximise 6 log(0.2 + 0.6 w) + 4 log(0.8 - 0.6 w)
    x = np.log([[0.8, 0.2]] * 6 + [[0.2, 0.8]] * 4)
    np.testing.assert_allclose(stacked(x, np.ones(10)), [2 / 3, 1 / 3], atol=1e-5)
    # a weight of nothing is a point that is not there: 6 against 1 would give more than all
    np.testing.assert_allclose(stacked(x, np.r_[np.ones(7), 0, 0, 0]), [1, 0], atol=1e-9)
    # counted twice is two points
    np.testing.assert_allclose(
        stacked(x, np.r_[np.ones(6), 2 * np.ones(4)]), [(0.8 * 6 - 0.2 * 8) / 8.4, 1 - 3.2 / 8.4], atol=1e-5
    )


def test_weights_meet_the_conditions_of_an_optimum():
    rng = np.random.default_rng(3)
    x = rng.normal(-1, 0.6, (300, 5)) - np.array([0, 0.1, 0.2, 0.5, 2.0])
    x[:, 0] -= 700  # densities that would vanish as numbers but for their ratios
    x[:, 1:] -= 700
    given = rng.gamma(1, 1, 300)
    w = stacked(x, given)
    assert w.sum() == pytest.approx(1)
    d = np.exp(x + 700)
    slope = (given / given.sum()) @ (d / (d @ w)[:, None])
    assert (slope < 1 + 1e-3).all()
    np.testing.assert_allclose(slope[w > 0.01], 1, atol=1e-3)
    assert w[4] < 1e-6


def test_weights_of_all_points_agree_with_arviz():
    rng = np.random.default_rng(4)
    likelihood = rng.normal(-1, 0.5, (2, 250, 60, 3)) * 0.1 + rng.normal(-1, 0.7, (60, 3))
    elpds = {
        f"m{h}": az.loo(
            az.from_dict({"posterior": {"x": rng.normal(size=(2, 250))}, "log_likelihood": {"y": likelihood[..., h]}}),
            pointwise=True,
        )
        for h in range(3)
    }
    theirs = az.compare(elpds, method="stacking", round_to="none")["weight"]
    ours = stacking_weights(pd.DataFrame({k: e.elpd_i.to_numpy() for k, e in elpds.items()}), np.arange(60), draws=2)
    for name in elpds:
        assert ours.loc[name, "weight"] == pytest.approx(theirs[name], abs=1e-3)


def test_bootstrap_of_two_blocks_has_the_quantiles_of_its_dirichlet():
    # one point a block, densities (0.9, 0.1) and (0.1, 0.9): with weight g on the first, w = (0.9 g - 0.1 (1 - g)) / 0.8 cut at 0
    # and 1, and g is uniform, so w is 0 with probability 0.1, 1 with 0.1, and its mean is one half
    found = stacking_weights(np.log([[0.9, 0.1], [0.1, 0.9]]), ["a", "b"], draws=2000, seed=5)
    assert found.loc[0, "mean"] == pytest.approx(0.5, abs=0.03)
    assert found.loc[0, "5%"] == pytest.approx(0, abs=1e-6)
    assert found.loc[0, "95%"] == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(found["mean"].sum(), 1)


def test_a_block_counts_as_one_however_many_points_agree_in_it():
    rng = np.random.default_rng(6)
    years = rng.normal(0, 1, 20)
    x = np.repeat(np.c_[years, np.zeros(20)], 12, axis=0)
    width = [
        float(np.subtract(*stacking_weights(x, blocks, 300, 1).loc[0, ["95%", "5%"]]))
        for blocks in (np.arange(240), np.repeat(np.arange(20), 12))
    ]
    assert width[1] > 2 * width[0]


def test_same_seed_same_table_and_names_stay():
    x = pd.DataFrame(np.random.default_rng(7).normal(size=(40, 2)), columns=["one", "two"])
    a, b, c = (stacking_weights(x, np.arange(40) // 4, 50, s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(a, b)
    assert (a["mean"] != c["mean"]).all()
    assert list(a.index) == ["one", "two"]
    assert list(a.columns) == ["weight", "mean", "5%", "95%"]


@pytest.mark.parametrize(("x", "blocks", "said"), [
    (np.zeros((3, 2)), [1, 2], "3 points and 2 labels"),
    (np.zeros((3, 2)), [1, 1, 1], "two of them"),
    (np.array([[0, np.nan], [0, 0]]), [1, 2], "finite"),
])  # fmt: skip
def test_bad_input_is_refused(x, blocks, said):
    with pytest.raises(ValueError, match=said):
        stacking_weights(x, blocks)
