"""From a panel to the arrays of the model."""

import numpy as np
import pandas as pd
import pytest
from small import Act, catalogue, small_panel, some_acts

from statusmodels.errors import InputError
from statusmodels.events.catalogue import Catalogue
from statusmodels.models.design import design
from statusmodels.panel.panel import build

ERAS = [("2001-01-01", "2002-12-31"), ("2003-01-01", "2004-12-31")]


def modelled(arrays, x):
    return x[..., (arrays.weight > 0).ravel()]


@pytest.mark.parametrize("sides", ["AB", "ABC"])
def test_predictors_are_centred_and_scaled_over_the_modelled_dyad_periods(sides):
    arrays = design(small_panel(tuple(sides)))
    memory = modelled(arrays, arrays.memory)
    np.testing.assert_allclose(memory.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(memory.std(axis=-1), 1, rtol=1e-12)
    categories, half_lives = len(arrays.categories), len(arrays.half_lives)
    threat = modelled(arrays, arrays.threat)
    np.testing.assert_allclose(threat.mean(axis=-1), 0, atol=1e-12)
    total = threat.reshape(2, categories, half_lives, -1).sum(axis=1)
    np.testing.assert_allclose(total.std(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(arrays.history[:, arrays.weight > 0].mean(axis=-1), 0, atol=1e-12)


def test_standardized_signal_is_a_positive_affine_image_of_the_panels_memory():
    panel = small_panel()
    arrays = design(panel)
    raw = panel["authority_denied_memory"].to_numpy().reshape(3, -1)
    for k in range(3):
        slope, intercept = np.polyfit(raw[k], arrays.memory[2, k], 1)
        np.testing.assert_allclose(arrays.memory[2, k], slope * raw[k] + intercept, atol=1e-10)
        assert slope > 0


def test_threat_categories_share_one_scale_per_half_life():
    panel = small_panel()
    arrays = design(panel)
    raw = panel["threat_posed_memory"].to_numpy().reshape(len(arrays.categories), 3, -1)
    mine = arrays.threat[0].reshape(raw.shape)
    for k in range(3):
        slopes = [np.polyfit(x[k], y[k], 1)[0] for x, y in zip(raw, mine, strict=True) if np.ptp(x[k]) > 0]
        assert len(slopes) == 3
        np.testing.assert_allclose(slopes, slopes[0], rtol=1e-10)


def test_scaling_uses_no_outcomes():
    acts = some_acts("AB", "2001-01-01", "2004-12-31", 120)
    before = catalogue(acts, ERAS)
    codings = before.codings.copy()
    escalation = codings["construct"] == "escalation"
    codings.loc[escalation, "severity"] = 6 - codings.loc[escalation, "severity"]
    dropped = codings.index[escalation][::3]
    codings.loc[dropped, ["construct", "category"]] = "none"
    codings.loc[dropped, ["valence", "severity"]] = 0
    after = Catalogue("small", before.events, codings, before.sources, before.eras, "0")
    left, right = design(build(before)), design(build(after))
    assert (left.level != right.level).any()
    np.testing.assert_array_equal(left.memory, right.memory)
    np.testing.assert_array_equal(left.threat, right.threat)
    np.testing.assert_array_equal(left.weight, right.weight)


def test_outcomes_outside_the_modelled_periods_are_zero_and_kept_as_start_levels():
    panel = small_panel()
    arrays = design(panel)
    off = arrays.weight == 0
    assert off.sum() == 24
    assert not arrays.level[off].any()
    assert not arrays.extra[off].any()
    np.testing.assert_array_equal(arrays.start_level[off], panel["level"].to_numpy()[off])
    assert np.isnan(arrays.start_level[~off]).all()
    np.testing.assert_array_equal(arrays.level[~off], panel["level"].to_numpy()[~off])
    acts = panel["acts"].to_numpy()[~off]
    np.testing.assert_array_equal(arrays.extra[~off], np.where(acts > 0, acts - 1, 0))


def test_with_outcomes_gives_back_the_history_of_the_same_outcomes():
    arrays = design(small_panel())
    again = arrays.with_outcomes(arrays.level, arrays.extra)
    np.testing.assert_allclose(again.history, arrays.history, atol=1e-12)


def test_with_outcomes_recomputes_the_history():
    arrays = design(small_panel())
    rng = np.random.default_rng(3)
    level = rng.integers(0, 6, arrays.shape)
    level[arrays.weight == 0] = 0
    changed = arrays.with_outcomes(level, level)
    past = np.where(arrays.weight > 0, level, np.nan_to_num(arrays.start_level))
    keep = 0.5 ** (1 / 3)
    own = np.zeros(arrays.shape)
    for t in range(arrays.shape[1]):
        for s in range(t):
            own[:, t] += past[:, s] * keep ** (t - s)
    raw = np.stack([np.log1p(own), np.log1p(own[::-1])])
    np.testing.assert_allclose(changed.history, raw - arrays.history_mean[:, None, None], atol=1e-12)
    np.testing.assert_array_equal(changed.level, level)
    np.testing.assert_array_equal(changed.memory, arrays.memory)


@pytest.mark.parametrize("wrong", ["level", "extra"])
def test_with_outcomes_refuses_a_wrong_shape(wrong):
    arrays = design(small_panel())
    given = {"level": arrays.level, "extra": arrays.extra}
    given[wrong] = given[wrong][:, :-1]
    with pytest.raises(ValueError, match="shape"):
        arrays.with_outcomes(**given)


def test_signal_that_never_occurs_stays_zero_and_finite():
    acts = [Act("2001-03-01", "A", "B", (("honor", -1, 2),)), Act("2002-03-01", "B", "A", (("escalation", -1, 2),))]
    arrays = design(build(catalogue(acts, ERAS)))
    assert not arrays.memory[1:].any()
    assert not arrays.threat.any()
    assert arrays.memory[0].any()
    for x in (arrays.memory, arrays.threat, arrays.history):
        assert np.isfinite(x).all()


def test_gap_between_eras_weighs_nothing():
    acts = some_acts("AB", "2001-01-01", "2004-12-31", 60)
    panel = build(catalogue(acts, [("2001-01-01", "2002-06-30"), ("2002-09-01", "2004-12-31")]))
    arrays = design(panel)
    gap = panel["period"].to_index().isin(pd.to_datetime(["2002-07-01", "2002-08-01"]))
    assert not arrays.weight[:, gap].any()
    assert arrays.weight[:, 12:][:, ~gap[12:]].all()
    assert np.isfinite(arrays.history).all()


@pytest.mark.parametrize(
    ("name", "value", "match"), [("history", np.nan, "has no history"), ("acts", 0.0, "level above 0 and no act")]
)
def test_cells_that_cannot_be_are_named(name, value, match):
    panel = small_panel().copy(deep=True)
    t = int(np.flatnonzero(panel["level"].to_numpy()[0, 20:] > 0)[0]) + 20
    where = (0, 0, t) if name == "history" else (0, t)
    panel[name].to_numpy()[where] = value
    with pytest.raises(InputError, match=match) as caught:
        design(panel)
    day = str(panel["period"].to_numpy()[t])[:10]
    assert f"A>B, {day}" in str(caught.value)
