"""The sampler, stored fits, the diagnostics gate and leave-one-out."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from small import random_design

from statusmodels.criticism.loo import compare, loo
from statusmodels.inference import storage
from statusmodels.inference.diagnostics import gate, varying
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.models.priors import Prior, Priors
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import Sizes, truth

pytestmark = pytest.mark.sampling

MODEST = Sampler(draws=300, tune=300, chains=2, seed=1)
TINY = Sampler(draws=8, tune=15, chains=1, seed=1)
INJURY = HYPOTHESES["injury-alone"]


@pytest.fixture(scope="module")
def simulated():
    """Two dyads, 120 months, a strong effect of threats and none of anything else."""
    rng = np.random.default_rng(2)
    # about the mean of the history that so many acts make, so that it is centred as that of a panel is
    design = replace(random_design(1, periods=120), history_mean=np.full(2, 2.4))
    design.threat[:] *= 0.5
    strong = Sizes(honor=0, authority=0, threat=1.5, product=0, gate=0)
    level, extra, _ = replicate(truth(design, "injury-alone", rng, strong), design, rng)
    return design.with_outcomes(level[0], extra[0])


@pytest.fixture(scope="module")
def fit(simulated):
    return sample(simulated, INJURY, sampler=MODEST)


@pytest.fixture
def tiny_design():
    return random_design(3, periods=6)


def test_same_seed_same_draws(simulated, fit):
    again = sample(simulated, INJURY, sampler=MODEST)
    for group in ("posterior", "sample_stats"):
        for name, values in fit[group].dataset.items():
            np.testing.assert_array_equal(values.to_numpy(), again[group][name].to_numpy(), err_msg=str(name))


def test_another_seed_gives_other_draws(tiny_design):
    one, two = (sample(tiny_design, INJURY, sampler=replace(TINY, seed=s)) for s in (1, 2))
    assert (one["posterior"]["sigma"].to_numpy() != two["posterior"]["sigma"].to_numpy()).all()


def test_chains_agree(fit):
    import arviz as az

    rhat = az.rhat(varying(fit["posterior"].dataset))
    worst = {name: float(v.max()) for name, v in rhat.items() if float(v.max()) >= 1.05}
    assert not worst
    assert int(fit["sample_stats"]["diverging"].sum()) == 0


def test_strong_effect_is_recovered_and_held_ones_are_zero(fit):
    posterior = fit["posterior"]
    effect = posterior["effect"]
    # two dyads say much about the effect in them, and less about that in dyads like them
    assert float((posterior["dyad_effect"].sel(varying="threat").mean("dyad") > 0.2).mean()) > 0.99
    assert float((effect.sel(term="threat") > 0).mean()) > 0.95
    held = [t for t in TERMS if t not in INJURY.free]
    assert not effect.sel(term=held).any()


def test_shapes_and_marks_of_a_fit(simulated, fit):
    posterior = fit["posterior"]
    assert dict(posterior.sizes)["chain"] == 2
    assert posterior["u"].shape == (2, 300, *simulated.shape)
    assert fit.attrs["hypothesis"] == "injury-alone"
    assert (np.diff(posterior["cutpoint"].to_numpy(), axis=-1) > 0).all()
    assert np.isfinite(posterior["u"]).all()


def test_path_has_the_spread_that_sigma_says_where_nothing_is_observed():
    design = random_design(4, periods=8)
    design.weight[:] = 0
    design.level[:] = 0
    design.extra[:] = 0
    prior = Priors({"sigma": Prior("halfnormal", 0, 0.5, "t")})
    posterior = sample(design, HYPOTHESES["baseline"], prior, replace(MODEST, draws=1500))["posterior"]
    scaled = (posterior["u"] / posterior["sigma"]).to_numpy()
    assert scaled.std() == pytest.approx(1, abs=0.06)
    assert float(posterior["sigma"].mean()) == pytest.approx(0.5 * np.sqrt(2 / np.pi), abs=0.05)
    assert float(posterior["rho"].mean()) == pytest.approx(4 / 6, abs=0.03)
    assert float(posterior["cutpoint"].isel(at_least=0).median()) == pytest.approx(1.5, abs=0.25)


def test_stored_fit_comes_back_as_it_was(fit, tmp_path):
    path = tmp_path / "deep" / "fit.nc"
    tree = fit.copy(deep=True)
    tree.attrs["key"] = "right"
    storage.write(tree, path)
    back = storage.read(path, "right")
    assert back is not None
    for group in ("posterior", "sample_stats"):
        for name, values in tree[group].dataset.items():
            np.testing.assert_array_equal(values.to_numpy(), back[group][name].to_numpy(), err_msg=str(name))
    assert back.attrs["sampler"] == tree.attrs["sampler"]
    assert [p.name for p in path.parent.iterdir()] == ["fit.nc"]
    assert storage.read(path, "wrong") is None


def test_missing_or_damaged_store_is_no_fit(fit, tmp_path):
    path = tmp_path / "fit.nc"
    assert storage.read(path, "key") is None
    tree = fit.copy(deep=True)
    storage.write(tree, path)
    assert storage.read(path, "key") is None
    tree.attrs["key"] = "key"
    storage.write(tree, path)
    assert storage.read(path, "key") is not None
    whole = path.read_bytes()
    for share in (0.0, 0.001, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert storage.read(path, "key") is None, share
    path.write_bytes(b"not a fit at all")
    assert storage.read(path, "key") is None


def test_failed_write_leaves_the_old_fit_and_no_litter(fit, tmp_path, monkeypatch):
    path = tmp_path / "fit.nc"
    path.write_bytes(b"old")

    def broken(self, target, **_):
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(xr.DataTree, "to_netcdf", broken)
    with pytest.raises(OSError, match="disk full"):
        storage.write(fit, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_fit_all_reuses_what_is_stored_and_refits_what_has_changed(tiny_design, tmp_path):
    told = []

    def run(design=tiny_design, priors=None, sampler=TINY, names=("baseline", "gated")):
        told.clear()
        chosen = [HYPOTHESES[n] for n in names]
        fits = fit_all(design, chosen, priors, sampler, tmp_path, lambda *a: told.append(a))
        assert list(fits) == list(names)
        return fits

    first = run()
    assert told == [("baseline", False), ("gated", False)]
    again = run()
    assert told == [("baseline", True), ("gated", True)]
    for name in first:
        for group in ("posterior", "log_likelihood", "sample_stats"):
            for k, v in first[name][group].dataset.items():
                np.testing.assert_array_equal(v.to_numpy(), again[name][group][k].to_numpy())
    run(names=("gated",))
    assert told == [("gated", True)]
    run(priors=Priors({"sigma": Prior("halfnormal", 0, 0.3, "calm")}))
    assert told == [("baseline", False), ("gated", False)]
    run(sampler=replace(TINY, seed=99))
    assert told == [("baseline", False), ("gated", False)]
    run(sampler=replace(TINY, seed=99))
    assert told == [("baseline", True), ("gated", True)]
    other = tiny_design.with_outcomes(tiny_design.level, tiny_design.extra + (tiny_design.level > 0))
    run(design=other, sampler=replace(TINY, seed=99))
    assert told == [("baseline", False), ("gated", False)]


def test_fit_all_without_a_folder_stores_nothing(tiny_design, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = []
    fit_all(tiny_design, [HYPOTHESES["baseline"]], sampler=TINY, tell=lambda *a: told.append(a))
    assert told == [("baseline", False)]
    assert not list(tmp_path.iterdir())


def test_key_tells_every_input_apart(tiny_design):
    base = storage.fit_key(tiny_design, INJURY, Priors(), TINY)
    assert base == storage.fit_key(tiny_design, INJURY, Priors(), TINY)
    others = [
        storage.fit_key(tiny_design, HYPOTHESES["additive"], Priors(), TINY),
        storage.fit_key(tiny_design, INJURY, Priors().scaled("rho", 1.5), TINY),
        storage.fit_key(tiny_design, INJURY, Priors(), replace(TINY, target_accept=0.85)),
        storage.fit_key(replace(tiny_design, memory=tiny_design.memory + 1e-9), INJURY, Priors(), TINY),
        storage.fit_key(replace(tiny_design, keep=0.81), INJURY, Priors(), TINY),
    ]
    assert len({base, *others}) == 6


def fabricated(draws=1000, seed=5, **replaced):
    """A tree whose draws are independent: it must pass."""
    rng = np.random.default_rng(seed)
    shape = (4, draws)
    posterior = xr.Dataset(
        {
            "sigma": (("chain", "draw"), rng.standard_normal(shape)),
            "effect": (("chain", "draw", "term"), rng.standard_normal((*shape, 2)) * [1, 0]),
            "u": (("chain", "draw", "dyad", "period"), rng.standard_normal((*shape, 2, 3))),
        }
    )
    stats_ = xr.Dataset(
        {
            "diverging": (("chain", "draw"), np.zeros(shape, dtype=bool)),
            "energy": (("chain", "draw"), rng.standard_normal(shape)),
            "reached_max_treedepth": (("chain", "draw"), np.zeros(shape, dtype=bool)),
        }
    )
    for name, change in replaced.items():
        change((posterior if name in posterior else stats_)[name].to_numpy())
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats_})
    tree.attrs["hypothesis"] = "made"
    return tree


def failed(tree, pareto_k=None):
    told = gate(tree, pareto_k)
    assert told.passed == all(c.passed for c in told.checks)
    assert list(told.frame()["passed"]) == [c.passed for c in told.checks]
    return {c.name for c in told.checks if not c.passed}


def test_gate_lets_independent_draws_through():
    told = gate(fabricated(), np.zeros(50))
    assert [c.name for c in told.checks] == [
        "R-hat", "R-hat of the latent path", "bulk ESS", "tail ESS", "divergences", "E-BFMI",
        "share at maximal tree depth", "share of Pareto k > 0.7",
    ]  # fmt: skip
    assert told.passed
    assert failed(fabricated()) == set()


def shift(x):
    x[0] += 1.0


def one(x):
    x[0, 0] = True


def walk(x):
    x[:] = np.cumsum(x, axis=1)


def stuck(x):
    x[:] = np.arange(4).reshape(-1, *[1] * (x.ndim - 1))


def undefined(x):
    x[2, 5] = np.nan


@pytest.mark.parametrize(("name", "change", "expected"), [
    ("sigma", shift, {"R-hat"}),
    ("u", shift, {"R-hat of the latent path"}),
    ("diverging", one, {"divergences"}),
    ("reached_max_treedepth", one, {"share at maximal tree depth"}),
    ("energy", walk, {"E-BFMI"}),
    ("sigma", walk, {"R-hat", "bulk ESS", "tail ESS"}),
])  # fmt: skip
def test_gate_fails_what_is_wrong_and_says_where(name, change, expected):
    told = failed(fabricated(**{name: change}))
    assert expected <= told
    if name not in ("sigma", "u"):
        assert told == expected
    if name == "sigma":
        assert gate(fabricated(**{name: change})).checks[0].where == "sigma"


def test_gate_of_a_static_model_with_one_half_life_and_category():
    tree = fabricated()
    posterior = tree["posterior"].to_dataset()
    posterior["u"] = xr.zeros_like(posterior["u"])
    posterior = posterior.drop_vars("sigma")
    for name, dims in {
        "honor_memory": ["half_life"],
        "threat_memory": ["category", "half_life"],
        "threat_weight": ["category"],
    }.items():
        posterior[name] = (("chain", "draw", *dims), np.ones((4, 1000, *[1] * len(dims))))
    tree["posterior"] = xr.DataTree(posterior)
    assert failed(tree) == set()
    assert "R-hat of the latent path" not in [c.name for c in gate(tree).checks]


@pytest.mark.parametrize("change", [stuck, undefined])
@pytest.mark.parametrize("name", ["sigma", "u"])
def test_gate_does_not_pass_chains_that_do_not_move_or_are_undefined(name, change):
    assert failed(fabricated(**{name: change}))


def test_gate_looks_at_each_correlation_once():
    rng = np.random.default_rng(8)
    matrix = np.broadcast_to(np.eye(3), (2, 500, 3, 3)).copy()
    for i, j in ((1, 0), (2, 0), (2, 1)):
        matrix[..., i, j] = matrix[..., j, i] = rng.uniform(-1, 1, (2, 500))
    found = varying(xr.Dataset({"correlation": (("chain", "draw", "one", "another"), matrix)}))
    assert list(found) == ["correlation[1, 0]", "correlation[2, 0]", "correlation[2, 1]"]


def test_gate_fails_too_few_draws():
    assert {"bulk ESS", "tail ESS"} <= failed(fabricated(draws=60))


def test_gate_fails_a_real_fit_with_too_few_draws(simulated):
    short = sample(simulated, INJURY, sampler=Sampler(draws=50, tune=100, chains=2, seed=3))
    told = gate(short)
    assert not told.passed
    named = {c.name: c for c in told.checks}
    assert not named["bulk ESS"].passed
    assert named["bulk ESS"].value < 400
    assert "400" in named["bulk ESS"].limit


@pytest.mark.parametrize(("bad", "passes"), [(1, True), (2, False)])
def test_gate_allows_one_bad_pareto_k_in_a_hundred(bad, passes):
    k = np.zeros(100)
    k[:bad] = 0.71
    assert (failed(fabricated(), k) == set()) == passes


def test_gate_does_not_take_undefined_pareto_k_for_good():
    assert failed(fabricated(), np.full(100, np.nan)) == {"share of Pareto k > 0.7"}


def test_leave_one_out_is_finite_and_prefers_the_truth(simulated):
    fits = fit_all(simulated, [HYPOTHESES["baseline"], INJURY], sampler=replace(MODEST, draws=200))
    elpds = {name: loo(tree) for name, tree in fits.items()}
    for name, elpd in elpds.items():
        assert np.isfinite(elpd.elpd)
        assert np.isfinite(elpd.se)
        assert elpd.pareto_k.size == int(simulated.weight.sum())
        ll = fits[name]["log_likelihood"]["outcome"].to_numpy().astype(float)
        lppd = np.log(np.exp(ll).mean(axis=(0, 1))).sum()
        assert lppd - 60 < elpd.elpd < lppd
    table = compare(elpds)
    assert list(table.index) == ["injury-alone", "baseline"]
    assert table.loc["injury-alone", "elpd_diff"] == 0
    assert table["weight"].sum() == pytest.approx(1, abs=1e-6)
