"""Placebos: panels in which order in time, or honor, is undone, exactly as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small import Act, catalogue, some_acts

from statusmodels.claims.placebo_panels import (
    ERAS,
    YEARS,
    beyond_past,
    blocks,
    cooperation_for_honor,
    future,
    shuffled,
)
from statusmodels.claims.placebos import BEYOND_PAST, COOPERATION, FUTURE, REAL, placebos, ranks
from statusmodels.claims.refit import judged, refit
from statusmodels.claims.specified import MEMORIES
from statusmodels.events.catalogue import load
from statusmodels.events.pooling import readers
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.panel.panel import build

SPANS = [("2001-01-01", "2002-12-31"), ("2003-01-01", "2004-12-31")]
DAYS = 365.25 / 12


def some(extra=()):
    return catalogue([*some_acts("AB", "2001-01-01", "2004-12-31", 120), *extra], SPANS)


def of_future(act, name="honor_denied", half_life=12.0):
    made = catalogue([act], SPANS)
    return future(made, build(made))[f"{name}_memory"].sel(dyad="A>B", half_life=half_life)


def slight(date, **more):
    return Act(date, "A", "B", (("honor", -1, 4),), **more)


def test_an_act_is_felt_before_it_happens_and_not_from_its_period_on():
    memory = of_future(slight("2002-03-10"))
    assert float(memory.sel(period="2002-02-01")) == pytest.approx(4 * 0.5 ** (10 / (12 * DAYS)), rel=1e-12)
    assert float(memory.sel(period="2002-01-01")) == pytest.approx(4 * 0.5 ** (38 / (12 * DAYS)), rel=1e-12)
    assert not memory.sel(period=slice("2002-03-01", None)).to_numpy().any()


def test_an_act_known_to_the_month_counts_from_its_first_day():
    memory = of_future(slight("2002-03-01", precision="month"))
    assert float(memory.sel(period="2002-02-01")) == pytest.approx(4 * 0.5 ** (1 / (12 * DAYS)), rel=1e-12)
    assert not memory.sel(period=slice("2002-03-01", None)).to_numpy().any()


def test_a_standing_act_counts_by_its_beginning():
    assert of_future(slight("2002-03-10", end="2003-05-01")).equals(of_future(slight("2002-03-10")))


def test_the_future_of_a_reversed_catalogue_is_the_past_of_the_catalogue():
    first, last = pd.Timestamp("2001-01-01"), pd.Timestamp("2004-12-26")  # a Monday and a Sunday: whole weeks both ways
    acts = some_acts("AB", f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", 300)
    backwards = [replace(a, date=f"{first + (last - pd.Timestamp(a.date)):%Y-%m-%d}") for a in acts]
    span = [(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")]
    forward, reverse = catalogue(acts, span), catalogue(backwards, span)
    past = build(forward, "week")
    ahead = future(reverse, build(reverse, "week"))
    for name in MEMORIES:
        here, there = past[name].to_numpy(), ahead[name].to_numpy()[..., ::-1]
        assert here.any()
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-12)


def test_the_future_looks_at_nothing_up_to_the_period():
    act = Act("2003-06-30", "A", "B", (("honor", -1, 5), ("threat", -1, 5)))
    without, added = (future(c, build(c)) for c in (some(), some([act])))
    june = 29
    for name in ("honor_denied_memory", "threat_posed_memory"):
        before, after = without[name].to_numpy(), added[name].to_numpy()
        assert np.array_equal(before[..., june:], after[..., june:])
        assert (before[..., june - 1] != after[..., june - 1]).any()


@pytest.mark.parametrize(("period", "modelled"), [("month", 24), ("quarter", 8), ("year", 2)])
def test_the_last_year_is_not_modelled_as_the_first_is_not(period, modelled):
    panel = build(some(), period)
    ahead = future(some(), panel)
    assert int(ahead["observed"].sum()) == modelled
    assert ahead["level"].equals(panel["level"])
    assert ahead["history"].equals(panel["history"])


def test_what_the_past_predicts_is_taken_out():
    past = build(some())
    left = beyond_past(future(some(), past), past)
    on = left["observed"].to_numpy()
    known = [past["honor_denied_memory"].to_numpy(), past["threat_posed_memory"].sum("category").to_numpy()]
    for name in MEMORIES:
        values = left[name].to_numpy()[..., on]
        assert np.abs(values).max() > 1e-3 or not future(some(), past)[name].to_numpy()[..., on].any()
        np.testing.assert_allclose(values.mean(axis=-1), 0, atol=1e-9)  # in each dyad
        for x in known:
            np.testing.assert_allclose(np.einsum("...dt,kdt->...k", values, x[..., on]), 0, atol=1e-6)


def test_nothing_is_left_of_what_the_past_predicts_wholly():
    past = build(some())
    left = beyond_past(past.assign(honor_granted_memory=3 * past["honor_denied_memory"] + 2), past)
    np.testing.assert_allclose(left["honor_granted_memory"].to_numpy(), 0, atol=1e-9)
    assert np.abs(left["authority_denied_memory"].to_numpy()).max() > 0.1


def test_blocks_cover_what_is_observed_in_order():
    panel = build(some())
    by_era, by_years = blocks(panel, ERAS), blocks(panel, YEARS)
    assert [len(b) for b in by_era] == [12, 24]  # 2001 is burnt in
    assert [len(b) for b in by_years] == [36]
    for parts in (by_era, by_years):
        assert np.concatenate(parts).tolist() == list(range(12, 48))
    assert [len(b) for b in blocks(build(load("us-russia")), YEARS)] == 11 * [48] + [36]


def test_two_eras_are_swapped_together_in_all_signals_and_in_nothing_else():
    panel = build(some())
    other = shuffled(panel, ERAS, seed=5)
    for name in MEMORIES:
        was, now = panel[name].to_numpy(), other[name].to_numpy()
        assert np.array_equal(now[..., :12], was[..., :12])
        assert np.array_equal(now[..., 12:36], was[..., 24:])
        assert np.array_equal(now[..., 36:], was[..., 12:24])
    same = [str(name) for name in panel.variables if name not in MEMORIES]
    assert other[same].equals(panel[same])


def test_orders_follow_their_seeds_and_are_never_the_true_one():
    panel = build(load("us-russia"), "year")
    real = panel["honor_denied_memory"].to_numpy()
    found = [shuffled(panel, YEARS, seed)["honor_denied_memory"].to_numpy() for seed in range(12)]
    assert np.array_equal(found[3], shuffled(panel, YEARS, 3)["honor_denied_memory"].to_numpy())
    assert len({x.tobytes() for x in found}) == 12
    assert not any(np.array_equal(x, real) for x in found)
    assert all(np.allclose(np.sort(x, axis=-1), np.sort(real, axis=-1)) for x in found)


def test_one_block_cannot_be_shuffled():
    with pytest.raises(ValueError, match="only one block"):
        shuffled(build(some()), YEARS, 1)


def test_cooperation_stands_in_for_honor_and_all_else_stays(tiny):
    real, other = load(tiny), cooperation_for_honor(load(tiny))
    was, now = build(real), build(other)
    denied = now["honor_denied"]
    assert float(denied.sel(dyad="AAA>BBB", period="1991-03-01")) == 3.5  # the treaty: 4 and 3
    assert float(denied.sel(dyad="BBB>AAA", period="1993-11-01")) == 2.0  # the sailor: 2 and 2
    assert float(denied.sum()) == 5.5
    assert not now["honor_granted"].to_numpy().any()
    kept = [str(name) for name in was.variables if not str(name).startswith("honor")]
    assert now[kept].equals(was[kept])
    assert readers(other).equals(readers(real))  # acts that carried honor alone are still read


def test_ranks_by_hand():
    words = ["undecided", "supported", "undecided", "undecided", "contradicted"]
    kinds = [REAL, ERAS, ERAS, ERAS, YEARS]
    rows = pd.DataFrame({"placebo": kinds, "word": words, "e3_mean": [0.3, 0.4, 0.3, 0.1, 0.2]})
    told = ranks(rows, estimands=["e3"]).set_index("placebo")
    # two of the three eras' are at least as large as the real one, none of the years'
    assert told["rank"].to_dict() == {ERAS: 3, YEARS: 1}
    assert told["of"].to_dict() == {ERAS: 4, YEARS: 2}
    assert told["share"].to_dict() == {ERAS: 0.75, YEARS: 0.5}
    assert told["supported"].to_dict() == {ERAS: pytest.approx(1 / 3), YEARS: 0.0}
    assert told.loc[ERAS, "median"] == 0.3


@pytest.mark.sampling
def test_all_placebos_are_judged_as_the_panels_that_they_are(in_this_process, tmp_path):
    sampler = Sampler(draws=60, tune=100, chains=2, target_accept=0.6)
    real = load("us-russia")
    told: list[tuple[int, int]] = []
    options = {"period": "year", "orders": 1, "seed": 7, "sampler": sampler}
    rows = placebos(real, Place(tmp_path, tell=lambda *now: told.append(now)), **options)
    assert rows["placebo"].tolist() == [REAL, FUTURE, BEYOND_PAST, COOPERATION, ERAS, YEARS]
    assert rows["seed"].tolist() == 6 * [7]
    assert rows["modelled_periods"].tolist() == [94, 92, 92, 94, 94, 94]
    assert rows["e3_mean"].nunique() == 6
    assert (told[0], told[-1]) == ((0, 6), (6, 6))
    panel = build(real, "year")
    for at, made in {0: panel, 4: shuffled(panel, ERAS, 7)}.items():
        arrays = design(made)
        mine = judged(refit(arrays, int(rows["seed"][at]), sampler=sampler)[0], arrays)
        assert {name: rows[name][at] for name in mine} == mine
    again = placebos(real, Place(tmp_path), **options)
    pd.testing.assert_frame_equal(again, rows, check_exact=True)
    assert len(ranks(rows)) == 2 * 4
