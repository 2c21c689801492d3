"""Exact daily ordering inside a period: no look-ahead, and no effect made out of nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import THREATS, Act, catalogue, some_acts
from test_panel import ANCHORS, DAYS, DAYS_PER_MONTH, MEMORIES, WINDOW, acts, assert_same, sequences

from statusmodels.panel.outcomes import with_external, with_onset
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, build
from statusmodels.panel.periods import PERIODS, calendar, fading, mean_fading

HALF_LIVES = (3.0, 12.0)
NAME = {(c, v): f"{s}_memory" for s, (c, v) in SIGNALS.items()}
NAME |= {("threat", v): f"{s}_memory" for s, v in THREAT_SIGNALS.items()}
modest = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def daily(some, period="month", window=WINDOW, **given):
    return build(catalogue([*ANCHORS, *some], window), period, ordering="daily", **given)


def honor(day, severity=4, **given):
    return Act(day, "A", "B", (("honor", -1, severity),), **given)


def clash(day, level=2, **given):
    return Act(day, "B", "A", (("escalation", -1, level),), **given)


def denied(panel, period, half_life=0):
    return float(panel["honor_denied_memory"].sel(dyad="A>B", period=period).isel(half_life=half_life))


def left_of(days, months=3.0):
    return 0.5 ** (np.asarray(days) / (months * DAYS_PER_MONTH))


def levels(act):
    return [severity for construct, _, severity, *_ in act.codings if construct == "escalation"]


def day_by_day(some, panel):
    """Every memory of every dyad-period, from the definition and one day at a time."""
    starts = panel["period"].to_index()
    spans = [p.end_time.normalize() for p in calendar(starts[0], starts[-1], panel.attrs["period_length"])]
    missing = np.isnan(panel["level"].to_numpy())
    out = {name: np.zeros(panel[name].shape) for name in MEMORIES}
    for d, dyad in enumerate(panel["dyad"].to_numpy()):
        sender, receiver = dyad.split(">")
        for t, (start, end) in enumerate(zip(starts, spans, strict=True)):
            days = list(pd.date_range(start, end))
            answers = [a for a in some if (a.sender, a.receiver) == (receiver, sender) and start <= a.enters <= end]
            answers = [a for a in answers if levels(a)]
            if answers and not missing[d, t]:
                highest = [a for a in answers if max(levels(a)) == max(max(levels(b)) for b in answers)]
                days = [min(start if a.precision == "month" else a.enters for a in highest)]
            for act in some:
                if (act.sender, act.receiver) != (sender, receiver):
                    continue
                ended = pd.Timestamp(act.end) if act.end else act.enters
                for construct, valence, severity, category in act.codings:
                    if (construct, valence) not in NAME:
                        continue
                    for k, half_life in enumerate(HALF_LIVES):
                        ages = [max((day - ended).days, 0) for day in days if act.enters < day]
                        where = (k, d, t) if construct != "threat" else (THREATS.index(category), k, d, t)
                        share = sum(0.5 ** (age / (half_life * DAYS_PER_MONTH)) for age in ages) / len(days)
                        out[NAME[construct, valence]][where] += severity * share
    return out


@pytest.mark.parametrize("period", PERIODS)
@settings(modest, max_examples=8)
@given(some=st.lists(acts(), min_size=3, max_size=12))
def test_memories_are_those_of_a_computation_day_by_day(period, some):
    panel = daily(some, period, half_lives=HALF_LIVES)
    for name, values in day_by_day([*ANCHORS, *some], panel).items():
        np.testing.assert_allclose(panel[name].to_numpy(), values, rtol=1e-10, atol=1e-12, err_msg=name)


def test_a_busy_catalogue_agrees_with_a_computation_day_by_day():
    some = some_acts("AB", "2001-01-01", "2002-12-31", 150, seed=4)
    panel = daily(some, "month", half_lives=HALF_LIVES)
    assert (panel["level"].to_numpy() > 0).sum() > 20
    for name, values in day_by_day([*ANCHORS, *some], panel).items():
        np.testing.assert_allclose(panel[name].to_numpy(), values, rtol=1e-10, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("period", PERIODS)
@modest
@given(data=st.data(), before=sequences(), first=sequences(), second=sequences())
def test_nothing_dated_on_or_after_the_day_of_an_outcome_reaches_its_predictors(period, data, before, first, second):
    outcome = clash(data.draw(st.sampled_from(DAYS)), data.draw(st.integers(1, 5)))
    day = outcome.enters

    def later(act):
        """An act that comes too late to be known, and leaves the outcome's level and day as they are."""
        answer = act.sender == "B" and levels(act)
        tops = answer and (max(levels(act)) > outcome.codings[0][2] or act.precision == "month")
        return act.enters >= day and not tops

    past = [a for a in before if a.enters < day]
    left, right = (daily([*past, outcome, *filter(later, some)], period) for some in (first, second))
    t = left["period"].to_index().searchsorted(day, side="right") - 1
    for name in MEMORIES:
        one, other = (x[name].sel(dyad="A>B").isel(period=slice(t + 1)).to_numpy() for x in (left, right))
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("period", PERIODS)
@modest
@given(data=st.data(), before=sequences(), first=sequences(), second=sequences())
def test_nothing_dated_after_a_period_reaches_its_predictors(period, data, before, first, second):
    starts = daily([], period)["period"].to_index()
    t = data.draw(st.integers(1, len(starts) - 1))
    past = [a for a in before if a.enters < starts[t]]
    sides = ([*past, *(a for a in some if a.enters >= starts[t])] for some in (first, second))
    left, right = (daily(some, period) for some in sides)
    for name in (*MEMORIES, "history"):
        one, other = (x[name].isel(period=slice(t)).to_numpy() for x in (left, right))
        np.testing.assert_array_equal(one, other, err_msg=name)


