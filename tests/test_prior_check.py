"""What the priors imply, and the commands that tell it.

Statistical tests use a fixed seed; a right program under a new seed would fail one of them in 10,000.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from small import random_design, small_panel, wide

from statusmodels import cli
from statusmodels.claims import prior as checking
from statusmodels.claims.prior import PriorCheck, outcome_quantities, prior_check, tension
from statusmodels.errors import InputError
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.models.priors import DEFAULTS, REPLACEABLE, Prior, Priors
from statusmodels.models.truth import truth
from statusmodels.panel.outcomes import with_onset
from statusmodels.report.priors import page, prior_table

LEVEL = 1e-4
FULL, BASELINE = HYPOTHESES["honor-plus-injury"], HYPOTHESES["baseline"]


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_outcome_quantities_by_hand():
    arrays = random_design(8, periods=8, unmodelled=1)
    arrays.weight[0, 4] = 0.0
    level = np.array([[[0, 0, 0, 3, 0, 0, 0, 1], [0, 5, 1, 0, 0, 0, 0, 2]]])
    extra = np.array([[[0, 0, 0, 2, 0, 0, 0, 0], [0, 0, 6, 0, 0, 0, 0, 0]]])
    told = outcome_quantities(level, extra, arrays)
    assert told[checking.ANY][0] == 5 / 13
    assert told[checking.GRAVE][0] == 2 / 13
    assert told[checking.SPIKE][0] == 7
    assert told[checking.QUIET][0] == 4
    level[0, 1, 3:7] = 1
    assert outcome_quantities(level, extra, arrays)[checking.QUIET][0] == 2  # a period that is not modelled ends a run


def test_tension_by_hand():
    arrays = random_design(9, periods=11, unmodelled=1)  # 20 modelled dyad-periods: a tenth is two
    p = truth(arrays, "baseline", np.random.default_rng(0))
    for name in ("history", "base", "era"):
        p[name][:] = 0.0
    u = np.zeros((1, *arrays.shape))
    u[0, :, 0] = 50.0  # not modelled, so not seen
    u[0, 0, 3], u[0, 1, 5], u[0, 0, 8], u[0, 1, 9] = 2.0, 1.0, -1.0, -3.0
    p["u"] = (("sample", "dyad", "period"), u)
    at = expit(np.array([2.0, 1.0, -1.0, -3.0]) - p["cutpoint"].to_numpy()[0, 2])
    np.testing.assert_allclose(tension(p, arrays), (at[0] + at[1]) / (at[2] + at[3]))


def test_check_of_a_small_panel():
    panel = small_panel()
    arrays = design(panel)
    check = prior_check(panel, FULL, draws=400)
    frame = check.frame().set_index("quantity")
    assert list(frame.columns) == ["5%", "25%", "50%", "75%", "95%", "observed"]
    assert len(frame) == 4 + 3 + len(FULL.free) + 1
    assert np.isfinite(frame.drop(columns="observed")).all(axis=None)
    assert (frame[["5%", "25%", "50%", "75%", "95%"]].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    on = arrays.weight > 0
    assert frame.loc[checking.ANY, "observed"] == (arrays.level[on] > 0).mean()
    assert frame.loc[checking.GRAVE, "observed"] == (arrays.level[on] >= 3).mean()
    assert frame.loc[checking.SPIKE, "observed"] == np.nanmax(panel["acts"].to_numpy()[on])
    assert frame["observed"].count() == 4
    np.testing.assert_allclose(check.draws[checking.E3], check.draws[checking.E2] - check.draws[checking.E1])
    odds = check.draws[f"odds ratio: {TERMS['threat']}"]
    assert stats.kstest(np.log(odds), DEFAULTS["effect"].distribution.cdf).pvalue > LEVEL
    for line in ("Replaced priors: none.", checking.QUIET):
        assert line in str(check)


def test_check_takes_arrays_and_follows_its_seed():
    panel = small_panel()
    one, same, other = (prior_check(p, FULL, draws=30, seed=s) for p, s in ((panel, 1), (design(panel), 1), (panel, 2)))
    assert one.frame().equals(same.frame())
    assert not one.frame().equals(other.frame())


def test_check_of_levels_alone_tells_no_number_of_acts():
    arrays = design(small_panel())
    both, alone = (prior_check(replace(arrays, outcomes=o), FULL, draws=50) for o in (("level", "acts"), ("level",)))
    assert set(both.draws) - set(alone.draws) == {checking.SPIKE}
    assert checking.SPIKE not in alone.observed
    assert differing(alone, both) == set()  # every parameter has a random stream of its own


@pytest.mark.parametrize("outcomes", [("acts",), ("onset",)])
def test_check_without_levels_is_refused(outcomes):
    with pytest.raises(ValueError, match=f"is of levels, and what is modelled is {outcomes[0]}"):
        prior_check(design(with_onset(small_panel()), outcomes), FULL, draws=5)


def test_hypothesis_without_effects_implies_none():
    check = prior_check(random_design(10), BASELINE, draws=50)
    for name in (checking.E1, checking.E2, checking.E3):
        np.testing.assert_allclose(check.draws[name], 0, atol=1e-12)
    assert not [name for name in check.draws if name.startswith("odds ratio")]


def differing(one, other):
    return {name for name in one.draws if not np.array_equal(one.draws[name], other.draws[name])}


def test_a_replaced_prior_changes_what_it_should_and_nothing_else():
    arrays = random_design(11, periods=40)
    before = prior_check(arrays, FULL, draws=100)
    acts = prior_check(arrays, FULL, Priors({"act_intercept": Prior("normal", 1, 1, "busier")}), draws=100)
    assert differing(before, acts) == {checking.SPIKE}
    assert acts.draws[checking.SPIKE].mean() > before.draws[checking.SPIKE].mean()
    rare = prior_check(arrays, FULL, Priors({"cut_first": Prior("normal", 3, 1.5, "rarer")}), draws=100)
    assert not {name for name in differing(before, rare) if name.startswith("odds ratio")}
    assert (rare.draws[checking.ANY] <= before.draws[checking.ANY]).mean() > 0.9
    effect = prior_check(arrays, FULL, Priors({"effect": wide("effect", 2)}), draws=100)
    for term in FULL.free:
        name = f"odds ratio: {TERMS[term]}"
        np.testing.assert_allclose(np.log(effect.draws[name]), 2 * np.log(before.draws[name]))


@pytest.mark.parametrize("name", ["sigma", "effect", "era_spread"])
def test_wider_priors_of_the_risk_make_wider_spreads(name):
    arrays = random_design(12, periods=40)
    ratios = []
    for factor in (0.5, 1, 2, 4):
        check = prior_check(arrays, FULL, Priors({name: wide(name, factor)}), draws=300)
        ratios.append(np.quantile(check.draws[checking.TENSION], [0.5, 0.95]))
    assert (np.diff(ratios, axis=0) > 0).all()


def told(draws, observed, name=checking.ANY):
    return PriorCheck("any", Priors(), {name: np.asarray(draws, dtype=float)}, observed).warnings()


def test_surprise_is_told_outside_the_central_98_percent_and_not_inside():
    draws = np.linspace(0.2, 0.4, 1001)
    assert told(draws, {checking.ANY: 0.203}) == told(draws, {checking.ANY: 0.397}) == told(draws, {}) == []
    for observed in (0.201, 0.399):
        (line,) = told(draws, {checking.ANY: observed})
        assert line.startswith(f"The priors make the data surprising: {checking.ANY} was {observed}")
        assert "(0.202 to 0.398)" in line


def test_implausible_width_is_told_beyond_5_percent_and_not_at_it():
    for outside, lines in ((50, 0), (51, 1)):
        warned = told([0.99] * outside + [0.3] * (1000 - outside), {})
        assert len(warned) == lines
    assert "outside 0.001 to 0.95 in 5.1 %" in warned[0]
    (line,) = told([0.05, 30.0] * 50, {}, f"{checking.ODDS}honor denied")
    assert "odds ratio: honor denied lies outside 0.1 to 10 in 100.0 %" in line
    assert told([1e9], {}, checking.QUIET) == []


def test_narrow_prior_far_from_the_data_is_surprising_and_named():
    given = Priors({"cut_first": Prior("normal", 9, 0.1, "peace")})
    check = prior_check(small_panel(), BASELINE, given, draws=200)
    assert "Replaced priors: cut_first Normal(9, 0.1) (peace)." in str(check)
    assert any(line.startswith(f"The priors make the data surprising: {checking.ANY}") for line in check.warnings())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("factor", [1e2, 1e4, 1e8])
@pytest.mark.parametrize("hypothesis", ["honor-plus-injury", "gated"])
def test_no_prior_is_refused_however_wide(factor, hypothesis):
    given = Priors({name: wide(name, factor) for name in REPLACEABLE})
    check = prior_check(random_design(13), HYPOTHESES[hypothesis], given, draws=200)
    assert not check.frame().drop(columns="observed").isna().any(axis=None)
    assert sum("implausible" in line for line in check.warnings()) >= len(HYPOTHESES[hypothesis].free)
    assert len(prior_table(given)) == len(DEFAULTS)


# the commands


def test_page_is_written_whole_and_alone(tmp_path):
    cli.prior_page(tmp_path / "priors.md")
    assert [p.name for p in tmp_path.iterdir()] == ["priors.md"]
    assert (tmp_path / "priors.md").read_text(encoding="utf-8") == page()


def test_prior_check_command_prints_table_and_sentences(tiny, tmp_path, capsys):
    path = written(tmp_path, "[effect]\nscale = 50")
    cli.prior_check(str(tiny), path, "gated")
    out = capsys.readouterr().out
    assert "Prior predictive under gated, 1000 draws." in out
    assert "Replaced priors: effect Normal(0, 50) (mine.toml)." in out
    assert "odds ratio: honor denied, gated by threat lies outside 0.1 to 10" in out


def test_prior_check_of_an_unknown_hypothesis(tiny):
    with pytest.raises(InputError, match="--hypothesis: 'astrology': must be one of baseline"):
        cli.prior_check(str(tiny), None, "astrology")


@pytest.mark.parametrize("command", [cli.report, cli.verdict, lambda s, _, p: cli.prior_check(s, p, "gated")])
def test_bad_priors_stop_a_command_before_it_starts(tiny, tmp_path, command):
    with pytest.raises(InputError, match=r"column sigma\.scale"):
        command(str(tiny), tmp_path / "out", written(tmp_path, "[sigma]\nscale = -1"))
    assert not (tmp_path / "out").exists()
