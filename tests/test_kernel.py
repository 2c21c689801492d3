"""The compiled density against the plain PyMC model, against finite differences, and as a native callback."""

import ctypes
from dataclasses import replace

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode
from small import prior_draw, random_design, small_panel

from statusmodels.inference.pilot import pilot
from statusmodels.inference.sampling import kernel_arguments
from statusmodels.models import kernel
from statusmodels.models.assembly import pymc_model
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS, Hypothesis
from statusmodels.models.parameters import constrain, linear_predictor, sizes, starts
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
EVERYTHING = Hypothesis("everything", frozenset(TERMS), "All coefficients free.")


def pymc_density(arrays, hypothesis, priors):
    model = pymc_model(arrays, hypothesis, priors)
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer=None)):
        f = model.logp_dlogp_function(ravel_inputs=True)
    f.set_extra_values({})
    return f


def assert_equal_densities(arrays, hypothesis, priors, points, seed, rel=1e-9):
    rng = np.random.default_rng(seed)
    arguments = kernel_arguments(arrays, hypothesis, priors)
    f = pymc_density(arrays, hypothesis, priors)
    for _ in range(points):
        x = prior_draw(arrays, rng, priors)
        value, gradient = kernel.log_density(x, *arguments)
        expected, slope = f(x)
        assert value == pytest.approx(float(expected), rel=rel)
        assert np.abs(gradient - slope).max() <= 1e-10 * np.abs(slope).max()


def random_whitening(arrays, rng):
    return rng.gamma(1.0, 0.7, arrays.shape), rng.normal(0.0, 1.0, arrays.shape)


@pytest.mark.parametrize("name", HYPOTHESES)
def test_kernel_equals_the_plain_model(name):
    assert_equal_densities(random_design(1, periods=5), HYPOTHESES[name], NUDGED, points=3, seed=2)


def test_kernel_equals_the_plain_model_under_the_documented_priors():
    assert_equal_densities(random_design(1, periods=5), EVERYTHING, Priors(), points=3, seed=2, rel=1e-8)


@pytest.mark.parametrize(("dyads", "periods", "eras"), [(2, 1, 1), (2, 2, 2), (6, 2, 1)])
def test_kernel_equals_the_plain_model_on_tiny_panels(dyads, periods, eras):
    arrays = random_design(3, dyads=dyads, periods=periods, unmodelled=0, eras=eras)
    assert_equal_densities(arrays, EVERYTHING, NUDGED, points=3, seed=4)


def test_kernel_equals_the_plain_model_under_other_priors():
    other = {
        "effect": Prior("normal", 0.2, 0.3, "t"),
        "effect_spread": Prior("halfnormal", 0, 0.6, "t"),
        "honor_memory": Prior("normal", 0.5, 0.7, "t"),
        "authority_memory": Prior("normal", -0.5, 0.8, "t"),
        "threat_memory": Prior("normal", 0.1, 1.7, "t"),
        "threat_weight": Prior("normal", -0.3, 0.4, "t"),
        "gate_location": Prior("normal", -0.2, 1.1, "t"),
        "gate_slope": Prior("normal", 0.4, 0.3, "t"),
        "history": Prior("normal", 0.3, 0.2, "t"),
        "base_spread": Prior("halfnormal", 0, 0.9, "t"),
        "era_spread": Prior("halfnormal", 0, 0.2, "t"),
        "sigma": Prior("halfnormal", 0, 1.1, "t"),
        "rho": Prior("beta", 2.5, 3.5, "t"),
        "cut_first": Prior("normal", 0.6, 0.9, "t"),
        "cut_gap": Prior("normal", -0.6, 0.5, "t"),
        "act_intercept": Prior("normal", -0.4, 0.6, "t"),
        "act_slope": Prior("halfnormal", 0, 0.3, "t"),
        "act_rise": Prior("normal", 0.2, 0.3, "t"),
        "act_dispersion": Prior("normal", 0.1, 0.7, "t"),
    }
    assert_equal_densities(random_design(5, periods=3), EVERYTHING, Priors(other), points=3, seed=6)


@pytest.mark.parametrize("periods", [1, 2, 7])
@pytest.mark.parametrize("hypothesis", [EVERYTHING, HYPOTHESES["gated"]], ids=lambda h: h.name)
def test_whitened_gradient_matches_finite_differences(hypothesis, periods):
    rng = np.random.default_rng(7 + periods)
    arrays = random_design(8, periods=periods, unmodelled=min(1, periods - 1), eras=min(2, periods))
    arguments = kernel_arguments(arrays, hypothesis, Priors(), random_whitening(arrays, rng))
    step = 1e-5
    for _ in range(3):
        x = prior_draw(arrays, rng)
        _, gradient = kernel.log_density(x, *arguments)
        numeric = np.array(
            [
                (kernel.log_density(x + step * e, *arguments)[0] - kernel.log_density(x - step * e, *arguments)[0])
                / (2 * step)
                for e in np.eye(len(x))
            ]
        )
        assert np.abs(gradient - numeric).max() <= 1e-5 * np.abs(numeric).max()