@modest
@given(some=sequences())
def test_only_the_memories_depend_on_the_ordering(some):
    small = catalogue(ANCHORS + some, WINDOW)
    by_period, by_day = build(small), build(small, ordering="daily")
    assert (by_period.attrs["ordering"], by_day.attrs["ordering"]) == ("period", "daily")
    assert_same(by_period, by_day, [n for n in by_period.data_vars if n not in MEMORIES])


def test_without_a_signal_inside_the_period_memories_are_those_computed_by_hand():
    panel = daily([honor("2002-01-15"), clash("2002-03-11")])
    quiet, outcome = range(17, 45), (pd.Timestamp("2002-03-11") - pd.Timestamp("2002-01-15")).days
    assert denied(panel, "2002-01-01") == pytest.approx(4 * left_of(range(1, 17)).sum() / 31, rel=1e-12)
    assert denied(panel, "2002-02-01") == pytest.approx(4 * left_of(quiet).mean(), rel=1e-12)
    assert denied(panel, "2002-03-01") == pytest.approx(4 * left_of(outcome), rel=1e-12)


def test_signal_counts_before_the_day_of_the_outcome_and_not_on_it():
    for signal, known in (("2002-03-10", True), ("2002-03-11", False), ("2002-03-12", False)):
        panel = daily([honor(signal), clash("2002-03-11")])
        assert denied(panel, "2002-03-01") == pytest.approx(4 * left_of(1) if known else 0.0)


def test_day_of_an_outcome_is_the_first_of_its_highest_level():
    some = [clash("2002-03-05", 1), clash("2002-03-20", 3), clash("2002-03-12", 3), clash("2002-03-25", 2)]
    panel = daily([honor("2002-03-10"), honor("2002-03-15"), *some])
    assert denied(panel, "2002-03-01") == pytest.approx(4 * left_of(2), rel=1e-12)


