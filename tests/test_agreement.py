import csv
from dataclasses import replace
from itertools import combinations, product

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from statusmodels.errors import InputError
from statusmodels.events.agreement import MEASURES, agreement, alpha, coincidences, confusion, disputed, judgements
from statusmodels.events.catalogue import data_folder, load
from statusmodels.events.vocabulary import CONSTRUCTS

DOMAIN = (1, 2, 3, 4, 5)
PUBLISHED = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}


def reliability(values, ordinal, domain=DOMAIN):
    return float(alpha(coincidences(values, domain).sum(axis=0), ordinal))


def by_library(values, ordinal, domain=DOMAIN):
    return krippendorff.alpha(
        reliability_data=values.to_numpy(dtype=float).T,
        level_of_measurement="ordinal" if ordinal else "nominal",
        value_domain=list(domain),
    )


@pytest.fixture
def published():
    return pd.DataFrame({k: [float(v) if v != "." else np.nan for v in row.split()] for k, row in PUBLISHED.items()})


@st.composite
def ratings(draw, least=2):
    """Units by coders with missing values; at least ``least`` different values in units of two values or more."""
    coders = draw(st.integers(2, 5))
    cell = st.sampled_from([np.nan, *map(float, DOMAIN)])
    rows = draw(st.lists(st.lists(cell, min_size=coders, max_size=coders), min_size=1, max_size=15))
    values = pd.DataFrame(rows)
    pairable = values[values.notna().sum(axis=1) > 1].to_numpy()
    assume(len(set(pairable[np.isfinite(pairable)])) >= least)
    return values


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", the example with missing data
@pytest.mark.parametrize(("ordinal", "figure"), [(False, 0.743), (True, 0.815)])
def test_published_example(published, ordinal, figure):
    assert round(reliability(published, ordinal), 3) == figure


