"""Panels with one event altered against panels built anew, weights against likelihoods computed whole, and both against refits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import THREATS, Act, catalogue, some_acts
from test_kernel import EVERYTHING

from statusmodels.claims.alterations import ALTERATIONS, REMOVED, alterable, altered
from statusmodels.claims.estimands import Estimands, estimands
from statusmodels.claims.influence import AS_IT_IS, influence, refitted
from statusmodels.claims.refit import judged, refit
from statusmodels.claims.reweighting import base, reweighted
from statusmodels.claims.verdict import base_rate, judge
from statusmodels.criticism.importance import smoothed
from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler, sample, thinned
from statusmodels.models.design import design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.parameters import constrain, drawn_from_prior, linear_predictor
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, build

ERAS = [("2001-01-01", "2002-12-31"), ("2003-01-01", "2004-12-31")]
BOTH = (("honor", -1, 3), ("threat", -1, 4, THREATS[1]), ("escalation", -1, 4))
SPECIAL = [
    Act("2002-05-10", "A", "B", BOTH),
    Act("2002-05-20", "A", "B", (("escalation", -1, 2),)),
    Act("2002-05-31", "A", "B", (("escalation", -1, 4),)),
    Act("2002-09-01", "B", "A", (("threat", -1, 1, THREATS[0]), ("escalation", -1, 1)), end="2003-10-15"),
    Act("2003-03-01", "B", "A", (("authority", 1, 5), ("honor", 1, 2)), precision="month"),
    Act("2001-03-03", "B", "A", (("escalation", -1, 3), ("authority", -1, 2))),  # in the burn-in
    Act("2004-12-30", "A", "B", (("honor", -1, 5), ("escalation", -1, 5))),  # remembered by no period
    Act("2003-06-06", "A", "B", (("cooperation", 1, 3),)),
    Act("2003-07-07", "A", "B"),
]
QUIET = ("e007", "e008")  # cooperation, and no construct at all


def small_catalogue(count=80, seed=3, eras=ERAS):
    return catalogue([*SPECIAL, *some_acts(("A", "B"), "2001-01-01", "2004-12-31", count, seed)], eras)


@pytest.fixture(scope="module")
def some():
    judgements = small_catalogue()
    panel = build(judgements)
    return judgements, panel, design(panel)


def rebuilt(panel, changed):
    """Arrays of the panel built anew from a changed catalogue, in the units of the full one's."""
    new, full = build(changed), design(panel)
    on = full.modelled
    arrays = []
    for names in (SIGNALS, THREAT_SIGNALS):
        block = []
        for name in names:
            old, other = (
                p[f"{name}_memory"].transpose(..., "half_life", "dyad", "period").to_numpy() for p in (panel, new)
            )
            total = old.sum(axis=0) if old.ndim == 4 else old
            scale = total[:, on].std(axis=1)
            centred = other - old[..., on].mean(axis=-1)[..., None, None]
            block.append(centred / np.where(scale > 0, scale, 1.0)[:, None, None])
        arrays.append(np.stack(block))
    memory, threat = arrays
    fresh = design(new)
    return replace(
        fresh,
        memory=memory.reshape(full.memory.shape),
        threat=threat.reshape(full.threat.shape),
        history=fresh.history + (fresh.history_mean - full.history_mean)[:, None, None],
        history_mean=full.history_mean,
    )


def assert_same(found, expected):
    for name in ("memory", "threat", "history"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-12, err_msg=name)
    for name in ("level", "extra", "weight", "start_level", "era"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)


def test_a_removed_event_leaves_the_panel_built_without_it(some):
    judgements, panel, arrays = some
    events = alterable(judgements, panel, arrays)
    for event in judgements.events["event_id"][:40]:
        rest = replace(
            judgements,
            events=judgements.events[judgements.events["event_id"] != event],
            codings=judgements.codings[judgements.codings["event_id"] != event],
        )
        assert_same(altered(events, event), rebuilt(panel, rest))


