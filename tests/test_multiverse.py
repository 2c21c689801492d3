"""The multiverse: what is refitted, what is told of it, and that nothing is dropped."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from statusmodels.claims import multiverse as stage
from statusmodels.claims.estimands import estimands
from statusmodels.claims.multiverse import evaluated, multiverse, refit_seed
from statusmodels.claims.multiverse_tables import combination_rows, flips, one_away_rows, rich_combination_rows, shares
from statusmodels.claims.refit import judged, parameters_of, refit
from statusmodels.claims.specification import OUTCOMES, THRESHOLDS, WIDTHS, Specification, choices
from statusmodels.claims.specified import specified
from statusmodels.claims.verdict import Rule
from statusmodels.events.catalogue import load
from statusmodels.inference.refits import Failure, Place, RefitsFailed
from statusmodels.inference.sampling import Sampler
from statusmodels.report.multiverse_figure import specification_curve
from statusmodels.report.multiverse_page import headline, page
from statusmodels.report.multiverse_result import summary, write_multiverse

CATALOGUE = load("us-russia")
VALUES = {"period": ("month", "quarter", "year"), "lag": (0, 1), "path": (True, False), "serious": (3, 2, 4)}
QUICK = Sampler(draws=60, tune=100, chains=2, target_accept=0.6)


def verdict(word, amplified=0.5):
    out = {"word": word, "rate": 0.04, "width": 0.02, "p_e1_zero": 0.6, "p_e1_more": 0.1, "p_e2_more": 0.3}
    out["p_amplified"] = amplified
    return out | {f"{name}_{q}": 0.0 for name in stage.ESTIMANDS for q in ("mean", "sd")}


def made_up(piece):
    """A result by rule: quarters have no panel, a lag gives supported, level 4 has no period, static models sample badly."""
    s = piece["specification"]
    if s["period"] == "quarter":
        return {"reason": "no quarters here"}
    word = "supported" if s["lag"] else "undecided"
    told = {"rhat": 1.2 if not s["path"] and not piece["harder"] else 1.01, "rhat_at": "sigma", "bulk_ess": 100.0}
    told |= {"divergences": 0, "harder": piece["harder"], "draws": 700}
    at = {
        "reason": None,
        "quantiles": {name: [-0.1, 0.1 * s["lag"], 0.2] for name in stage.ESTIMANDS},
        "rhat": 1.0,
        "serious_periods": 5 if s["period"] == "year" else 50,
        "modelled_periods": 94,
        "verdicts": {
            f"{w:g}": verdict("contradicted" if w == 0.25 else word, 0.5 + 0.25 * s["lag"])
            for w in (0.5, 0.25, 1.0, 2.0)
        },
    }
    return {"told": told, "thresholds": {"2": at, "3": at, "4": {"reason": "no such act"}}}


@pytest.fixture
def ran(monkeypatch):
    """Results by rule in the place of refits; the list of what was asked for."""
    asked = []

    def run(work, ground, pieces, place):
        asked.append(pieces)
        if place.tell:
            place.tell(len(pieces), len(pieces))
        return json.loads(json.dumps([made_up(p) for p in pieces]))

    monkeypatch.setattr(stage, "run", run)
    return asked


@pytest.fixture
def rows(ran, tmp_path):
    return multiverse(CATALOGUE, Place(tmp_path), runs=29, values=VALUES)


def test_all_choices_of_the_embedded_catalogue(ran, tmp_path):
    own = tuple(name for name, outcome in OUTCOMES.items() if outcome.source is None)
    rows = multiverse(CATALOGUE, Place(tmp_path), runs=0, values={**choices(CATALOGUE), "outcome": own})
    assert len(rows) == 31 * len(WIDTHS)
    first, again = ran
    assert len(first) == 29
    assert all(not p["harder"] for p in first)
    assert [p["specification"] for p in again] == [asdict(Specification(path=False))]
    # 30 specifications one choice away, 3 widths of the documented one, and the documented one
    assert (rows["away"].value_counts()[[0, 1]]).to_dict() == {0: 1, 1: 30 + 3}


def test_one_row_a_specification_and_width_and_none_is_dropped(rows, ran):
    # all 36 combinations: the documented one, 6 one choice away, 29 others
    assert len(rows) == (1 + 6 + 29) * 4
    assert not rows.duplicated(["specification", "width_share"]).any()
    assert (rows.groupby("specification").size() == 4).all()
    quarters = rows[rows["period"] == "quarter"]
    assert set(quarters["word"]) == {"not possible"}
    assert set(quarters["reason"]) == {"no quarters here"}
    four = rows[(rows["serious"] == 4) & (rows["period"] != "quarter")]
    assert set(four["reason"]) == {"no such act"}
    assert rows.loc[rows["word"] != "not possible", "reason"].eq("").all()
    assert set(rows.columns) == set(stage.COLUMNS)


def test_a_threshold_costs_no_refit(rows, ran):
    assert len(ran[0]) == len({(s, lag, path) for s, lag, path in rows[["period", "lag", "path"]].to_numpy()})
    assert all(p["specification"]["serious"] == 3 for p in ran[0])
    assert len(rows.drop_duplicates("seed")) == len(ran[0])


def test_what_does_not_hold_is_refitted_harder_once(rows, ran):
    first, again = ran
    bad = [p for p in first if not p["specification"]["path"] and p["specification"]["period"] != "quarter"]
    assert again == [{**p, "harder": True} for p in bad]
    judged_rows = rows[rows["reason"] == ""]
    assert (judged_rows["harder"] == ~judged_rows["path"].astype(bool)).all()
    assert judged_rows["holds"].all()
    assert set(judged_rows["rhat"]) == {1.01}


def test_progress_goes_on_over_the_second_round(ran, tmp_path):
    told = []
    specifications = [Specification(), Specification(path=False), Specification(lag=1)]
    evaluated(CATALOGUE, specifications, Place(tmp_path, tell=lambda *now: told.append(now)))
    assert told == [(3, 3), (4, 4)]


def test_a_refit_that_fails_keeps_its_rows(monkeypatch, tmp_path):
    def run(work, ground, pieces, place):
        bad = [p for p in pieces if p["specification"]["lag"]]
        if bad:
            raise RefitsFailed([Failure(p, "ArithmeticError: boom") for p in bad])
        return [made_up(p) for p in pieces]

    monkeypatch.setattr(stage, "run", run)
    specifications = [Specification(lag=1), Specification(), Specification(period="quarter")]
    rows = evaluated(CATALOGUE, specifications, Place(tmp_path))
    assert rows["word"].tolist() == [
        *4 * ["failed"],
        "undecided",
        "contradicted",
        *2 * ["undecided"],
        *4 * ["not possible"],
    ]
    assert set(rows["reason"][:4]) == {"ArithmeticError: boom"}
    assert summary(rows)["counts"]["failed"] == 1


@pytest.mark.parametrize(
    ("told", "estimands_rhat", "holds"),
    [
        ({"rhat": 1.05, "divergences": 7}, 1.05, True),
        ({"rhat": 1.051, "divergences": 0}, 1.0, False),
        ({"rhat": 1.0, "divergences": 0}, 1.051, False),
        ({"rhat": 1.0, "divergences": 8}, 1.0, False),
        ({"rhat": float("nan"), "divergences": 0}, 1.0, False),
        ({"rhat": 1.0, "divergences": 0}, float("nan"), False),
    ],
)
def test_the_limits_of_a_quick_refit(told, estimands_rhat, holds):
    result = {"told": {**told, "draws": 700}, "thresholds": {"3": {"rhat": estimands_rhat}, "4": {"reason": "none"}}}
    assert stage._holds(result) is holds


def test_one_specification_more_changes_no_other_seed():
    assert refit_seed(1, Specification()) != refit_seed(2, Specification()) != refit_seed(2, Specification(lag=1))
    assert refit_seed(1, Specification()) == refit_seed(1, Specification(serious=3, lag=0))


def test_a_threshold_that_no_refit_serves_is_refused(tmp_path):
    with pytest.raises(ValueError, match="serious must be one of 3, 2, 4, got 5"):
        evaluated(CATALOGUE, [Specification(serious=5)], Place(tmp_path))


def test_shares_by_hand():
    words = ["undecided", "undecided", "supported", "failed", "not possible", "not possible"]
    told = shares(pd.DataFrame({"word": words, "lag": [0, 0, 0, 0, 0, 1]}), ["lag"]).set_index("lag")
    assert told.loc[0, ["judged", "not possible", "failed"]].tolist() == [3, 1, 1]
    assert told.loc[0, ["supported", "undecided"]].tolist() == [1 / 3, 2 / 3]
    assert told.loc[1, "judged"] == 0
    assert np.isnan(told.loc[1, "supported"])


def test_the_sets_do_not_overlap_and_leave_only_widths_of_what_is_one_away(rows):
    near, far = one_away_rows(rows), combination_rows(rows)
    assert len(near) == 1 + 6 + 3
    assert len(far) == 29 * 4
    assert not set(near["specification"]) & set(far["specification"])
    rich = rich_combination_rows(rows)
    # quarters have no panel, years five serious periods, and level 4 never occurs; of 2 x 2 x 2 months four are one away or none
    assert len(rich) == 4 * 4
    assert set(rich["period"]) == {"month"}


def test_flips_by_hand(rows):
    told = flips(rows).set_index(["choice", "value"])
    lag = told.loc[("lag", "1")]
    assert (lag["word"], lag["change in p_amplified"], lag["change in p_e1_zero"]) == ("supported", 0.25, 0.0)
    assert (told.loc[("width_share", "0.25"), "word"], told.loc[("lag", "0"), "word"]) == ("contradicted", "undecided")
    assert told.loc[("lag", "0"), "change in p_amplified"] == 0.0
    quarter = told.loc[("period", "quarter")]
    assert (quarter["word"], quarter["judged"]) == ("not possible", 0)
    assert np.isnan(quarter["change in p_e1_zero"])
    # of the 18 with a lag one is one choice away; of the other 17, 2 x 2 x 2 less that one are possible
    assert (lag["judged"], lag["not possible"]) == (7, 10)
    assert lag["supported"] == 1.0
    assert len(told) == 3 + 2 + 2 + 3 + 4 + 8  # the eight choices that were not varied have one value each


def test_the_record_and_the_sentence_count_what_is_there(rows):
    told = summary(rows)
    # possible are 2 periods x 2 lags x 2 paths x 2 thresholds, half of them with a lag
    counted = {"tried": 36, "judged": 16, "supported": 8, "pattern only": 0, "contradicted": 0, "undecided": 8}
    counted |= {"not possible": 20, "failed": 0, "one choice away": 7, "combinations": 29}
    assert told["counts"] == counted | {"combinations, 10 serious or more": 4}
    assert len(told["impossible"]) == 20
    assert told["documented"] == "undecided"
    assert (told["diagnostics"]["refits"], told["diagnostics"]["refitted_harder"]) == (8, 4)
    assert told["diagnostics"]["failing"] == []
    json.dumps(told, allow_nan=False)
    counts = {"tried": 9, "judged": 7, "supported": 1, "pattern only": 2, "contradicted": 0, "undecided": 4}
    assert headline({"counts": counts, "documented": "not possible", "catalogue": "x"}) == (
        "Of 9 specifications tried on x, 7 could be judged, and of these 1 give supported, 2 pattern only, 0 contradicted and 4"
        " undecided; the documented one could not be judged."
    )


def test_too_many_refits_that_do_not_hold_do_not_pass(ran, tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "MAX_RHAT", 1.0)
    found = write_multiverse(CATALOGUE, tmp_path, Place(tmp_path / "refits"), runs=0, values=VALUES)
    assert not found["passed"]
    assert found["diagnostics"]["failing_share"] == 1.0
    assert "- lag=1: R-hat 1.010 (sigma), 0 divergences" in (tmp_path / "multiverse.md").read_text()


def test_the_result_is_written_whole(ran, tmp_path):
    found = write_multiverse(CATALOGUE, tmp_path, Place(tmp_path / "refits"), runs=29, values=VALUES)
    stored = json.loads((tmp_path / "multiverse.json").read_text())
    assert stored == json.loads(json.dumps(found))
    assert found["passed"]
    text = (tmp_path / "multiverse.md").read_text()
    assert text == page(stored)  # from nothing but the record
    assert text.splitlines()[2] == f"**{headline(stored)}**"
    assert "- period=quarter: no quarters here." in text
    assert len(pd.read_csv(tmp_path / "multiverse.csv")) == 36 * 4
    assert (tmp_path / "multiverse.png").read_bytes()[:4] == b"\x89PNG"


def test_the_curve_is_sorted_and_shows_each_judged_specification_once(rows):
    figure = specification_curve(rows)
    judged_ones = rows[(rows["width_share"] == 0.5) & (rows["reason"] == "")]
    for axis, name in zip(figure.axes[:3], ("e1", "e2", "e3_latent"), strict=True):
        points = axis.collections[1].get_offsets()
        assert len(points) == len(judged_ones)
        unit = 1.0 if name == "e3_latent" else 0.04
        assert np.allclose(np.sort(points[:, 1]), np.sort(judged_ones[f"{name}_median"].to_numpy(dtype=float)) / unit)
    assert (np.diff(figure.axes[2].collections[1].get_offsets()[:, 1]) >= 0).all()
    labels = [t.get_text() for t in figure.axes[3].get_yticklabels()]
    assert labels[:3] == ["period: month", "period: quarter", "period: year"]
    assert len(labels) == 3 + 2 + 2 + 3


def test_the_curve_of_nothing_is_drawn_all_the_same(ran, tmp_path):
    specification_curve(evaluated(CATALOGUE, [Specification(period="quarter")], Place(tmp_path)))


YEARLY = [
    Specification(period="year"),
    Specification(period="year", serious=2),
    Specification(
        period="year", outcome="onset", dyads="RUS>USA", memory="12", threat="only force-posture", path=False
    ),
    Specification(period="year", coder="lm-coder-b", eras="from 1991-12-26", priors="doubled", lag=1),
    Specification(period="year", eras="before 1950-01-01"),
]


@pytest.mark.sampling
def test_refits_from_end_to_end_and_gone_on_with_are_bit_equal(in_this_process, tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "MAX_RHAT", 9.0)  # one round: sixty draws would not hold
    monkeypatch.setattr(stage, "MAX_DIVERGENT", 1.0)
    part = evaluated(CATALOGUE, YEARLY[:2], Place(tmp_path / "a"), 5, QUICK)
    assert len(list((tmp_path / "a").glob("*.json"))) == 1
    resumed = evaluated(CATALOGUE, YEARLY, Place(tmp_path / "a"), 5, QUICK)
    assert len(list((tmp_path / "a").glob("*.json"))) == 4
    pd.testing.assert_frame_equal(resumed[: len(part)], part, check_dtype=False, check_exact=True)
    at_once = evaluated(CATALOGUE, YEARLY, Place(tmp_path / "b"), 5, QUICK)
    pd.testing.assert_frame_equal(resumed, at_once, check_exact=True)
    assert resumed["reason"].tolist() == 16 * [""] + 4 * ["no period lies before 1950-01-01"]
    assert set(resumed["harder"][:16]) == {False}
    arrays, priors = specified(CATALOGUE, YEARLY[2])
    seed = refit_seed(5, YEARLY[2])
    mine = judged(refit(arrays, seed, priors=priors, sampler=QUICK)[0], arrays, Rule(width_share=0.25))
    there = resumed[(resumed["outcome"] == "onset") & (resumed["width_share"] == 0.25)].iloc[0]
    assert {name: there[name] for name in mine} == mine
    arrays, priors = specified(CATALOGUE, YEARLY[1])
    parameters, _ = parameters_of(arrays, refit_seed(5, YEARLY[0]), priors=priors, sampler=QUICK)
    drawn = estimands(parameters, arrays, 2)
    assert there["serious_periods"] < resumed["serious_periods"][0] < resumed["serious_periods"][4] == 79
    assert resumed["p_e2_more"][4] == judged(drawn, arrays, serious=2)["p_e2_more"]
    assert resumed["e2_median"][4] == np.median(drawn.e2)


@pytest.mark.sampling
def test_a_harder_refit_takes_more_draws():
    ground = stage.Ground(CATALOGUE, Sampler(draws=20, tune=60, chains=2), ())
    piece = {"specification": asdict(Specification(period="year", memory="12")), "seed": 1}
    quick, harder = (stage.refitted(ground, {**piece, "harder": h}) for h in (False, True))
    assert (quick["told"]["draws"], harder["told"]["draws"]) == (40, 80)
    assert set(quick["thresholds"]) == {str(level) for level in THRESHOLDS}
