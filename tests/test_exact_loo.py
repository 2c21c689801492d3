"""Exact refits where importance weights fail, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from small import random_design

from statusmodels.criticism import exact_loo as module
from statusmodels.criticism.exact_loo import exact_where_needed, predict_point
from statusmodels.criticism.loo import compare, loo
from statusmodels.criticism.refit import told
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.models.hypothesis import HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors

pytestmark = pytest.mark.sampling

MODEST = Sampler(draws=500, tune=200, chains=2, target_accept=0.7, seed=1)
NAMES = ("baseline", "injury-alone")


@pytest.fixture(scope="module")
def arrays():
    return random_design(8, dyads=2, periods=16)


@pytest.fixture(scope="module")
def elpds(arrays):
    fits = fit_all(arrays, [HYPOTHESES[n] for n in NAMES], sampler=MODEST)
    return {name: loo(tree) for name, tree in fits.items()}


@pytest.fixture
def here(monkeypatch):
    """Work done in this process; the pieces are kept."""
    done = []

    def run(work, shared, pieces, *_):
        done.extend(pieces)
        return [work(shared, p) for p in pieces]

    monkeypatch.setattr(module, "run", run)
    return done


def test_nothing_is_refitted_where_all_is_well(arrays, elpds, tmp_path):
    found = exact_where_needed(elpds, arrays, Place(tmp_path), limit=10.0)
    assert not list(tmp_path.iterdir())
    for name in NAMES:
        assert found[name].elpd == pytest.approx(elpds[name].elpd)
        assert found[name].se == pytest.approx(elpds[name].se)
        assert found[name].p == elpds[name].p


def test_points_beyond_the_limit_are_replaced_and_totals_made_anew(arrays, elpds, tmp_path, here):
    k = elpds["baseline"].pareto_k.to_numpy()
    worst = np.argsort(k)[-3:]
    limit = float(np.sort(k)[-4])
    old = elpds["baseline"].elpd_i.to_numpy().copy()
    found = exact_where_needed({"baseline": elpds["baseline"]}, arrays, Place(tmp_path), sampler=MODEST, limit=limit)[
        "baseline"
    ]
    at = np.flatnonzero(arrays.modelled)
    assert sorted(p["at"] for p in here) == sorted(at[worst].tolist())
    new = found.elpd_i.to_numpy()
    changed = np.isin(np.arange(len(k)), worst)
    np.testing.assert_array_equal(new[~changed], old[~changed])
    # these weights do not fail, so the refits must say about what the weights say
    np.testing.assert_allclose(new[changed], old[changed], atol=0.15)
    assert (new[changed] != old[changed]).all()
    assert (found.pareto_k.to_numpy()[changed] == 0).all()
    assert found.elpd == pytest.approx(new.sum())
    assert found.se == pytest.approx(np.sqrt(len(new)) * new.std(ddof=1))
    assert found.elpd + found.p == pytest.approx(elpds["baseline"].elpd + elpds["baseline"].p)
    np.testing.assert_array_equal(elpds["baseline"].elpd_i.to_numpy(), old)  # what came in is as it was
    assert len(compare({"baseline": found, "injury-alone": elpds["injury-alone"]})) == 2


def test_an_undefined_k_is_too_high(arrays, elpds, tmp_path, here, monkeypatch):
    broken = replace(elpds["baseline"], pareto_k=elpds["baseline"].pareto_k.copy())
    broken.pareto_k.to_numpy()[4] = np.nan
    monkeypatch.setattr(module, "predict_point", lambda shared, piece: {"log_density": -1.25})
    found = exact_where_needed({"baseline": broken}, arrays, Place(tmp_path), limit=10.0)["baseline"]
    assert [p["at"] for p in here] == [np.flatnonzero(arrays.modelled)[4]]
    assert found.elpd_i.to_numpy()[4] == -1.25
    assert not found.warning


def test_a_refit_knows_nothing_of_its_point(arrays):
    point = int(np.flatnonzero(arrays.modelled)[7])
    d, t = np.unravel_index(point, arrays.shape)
    quick = replace(MODEST, draws=60, tune=60)
    densities = []
    for level in range(6):
        changed = arrays.level.copy(), np.zeros_like(arrays.extra)
        changed[0][d, t] = level
        one = replace(arrays, level=changed[0], extra=changed[1], outcomes=("level",))
        piece = {**told(HYPOTHESES["baseline"]), "at": point, "seed": 3}
        densities.append(predict_point({"design": one, "priors": Priors(), "sampler": quick}, piece)["log_density"])
    # the same draws each time, so the six probabilities are of one distribution
    assert np.exp(densities).sum() == pytest.approx(1, abs=1e-9)


def test_other_hypotheses_or_points_are_refused(arrays, elpds, tmp_path):
    with pytest.raises(ValueError, match="no hypothesis called 'baseline'"):
        exact_where_needed(elpds, arrays, Place(tmp_path), [Hypothesis("mine", {"threat"})])
    with pytest.raises(ValueError, match="30 points and the design 22"):
        exact_where_needed(elpds, random_design(8, dyads=2, periods=12), Place(tmp_path))
