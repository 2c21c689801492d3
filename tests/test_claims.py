"""Estimands at hand-made parameters, and the words of the verdict."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from small import random_design

from statusmodels.claims.estimands import Estimands, estimands, surface
from statusmodels.claims.verdict import MEANS, Rule, base_rate, judge
from statusmodels.inference.sampling import thinned
from statusmodels.models.hypothesis import TERMS
from statusmodels.models.truth import Sizes, truth

EFFECTS = Sizes(honor=0.7, authority=0.3, threat=0.5, product=0.35, gate=1.3)


def at(design, hypothesis, size=EFFECTS):
    out = truth(design, hypothesis, np.random.default_rng(0), size)
    return out.assign(u=(("sample", "dyad", "period"), np.zeros((1, *design.shape))))


def ranges(design):
    """The 10th and 90th percentiles of honor denied and injury, all half-lives and categories weighing the same."""
    on = (design.weight > 0).ravel()
    half_lives = len(design.half_lives)
    honor = design.memory[0][:, on].mean(axis=0)
    injury = design.threat[0][:, on].sum(axis=0) / half_lives
    return np.percentile(honor, [10, 90]), np.percentile(injury, [10, 90])


def test_additive_effects_have_no_interaction_on_the_latent_scale_but_one_in_probability():
    design = random_design(1, periods=40)
    out = estimands(at(design, "additive"), design)
    assert abs(out.e3_latent[0]) < 1e-10
    assert abs(out.e3[0]) > 1e-4


def test_without_an_effect_of_honor_nothing_changes():
    design = random_design(2, periods=40)
    out = estimands(at(design, "injury-alone"), design)
    for values in (out.e1, out.e2, out.e3, out.e3_latent):
        np.testing.assert_allclose(values, 0, atol=1e-14)
    assert out.corner["low", "high"][0] > out.corner["low", "low"][0]


def test_product_gives_the_coefficient_times_both_ranges():
    design = random_design(3, periods=40)
    (h_low, h_high), (i_low, i_high) = ranges(design)
    out = estimands(at(design, "honor-plus-injury"), design)
    assert out.e3_latent[0] == pytest.approx(0.35 * (h_high - h_low) * (i_high - i_low), rel=1e-10)


def test_product_of_authority_and_threat_is_no_interaction_of_honor():
    design = random_design(3, periods=40)
    parameters = at(design, "additive").copy(deep=True)
    parameters["effect"][:, list(TERMS).index("authority_x_threat")] = 0.8
    assert abs(estimands(parameters, design).e3_latent[0]) < 1e-10


def test_gate_gives_the_coefficient_times_the_opening_between_low_and_high_injury():
    design = random_design(4, periods=40)
    (h_low, h_high), (i_low, i_high) = ranges(design)
    out = estimands(at(design, "gated"), design)
    opening = expit(3.0 * (i_high - 0.5)) - expit(3.0 * (i_low - 0.5))
    assert out.e3_latent[0] == pytest.approx(1.3 * (h_high - h_low) * opening, rel=1e-10)


@pytest.mark.parametrize("location", [-9.0, 0.0, 9.0])
def test_threshold_gives_the_coefficient_times_what_injury_exceeds_it_by(location):
    design = random_design(4, periods=40)
    (h_low, h_high), (i_low, i_high) = ranges(design)
    parameters = at(design, "additive").copy(deep=True)
    parameters["effect"][:, list(TERMS).index("honor_threshold")] = 0.9
    parameters["gate_location"][:] = location
    beyond = max(i_high - location, 0) - max(i_low - location, 0)
    assert estimands(parameters, design).e3_latent[0] == pytest.approx(0.9 * (h_high - h_low) * beyond, abs=1e-10)


def test_onset_is_serious_by_definition_and_without_levels_nothing_is():
    design = random_design(5, periods=30)
    onset = replace(design, outcomes=("onset",), levels=1, level=(design.level >= 3).astype(int))
    parameters = at(onset, "gated")
    level = at(design, "gated").copy(deep=True)
    level["cutpoint"][:, 2] = parameters["cutpoint"][:, 0]
    np.testing.assert_allclose(
        estimands(parameters, onset).e3, estimands(level.assign(era=parameters["era"]), design).e3
    )
    acts = replace(design, outcomes=("acts",))
    with pytest.raises(ValueError, match="without level or onset"):
        estimands(at(acts, "gated"), acts)


@pytest.mark.parametrize("serious", [2, 3, 5])
def test_corners_are_mean_probabilities_with_everything_else_as_it_was(serious):
    design = random_design(5, periods=30, unmodelled=4)
    rng = np.random.default_rng(6)
    parameters = at(design, "honor-plus-injury").copy(deep=True)
    parameters["u"][:] = rng.standard_normal(parameters["u"].shape)
    parameters["base"][:] = [[0.4, -0.4]]
    effect = dict(zip(TERMS, parameters["effect"].to_numpy()[0], strict=True))
    (h_low, h_high), (i_low, i_high) = ranges(design)
    memory, threat = design.memory.mean(axis=1), design.threat.sum(axis=1) / 3
    cut = parameters["cutpoint"].to_numpy()[0, serious - 1]
    found = estimands(parameters, design, serious).corner
    for h_name, h in (("low", h_low), ("high", h_high)):
        for i_name, i in (("low", i_low), ("high", i_high)):
            total = []
            for d in range(2):
                for t in range(design.shape[1]):
                    if design.weight[d, t] == 0:
                        continue
                    n = d * design.shape[1] + t
                    risk = (
                        float(parameters["base"][0, d])
                        + float(parameters["era"][0, design.era[t]])
                        + 0.15 * design.history[0, d, t]
                        + 0.1 * design.history[1, d, t]
                        + effect["honor_denied"] * h
                        + effect["authority_denied"] * memory[2, n]
                        + effect["threat"] * i
                        + effect["honor_granted"] * memory[1, n]
                        + effect["authority_granted"] * memory[3, n]
                        + effect["threat_relieved"] * threat[1, n]
                        + effect["honor_x_threat"] * h * i
                        + effect["authority_x_threat"] * memory[2, n] * i
                        + float(parameters["u"][0, d, t])
                    )
                    total.append(expit(risk - cut))
            assert found[h_name, i_name][0] == pytest.approx(np.mean(total), rel=1e-10)


def test_estimands_are_differences_of_the_corners():
    design = random_design(7, periods=30)
    out = estimands(at(design, "honor-plus-injury"), design)
    c = {k: float(v[0]) for k, v in out.corner.items()}
    assert out.e1[0] == pytest.approx(c["high", "low"] - c["low", "low"])
    assert out.e2[0] == pytest.approx(c["high", "high"] - c["low", "high"])
    assert out.e3[0] == pytest.approx(float(out.e2[0] - out.e1[0]))


def test_each_dyad_has_its_own_effect():
    design = random_design(8, periods=30)
    parameters = at(design, "additive").copy(deep=True)
    parameters["dyad_effect"][0, 0] = [1.0, -1.0]
    _, risk = surface(parameters, design, [10.0, 90.0], [50.0])
    np.testing.assert_allclose(risk[0, 1] - risk[0, 0], 0, atol=1e-10)
    parameters["dyad_effect"][0, 0] = [1.0, 0.0]
    (h_low, h_high), _ = ranges(design)
    _, risk = surface(parameters, design, [10.0, 90.0], [50.0])
    assert risk[0, 1, 0] - risk[0, 0, 0] == pytest.approx(0.5 * (h_high - h_low), rel=1e-10)


def test_each_era_has_its_own_effect():
    design = random_design(8, periods=31, unmodelled=1)
    parameters = at(design, "additive").copy(deep=True)
    parameters["dyad_effect"][0, 0] = 0.0
    parameters["era_effect"][0, 0] = [1.0, -0.5]
    (h_low, h_high), _ = ranges(design)
    _, risk = surface(parameters, design, [10.0, 90.0], [50.0])
    share = (design.era[1:] == 0).mean()
    assert risk[0, 1, 0] - risk[0, 0, 0] == pytest.approx((share - 0.5 * (1 - share)) * (h_high - h_low), rel=1e-10)


def test_unmodelled_periods_have_no_say():
    design = random_design(9, periods=30, unmodelled=5)
    before = estimands(at(design, "honor-plus-injury"), design)
    off = (design.weight == 0).ravel()
    design.memory[..., off] += 50.0
    design.threat[..., off] -= 50.0
    after = estimands(at(design, "honor-plus-injury"), design)
    np.testing.assert_array_equal(before.e1, after.e1)
    np.testing.assert_array_equal(before.e3_latent, after.e3_latent)


def test_thinned_draws_are_whole_draws_of_every_chain():
    import xarray as xr

    a = np.arange(2 * 50).reshape(2, 50)
    posterior = xr.Dataset({"a": (("chain", "draw"), a), "b": (("chain", "draw", "k"), np.stack([a, -a], axis=-1))})
    few = thinned(xr.DataTree.from_dict({"posterior": posterior}), draws=20)
    assert few.sizes["sample"] == 20
    found = few["a"].to_numpy()
    assert (found < 50).sum() == 10
    assert {0, 49, 50, 99} <= set(found.tolist())
    np.testing.assert_array_equal(few["b"].to_numpy()[:, 1], -found)


def draws(e1, e2, latent):
    e1, e2, latent = (np.broadcast_to(np.asarray(x, dtype=float), 20) for x in (e1, e2, latent))
    return Estimands(e1=e1, e2=e2, e3=e2 - e1, e3_latent=latent, corner={})


def mixed(first, second, count):
    """Twenty draws, ``count`` of them the first value."""
    return [first] * count + [second] * (20 - count)


RATE = 0.25  # width 0.125, exact in binary
WIDTH = 0.125


@pytest.mark.parametrize(("e1", "e2", "latent", "word"), [
    (0.0, 0.3, 0.5, "supported"),
    (0.0, 0.3, 0.0, "pattern only"),
    (0.3, 0.6, 0.5, "contradicted"),
    (0.0, 0.0, 0.5, "contradicted"),
    (mixed(0.0, 0.3, 10), 0.3, 0.5, "undecided"),
    (0.0, mixed(0.0, 0.3, 10), 0.5, "undecided"),
])  # fmt: skip
def test_each_word(e1, e2, latent, word):
    assert judge(draws(e1, e2, latent), RATE).word == word
    assert word in MEANS


@pytest.mark.parametrize(("e1", "e2", "latent", "word"), [
    (mixed(0.0, 0.3, 18), mixed(0.3, 0.0, 18), mixed(0.5, 0.0, 19), "supported"),
    (mixed(0.0, 0.3, 18), mixed(0.3, 0.0, 18), mixed(0.5, 0.0, 18), "pattern only"),
    (mixed(0.0, 0.3, 17), mixed(0.3, 0.0, 18), 0.5, "undecided"),
    (mixed(0.0, 0.3, 18), mixed(0.3, 0.0, 17), 0.5, "undecided"),
    (mixed(0.3, 0.0, 18), 0.3, 0.5, "contradicted"),
    (mixed(0.3, 0.0, 17), 0.3, 0.5, "undecided"),
    (0.0, mixed(0.0, 0.3, 18), 0.5, "contradicted"),
    (0.0, mixed(0.0, 0.3, 17), 0.5, "undecided"),
])  # fmt: skip
def test_words_at_the_edges_of_the_probabilities(e1, e2, latent, word):
    assert judge(draws(e1, e2, latent), RATE).word == word


def test_edges_of_practically_zero_and_negligible():
    under, over = np.nextafter(WIDTH, 0), np.nextafter(WIDTH, 1)
    assert judge(draws(under, WIDTH, 0.5), RATE).word == "supported"
    assert judge(draws(-under, over, 0.5), RATE).word == "supported"
    assert judge(draws(WIDTH, over, 0.5), RATE).word == "contradicted"
    assert judge(draws(0.0, under, 0.5), RATE).word == "contradicted"
    assert judge(draws(0.0, over, 0.1), RATE).word == "pattern only"
    assert judge(draws(0.0, over, np.nextafter(0.1, 1)), RATE).word == "supported"


def test_verdict_tells_its_probabilities():
    told = judge(draws(mixed(0.0, 0.3, 5), mixed(0.3, 0.0, 8), mixed(0.5, 0.0, 19)), RATE)
    assert (told.p_e1_zero, told.p_e1_more, told.p_e2_more, told.p_amplified) == (0.25, 0.75, 0.4, 0.95)
    assert told.mechanism
    assert not told.pattern


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.4])
def test_width_scales_with_the_rate(rate):
    assert judge(draws(0, 0, 0), rate).width == pytest.approx(rate / 2)
    assert judge(draws(0, 0, 0), rate, Rule(width_share=0.2)).width == pytest.approx(rate / 5)
    e1, e2 = 0.4 * rate, 0.6 * rate
    assert judge(draws(e1, e2, 0.5), rate).word == "supported"


def test_base_rate_is_the_share_of_modelled_periods_and_never_zero():
    design = random_design(10, periods=10, unmodelled=2)
    design.level[:] = 0
    assert base_rate(design) == pytest.approx(0.5 / 16)
    design.level[0, 5:9] = [2, 3, 4, 5]
    assert base_rate(design) == pytest.approx(3 / 16)
    assert base_rate(design, serious=2) == pytest.approx(4 / 16)
    design.level[:, 0] = 5
    assert base_rate(design) == pytest.approx(3 / 16)


def test_base_rate_of_onsets_is_their_share():
    design = random_design(10, periods=10, unmodelled=2)
    design.level[:] = 0
    design.level[0, [5, 7]] = 1
    assert base_rate(replace(design, outcomes=("onset",), levels=1)) == pytest.approx(2 / 16)
