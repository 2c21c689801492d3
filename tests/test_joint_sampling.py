"""Sampling the joint model: each draw's own memories in path, predictor and estimands; the truth found again; the gate."""

from dataclasses import replace

import numpy as np
import pytest
import sbc_joint
from small import catalogue, some_acts

import statusmodels as stm
from statusmodels.claims.estimands import estimands
from statusmodels.inference import storage
from statusmodels.inference.diagnostics import gate
from statusmodels.inference.joint import sample_measured, with_signals
from statusmodels.inference.likelihood import pointwise
from statusmodels.inference.pilot import pilot
from statusmodels.inference.sampling import Sampler, named, thinned, with_path
from statusmodels.models import joint
from statusmodels.models.design import design
from statusmodels.models.parameters import linear_predictor, sizes
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import build

HYPOTHESIS = sbc_joint.HYPOTHESIS
SEED = 3


@pytest.fixture(scope="module")
def simulated():
    return sbc_joint.simulated(SEED)


@pytest.fixture(scope="module")
def drawn(simulated):
    """Draws (1 chain, 3 draws) of coordinates at random, and what is made of them, without a sampler."""
    *_, data, arrays = simulated
    rng = np.random.default_rng(1)
    at = pilot(arrays, HYPOTHESIS, Priors())
    x = 0.5 * rng.standard_normal((1, 3, sum(sizes(arrays).values())))
    measurement = joint.constrain(data.start + 0.5 * rng.standard_normal((1, 3, len(data.start))), data)
    posterior = with_signals(named(x, arrays, HYPOTHESIS, at), measurement, data, arrays)
    return x, at, measurement, with_path(posterior, x, arrays, at)


def each_draw(drawn, simulated):
    """Every draw alone, and the design with that draw's own memories."""
    *_, data, arrays = simulated
    x, _, measurement, posterior = drawn
    for i in range(x.shape[1]):
        one = posterior.isel(chain=0, draw=[i]).rename(draw="sample")
        memory, threat = joint.design_memories(measurement["severity"].to_numpy()[0, i], data)
        yield i, one, one.drop_vars("signals"), replace(arrays, memory=memory, threat=threat)


def test_predictor_and_path_are_of_each_draws_own_memories(drawn, simulated):
    x, at, _, posterior = drawn
    assert float(np.ptp(posterior["signals"].to_numpy(), axis=1).max()) > 0.1
    arrays = simulated[-1]
    for i, one, plain, own in each_draw(drawn, simulated):
        eta = linear_predictor(plain, own)
        np.testing.assert_allclose(linear_predictor(one, arrays), eta, rtol=0, atol=1e-5)
        alone = with_path(plain.rename(sample="draw").expand_dims("chain"), x[:, [i]], own, at)
        np.testing.assert_allclose(one["u"], alone["u"][0], rtol=0, atol=1e-5)


def test_estimands_are_of_each_draws_own_memories(drawn, simulated):
    for _, one, plain, own in each_draw(drawn, simulated):
        joint_one, apart = estimands(one, simulated[-1]), estimands(plain, own)
        for name in ("e1", "e2", "e3", "e3_latent"):
            np.testing.assert_allclose(getattr(joint_one, name), getattr(apart, name), rtol=0, atol=1e-5)


def test_true_signals_are_those_of_the_true_severities(simulated):
    risk, measurement, data, arrays = simulated
    memory, threat = joint.design_memories(measurement["severity"].to_numpy(), data)
    weight = risk["honor_memory"].to_numpy()[0]
    np.testing.assert_allclose(risk["signals"][0, 0].to_numpy().ravel(), weight @ memory[0, 0], rtol=0, atol=1e-5)
    mix = (risk["threat_weight"].to_numpy()[0][:, None] * risk["threat_memory"].to_numpy()[0]).ravel()
    relief = len(arrays.categories) * mix @ threat[0, 1]
    np.testing.assert_allclose(risk["signals"][0, 5].to_numpy().ravel(), relief, rtol=0, atol=1e-5)


