"""The panel: no look-ahead, symmetry of the sides, missing is not zero."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import CATEGORY, THREATS, Act, catalogue, some_acts

from statusmodels.errors import InputError
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import pooled_severity
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, build, escalation_memory

WINDOW = [("2001-01-01", "2001-08-31"), ("2001-09-01", "2002-12-31")]
ANCHORS = [Act("2001-01-01", "A", "B"), Act("2001-01-01", "B", "A")]
DAYS = [f"{d:%Y-%m-%d}" for d in pd.date_range("2001-01-01", "2002-12-31")]
MEMORIES = [f"{s}_memory" for s in (*SIGNALS, *THREAT_SIGNALS)]
DAYS_PER_MONTH = 365.25 / 12
modest = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def acts(draw, days=DAYS, sides=("A", "B")):
    sender = draw(st.sampled_from(sides))
    receiver = draw(st.sampled_from([s for s in sides if s != sender]))
    day = draw(st.sampled_from(days))
    precision = draw(st.sampled_from(["day", "day", "month"]))
    end = None
    if draw(st.booleans()):
        end = f"{pd.Timestamp(day) + pd.Timedelta(days=draw(st.integers(31, 200))):%Y-%m-%d}"
    constructs = draw(st.lists(st.sampled_from(list(CATEGORY)), min_size=1, max_size=3, unique=True))
    codings = []
    for construct in constructs:
        valence = {"escalation": -1, "cooperation": 1}.get(construct) or draw(st.sampled_from([-1, 1]))
        category = draw(st.sampled_from(THREATS)) if construct == "threat" else CATEGORY[construct]
        codings.append((construct, valence, draw(st.integers(1, 5)), category))
    if precision == "month":
        day = day[:8] + "01"
    return Act(day, sender, receiver, tuple(codings), precision, end)


def sequences(sides=("A", "B")):
    return st.lists(acts(sides=sides), max_size=8)


def assert_same(left, right, names=None):
    for name in names or left.data_vars:
        np.testing.assert_allclose(left[name].to_numpy(), right[name].to_numpy(), rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("period", ["month", "week"])
@modest
@given(before=sequences(), first=sequences(), second=sequences(), data=st.data())
def test_nothing_dated_on_or_after_a_period_reaches_its_predictors(period, before, first, second, data):
    starts = build(catalogue(ANCHORS, WINDOW), period)["period"].to_index()
    t = data.draw(st.integers(1, len(starts) - 1))
    past = [a for a in before if a.enters < starts[t]]
    one = past + [a for a in first if a.enters >= starts[t]]
    other = past + [a for a in second if a.enters >= starts[t]]
    left, right = (build(catalogue(ANCHORS + some, WINDOW), period) for some in (one, other))
    for name in (*MEMORIES, "history"):
        np.testing.assert_array_equal(
            left[name].isel(period=slice(t + 1)).to_numpy(), right[name].isel(period=slice(t + 1)).to_numpy()
        )


@pytest.mark.parametrize("period", ["month", "week"])
def test_act_known_to_the_month_counts_from_the_end_of_its_month(period):
    codings = (("honor", -1, 4), ("escalation", -1, 4))
    to_the_month = build(catalogue([*ANCHORS, Act("2001-05-01", "A", "B", codings, "month")], WINDOW), period)
    to_the_day = build(catalogue([*ANCHORS, Act("2001-05-31", "A", "B", codings)], WINDOW), period)
    assert_same(to_the_month, to_the_day)
    memory = to_the_month["honor_denied_memory"].sel(dyad="A>B").isel(half_life=0)
    assert (memory.sel(period=slice(None, "2001-05-31")) == 0).all()
    assert (memory.sel(period=slice("2001-06-01", None)) > 0).all()


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_month_act_of_a_last_month_cut_short_enters_no_period_of_the_window(period):
    window = [("2000-01-01", "2002-12-15")]  # a Sunday, so that the last week is whole
    late = Act("2002-12-01", "A", "B", (("honor", -1, 4), ("escalation", -1, 4)), "month")
    assert late.enters > pd.Timestamp(window[0][1])
    panel = build(catalogue([*ANCHORS, late], window), period)
    assert np.nansum(panel["level"]) == 0
    assert np.nansum(panel["acts"]) == 0


@modest
@given(some=sequences())
def test_memories_are_the_faded_sums_of_strictly_earlier_acts(some):
    panel = build(catalogue(ANCHORS + some, WINDOW), "month", half_lives=(3.0, 12.0))
    expected = {name: np.zeros(panel[name].shape) for name in MEMORIES}
    of = {(c, v): f"{s}_memory" for s, (c, v) in SIGNALS.items()}
    of |= {("threat", v): f"{s}_memory" for s, v in THREAT_SIGNALS.items()}
    for act in some:
        ended = max(act.enters, pd.Timestamp(act.end)) if act.end else act.enters
        d = ["A>B", "B>A"].index(f"{act.sender}>{act.receiver}")
        for construct, valence, severity, category in act.codings:
            if (construct, valence) not in of:
                continue
            for k, half_life in enumerate((3.0, 12.0)):
                for t, start in enumerate(panel["period"].to_index()):
                    if act.enters < start:
                        age = max((start - ended).days, 0)
                        where = (k, d, t) if construct != "threat" else (THREATS.index(category), k, d, t)
                        share = 0.5 ** (age / (half_life * DAYS_PER_MONTH))
                        expected[of[construct, valence]][where] += severity * share
    for name, values in expected.items():
        np.testing.assert_allclose(panel[name].to_numpy(), values, rtol=1e-12, atol=1e-12, err_msg=name)


@modest
@given(some=sequences())
def test_renaming_the_sides_swaps_the_dyads_and_nothing_else(some):
    names = {"A": "B", "B": "A"}
    swapped = [Act(a.date, names[a.sender], names[a.receiver], a.codings, a.precision, a.end) for a in ANCHORS + some]
    panel, other = (build(catalogue(x, WINDOW)) for x in (ANCHORS + some, swapped))
    renamed = other.sel(dyad=["B>A", "A>B"])
    assert list(panel["dyad"].to_numpy()) == ["A>B", "B>A"]
    assert_same(panel, renamed, list(panel.data_vars))


def test_three_sides_give_six_dyads_each_with_the_history_of_its_opposite():
    panel = build(catalogue(some_acts("ABC", "2001-01-01", "2002-12-31", 60), WINDOW))
    names = list(panel["dyad"].to_numpy())
    assert sorted(names) == ["A>B", "A>C", "B>A", "B>C", "C>A", "C>B"]
    own, other = panel["history"].sel(side="own"), panel["history"].sel(side="other")
    for name in names:
        np.testing.assert_array_equal(own.sel(dyad=name), other.sel(dyad=name[::-1]))


def test_outcome_of_a_dyad_is_what_the_receiver_sent():
    sent = Act("2002-03-10", "B", "A", (("escalation", -1, 3),))
    lesser = Act("2002-03-20", "B", "A", (("escalation", -1, 1),))
    kind = Act("2002-04-02", "B", "A", (("cooperation", 1, 5),))
    month = build(catalogue([*ANCHORS, sent, lesser, kind], WINDOW)).sel(dyad="A>B")
    march = month.sel(period="2002-03-01")
    assert (float(march["level"]), float(march["acts"]), float(march["cooperation"])) == (3, 2, 0)
    april = month.sel(period="2002-04-01")
    assert (float(april["level"]), float(april["acts"]), float(april["cooperation"])) == (0, 0, 1)
    mirror = build(catalogue([*ANCHORS, sent, lesser, kind], WINDOW)).sel(dyad="B>A")
    assert float(np.nansum(mirror["level"]) + np.nansum(mirror["acts"]) + np.nansum(mirror["cooperation"])) == 0


def test_signal_of_a_dyad_is_what_the_first_side_did():
    panel = build(catalogue([*ANCHORS, Act("2002-03-10", "B", "A", (("honor", -1, 2),))], WINDOW))
    assert float(panel["honor_denied"].sel(dyad="B>A", period="2002-03-01")) == 2
    assert float(panel["honor_denied"].sum()) == 2
    assert float(panel["honor_granted"].sum()) == 0


def test_missing_is_not_zero():
    eras = [("2001-01-10", "2002-01-31"), ("2002-04-01", "2003-06-20")]
    some = [Act(d, "A", "B", (("escalation", -1, 2),)) for d in ("2001-01-20", "2002-03-05", "2002-05-05")]
    panel = build(catalogue([*ANCHORS, *some], eras), burn_in=0)
    missing = ["2001-01-01", "2002-02-01", "2002-03-01", "2003-06-01"]
    periods = [f"{p:%Y-%m-%d}" for p in panel["period"].to_index()]
    assert periods[0] == "2001-01-01"
    assert periods[-1] == "2003-06-01"
    for name in ("level", "acts", "cooperation"):
        gone = np.isnan(panel[name].to_numpy())
        assert [p for p, g in zip(periods, gone.all(axis=0), strict=True) if g] == missing
        assert not gone[:, [p not in missing for p in periods]].any()
    assert [p for p, o in zip(periods, panel["observed"].to_numpy(), strict=True) if not o] == missing
    assert float(panel["level"].sel(dyad="B>A", period="2002-05-01")) == 2


def test_level_of_an_unsearched_period_does_not_enter_history():
    eras = [("2001-01-01", "2002-01-31"), ("2002-04-01", "2003-06-30")]
    loud = Act("2002-03-05", "A", "B", (("escalation", -1, 5),))
    panel = build(catalogue([*ANCHORS, loud], eras))
    assert float(np.abs(panel["history"]).sum()) == 0


def test_era_of_a_period_is_the_one_it_begins_in():
    panel = build(catalogue(ANCHORS, [("2001-01-01", "2001-06-14"), ("2001-06-15", "2002-12-31")]))
    era = panel["era"].to_series()
    assert (era[:"2001-06-01"] == 0).all()
    assert (era["2001-07-01":] == 1).all()
    assert bool(np.isfinite(panel["level"].sel(period="2001-06-01")).all())


@modest
@given(some=sequences())
def test_impulses_sum_to_the_pooled_severities(some):
    small = catalogue(ANCHORS + some, WINDOW)
    if some:
        nothing = small.readings.assign(
            coder="b", construct="none", category="none", valence=0, severity=0, confidence=1.0
        )
        codings = pd.concat([small.codings, nothing], ignore_index=True)
        small = Catalogue("small", small.events, codings, small.sources, small.eras, "0")
    panel, pooled = build(small), pooled_severity(small)
    if some:
        assert pooled["severity"].sum() == pytest.approx(small.codings["severity"].sum() / 2)
    for name, (construct, valence) in (SIGNALS | {n: ("threat", v) for n, v in THREAT_SIGNALS.items()}).items():
        rows = pooled[(pooled["construct"] == construct) & (pooled["valence"] == valence)]
        rows = rows.merge(small.events, on="event_id")
        for dyad in ("A>B", "B>A"):
            mine = rows[(rows["sender"] == dyad[0]) & (rows["receiver"] == dyad[-1])]
            total = float(panel[name].sel(dyad=dyad).sum())
            assert total == pytest.approx(mine["severity"].sum(), abs=1e-12)


@pytest.mark.parametrize(("period", "months"), [("month", 1.0), ("week", 7 / DAYS_PER_MONTH), ("quarter", 3.0)])
def test_history_is_log1p_of_the_faded_sum_of_strictly_past_levels(period, months):
    panel = build(catalogue(ANCHORS + some_acts("AB", "2001-01-01", "2002-12-31", 90), WINDOW), period)
    level = np.nan_to_num(panel["level"].to_numpy())
    keep = 0.5 ** (months / 3.0)
    dyads, periods = level.shape
    own = np.zeros(level.shape)
    for t in range(periods):
        for s in range(t):
            own[:, t] += level[:, s] * keep ** (t - s)
    assert level.sum() > 20
    np.testing.assert_allclose(panel["history"].sel(side="own"), np.log1p(own), rtol=1e-12)
    np.testing.assert_allclose(panel["history"].sel(side="other"), np.log1p(own[::-1]), rtol=1e-12)
    assert dyads == 2


def test_escalation_memory_by_hand():
    level = np.array([[2.0, np.nan, 4.0, 0.0], [0.0, 1.0, 0.0, 3.0]])
    expected = [[0.0, 1.0, 0.5, 2.25], [0.0, 0.0, 0.5, 0.25]]
    np.testing.assert_array_equal(escalation_memory(level, 0.5), expected)


@pytest.mark.parametrize(("period", "burn_in", "first"), [
    ("month", 12.0, "2002-01-01"), ("month", 0.0, "2001-01-01"), ("month", 1.0, "2001-02-01"),
    ("quarter", 12.0, "2002-01-01"), ("quarter", 4.0, "2001-07-01"), ("year", 12.0, "2002-01-01"),
    ("week", 12.0, "2002-01-07"),
])  # fmt: skip
def test_burn_in_delays_outcomes_not_levels(period, burn_in, first):
    panel = build(catalogue(ANCHORS, WINDOW), period, burn_in=burn_in)
    observed = panel["observed"].to_series()
    assert observed.index[observed][0] == pd.Timestamp(first)
    whole = observed.index[observed].max()
    assert observed.loc[first:whole].all()
    assert np.isfinite(panel["level"].sel(period=slice("2001-02-01", whole))).all()


@pytest.mark.parametrize(("eras", "period", "burn_in"), [
    ([("2001-01-02", "2001-01-30")], "month", 0.0),
    ([("2001-01-01", "2001-12-31")], "month", 12.0),
    ([("2001-02-01", "2002-11-30")], "year", 0.0),
])  # fmt: skip
def test_window_without_a_whole_period_is_refused(eras, period, burn_in):
    with pytest.raises(InputError, match="no whole"):
        build(catalogue(ANCHORS, eras), period, burn_in=burn_in)


@modest
@given(some=sequences(), seed=st.integers(0, 100))
def test_order_of_rows_does_not_matter(some, seed):
    small = catalogue(ANCHORS + some, WINDOW)
    mixed = Catalogue(
        "small",
        small.events.sample(frac=1, random_state=seed, ignore_index=True),
        small.codings.sample(frac=1, random_state=seed + 1, ignore_index=True),
        small.sources,
        small.eras,
        "0",
    )
    assert_same(build(small), build(mixed))