@given(ratings(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_equals_the_library(values, ordinal):
    assert reliability(values, ordinal) == pytest.approx(by_library(values, ordinal), abs=1e-9)


@given(ratings(), st.booleans(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_order_of_coders_and_of_units_does_not_matter(values, ordinal, random):
    units, coders = list(values.index), list(values.columns)
    random.shuffle(units)
    random.shuffle(coders)
    assert reliability(values.loc[units, coders], ordinal) == pytest.approx(reliability(values, ordinal), abs=1e-9)


@given(ratings(), st.booleans())
@settings(deadline=None, max_examples=60)
def test_every_unit_twice_changes_only_the_small_sample_term(values, ordinal):
    # 1 - alpha = (n - 1) O / E with O the observed and E the expected disagreement. Twice the units double O, quadruple
    # E and multiply every squared distance of ranks, above and below, by four: the ratio is (2n - 1) 2 / 4 / (n - 1).
    n = coincidences(values, DOMAIN).sum()
    twice = 1 - reliability(pd.concat([values, values]), ordinal)
    assert twice == pytest.approx((1 - reliability(values, ordinal)) * (2 * n - 1) / (2 * n - 2), abs=1e-9)


@given(ratings(), st.booleans(), st.sampled_from(DOMAIN))
@settings(deadline=None, max_examples=60)
def test_a_unit_with_one_value_adds_nothing(values, ordinal, value):
    more = pd.concat([values, pd.DataFrame([[value] + [np.nan] * (values.shape[1] - 1)])])
    assert coincidences(more, DOMAIN)[-1].sum() == 0
    assert reliability(more, ordinal) == pytest.approx(reliability(values, ordinal), abs=1e-12)


@pytest.mark.parametrize("ordinal", [False, True])
def test_full_agreement(ordinal):
    assert reliability(pd.DataFrame({"a": [1, 2, 5], "b": [1, 2, 5]}), ordinal) == 1
    assert np.isnan(reliability(pd.DataFrame({"a": [2, 2, 2], "b": [2, 2, 2]}), ordinal))
    assert np.isnan(reliability(pd.DataFrame({"a": [1, np.nan], "b": [np.nan, 2]}), ordinal))


def test_coincidences_of_one_unit():
    # values 1, 1, 2: of the 3 x 2 ordered pairs two are (1, 1), two (1, 2), two (2, 1); each counts 1 / (3 - 1)
    assert coincidences(pd.DataFrame([[1, 1, 2]]), (1, 2)).tolist() == [[[1, 1], [1, 0]]]


def alphas(source, **options):
    return agreement(source, **options).set_index(["by", "group", "measure"]).sort_index()


def test_judgements(tiny):
    table = judgements(load(tiny))
    assert len(table) == 12 * 5 * 2
    snub = table.loc["snub", "escalation"]
    assert snub.loc["ann"].tolist() == ["given", "diplomatic", -1, 2, 2]
    assert snub.loc["bob", ["construct", "level"]].tolist() == ["not given", 0]
    assert snub.loc["bob", ["category", "valence", "severity"]].isna().all()
    # levels of ann and bob that are not zero on both sides, read off the codings
    pairs = table.xs("escalation", level="construct")["level"].unstack("coder")
    assert {e: (r["ann"], r["bob"]) for e, r in pairs.iterrows() if r.any()} == {
        "snub": (2, 0),
        "protest": (1, 1),
        "expulsion": (2, 2),
        "patrol": (3, 2),
        "embargo": (2, 2),
    }


def test_judgement_is_of_the_gravest_row_then_the_surest_then_the_first_in_the_codebook(tiny, edit):
    more = [
        ["protest", "ann", "escalation", "economic", "-1", "3", "0.1"],  # graver than verbal 1
        ["embargo", "ann", "escalation", "verbal", "-1", "2", "0.9"],  # less sure than economic, 1
        ["expulsion", "ann", "escalation", "covert", "-1", "2", "1"],  # as sure as diplomatic, later in the codebook
        ["expulsion", "bob", "escalation", "verbal", "-1", "2", "1"],  # as sure as diplomatic, earlier
    ]
    edit(tiny, "codings.csv", lambda rows: [*rows, *more])
    table = judgements(load(tiny)).xs("escalation", level="construct")
    assert table.loc[("protest", "ann"), ["category", "level"]].tolist() == ["economic", 3]
    assert table.loc[("embargo", "ann"), "category"] == "economic"
    assert table.loc[("expulsion", "ann"), "category"] == "diplomatic"
    assert table.loc[("expulsion", "bob"), "category"] == "verbal"


def test_alpha_by_hand(tiny):
    # escalation, ann and bob: 0-0 seven times, 1-1 once, 2-2 twice, 2-0 once, 3-2 once
    # n0 = 15, n1 = 2, n2 = 6, n3 = 1, together 24; middle ranks 7.5, 16, 20, 23.5
    # observed 2 (12.5^2 + 3.5^2) = 337
    # expected 2 (15*2*8.5^2 + 15*6*12.5^2 + 15*1*16^2 + 2*6*4^2 + 2*1*7.5^2 + 6*1*3.5^2) = 40896
    # alpha = 1 - 23 * 337 / 40896 = 33145 / 40896
    # given or not: one unit of twelve differs, 15 not and 9 given: 1 - 23 * 2 / (2 * 15 * 9) = 112 / 135
    rows = alphas(load(tiny), resamples=10).xs(("construct", "escalation"))
    assert rows.loc["level", "alpha"] == pytest.approx(33145 / 40896)
    assert rows.loc["construct", "alpha"] == pytest.approx(112 / 135)
    assert rows.loc["category", "alpha"] == 1
    assert np.isnan(rows.loc["valence", ["alpha", "low", "high"]].astype(float)).all()
    assert rows["units"].to_dict() == {"construct": 12, "level": 12, "category": 4, "valence": 4, "severity": 4}


def test_groups(tiny):
    rows = alphas(load(tiny), resamples=2)
    units = rows.xs("level", level="measure")["units"].to_dict()
    assert units == {
        ("all", "all"): 60,  # twelve events, five constructs
        **{("construct", name): 12 for name in CONSTRUCTS},
        ("decade", "1990s"): 60,
        ("direction", "AAA>BBB"): 30,  # six events each
        ("direction", "BBB>AAA"): 30,
    }


def test_confusion_by_hand(tiny):
    source = load(tiny)
    level = confusion(source, "escalation", "level")
    assert list(level.index) == list(level.columns) == ["0", "1", "2", "3"]
    assert level.to_numpy().tolist() == [[7, 0, 1, 0], [0, 1, 0, 0], [1, 0, 2, 1], [0, 0, 1, 0]]
    category = confusion(source, "authority", "category")
    assert list(category.index) == ["arms-control-parity", "rule-breaking", "exclusion"]
    assert category.to_numpy().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]  # exit, invitation


def third(rows):
    """Cyd read two events: nothing in the snub, the patrol as ann did."""
    rows.append(["snub", "cyd", "none", "none", "0", "0", "1"])
    rows.append(["patrol", "cyd", "escalation", "military-display", "-1", "3", "1"])


def test_confusion_counts_every_pair_once(tiny, edit):
    edit(tiny, "codings.csv", third)
    source = load(tiny)
    for construct, measure in product(CONSTRUCTS, MEASURES):
        values = judgements(source).xs(construct, level="construct")[measure].dropna().groupby("event_id").agg(list)
        pairs = sum(len(list(combinations(v, 2))) for v in values)
        counts = confusion(source, construct, measure)
        assert counts.equals(counts.T)
        assert np.triu(counts).sum() == pairs


def test_disputed_by_hand(tiny):
    # treaty: authority +4 and 0, cooperation +4 and +3; snub: honor -4 and -3, escalation -2 and 0
    # thanks +2 and +1, exit -4 and -3, patrol -3 and -2; the others agree
    table = disputed(load(tiny), 6)
    assert table["dispute"].tolist() == [5, 3, 1, 1, 1, 0]
    assert list(table.index[:2]) == ["treaty", "snub"]
    assert set(table.index[2:5]) == {"thanks", "exit", "patrol"}
    assert table.loc["treaty"].tolist() == [5, "AAA signs a treaty", "0 0", "+4 0", "0 0", "0 0", "+4 +3"]
    assert table.loc["snub", list(CONSTRUCTS)].tolist() == ["-4 -3", "0 0", "0 0", "-2 0", "0 0"]


def test_a_coder_is_missing_where_he_did_not_read(tiny, edit):
    edit(tiny, "codings.csv", third)
    source = load(tiny)
    table = judgements(source)
    assert set(table.xs("cyd", level="coder").index.get_level_values("event_id")) == {"snub", "patrol"}
    assert table.loc[("snub", "honor", "cyd"), "level"] == 0
    # treaty as before; snub: honor 4, 3, 0 differ by (1 + 4 + 3) / 3, escalation 2, 0, 0 by (2 + 2 + 0) / 3
    worst = disputed(source)
    assert worst.loc["treaty", "dispute"] == 5
    assert worst.loc["treaty", "cooperation"] == "+4 +3 ."
    assert worst.loc["snub", "dispute"] == pytest.approx(4)
    assert worst.loc["snub", "honor"] == "-4 -3 0"
    # the ten events that cyd did not read, then snub and patrol
    values = [[0, 0, np.nan]] * 6 + [[1, 1, np.nan]] + [[2, 2, np.nan]] * 2 + [[0, 0, np.nan]] + [[2, 0, 0], [3, 2, 3]]
    expected = by_library(pd.DataFrame(values), True, range(6))
    assert alphas(source, resamples=2).loc[("construct", "escalation", "level"), "alpha"] == pytest.approx(expected)


@pytest.mark.parametrize("fn", [agreement, disputed, lambda source: confusion(source, "honor", "level")])
def test_one_coder_only(tiny, edit, fn):
    edit(tiny, "codings.csv", lambda rows: [r for r in rows if r[1] != "bob"])
    with pytest.raises(InputError, match="two coders"):
        fn(load(tiny))


@pytest.fixture(scope="module")
def embedded_judgements():
    return judgements(load("us-russia"))


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_embedded_equals_the_library(embedded_judgements, construct):
    with (data_folder() / "us-russia" / "codings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    level = {}
    for row in rows:
        key = row["event_id"], row["coder"]
        level[key] = max(level.get(key, 0), int(row["severity"]) * (row["construct"] == construct))
    values = pd.Series(level).unstack()
    matrix = embedded_judgements.xs(construct, level="construct")["level"].unstack("coder")
    assert reliability(matrix, True, range(6)) == pytest.approx(by_library(values, True, range(6)), abs=1e-9)


def test_interval_contains_alpha_and_follows_the_seed(tiny):
    source = load(tiny)
    one, same, other = (agreement(source, resamples=200, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    pd.testing.assert_frame_equal(one.drop(columns=["low", "high"]), other.drop(columns=["low", "high"]))
    assert not one["low"].equals(other["low"])
    assert one["alpha"].notna().sum() > 20
    known = one.dropna(subset="alpha")
    assert ((known["low"] <= known["alpha"] + 1e-12) & (known["alpha"] <= known["high"] + 1e-12)).all()


def test_interval_covers_the_population_alpha(tiny, monkeypatch):
    # Every act has all five constructs or none, half and half. Each of two coders errs on a whole act with probability
    # 0.1: they differ on 2 * 0.1 * 0.9 = 0.18 of the acts, chance pairs on 0.5, so the population's alpha is 1 - 0.18 /
    # 0.5. A percentile interval of 100 resamples, nominally 95 %, covers in some 93 % (simulated apart from the
    # package): in 85 to 99 of 100 trials with probability 0.998, and 0.994 if it covers in 95 %. Drawing units instead
    # of acts would make it sqrt(5) times too short: it would cover in 62 %, and in 85 trials or more with probability
    # 4e-7.
    # Ten trials at once, each with its own sender:
    monkeypatch.setattr("statusmodels.events.agreement.GROUPS", ("direction",))
    rng = np.random.default_rng(20)
    full = [(name, c.category_names[0], min(c.valences), 1) for name, c in CONSTRUCTS.items()]
    base = load(tiny)
    ids = [f"e{n}" for n in range(600)]
    events = pd.concat([base.events.head(1)] * 600).assign(event_id=ids, sender=[f"S{n // 60}" for n in range(600)])
    covered = []
    for _ in range(10):
        truth = rng.random(600) < 0.5
        rows = [
            (event, coder, *coding, 1.0)
            for coder in ("a", "b")
            for event, says in zip(ids, truth ^ (rng.random(600) < 0.1), strict=True)
            for coding in (full if says else [("none", "none", 0, 0)])
        ]
        coded = replace(base, events=events, codings=pd.DataFrame(rows, columns=base.codings.columns))
        table = alphas(coded, resamples=100).xs("construct", level="measure")
        covered += list((table["low"] <= 0.64) & (table["high"] >= 0.64))
    assert len(covered) == 100
    assert 85 <= sum(covered) <= 99
