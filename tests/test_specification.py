"""Specifications: which there are, and that each gives exactly the panel that it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import Act, catalogue, random_design, some_acts

from statusmodels.claims.specification import (
    OUTCOMES,
    Specification,
    boundary,
    choices,
    coherent,
    combinations,
    one_away,
)
from statusmodels.claims.specified import (
    MEMORIES,
    NotPossible,
    lagged,
    nothing_to_explain,
    scaled_effects,
    serious_periods,
    specified,
    specified_panel,
)
from statusmodels.events.catalogue import load
from statusmodels.inference.provenance import fingerprint
from statusmodels.models.design import design
from statusmodels.models.priors import DEFAULTS, Priors
from statusmodels.panel.outcomes import with_onset
from statusmodels.panel.panel import build

ERAS = [("2001-01-01", "2002-12-31"), ("2003-01-01", "2004-12-31")]
US_RUSSIA = load("us-russia")
# whether or not the files of other data sets are here
OWN = tuple(name for name, outcome in OUTCOMES.items() if outcome.source is None)
VALUES = {**choices(US_RUSSIA), "outcome": OWN}


def threat(category, severity):
    return Act("2002-01-10", "A", "B", (("threat", -1, severity, category),))


def some(extra=(), coders=("a",)):
    return catalogue([*some_acts("AB", "2001-01-01", "2004-12-31", 120), *extra], ERAS, coders)


def memories(panel):
    return {name: panel[name].to_numpy() for name in MEMORIES}


def test_choices_come_from_the_catalogue():
    acts = [threat("force-posture", 5), threat("missile-defence", 5), threat("missile-defence", 5)]
    # 1 of 16 points of severity: it is left out in its turn, but does not stand for threat alone
    acts.append(threat("regime-change", 1))
    values = choices(catalogue(acts, ERAS, ["a", "b"]))
    assert values["coder"] == ("pooled", "a", "b")
    assert values["dyads"] == ("all", "A>B", "B>A")
    assert values["eras"] == ("all", "before 2003-01-01", "from 2003-01-01")
    assert values["threat"] == (
        "all",
        *("without missile-defence", "without regime-change", "without force-posture"),
        *("only missile-defence", "only force-posture"),
    )


def test_there_is_no_choice_where_there_is_one_thing():
    values = choices(catalogue([threat("regime-change", 2)], ERAS[:1]))
    assert (values["coder"], values["eras"], values["threat"]) == (("pooled",), ("all",), ("all",))


def test_a_category_that_only_relieves_is_no_proxy_of_threat():
    relief = Act("2002-01-10", "A", "B", (("threat", 1, 5, "alliance-expansion"),))
    values = choices(catalogue([threat("regime-change", 1), threat("force-posture", 1), relief], ERAS))
    assert not [v for v in values["threat"] if "alliance" in v]


def test_every_first_value_is_the_documented_one():
    assert {name: some[0] for name, some in VALUES.items()} == vars(Specification())


def test_one_away_from_the_documented_one_on_the_embedded_catalogue():
    # period 2, lag 1, ordering 1, outcome 2, threshold 2, coder 3, memory 3, dyads 2, eras 2, threat 6 + 3, priors 2, path 1
    found = one_away(VALUES)
    assert len(found) == 1 + 30
    assert len(set(found)) == 31
    assert [len(s.departures) for s in found] == [0] + 30 * [1]
    assert len({s.refitted for s in found}) == 29  # the two thresholds are read off the documented refit


def test_combinations_are_coherent_different_and_go_on_from_fewer():
    many = combinations(VALUES, 60, seed=3)
    assert len(set(many)) == 60
    assert all(coherent(s) and len(s.departures) > 1 for s in many)
    assert combinations(VALUES, 7, seed=3) == many[:7]
    assert combinations(VALUES, 7, seed=4) != many[:7]


def test_combinations_take_each_value_as_often():
    found = combinations(VALUES, 900, seed=1)
    years = Counter(s.period for s in found)
    assert all(abs(n - 300) < 60 for n in years.values())  # a standard deviation is 14
    # of the twelve triples of lag, ordering and outcome eight are coherent: daily ordering goes without lag and without an onset
    pairs = Counter((s.lag, s.ordering) for s in found)
    expected = {(0, "period"): 3 / 8, (1, "period"): 3 / 8, (0, "daily"): 2 / 8}
    assert set(pairs) == set(expected)
    assert all(abs(n - 900 * expected[pair]) < 60 for pair, n in pairs.items())
    assert not any(s.ordering == "daily" and s.outcome == "onset" for s in found)


def test_the_threshold_needs_a_refit_only_of_an_onset():
    assert Specification(serious=4, lag=1).refitted == Specification(lag=1)
    assert Specification(serious=4, outcome="onset").refitted == Specification(serious=4, outcome="onset")


def test_the_boundary_is_the_end_of_the_cold_war_or_nearest_to_the_middle():
    assert boundary(US_RUSSIA) == pd.Timestamp("1991-12-26")
    thirds = [("2001-01-01", "2001-12-31"), ("2002-01-01", "2002-06-30"), ("2002-07-01", "2004-12-31")]
    assert boundary(catalogue([threat("regime-change", 2)], thirds)) == pd.Timestamp("2002-07-01")


def test_the_documented_specification_is_the_documented_panel():
    arrays, priors = specified(US_RUSSIA, Specification())
    assert fingerprint(arrays) == fingerprint(design(build(US_RUSSIA)))
    assert priors == Priors()


@pytest.mark.parametrize(
    ("specification", "panel", "options"),
    [
        (Specification(period="year"), {"period": "year"}, {}),
        (Specification(period="quarter", ordering="daily"), {"period": "quarter", "ordering": "daily"}, {}),
        (Specification(period="year", memory="12"), {"period": "year", "half_lives": [12.0]}, {}),
        (Specification(period="year", outcome="level"), {"period": "year"}, {"outcomes": ("level",)}),
        (Specification(period="year", path=False), {"period": "year"}, {"path": False}),
    ],
)
def test_a_choice_is_the_option_of_the_package(specification, panel, options):
    assert fingerprint(specified(US_RUSSIA, specification)[0]) == fingerprint(
        design(build(US_RUSSIA, **panel), **options)
    )


def test_a_lag_holds_signals_back_by_a_period_and_burns_one_more_in():
    act = Act("2002-03-10", "A", "B", (("honor", -1, 4),))
    panel = specified_panel(catalogue([act, threat("regime-change", 2)], ERAS), Specification(lag=1))
    memory = panel["honor_denied_memory"].sel(dyad="A>B", half_life=12.0)
    assert float(memory.sel(period="2002-04-01")) == 0.0
    # on 1 April 22 days had passed
    assert float(memory.sel(period="2002-05-01")) == pytest.approx(4 * 0.5 ** (22 / (12 * 365.25 / 12)), rel=1e-12)
    assert int(panel["observed"].sum()) == 48 - 12 - 1
    assert panel["observed"].sel(period="2002-02-01")


def test_a_lag_shifts_memories_exactly_and_no_history():
    plain, held = build(some()), specified_panel(some(), Specification(lag=1))
    for name in MEMORIES:
        assert np.array_equal(held[name].to_numpy()[..., 1:], plain[name].to_numpy()[..., :-1])
        assert not held[name].to_numpy()[..., 0].any()
    assert held["history"].equals(plain["history"])
    assert held["level"].equals(plain["level"])


@pytest.mark.parametrize("lag", [0, 1])
def test_signals_never_look_ahead(lag):
    act = Act("2003-06-15", "A", "B", (("honor", -1, 5), ("authority", -1, 5), ("threat", -1, 5)))
    without, added = (memories(specified_panel(c, Specification(lag=lag))) for c in (some(), some([act])))
    first = 29 + 1 + lag  # June 2003 is period 29; what happens in it is known a period later
    for name in ("honor_denied_memory", "authority_denied_memory", "threat_posed_memory"):
        assert np.array_equal(without[name][..., :first], added[name][..., :first])
        assert (without[name][..., first] != added[name][..., first]).any()


def test_a_lag_needs_a_fixed_day():
    with pytest.raises(ValueError, match="start of periods"):
        lagged(build(some(), ordering="daily"), 1)
    with pytest.raises(NotPossible, match="contradict"):
        specified(some(), Specification(lag=1, ordering="daily"))


@pytest.mark.parametrize(("period", "quiet"), [("month", 3), ("quarter", 1), ("year", 1)])
def test_an_onset_follows_a_quarter_of_quiet(period, quiet):
    panel = specified_panel(US_RUSSIA, Specification(period=period, outcome="onset", serious=2))
    assert panel["onset"].equals(with_onset(build(US_RUSSIA, period), 2, quiet)["onset"])


def test_a_coder_alone_codes_signals_and_outcomes(tiny):
    def level(coder):
        panel = specified_panel(load(tiny), Specification(coder=coder))
        return float(panel["level"].sel(dyad="BBB>AAA", period="1991-12-01")), float(
            panel["honor_denied"].sel(dyad="BBB>AAA", period="1990-05-01")
        )

    assert (level("pooled"), level("ann"), level("bob")) == ((2, 3.5), (3, 4), (2, 3))


def test_a_coder_who_did_not_read_all_is_not_possible(tiny):
    whole = load(tiny)
    left = whole.codings[~((whole.codings["coder"] == "bob") & (whole.codings["event_id"] == "release"))]
    with pytest.raises(NotPossible, match="1 events have no coding"):
        specified(replace(whole, codings=left), Specification(coder="bob"))


def test_a_dyad_alone_keeps_its_signals_and_its_history():
    whole, one = build(some()), specified_panel(some(), Specification(dyads="A>B"))
    assert one.equals(whole.sel(dyad=["A>B"]))
    arrays, _ = specified(some(), Specification(dyads="A>B"))
    assert (arrays.dyads, arrays.shape, arrays.mirror.tolist()) == (("A>B",), (1, 48), [-1])
    # the other side's history is kept though its dyad is not modelled
    assert np.allclose(arrays.history[1] + arrays.history_mean[1], whole["history"].sel(side="other", dyad="A>B"))
    with pytest.raises(NotPossible, match="no dyad B>C"):
        specified(some(), Specification(dyads="B>C"))


def test_the_two_parts_make_the_whole():
    whole = build(US_RUSSIA)
    before, after = (specified_panel(US_RUSSIA, Specification(eras=f"{w} 1991-12-26")) for w in ("before", "from"))
    # a month belongs to the era that it begins in: December 1991 to the earlier
    assert (before.sizes["period"], after.sizes["period"]) == (12 * 15, 12 * 33)
    assert (before.sizes["era_index"], after.sizes["era_index"]) == (6, 9)
    assert (int(before["era"].max()), int(after["era"].min()), int(after["era"].max())) == (5, 0, 8)
    assert str(after["era_name"].to_numpy()[0]) == "Bush-Yeltsin"
    assert int(before["observed"].sum() + after["observed"].sum()) == int(whole["observed"].sum())
    for name in (*MEMORIES, "history", "level"):  # nothing is forgotten at the boundary
        joined = np.concatenate([before[name].to_numpy(), after[name].to_numpy()], axis=-1)
        assert np.array_equal(joined, whole[name].to_numpy(), equal_nan=True)
    with pytest.raises(NotPossible, match="no period lies before 1950-01-01"):
        specified(US_RUSSIA, Specification(eras="before 1950-01-01"))


def test_threat_proxies():
    def kept(which):
        return [str(c) for c in specified_panel(some(), Specification(threat=which))["category"].to_numpy()]

    everything = kept("all")
    assert kept("without missile-defence") == [c for c in everything if c != "missile-defence"]
    assert kept("only missile-defence") == ["missile-defence"]
    with pytest.raises(NotPossible, match="only frowns"):
        specified(some(), Specification(threat="only frowns"))


def test_effect_scales_and_nothing_else():
    doubled = scaled_effects(2.0).table
    changed = {name: doubled[name].b / prior.b for name, prior in DEFAULTS.items() if doubled[name] != prior}
    assert changed == dict.fromkeys(["effect", "effect_spread", "rivalry_effect_spread", "era_effect_spread"], 2.0)


def test_what_cannot_be_modelled():
    flat = random_design(0, periods=6)
    calm, grave = (replace(flat, level=np.full_like(flat.level, level)) for level in (2, 4))
    assert serious_periods(calm, 2) == (10, 10)  # two dyads, five modelled periods
    assert nothing_to_explain(calm, 3) == "no modelled dyad-period has serious escalation (level 3 or more)"
    assert nothing_to_explain(grave, 3) == "every modelled dyad-period has serious escalation (level 3 or more)"
    mixed = replace(flat, level=np.where(np.arange(6) == 3, 3, 1) * np.ones_like(flat.level))
    assert serious_periods(mixed, 3) == (2, 10)
    assert nothing_to_explain(mixed, 3) is None
    assert nothing_to_explain(mixed, 4) is not None
    onset = replace(calm, level=np.zeros_like(flat.level), outcomes=("onset",), levels=1)
    assert "onset of level 3" in (nothing_to_explain(onset, 3) or "")


def test_a_signal_that_never_varies_is_told():
    without_honor = [a for a in some_acts("AB", "2001-01-01", "2004-12-31", 120) if a.codings[0][0] != "honor"]
    with pytest.raises(NotPossible, match="honor denied never varies"):
        specified(catalogue(without_honor, ERAS), Specification())


def test_nobody_at_risk_is_told():
    grim = [Act(f"{y}-{m:02d}-05", s, r, (("escalation", -1, 4),)) for y in range(2001, 2005) for m in range(1, 13)
            for s, r in ("AB", "BA")]  # fmt: skip
    with pytest.raises(NotPossible, match="known onset"):
        specified(some(grim), Specification(outcome="onset"))
