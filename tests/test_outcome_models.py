"""Any subset of the outcomes: arrays, replicates and the integrated likelihood.

Every statistical comparison uses a fixed seed and four standard errors.
"""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.special import expit, logsumexp
from small import plain_parameters, random_design, small_panel

from statusmodels.inference.likelihood import outcome_log_likelihood, pointwise
from statusmodels.models.design import design
from statusmodels.models.hypothesis import TERMS
from statusmodels.models.parameters import constrain, drawn_from_prior, linear_predictor, sizes
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.panel.outcomes import with_external, with_onset

SE = 4.0
CUT = np.array([-0.4, 0.3, 0.9, 1.7, 2.6])
SUBSETS = [
    ("level",), ("acts",), ("onset",), ("external",), ("level", "acts"), ("level", "external"), ("acts", "external"),
    ("onset", "external"), ("level", "acts", "external"),
]  # fmt: skip


def gappy_panel(kind="continuous"):
    """Two dyads with an onset and an external series; levels, acts and the series are missing here and there."""
    panel = with_onset(small_panel())
    rng = np.random.default_rng(1)
    shape = panel["level"].shape
    series = rng.normal(2, 3, shape) if kind == "continuous" else rng.integers(0, 4, shape).astype(float)
    series[rng.random(shape) < 0.3] = np.nan
    coords = {"dyad": panel["dyad"], "period": panel["period"]}
    panel = with_external(panel, xr.DataArray(series, coords, ("dyad", "period")), kind, "trade")
    for name in ("level", "acts"):
        panel[name] = panel[name].where(rng.random(shape) > 0.2)
    return with_onset(panel)


# the arrays