@pytest.mark.parametrize(("alteration", "constructs", "by", "lowest"), [
    ("severity one lower", ("honor", "authority", "threat"), -1, 1),
    ("severity one higher", ("honor", "authority", "threat"), 1, 1),
    ("level one lower", ("escalation",), -1, 0),
])  # fmt: skip
def test_a_recoded_event_leaves_the_panel_built_from_the_other_codings(some, alteration, constructs, by, lowest):
    judgements, panel, arrays = some
    events = alterable(judgements, panel, arrays)
    for event in judgements.events["event_id"][:20]:
        codings = judgements.codings.copy()
        for i in codings.index[(codings["event_id"] == event) & codings["construct"].isin(constructs)]:
            codings.loc[i, "severity"] = min(max(codings.loc[i, "severity"] + by, lowest), 5)
        assert_same(altered(events, event, alteration), rebuilt(panel, replace(judgements, codings=codings)))


def test_what_a_period_of_three_acts_loses_with_each(some):
    judgements, panel, arrays = some
    events = alterable(judgements, panel, arrays)
    row, t = arrays.dyads.index("B>A"), 16  # May 2002; what A does is the outcome of the dyad B>A
    alone = catalogue(SPECIAL, ERAS)
    quiet = alterable(alone, build(alone), design(build(alone)))
    found = {
        (event, alteration): altered(quiet, event, alteration)
        for event in ("e000", "e001")
        for alteration in ALTERATIONS
    }
    told = {key: (int(d.level[row, t]), int(d.extra[row, t])) for key, d in found.items()}
    assert (int(quiet.design.level[row, t]), int(quiet.design.extra[row, t])) == (4, 2)
    assert told["e000", REMOVED] == (4, 1)  # the third act was of level 4 too
    assert told["e000", "level one lower"] == (4, 2)
    assert told["e001", "level one lower"] == (4, 2)
    assert told["e001", "severity one higher"] == (4, 2)
    without_two = altered(replace(quiet, acts=quiet.acts.drop("e002")), "e000", "level one lower")
    assert int(without_two.level[row, t]) == 3
    # honor of severity 3 is remembered at full weight on the day after; a month on, three half-lives tell what is left
    k = int(np.argmin(arrays.half_lives))
    lost = (events.design.memory - altered(events, "e000").memory).reshape(4, 3, *arrays.shape)
    days = (pd.Timestamp("2002-06-01") - pd.Timestamp("2002-05-10")).days
    raw = panel["honor_denied_memory"].to_numpy()[k][arrays.modelled]
    dyad = arrays.dyads.index("A>B")
    expected = 3 * 0.5 ** (days / (3 * 365.25 / 12)) / raw.std()
    assert lost[0, k, dyad, t + 1] == pytest.approx(expected, rel=1e-12)
    assert not lost[:, :, dyad, : t + 1].any()
    assert not lost[:, :, 1 - dyad].any()
    assert not lost[1:].any()


def test_an_event_without_signals_or_escalation_changes_nothing(some):
    judgements, panel, arrays = some
    events = alterable(judgements, panel, arrays)
    for event in QUIET:
        for alteration in ALTERATIONS:
            assert altered(events, event, alteration) is arrays
    assert altered(events, "e006", "severity one higher") is arrays  # it is at five already


def test_panels_that_cannot_be_altered_are_refused(some):
    judgements, panel, arrays = some
    with pytest.raises(ValueError, match="ordering='period'"):
        alterable(judgements, build(judgements, ordering="daily"), arrays)
    with pytest.raises(ValueError, match="the level must be among the outcomes, which are acts"):
        alterable(judgements, panel, design(panel, outcomes=("acts",)))
    with pytest.raises(ValueError, match="with all its dyads"):
        alterable(judgements, panel.isel(dyad=[0]), arrays)
    events = alterable(judgements, panel, arrays)
    with pytest.raises(KeyError, match="no event 'nowhere'"):
        altered(events, "nowhere")


