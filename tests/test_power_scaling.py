"""Log priors against the plain model, the integrated likelihood against exact integrals, sensitivities against closed forms."""

from dataclasses import replace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import linalg, stats
from scipy.special import logsumexp
from small import prior_draw, random_design
from test_kernel import EVERYTHING, NUDGED, VARIANTS

from statusmodels.claims.estimands import estimands
from statusmodels.claims.integrated_likelihood import integrated_log_likelihood
from statusmodels.claims.log_prior import log_prior, made_with
from statusmodels.claims.power_scaling import (
    ALL,
    CONFLICT,
    LIKELIHOOD,
    POWERS,
    STRONG,
    UNTOLD,
    WEAK,
    power_scaling,
    sensitivity,
)
from statusmodels.claims.verdict import base_rate, judge
from statusmodels.criticism.importance import limit, smoothed
from statusmodels.events.catalogue import load
from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.inference.sampling import Sampler, sample, thinned
from statusmodels.models.assembly import pymc_model
from statusmodels.models.design import design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, TERMS, THRESHOLD
from statusmodels.models.parameters import constrain, linear_predictor, sizes, starts
from statusmodels.models.priors import FIXED, SIGNED, Priors
from statusmodels.panel.panel import build


def pymc_log_priors(arrays, priors, x):
    """Log density of each free variable of the plain model, without Jacobians, and that of all with the outcomes."""
    model = pymc_model(arrays, EVERYTHING, priors)
    names = [v.name for v in model.free_RVs]
    terms = model.logp(vars=[*model.free_RVs, *model.potentials], jacobian=False, sum=False)
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer=None)):
        f = pytensor.function(model.value_vars, [pt.sum(t) for t in terms])
    start = model.initial_point()
    shapes = [start[v.name].shape for v in model.value_vars]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    found = f(*(part.reshape(shape) for part, shape in zip(np.split(x, ends), shapes, strict=True)))
    return dict(zip(names, map(float, found), strict=False)), sum(map(float, found))


def block_of(x, arrays, name):
    layout = list(sizes(arrays))
    a, b = starts(arrays)[layout.index(name) : layout.index(name) + 2]
    return x[a:b]


def unseen(name, x, arrays, table):
    """What the plain model's density of a block has beyond that of the named quantities."""
    block, prior = block_of(x, arrays, name), table[name]
    if name in SIGNED:  # a normal with either sign
        return -len(block) * np.log(2)
    if name in ("honor_memory", "authority_memory", "threat_weight", "threat_memory"):
        root = np.sqrt(len(block))  # the logits' common level, as a coordinate of unit length
        return stats.norm(root * prior.a, prior.b).logpdf(root * block.mean())
    if name == "correlation":
        return len(block) * np.log(2) + np.linalg.slogdet(correlation_jacobian(np.tanh(0.5 * block)))[1]
    return 0.0


def correlation_of(partial):
    """Correlations of four variables from partial ones, by the recursion for a vine (Joe 2006)."""
    p, out = np.eye(4), np.eye(4)
    p[np.tril_indices(4, -1)] = partial
    for i in range(4):
        for j in range(i):
            r = p[i, j]
            for k in reversed(range(j)):
                r = r * np.sqrt((1 - p[i, k] ** 2) * (1 - p[j, k] ** 2)) + p[i, k] * p[j, k]
            out[i, j] = out[j, i] = r
    return out


def correlation_jacobian(partial, step=1e-6):
    below = np.tril_indices(4, -1)
    return np.column_stack(
        [
            (correlation_of(partial + step * e)[below] - correlation_of(partial - step * e)[below]) / (2 * step)
            for e in np.eye(len(partial))
        ]
    )


def shared_logits(x, arrays, table):
    """Mean log prior of the shared logits given the weights and their spread, by conditioning one large normal vector."""
    categories, half_lives = len(arrays.categories), len(arrays.half_lives)
    basis = linalg.helmert(half_lives)  # orthonormal contrasts
    spread = block_of(x, arrays, "threat_memory_spread")[0]
    offset = block_of(x, arrays, "threat_memory_offset").reshape(categories, half_lives)
    told = ((block_of(x, arrays, "threat_memory") + spread * offset) @ basis.T).ravel()
    scale, size = table["threat_memory"].b, half_lives - 1
    own = scale**2 * np.eye(size)
    cross = np.tile(own, categories)
    covariance = np.tile(own, (categories, categories)) + spread**2 * np.eye(categories * size)
    gain = np.linalg.solve(covariance, cross.T).T
    mean, left = gain @ told, own - gain @ cross.T
    return -0.5 * (mean @ mean + np.trace(left)) / scale**2 - 0.5 * size * np.log(2 * np.pi * scale**2)