@pytest.mark.parametrize("outcomes", SUBSETS)
def test_each_outcome_is_modelled_where_it_is_known(outcomes):
    panel = gappy_panel()
    arrays = design(panel, outcomes)
    observed = panel["observed"].to_numpy()
    raw = {name: panel[name].to_numpy() for name in ("level", "acts", "onset", "external")}
    known = {name: observed & np.isfinite(values) for name, values in raw.items()}
    never = np.zeros(arrays.shape, bool)
    own = "onset" if "onset" in outcomes else "level"
    level = known[own] if own in outcomes else never
    acts = known["acts"] & (known["level"] if "level" in outcomes else True) if "acts" in outcomes else never
    external = known["external"] if "external" in outcomes else never
    np.testing.assert_array_equal(arrays.weights, np.stack([level, acts, external]))
    np.testing.assert_array_equal(arrays.modelled, level | acts | external)
    np.testing.assert_array_equal(arrays.level[level], raw[own][level])
    first = 1 if "level" in outcomes else 0
    np.testing.assert_array_equal(arrays.extra[acts], np.maximum(raw["acts"][acts] - first, 0))
    assert (arrays.external is None) == ("external" not in outcomes)
    if "external" in outcomes:
        np.testing.assert_array_equal(arrays.external, np.where(external, raw["external"], np.nan))
    assert arrays.levels == (1 if "onset" in outcomes else 5)
    assert arrays.has_level == bool({"level", "onset"} & set(outcomes))
    memory = arrays.memory.reshape(4, 3, *arrays.shape)[..., arrays.modelled]
    np.testing.assert_allclose(memory.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(memory.std(axis=-1), 1, rtol=1e-12)


@pytest.mark.parametrize(("outcomes", "words"), [
    ((), "got none"),
    (("level", "wars"), "some of level, acts, onset, external; got level, wars"),
    (("onset", "level"), "the same acts twice"),
    (("acts", "onset"), "the same acts twice"),
    (("onset",), "no 'onset'; see statusmodels.panel.outcomes"),
    (("level", "external"), "no 'external'"),
])  # fmt: skip
def test_outcomes_that_cannot_be_modelled_are_refused(outcomes, words):
    with pytest.raises(ValueError, match=words):
        design(small_panel(), outcomes)


def test_nothing_to_model_is_refused():
    panel = gappy_panel()
    with pytest.raises(ValueError, match="no dyad-period"):
        design(panel.assign(onset=panel["onset"] * np.nan), ("onset",))
    ordinal = gappy_panel("ordinal")
    calm = ordinal.assign(external=ordinal["external"].where(ordinal["external"].isnull(), 0.0))
    with pytest.raises(ValueError, match="never above its lowest level"):
        design(calm, ("level", "external"))


def test_ordinal_series_has_as_many_levels_as_it_shows():
    assert design(gappy_panel("ordinal"), ("external",)).external_levels == 3
    assert design(gappy_panel(), ("external",)).external_levels == 0


def test_acts_missing_where_the_level_is_known_leave_the_level_modelled():
    panel = small_panel()
    acts = panel["acts"].to_numpy().copy()
    acts[0, 20], acts[1, 30] = np.nan, np.nan
    arrays = design(panel.assign(acts=(("dyad", "period"), acts)))
    expected = np.ones((2, 36))
    expected[0, 8], expected[1, 18] = 0, 0
    np.testing.assert_array_equal(arrays.weights[0][:, 12:], 1)
    np.testing.assert_array_equal(arrays.weights[1][:, 12:], expected)
    assert arrays.extra[0, 20] == arrays.extra[1, 30] == 0
    assert design(panel).acts_weight is None


@pytest.mark.parametrize("dims", [("dyad", "period"), ("period", "dyad")])
def test_observed_may_differ_by_dyad(dims):
    panel = small_panel()
    observed = np.broadcast_to(panel["observed"].to_numpy(), (2, 48)).copy()
    observed[1, :30] = False
    given = xr.DataArray(observed, dims=("dyad", "period")).transpose(*dims)
    arrays = design(panel.assign(observed=given))
    np.testing.assert_array_equal(arrays.weight, observed)
    np.testing.assert_array_equal(arrays.start_level[1, :30], panel["level"].to_numpy()[1, :30])
    one = design(panel.assign(observed=given).isel(dyad=[1]))
    np.testing.assert_array_equal(one.weight, observed[1:])


def test_one_of_the_dyads_will_do():
    panel = small_panel()
    arrays = design(panel.isel(dyad=[0]))
    both = design(panel)
    assert (arrays.shape, arrays.dyads, arrays.mirror.tolist()) == ((1, 48), both.dyads[:1], [-1])
    np.testing.assert_allclose(arrays.memory[:, :, arrays.weight[0] > 0].mean(axis=-1), 0, atol=1e-12)
    raw = panel["history"].to_numpy()[:, :1]
    on = arrays.weight > 0
    np.testing.assert_allclose(arrays.history, raw - raw[:, on].mean(axis=1)[:, None, None], atol=1e-12)
    # the other side's history is not its own to recompute
    changed = arrays.with_outcomes(np.where(on, 5, 0), arrays.extra)
    np.testing.assert_array_equal(changed.history[1], arrays.history[1])
    assert (changed.history[0][on] > arrays.history[0][on]).any()
    np.testing.assert_allclose(arrays.with_outcomes(arrays.level, arrays.extra).history, arrays.history, atol=1e-12)


def test_history_stays_where_the_levels_are_not_modelled():
    arrays = design(gappy_panel(), ("onset",))
    changed = arrays.with_outcomes(1 - arrays.level, arrays.extra)
    np.testing.assert_array_equal(changed.history, arrays.history)
    np.testing.assert_array_equal(changed.level, 1 - arrays.level)


def test_static_model_has_no_path():
    arrays = design(small_panel(), path=False)
    assert not any(sizes(arrays)[name] for name in ("path", "sigma", "rho"))
    x = drawn_from_prior(arrays, Priors(), 3, np.random.default_rng(0))
    assert x.shape[1] == sum(sizes(arrays).values())
    parameters = constrain(x, arrays, np.ones(len(TERMS)))
    assert not {"sigma", "rho"} & set(parameters)
    at = list(sizes(arrays)).index("cut_first")
    first = x[:, sum(list(sizes(arrays).values())[:at])]
    np.testing.assert_allclose(parameters["cutpoint"][:, 0], first)  # nothing widens it


# replicates


def of_outcomes(outcomes, periods=4, **changes):
    arrays = random_design(1, periods=periods, unmodelled=0)
    if "onset" in outcomes:
        arrays = replace(arrays, levels=1, level=np.minimum(arrays.level, 1))
    if "external" in outcomes:
        changes.setdefault("external", np.zeros(arrays.shape))
    return replace(arrays, outcomes=outcomes, **changes)


def quadrature(sigma):
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    return sigma * node, weight / weight.sum()


def assert_shares(hits, expected):
    """Shares of independent hits (S, ...) against probabilities of the same shape but the first."""
    found, expected = hits.mean(axis=0), np.asarray(expected)
    z = (found - expected) / np.sqrt(expected * (1 - expected) / len(hits))
    assert np.abs(z).max() < SE, (found, expected)


def assert_mean(x, expected):
    assert abs(x.mean() - expected) / (x.std() / np.sqrt(x.size)) < SE, (x.mean(), expected)


def test_onsets_are_drawn_with_the_probability_of_the_model_and_only_where_at_risk():
    arrays = of_outcomes(("onset",))
    arrays.weight[0, 2] = 0.0
    fixed = plain_parameters(arrays, 20000, sigma=1.2, rho=0.7, cutpoint=0.6)
    level, extra, external = replicate(fixed, arrays, np.random.default_rng(2))
    assert external is None
    assert not extra.any()
    assert set(np.unique(level)) == {0, 1}
    assert not level[:, 0, 2].any()
    theta, weight = quadrature(1.2)
    assert_shares(level[:, 1], np.full(4, weight @ expit(theta - 0.6)))


def test_onset_depends_on_the_history_observed():
    arrays, gamma = of_outcomes(("onset",)), np.array([0.9, -0.6])
    fixed = plain_parameters(arrays, 10000, sigma=1e-6, cutpoint=0.6, history=gamma)
    level, _, _ = replicate(fixed, arrays, np.random.default_rng(3))
    assert_shares(level, expit(gamma[0] * arrays.history[0] + gamma[1] * arrays.history[1] - 0.6))


def test_all_acts_are_drawn_where_no_level_is_modelled():
    arrays = of_outcomes(("acts",))
    arrays.weight[1, 0] = 0.0
    given = {"act_intercept": 0.4, "act_slope": 0.8, "act_dispersion": 1.4}
    fixed = plain_parameters(arrays, 20000, sigma=0.9, rho=0.6, **given)
    level, acts, _ = replicate(fixed, arrays, np.random.default_rng(4))
    assert not level.any()
    assert not acts[:, 1, 0].any()
    theta, weight = quadrature(0.9)
    mean = np.exp(0.4 + 0.8 * theta)
    for k in (0, 1, 4):
        assert_shares(acts[:, 0] <= k, np.full(4, weight @ stats.nbinom.cdf(k, 1.4, 1.4 / (1.4 + mean))))
    assert_mean(acts[:, 1, 3], np.exp(0.4 + 0.5 * (0.8 * 0.9) ** 2))
    whole, more, _ = replicate(fixed, arrays, np.random.default_rng(4), from_start=True)
    assert not whole.any()
    assert more[:, 1, 0].any()


def test_continuous_series_follows_its_distribution_and_shares_the_risk_of_the_level():
    series = np.array([[0.0, np.nan, 0.0, 0.0], [np.nan, 0.0, 0.0, np.nan]])
    arrays = of_outcomes(("level", "external"), external=series)
    given = {"external_intercept": 0.3, "external_slope": 0.7, "external_scale": 0.5, "cutpoint": CUT}
    fixed = plain_parameters(arrays, 20000, sigma=1.1, rho=0.7, **given)
    level, extra, external = replicate(fixed, arrays, np.random.default_rng(5))
    assert not extra.any()
    np.testing.assert_array_equal(np.isnan(external), np.broadcast_to(np.isnan(series), external.shape))
    total = np.hypot(0.7 * 1.1, 0.5)
    for q in (-1.0, 0.3, 1.2):
        assert_shares(external[:, 0, [0, 2, 3]] < q, np.full(3, stats.norm.cdf(q, 0.3, total)))
    theta, weight = quadrature(1.1)
    for k in (1, 3, 5):
        at_least = expit(theta - CUT[k - 1])
        assert_mean(
            external[level[:, 0, 3] >= k, 0, 3], 0.3 + 0.7 * (weight @ (theta * at_least)) / (weight @ at_least)
        )


def test_ordinal_series_follows_the_cumulative_logit_of_its_own():
    arrays = of_outcomes(("external",), external_levels=3)
    arrays.external[0, 1] = np.nan
    cut = np.array([-0.8, 0.5, 1.5])
    fixed = plain_parameters(arrays, 20000, sigma=1.1, rho=0.7, external_slope=1.6, external_cutpoint=cut)
    level, extra, external = replicate(fixed, arrays, np.random.default_rng(6))
    assert not level.any()
    assert not extra.any()
    assert np.isnan(external[:, 0, 1]).all()
    theta, weight = quadrature(1.1)
    for k in (1, 2, 3):
        assert_shares(external[:, 1] >= k, np.full(4, weight @ expit(1.6 * theta - cut[k - 1])))
    assert external[:, 1].max() == 3


def test_static_replicates_have_the_risk_of_the_predictors_alone():
    arrays = of_outcomes(("level", "acts"), path=False)
    level, _, _ = replicate(plain_parameters(arrays, 20000, cutpoint=CUT), arrays, np.random.default_rng(7))
    assert_shares(level[:, 0, :, None] >= np.arange(1, 6), np.broadcast_to(expit(-CUT), (4, 5)))
    r = np.corrcoef(level[:, 0, 2] >= 2, level[:, 0, 3] >= 2)[0, 1]
    assert abs(r) * np.sqrt(20000) < SE


def test_a_dyad_alone_keeps_the_other_sides_history():
    arrays = random_design(1, dyads=1, periods=4, unmodelled=0)
    gamma = np.array([0.0, 0.8])
    fixed = plain_parameters(arrays, 20000, sigma=1e-6, cutpoint=CUT, history=gamma)
    level, _, _ = replicate(fixed, arrays, np.random.default_rng(8))
    assert_shares(level[:, 0] >= 2, expit(0.8 * arrays.history[1, 0] - CUT[1]))


# the likelihood


def variants():
    rng = np.random.default_rng(9)
    series, steps = rng.normal(0, 1, (2, 5)), rng.integers(0, 4, (2, 5)).astype(float)
    series[0, 1] = series[1, 3] = steps[0, 2] = np.nan
    some = np.ones((2, 5))
    some[1, 2] = 0.0
    plain = {
        f"catalogue, {n} periods": random_design(8, periods=n, unmodelled=int(n > 2), eras=1) for n in (1, 2, 3, 10)
    }
    return plain | {
        "acts": of_outcomes(("acts",), periods=5),
        "onset": of_outcomes(("onset",), periods=5),
        "continuous": of_outcomes(("external",), periods=5, external=series, weight=np.zeros((2, 5))),
        "ordinal": of_outcomes(("level", "external"), periods=5, external=steps, external_levels=3),
        "all": of_outcomes(("level", "acts", "external"), periods=5, external=series, acts_weight=some),
        "onset and binary": of_outcomes(
            ("onset", "external"), periods=5, external=steps.clip(max=1), external_levels=1
        ),
    }


VARIANTS = variants()


def log_probability(p, s, arrays, d, t, theta):
    """Of the outcomes of one dyad-period at risks ``theta``, from first principles."""

    def ordinal(y, x, cut):
        at_least = np.concatenate([np.ones((1, len(x))), expit(x - cut[:, None]), np.zeros((1, len(x)))])
        return np.log(np.maximum(at_least[int(y)] - at_least[int(y) + 1], 1e-300))

    out = np.zeros(len(theta))
    level = arrays.level[d, t]
    if arrays.has_level and arrays.weight[d, t]:
        out += ordinal(level, theta, p["cutpoint"].to_numpy()[s])
    counted = arrays.weight if arrays.acts_weight is None else arrays.acts_weight
    if "acts" in arrays.outcomes and counted[d, t] and (level > 0 or not arrays.has_level):
        a, slope, phi = (float(p[f"act_{k}"][s]) for k in ("intercept", "slope", "dispersion"))
        mean = np.exp(a + slope * theta + (float(p["act_rise"][s]) * (level - 1) if arrays.has_level else 0.0))
        out += stats.nbinom.logpmf(arrays.extra[d, t], phi, phi / (phi + mean))
    if arrays.external is not None and np.isfinite(arrays.external[d, t]):
        x = float(p["external_slope"][s]) * theta
        if arrays.external_levels:
            out += ordinal(arrays.external[d, t], x, p["external_cutpoint"].to_numpy()[s])
        else:
            mean, scale = float(p["external_intercept"][s]) + x, float(p["external_scale"][s])
            out += stats.norm.logpdf(arrays.external[d, t], mean, scale)
    return out


def prior_posterior(arrays, draws, seed):
    """Draws from the prior in the form of a posterior, with a path, and the same with one leading dim."""
    rng = np.random.default_rng(seed)
    x = drawn_from_prior(arrays, Priors(), draws, rng)
    flat, chained = (constrain(v, arrays, np.ones(len(TERMS))) for v in (x, x[None]))
    if "external_scale" in flat:  # no narrower than the grid of the numerical integral can see
        flat["external_scale"], chained["external_scale"] = (v["external_scale"].clip(0.1) for v in (flat, chained))
    u = rng.standard_normal((draws, *arrays.shape)) * 0.5 * arrays.path
    chained["u"] = (("chain", "draw", "dyad", "period"), u[None])
    return flat, chained, u


@pytest.mark.parametrize("name", VARIANTS)
def test_outcome_probabilities_from_first_principles(name):
    arrays, theta = VARIANTS[name], np.linspace(-3, 3, 7)
    flat, _, _ = prior_posterior(arrays, 4, 10)
    cells = arrays.level.size
    found = outcome_log_likelihood(np.broadcast_to(theta, (4, cells, 7)), np.arange(cells), arrays, flat)
    for s in range(4):
        for n in range(cells):
            expected = log_probability(flat, s, arrays, *divmod(n, arrays.shape[1]), theta)
            np.testing.assert_allclose(found[s, n], expected, rtol=1e-7, atol=1e-12)


def test_every_level_has_been_tried():
    assert set(VARIANTS["catalogue, 10 periods"].level.ravel()) == set(range(6))


@pytest.mark.parametrize("name", VARIANTS)
def test_pointwise_likelihood_integrates_the_period_given_its_neighbours(name):
    arrays, draws = VARIANTS[name], 8
    flat, chained, u = prior_posterior(arrays, draws, 11)
    found = pointwise(chained, arrays, draws=draws).to_numpy()[0]
    eta = linear_predictor(flat, arrays)
    periods = arrays.shape[1]
    lags = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    standard = np.linspace(-40, 40, 20001)  # a series far from where the neighbours are pulls the risk away from them
    cells = np.argwhere(arrays.modelled)
    assert found.shape == (draws, len(cells))
    for s in range(draws):
        covariance = float(flat["sigma"][s]) ** 2 * float(flat["rho"][s]) ** lags
        for n, (d, t) in enumerate(cells):
            rest = [k for k in range(periods) if k != t]
            pull = covariance[t, rest] @ np.linalg.pinv(covariance[np.ix_(rest, rest)]) if rest else np.zeros(0)
            scale = np.sqrt(covariance[t, t] - pull @ covariance[rest, t])
            theta = eta[s, d, t] + pull @ u[s, d, rest] + scale * standard
            lp = log_probability(flat, s, arrays, d, t, theta) + stats.norm.logpdf(standard)
            assert found[s, n] == pytest.approx(logsumexp(lp) + np.log(standard[1] - standard[0]), abs=2e-3)


def test_pointwise_likelihood_of_a_static_model_is_that_of_its_predictors():
    arrays = replace(VARIANTS["all"], path=False)
    flat, chained, _ = prior_posterior(arrays, 6, 12)
    found = pointwise(chained, arrays, draws=6).to_numpy()[0]
    eta = linear_predictor(flat, arrays)
    for s in range(6):
        for n, (d, t) in enumerate(np.argwhere(arrays.modelled)):
            assert found[s, n] == pytest.approx(log_probability(flat, s, arrays, d, t, eta[s, d, [t]])[0])
