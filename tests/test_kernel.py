"""The compiled density against the plain PyMC model, against finite differences, and as a native callback."""

import ctypes
from dataclasses import replace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from small import prior_draw, random_design, small_panel

from statusmodels.inference.pilot import Pilot, kernel_arguments, none, pilot
from statusmodels.models import kernel
from statusmodels.models.assembly import pymc_model
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS, THRESHOLD, Hypothesis
from statusmodels.models.kernel.path import path_factor
from statusmodels.models.parameters import (
    constrain,
    correlation_factor,
    drawn_from_prior,
    linear_predictor,
    sizes,
    starts,
)
from statusmodels.models.priors import DEFAULTS, FIXED, Prior, Priors

# PyTensor keeps constants that half precision holds exactly (0.5, 1.5) in single precision, which leaves its normalizing
# constants wrong by about 1e-7; priors a little off such numbers make the comparison exact.
NUDGED = Priors(
    {
        name: replace(p, a=p.a * 1.0001 if p.family == "beta" else p.a, b=p.b * 1.0001)
        for name, p in DEFAULTS.items()
        if name not in FIXED
    }
)
EVERYTHING = Hypothesis("everything", TERMS, "All coefficients free.")


def packed(*args):
    return kernel.pack(kernel_arguments(*args))


def pymc_density(arrays, hypothesis, priors, model=None):
    model = model or pymc_model(arrays, hypothesis, priors)
    assert [v.name for v in model.free_RVs] == [name for name, n in sizes(arrays).items() if n]
    total = 0.0
    for term in model.logp(sum=False):
        total = total + pt.sum(term)  # one by one: Python mode adds no more than 32 terms at once
    values = model.value_vars
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer=None)):
        f = pytensor.function(values, [total, *pytensor.grad(total, values, disconnected_inputs="ignore")])
    start = model.initial_point()
    shapes = [start[v.name].shape for v in values]

    def at(x):
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        found = f(*(part.reshape(shape) for part, shape in zip(np.split(x, ends), shapes, strict=True)))
        return found[0], np.concatenate([np.ravel(g) for g in found[1:]])

    return at


def assert_equal_densities(arrays, hypothesis, priors, points, seed, rel=1e-9):
    rng = np.random.default_rng(seed)
    arguments = packed(arrays, hypothesis, priors)
    f = pymc_density(arrays, hypothesis, priors)
    for _ in range(points):
        x = prior_draw(arrays, rng, priors)
        value, gradient = kernel.log_density(x, arguments)
        expected, slope = f(x)
        assert value == pytest.approx(float(expected), rel=rel)
        assert np.abs(gradient - slope).max() <= 1e-10 * np.abs(slope).max()


def random_coordinates(arrays, rng):
    """An arbitrary pilot: curvature and response of path and groups."""
    groups = len(none(arrays).group_curvature)
    centre = np.zeros(sum(sizes(arrays).values()))
    curvature, response = rng.gamma(1.0, 0.7, arrays.shape), rng.normal(0.0, 1.0, arrays.shape)
    return Pilot(centre, curvature, response, rng.gamma(1.0, 3.0, groups), rng.normal(0.0, 0.5, groups))


def external(arrays, kind, rng):
    series = rng.normal(0, 1, arrays.shape) if kind == "continuous" else rng.integers(0, 4, arrays.shape).astype(float)
    series[rng.random(arrays.shape) < 0.3] = np.nan
    return series


