import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from scipy import integrate, stats
from scipy.special import expit

from statusmodels.events.catalogue import load
from statusmodels.events.pooling import pooled_level, pooled_severity
from statusmodels.events.vocabulary import CONSTRUCTS
from statusmodels.models import measurement
from statusmodels.models.measurement import UNREAD, impute, level_probabilities, plug_in, ratings
from statusmodels.panel.panel import build

NAMES = list(CONSTRUCTS)
CUT = np.array([0.8, 1.0, 1.5, 2.0, 2.6])


def parameters(precision, bias, cut=CUT, draws=1):
    """The same cutpoints for every construct; precision and bias by coder."""
    shape = (draws, len(NAMES), len(precision))
    return xr.Dataset(
        {
            "cutpoint": (("sample", "construct", "at_least"), np.broadcast_to(cut, (draws, len(NAMES), 5)).copy()),
            "precision": (("sample", "construct", "coder"), np.broadcast_to(precision, shape).copy()),
            "bias": (("sample", "construct", "coder"), np.broadcast_to(bias, shape).copy()),
        }
    )


def made(level):
    """Ratings of a (event, construct, coder) array."""
    level = np.asarray(level)
    events, coders = (tuple(f"{k}{i}" for i in range(n)) for k, n in (("e", level.shape[0]), ("c", level.shape[2])))
    return measurement._with_patterns(level, events, coders)


def simulated(acts, precision, bias, seed):
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((acts, len(NAMES)))
    x = np.asarray(precision)[:, None] * (latent[..., None, None] + np.asarray(bias)[:, None] - CUT)
    u = rng.random(x.shape[:-1])
    return (latent[..., None] > CUT).sum(axis=-1), made((u[..., None] < expit(x)).sum(axis=-1))


def test_ratings_of_a_catalogue(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [*rows, ["snub", "cyd", "none", "none", "0", "0", "1"]])
    data = ratings(load(tiny))
    assert data.coders == ("ann", "bob", "cyd")
    row = {e: data.level[i] for i, e in enumerate(data.event_ids)}
    assert row["snub"][NAMES.index("honor")].tolist() == [4, 3, 0]
    assert row["snub"][NAMES.index("escalation")].tolist() == [2, 0, 0]
    assert row["treaty"][NAMES.index("authority")].tolist() == [4, 0, UNREAD]
    assert data.count.sum() == 12 * len(NAMES)
    assert (data.pattern[data.of][..., 1:] == data.level).all()
    assert (data.pattern[data.of][..., 0] == np.arange(len(NAMES))).all()


@pytest.mark.parametrize("pattern", [(0, 0, 0), (2, 2, 2), (0, 1, 3), (5, UNREAD, 4), (UNREAD, UNREAD, 1)])
def test_a_pattern_has_the_probability_that_quadrature_by_scipy_gives(pattern):
    precision, bias = np.array([4.0, 8.0, 2.0]), np.array([0.1, -0.1, 0.0])
    data = made([[list(pattern)] * len(NAMES)])

    def density(z):
        at_least = expit(precision[:, None] * (z + bias[:, None] - CUT))
        level = -np.diff(np.concatenate([np.ones((3, 1)), at_least, np.zeros((3, 1))], axis=1), axis=1)
        return stats.norm.pdf(z) * np.prod([level[r, y] for r, y in enumerate(pattern) if y != UNREAD])

    expected = integrate.quad(density, -6, 6, limit=400, epsabs=1e-13)[0]
    one = parameters(precision, bias).isel(sample=0)
    told = measurement._pattern_logp(*(one[k].to_numpy() for k in ("cutpoint", "precision", "bias")), data.pattern, np)
    got = np.exp(measurement._logsumexp(told + measurement.LOG_WEIGHT, np))
    assert got == pytest.approx(np.full(len(got), expected), rel=1e-4)


def test_patterns_of_two_coders_exhaust_the_possibilities():
    every = np.stack(np.meshgrid(np.arange(6), np.arange(6), indexing="ij"), axis=-1).reshape(36, 1, 2)
    data = made(np.repeat(every, len(NAMES), axis=1))
    one = parameters([20.0, 3.0], [0.05, -0.05]).isel(sample=0)
    told = measurement._pattern_logp(*(one[k].to_numpy() for k in ("cutpoint", "precision", "bias")), data.pattern, np)
    total = np.exp(measurement._logsumexp(told + measurement.LOG_WEIGHT, np))
    assert [total[data.pattern[:, 0] == c].sum() for c in range(len(NAMES))] == pytest.approx([1.0] * len(NAMES))


def test_precise_coders_are_believed():
    data = made([[[k] * 3] * len(NAMES) for k in range(6)])
    probability = level_probabilities(parameters([60.0] * 3, [0.0] * 3), data)
    assert (probability.argmax(axis=-1) == np.arange(6)[:, None]).all()
    assert (probability.max(axis=-1) > 0.9).all()
    assert probability.sum(axis=-1) == pytest.approx(np.ones((6, len(NAMES))))