@pytest.mark.parametrize("name", [
    "one dyad, one category, one era", "all", "level and external, ordinal", "static onset and binary series",
    "twelve correlated dyads in six rivalries",
])  # fmt: skip
def test_log_priors_add_up_to_the_plain_model_without_its_outcomes(name):
    arrays = VARIANTS[name]
    table, rng = NUDGED.table, np.random.default_rng(3)
    for _ in range(3):
        x = prior_draw(arrays, rng, NUDGED)
        found = log_prior(constrain(x[None], arrays, EVERYTHING.mask()), arrays, EVERYTHING, NUDGED)
        plain, everything = pymc_log_priors(arrays, NUDGED, x)
        by_category = sizes(arrays)["threat_memory_spread"] > 0
        total, left = 0.0, 0.0
        for block, expected in plain.items():
            if block == "path" or block in FIXED:
                left += stats.norm().logpdf(block_of(x, arrays, block)).sum()
                continue
            beyond = unseen(block, x, arrays, table)
            if block == "threat_memory" and by_category:
                assert float(found[block][0]) == pytest.approx(shared_logits(x, arrays, table), rel=1e-9)
                total += expected
                continue
            assert float(found[block][0]) + beyond == pytest.approx(expected, rel=1e-7), block
            total += float(found[block][0]) + beyond
        assert set(found) == set(plain) - FIXED - {"path"}
        theta = linear_predictor(constrain(x[None], arrays, EVERYTHING.mask()), arrays) + path_of(x, arrays)
        at = np.flatnonzero(arrays.modelled)
        outcomes = outcome_log_likelihood(
            theta.reshape(1, -1)[:, at, None], at, arrays, constrain(x[None], arrays, EVERYTHING.mask())
        )
        assert total + left + outcomes.sum() == pytest.approx(everything, rel=1e-8)


def path_of(x, arrays):
    if not arrays.path:
        return 0.0
    rho, sigma = 1 / (1 + np.exp(-block_of(x, arrays, "rho")[0])), block_of(x, arrays, "sigma")[0]
    u = block_of(x, arrays, "path").reshape(arrays.shape).copy()
    for t in reversed(range(arrays.shape[1] - 1)):
        u[:, t] = rho * u[:, t + 1] + np.sqrt(1 - rho**2) * u[:, t]
    return sigma * u


def test_priors_of_what_the_hypothesis_holds_at_zero_are_left_out():
    arrays = random_design(2)
    x = prior_draw(arrays, np.random.default_rng(4))
    at = {h: constrain(x[None], arrays, h.mask()) for h in (*HYPOTHESES.values(), THRESHOLD)}
    blocks = {h.name: set(log_prior(named, arrays, h)) for h, named in at.items()}
    everything = set(log_prior(constrain(x[None], arrays, EVERYTHING.mask()), arrays, EVERYTHING))
    gate = {"gate_location", "gate_slope"}
    assert blocks["honor-plus-injury"] == everything - gate
    assert blocks["gated"] == everything
    assert blocks["threshold"] == everything - {"gate_slope"}
    assert blocks["baseline"] == everything - gate - {"effect", "effect_spread", "era_effect_spread"}
    alone = HYPOTHESES["honor-alone"]
    found = log_prior(at[alone], arrays, alone)
    of_honor = block_of(x, arrays, "effect")[[list(TERMS).index(t) for t in ("honor_denied", "honor_granted")]]
    assert float(found["effect"][0]) == pytest.approx(stats.norm(0, 0.35).logpdf(of_honor).sum(), rel=1e-12)
    spread = abs(block_of(x, arrays, "effect_spread")[0])
    assert float(found["effect_spread"][0]) == pytest.approx(stats.halfnorm(scale=0.25).logpdf(spread), rel=1e-12)


def test_integrated_likelihood_of_a_continuous_series_is_exact():
    arrays = replace(VARIANTS["external, continuous"], level=np.zeros_like(VARIANTS["all"].level))
    x = np.stack([prior_draw(arrays, np.random.default_rng(k)) for k in range(4)])
    parameters = constrain(x, arrays, EVERYTHING.mask())
    found = integrated_log_likelihood(parameters, arrays)
    eta = linear_predictor(parameters, arrays)
    periods = np.arange(arrays.shape[1])
    for s in range(4):
        p = {str(name): float(v[s]) for name, v in parameters.items() if v.ndim == 1}
        expected = 0.0
        for d in range(arrays.shape[0]):
            on = np.isfinite(arrays.external[d])
            path = p["sigma"] ** 2 * p["rho"] ** np.abs(np.subtract.outer(periods, periods))
            covariance = p["external_slope"] ** 2 * path + p["external_scale"] ** 2 * np.eye(len(periods))
            mean = p["external_intercept"] + p["external_slope"] * eta[s, d]
            expected += stats.multivariate_normal(mean[on], covariance[np.ix_(on, on)]).logpdf(arrays.external[d][on])
        assert found[s] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("periods", [1, 2])
