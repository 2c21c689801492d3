"""Outcomes beside those of the catalogue: onset after quiet, and a series from another source."""

import datetime

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from small import Act, catalogue, small_panel

from statusmodels.errors import InputError
from statusmodels.panel.outcomes import with_external, with_level, with_onset
from statusmodels.panel.panel import build

NAN = np.nan


def panel_of(level, observed=None):
    level = np.atleast_2d(np.array(level, dtype=float))
    known = np.isfinite(level) if observed is None else np.array(observed)
    dims = ("dyad", "period")[2 - known.ndim :]
    return xr.Dataset({"level": (("dyad", "period"), level), "observed": (dims, known)})


def onset(level, observed=None, **given):
    return with_onset(panel_of(level, observed), **given)["onset"].to_numpy()


def tidy(*rows):
    return pd.DataFrame(rows, columns=["dyad", "period", "value"])


def refused(series, kind="continuous", panel=None):
    with pytest.raises(InputError) as caught:
        with_external(small_panel() if panel is None else panel, series, kind, "trade")
    return [str(p) for p in caught.value.problems]


@pytest.mark.parametrize(("level", "expected"), [
    ([0, 0, 0, 3, 0, 0, 0, 0], [NAN, NAN, NAN, 1, NAN, NAN, NAN, 0]),
    ([0, 1, 2, 2, 5], [NAN, NAN, NAN, 0, 1]),
    ([0, 0, 0, 3, 4, 3], [NAN, NAN, NAN, 1, NAN, NAN]),
    ([0, 0, NAN, 0, 3, 0, 0, 0], [NAN] * 8),
    ([0, 0, 0, NAN, 0, 0, 0, 4], [NAN] * 7 + [1]),
    ([3, 0, 0, 3, 0, 0, 0, 3], [NAN] * 7 + [1]),
    ([0, 0, 0, 0], [NAN] * 3 + [0]),
])  # fmt: skip
def test_onset_is_a_serious_period_after_three_quiet_ones(level, expected):
    np.testing.assert_array_equal(onset(level), [expected])


def test_onset_of_other_thresholds_and_lengths_of_quiet():
    level = [1, 0, 0, 2, 0, 5, 0]
    np.testing.assert_array_equal(onset(level, serious=1, quiet=1), [[NAN, NAN, 0, 1, NAN, 1, NAN]])
    np.testing.assert_array_equal(onset(level, serious=2, quiet=2), [[NAN, NAN, 0, 1, NAN, NAN, NAN]])
    np.testing.assert_array_equal(onset(level, serious=5, quiet=5), [[NAN] * 5 + [1, NAN]])
    told = with_onset(panel_of(level), serious=2, quiet=4).attrs
    assert (told["onset_serious"], told["onset_quiet"]) == (2, 4)


def test_onset_is_told_where_the_outcome_is_observed_and_quiet_where_the_level_is_known():
    level = [[0.0, 0, 0, 3, 0, 0, 0, 0], [0, 0, 0, 3, 0, 0, 0, 0]]
    burnt_in = [False, False, False, True, True, True, True, True]
    np.testing.assert_array_equal(onset(level, burnt_in), [[NAN, NAN, NAN, 1, NAN, NAN, NAN, 0]] * 2)
    by_dyad = [[True] * 8, [True] * 3 + [False] + [True] * 4]
    expected = [[NAN, NAN, NAN, 1, NAN, NAN, NAN, 0], [NAN] * 7 + [0]]
    np.testing.assert_array_equal(onset(level, by_dyad), expected)


@settings(deadline=None)
@given(
    level=st.lists(st.one_of(st.just(NAN), st.integers(0, 5)), min_size=4, max_size=20),
    serious=st.integers(1, 5),
    quiet=st.integers(1, 3),
)
def test_onset_agrees_with_its_definition(level, serious, quiet):
    expected = []
    for t, now in enumerate(level):
        before = level[t - quiet : t] if t >= quiet else []
        at_risk = len(before) == quiet and all(x < serious for x in before)
        expected.append(float(now >= serious) if at_risk and not np.isnan(now) else NAN)
    for observed in (
        None,
        [True] * len(level),
    ):  # a missing level has no onset, whatever ``observed`` says of the period
        np.testing.assert_array_equal(onset(level, observed, serious=serious, quiet=quiet), [expected])


