"""The prior table, its replacement from a file, and draws from it.

Statistical tests use a fixed seed; a right program under a new seed would fail one of them in 10,000.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from small import random_design

from statusmodels import cli
from statusmodels.claims.prior import prior_parameters
from statusmodels.errors import InputError
from statusmodels.events.catalogue import load
from statusmodels.inference.sampling import Sampler
from statusmodels.inference.storage import fit_key
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.parameters import constrain, drawn_from_prior, sizes, starts
from statusmodels.models.priors import DEFAULTS, FIXED, KEYS, REPLACEABLE, SIGNED, Prior, Priors, read_priors
from statusmodels.report.page import report_key
from statusmodels.report.priors import CONSEQUENCES, EXAMPLE, consequence, page, prior_table, weight_range

LEVEL = 1e-4
Z = stats.norm.ppf(0.975)
FULL = HYPOTHESES["honor-plus-injury"]


def changed(name):
    """The default prior of a block with all of its numbers changed."""
    p = DEFAULTS[name]
    a = p.a + 0.25 if "a" in KEYS[p.family].values() else p.a
    return Prior(p.family, a, p.b * 1.5, f'"{name}" is otherwise')


def block(arrays, x, name):
    at = dict(zip(sizes(arrays), starts(arrays)[:-1], strict=True))[name]
    return x[:, at : at + sizes(arrays)[name]]


def with_everything(levels):
    """A design with every block but those of the other kind of external series; ``levels`` 0 makes that continuous."""
    arrays = random_design(2, dyads=12, periods=2)
    return replace(
        arrays, outcomes=("level", "acts", "external"), external=np.zeros(arrays.shape), external_levels=levels
    )


CONTINUOUS, ORDINAL = with_everything(0), with_everything(3)


def having(name):
    """The designs that have a block."""
    return [arrays for arrays in (CONTINUOUS, ORDINAL) if sizes(arrays)[name]]


def written(tmp_path, text, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# the table


@pytest.mark.parametrize(
    ("prior", "text", "same"),
    [
        (Prior("normal", -0.3, 0.75, ""), "Normal(-0.3, 0.75)", stats.norm(-0.3, 0.75)),
        (Prior("halfnormal", 0, 0.25, ""), "HalfNormal(0.25)", stats.halfnorm(0, 0.25)),
        (Prior("beta", 4, 2, ""), "Beta(4, 2)", stats.beta(4, 2)),
        # each correlation of a 4 x 4 matrix (Lewandowski, Kurowicka & Joe 2009)
        (Prior("lkj", 0, 2, ""), "LKJ(2)", stats.beta(3, 3, -1, 2)),
    ],
)
def test_distribution_written_out_is_the_one_meant(prior, text, same):
    assert str(prior) == text
    p = np.linspace(0.01, 0.99, 9)
    np.testing.assert_allclose(prior.distribution.ppf(p), same.ppf(p))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("effect", np.exp(-0.35 * Z), np.exp(0.35 * Z)),
        ("effect_spread", None, np.exp(0.25 * Z)),
        ("era_effect_spread", None, np.exp(0.15 * Z)),
        ("threat_memory_spread", None, np.exp(0.5 * Z)),
        ("correlation", *stats.beta(3, 3, -1, 2).ppf([0.025, 0.975])),
        ("dyad_offset", -Z, Z),
        ("gate_location", 0.5 - 0.75 * Z, 0.5 + 0.75 * Z),
        ("gate_slope", 2 * np.log(9) / np.exp(1 + 0.5 * Z), 2 * np.log(9) / np.exp(1 - 0.5 * Z)),
        ("sigma", None, np.exp(2 * 0.5 * Z)),
        ("rho", *(np.log(2) / -np.log(stats.beta(4, 2).ppf([0.025, 0.975])))),
        ("cut_first", 100 * expit(-1.5 - 1.5 * Z), 100 * expit(-1.5 + 1.5 * Z)),
        ("cut_gap", np.exp(np.exp(-0.3 - 0.75 * Z)), np.exp(np.exp(-0.3 + 0.75 * Z))),
        ("act_intercept", np.exp(-1 - 0.75 * Z), np.exp(-1 + 0.75 * Z)),
        ("act_slope", None, np.exp(0.25 * Z)),
        ("act_dispersion", 1 + np.exp(-0.5 - 0.75 * Z), 1 + np.exp(-0.5 + 0.75 * Z)),
        ("external_slope", None, Z),
        ("external_cut_first", 100 * expit(-2 * Z), 100 * expit(2 * Z)),
    ],
)
def test_consequence_in_numbers(name, low, high):
    told = consequence(name, DEFAULTS[name])
    assert f"{high:.2g}" in told
    if low is not None:
        assert f"{low:.2g} " in told


def test_a_gate_as_told_opens_from_a_tenth_to_nine_tenths_over_that_width():
    slope = 2.7
    width = CONSEQUENCES["gate_slope"][0](np.log(slope))
    np.testing.assert_allclose(expit(slope * np.array([-0.5, 0.5]) * width), [0.1, 0.9])


def test_weight_range_of_two_is_exact_and_of_more_is_that_of_a_simulation():
    prior = Prior("normal", 0, 0.7, "")
    np.testing.assert_allclose(weight_range(prior, 2), expit(np.array([-Z, Z]) * 0.7 * np.sqrt(2)), rtol=5e-3)
    x = np.exp(np.random.default_rng(1).normal(0, 0.7, (400_000, 6)))
    simulated = np.quantile(x[:, 0] / x.sum(axis=1), [0.025, 0.975])
    np.testing.assert_allclose(weight_range(prior, 6), simulated, rtol=0.02)  # its own error is about 0.5 %


def test_weights_do_not_depend_on_the_location_of_their_logits():
    assert consequence("honor_memory", Prior("normal", 9, 1, "")) == consequence(
        "honor_memory", DEFAULTS["honor_memory"]
    )


def test_table_holds_every_prior_in_order_replacements_in_place():
    assert list(CONSEQUENCES) == list(DEFAULTS)
    frame = prior_table(Priors({"sigma": Prior("halfnormal", 0, 0.3, "a calmer rivalry")})).set_index("quantity")
    assert list(frame.index) == list(DEFAULTS)
    assert frame.loc["sigma", ["prior", "reason"]].tolist() == ["HalfNormal(0.3)", "a calmer rivalry"]
    assert frame.loc["sigma", "so that (95 %)"] != prior_table().set_index("quantity").loc["sigma", "so that (95 %)"]
    assert frame.drop(index="sigma").equals(prior_table().set_index("quantity").drop(index="sigma"))


def test_committed_page_is_the_generated_one():
    path = Path(__file__).parents[1] / "docs" / "priors.md"
    assert path.read_text(encoding="utf-8") == page(), "run: statusmodels priors --out docs/priors.md"


def test_the_example_on_the_page_can_be_read(tmp_path):
    replaced = read_priors(written(tmp_path, EXAMPLE)).replaced
    assert replaced == {
        "sigma": Prior("halfnormal", 0, 0.3, "a calmer rivalry"),
        "rho": Prior("beta", 8, 2, "mine.toml"),
    }


# from a file


def test_round_trip_of_every_replaceable_prior(tmp_path):
    wanted = {name: changed(name) for name in REPLACEABLE}
    lines = []
    for name, p in wanted.items():
        lines += [f"[{name}]", f"family = {json.dumps(p.family)}", f"reason = {json.dumps(p.reason)}"]
        lines += [f"{key} = {float(getattr(p, field))!r}" for key, field in KEYS[p.family].items()]
    priors = read_priors(written(tmp_path, "\n".join(lines)))
    assert dict(priors.replaced) == wanted
    assert set(priors.table) - set(wanted) == FIXED


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_replaces_nothing(tmp_path, text):
    assert read_priors(written(tmp_path, text)) == Priors()


def test_keys_left_out_keep_the_default_and_whole_numbers_are_numbers(tmp_path):
    priors = read_priors(str(written(tmp_path, "\ufeffcut_first.location = 2\n[rho]\nbeta = 3\n")))
    assert priors.table["cut_first"] == Prior("normal", 2, 1.5, "mine.toml")
    assert priors.table["rho"] == Prior("beta", 4, 3, "mine.toml")
    assert {n for n, p in priors.table.items() if p != DEFAULTS[n]} == {"cut_first", "rho"}


FAULTS = [
    (
        "[sigmo]\nscale = 1",
        "sigmo",
        None,
        f"no prior is called that; replaceable are {', '.join(REPLACEABLE)}",
    ),
    ("sigmo = 1", "sigmo", None, "no prior is called that"),
    (
        "[era_offset]\nscale = 2",
        "era_offset",
        None,
        "is fixed, it only sets the unit of era_spread and era_effect_spread; replace those",
    ),
    ("[correlation]\nscale = 1", "correlation.scale", "1", "lkj prior has shape, family, reason"),
    ("[correlation]\nshape = 0", "correlation.shape", "0", "must be above 0"),
    ("[sigma]\nlocation = 1", "sigma.location", "1", "no such key; a halfnormal prior has scale, family, reason"),
    ("[rho]\nscale = 1", "rho.scale", "1", "a beta prior has alpha, beta"),
    ("[sigma]\nscale = '0.3'", "sigma.scale", "0.3", "must be a number"),
    ("[sigma]\nscale = true", "sigma.scale", "True", "must be a number"),
    ("[effect]\nlocation = [0]", "effect.location", "[0]", "must be a number"),
    ("[effect]\nlocation = nan", "effect.location", "nan", "must be finite"),
    ("[effect]\nlocation = -inf", "effect.location", "-inf", "must be finite"),
    (f"[sigma]\nscale = 1{400 * '0'}", "sigma.scale", f"1{400 * '0'}", "must be finite"),
    ("[sigma]\nscale = 0", "sigma.scale", "0", "must be above 0"),
    ("[rho]\nalpha = -1.5", "rho.alpha", "-1.5", "must be above 0"),
    ("[effect]\nfamily = 'cauchy'", "effect.family", "cauchy", "must stay normal"),
    ("[effect]\nreason = 3", "effect.reason", "3", "must be text"),
    ("sigma = 0.3", "sigma", "0.3", "must be a table: a line [sigma] and under it scale"),
    ("[[sigma]]\nscale = 0.3", "sigma", "[{'scale': 0.3}]", "must be a table"),
]


@pytest.mark.parametrize(("text", "column", "value", "mend"), FAULTS)
def test_every_fault_is_named(tmp_path, text, column, value, mend):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_priors(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.row, problem.column, problem.value) == (str(path), None, column, value)
    assert mend in problem.mend


def test_all_faults_at_once_in_order_of_the_file(tmp_path):
    text = "[sigma]\nscale = -1\nfamily = 'normal'\n[nothing]\n[rho]\nalpha = 'x'\nbeta = 2\n[dyad_offset]\n"
    with pytest.raises(InputError) as caught:
        read_priors(written(tmp_path, text))
    columns = [p.column for p in caught.value.problems]
    assert columns == ["sigma.scale", "sigma.family", "nothing", "rho.alpha", "dyad_offset"]


@pytest.mark.parametrize("name", sorted(FIXED))
def test_a_fixed_prior_names_those_to_replace_instead(tmp_path, name):
    with pytest.raises(InputError) as caught:
        read_priors(written(tmp_path, f"[{name}]"))
    (problem,) = caught.value.problems
    told = problem.mend.partition("unit of ")[2].partition(";")[0].split(" and ")
    assert told
    assert set(told) <= set(REPLACEABLE)


def test_every_spread_is_told_by_the_fixed_prior_whose_unit_it_is(tmp_path):
    told = ""
    for name in FIXED:
        with pytest.raises(InputError) as caught:
            read_priors(written(tmp_path, f"[{name}]"))
        told += str(caught.value)
    assert [name for name in SIGNED - {"sigma"} if name not in told] == []


def test_invalid_toml_names_its_line(tmp_path):
    with pytest.raises(InputError, match=r"mine\.toml: is not valid TOML.*line 2"):
        read_priors(written(tmp_path, "[sigma]\nscale = 0,3\n"))
    with pytest.raises(InputError, match="not valid TOML"):
        read_priors(written(tmp_path, "[sigma]\nscale = 1\n[sigma]\nscale = 2\n"))


def test_unreadable_files(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: cannot be read \(No such file"):
        read_priors(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_priors(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"# d\xe9but\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_priors(tmp_path / "latin.toml")


# what depends on them


def test_key_of_a_stored_fit_follows_the_numbers_and_not_the_reason():
    arrays = random_design(1)

    def key(priors):
        return fit_key(arrays, FULL, priors, Sampler())

    same = Priors({"sigma": Prior(*vars(DEFAULTS["sigma"]).values())})
    other_reason = Priors({"sigma": Prior("halfnormal", 0, 0.5, "another reason")})
    assert key(same) == key(other_reason) == key(Priors())
    keys = {key(Priors({name: changed(name)})) for name in REPLACEABLE}
    assert len(keys | {key(Priors())}) == len(REPLACEABLE) + 1


def test_key_of_a_report_follows_the_reason_too(tiny):
    catalogue = load(tiny)
    given = [Priors(), *(Priors({"sigma": Prior("halfnormal", 0, 0.5, r)}) for r in ("one reason", "another"))]
    assert len({report_key(catalogue, priors, Sampler()) for priors in given}) == 3


def test_report_and_verdict_hand_the_priors_on(tiny, tmp_path, monkeypatch):
    given = []

    def write_report(catalogue, folder, priors=None, tell=None):
        given.append(priors)
        folder.mkdir(exist_ok=True)
        (folder / "verdict.json").write_text('{"verdict": "undecided"}')
        return True

    class Stop(Exception):
        pass

    def analyse(catalogue, priors=None, tell=None):
        given.append(priors)
        raise Stop

    monkeypatch.setattr("statusmodels.report.page.write_report", write_report)
    monkeypatch.setattr("statusmodels.report.analysis.analyse", analyse)
    path = written(tmp_path, "[sigma]\nscale = 0.3")
    for priors in (path, None):
        cli.report(str(tiny), tmp_path / "out", priors)
        with pytest.raises(Stop):
            cli.verdict(str(tiny), None, priors)
    assert given == [read_priors(path)] * 2 + [None] * 2


# drawn from


@pytest.mark.parametrize("name", DEFAULTS)
def test_draws_follow_their_distributions(name):
    prior, level = DEFAULTS[name], LEVEL / (2 * len(DEFAULTS))
    assert having(name)
    for arrays in having(name):
        x = drawn_from_prior(arrays, Priors(), 1500, np.random.default_rng(3))
        assert x.shape == (1500, sum(sizes(arrays).values()))
        drawn = block(arrays, x, name)
        if name == "correlation":
            matrix = constrain(x, arrays, FULL.mask())["correlation"].to_numpy()
            for i, j in zip(*np.tril_indices(4, -1), strict=True):
                assert stats.kstest(matrix[:, i, j], prior.distribution.cdf).pvalue > level / 6
        elif name in SIGNED:
            assert stats.kstest(np.abs(drawn).ravel(), prior.distribution.cdf).pvalue > level / 2
            assert stats.binomtest(int((drawn > 0).sum()), drawn.size).pvalue > level / 2
        else:
            back = {"normal": lambda v: v, "halfnormal": np.exp, "beta": expit}[prior.family]
            assert stats.kstest(back(drawn).ravel(), prior.distribution.cdf).pvalue > level


def test_path_is_drawn_as_standard_normal_coordinates():
    arrays = random_design(2)
    x = drawn_from_prior(arrays, Priors(), 4000, np.random.default_rng(3))
    assert stats.kstest(block(arrays, x, "path").ravel(), stats.norm.cdf).pvalue > LEVEL


def test_columns_of_a_block_and_blocks_are_drawn_independently():
    arrays = random_design(2)
    x = drawn_from_prior(arrays, Priors(), 4000, np.random.default_rng(4))
    r = np.corrcoef(stats.rankdata(x, axis=0).T)[np.triu_indices(x.shape[1], 1)]
    assert np.abs(r).max() * np.sqrt(4000) < stats.norm.isf(LEVEL / 2 / len(r))


@pytest.mark.parametrize("name", REPLACEABLE)
def test_a_replaced_prior_changes_its_own_draws_alone(name):
    arrays = having(name)[0]
    before, after = (
        drawn_from_prior(arrays, priors, 50, np.random.default_rng(5))
        for priors in (Priors(), Priors({name: changed(name)}))
    )
    assert (block(arrays, before, name) != block(arrays, after, name)).all()
    for other in sizes(arrays):
        if other != name:
            np.testing.assert_array_equal(block(arrays, before, other), block(arrays, after, other))


def test_latent_path_is_stationary_with_the_drawn_sigma_and_rho():
    arrays = random_design(6, periods=6)
    given = Priors({"sigma": Prior("halfnormal", 0, 2, ""), "rho": Prior("beta", 800, 200, "about 0.8")})
    p = prior_parameters(arrays, FULL, given, 20000, np.random.default_rng(7))
    unit = (p["u"] / p["sigma"]).to_numpy()
    for t in (0, 5):
        assert stats.kstest(unit[:, :, t].ravel(), stats.norm.cdf).pvalue > LEVEL / 2
    r = np.corrcoef(unit[:, :, 2].ravel(), unit[:, :, 4].ravel())[0, 1]
    assert abs(np.arctanh(r) - np.arctanh(0.8**2)) * np.sqrt(40000) < 6  # rho varies a little: a wider margin than 3.9


def test_a_half_normal_has_no_location():
    with pytest.raises(ValueError, match="no location"):
        Priors({"sigma": Prior("halfnormal", 1.0, 0.3, "shifted")})
