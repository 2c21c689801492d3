"""The joint model's density and its parts: against the panel, the plain PyMC model, the measurement model and the plain risk."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytest
from pytensor.compile.mode import Mode
from scipy import stats
from scipy.special import logsumexp
from small import Act, catalogue, some_acts

from statusmodels.events.catalogue import load
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT
from statusmodels.inference.joint import joint_arguments
from statusmodels.inference.pilot import kernel_arguments, none, pilot
from statusmodels.models import joint, joint_assembly, joint_simulation, kernel, measurement
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES, THRESHOLD
from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.joint import unpacked_joint
from statusmodels.models.kernel.judgements import judgements_density, severities
from statusmodels.models.kernel.memories import memories as compiled_memories
from statusmodels.models.kernel.memories import memories_pullback
from statusmodels.models.kernel.mixtures import Mixtures, mixtures
from statusmodels.models.kernel.native import joint_log_density
from statusmodels.models.kernel.packing import FIRST
from statusmodels.models.parameters import starts
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, build
from statusmodels.panel.severities import SIGNAL_CONSTRUCTS, act_severities, memories

WINDOW = [("2001-01-01", "2001-08-31"), ("2001-09-01", "2002-12-31")]
# PyTensor keeps constants that half precision holds exactly in single precision; numbers a little off them make it exact
NUDGED = {
    name: replace(p, a=1.0001 * p.a, b=1.0001 * p.b) for name, p in joint.PRIORS.items() if not name.endswith("offset")
}


def standing(act, n):
    """Every third act stands for some time, some beyond the window."""
    return replace(act, end=f"{pd.Timestamp(act.date) + pd.Timedelta(days=11 * n):%Y-%m-%d}") if n % 3 == 0 else act


@pytest.fixture(scope="module")
def embedded():
    return load("us-russia")


def judged(sides="AB", coders=("a", "b", "c"), count=40, seed=0):
    """A catalogue whose signals are judged as the prior has it; some acts are not read by all coders."""
    acts = [standing(act, n) for n, act in enumerate(some_acts(sides, "2001-01-01", "2002-12-31", count, seed))]
    acts.append(Act("2001-07-01", "A", "B", (("honor", -1, 3), ("honor", 1, 1), ("threat", -1, 2)), "month"))
    plain = catalogue(acts, WINDOW, coders)
    rows = plain.codings
    unread = (rows["coder"] != coders[0]) & rows["event_id"].isin(plain.events["event_id"][::7])
    return joint_simulation.simulate(replace(plain, codings=rows[~unread]), np.random.default_rng(seed), NUDGED)


def ready(truth, period="quarter"):
    panel = build(truth.catalogue, period)
    arrays = design(panel)
    data = joint.measured(truth.catalogue, panel, arrays, NUDGED)
    return arrays, data, joint_simulation.coordinates(truth, data)


def panel_memories(panel):
    dims = ("category", "half_life", "dyad", "period")
    own = [panel[f"{name}_memory"].transpose(*dims[1:]).to_numpy()[None] for name in SIGNALS]
    return np.concatenate([*own, *(panel[f"{name}_memory"].transpose(*dims).to_numpy() for name in THREAT_SIGNALS)])


def pooled(original, seed):
    """A plug-in with random severities, and those severities (event, signal construct)."""
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet(np.ones(6), (len(original.events), len(CONSTRUCTS)))
    severity = (probability @ np.arange(6))[:, [list(CONSTRUCTS).index(c) for c in SIGNAL_CONSTRUCTS]]
    return measurement.plug_in(original, probability), severity


def mixed(weights, memory, threat):
    """The six mixed signals (6, D * T), of arrays or of tensors."""
    of = (weights.honor, weights.honor, weights.authority, weights.authority)
    return [w @ memory[i] for i, w in enumerate(of)] + [weights.threat @ threat[i] for i in range(2)]


def toy_risk(arrays, seed):
    """A smooth function of the mixed signals in the place of a risk model: mixtures, value and gradient by the signals."""
    rng = np.random.default_rng(seed)
    half_lives = len(arrays.half_lives)
    weights = Mixtures(*(rng.random(n) for n in (half_lives, half_lives, arrays.threat.shape[1])))
    a = rng.standard_normal((6, arrays.memory.shape[2]))

    def value(memory, threat):
        return sum((a[i] * x).sum() + (x**3).sum() for i, x in enumerate(mixed(weights, memory, threat)))

    return weights, value, lambda memory, threat: a + 3 * np.stack(mixed(weights, memory, threat)) ** 2


def remembered(severity, data, arrays):
    memory, threat = np.empty_like(arrays.memory), np.empty_like(arrays.threat)
    compiled_memories(severity, data.acts.fades, data.standards, memory, threat)
    return memory, threat


def joint_density(y, data, arrays, risk):
    judgements, fades, standards = data.judgements, data.acts.fades, data.standards
    severity, g_severity = np.empty(len(judgements.construct)), np.zeros(len(judgements.construct))
    severities(y, judgements, severity)
    at = remembered(severity, data, arrays)
    weights, value, gradient = risk
    memories_pullback(gradient(*at), weights, fades, standards, g_severity)
    grad = np.zeros_like(y)
    lp = judgements_density(y, judgements, g_severity, grad)
    return lp + value(*at), grad


def plain_measurement(data, risk=None):
    """Compiled-by-PyMC value and gradient of the readable definition, with a risk of the memories or without."""
    with pm.Model() as model:
        variables = joint_assembly.measurement_variables(data)
        if risk:
            pm.Potential("risk", risk(*variables))
    assert [v.name for v in model.free_RVs] == list(joint.BLOCKS)
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer=None)):
        f = model.logp_dlogp_function(ravel_inputs=True)
    f.set_extra_values({})
    return f


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_memories_of_pooled_severities_are_those_of_the_panel(period):
    original = judged("ABC", count=90, seed=1).catalogue
    plugged, severity = pooled(original, 2)
    panel = build(plugged, period)
    acts = act_severities(original, panel)
    fades = acts.fades
    assert (fades.begins < fades.fades).any()
    np.testing.assert_allclose(
        memories(acts, severity[acts.event, acts.construct]), panel_memories(panel), rtol=0, atol=1e-10
    )


def test_memories_of_the_embedded_catalogue_are_those_of_its_panel_and_design(embedded):
    plugged, severity = pooled(embedded, 3)
    panel = build(plugged)
    arrays = design(panel)
    data = joint.measured(embedded, panel, arrays)
    s = severity[data.acts.event, data.acts.construct]
    np.testing.assert_allclose(memories(data.acts, s), panel_memories(panel), rtol=0, atol=1e-10)
    for memory, threat in (remembered(s, data, arrays), joint.design_memories(s, data)):
        np.testing.assert_allclose(memory, arrays.memory, rtol=0, atol=1e-10)
        np.testing.assert_allclose(threat, arrays.threat, rtol=0, atol=1e-10)


def test_memories_of_coders_who_agree_are_those_of_their_panel():
    original = catalogue(some_acts("AB", "2001-01-01", "2002-12-31", 60), WINDOW, ("a", "b"))
    panel = build(original)
    acts = act_severities(original, panel)
    level = measurement.ratings(original).level[acts.event, acts.construct].mean(axis=1)
    np.testing.assert_allclose(memories(acts, level), panel_memories(panel), rtol=0, atol=1e-10)


def test_memories_of_several_severities_at_once():
    truth = judged(seed=4)
    acts = act_severities(truth.catalogue, build(truth.catalogue))
    draws = np.random.default_rng(5).random((2, 3, len(acts.event)))
    every = memories(acts, draws)
    np.testing.assert_allclose(every[1, 2], memories(acts, draws[1, 2]), rtol=1e-12)


def test_a_panel_told_at_the_days_of_outcomes_is_refused():
    truth = judged(seed=4)
    with pytest.raises(ValueError, match="ordering"):
        act_severities(truth.catalogue, build(truth.catalogue, ordering="daily"))


def test_a_design_of_another_panel_is_refused():
    truth, other = judged(seed=4), judged(seed=6)
    with pytest.raises(ValueError, match="not those of the panel"):
        joint.standards(build(truth.catalogue), design(build(other.catalogue)))


def test_no_memory_looks_ahead():
    arrays, data, _ = ready(judged("ABC", count=80, seed=26), "month")
    fades = data.acts.fades
    n = len(data.event_ids)
    before = memories(data.acts, np.ones(n))
    started = np.full(n, arrays.shape[1])
    np.minimum.at(started, fades.severity, fades.begins)
    for j in range(0, n, 7):
        changed = np.ones(n)
        changed[j] = 4.0
        moved = np.flatnonzero(np.any(memories(data.acts, changed) != before, axis=(0, 1, 2)))
        assert (moved >= started[j]).all()
        assert len(moved) or started[j] == arrays.shape[1]


@pytest.mark.parametrize("period", ["month", "year"])
def test_pullback_is_the_adjoint(period):
    arrays, data, _ = ready(judged("ABC", count=80, seed=7), period)
    rng = np.random.default_rng(8)
    weights, *_ = toy_risk(arrays, 8)
    severity = rng.random(len(data.event_ids))
    g_signal, g_severity = rng.standard_normal((6, arrays.memory.shape[2])), np.zeros(len(severity))
    memories_pullback(g_signal, weights, data.acts.fades, data.standards, g_severity)
    at, zero = (np.stack(mixed(weights, *remembered(s, data, arrays))) for s in (severity, 0 * severity))
    assert severity @ g_severity == pytest.approx(((at - zero) * g_signal).sum(), rel=1e-11)


@pytest.mark.parametrize("coders", [("a", "b", "c"), ("a",)], ids=len)
def test_compiled_joint_density_equals_the_plain_model(coders):
    truth = judged(coders=coders, seed=9)
    arrays, data, y = ready(truth)
    assert (data.judgements.level == measurement.UNREAD).any() == (len(coders) > 1)
    assert len(data.judgements.silent_count) > 3 or len(coders) == 1
    risk = toy_risk(arrays, 10)
    f = plain_measurement(data, risk[1])
    rng = np.random.default_rng(11)
    for size in (0.0, 0.2, 0.5):
        z = y + size * rng.standard_normal(len(y))
        value, gradient = joint_density(z, data, arrays, risk)
        expected, slope = f(z)
        assert value == pytest.approx(float(expected), rel=1e-10)
        assert np.abs(gradient - slope).max() <= 1e-10 * np.abs(slope).max()


def test_gradient_matches_finite_differences():
    arrays, data, y = ready(judged(seed=12), "month")
    risk = toy_risk(arrays, 13)
    _, gradient = joint_density(y, data, arrays, risk)
    step = 1e-5
    ends = [[joint_density(y + s * e, data, arrays, risk)[0] for s in (step, -step)] for e in np.eye(len(y))]
    numeric = np.array([(up - down) / (2 * step) for up, down in ends])
    assert np.abs(gradient - numeric).max() <= 1e-6 * np.abs(numeric).max()


def test_latent_severities_integrated_out_leave_the_measurement_model():
    truth = judged(count=18, seed=14)
    _, data, y = ready(truth)
    judgements = data.judgements
    nothing = np.zeros(len(judgements.construct))

    def density(z):
        return judgements_density(z, judgements, nothing, np.zeros_like(z))

    # given the parameters the acts are independent: integrate each latent severity with the others at rest
    at_rest, first = density(y), judgements.blocks[-2]
    grid = np.linspace(-10, 10, 401)
    total = at_rest
    for n in range(len(nothing)):
        one = np.tile(y, (len(grid), 1))
        one[:, first + n] = grid
        total += logsumexp([density(z) - at_rest for z in one]) + np.log(grid[1] - grid[0])

    prior = 0.0
    for name, a, b in zip(joint.PRIORS, judgements.blocks[:-2], judgements.blocks[1:-1], strict=True):
        p, x = {**joint.PRIORS, **NUDGED}[name], y[a:b]
        half = p.family == "halfnormal"
        prior += p.distribution.logpdf(np.exp(x) if half else x).sum() + half * x.sum()
    every = measurement.ratings(truth.catalogue)
    named = joint.constrain(y[None], data).isel(sample=0)
    place = [list(CONSTRUCTS).index(c) for c in SIGNAL_CONSTRUCTS]
    full = [np.ones((len(CONSTRUCTS), *named[k].shape[1:])) for k in ("cutpoint", "precision", "bias")]
    full[0] *= np.arange(1, 6)
    for values, name in zip(full, ("cutpoint", "precision", "bias"), strict=True):
        values[place] = named[name].to_numpy()
    told = measurement._logsumexp(measurement._pattern_logp(*full, every.pattern, np) + measurement.LOG_WEIGHT, np)
    expected = (every.count * told)[np.isin(every.pattern[:, 0], place)].sum()
    assert total - prior == pytest.approx(expected, abs=1e-3)


@compiled
def unpacked(buffer):
    return unpacked_joint(buffer, FIRST)


def whole(truth, hypothesis=HYPOTHESES["honor-plus-injury"], whitened=True, period="quarter"):
    """Design, measured, coordinates and arguments of the joint density of simulated judgements and random outcomes."""
    arrays, data, y = ready(truth, period)
    rng = np.random.default_rng(27)
    level = np.where(arrays.weight > 0, rng.integers(0, 6, arrays.shape), 0)
    arrays = arrays.with_outcomes(level, np.where(level > 0, rng.poisson(1.0, arrays.shape), 0))
    coordinates = pilot(arrays, hypothesis, Priors()) if whitened else none(arrays)
    x = np.concatenate([0.5 * rng.standard_normal(starts(arrays)[-1]), y])
    return arrays, data, x, kernel_arguments(arrays, hypothesis, Priors(), coordinates), coordinates


def test_packed_arrays_come_back():
    _, data, _, arguments, _ = whole(judged(seed=15), whitened=False)
    given = (arguments, data.acts.fades, data.standards, data.judgements)
    back = unpacked(kernel.pack(joint_arguments(arguments, data)))
    for before, after in zip(given, back, strict=True):
        assert type(before) is type(after)
        for name, one, other in zip(before._fields, before, after, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("hypothesis", [*HYPOTHESES.values(), THRESHOLD], ids=lambda h: h.name)
def test_joint_density_is_that_of_the_measurement_and_of_the_risk(hypothesis):
    arrays, data, x, arguments, _ = whole(judged(seed=28), hypothesis)
    split = starts(arrays)[-1]
    value, gradient = joint_log_density(x, kernel.pack(joint_arguments(arguments, data)))
    severity = np.empty(len(data.event_ids))
    severities(x[split:], data.judgements, severity)
    memory, threat = joint.design_memories(severity, data)
    risk, slope = kernel.log_density(x[:split], kernel.pack(arguments._replace(memory=memory, threat=threat)))
    told, _ = plain_measurement(data)(x[split:])
    assert value == pytest.approx(risk + float(told), rel=1e-10)
    np.testing.assert_allclose(gradient[:split], slope, rtol=0, atol=1e-10 * np.abs(slope).max())


@pytest.mark.parametrize("hypothesis", [*HYPOTHESES.values(), THRESHOLD], ids=lambda h: h.name)
def test_gradient_of_the_joint_density_matches_finite_differences(hypothesis):
    _, data, x, arguments, _ = whole(judged(seed=29), hypothesis, period="month")
    packed = kernel.pack(joint_arguments(arguments, data))
    _, gradient = joint_log_density(x, packed)
    step = 1e-5
    ends = [[joint_log_density(x + s * e, packed)[0] for s in (step, -step)] for e in np.eye(len(x))]
    numeric = np.array([(up - down) / (2 * step) for up, down in ends])
    assert np.abs(gradient - numeric).max() <= 1e-6 * np.abs(numeric).max()


def test_mixtures_are_the_same_before_and_after_whitening():
    hypothesis = HYPOTHESES["honor-plus-injury"]
    arrays, _, x, arguments, coordinates = whole(judged("ABC", count=90, seed=30), hypothesis)
    split = starts(arrays)[-1]
    named = coordinates.unconstrained(x[:split], arrays, hypothesis)
    assert (named != x[:split]).any()
    size = len(arrays.categories), len(arrays.half_lives)
    for one, other in zip(mixtures(x, arguments.at, *size), mixtures(named, arguments.at, *size), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_point_too_far_is_a_divergence_and_no_crash():
    _, data, x, arguments, _ = whole(judged(seed=31))
    x[-len(data.start) :] = 1e6
    value, gradient = joint_log_density(x, kernel.pack(joint_arguments(arguments, data)))
    assert not (np.isfinite(value) and np.isfinite(gradient).all())


def test_log_likelihood_is_the_density_without_priors_and_jacobians():
    truth = judged(seed=32)
    _, data, y = ready(truth)
    draws = np.stack([y, y + 0.1 * np.random.default_rng(33).standard_normal(len(y))])
    named = joint.constrain(draws, data)
    expected = []
    for z in draws:
        density = judgements_density(z, data.judgements, np.zeros(len(data.event_ids)), np.zeros_like(z))
        prior = 0.0
        for name, a, b in zip(joint.PRIORS, data.judgements.blocks[:-2], data.judgements.blocks[1:-1], strict=True):
            p, x = {**joint.PRIORS, **NUDGED}[name], z[a:b]
            half = p.family == "halfnormal"
            prior += p.distribution.logpdf(np.exp(x) if half else x).sum() + half * x.sum()
        latent = joint.constrain(z[None], data)["latent"].to_numpy()
        prior += stats.norm.logpdf(latent).sum() + np.log(data.judgements.spread).sum()
        expected.append(density - prior)
    np.testing.assert_allclose(joint.log_likelihood(named, data), expected, rtol=1e-9)


def test_named_quantities():
    truth = judged(seed=17)
    _, data, y = ready(truth)
    named = joint.constrain(np.stack([y, y])[None], data).isel(chain=0, draw=1)
    np.testing.assert_allclose(named["latent"], truth.latent[data.acts.event, data.acts.construct], rtol=0, atol=1e-12)
    severity = np.empty(len(data.event_ids))
    severities(y, data.judgements, severity)
    np.testing.assert_allclose(named["severity"], severity, rtol=1e-12)
    np.testing.assert_allclose(named["bias"].sum("coder"), 0, atol=1e-12)
    assert (np.diff(named["cutpoint"]) > 0).all()
    events = truth.catalogue.events["event_id"].to_numpy()
    assert (named["event_id"].to_numpy() == events[data.acts.event]).all()


def test_severity_is_the_level_that_an_average_coder_gives_on_average():
    truth = judged(seed=18)
    _, data, y = ready(truth)
    one = joint.constrain(y[None], data).isel(sample=0)
    rng = np.random.default_rng(19)
    c = data.judgements.construct
    x = one["average_precision"].to_numpy()[c, None] * (
        one["latent"].to_numpy()[:, None] - one["cutpoint"].to_numpy()[c]
    )
    level = (rng.random((20000, len(c), 1)) < 1 / (1 + np.exp(-x))).sum(axis=-1)
    error = level.std(axis=0) / np.sqrt(len(level)) + 1e-3
    assert (np.abs(level.mean(axis=0) - one["severity"].to_numpy()) < 5 * error).all()


def test_simulated_judgements_follow_the_model(embedded):
    truth = joint_simulation.simulate(embedded, np.random.default_rng(20))
    one = joint.transformed(truth.parameters, len(embedded.coders))
    level = measurement.ratings(truth.catalogue).level
    for c, name in enumerate(SIGNAL_CONSTRUCTS):
        given = level[:, list(CONSTRUCTS).index(name)]
        for r in range(level.shape[2]):
            for k in range(1, 6):
                x = one["precision"][c, r] * (truth.latent[:, c] + one["bias"][c, r] - one["cutpoint"][c, k - 1])
                p = 1 / (1 + np.exp(-x))
                error = np.sqrt((p * (1 - p)).sum()) + 1e-2
                assert abs((given[:, r] >= k).sum() - p.sum()) < 5 * error
    for z in truth.latent.T:
        assert stats.kstest(z, "norm").pvalue > 1e-4


def test_simulated_catalogue_keeps_acts_readers_and_outcomes():
    truth = judged(seed=21)
    again = joint_simulation.simulate(truth.catalogue, np.random.default_rng(22))
    before, after = truth.catalogue, again.catalogue
    keys = ["event_id", "coder"]
    one, other = (c.readings.sort_values(keys, ignore_index=True) for c in (before, after))
    assert one.equals(other)
    outcomes = [
        c.codings[c.codings["construct"].isin(["escalation", "cooperation"])]
        .sort_values([*keys, "construct"], ignore_index=True)
        .drop(columns="confidence")
        for c in (before, after)
    ]
    assert outcomes[0].equals(outcomes[1])
    signals = after.codings[after.codings["construct"].isin(SIGNAL_CONSTRUCTS)]
    assert signals["severity"].between(1, 5).all()
    assert not signals.duplicated([*keys, "construct"]).any()
    assert signals.groupby(["event_id", "construct"])[["category", "valence"]].nunique().max().max() == 1
    nothing = after.codings[after.codings["construct"] == NO_CONSTRUCT]
    assert not nothing.merge(after.codings[after.codings["construct"] != NO_CONSTRUCT], on=keys).size
    assert before.sha256 != after.sha256


def test_parameters_drawn_from_the_prior():
    rng = np.random.default_rng(23)
    drawn = np.stack([joint_simulation.drawn_from_prior(2, rng) for _ in range(150)])
    lengths = joint.sizes(2, 0)
    ends = np.cumsum(list(lengths.values()))
    assert drawn.shape[1] == ends[-1]
    for (name, n), end in zip(lengths.items(), ends, strict=True):
        if n:
            x = drawn[:, end - n]
            prior = joint.PRIORS[name]
            x = np.exp(x) if prior.family == "halfnormal" else x
            assert stats.kstest(x, prior.distribution.cdf).pvalue > 1e-4, name


def test_coordinates_and_start_are_roughly_right(embedded):
    # over many acts the true coordinates have mean about 0 and variance about 1
    _, data, y = ready(joint_simulation.simulate(embedded, np.random.default_rng(24)), "year")
    judgements = data.judgements
    x = y[judgements.blocks[-2] :]
    assert len(x) > 300
    assert abs(x.mean()) < 0.5
    assert 0.5 < x.std() < 2.0

    def density(z):
        return judgements_density(z, judgements, np.zeros(len(x)), np.zeros_like(z))

    middle = np.zeros_like(y)
    for b in range(3):
        middle[judgements.blocks[b] : judgements.blocks[b + 1]] = judgements.prior[b, 0]
    assert density(data.start) > density(middle)


def test_a_panel_whose_first_periods_were_cut_off_is_refused():
    truth = judged(seed=4)
    with pytest.raises(ValueError, match="before its first period"):
        act_severities(truth.catalogue, build(truth.catalogue).isel(period=slice(12, None)))


@pytest.mark.parametrize("name", ["rating_presision", "rating_bias_offset", "effect"])
def test_a_prior_of_the_ratings_that_cannot_be_replaced_is_refused(name):
    truth = judged(seed=4)
    panel = build(truth.catalogue)
    with pytest.raises(ValueError, match=name):
        joint.measured(truth.catalogue, panel, design(panel), {name: joint.PRIORS["rating_precision"]})