def test_onset_in_a_panel_with_a_gap():
    acts = [Act("2001-01-01", "B", "A"), Act("2002-06-10", "A", "B", (("escalation", -1, 4),))]
    panel = with_onset(build(catalogue(acts, [("2001-01-01", "2002-02-28"), ("2002-04-01", "2002-12-31")])))
    mine = panel["onset"].sel(dyad="B>A").to_series()
    assert mine["2001-12-01":"2002-02-01"].isna().tolist() == [True, False, False]
    assert mine["2002-03-01":"2002-09-01"].isna().all()
    assert mine["2002-10-01":].tolist() == [0.0, 0.0, 0.0]
    other = panel["onset"].sel(dyad="A>B").to_series()
    assert other["2002-03-01":"2002-06-01"].isna().all()
    assert other["2002-07-01":].tolist() == [0.0] * 6
    assert panel["onset"].dims == ("dyad", "period")


def test_without_quiet_every_known_period_is_at_risk():
    np.testing.assert_array_equal(onset([0, 3, 4, NAN, 0, 5, 0], serious=3, quiet=0), [[0, 1, 1, NAN, 0, 1, 0]])


@pytest.mark.parametrize(("given", "count"), [
    ({"serious": 0}, 1), ({"serious": 6}, 1), ({"serious": 2.5}, 1), ({"quiet": -1}, 1), ({"quiet": 1.5}, 1),
    ({"quiet": 4}, 1), ({"quiet": NAN, "serious": -1}, 2),
])  # fmt: skip
def test_onset_refuses_what_is_no_level_and_no_number_of_periods(given, count):
    with pytest.raises(InputError) as caught:
        onset([0, 0, 0, 3], **given)
    assert len(caught.value.problems) == count


def test_continuous_series_is_standardised_and_can_be_told_in_its_own_unit():
    panel = small_panel()
    rng = np.random.default_rng(0)
    days = panel["period"].to_index() + pd.to_timedelta(rng.integers(0, 28, 48), unit="D")
    rows = [(dyad, day, rng.normal(40, 9)) for dyad in ("A>B", "B>A") for day in days]
    given = tidy(*(rows[n] for n in rng.permutation(96)[:70]))
    out = with_external(panel, given, "continuous", "trade")
    external = out["external"]
    assert external.dims == ("dyad", "period")
    assert int(external.count()) == 70
    assert float(external.mean()) == pytest.approx(0, abs=1e-12)
    assert float(external.std()) == pytest.approx(1)
    assert (out.attrs["external_kind"], out.attrs["external_name"]) == ("continuous", "trade")
    back = external * out.attrs["external_scale"] + out.attrs["external_mean"]
    for dyad, day, value in given.itertuples(index=False):
        assert float(back.sel(dyad=dyad, period=f"{day:%Y-%m}-01")) == pytest.approx(value)
    xr.testing.assert_identical(out.drop_vars("external").drop_attrs(), panel.drop_attrs())
    assert "external" not in panel
    assert "external_kind" not in panel.attrs


def test_ordinal_series_stays_as_it_is():
    given = tidy(("A>B", "2002-01-15", 2), ("A>B", "2002-02-15", 0), ("B>A", "2002-01-15", 1), ("B>A", "2004-12-31", 2))
    out = with_external(small_panel(), given, "ordinal", "crises")
    assert out["external"].dtype == float
    assert int(out["external"].count()) == 4
    assert float(out["external"].sel(dyad="B>A", period="2004-12-01")) == 2
    assert {k for k in out.attrs if k.startswith("external")} == {"external_kind", "external_name"}


