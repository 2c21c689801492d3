"""Conduct as the data sets on militarised conflict tell it, laid on panels."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from statusmodels.claims.specification import Specification, choices, left_out
from statusmodels.claims.specified import NotPossible, specified
from statusmodels.errors import InputError
from statusmodels.events.catalogue import load
from statusmodels.panel.outcomes import with_level, with_onset
from statusmodels.panel.panel import build
from statusmodels.sources import mid, mie, registry
from statusmodels.sources.conduct import CONDUCT, LEVEL, at_hand, conduct, levels, pinned
from statusmodels.sources.rivalry_panel import rivalry_panel

YEARS = pd.period_range("1900", "2023", freq="Y-DEC")
PAIRS = [(365, 2), (2, 365)]


@pytest.fixture(scope="module")
def us_russia():
    return build(load("us-russia"))


@pytest.mark.parametrize("name", list(CONDUCT))
def test_what_a_source_does_not_cover_is_missing_and_not_zero(name):
    found, (first, last) = levels(name, PAIRS, YEARS), CONDUCT[name].years
    inside = (YEARS.year >= first) & (YEARS.year <= last)
    assert np.isfinite(found[:, inside]).all()
    assert np.isnan(found[:, ~inside]).all()
    assert set(np.unique(found[:, inside])) <= {0.0, 3.0, 4.0, 5.0}


@pytest.mark.parametrize(("version", "share"), [("gml", 0.015), ("cow", 0.001)])
def test_disputes_by_day_and_by_dyad_year_are_the_same(version, share):
    """The days come from participants, the dyad-years from another file of the same data; a few pairs were never in it on one day."""
    rows = mid.directed(version)
    rows = rows.assign(level=rows["hostility1"].map(LEVEL)).dropna(subset=["level"])
    rows = rows[rows["year"].between(YEARS.year[0], YEARS.year[-1])]
    told = rows.groupby(["ccode2", "ccode1", "year"])["level"].max()
    pairs = list(dict.fromkeys(zip(rows["ccode2"], rows["ccode1"], strict=True)))
    found = levels(version.upper(), pairs, YEARS)
    place = {pair: d for d, pair in enumerate(pairs)}
    expected = np.zeros(found.shape)
    for (j, i, year), level in told.items():
        expected[place[j, i], year - YEARS.year[0]] = level
    known = np.isfinite(found)
    differ = (found != expected) & known
    assert differ.sum() < share * (expected > 0).sum()


def test_a_month_has_the_highest_of_what_happened_in_it():
    """Counted here from the rows themselves, for the United States and the Soviet Union in the year of Cuba."""
    acts = mie.events()
    mine = acts[(acts["ccode1"] == 365) & (acts["ccode2"] == 2) & (acts["start"].dt.year == 1962)]
    months = pd.period_range("1962-01", "1962-12", freq="M")
    found = levels("MIE", [(2, 365)], months)[0]
    for month, level in zip(months, found, strict=True):
        # every act of this pair and year ends in the month it begins in, or in a later one
        on = mine[(mine["start"] <= month.end_time) & (mine["end"] >= month.start_time)]
        assert level == (0.0 if on.empty else max(LEVEL[h] for h in on["hostility"]))


def test_a_quarter_and_a_year_are_the_highest_of_their_months():
    months, quarters, years = (pd.period_range("1950-01", "1999-12", freq=f) for f in ("M", "Q-DEC", "Y-DEC"))
    by_month = levels("MIE", PAIRS, months).reshape(2, -1)
    np.testing.assert_array_equal(levels("MIE", PAIRS, quarters), by_month.reshape(2, -1, 3).max(axis=2))
    np.testing.assert_array_equal(levels("MIE", PAIRS, years), by_month.reshape(2, -1, 12).max(axis=2))


def test_weeks_and_unknown_sources_are_refused():
    with pytest.raises(ValueError, match="known only to the month"):
        levels("MIE", PAIRS, pd.period_range("1962-01-01", "1962-02-01", freq="W-SUN"))
    with pytest.raises(ValueError, match="outcome must be one of MIE, GML, COW, ICB"):
        levels("GDELT", PAIRS, YEARS)


def test_the_panel_of_a_catalogue_takes_the_conduct_of_another_source(us_russia):
    found = with_level(us_russia, conduct("ICB", us_russia), "ICB")
    np.testing.assert_array_equal(found["honor_denied_memory"], us_russia["honor_denied_memory"])
    # Able Archer 1983: a crisis of the Soviet Union with the United States
    assert found["level"].sel(dyad="USA>RUS", period="1983-11-01") == 3
    assert not found["observed"].sel(period=slice("2020-01-01", None)).any()
    assert np.isnan(found["acts"]).all()


def test_sides_without_a_code_are_told(us_russia):
    other = us_russia.assign_coords(dyad=["AAA>RUS", "RUS>AAA"])
    with pytest.raises(InputError, match="AAA"):
        conduct("MIE", other)


def test_the_panel_of_rivalries_takes_the_conduct_of_the_catalogue():
    rivalries, own = rivalry_panel(), build(load("us-russia"), "year")
    two = rivalries.sel(dyad=["USA>RUS", "RUS>USA"])
    found = with_onset(with_level(two, own["level"], "us-russia"), 3, 0)
    on = np.isfinite(found["onset"].to_numpy())
    years = found["period"].dt.year.to_numpy()
    assert on.any(axis=1).all()
    assert years[on.any(axis=0)].min() == own["period"].dt.year.min() + 1  # a year of history comes first
    expected = own["level"].sel(dyad=found["dyad"], period=found["period"][on[0]]) >= 3
    np.testing.assert_array_equal(found["onset"].to_numpy()[:, on[0]], expected)
    # covariates beside the histories stay
    np.testing.assert_array_equal(found["history"][2:], two["history"][2:])


def test_the_multiverse_has_the_outcomes_that_are_at_hand(monkeypatch, tmp_path):
    catalogue = load("us-russia")
    values = choices(catalogue)
    assert values["outcome"][3:] == ("onset in MIE", "onset in GML", "onset in ICB")
    assert not any("outcomes onset in" in line for line in left_out(values))
    assert len(pinned(["MIE", "GML"])) == 4

    arrays, _ = specified(catalogue, Specification(outcome="onset in MIE"))
    counted = with_onset(with_level(build(catalogue), conduct("MIE", build(catalogue)), "MIE"))["onset"]
    assert arrays.level[arrays.weight > 0].sum() == counted.sum()
    with pytest.raises(NotPossible, match="daily"):
        specified(catalogue, Specification(outcome="onset in MIE", ordering="daily"))

    monkeypatch.setenv("STATUSMODELS_DATA", str(tmp_path))
    monkeypatch.setattr(registry, "cache_folder", lambda: tmp_path)
    assert at_hand(["USA", "RUS"]) == []
    values = choices(catalogue)
    assert values["outcome"] == ("level and acts", "level", "onset")
    assert "outcomes onset in MIE, onset in GML, onset in ICB" in left_out(values)[-1]


def test_a_level_of_another_panel_needs_both_directions_and_real_levels(us_russia):
    one = us_russia["level"].sel(dyad=["RUS>USA"])
    with pytest.raises(InputError, match="USA>RUS"):
        with_level(us_russia, one, "half")
    with pytest.raises(InputError, match="is no level"):
        with_level(us_russia, us_russia["level"] + 0.5, "broken")
    with pytest.raises(InputError, match="no level in any observed period"):
        with_level(us_russia, xr.full_like(us_russia["level"], np.nan), "nothing")
    with pytest.raises(ValueError, match="day of its highest level"):
        with_level(build(load("us-russia"), ordering="daily"), us_russia["level"], "its own")