def prior_draws(arrays, draws=40, seed=0):
    """Draws of everything from the prior, with a path of white noise."""
    rng = np.random.default_rng(seed)
    out = constrain(drawn_from_prior(arrays, Priors(), draws, rng), arrays, EVERYTHING.mask())
    return out.assign(u=(("sample", "dyad", "period"), 0.5 * rng.standard_normal((draws, *arrays.shape))))


def whole_log_likelihood(parameters, arrays):
    at = np.flatnonzero(arrays.modelled)
    theta = (linear_predictor(parameters, arrays) + parameters["u"].to_numpy()).reshape(parameters.sizes["sample"], -1)
    return outcome_log_likelihood(theta[:, at, None], at, arrays, parameters).sum(axis=(1, 2))


@pytest.mark.parametrize("serious", [2, 3])
def test_reweighting_is_the_likelihood_and_the_estimands_of_the_whole_other_panel(some, serious):
    judgements, panel, arrays = some
    events, parameters = alterable(judgements, panel, arrays), prior_draws(arrays, 120)
    known = base(parameters, arrays, serious)
    before = whole_log_likelihood(parameters, arrays)
    for event in judgements.events["event_id"][:16]:
        for alteration in ALTERATIONS:
            other = altered(events, event, alteration)
            found = reweighted(known, other)
            weights, k = smoothed(whole_log_likelihood(parameters, other) - before)
            if other is not arrays:
                np.testing.assert_allclose(found.weights, weights, rtol=1e-7)
                assert found.pareto_k == pytest.approx(k, rel=1e-6, nan_ok=True)
            expected = estimands(parameters, other, serious)
            for name in ("e1", "e2", "e3", "e3_latent"):
                np.testing.assert_allclose(getattr(found.estimands, name), getattr(expected, name), atol=1e-11)
            for corner, values in expected.corner.items():
                np.testing.assert_allclose(found.estimands.corner[corner], values, atol=1e-11)
            verdict = judge(expected, base_rate(other, serious), weights=found.weights)
            assert found.verdict.width == verdict.width
            assert found.verdict.p_e2_more == pytest.approx(verdict.p_e2_more, abs=1e-9)
            assert found.mean("e1") == pytest.approx(found.weights @ expected.e1, abs=1e-12)


def test_weighted_verdicts_count_draws_by_their_weight():
    e1, e2 = np.array([0.0, 0.3, 0.0, 0.3]), np.array([0.3, 0.3, 0.0, 0.0])
    drawn = Estimands(e1, e2, e2 - e1, np.array([0.5, 0.0, 0.0, 0.5]), {})
    found = judge(drawn, 0.25, weights=np.array([0.5, 0.25, 0.125, 0.125]))
    assert (found.p_e1_zero, found.p_e1_more, found.p_e2_more, found.p_amplified) == (0.625, 0.375, 0.75, 0.625)


def test_draws_of_the_joint_model_are_refused(some):
    _, _, arrays = some
    parameters = prior_draws(arrays, 4)
    with pytest.raises(ValueError, match="severities are latent"):
        base(parameters.assign(signals=parameters["u"]), arrays)


@pytest.fixture(scope="module")
def fitted():
    """A catalogue of some years with a fit that moves with single events."""
    judgements = small_catalogue(60, seed=5)
    panel = build(judgements)
    arrays = design(panel)
    settings = Sampler(draws=1000, tune=300, chains=2)
    tree = sample(arrays, HYPOTHESES[ENCOMPASSING], sampler=settings, cores=1)
    return judgements, panel, arrays, tree


