"""The grid of directed dyad-years, the proxies on it, and the panel of strategic rivalries."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statusmodels.claims.rivalries import (
    NOT_JUDGED,
    VALUES,
    Shared,
    cross_tabulation,
    departures,
    judged_once,
    shares,
    specifications,
)
from statusmodels.criticism.refit import QUICK
from statusmodels.models.design import design
from statusmodels.models.priors import Priors
from statusmodels.sources import mie, rivalries
from statusmodels.sources.grid import Grid, carried, change, counted, in_spells, of_dyads, of_states
from statusmodels.sources.proxies import PROXIES
from statusmodels.sources.rivalry_panel import HALF_LIVES, Choices, modelled, remembered, rivalry_panel

GRID = Grid(np.array([2, 365]), np.array([365, 2]), np.arange(1960, 1965))
NAN = np.nan


@pytest.fixture(scope="module")
def panel():
    return rivalry_panel()


def test_rows_go_to_their_direction_and_year_and_nothing_is_not_zero():
    frame = pd.DataFrame({"ccode1": [2, 365], "ccode2": [365, 2], "year": [1961, 1964], "x": [3.0, 5.0]})
    told = of_dyads(frame, "x", GRID)
    np.testing.assert_array_equal(told, [[NAN, 3, NAN, NAN, NAN], [NAN, NAN, NAN, NAN, 5]])
    one = of_dyads(frame[:1], "x", GRID, symmetric=True, otherwise=0.0)
    np.testing.assert_array_equal(one, [[0, 3, 0, 0, 0], [0, 3, 0, 0, 0]])


def test_states_and_spells_and_counts():
    states = pd.DataFrame({"ccode": [365, 365], "year": [1960, 1962], "x": [1.0, NAN]})
    np.testing.assert_array_equal(of_states(states, "x", GRID.sender, GRID.years)[1], [1, NAN, NAN, NAN, NAN])
    spell = pd.DataFrame({"ccode1": [365], "ccode2": [2], "start": [1963], "end": [1970]})
    assert in_spells(spell, GRID).tolist() == [[False, False, False, True, True]] * 2
    acts = pd.DataFrame({"ccode1": [2, 2, 20], "ccode2": [365, 365, 2], "year": [1960, 1960, 1960]})
    np.testing.assert_array_equal(counted(acts, GRID), [[2, 0, 0, 0, 0], [0, 0, 0, 0, 0]])


@given(st.lists(st.one_of(st.just(NAN), st.floats(-5, 5)), min_size=1, max_size=12), st.integers(0, 4))
def test_a_value_is_carried_no_further_than_told_and_never_over_another(values, years):
    told = carried(np.array([values]), years)[0]
    for t in range(len(values)):
        known = [s for s in range(max(0, t - years), t + 1) if np.isfinite(values[s])]
        expected = values[known[-1]] if known else NAN
        assert told[t] == expected or (np.isnan(told[t]) and np.isnan(expected))


def test_change_is_missing_where_either_end_is():
    np.testing.assert_array_equal(change(np.array([[1.0, 3, NAN, 4]])), [[NAN, 2, NAN, NAN]])


@settings(deadline=None)
@given(st.lists(st.one_of(st.just(NAN), st.floats(0, 5)), min_size=6, max_size=6), st.integers(0, 5))
def test_the_memory_looks_at_no_year_of_its_own_or_later(values, t):
    years = pd.period_range("1990", "1995", freq="Y-DEC")
    before = remembered(np.array([values]), years)
    changed = list(values)
    changed[t:] = [9.0] * (6 - t)
    np.testing.assert_array_equal(before[..., : t + 1], remembered(np.array([changed]), years)[..., : t + 1])


def test_the_memory_is_a_mean_of_the_known_years():
    years = pd.period_range("1990", "1993", freq="Y-DEC")
    told = remembered(np.array([[2.0, 2.0, NAN, 2.0]]), years)
    assert np.isnan(told[:, 0, 0]).all()
    # after 1992, which is unknown, a half-life of a year leaves less than half of the weight known; one of five leaves more
    assert np.isnan(told[0, 0, 3])
    assert told[1, 0, 3] == pytest.approx(2.0)
    assert HALF_LIVES == (12.0, 60.0)


def test_size_of_the_panel_is_that_of_the_rivalries(panel):
    spells = rivalries.tss()
    spells = spells[(spells["end"] >= 1946) & (spells["start"] <= 2014)]
    pairs = {(r.ccode1, r.ccode2) for r in spells.itertuples()}
    assert panel.sizes["dyad"] == 2 * len(pairs)
    assert 160 <= len(pairs) <= 180  # about 170
    assert 3_700 <= panel["rival"].sum() / 2 <= 4_000  # about 3,900 dyad-years
    assert not (panel["observed"] & ~panel["rival"]).any()


def test_the_outcome_is_the_receivers_conduct_towards_the_sender(panel):
    events = mie.events()
    mine = events[(events["ccode1"] == 365) & (events["ccode2"] == 2) & (events["start"].dt.year == 1983)]
    highest = {2: 3, 3: 3, 4: 4, 5: 5}[int(mine["hostility"].max())]
    level = panel["level"].sel(dyad="USA>RUS", period="1983-01-01")
    assert float(level) == highest
    serious = panel["onset"].sel(dyad="USA>RUS", period="1983-01-01")
    assert np.isnan(serious) or float(serious) == float(highest >= 3)


def test_signals_of_pairs_are_alike_and_those_of_one_side_are_not(panel):
    two = panel.sel(dyad=["USA>RUS", "RUS>USA"])
    distance = two["authority_denied_memory"].to_numpy()
    np.testing.assert_allclose(distance[:, 0], distance[:, 1])
    arms = two["threat_posed_memory"].sel(category="arms-growth").to_numpy()
    assert not np.allclose(arms[:, 0], arms[:, 1])


def test_what_is_missing_is_not_modelled(panel):
    observed = panel["observed"].to_numpy()
    for name in panel["proxy"].to_numpy():
        assert panel["known"].sel(proxy=name).to_numpy()[observed].all()
    assert np.isnan(panel["onset"].to_numpy()[~observed]).all()
    assert np.isfinite(panel["history"].to_numpy()[:, observed]).all()
    # the file of diplomatic exchange ends in 2000, and an observation holds for four years more; memory reaches a little on
    assert not panel["observed"].sel(period=slice("2010-01-01", None)).any()


def test_a_design_has_the_covariates_scaled(panel):
    arrays = design(panel, ["onset"], path=False)
    assert arrays.controls == ("own", "other", "contiguous", "joint democracy", "capability share", "major power")
    on = arrays.weight > 0
    np.testing.assert_allclose(arrays.history[:, on].mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(arrays.history[2:, on].std(axis=1), 1, rtol=1e-9)


@pytest.mark.parametrize("name", list(PROXIES))
def test_proxies_say_what_they_are_and_something_varies(name):
    one = PROXIES[name]
    assert one.says
    assert one.weakness
    grid = Grid(np.array([2, 365, 666, 651]), np.array([365, 2, 651, 666]), np.arange(1950, 2015))
    values = one.values(grid)
    assert values.shape == grid.shape
    assert np.nanmin(values) >= 0


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match=r"no proxy of honor_denied; these are: no-mission"):
        rivalry_panel(Choices(honor_denied="vetoes"))
    with pytest.raises(ValueError, match="outcome must be one of"):
        rivalry_panel(Choices(outcome="GDELT"))
    with pytest.raises(ValueError, match="kind must be one of"):
        rivalry_panel(Choices(kind="great powers"))
    with pytest.raises(ValueError, match="at least one threat"):
        rivalry_panel(Choices(threats=()))


def test_specifications_begin_with_the_documented_one_and_are_all_different():
    found = specifications(12, 3)
    assert found[0] == Choices()
    assert len(set(found)) == len(found) == 1 + sum(len(v) - 1 for v in VALUES.values()) + 12
    assert found == specifications(12, 3)
    assert departures(found[0]) == {}
    assert all(len(departures(one)) == 1 for one in found[1:23])


def test_a_specification_that_leaves_nothing_is_told_and_not_judged():
    piece = {
        **json.loads(rivalry_panel(Choices(threats=("arms-race",))).attrs["choices"]),
        "first": 1995,
        "last": 2014,
        "seed": 1,
    }
    told = judged_once(Shared(QUICK, Priors(), ""), piece)
    assert told["word"] == NOT_JUDGED
    assert told["dyad_years"] == 0


def test_what_is_modelled_is_all_that_a_design_needs(panel):
    whole, part = (design(p, ["onset"], path=False) for p in (panel, modelled(panel)))
    assert part.weight.sum() == whole.weight.sum()
    assert part.weight.any(axis=0)[[0, -1]].all()
    assert part.weight.any(axis=1).all()
    honor = [arrays.memory[0][:, arrays.weight.ravel() > 0] for arrays in (whole, part)]
    np.testing.assert_allclose(*honor, atol=1e-12)


def test_shares_count_only_what_was_judged():
    rows = pd.DataFrame(
        {"word": ["supported", "undecided", NOT_JUDGED], "e3_latent_mean": [1.0, -1.0, NAN], "outcome": ["A", "B", "B"]}
    )
    told = shares(rows, "outcome").set_index("value")
    assert told.loc["B", "judged"] == 1
    assert told.loc["A", "supported"] == 1.0


def test_the_cross_tabulation_adds_up():
    table = cross_tabulation(("no-mission",), ("displays",)).iloc[0]
    panel = rivalry_panel(Choices(threats=("displays",), covariates=False))
    cells = ("neither", "honor only", "injury only", "both")
    assert sum(table[f"n {c}"] for c in cells) == np.isfinite(panel["onset"]).sum()
    assert sum(table[c] * table[f"n {c}"] for c in cells) == pytest.approx(float(panel["onset"].sum()))
