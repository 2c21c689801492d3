"""Operating characteristics: enlarged panels, simulated verdicts, their table and its bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small import random_design, small_panel

from statusmodels.claims.operating import NOT_THE_CLAIM, WORDS, Setting, confusion, holds, interval, judged_once, pieces
from statusmodels.claims.operating import rows as in_rows
from statusmodels.claims.verdict import Rule
from statusmodels.inference.refits import Place, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.models.enlarge import enlarged
from statusmodels.models.priors import Priors

TINY = Sampler(draws=30, tune=50, chains=2, target_accept=0.8)


def simulations(truth: str, words: list[str]) -> pd.DataFrame:
    cell = {"truth": truth, "factor": "fitted", "rivalries": 1, "stretch": 1}
    numbers = dict.fromkeys(("true_e1", "true_e2", "true_e3_latent", "e1_sd", "e2_sd", "rate"), 0.5)
    return pd.DataFrame([{**cell, "word": w, "rhat": 1.0, **numbers} for w in words])


def test_interval_is_the_one_whose_tails_hold_what_they_say():
    from scipy.stats import binom

    low, high = interval(7, 40, 0.9)
    assert binom.sf(6, 40, low) == pytest.approx(0.05)
    assert binom.cdf(7, 40, high) == pytest.approx(0.05)
    assert interval(0, 10) == (0.0, pytest.approx(1 - 0.05**0.1))
    assert interval(10, 10)[1] == 1.0


def test_confusion_counts_every_verdict_of_every_truth():
    table = confusion(
        pd.concat(
            [simulations("gated", ["supported", "supported", "undecided"]), simulations("additive", ["pattern only"])]
        )
    ).set_index("truth")
    assert table.loc["gated", list(WORDS)].tolist() == [2, 0, 0, 1]
    assert table.loc["additive", list(WORDS)].tolist() == [0, 1, 0, 0]
    assert table["runs"].to_dict() == {"gated": 3, "additive": 1}
    assert table.loc["additive", "supported_bound"] == pytest.approx(0.9)  # 1 - 0.1 of one run without


@pytest.mark.parametrize(("false", "good"), [(0, True), (8, True), (11, False), (30, False)])
def test_error_rate_holds_only_if_false_support_is_rare(false, good):
    words = ["supported"] * false + ["undecided"] * (200 - false)
    every = pd.concat([simulations(h, words if h == "additive" else ["undecided"] * 200) for h in NOT_THE_CLAIM])
    assert holds(confusion(every), 200) is good


def test_error_rate_does_not_hold_on_too_few_runs_or_without_one_of_the_truths():
    few = pd.concat([simulations(h, ["undecided"] * 50) for h in NOT_THE_CLAIM])
    assert not holds(confusion(few), 200)
    assert not holds(confusion(simulations("additive", ["undecided"] * 200)), 200)


def test_enlarged_by_nothing_keeps_the_signals():
    small = random_design(0, dyads=2, periods=12)
    same = enlarged(small, 1, 1, np.random.default_rng(0))
    for name in ("memory", "threat", "level", "weight", "era", "start_level"):
        np.testing.assert_array_equal(getattr(same, name), getattr(small, name), err_msg=name)
    assert same.dyads == small.dyads


def test_enlarged_panel_holds_the_same_signals_shifted_together():
    small = random_design(1, dyads=2, periods=12)
    big = enlarged(small, 3, 2, np.random.default_rng(0))
    assert big.shape == (6, 24)
    assert len(big.rivalries) == 3
    assert big.mirror.tolist() == [1, 0, 3, 2, 5, 4]
    assert big.eras == 2 * small.eras
    assert big.weight.sum() == 6 * 24 - 6 * (small.weight == 0).sum() / 2
    grid = big.memory.reshape(4, -1, 6, 24)
    own = small.memory.reshape(4, -1, 2, 12)
    for rivalry in range(3):
        for stretch in range(2):
            part = grid[:, :, 2 * rivalry : 2 * rivalry + 2, 12 * stretch : 12 * stretch + 12]
            shifts = [s for s in range(12) if np.array_equal(np.roll(own, s, axis=-1), part)]
            assert len(shifts) == 1
            assert (shifts[0] == 0) == (rivalry == stretch == 0)


def test_enlarging_more_than_one_rivalry_is_refused():
    with pytest.raises(ValueError, match="one rivalry"):
        enlarged(random_design(0, dyads=4), 2, 1, np.random.default_rng(0))


@pytest.mark.sampling
def test_simulated_verdicts_are_the_same_in_every_order_and_process(tmp_path):
    shared = Setting(design(small_panel(period="quarter")), Priors(), TINY, Rule(), {})
    todo = [*pieces(["gated"], 2, 1, factor=1.0), *pieces(["gated"], 1, 1, factor=1.0, rivalries=2, stretch=2)]
    found = run(judged_once, shared, todo, Place(tmp_path, workers=1))
    assert found[1] == judged_once(shared, todo[1])
    table = in_rows(todo, found)
    assert set(table["word"]) <= set(WORDS)
    # the same effects on four times the dyad-periods
    assert table.loc[2, "true_e3_latent"] > 0
    assert len({r["e1_mean"] for r in found}) == 3