def test_another_series_takes_the_place_of_the_one_before():
    panel = with_external(small_panel(), tidy(("A>B", "2002-01-15", 2.5), ("A>B", "2002-02-15", 0)), "continuous", "x")
    out = with_external(panel, tidy(("B>A", "2002-01-15", 1), ("B>A", "2002-02-15", 0)), "ordinal", "y")
    assert {k: v for k, v in out.attrs.items() if k.startswith("external")} == {
        "external_kind": "ordinal",
        "external_name": "y",
    }
    assert int(out["external"].count()) == 2


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_array_and_table_say_the_same(period):
    panel = small_panel(period=period)
    values = np.random.default_rng(1).normal(size=(2, panel.sizes["period"]))
    values[0, ::3] = NAN
    array = xr.DataArray(values, {"dyad": ["B>A", "A>B"], "period": panel["period"].to_index()}, ("dyad", "period"))
    table = array.rename("value").to_series().dropna().reset_index()
    from_array = with_external(panel, array.transpose("period", "dyad"), "continuous", "trade")
    xr.testing.assert_identical(from_array, with_external(panel, table, "continuous", "trade"))
    np.testing.assert_array_equal(np.isnan(from_array["external"].sel(dyad=["B>A", "A>B"])), np.isnan(values))
    part = with_external(panel, array.isel(period=slice(1, 3), dyad=[1]), "continuous", "trade")
    assert np.flatnonzero(part["external"].count("dyad")).tolist() == [1, 2]


@pytest.mark.parametrize("day", ["2002-03-31", datetime.date(2002, 3, 1), pd.Timestamp("2002-03-31 23:00"), "2002-03"])
def test_any_date_inside_the_period_will_do(day):
    out = with_external(small_panel(), tidy(("A>B", day, 1.0), ("B>A", day, 0.0)), "ordinal", "crises")
    assert np.isfinite(out["external"].sel(period="2002-03-01")).all()


def test_every_problem_of_a_table_is_told_at_once():
    given = tidy(
        ("A>B", "2002-01-15", 1.0),
        ("A>C", "2002-01-15", 1.0),
        ("A>B", "2002-01-20", 2.0),
        ("B>A", "1999-12-31", 2.0),
        ("B>A", "15 Jan", 2.0),
        ("B>A", 2002, 2.0),
        ("B>A", "2002-04-01", NAN),
        ("B>A", "2002-05-01", np.inf),
        ("B>A", "2002-06-01", "much"),
        ("B>C", "2005-01-01", 0.0),
    )
    told = refused(given)
    assert told == [
        "trade, row 3, column dyad: 'A>C': is not a dyad of the panel; they are A>B, B>A",
        "trade, row 4, column period: '2002-01-20': falls in the same period as a value above for this dyad; keep one",
        "trade, row 5, column period: '1999-12-31': lies outside the panel, which runs from 2001-01-01 to 2004-12-31",
        "trade, row 6, column period: '15 Jan': must be a date inside the period, written as 1990-01-31",
        "trade, row 7, column period: '2002': must be a date inside the period, written as 1990-01-31",
        "trade, row 8, column value: 'nan': must be a finite number; leave the row out where the source says nothing",
        "trade, row 9, column value: 'inf': must be a finite number; leave the row out where the source says nothing",
        "trade, row 10, column value: 'much': must be a finite number; leave the row out where the source says nothing",
        "trade, row 11, column dyad: 'B>C': is not a dyad of the panel; they are A>B, B>A",
        "trade, row 11, column period: '2005-01-01': lies outside the panel, which runs from 2001-01-01 to 2004-12-31",
    ]


def test_problems_of_an_array_name_the_cell():
    coords = {"dyad": ["A>B", "A>C"], "period": pd.to_datetime(["2002-01-01", "2002-01-20", "2006-01-01"])}
    array = xr.DataArray([[1.0, np.inf, NAN], [NAN, NAN, 2.0]], coords, ("dyad", "period"))
    told = refused(array)
    assert len(told) == 4
    assert sum("A>C 2006-01-01" in line for line in told) == 2
    assert sum("A>B 2002-01-20" in line for line in told) == 2


def test_years_written_as_numbers_are_refused_in_an_array():
    array = xr.DataArray([[1.0, 2.0]], {"dyad": ["A>B"], "period": [2002, 2003]}, ("dyad", "period"))
    told = refused(array, panel=small_panel(period="year"))
    assert len(told) == 2
    assert all("must be a date" in line for line in told)