@pytest.mark.parametrize("periods", [1, 2, 6])
def test_whitening_leaves_the_distribution_unchanged(periods):
    rng = np.random.default_rng(11 + periods)
    arrays = random_design(12, periods=periods, unmodelled=min(1, periods - 1), eras=min(2, periods))
    whitening = random_whitening(arrays, rng)
    plain = (np.zeros(arrays.shape), np.zeros(arrays.shape))
    size = arrays.level.size

    def to_path(z, parameters, white):
        eta = linear_predictor(parameters, arrays)[0]
        sigma, rho = float(parameters["sigma"][0]), float(parameters["rho"][0])
        return kernel.path_from_z(z.reshape(arrays.shape), eta, sigma, rho, *white).ravel()

    for _ in range(4):
        x = prior_draw(arrays, rng)
        parameters = constrain(x[None], arrays, EVERYTHING.mask())
        z = x[-size:]
        maps = []
        for white in (whitening, plain):
            at_zero = to_path(np.zeros(size), parameters, white)
            columns = np.column_stack([to_path(e, parameters, white) - at_zero for e in np.eye(size)])
            maps.append((at_zero, columns))
        u = to_path(z, parameters, whitening)
        other = x.copy()
        other[-size:] = np.linalg.solve(maps[1][1], u - maps[1][0])
        white_value, _ = kernel.log_density(x, *kernel_arguments(arrays, EVERYTHING, Priors(), whitening))
        plain_value, _ = kernel.log_density(other, *kernel_arguments(arrays, EVERYTHING, Priors()))
        log_ratio = np.linalg.slogdet(maps[0][1])[1] - np.linalg.slogdet(maps[1][1])[1]
        assert white_value - plain_value == pytest.approx(log_ratio, abs=1e-8)


@pytest.mark.parametrize("periods", [1, 2, 9])
def test_path_without_a_pilot_is_a_stationary_autoregression(periods):
    sigma, rho = 0.7, 0.6
    nothing = np.zeros((1, periods))
    columns = np.column_stack(
        [kernel.path_from_z(e.reshape(1, -1), nothing, sigma, rho, nothing, nothing).ravel() for e in np.eye(periods)]
    )
    lags = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    np.testing.assert_allclose(columns @ columns.T, sigma**2 * rho**lags, atol=1e-12)


def test_path_factor_log_determinant_is_that_of_the_precision():
    rng = np.random.default_rng(13)
    sigma, rho, n = 0.5, 0.8, 40
    h = rng.gamma(1.0, 1.0, n)
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    precision = np.linalg.inv(sigma**2 * rho**lags) + np.diag(h)
    found = kernel.path_factor(sigma, rho, h, np.empty(n), np.empty(n))
    assert found == pytest.approx(0.5 * np.linalg.slogdet(precision)[1], rel=1e-10)


@pytest.mark.parametrize("name", HYPOTHESES)
def test_value_and_gradient_are_finite_over_the_prior(name):
    arrays = design(small_panel())
    rng = np.random.default_rng(14)
    for whitening in (None, pilot(arrays)):
        arguments = kernel_arguments(arrays, HYPOTHESES[name], Priors(), whitening)
        for _ in range(200):
            value, gradient = kernel.log_density(prior_draw(arrays, rng), *arguments)
            assert np.isfinite(value)
            assert np.isfinite(gradient).all()


def test_coefficients_held_at_zero_do_not_touch_the_likelihood():
    arrays = random_design(15)
    rng = np.random.default_rng(16)
    x = prior_draw(arrays, rng)
    y = x.copy()
    y[: len(TERMS)] = rng.standard_normal(len(TERMS))
    arguments = kernel_arguments(arrays, HYPOTHESES["baseline"], Priors())
    scale = Priors().table["effect"].b
    prior_ratio = -0.5 * ((x[: len(TERMS)] / scale) ** 2 - (y[: len(TERMS)] / scale) ** 2).sum()
    difference = kernel.log_density(x, *arguments)[0] - kernel.log_density(y, *arguments)[0]
    assert difference == pytest.approx(prior_ratio, rel=1e-9)


def test_outcomes_without_weight_do_not_count():
    arrays = random_design(17, unmodelled=4)
    other = arrays.with_outcomes(arrays.level.copy(), arrays.extra.copy())
    other.history[:] = arrays.history
    other.level[:, :4] = 5
    other.extra[:, :4] = 9
    x = prior_draw(arrays, np.random.default_rng(18))
    values = [kernel.log_density(x, *kernel_arguments(a, EVERYTHING, Priors())) for a in (arrays, other)]
    assert values[0][0] == values[1][0]
    np.testing.assert_array_equal(values[0][1], values[1][1])


def test_blocks_tile_the_vector():
    arrays = random_design(19)
    at, lengths = starts(arrays), list(sizes(arrays).values())
    assert at[0] == 0
    np.testing.assert_array_equal(np.diff(at), lengths[:-1])
    assert at[-1] + lengths[-1] == len(prior_draw(arrays, np.random.default_rng(0)))


def pointer(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


@pytest.mark.parametrize("periods", [1, 12])
def test_native_callback_agrees_with_the_density(periods):
    arrays = random_design(20, periods=periods, unmodelled=0, eras=min(2, periods))
    rng = np.random.default_rng(21)
    arguments = kernel_arguments(arrays, EVERYTHING, Priors(), random_whitening(arrays, rng))
    packed = kernel.pack(arguments)
    for _ in range(5):
        x = prior_draw(arrays, rng)
        gradient, value = np.full(len(x), np.nan), np.full(1, np.nan)
        buffers = (pointer(a) for a in (x, gradient, value, packed))
        assert kernel.native_log_density.ctypes(len(x), *buffers) == 0
        expected, slope = kernel.log_density(x, *arguments)
        assert value[0] == pytest.approx(expected, rel=1e-13)
        np.testing.assert_allclose(gradient, slope, rtol=1e-12, atol=1e-12 * np.abs(slope).max())


def test_native_callback_tells_a_density_that_is_not_finite():
    arrays = random_design(22)
    packed = kernel.pack(kernel_arguments(arrays, EVERYTHING, Priors()))
    x = prior_draw(arrays, np.random.default_rng(23))
    x[0] = np.nan
    gradient, value = np.zeros(len(x)), np.zeros(1)
    assert kernel.native_log_density.ctypes(len(x), *(pointer(a) for a in (x, gradient, value, packed))) > 0
