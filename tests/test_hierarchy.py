"""Dyads in rivalries and eras: which levels there are, what their parameters mean, and that they can be sampled."""

from dataclasses import replace

import arviz as az
import numpy as np
import pytest
import xarray as xr
from small import prior_draw, random_design, small_panel

from statusmodels.inference.diagnostics import gate, varying
from statusmodels.inference.pilot import none
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS, THRESHOLD
from statusmodels.models.parameters import constrain, linear_predictor, sizes, starts, varying_effects
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import truth
from statusmodels.panel.outcomes import with_external, with_onset

FULL = HYPOTHESES["honor-plus-injury"]
EVERYTHING = np.ones(len(TERMS))


def block(arrays, x, name):
    at = dict(zip(sizes(arrays), starts(arrays)[:-1], strict=True))[name]
    return x[..., at : at + sizes(arrays)[name]]


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


LAYOUTS = {
    "one dyad": (
        {"dyads": 1},
        {"base_spread": 0, "effect_spread": 0, "dyad_offset": 0, "rivalry_base_spread": 0, "rivalry_offset": 0,
         "era_spread": 1, "era_effect_spread": 3, "era_offset": 8, "correlation": 0, "path": 12},
    ),
    "two dyads of one rivalry": (
        {"dyads": 2},
        {"base_spread": 1, "effect_spread": 3, "dyad_offset": 8, "rivalry_base_spread": 0, "rivalry_effect_spread": 0,
         "rivalry_offset": 0, "correlation": 0, "path": 24},
    ),
    "six dyads in three rivalries": (
        {"dyads": 6},
        {"base_spread": 1, "dyad_offset": 24, "rivalry_base_spread": 1, "rivalry_effect_spread": 3, "rivalry_offset": 12,
         "correlation": 0},
    ),
    "nine dyads": ({"dyads": 9}, {"dyad_offset": 36, "rivalry_offset": 20, "correlation": 0}),
    "ten dyads": ({"dyads": 10}, {"dyad_offset": 40, "rivalry_offset": 20, "correlation": 6}),
    "twelve dyads in six rivalries": (
        {"dyads": 12}, {"base_spread": 1, "effect_spread": 3, "dyad_offset": 48, "rivalry_offset": 24, "correlation": 6},
    ),
    "twelve dyads in as many rivalries": (
        {"dyads": 12, "one_sided": True},
        {"dyad_offset": 48, "rivalry_base_spread": 0, "rivalry_effect_spread": 0, "rivalry_offset": 0, "correlation": 6},
    ),
    "three half-lives and categories": (
        {},
        {"honor_memory": 3, "authority_memory": 3, "threat_memory": 3, "threat_memory_spread": 1, "threat_memory_offset": 9,
         "threat_weight": 3},
    ),
    "one half-life": (
        {"half_lives": 1},
        {"honor_memory": 0, "authority_memory": 0, "threat_memory": 0, "threat_memory_spread": 0, "threat_memory_offset": 0,
         "threat_weight": 3},
    ),
    "one category": (
        {"categories": 1},
        {"threat_memory": 3, "threat_memory_spread": 0, "threat_memory_offset": 0, "threat_weight": 0},
    ),
    "one era": ({"eras": 1}, {"era_spread": 0, "era_effect_spread": 0, "era_offset": 0}),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_levels_are_there_where_they_have_more_than_one_group(name):
    given, expected = LAYOUTS[name]
    arrays = random_design(1, **given)
    assert {name: sizes(arrays)[name] for name in expected} == expected
    parameters = constrain(prior_draw(arrays, np.random.default_rng(2))[None], arrays, EVERYTHING)
    for spread in ("base_spread", "effect_spread", "rivalry_base_spread", "rivalry_effect_spread", "era_spread"):
        assert (spread in parameters) == bool(sizes(arrays)[spread])
    assert ("correlation" in parameters) == bool(sizes(arrays)["correlation"])


def test_a_dyad_alone_has_the_effects_themselves_and_no_base_rate_of_its_own():
    arrays = random_design(3, dyads=1)
    p = constrain(prior_draw(arrays, np.random.default_rng(4))[None], arrays, EVERYTHING).isel(sample=0)
    np.testing.assert_array_equal(p["base"], [0.0])
    np.testing.assert_array_equal(p["dyad_effect"][:, 0], p["effect"][:3])
    assert p["era_effect"].to_numpy().any()


def test_a_half_life_or_category_alone_has_all_the_weight():
    for given in ({"half_lives": 1}, {"categories": 1}, {"half_lives": 1, "categories": 1}):
        arrays = random_design(3, **given)
        p = constrain(prior_draw(arrays, np.random.default_rng(4))[None], arrays, EVERYTHING).isel(sample=0)
        shape = len(arrays.categories), len(arrays.half_lives)
        assert p["threat_memory"].shape == shape
        for name in ("honor_memory", "authority_memory", "threat_memory", "threat_weight"):
            np.testing.assert_allclose(p[name].sum(axis=-1), 1)
        if "half_lives" in given:
            assert p["honor_memory"] == p["authority_memory"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_dyads_rivalries_and_eras_by_hand(seed):
    arrays = random_design(5, dyads=12, periods=4)
    x = prior_draw(arrays, np.random.default_rng(seed))
    raw = {name: block(arrays, x, name) for name in sizes(arrays)}
    p = constrain(x[None], arrays, EVERYTHING).isel(sample=0)
    # partial correlations, row by row, to the factor of the correlation matrix (Lewandowski, Kurowicka & Joe 2009)
    partial, factor = iter(np.tanh(raw["correlation"] / 2)), np.zeros((4, 4))
    for i in range(4):
        for j in range(i):
            factor[i, j] = next(partial) * np.sqrt(1 - (factor[i, :j] ** 2).sum())
        factor[i, i] = np.sqrt(1 - (factor[i, :i] ** 2).sum())
    z, w = raw["dyad_offset"].reshape(4, 12), raw["rivalry_offset"].reshape(4, 6)
    tau, tau_r = ([raw[f"{r}base_spread"][0], *raw[f"{r}effect_spread"]] for r in ("", "rivalry_"))
    deviation = np.zeros((4, 12))
    for d in range(12):
        for j in range(4):
            own = sum(factor[j, m] * z[m, d] for m in range(j + 1))
            deviation[j, d] = tau[j] * own + tau_r[j] * w[j, d // 2]  # dyads stand in pairs, rivalries are independent
    np.testing.assert_allclose(p["base"], deviation[0] - deviation[0].mean())
    np.testing.assert_allclose(p["dyad_effect"], raw["effect"][:3, None] + deviation[1:])
    q = raw["era_offset"].reshape(4, 2)
    np.testing.assert_allclose(p["era"], raw["era_spread"] * (q[0] - q[0].mean()))
    np.testing.assert_allclose(p["era_effect"], raw["era_effect_spread"][:, None] * q[1:])
    for name in ("base_spread", "effect_spread", "rivalry_base_spread", "rivalry_effect_spread", "era_spread", "sigma"):
        np.testing.assert_array_equal(np.ravel(p[name]), np.abs(raw[name]))


@pytest.mark.parametrize("seed", range(8))
def test_named_spreads_and_correlations_are_those_of_the_dyads_deviations(seed):
    arrays = random_design(5, dyads=12, periods=4, one_sided=True)
    x = prior_draw(arrays, np.random.default_rng(seed))
    columns = []
    for m in range(4):  # deviations are linear in the standard normals; the spreads that multiply them have any sign
        y = x.copy()
        block(arrays, y, "dyad_offset").reshape(4, 12)[:] = np.eye(4)[:, [m]] * ([1.0] + [0.0] * 11)
        p = constrain(y[None], arrays, EVERYTHING).isel(sample=0)
        base = p["base"] - p["base"][1]  # centred over dyads, of which only the first deviates
        columns.append([float(base[0]), *(p["dyad_effect"][:, 0] - p["effect"][:3].to_numpy()).to_numpy()])
    covariance = np.transpose(columns) @ np.array(columns)
    p = constrain(x[None], arrays, EVERYTHING).isel(sample=0)
    correlation = p["correlation"].to_numpy()
    np.testing.assert_allclose(correlation, correlation.T)
    np.testing.assert_allclose(np.diag(correlation), 1)
    assert (np.linalg.eigvalsh(correlation) > 0).all()
    spread = np.array([float(p["base_spread"]), *p["effect_spread"].to_numpy()])
    np.testing.assert_allclose(np.outer(spread, spread) * correlation, covariance, atol=1e-12)


def test_categories_of_threat_fade_about_a_common_memory():
    arrays = random_design(6)
    x = prior_draw(arrays, np.random.default_rng(7))
    p = constrain(x[None], arrays, EVERYTHING).isel(sample=0)
    nu = block(arrays, x, "threat_memory_offset").reshape(3, 3)
    for c in range(3):
        logits = block(arrays, x, "threat_memory") + block(arrays, x, "threat_memory_spread") * nu[c]
        np.testing.assert_allclose(p["threat_memory"][c], softmax(logits))


def test_effects_that_are_held_at_zero_do_not_vary():
    arrays = random_design(8, dyads=12, periods=4)
    x = prior_draw(arrays, np.random.default_rng(9))
    for hypothesis in (*HYPOTHESES.values(), THRESHOLD):
        p = constrain(x[None], arrays, hypothesis.mask()).isel(sample=0)
        for j, term in enumerate(("honor_denied", "authority_denied", "threat")):
            free = term in hypothesis.free
            assert p["dyad_effect"][j].to_numpy().any() == free
            assert p["era_effect"][j].to_numpy().any() == free
        assert p["base"].to_numpy().any()


@pytest.mark.parametrize(
    "given", [{"dyads": 12}, {"dyads": 1, "half_lives": 1, "categories": 1}, {"dyads": 6, "eras": 3}]
)
def test_risk_is_the_sum_of_its_terms(given):
    arrays = random_design(10, periods=6, **given)
    dyads, periods = arrays.shape
    half_lives, categories = len(arrays.half_lives), len(arrays.categories)
    p = constrain(prior_draw(arrays, np.random.default_rng(11))[None], arrays, EVERYTHING).isel(sample=0)
    b = dict(zip(TERMS, p["effect"].to_numpy(), strict=True))
    assert len(b) == 10
    assert all(b.values())
    location, slope = float(p["gate_location"]), float(p["gate_slope"])
    weights = {
        name: p[name].to_numpy() for name in ("honor_memory", "authority_memory", "threat_memory", "threat_weight")
    }
    expected, effects, beyond = np.zeros(arrays.shape), np.zeros((3, *arrays.shape)), set()
    for d in range(dyads):
        for t in range(periods):
            n, e = d * periods + t, int(arrays.era[t])

            def faded(row, memory, n=n):
                return sum(weights[memory][k] * arrays.memory[row, k, n] for k in range(half_lives))

            def mixed(row, n=n):
                return sum(
                    categories * weights["threat_weight"][c] * weights["threat_memory"][c, k]
                    * arrays.threat[row, c * half_lives + k, n]
                    for c in range(categories) for k in range(half_lives)
                )  # fmt: skip

            honor, honor_up = faded(0, "honor_memory"), faded(1, "honor_memory")
            authority, authority_up = faded(2, "authority_memory"), faded(3, "authority_memory")
            injury, relief = mixed(0), mixed(1)
            effects[:, d, t] = p["dyad_effect"][:, d] + p["era_effect"][:, e]
            beyond.add(injury > location)
            expected[d, t] = (
                float(p["base"][d]) + float(p["era"][e])
                + float(p["history"][0]) * arrays.history[0, d, t] + float(p["history"][1]) * arrays.history[1, d, t]
                + effects[0, d, t] * honor + effects[1, d, t] * authority + effects[2, d, t] * injury
                + b["honor_granted"] * honor_up + b["authority_granted"] * authority_up + b["threat_relieved"] * relief
                + b["honor_x_threat"] * honor * injury + b["authority_x_threat"] * authority * injury
                + b["honor_gate"] * honor / (1 + np.exp(-slope * (injury - location)))
                + b["honor_threshold"] * honor * max(0.0, injury - location)
            )  # fmt: skip
    assert beyond == {True, False}
    np.testing.assert_allclose(varying_effects(p.expand_dims("sample"), arrays)[0], effects)
    np.testing.assert_allclose(linear_predictor(p.expand_dims("sample"), arrays)[0], expected, atol=1e-12)
    without = linear_predictor(p.expand_dims("sample"), arrays, history=np.zeros_like(arrays.history))[0]
    np.testing.assert_allclose(expected - without, np.tensordot(p["history"].to_numpy(), arrays.history, 1), atol=1e-12)


# sampling


def sampled(arrays, **settings):
    return sample(arrays, FULL, sampler=Sampler(**{"draws": 600, "tune": 400, "chains": 2, "seed": 13} | settings))


def assert_converged(tree):
    posterior = tree["posterior"].dataset
    assert all(np.isfinite(values).all() for values in posterior.values())
    rhat = az.rhat(varying(posterior))
    assert {name: float(v) for name, v in rhat.items() if not v < 1.05} == {}
    assert float(tree["sample_stats"]["diverging"].mean()) < 0.01
    assert [c.name for c in gate(tree).checks if not np.isfinite(c.value)] == []


@pytest.mark.sampling
@pytest.mark.parametrize("name", ["one dyad", "twelve dyads", "onset", "static onset"])
def test_panels_of_every_kind_can_be_sampled(name):
    panel = small_panel("ABCD", period="quarter") if name == "twelve dyads" else with_onset(small_panel())
    panel = panel.isel(dyad=[0]) if name == "one dyad" else panel
    arrays = design(panel, ("onset",) if "onset" in name else ("level", "acts"), path="static" not in name)
    tree = sampled(arrays)
    assert tree["posterior"]["u"].shape == (2, 600, *arrays.shape)
    assert_converged(tree)


@pytest.mark.sampling
@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_a_series_made_by_the_model_is_tied_to_the_risk(kind):
    panel = small_panel()
    like = xr.DataArray(np.arange(96).reshape(2, 48) % 4, panel["level"].coords, ("dyad", "period"))
    arrays = design(with_external(panel, like, kind, "made"), ("level", "acts", "external"))
    rng = np.random.default_rng(2)
    made = truth(arrays, "additive", rng)
    made["external_slope"][:] = 1.0
    level, extra, external = replicate(made, arrays, rng)
    tree = sampled(replace(arrays.with_outcomes(level[0], extra[0]), external=external[0]), draws=1000, tune=500)
    assert_converged(tree)
    slope = tree["posterior"]["external_slope"]
    assert float(slope.quantile(0.001)) < 1.0 < float(slope.quantile(0.999))
    assert float((slope > 0.1).mean()) > 0.95


def summary(posterior: xr.Dataset):
    quantities = varying(posterior)
    return {
        str(name): (float(x.mean()), float(az.mcse(quantities[[name]], method="mean")[name]))
        for name, x in quantities.items()
    }


@pytest.mark.sampling
@pytest.mark.parametrize(("sides", "period"), [("AB", "month"), ("ABC", "quarter")])
def test_the_pilots_choice_does_not_matter(monkeypatch, sides, period):
    arrays = design(small_panel(sides, period))
    settings = {"draws": 1500, "tune": 500, "seed": 14}
    with_pilot = summary(sampled(arrays, **settings)["posterior"].dataset)
    monkeypatch.setattr("statusmodels.inference.sampling.pilot", lambda arrays, *_: none(arrays))
    without = summary(sampled(arrays, **settings)["posterior"].dataset)
    assert with_pilot.keys() == without.keys()
    assert with_pilot != without
    z = {
        name: (with_pilot[name][0] - without[name][0]) / np.hypot(with_pilot[name][1], without[name][1])
        for name in with_pilot
    }
    assert {name: value for name, value in z.items() if not abs(value) < 4} == {}