def test_integrated_likelihood_of_levels_and_acts_is_close_to_quadrature(periods):
    arrays = random_design(5, periods=periods, unmodelled=0, eras=1)
    x = np.stack([prior_draw(arrays, np.random.default_rng(k)) for k in range(20)])
    parameters = constrain(x, arrays, EVERYTHING.mask())
    found = integrated_log_likelihood(parameters, arrays)
    node, weight = np.polynomial.hermite_e.hermegauss(41)
    first, second = np.meshgrid(node, node, indexing="ij")
    log_weight = np.log(np.outer(weight, weight) / weight.sum() ** 2)
    expected = np.zeros(20)
    eta = linear_predictor(parameters, arrays)
    sigma, rho = (parameters[k].to_numpy()[:, None, None] for k in ("sigma", "rho"))
    u = [sigma * first, sigma * (rho * first + np.sqrt(1 - rho**2) * second)]
    for d in range(2):
        total = log_weight[None]
        for t in range(periods):
            at = np.array([d * periods + t])
            theta = eta[:, d, t, None, None] + u[t]
            ll = outcome_log_likelihood(theta.reshape(20, 1, -1), at, arrays, parameters)
            total = total + ll.reshape(theta.shape)
        expected += logsumexp(total, axis=(1, 2))
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_integrated_likelihood_without_a_path_is_that_of_the_outcomes():
    arrays = VARIANTS["static"]
    parameters = constrain(prior_draw(arrays, np.random.default_rng(6))[None], arrays, EVERYTHING.mask())
    at = np.flatnonzero(arrays.modelled)
    theta = linear_predictor(parameters, arrays).reshape(1, -1)[:, at, None]
    expected = outcome_log_likelihood(theta, at, arrays, parameters).sum()
    assert integrated_log_likelihood(parameters, arrays)[0] == pytest.approx(expected, rel=1e-12)


def normal_toy(prior_scale, noise, mean, draws=40_000, seed=1):
    """Draws of mu ~ N(0, prior_scale) given one reading ``mean`` with this noise, and the log prior and likelihood."""
    mu = posterior(prior_scale, noise, mean).rvs(draws, random_state=seed)
    return mu, {"mu": stats.norm(0, prior_scale).logpdf(mu), LIKELIHOOD: stats.norm(mean, noise).logpdf(mu)}


def posterior(prior_scale, noise, mean):
    precision = prior_scale**-2 + noise**-2
    return stats.norm(mean * noise**-2 / precision, precision**-0.5)


def scaled_toy(prior_scale, noise, mean, component, alpha):
    """A normal density to a power is a normal one with its scale divided by the root."""
    root = np.sqrt(alpha)
    return (
        posterior(prior_scale / root, noise, mean) if component == "mu" else posterior(prior_scale, noise / root, mean)
    )


def distance(p, q, low, high):
    """Cumulative Jensen-Shannon distance (Nguyen & Vreeken 2015) over a range, of x or of -x, whichever is larger."""
    x = np.linspace(low, high, 200_001)

    def one_way(a, b):
        return np.trapezoid(a * np.log2(2 * a / (a + b)) + (b - a) / (2 * np.log(2)), x)

    both = [(p.cdf(x), q.cdf(x)), (p.sf(x), q.sf(x))]
    return max(np.sqrt((one_way(a, b) + one_way(b, a)) / np.trapezoid(a + b, x)) for a, b in both)


@pytest.mark.parametrize(("prior_scale", "noise", "mean"), [(1.0, 1.0, 3.0), (1.0, 0.5, 1.0), (2.0, 1.0, -4.0)])
def test_sensitivity_in_a_normal_toy_has_its_closed_form(prior_scale, noise, mean):
    mu, components = normal_toy(prior_scale, noise, mean, draws=16_000)
    base = posterior(prior_scale, noise, mean)
    found = sensitivity({"x": mu}, components, chains=1, seed=0).set_index("component")
    for component in components:
        expected = 0.0
        for alpha in (0.99, 1.01):
            other = scaled_toy(prior_scale, noise, mean, component, alpha)
            expected += distance(base, other, mu.min(), mu.max()) / abs(np.log2(alpha)) / 2
        assert found.loc[component, "sensitivity"] == pytest.approx(expected, rel=0.05)
        assert found.loc[component, "noise"] < expected / 3


