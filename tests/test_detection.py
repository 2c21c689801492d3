"""Undetected events: their distribution given the detected ones, what they do to an effect, and what is left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.panel.detection import with_undetected

PERIODS, D, SHAPE, MEAN = 20_000, 0.3, 0.8, 4.0


@pytest.fixture(scope="module")
def truth():
    """True and detected counts of one dyad."""
    rng = np.random.default_rng(20261123)
    true = rng.poisson(rng.gamma(SHAPE, MEAN / SHAPE, PERIODS))
    return true, rng.binomial(true, D)


def frame(found, **more):
    same = {
        "ccode1": 2,
        "ccode2": 365,
        "period": range(len(found)),
        "world_events": 1000.0,
        "events": found,
        "level": 0,
    }
    return pd.DataFrame({**same, "threat_posed": found, "threat_posed_severity": 2 * found, **more})


def sure(d):
    return {"threat_posed": (d * 1e9, (1 - d) * 1e9)}


def test_true_counts_given_the_detected_ones_are_those_of_the_simulation(truth):
    true, found = truth
    more = with_undetected(frame(found), sure(D), seed=3)
    ours = more["threat_posed"].to_numpy()
    assert more.attrs["detection"]["threat_posed"] == pytest.approx(D, abs=1e-3)
    for n in range(4):
        here = found == n
        error = np.sqrt((true[here].var() + ours[here].var()) / here.sum())
        assert abs(ours[here].mean() - true[here].mean()) < 4 * error
        # the whole distribution, and not its mean alone
        assert np.abs(np.quantile(ours[here], [0.25, 0.5, 0.9]) - np.quantile(true[here], [0.25, 0.5, 0.9])).max() <= 1
    assert ours.var() == pytest.approx(true.var(), rel=0.1)


def test_a_quiet_year_of_the_source_hides_fewer(truth):
    _, found = truth
    world = np.where(np.arange(PERIODS) < PERIODS // 2, 100.0, 1900.0)
    zero = frame(np.where(np.arange(PERIODS) % 10 == 0, found, 0), world_events=world)
    added = (with_undetected(zero, sure(D), seed=1)["threat_posed"] - zero["threat_posed"]).to_numpy()
    quiet = zero["threat_posed"].to_numpy() == 0
    assert added[quiet & (world < 1000)].mean() < added[quiet & (world > 1000)].mean()


def test_what_is_detected_wholly_stays_and_nothing_else_changes(truth):
    _, found = truth
    before = frame(found, honor_denied=found, honor_denied_severity=found)
    kept = before.copy()
    same = with_undetected(before, {"threat_posed": (1e12, 1e-3)})
    pd.testing.assert_frame_equal(same, before, check_dtype=False)
    more = with_undetected(before, sure(D))
    pd.testing.assert_frame_equal(before, kept)
    others = [c for c in before if not c.startswith("threat_posed")]
    pd.testing.assert_frame_equal(more[others], before[others])
    added = more["threat_posed"] - before["threat_posed"]
    np.testing.assert_allclose(more["threat_posed_severity"] - before["threat_posed_severity"], 2 * added)
    pd.testing.assert_frame_equal(more, with_undetected(before, sure(D)))
    assert not more.equals(with_undetected(before, sure(D), seed=2))


def test_what_cannot_be_is_refused(truth):
    _, found = truth
    with pytest.raises(ValueError, match="not of 'insult'"):
        with_undetected(frame(found), {"insult": (1, 1)})
    with pytest.raises(ValueError, match="above 0"):
        with_undetected(frame(found), {"threat_posed": (0, 1)})
    with pytest.raises(ValueError, match="finite"):
        with_undetected(frame(found), {"threat_posed": (np.inf, 1)})
    with pytest.raises(InputError, match="honor_denied_severity"):
        with_undetected(frame(found), {"honor_denied": (1, 1)})
    with pytest.raises(InputError, match="missing values in threat_posed"):
        with_undetected(frame(np.where(found > 3, np.nan, found)), sure(D))
    other = frame(found).assign(ccode1=200)
    with pytest.raises(InputError, match="count with dyads"):
        with_undetected(pd.concat([frame(found), other[other["events"] > 0]]), sure(D))


def test_a_step_more_of_noise_is_about_the_step_before(truth):
    true, found = truth
    rng = np.random.default_rng(5)
    outcome = 0.2 * true + rng.standard_normal(PERIODS)
    drawn = with_undetected(frame(found), sure(D), seed=9)["threat_posed"].to_numpy()
    # effects of a standard deviation
    whole, detected, again = (np.corrcoef(x, outcome)[0, 1] for x in (true, found, drawn))
    assert whole > detected > again
    assert again / detected == pytest.approx(detected / whole, abs=0.03)


def test_nothing_is_made_of_nothing(truth):
    _, found = truth
    none = frame(np.zeros(PERIODS, dtype=int))
    pd.testing.assert_frame_equal(with_undetected(none, sure(D)), none)
    dark = frame(np.where(np.arange(PERIODS) < 100, 0, found), world_events=np.where(np.arange(PERIODS) < 100, 0, 1000))
    assert (with_undetected(dark, sure(D))["threat_posed"][:100] == 0).all()
    without = pd.concat([frame(found), none.assign(ccode1=200, world_events=0.0)], ignore_index=True)
    assert (with_undetected(without, sure(D))["threat_posed"][PERIODS:] == 0).all()