@pytest.mark.sampling
def test_simulated_severities_and_coders_are_found_again(simulated):
    risk, truth, data, arrays = simulated
    tree = sample_measured(data, arrays, HYPOTHESIS, Priors(), Sampler(300, 400, 2, 0.9, seed=1))
    posterior, measurement = tree["posterior"].dataset, tree["measurement"].dataset
    assert posterior["u"].shape == (2, 300, *arrays.shape)
    assert np.isfinite(posterior["u"]).all()
    assert np.isfinite(posterior["signals"]).all()
    assert int(tree["sample_stats"]["diverging"].sum()) <= 6
    for name in ("cutpoint", "average_precision", "bias", "latent"):
        draws, true = measurement[name].to_numpy().reshape(600, -1), truth[name].to_numpy().ravel()
        z = (draws.mean(axis=0) - true) / draws.std(axis=0)
        assert np.abs(z).max() < 6, name
        assert np.square(z).mean() < 3, name
    found = measurement["severity"].mean(("chain", "draw")).to_numpy()
    assert np.corrcoef(found, truth["severity"].to_numpy()[0])[0, 1] > 0.8
    effect = posterior["effect"].to_numpy().reshape(600, -1)
    free = HYPOTHESIS.mask() > 0
    z = ((effect.mean(axis=0) - risk["effect"].to_numpy()[0]) / np.where(free, effect.std(axis=0), 1.0))[free]
    assert np.abs(z).max() < 5
    assert not effect[:, ~free].any()


@pytest.mark.sampling
def test_a_joint_fit_is_used_like_any_other(tmp_path):
    acts = some_acts("AB", "2001-01-01", "2004-12-31", 60)
    few = catalogue(acts, [("2001-01-01", "2004-12-31")], ("a", "b"))
    panel = build(few, "quarter")
    arrays = design(panel)
    sampler = Sampler(draws=30, tune=60, chains=2, seed=1)
    fit = stm.fit_joint(few, panel, HYPOTHESIS, sampler=sampler)
    again = stm.fit_joint(few, panel, HYPOTHESIS, sampler=sampler)
    for group in ("posterior", "measurement", "sample_stats"):
        for name, values in fit[group].dataset.items():
            np.testing.assert_array_equal(values.to_numpy(), again[group][name].to_numpy(), err_msg=str(name))
    checks = gate(fit)
    assert not checks.passed  # with so few draws
    assert "R-hat of the latent path" in checks.frame()["check"].tolist()
    # the gate looks at the measurement too
    broken = fit.copy(deep=True)
    broken["measurement"]["cutpoint"].to_numpy()[1] += 1000.0
    worst = next(c for c in gate(broken).checks if c.name == "R-hat")
    assert worst.where.startswith("measurement: cutpoint")
    e = estimands(thinned(fit), arrays)
    assert np.isfinite(e.e3).all()
    assert np.isfinite(pointwise(fit["posterior"].dataset, arrays)).all()
    fit.attrs["key"] = "right"
    storage.write(fit, tmp_path / "fit.nc")
    back = storage.read(tmp_path / "fit.nc", "right")
    np.testing.assert_array_equal(back["measurement"]["severity"], fit["measurement"]["severity"])
    assert list(back["posterior"]["signal"].to_numpy()) == list(fit["posterior"]["signal"].to_numpy())


@pytest.mark.sampling
def test_a_run_of_the_calibration_ranks_everything():
    row = sbc_joint.one(SEED)
    assert {
        "effect[honor_denied]",
        "coders: cutpoint[0]",
        "coders: bias_spread",
        "severity[last]",
        "log likelihood",
    } <= set(row["ranks"])
    assert all(0 <= rank <= sbc_joint.KEPT for rank in row["ranks"].values())