def test_standing_state_counts_in_full_once_begun():
    threat = (("threat", -1, 5, THREATS[0]),)
    for begun, expected in (("2002-03-10", 5.0), ("2002-03-11", 0.0)):
        panel = daily([Act(begun, "A", "B", threat, end="2002-12-31"), clash("2002-03-11")])
        memory = panel["threat_posed_memory"].sel(dyad="A>B", period="2002-03-01", category=THREATS[0])
        np.testing.assert_array_equal(memory, expected)
    panel = daily([Act("2002-03-10", "A", "B", threat, end="2002-03-20")])
    memory = panel["threat_posed_memory"].sel(dyad="A>B", period="2002-03-01", category=THREATS[0], half_life=12.0)
    assert float(memory) == pytest.approx(5 * (10 + left_of(range(1, 12), 12.0).sum()) / 31, rel=1e-12)


def test_outcome_on_the_first_day_of_a_period_has_the_memories_of_its_start():
    some = some_acts("AB", "2001-01-01", "2002-12-31", 90, seed=1)
    small = catalogue([*ANCHORS, *some, clash("2002-05-01", 5)], WINDOW)
    left, right = (build(small, ordering=o).sel(dyad="A>B", period="2002-05-01") for o in ("period", "daily"))
    assert_same(left, right, MEMORIES)


def test_outcome_known_to_the_month_has_the_memories_of_the_start_of_its_period():
    to_the_month = clash("2002-05-01", 3, precision="month")
    for period, start in (("month", "2002-05-01"), ("quarter", "2002-04-01"), ("year", "2002-01-01")):
        small = catalogue([*ANCHORS, honor("2001-11-20"), honor("2002-05-03"), to_the_month], WINDOW)
        left, right = (build(small, period, ordering=o).sel(dyad="A>B", period=start) for o in ("period", "daily"))
        assert float(left["honor_denied_memory"].min()) > 0
        assert_same(left, right, MEMORIES)
    # a day in the same month does not tell that it came before the act known to the month
    panel = daily([honor("2002-05-03"), to_the_month, clash("2002-05-20", 3)])
    assert denied(panel, "2002-05-01") == 0
    panel = daily([honor("2002-05-03"), to_the_month, clash("2002-05-20", 4)])
    assert denied(panel, "2002-05-01") == pytest.approx(4 * left_of(17), rel=1e-12)


def test_signal_known_to_the_month_enters_on_its_last_day():
    to_the_month = honor("2002-05-01", precision="month")
    assert denied(daily([to_the_month, clash("2002-05-31")]), "2002-05-01") == 0
    assert denied(daily([to_the_month]), "2002-05-01") == 0
    assert denied(daily([to_the_month, clash("2002-06-01")]), "2002-06-01") == pytest.approx(4 * left_of(1), rel=1e-12)


def test_period_whose_outcome_is_missing_is_averaged():
    window = [("2001-01-01", "2002-02-28"), ("2002-04-01", "2002-12-31")]
    panel = daily([honor("2002-02-10"), clash("2002-03-02", 5)], window=window)
    assert np.isnan(float(panel["level"].sel(dyad="A>B", period="2002-03-01")))
    assert denied(panel, "2002-03-01") == pytest.approx(4 * left_of(range(19, 50)).mean(), rel=1e-12)


@pytest.mark.parametrize("period", ["week", "month"])
def test_average_of_a_quiet_period_is_the_mean_over_all_days_an_outcome_may_have(period):
    some = [a for a in some_acts("AB", "2001-01-01", "2002-12-31", 120, seed=2) if not levels(a)]
    quiet = daily(some, period)
    starts = quiet["period"].to_index()
    t = starts.searchsorted(pd.Timestamp("2002-08-12"), side="right") - 1
    days = pd.date_range(starts[t], starts[t + 1], inclusive="left")
    panels = [daily([*some, clash(f"{day:%Y-%m-%d}")], period) for day in days]
    moved = 0.0
    for name in MEMORIES:
        each = np.stack([p[name].sel(dyad="A>B").isel(period=t).to_numpy() for p in panels])
        expected = quiet[name].sel(dyad="A>B").isel(period=t).to_numpy()
        np.testing.assert_allclose(each.mean(axis=0), expected, rtol=1e-10, atol=1e-12, err_msg=name)
        moved += np.ptp(each)
    assert moved > 0.1