def variants():
    """Panels and outcomes of every kind, by name."""
    rng = np.random.default_rng(100)
    plain = random_design(1, periods=5)
    one = random_design(3, dyads=1, periods=4, categories=1, eras=1)
    binary = replace(plain, outcomes=("onset",), levels=1, level=np.minimum(plain.level, 1))
    counted = plain.weight * (rng.random(plain.shape) < 0.6)
    series, steps = external(plain, "continuous", rng), external(plain, "ordinal", rng)
    six = random_design(8, dyads=6, periods=7, eras=3)
    apart = np.zeros(six.shape)  # dyads that are seen at different times, and one never
    for d, (first, last) in enumerate([(0, 7), (1, 4), (3, 7), (2, 3), (0, 0), (4, 6)]):
        apart[d, first:last] = 1.0
    covariates = replace(
        six,
        weight=apart,
        history=rng.standard_normal((4, *six.shape)),
        history_mean=np.full(4, 0.3),
        controls=("own", "other", "wealth", "distance"),
        outcomes=("onset",),
        levels=1,
        level=np.minimum(six.level, 1),
        path=False,
    )
    return {
        "one dyad, one category, one era": one,
        "one half-life": random_design(4, periods=4, half_lives=1),
        "six dyads in three rivalries": random_design(5, dyads=6, periods=3),
        "twelve correlated dyads in six rivalries": random_design(6, dyads=12, periods=2),
        "twelve correlated dyads in as many rivalries": random_design(7, dyads=12, periods=2, one_sided=True),
        "static": replace(plain, path=False),
        "level": replace(plain, outcomes=("level",)),
        "acts": replace(plain, outcomes=("acts",)),
        "onset": binary,
        "acts missing here and there": replace(plain, acts_weight=counted),
        "external, continuous": replace(plain, outcomes=("external",), external=series, weight=plain.weight * 0),
        "level and external, ordinal": replace(
            plain, outcomes=("level", "external"), external=steps, external_levels=3
        ),
        "static, with covariates, dyads seen at different times": covariates,
        "with covariates and a path": replace(covariates, path=True),
        "all": replace(plain, outcomes=("level", "acts", "external"), external=series),
        "static onset and binary series": replace(
            binary, outcomes=("onset", "external"), external=np.minimum(steps, 1), external_levels=1, path=False
        ),
    }


VARIANTS = variants()


def test_kernel_equals_the_plain_model_under_every_hypothesis():
    arrays, rng = random_design(1, periods=5), np.random.default_rng(2)
    model = pymc_model(arrays, EVERYTHING, NUDGED)
    f = pymc_density(arrays, EVERYTHING, NUDGED, model)  # compiled once: the hypothesis is data
    for hypothesis in (*HYPOTHESES.values(), THRESHOLD, EVERYTHING):
        model.set_data("mask", hypothesis.mask())
        for _ in range(3):
            x = prior_draw(arrays, rng, NUDGED)
            value, gradient = kernel.log_density(x, packed(arrays, hypothesis, NUDGED))
            expected, slope = f(x)
            assert value == pytest.approx(float(expected), rel=1e-9), hypothesis.name
            assert np.abs(gradient - slope).max() <= 1e-10 * np.abs(slope).max(), hypothesis.name


def test_kernel_equals_the_plain_model_under_the_documented_priors():
    assert_equal_densities(random_design(1, periods=5), EVERYTHING, Priors(), points=3, seed=2, rel=1e-8)


@pytest.mark.parametrize("name", VARIANTS)
def test_kernel_equals_the_plain_model_of_every_kind(name):
    assert_equal_densities(VARIANTS[name], EVERYTHING, NUDGED, points=3, seed=4)


@pytest.mark.parametrize(("dyads", "periods", "eras"), [(2, 1, 1), (2, 2, 2), (6, 2, 1)])
def test_kernel_equals_the_plain_model_on_tiny_panels(dyads, periods, eras):
    arrays = random_design(3, dyads=dyads, periods=periods, unmodelled=0, eras=eras)
    assert_equal_densities(arrays, EVERYTHING, NUDGED, points=3, seed=4)


def test_kernel_equals_the_plain_model_under_other_priors():
    rng = np.random.default_rng(9)
    other = {
        name: Prior(
            p.family,
            {"normal": p.a + rng.normal(0, 0.3), "beta": rng.uniform(2, 4)}.get(p.family, p.a),
            rng.uniform(0.2, 1.3) if p.family != "beta" else rng.uniform(2, 4),
            "t",
        )
        for name, p in DEFAULTS.items()
        if name not in FIXED
    }
    arrays = VARIANTS["twelve correlated dyads in six rivalries"]
    assert_equal_densities(arrays, EVERYTHING, Priors(other), points=3, seed=6)


@pytest.mark.parametrize("name", ["all", "static", *list(VARIANTS)[:4]])
def test_gradient_in_whitened_coordinates_matches_finite_differences(name):
    arrays = VARIANTS[name]
    rng = np.random.default_rng(7)
    arguments = packed(arrays, EVERYTHING, Priors(), random_coordinates(arrays, rng))
    step = 1e-5
    for _ in range(3):
        x = prior_draw(arrays, rng)
        _, gradient = kernel.log_density(x, arguments)
        numeric = np.array(
            [
                (kernel.log_density(x + step * e, arguments)[0] - kernel.log_density(x - step * e, arguments)[0])
                / (2 * step)
                for e in np.eye(len(x))
            ]
        )
        assert np.abs(gradient - numeric).max() <= 1e-5 * np.abs(numeric).max()


