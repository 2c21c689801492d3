"""Calendar periods, and how much of an act is still remembered at their start."""

import numpy as np
import pandas as pd
import pytest

from statusmodels.panel.periods import calendar, fading, months_per_period

DAYS_PER_MONTH = 365.25 / 12
NEVER = pd.Series([pd.NaT], dtype="datetime64[ns]")


def day(*dates):
    return pd.Series(pd.to_datetime(list(dates)))


def test_passing_act_halves_every_half_life_counted_in_days():
    starts = pd.DatetimeIndex(["2001-02-01", "2001-03-01", "2002-01-01"])
    out = fading(starts, day("2001-01-12"), NEVER, [3.0, 12.0])
    ages = np.array([20, 48, 354])
    assert out.shape == (2, 1, 3)
    np.testing.assert_allclose(out[0, 0], 2 ** (-ages / (3 * DAYS_PER_MONTH)), rtol=1e-14)
    np.testing.assert_allclose(out[1, 0], 2 ** (-ages / (12 * DAYS_PER_MONTH)), rtol=1e-14)


def test_one_half_life_of_four_years_leaves_exactly_one_half():
    out = fading(pd.DatetimeIndex(["2005-01-01"]), day("2001-01-01"), NEVER, [48.0])
    assert out[0, 0, 0] == 0.5


def test_act_on_or_after_the_start_counts_nothing():
    starts = pd.DatetimeIndex(["2001-01-31", "2001-02-01", "2001-02-02"])
    out = fading(starts, day("2001-02-01"), NEVER, [3.0])[0, 0]
    assert out[0] == 0.0
    assert out[1] == 0.0
    assert out[2] == pytest.approx(2 ** (-1 / (3 * DAYS_PER_MONTH)), rel=1e-14)


def test_standing_act_counts_in_full_until_its_end_then_fades():
    starts = pd.DatetimeIndex(["2001-01-01", "2001-02-01", "2001-06-30", "2001-07-01", "2001-08-01"])
    out = fading(starts, day("2001-01-15"), day("2001-06-30"), [12.0])[0, 0]
    half = 12 * DAYS_PER_MONTH
    np.testing.assert_allclose(out, [0.0, 1.0, 1.0, 2 ** (-1 / half), 2 ** (-32 / half)], rtol=1e-14)


def test_standing_act_not_yet_begun_counts_nothing():
    out = fading(pd.DatetimeIndex(["2001-01-01"]), day("2001-01-01"), day("2009-01-01"), [12.0])
    assert out[0, 0, 0] == 0.0


def test_acts_do_not_mix():
    out = fading(pd.DatetimeIndex(["2001-03-01"]), day("2001-02-01", "2001-05-01"), day(None, None), [3.0])
    assert out[0, 0, 0] == pytest.approx(2 ** (-28 / (3 * DAYS_PER_MONTH)), rel=1e-14)
    assert out[0, 1, 0] == 0.0


@pytest.mark.parametrize(
    ("period", "first", "last", "count"),
    [
        ("week", "2000-12-25", "2001-02-05", 7),
        ("month", "2000-12-01", "2001-02-01", 3),
        ("quarter", "2000-10-01", "2001-01-01", 2),
        ("year", "2000-01-01", "2001-01-01", 2),
    ],
)
def test_calendar_holds_every_period_that_overlaps_the_window(period, first, last, count):
    periods = calendar(pd.Timestamp("2000-12-31"), pd.Timestamp("2001-02-05"), period)
    starts = periods.start_time
    assert starts[0] == pd.Timestamp(first)
    assert starts[-1] == pd.Timestamp(last)
    assert len(periods) == count
    days_between = (starts[1:] - periods.end_time[:-1].normalize()).days
    assert set(days_between) == {1}


def test_weeks_run_from_monday_to_sunday():
    periods = calendar(pd.Timestamp("2001-01-03"), pd.Timestamp("2001-02-20"), "week")
    assert set(periods.start_time.day_of_week) == {0}
    assert set(periods.end_time.day_of_week) == {6}


@pytest.mark.parametrize("period", ["day", "Month", ""])
def test_unknown_period_is_refused(period):
    with pytest.raises(ValueError, match="week, month, quarter, year"):
        calendar(pd.Timestamp("2001-01-01"), pd.Timestamp("2001-02-01"), period)


def test_months_per_period_agree_with_the_calendar_over_four_hundred_years():
    first, last = pd.Timestamp("2001-01-01"), pd.Timestamp("2100-12-31")
    for period in ("week", "month", "quarter", "year"):
        assert months_per_period(period) == pytest.approx(1200 / len(calendar(first, last, period)), rel=1e-3)