def test_ordinal_values_are_whole_numbers_from_zero():
    given = tidy(
        ("A>B", "2002-01-15", 1.5), ("A>B", "2002-02-15", -1), ("B>A", "2002-01-15", 0), ("B>A", "2002-03-15", 1)
    )
    told = refused(given, "ordinal")
    assert [line.split(":")[0] for line in told] == ["trade, row 2, column value", "trade, row 3, column value"]
    assert all("whole number from 0" in line for line in told)
    assert with_external(small_panel(), given, "continuous", "trade").attrs["external_mean"] == pytest.approx(0.375)


@pytest.mark.parametrize(("values", "missing"), [
    ([0, 2, 0, 2], "1"), ([1, 2, 1, 2], "0"), ([0, 1, 3, 6], "2, 4 to 5"), ([0, 1, 2, 10**9], "3 to 999999999"),
])  # fmt: skip
def test_ordinal_levels_left_out_are_named(values, missing):
    rows = [("A>B", f"2002-0{n + 1}-15", v) for n, v in enumerate(values)]
    (told,) = refused(tidy(*rows), "ordinal")
    assert f"no value is {missing}, though higher ones occur" in told


@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_series_that_says_nothing_is_refused(kind):
    assert "holds no value" in refused(tidy(), kind)[0]
    assert "never varies" in refused(tidy(("A>B", "2002-01-15", 0), ("A>B", "2002-02-15", 0)), kind)[0]
    panel = small_panel()
    nothing = xr.full_like(panel["level"], NAN)
    assert "holds no value" in refused(nothing, kind, panel)[0]


def test_unknown_kind_is_told_with_the_rest():
    told = refused(tidy(("A>C", "2002-01-15", 1.0)), "count")
    assert len(told) == 2
    assert any("continuous, ordinal" in line for line in told)


def test_table_without_its_columns_and_array_without_its_dims_are_refused():
    told = refused(pd.DataFrame({"dyad": ["A>B"], "date": ["2002-01-15"]}))
    assert [line.split(":")[0] for line in told] == ["trade, row 1, column period", "trade, row 1, column value"]
    assert "dims dyad and period" in refused(xr.DataArray([1.0], {"dyad": ["A>B"]}, ("dyad",)))[0]
    assert "dims dyad and period" in refused(xr.DataArray([[1.0]], {"dyad": ["A>B"]}, ("dyad", "period")))[0]


def test_panel_with_outcomes_survives_storage(tmp_path):
    panel = with_onset(small_panel())
    panel = with_external(panel, tidy(("A>B", "2002-01-15", 2.5), ("A>B", "2002-02-15", 0)), "continuous", "trade")
    panel.to_netcdf(tmp_path / "panel.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "panel.nc", engine="h5netcdf") as back:
        xr.testing.assert_equal(back.load(), panel)
        assert back.attrs["external_scale"] == panel.attrs["external_scale"]
        assert back.attrs["onset_quiet"] == 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0.0, 2.0, 4.0, np.nan]), min_size=20, max_size=40), st.integers(0, 39))
def test_another_source_s_level_is_waited_for_after_every_gap_and_never_looks_ahead(values, at):
    panel = small_panel()
    months = panel["period"].to_numpy()[: len(values)]
    told = np.array([values, np.zeros(len(values))])
    level = xr.DataArray(told, {"dyad": panel["dyad"].to_numpy(), "period": months}, ("dyad", "period"))

    def given_level(array):
        try:
            return with_level(panel, array, "other")
        except InputError:
            return None

    found = given_level(level)
    known = np.isfinite(np.array(values))
    expected = [t for t in range(12, len(values)) if known[t - 12 : t + 1].all()]
    if found is None:
        assert not expected
        return
    assert np.flatnonzero(found["observed"].to_numpy()[0]).tolist() == expected
    at = at % len(values)
    changed = level.copy()
    changed[:, at:] = 5.0
    other = given_level(changed)
    if other is not None:
        np.testing.assert_array_equal(found["history"][..., : at + 1], other["history"][..., : at + 1])