@pytest.mark.parametrize("periods", [1, 2, 6])
def test_whitening_leaves_the_distribution_unchanged(periods):
    rng = np.random.default_rng(11 + periods)
    arrays = random_design(12, periods=periods, unmodelled=min(1, periods - 1), eras=min(2, periods))
    coordinates, plain = random_coordinates(arrays, rng), none(arrays)
    size = arrays.level.size

    def in_plain_coordinates(x):
        """The same parameters and path, everything non-centred; nonlinear in the spreads, linear in the rest."""
        y = coordinates.unconstrained(x, arrays, EVERYTHING)
        parameters = constrain(y[None], arrays, EVERYTHING.mask())
        u = path(x[-size:], y, parameters, coordinates)
        at_zero = path(np.zeros(size), y, parameters, plain)
        columns = np.column_stack([path(e, y, parameters, plain) - at_zero for e in np.eye(size)])
        y[-size:] = np.linalg.solve(columns, u - at_zero)
        return y

    def path(z, y, parameters, at):
        eta = linear_predictor(parameters, arrays)
        u = np.empty_like(eta)
        sigma, rho = parameters["sigma"].to_numpy(), parameters["rho"].to_numpy()
        z = np.sign(y[signed]) * z.reshape(eta.shape)
        kernel.path_from_z(z, eta, sigma, rho, at.curvature, at.response, u)
        return u.ravel()

    signed = dict(zip(sizes(arrays), starts(arrays), strict=False))["sigma"]
    step = 1e-6
    for _ in range(4):
        x = prior_draw(arrays, rng)
        x[signed] = np.sign(x[signed]) * (0.3 + abs(x[signed]))
        white_value, _ = kernel.log_density(x, packed(arrays, EVERYTHING, Priors(), coordinates))
        plain_value, _ = kernel.log_density(in_plain_coordinates(x), packed(arrays, EVERYTHING, Priors()))
        jacobian = np.column_stack(
            [
                (in_plain_coordinates(x + step * e) - in_plain_coordinates(x - step * e)) / (2 * step)
                for e in np.eye(len(x))
            ]
        )
        assert white_value - plain_value == pytest.approx(np.linalg.slogdet(jacobian)[1], abs=1e-5)


@pytest.mark.parametrize("periods", [1, 2, 9])
def test_path_without_a_pilot_is_a_stationary_autoregression(periods):
    sigma, rho = np.full(periods, 0.7), np.full(periods, 0.6)
    nothing, z = np.zeros((1, periods)), np.eye(periods)[:, None, :]
    u = np.empty_like(z)
    kernel.path_from_z(z, np.zeros_like(z), sigma, rho, nothing, nothing, u)
    columns = u[:, 0].T
    lags = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    np.testing.assert_allclose(columns @ columns.T, 0.7**2 * 0.6**lags, atol=1e-12)


def test_path_factor_log_determinant_is_that_of_the_precision():
    rng = np.random.default_rng(13)
    sigma, rho, n = 0.5, 0.8, 40
    h = rng.gamma(1.0, 1.0, n)
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    precision = np.linalg.inv(sigma**2 * rho**lags) + np.diag(h)
    found = path_factor(sigma, rho, h, np.empty(n), np.empty(n))
    assert found == pytest.approx(0.5 * np.linalg.slogdet(precision)[1], rel=1e-10)


def test_correlations_drawn_from_the_prior_follow_the_lkj_distribution():
    # under LKJ(eta) in four dimensions each correlation is Beta(eta + 1, eta + 1) on (-1, 1): variance 1 / (2 eta + 3);
    # 40,000 draws leave a relative standard error of 0.7 % or less
    x = prior_draws_of_correlation(40_000)
    factor = correlation_factor(x)
    correlation = factor @ np.swapaxes(factor, -1, -2)
    np.testing.assert_allclose(correlation[:, range(4), range(4)], 1.0, atol=1e-12)
    for i in range(4):
        for j in range(i):
            assert correlation[:, i, j].var() == pytest.approx(1 / (2 * DEFAULTS["correlation"].b + 3), rel=0.03)
            assert abs(correlation[:, i, j].mean()) < 0.01


def prior_draws_of_correlation(draws):
    arrays = VARIANTS["twelve correlated dyads in six rivalries"]
    x = drawn_from_prior(arrays, Priors(), draws, np.random.default_rng(3))
    at = starts(arrays)[list(sizes(arrays)).index("correlation")]
    return x[:, at : at + 6]