def test_independent_signals_and_outcomes_make_no_effect():
    """Signals and outcomes as independent Poisson processes, in a year over which the signals still accumulate."""
    rng = np.random.default_rng(8)
    sides = [f"S{n:02d}" for n in range(21)]
    days = pd.date_range("2001-01-01", "2002-12-31").strftime("%Y-%m-%d").to_numpy()

    def drawn(j, i, rate, construct):
        for day in rng.choice(days, rng.poisson(rate)):
            yield Act(str(day), j, i, ((construct, -1, int(rng.integers(1, 6)) if construct == "escalation" else 1),))

    some = []
    for j in sides:
        for i in sides:
            if i != j:
                some += [*drawn(j, i, 12.0, "honor"), *drawn(i, j, 1.4, "escalation")]
    small = catalogue(some, WINDOW)
    eventful = build(small, "year")["level"].to_numpy()[:, 1] > 0
    start, exact = (
        build(small, "year", (48.0,), ordering=o)["honor_denied_memory"].to_numpy()[0, :, 1]
        for o in ("period", "daily")
    )
    naive = np.where(eventful, exact, start)

    def errors_from_zero(x):
        one, other = x[eventful], x[~eventful]
        return (one.mean() - other.mean()) / np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))

    assert min(eventful.sum(), (~eventful).sum()) > 150
    assert abs(errors_from_zero(exact)) < 4
    assert abs(errors_from_zero(start)) < 4
    assert errors_from_zero(naive) > 4


@pytest.mark.parametrize("ordering", ["day", "Daily", ""])
def test_unknown_ordering_is_refused(ordering):
    with pytest.raises(ValueError, match="period, daily"):
        build(catalogue(ANCHORS, WINDOW), ordering=ordering)


@pytest.mark.parametrize("period", PERIODS)
@modest
@given(some=st.lists(acts(), min_size=1, max_size=6), half_life=st.sampled_from([0.1, 3.0, 48.0, 1e6, np.inf]))
def test_mean_fading_is_the_mean_of_fading_over_the_days(period, some, half_life):
    periods = calendar(pd.Timestamp("2001-01-01"), pd.Timestamp("2002-12-31"), period)
    starts, ends = periods.start_time, pd.DatetimeIndex(periods.end_time).normalize()
    date, end_date = pd.Series([a.enters for a in some]), pd.Series(pd.to_datetime([a.end for a in some]))
    days = pd.date_range(starts[0], ends[-1])
    each = fading(days, date, end_date, [half_life])
    of_period = starts.searchsorted(days, side="right") - 1
    expected = np.stack([each[..., of_period == t].mean(axis=-1) for t in range(len(starts))], axis=-1)
    got = mean_fading(starts, ends, date, end_date, [half_life])
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-14)


def test_acts_before_the_day_of_the_highest_level_are_not_counted_where_that_day_tells_the_signals():
    first, denial, second = clash("2002-03-02", 1), honor("2002-03-10"), clash("2002-03-20", 3)
    some = [first, denial, second, clash("2002-03-25", 2)]
    cells = {"dyad": "A>B", "period": "2002-03-01"}
    assert float(daily(some)["acts"].sel(cells)) == 2
    assert float(build(catalogue([*ANCHORS, *some], WINDOW))["acts"].sel(cells)) == 3


def test_onset_and_external_series_need_signals_of_the_periods_start():
    panel = daily([])
    with pytest.raises(ValueError, match="ordering='period'"):
        with_onset(panel)
    rows = pd.DataFrame([("A>B", "2002-03-01", 1.0), ("A>B", "2002-04-01", 2.0)], columns=["dyad", "period", "value"])
    with pytest.raises(ValueError, match="ordering='period'"):
        with_external(panel, rows, "continuous", "x")
