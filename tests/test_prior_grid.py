"""Scales of priors in the cells of the grid, and the verdicts found in them."""

from itertools import product

import numpy as np
import pytest
from small import prior_draw, random_design
from test_kernel import NUDGED, assert_equal_densities, packed

from statusmodels.claims.prior_grid import PRODUCTS, SPREADS, Rescaled, cells, in_cell, prior_grid, rescaled
from statusmodels.claims.refit import judged, refit
from statusmodels.claims.verdict import Rule
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.models import kernel
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, TERMS
from statusmodels.models.parameters import constrain, drawn_from_prior
from statusmodels.models.priors import DEFAULTS, Priors

ONE = {"effects": 1.0, "products": 1.0, "sigma": 1.0, "spreads": 1.0}
SHORT = Sampler(draws=100, tune=100, chains=2, target_accept=0.6)


def test_grid_crosses_effects_and_products_and_varies_the_rest_alone():
    grid = cells()
    assert grid[0] == ONE
    assert len(grid) == 16 + 3 + 3
    assert len({tuple(c.values()) for c in grid}) == len(grid)
    crossed = {(c["effects"], c["products"]) for c in grid if c["sigma"] == c["spreads"] == 1}
    assert crossed == set(product((0.5, 1.0, 2.0, 4.0), repeat=2))
    assert sorted(c["sigma"] for c in grid if c["sigma"] != 1) == [0.5, 2.0, 4.0]
    assert all(c["effects"] == c["products"] == 1 for c in grid if c["sigma"] != 1 or c["spreads"] != 1)


def test_coefficients_and_spreads_drawn_from_a_cells_priors_have_its_scales():
    arrays = random_design(1, periods=4)
    cell = {"effects": 2.0, "products": 0.5, "sigma": 4.0, "spreads": 3.0}
    hypothesis, priors = rescaled(cell, Priors())
    draws = constrain(drawn_from_prior(arrays, priors, 40_000, np.random.default_rng(0)), arrays, hypothesis.mask())
    free = HYPOTHESES[ENCOMPASSING].free
    for term, effect in zip(TERMS, draws["effect"].to_numpy().T, strict=True):
        factor = (0.5 if term in PRODUCTS else 2.0) if term in free else 0.0
        assert effect.std() == pytest.approx(0.35 * factor, rel=0.02), term
    root = np.sqrt(1 - 2 / np.pi)  # standard deviation of a half-normal with scale 1
    assert draws["sigma"].to_numpy().std() == pytest.approx(0.5 * 4 * root, rel=0.02)
    assert draws["base_spread"].to_numpy().std() == pytest.approx(0.5 * 3 * root, rel=0.02)
    assert draws["era_effect_spread"].to_numpy().std() == pytest.approx(0.15 * 3 * root, rel=0.02)
    assert draws["threat_memory_spread"].to_numpy().std() == pytest.approx(0.5 * root, rel=0.02)
    changed = {name for name, p in priors.table.items() if p != DEFAULTS[name]}
    assert changed == {"effect", "sigma", *SPREADS}


def test_the_documented_priors_are_the_first_cell():
    hypothesis, priors = rescaled(ONE, Priors())
    np.testing.assert_array_equal(hypothesis.mask(), HYPOTHESES[ENCOMPASSING].mask())
    assert priors.table == DEFAULTS


def test_kernel_and_plain_model_agree_on_products_with_a_scale_of_their_own():
    hypothesis = Rescaled("both", TERMS, "", dict(zip(PRODUCTS, (2.0, 0.3), strict=True)))
    assert_equal_densities(random_design(1, periods=5), hypothesis, NUDGED, points=3, seed=2)


def test_a_wider_product_is_the_same_risk_with_a_smaller_coordinate():
    arrays = random_design(1, periods=5)
    plain = HYPOTHESES[ENCOMPASSING]
    wide = Rescaled(plain.name, plain.free, "", {"honor_x_threat": 4.0})
    x = prior_draw(arrays, np.random.default_rng(3))
    y, at = x.copy(), list(TERMS).index("honor_x_threat")
    y[at] /= 4
    difference = kernel.log_density(y, packed(arrays, wide, Priors()))[0]
    difference -= kernel.log_density(x, packed(arrays, plain, Priors()))[0]
    assert difference == pytest.approx(0.5 * (x[at] ** 2 - y[at] ** 2) / 0.35**2, rel=1e-8)


def test_an_effect_that_varies_has_no_scale_of_its_own():
    with pytest.raises(ValueError, match="not honor_denied"):
        Rescaled("wrong", TERMS, "", {"honor_denied": 2.0})


@pytest.mark.sampling
def test_table_holds_each_cells_own_refit_and_what_it_flips(tmp_path):
    arrays = random_design(1, periods=12)
    table = prior_grid(arrays, Place(tmp_path, workers=1), seed=5, factors=(1.0, 4.0), sampler=SHORT)
    assert len(table) == 6
    assert table.loc[0, ["effects", "products", "sigma", "spreads"]].to_list() == [1, 1, 1, 1]
    drawn, told = refit(arrays, 5, sampler=SHORT)
    plain = judged(drawn, arrays)
    for name, value in {**plain, **told}.items():
        assert table.loc[0, name] == value, name
    assert not table.loc[0, "flips"]
    np.testing.assert_array_equal(table["flips"], table["word"] != table.loc[0, "word"])
    # a wider prior of the products lets the double difference vary more
    wide = table[(table["effects"] == 1) & (table["products"] == 4)].iloc[0]
    assert wide["e3_latent_sd"] > 1.5 * table.loc[0, "e3_latent_sd"]
    nearest = min(
        abs(p - 0.9) for p in (plain["p_e1_zero"], plain["p_e1_more"], plain["p_e2_more"], 1 - plain["p_e2_more"])
    )
    assert table.loc[0, "margin"] == pytest.approx(min(nearest, abs(plain["p_amplified"] - 0.95)))


@pytest.mark.sampling
def test_a_piece_depends_on_its_seed_and_cell_only():
    arrays = random_design(1, periods=12)
    shared = {"design": arrays, "priors": Priors(), "sampler": SHORT, "rule": Rule(), "serious": 3}
    one, again, other = (in_cell(shared, {**ONE, "seed": seed}) for seed in (1, 1, 2))
    assert one == again
    assert one != other