@pytest.mark.parametrize("name", [*HYPOTHESES, THRESHOLD.name])
def test_value_and_gradient_are_finite_over_the_prior(name):
    arrays = design(small_panel())
    rng = np.random.default_rng(14)
    hypothesis = HYPOTHESES.get(name, THRESHOLD)
    for coordinates in (None, pilot(arrays, hypothesis, Priors())):
        arguments = packed(arrays, hypothesis, Priors(), coordinates)
        for x in drawn_from_prior(arrays, Priors(), 1000, rng):
            value, gradient = kernel.log_density(x, arguments)
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", VARIANTS)
def test_value_and_gradient_are_finite_over_the_prior_of_every_kind(name):
    rng = np.random.default_rng(15)
    arguments = packed(VARIANTS[name], EVERYTHING, Priors())
    for x in drawn_from_prior(VARIANTS[name], Priors(), 1000, rng):
        value, gradient = kernel.log_density(x, arguments)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


def test_coefficients_held_at_zero_do_not_touch_the_likelihood():
    arrays = random_design(15)
    rng = np.random.default_rng(16)
    x = prior_draw(arrays, rng)
    y = x.copy()
    y[: len(TERMS)] = rng.standard_normal(len(TERMS))
    arguments = packed(arrays, HYPOTHESES["baseline"], Priors())
    scale = Priors().table["effect"].b
    prior_ratio = -0.5 * ((x[: len(TERMS)] / scale) ** 2 - (y[: len(TERMS)] / scale) ** 2).sum()
    difference = kernel.log_density(x, arguments)[0] - kernel.log_density(y, arguments)[0]
    assert difference == pytest.approx(prior_ratio, rel=1e-9)


def test_outcomes_without_weight_do_not_count():
    arrays = random_design(17, unmodelled=4)
    other = arrays.with_outcomes(arrays.level.copy(), arrays.extra.copy())
    other.history[:] = arrays.history
    other.level[:, :4] = 5
    other.extra[:, :4] = 9
    x = prior_draw(arrays, np.random.default_rng(18))
    values = [kernel.log_density(x, packed(a, EVERYTHING, Priors())) for a in (arrays, other)]
    assert values[0][0] == values[1][0]
    np.testing.assert_array_equal(values[0][1], values[1][1])


def test_an_external_series_where_it_is_missing_does_not_count():
    arrays = VARIANTS["all"]
    gone = np.isnan(arrays.external)
    assert gone.any()
    assert not gone.all()
    without = replace(arrays, outcomes=("level", "acts"), external=None)
    nowhere = replace(arrays, external=np.full(arrays.shape, np.nan))
    x = prior_draw(arrays, np.random.default_rng(19))
    layout, at = sizes(arrays), starts(arrays)
    cut = [slice(a, a + n) for (name, n), a in zip(layout.items(), at, strict=False) if name.startswith("external")]
    own = np.concatenate([x[: cut[0].start], x[cut[-1].stop :]])
    value, _ = kernel.log_density(x, packed(nowhere, EVERYTHING, Priors()))
    plain, _ = kernel.log_density(own, packed(without, EVERYTHING, Priors()))
    table = Priors().table
    intercept, slope, scale = (x[c][0] for c in cut if x[c].size)
    prior = table["external_intercept"].distribution.logpdf(intercept)
    prior += table["external_slope"].distribution.logpdf(np.exp(slope)) + slope
    prior += table["external_scale"].distribution.logpdf(np.exp(scale)) + scale
    assert value - plain == pytest.approx(prior, rel=1e-9)


@pytest.mark.parametrize("name", VARIANTS)
def test_blocks_tile_the_vector(name):
    at, lengths = starts(VARIANTS[name]), list(sizes(VARIANTS[name]).values())
    assert at[0] == 0
    np.testing.assert_array_equal(np.diff(at), lengths)
    assert at[-1] == len(prior_draw(VARIANTS[name], np.random.default_rng(0)))


def pointer(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def test_native_callback_tells_a_density_that_is_not_finite():
    arrays = random_design(22)
    arguments = packed(arrays, EVERYTHING, Priors())
    x = prior_draw(arrays, np.random.default_rng(23))
    x[0] = np.nan
    gradient, value = np.zeros(len(x)), np.zeros(1)
    assert kernel.callbacks()[0].ctypes(len(x), *(pointer(a) for a in (x, gradient, value, arguments))) > 0