@pytest.mark.parametrize("component", ["mu", LIKELIHOOD])
@pytest.mark.parametrize("power", POWERS.values())
def test_weights_give_the_mean_under_a_scaled_component(component, power):
    mu, components = normal_toy(1.0, 1.0, 2.0)
    weights, k = smoothed((power - 1) * components[component])
    expected = scaled_toy(1.0, 1.0, 2.0, component, power)
    mean = weights @ mu
    assert mean == pytest.approx(expected.mean(), abs=0.02)
    assert weights @ (mu - mean) ** 2 == pytest.approx(expected.var(), rel=0.05)
    assert k < limit(len(mu))


def test_weights_of_a_far_target_are_not_to_be_trusted():
    x = np.random.default_rng(0).standard_normal(4000)
    assert smoothed(stats.norm(0, 3).logpdf(x) - stats.norm().logpdf(x))[1] > limit(4000)


@pytest.mark.parametrize(("prior_scale", "noise", "mean", "said"), [
    (1.0, 1.0, 5.0, {"mu": CONFLICT, LIKELIHOOD: ""}),
    (0.2, 20.0, 0.0, {"mu": STRONG, LIKELIHOOD: WEAK}),
    (30.0, 0.5, 1.0, {"mu": "", LIKELIHOOD: ""}),
])  # fmt: skip
def test_diagnoses(prior_scale, noise, mean, said):
    mu, components = normal_toy(prior_scale, noise, mean, draws=4000)
    found = sensitivity({"x": mu}, components, chains=2, seed=0)
    assert dict(zip(found["component"], found["diagnosis"], strict=True)) == said


def test_a_component_of_many_parameters_that_an_estimand_does_not_depend_on_is_untold():
    mu, components = normal_toy(30.0, 0.5, 1.0, draws=1000)
    others = stats.norm().logpdf(np.random.default_rng(5).standard_normal((1000, 2000))).sum(axis=1)
    found = sensitivity({"x": mu}, components | {"others": others}, chains=1, seed=0).set_index("component")
    assert found.loc["others", "sensitivity"] > 0.05
    assert found.loc["others", "diagnosis"] == UNTOLD


@pytest.fixture(scope="module")
def yearly():
    arrays = design(build(load("us-russia"), period="year"))
    return arrays, sample(arrays, HYPOTHESES[ENCOMPASSING], sampler=Sampler(draws=1000, tune=300, chains=2), cores=1)


@pytest.mark.sampling
def test_table_of_a_fit_tells_its_own_posterior_and_every_component(yearly):
    arrays, tree = yearly
    assert made_with(tree)[0] == replace(HYPOTHESES[ENCOMPASSING], says="")
    assert made_with(tree)[1].table["rho"].b == 2
    table = power_scaling(tree, arrays)
    drawn = estimands(thinned(tree, 2000), arrays)
    verdict = judge(drawn, base_rate(arrays))
    rows = table.set_index(["component", "estimand"])
    assert rows.index.is_unique
    assert list(table["component"].unique())[-2:] == [ALL, LIKELIHOOD]
    np.testing.assert_allclose(rows["mean"].xs("e2", level="estimand"), drawn.e2.mean())
    np.testing.assert_allclose(rows["probability"].xs("e1", level="estimand"), verdict.p_e1_zero)
    np.testing.assert_allclose(rows["probability"].xs("e3_latent", level="estimand"), verdict.p_amplified)
    assert rows["probability"].xs("e3", level="estimand").isna().all()


@pytest.mark.sampling
def test_a_stronger_prior_of_the_effects_is_a_refit_with_a_smaller_scale(yearly):
    # a normal prior to the power 1.25 has its scale divided by the root
    arrays, tree = yearly
    row = power_scaling(tree, arrays).set_index(["component", "estimand"]).loc["effect", "e3_latent"]
    narrower = Priors().scaled("effect", 1.25**-0.5)
    again = sample(arrays, HYPOTHESES[ENCOMPASSING], narrower, Sampler(draws=1000, tune=300, chains=2, seed=2), cores=1)
    drawn = estimands(thinned(again, 2000), arrays).e3_latent
    # each mean has a standard error of some sd / sqrt(1500); samplers differ in the last bits from machine to machine
    assert abs(row["mean_stronger"] - drawn.mean()) < 3.5 * drawn.std() * np.sqrt(2 / 1500)
    assert abs(row["mean"] - row["mean_stronger"]) > 0.02
