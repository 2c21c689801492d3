"""Forecasts know nothing of their own period or later, and beat climatology where there is something to know."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from small import catalogue, random_design, small_panel, some_acts

from statusmodels.criticism import forecast as module
from statusmodels.criticism.forecast import forecast, known_before, origins, predict_block, smoothed
from statusmodels.criticism.refit import refitted, told
from statusmodels.criticism.scores import climatology, persistence, skill_table
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import Sizes, truth
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, build, escalation_memory

INJURY, BASELINE = HYPOTHESES["injury-alone"], HYPOTHESES["baseline"]
TINY = Sampler(draws=150, tune=60, chains=1, target_accept=0.6, seed=1)
MODEST = Sampler(draws=400, tune=150, chains=2, target_accept=0.6, seed=1)


def with_levels(panel: xr.Dataset, level: np.ndarray, acts: np.ndarray) -> xr.Dataset:
    """The panel of two sides with other outcomes and the histories that they make."""
    own = np.log1p(escalation_memory(level, panel.attrs["history_keep"]))
    return panel.assign(
        level=(("dyad", "period"), level),
        acts=(("dyad", "period"), acts),
        history=(("side", "dyad", "period"), np.stack([own, own[::-1]])),
    )


@cache
def strong() -> xr.Dataset:
    """Twelve years of months with a strong effect of threats and little else."""
    acts = some_acts(("A", "B"), "1990-01-01", "2001-12-31", 380, seed=3)
    panel = build(catalogue(acts, [("1990-01-01", "1994-12-31"), ("1995-01-01", "2001-12-31")]))
    arrays, rng = design(panel), np.random.default_rng(4)
    size = Sizes(honor=0, authority=0, threat=2.0, product=0, gate=0)
    level, extra, _ = replicate(truth(arrays, "injury-alone", rng, size), arrays, rng, from_start=True)
    return with_levels(panel, level[0].astype(float), np.where(level[0] > 0, extra[0] + 1.0, 0.0))


def shared(panel, sampler=TINY, outcomes=("level", "acts")):
    return {"panel": panel, "outcomes": outcomes, "priors": Priors(), "sampler": sampler}


def piece(hypothesis, origin, stop):
    return {**told(hypothesis), "origin": origin, "stop": stop, "seed": 1}


def test_origins_begin_in_the_middle_and_are_so_many_months_apart():
    assert origins(small_panel(), 6) == [24, 30, 36, 42]
    assert origins(small_panel(period="quarter"), 6) == [8, 10, 12, 14]
    assert origins(small_panel(), 100) == [24]


def test_centre_and_scale_are_those_of_the_modelled_periods_before_the_origin():
    panel = small_panel()
    training, block = known_before(panel, 30, 40)
    raw = panel["honor_denied_memory"].transpose("half_life", "dyad", "period").to_numpy()
    before = raw[:, :, 12:30]  # the first twelve months are not modelled
    mean, scale = before.mean(axis=(1, 2), keepdims=True), before.std(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(block.memory[0].reshape(3, 2, 40), (raw[:, :, :40] - mean) / scale)
    past = panel["history"].to_numpy()
    np.testing.assert_allclose(block.history, past[..., :40] - past[..., 12:30].mean(axis=(1, 2))[:, None, None])
    np.testing.assert_allclose(training.memory.reshape(4, 3, 2, 30), block.memory.reshape(4, 3, 2, 40)[..., :30])
    np.testing.assert_allclose(
        training.threat.reshape(2, -1, 2, 30), block.threat.reshape(2, -1, 2, 40)[..., :30], atol=1e-12
    )
    np.testing.assert_allclose(training.history, block.history[..., :30])
    assert training.shape == (2, 30)
    np.testing.assert_array_equal(block.level, design(panel).level[:, :40])
    np.testing.assert_array_equal(block.weight, design(panel).weight[:, :40])


def test_eras_end_with_the_block():
    panel = small_panel()
    assert [known_before(panel, 16, stop)[0].eras for stop in (20, 24, 25, 48)] == [1, 1, 2, 2]
    training, block = known_before(panel, 16, 30)
    assert (training.eras, training.era.max(), block.era.max()) == (2, 0, 1)


def test_smoothed_weights_are_the_raw_ones_but_for_their_tail():
    log_weight = np.random.default_rng(5).normal(0, 0.5, 1000)
    weight, k = smoothed(log_weight)
    ess = 1 / np.square(weight).sum()
    raw = np.exp(log_weight) / np.exp(log_weight).sum()
    assert weight.sum() == pytest.approx(1)
    assert np.corrcoef(weight, raw)[0, 1] > 0.999
    # log-normal weights have an effective share of exp(-variance)
    assert ess == pytest.approx(1000 * np.exp(-0.25), rel=0.05)
    assert k < 0.5
    few, bad = smoothed(np.random.default_rng(6).normal(0, 6, 1000))
    assert 1 / np.square(few).sum() < 30
    assert bad > 0.7


@pytest.mark.parametrize(("outcomes", "change", "said"), [
    (("acts",), {}, "of level or onset"),
    (("level", "external"), {}, "without an external series"),
    (("level",), {"ordering": "daily"}, "day of the outcome"),
])  # fmt: skip
def test_what_cannot_be_forecast_is_refused(outcomes, change, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        forecast(small_panel().assign_attrs(change), Place(tmp_path, workers=1), [BASELINE], outcomes=outcomes)


def test_a_panel_without_outcomes_before_the_first_origin_is_refused(tmp_path):
    panel = small_panel()
    late = panel.assign(observed=panel["observed"] & (np.arange(48) >= 30))
    with pytest.raises(ValueError, match="both before and after"):
        forecast(late, Place(tmp_path, workers=1), [BASELINE])


def changed_from(panel: xr.Dataset, t: int, what: str) -> xr.Dataset:
    """Other outcomes from period ``t`` on, or other signals."""
    if what == "outcomes":
        level = panel["level"].to_numpy().copy()
        level[:, t:] = 5 - level[:, t:]
        acts = panel["acts"].to_numpy().copy()
        acts[:, t:] = np.where(level[:, t:] > 0, acts[:, t:] + 3, 0)
        return with_levels(panel, level, acts)
    later = xr.DataArray(np.arange(panel.sizes["period"]) >= t, dims="period")
    names = [f"{s}_memory" for s in (*SIGNALS, *THREAT_SIGNALS)]
    return panel.assign(
        {name: xr.where(later, 3 * panel[name] + 7, panel[name]).transpose(*panel[name].dims) for name in names}
    )


@pytest.mark.sampling
@pytest.mark.parametrize("limit", [0.0, np.inf], ids=["weighted", "refitted each period"])
@pytest.mark.parametrize("what", ["outcomes", "signals"])
def test_what_comes_later_changes_no_earlier_prediction(what, limit, monkeypatch):
    monkeypatch.setattr(module, "MIN_ESS", limit)
    monkeypatch.setattr(module, "MAX_PARETO_K", np.inf)
    panel = small_panel(period="quarter")
    first, t, stop = 9, 12, 14
    before = predict_block(shared(panel), piece(INJURY, first, stop))
    after = predict_block(shared(changed_from(panel, t, what)), piece(INJURY, first, stop))
    assert before["period"] == after["period"] == np.repeat(np.arange(first, stop), 2).tolist()
    # the outcome of a period is known from the next one on; the signals of a period, which are of its past, from itself on
    unaware = np.array(before["period"]) < (t + 1 if what == "outcomes" else t)
    p, q = np.array(before["probability"]), np.array(after["probability"])
    np.testing.assert_array_equal(p[unaware], q[unaware])
    assert (p[~unaware] != q[~unaware]).all(axis=1).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    fitted = [f["fitted"] for f in before["fits"]]
    assert fitted == ([9] if limit == 0 else [9, 10, 11, 12, 13])


@pytest.mark.sampling
def test_eras_without_data_are_drawn_from_the_distribution_of_eras():
    whole = random_design(6, dyads=2, periods=60, eras=5)
    later = np.arange(60) >= 30
    # two eras have periods, three none
    arrays = replace(whole, era=later.astype(np.int64), level=np.where(later, whole.level, whole.level // 3))
    drawn, _ = refitted(arrays, INJURY, Priors(), replace(MODEST, draws=500), 7)
    era, spread = drawn["era"].to_numpy(), drawn["era_spread"].to_numpy()
    # deviations are from the mean over all eras, which drops out of differences
    for a, b in ((2, 3), (3, 4)):
        unit = (era[:, a] - era[:, b]) / (spread * np.sqrt(2))
        assert unit.std() == pytest.approx(1, abs=0.08)
        assert abs(unit.mean()) < 0.12
    np.testing.assert_allclose(era.sum(axis=1), 0, atol=1e-9)
    j = list(drawn["varying"].to_numpy()).index("threat")
    unit = drawn["era_effect"].to_numpy()[:, j, 2:] / drawn["era_effect_spread"].to_numpy()[:, j, None]
    assert stats.kstest(unit.ravel(), "norm").statistic < 0.05
    # and where there are data they are told: the levels of the second era are higher
    assert (era[:, 1] > era[:, 0]).mean() > 0.95


@pytest.mark.sampling
def test_weighted_draws_predict_as_a_refit_does():
    panel = strong()
    early = predict_block(shared(panel, MODEST), piece(INJURY, 114, 119))
    late = predict_block(shared(panel, MODEST), piece(INJURY, 118, 119))
    assert len(early["fits"]) == 1
    last = np.array(early["period"]) == 118
    # a refit centres and scales its signals anew, and each has its Monte Carlo error
    np.testing.assert_allclose(np.array(early["probability"])[last], late["probability"], atol=0.04)
    assert early["weights"][-1]["ess"] < late["weights"][0]["ess"]


@pytest.mark.sampling
def test_forecast_runs_its_pieces_in_other_processes_and_stores_them(tmp_path):
    panel, steps = small_panel(period="quarter"), []
    place = Place(tmp_path, workers=1, tell=lambda *x: steps.append(x))
    found = forecast(panel, place, [BASELINE], months=12, sampler=TINY)
    again = forecast(panel, place, [BASELINE], months=12, sampler=TINY)
    assert steps == [(0, 2), (1, 2), (2, 2), (2, 2)]
    pd.testing.assert_frame_equal(found.predictions, again.predictions)
    here = predict_block(shared(panel), piece(BASELINE, 12, 16))
    mine = found.predictions.query("hypothesis == 'baseline' and period >= '2004-01-01'")
    np.testing.assert_array_equal(mine[[f"p{k}" for k in range(6)]], here["probability"])
    assert mine["dyad"].tolist() == ["A>B", "B>A"] * 4
    assert (mine["origin"] == pd.Timestamp("2004-01-01")).all()


@pytest.mark.sampling
def test_predictions_beat_climatology_and_a_hypothesis_without_the_effect_that_is_there(tmp_path, monkeypatch):
    panel = strong()
    monkeypatch.setattr(module, "MIN_ESS", 50.0)  # fewer refits, for the sake of time
    monkeypatch.setattr(module, "run", lambda work, shared, pieces, *_: [work(shared, p) for p in pieces])
    found = forecast(
        panel, Place(tmp_path, workers=1), [INJURY, BASELINE], months=36, sampler=replace(MODEST, draws=300)
    )
    table = skill_table(found.predictions).set_index(["hypothesis", "score", "reference"])
    for score in ("log", "brier", "rps", "serious_log", "serious_brier"):
        row = table.loc[("injury-alone", score, "climatology")]
        assert row["skill"] > 0.05
        assert row["difference"] < -2 * row["se"]
    density = found.pointwise()
    assert list(density.columns) == ["injury-alone", "baseline"]
    assert len(density) == 2 * 72
    assert (density["injury-alone"] - density["baseline"]).sum() > np.log(20)
    check_references(found.predictions, design(panel))
    summary = found.table()
    assert summary["blocks"].tolist() == [2, 2]
    assert (summary["fits"] >= 2).all()
    assert (summary["min_ess"] >= module.MIN_ESS).all()
    assert (summary["max_pareto_k"] <= module.MAX_PARETO_K).all()
    assert found.weights.groupby("hypothesis").size().tolist() == [72, 72]


def check_references(predictions: pd.DataFrame, arrays) -> None:
    """Both references use the levels before the block's origin, and persistence that of the period before."""
    for origin in (72, 108):
        training = (arrays.weight > 0) & (np.arange(144) < origin)
        usual, given = (f(arrays.level, training, 5) for f in (climatology, persistence))
        for name in ("climatology", "persistence"):
            mine = predictions[(predictions["hypothesis"] == name)]
            mine = mine[mine["origin"] == mine["period"].min() + pd.DateOffset(months=origin - 72)]
            assert len(mine) == 72
            for row in mine.itertuples():
                d = arrays.dyads.index(row.dyad)
                t = (row.period.year - 1990) * 12 + row.period.month - 1
                assert row.level == arrays.level[d, t]
                expected = usual if name == "climatology" else given[arrays.level[d, t - 1]]
                np.testing.assert_allclose([getattr(row, f"p{k}") for k in range(6)], expected)