def test_the_more_precise_coder_counts_more_and_a_bias_is_taken_off():
    data = made([[[2, 4]] * len(NAMES)])
    mean = [
        (level_probabilities(parameters(p, b), data)[0, 0] @ np.arange(6)).item()
        for p, b in (([20.0, 2.0], [0, 0]), ([2.0, 20.0], [0, 0]), ([8.0, 8.0], [0.3, -0.3]), ([8.0, 8.0], [-0.3, 0.3]))
    ]
    assert mean[0] < mean[1]
    assert mean[0] == pytest.approx(2, abs=0.3)
    assert mean[1] == pytest.approx(4, abs=0.3)
    # read alike, but the first leans up and the second down: their errors would have had to be larger
    both_low = level_probabilities(parameters([8.0, 8.0], [0.3, 0.3]), data)[0, 0] @ np.arange(6)
    both_high = level_probabilities(parameters([8.0, 8.0], [-0.3, -0.3]), data)[0, 0] @ np.arange(6)
    assert both_low < both_high


def test_plug_in_of_certain_levels_is_the_catalogue_itself(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [rows[0], *(r for r in rows[1:] if r[1] == "ann")])
    catalogue = load(tiny)
    data = ratings(catalogue)
    certain = np.eye(6)[data.level[:, :, 0]]
    pooled = plug_in(catalogue, certain)
    keys = ["event_id", "construct", "category", "valence"]
    before, after = (pooled_severity(c).sort_values(keys, ignore_index=True) for c in (catalogue, pooled))
    pd.testing.assert_frame_equal(before, after, check_dtype=False)
    for construct in NAMES:
        assert pooled_level(pooled, construct).tolist() == pooled_level(catalogue, construct).tolist()
    assert pooled.coders == ("pooled",)
    assert pooled.sha256 != catalogue.sha256
    build(pooled, burn_in=0)


def test_imputations_average_to_the_plug_in(tiny):
    catalogue = load(tiny)
    data = ratings(catalogue)
    draws = parameters([6.0, 3.0], [0.1, -0.1])
    expected = plug_in(catalogue, level_probabilities(draws, data)).codings
    expected = expected[expected["construct"] == "threat"].groupby("event_id")["severity"].sum()
    rng = np.random.default_rng(1)
    drawn = [impute(catalogue, draws, data, rng).codings for _ in range(400)]
    sums = [c[c["construct"] == "threat"].groupby("event_id")["severity"].sum() for c in drawn]
    mean = pd.concat(sums, axis=1).fillna(0).mean(axis=1)
    # a severity lies in 0-5, so its sd is at most 2.5 and the mean of 400 has a standard error of at most 0.125
    assert (mean - expected).abs().max() < 0.5
    assert all(
        set(c["severity"].unique()) <= {0, 1, 2, 3, 4, 5} for c in drawn[:5] for c in [c[c["construct"] == "threat"]]
    )


def test_density_and_gradient_are_finite_at_prior_draws():
    _, data = simulated(60, [6.0, 3.0], [0.1, -0.1], seed=2)
    level = data.level.copy()
    level[::7, :, 1] = UNREAD
    model = measurement.pymc_model(made(level))
    density, gradient = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    point = model.initial_point()
    rng = np.random.default_rng(3)
    for _ in range(1000):  # one to two prior standard deviations about the middle, wider than the priors themselves
        drawn = {k: v + 1.5 * rng.standard_normal(np.shape(v)) for k, v in point.items()}
        assert np.isfinite(density(drawn))
        assert np.isfinite(gradient(drawn)).all()


@pytest.mark.sampling
def test_known_coders_are_recovered():
    precision, bias = np.array([12.0, 6.0, 3.0]), np.array([0.15, 0.0, -0.15])
    true, data = simulated(500, precision, bias, seed=4)
    with measurement.pymc_model(data):
        fit = pm.sample(250, tune=300, chains=2, cores=1, random_seed=5, nuts_sampler="nutpie", progressbar=False)
    posterior = fit["posterior"].dataset
    for name, value in {"precision": precision, "bias": bias, "cutpoint": CUT}.items():
        draws = posterior[name]
        z = (draws.mean(("chain", "draw")) - value) / draws.std(("chain", "draw"))
        # 55 quantities: a standard normal exceeds 4.2 with probability 3e-5, so a false alarm has a chance of 0.2 %
        assert float(np.abs(z).max()) < 4.2, name
    sample = posterior[["cutpoint", "precision", "bias"]].stack(sample=("chain", "draw")).transpose("sample", ...)
    probability = level_probabilities(sample.isel(sample=slice(None, None, 10)), data)
    # calibration: levels said to have probability p are true in a share p of cases
    said, hit = probability.reshape(-1, 6), np.eye(6)[true.reshape(-1)]
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.65, 0.95)):
        chosen = (said > low) & (said < high)
        error = np.sqrt(0.25 / chosen.sum())
        assert abs(said[chosen].mean() - hit[chosen].mean()) < 4 * error
    mean = probability @ np.arange(6)
    plain = data.level.mean(axis=-1)
    assert ((mean - true) ** 2).mean() < ((plain - true) ** 2).mean()


def test_outcomes_of_a_plug_in_keep_whole_levels_when_coders_split_the_category(tiny, edit):
    # ann and bob agree on level 2 and not on the category
    edit(tiny, "codings.csv", lambda rows: [*(r for r in rows if r[:2] != ["embargo", "bob"]),
                                            ["embargo", "bob", "escalation", "diplomatic", "-1", "2", "1"]])  # fmt: skip
    catalogue = load(tiny)
    data = ratings(catalogue)
    pooled = plug_in(catalogue, np.eye(6)[data.level.min(axis=-1)])
    assert pooled_level(pooled, "escalation")["embargo"] == 2
    assert set(pooled.codings.loc[pooled.codings["event_id"] == "embargo", "severity"]) == {2.0}
