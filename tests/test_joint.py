"""Severities, memories and judgements of the joint model: against the panel, the plain PyMC model and the measurement model."""

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
from statusmodels.models import joint, joint_kernel, measurement
from statusmodels.models.design import design
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
    return joint.simulate(replace(plain, codings=rows[~unread]), np.random.default_rng(seed), NUDGED)


def ready(truth, period="quarter"):
    panel = build(truth.catalogue, period)
    arrays = design(panel)
    data = joint.measured(truth.catalogue, panel, arrays, NUDGED)
    return arrays, data, joint.coordinates(truth, data)


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


def toy_risk(arrays, seed):
    """A smooth function of the memories in the place of a risk model: its coefficients, value and gradient."""
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal(m.shape) for m in (arrays.memory, arrays.threat))

    def value(memory, threat):
        return (a * memory).sum() + (b * threat).sum() + (memory**3).sum() + (threat**3).sum()

    return value, lambda memory, threat: (a + 3 * memory**2, b + 3 * threat**2)


def joint_density(y, data, arrays, risk):
    judgements, fades, standards = data.judgements, data.acts.fades, data.standards
    severity, g_severity = np.empty(len(judgements.construct)), np.zeros(len(judgements.construct))
    memory, threat, grad = np.empty_like(arrays.memory), np.empty_like(arrays.threat), np.zeros_like(y)
    joint_kernel.severities(y, judgements, severity)
    joint_kernel.memories(severity, fades, standards, memory, threat)
    value, gradient = risk
    joint_kernel.memories_pullback(*gradient(memory, threat), fades, standards, g_severity)
    lp = joint_kernel.judgements_density(y, judgements, g_severity, grad)
    return lp + value(memory, threat), grad


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
    memory, threat = np.empty_like(arrays.memory), np.empty_like(arrays.threat)
    joint_kernel.memories(s, data.acts.fades, data.standards, memory, threat)
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


@pytest.mark.parametrize("period", ["month", "year"])
def test_pullbacks_are_the_adjoints(period):
    arrays, data, _ = ready(judged("ABC", count=80, seed=7), period)
    rng = np.random.default_rng(8)
    fades, standards = data.acts.fades, data.standards
    n = len(data.event_ids)
    memory, threat, zero_memory, zero_threat = (
        np.empty_like(x) for x in (arrays.memory, arrays.threat, arrays.memory, arrays.threat)
    )
    severity = rng.random(n)
    joint_kernel.memories(severity, fades, standards, memory, threat)
    joint_kernel.memories(np.zeros(n), fades, standards, zero_memory, zero_threat)
    g_memory, g_threat = rng.standard_normal(memory.shape), rng.standard_normal(threat.shape)
    g_severity = np.zeros(n)
    joint_kernel.memories_pullback(g_memory, g_threat, fades, standards, g_severity)
    forward = ((memory - zero_memory) * g_memory).sum() + ((threat - zero_threat) * g_threat).sum()
    assert severity @ g_severity == pytest.approx(forward, rel=1e-11)

    # gradients that come through mixed signals: the same by either way
    half_lives = len(arrays.half_lives)
    w_honor, w_authority, mix = (rng.random(k) for k in (half_lives, half_lives, threat.shape[1]))
    g_signal, weight = rng.standard_normal((6, memory.shape[2])), np.empty(standards.mean.shape)
    g_memory = np.stack([np.outer(w, g) for w, g in zip([w_honor] * 2 + [w_authority] * 2, g_signal[:4], strict=True)])
    g_threat = np.stack([np.outer(mix, g) for g in g_signal[4:]])
    by_memories, by_signals = np.zeros(n), np.zeros(n)
    joint_kernel.memories_pullback(g_memory, g_threat, fades, standards, by_memories)
    joint_kernel.signal_weights(w_honor, w_authority, mix, weight)
    joint_kernel.signals_pullback(g_signal, weight, fades, standards, by_signals)
    np.testing.assert_allclose(by_signals, by_memories, rtol=1e-10, atol=1e-10 * np.abs(by_memories).max())


@pytest.mark.parametrize("coders", [("a", "b", "c"), ("a",)], ids=len)
def test_compiled_joint_density_equals_the_plain_model(coders):
    truth = judged(coders=coders, seed=9)
    arrays, data, y = ready(truth)
    assert (data.judgements.level == measurement.UNREAD).any() == (len(coders) > 1)
    assert len(data.judgements.silent_count) > 3 or len(coders) == 1
    risk = toy_risk(arrays, 10)
    with pm.Model() as model:
        pm.Potential("risk", risk[0](*joint.measurement_variables(data)))
    assert [v.name for v in model.free_RVs] == list(joint.BLOCKS)
    with pytensor.config.change_flags(mode=Mode(linker="py", optimizer=None)):
        f = model.logp_dlogp_function(ravel_inputs=True)
    f.set_extra_values({})
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
        return joint_kernel.judgements_density(z, judgements, nothing, np.zeros_like(z))

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


def test_packed_arrays_come_back():
    arrays, data, y = ready(judged(seed=15))
    fades, standards, judgements = joint_kernel.unpack(
        joint_kernel.pack(data.acts.fades, data.standards, data.judgements)
    )
    for before, after in zip(
        (*data.acts.fades, *data.standards, *data.judgements), (*fades, *standards, *judgements), strict=True
    ):
        np.testing.assert_array_equal(before, after)
    back = replace(data, acts=replace(data.acts, fades=fades), standards=standards, judgements=judgements)
    risk = toy_risk(arrays, 16)
    assert joint_density(y, back, arrays, risk)[0] == joint_density(y, data, arrays, risk)[0]


def test_named_quantities():
    truth = judged(seed=17)
    _, data, y = ready(truth)
    named = joint.constrain(np.stack([y, y])[None], data).isel(chain=0, draw=1)
    np.testing.assert_allclose(named["latent"], truth.latent[data.acts.event, data.acts.construct], rtol=0, atol=1e-12)
    severity = np.empty(len(data.event_ids))
    joint_kernel.severities(y, data.judgements, severity)
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
    truth = joint.simulate(embedded, np.random.default_rng(20))
    one = joint._transformed(truth.parameters, len(embedded.coders))
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
    again = joint.simulate(truth.catalogue, np.random.default_rng(22))
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
    drawn = np.stack([joint.drawn_from_prior(2, rng) for _ in range(150)])
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
    _, data, y = ready(joint.simulate(embedded, np.random.default_rng(24)), "year")
    judgements = data.judgements
    x = y[judgements.blocks[-2] :]
    assert len(x) > 300
    assert abs(x.mean()) < 0.5
    assert 0.5 < x.std() < 2.0

    def density(z):
        return joint_kernel.judgements_density(z, judgements, np.zeros(len(x)), np.zeros_like(z))

    middle = np.zeros_like(y)
    for b in range(3):
        middle[judgements.blocks[b] : judgements.blocks[b + 1]] = judgements.prior[b, 0]
    assert density(data.start) > density(middle)