@pytest.mark.sampling
def test_table_of_influence_tells_every_event_the_most_influential_first(fitted):
    judgements, panel, arrays, tree = fitted
    table = influence(tree, judgements, panel, arrays, draws=400)
    assert set(table["event_id"]) == set(judgements.events["event_id"])
    assert table["event_id"].is_unique
    assert table["influence"].is_monotonic_decreasing
    changes = [name for name in table if name.startswith("d_")]
    np.testing.assert_array_equal(table["influence"], table[changes[:3]].abs().max(axis=1))
    rows = table.set_index("event_id")
    for event in QUIET:
        assert (rows.loc[event, changes] == 0.0).all()
        assert np.isnan(rows.loc[event, "pareto_k"])
        assert rows.loc[event, "reliable"]
        assert rows.loc[event, "effective_draws"] == pytest.approx(400)
    drawn = thinned(tree, 400)
    other = altered(alterable(judgements, panel, arrays), "e000")
    weights, _ = smoothed(whole_log_likelihood(drawn, other) - whole_log_likelihood(drawn, arrays))
    for name in ("e1", "e2", "e3", "e3_latent"):
        expected = weights @ getattr(estimands(drawn, other), name) - getattr(estimands(drawn, arrays), name).mean()
        assert rows.loc["e000", f"d_{name}"] == pytest.approx(expected, abs=1e-9)
    assert rows.loc["e000", "influence"] > 0


@pytest.mark.sampling
def test_weighted_answers_agree_with_exact_refits(fitted):
    judgements, panel, arrays, tree = fitted
    table = influence(tree, judgements, panel, arrays)
    steady = table[table["pareto_k"] < 0.5].iloc[:3]
    events, known = alterable(judgements, panel, arrays), base(thinned(tree), arrays)
    settings = Sampler(draws=1000, tune=300, chains=2)
    standard, moved = [], []
    for i, event in enumerate(steady["event_id"]):
        other = altered(events, event)
        found = reweighted(known, other)
        exact, _ = refit(other, 100 + i, sampler=settings)
        for name in ("e1", "e2", "e3_latent"):
            draws = getattr(exact, name)
            error = draws.std() * np.sqrt(1 / found.effective_draws + 1 / len(draws))
            standard.append((found.mean(name) - draws.mean()) / error)
            moved.append((draws.mean() - getattr(estimands(thinned(tree), arrays), name).mean()) / error)
    assert np.abs(standard).max() < 4
    assert np.abs(moved).max() > 4  # so that an answer that ignored the events would fail


@pytest.mark.sampling
def test_table_of_refits_holds_every_alteration_that_changes_something(fitted, tmp_path):
    judgements, panel, arrays, tree = fitted
    table = pd.DataFrame({"event_id": ["e000", "e007", "e006"]})
    short = Sampler(draws=50, tune=50, chains=1, target_accept=0.6)
    found = refitted(table, tree, judgements, panel, arrays, Place(tmp_path, workers=1), most=2, seed=9, sampler=short)
    # another act of its period is of level 4 too, so the level of e000 does not matter; e007 changes nothing, e006 comes third
    expected = [("", AS_IT_IS), *(("e000", name) for name in ALTERATIONS if name != "level one lower")]
    assert list(zip(found["event_id"], found["alteration"], strict=True)) == expected
    drawn, told = refit(arrays, 9, sampler=short)
    plain = judged(drawn, arrays)
    assert found.loc[0, "p_e1_zero_refit"] == plain["p_e1_zero"]
    assert found.loc[0, "e2_refit"] == plain["e2_mean"]
    assert found.loc[0, "bulk_ess"] == told["bulk_ess"]
    full = judge(estimands(thinned(tree), arrays), base_rate(arrays))
    assert found.loc[0, "p_e2_more_weighted"] == pytest.approx(full.p_e2_more, abs=1e-9)
    other = altered(alterable(judgements, panel, arrays), "e000")
    drawn, _ = refit(other, 10, sampler=short)
    assert found.loc[1, "p_amplified_refit"] == judged(drawn, other)["p_amplified"]
