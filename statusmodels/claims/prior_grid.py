"""The verdict over a grid of priors for what decides it, each cell a refit.

Four scales are multiplied: that of the normal prior of the effects, that of the products with threat apart, that of sigma, and those
of all spreads of base rates and effects. Effects and products are crossed, because they compete to explain the same outcomes; the
other two are varied alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from statusmodels.claims.refit import judged, refit
from statusmodels.claims.verdict import Rule
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.criticism.refit import QUICK
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, TERMS, Hypothesis
from statusmodels.models.priors import REPLACEABLE, Priors

FACTORS = (0.5, 1.0, 2.0, 4.0)
SCALES = ("effects", "products", "sigma", "spreads")
PRODUCTS = ("honor_x_threat", "authority_x_threat")
SPREADS = tuple(name for name in REPLACEABLE if name.endswith(("base_spread", "effect_spread", "era_spread")))


@dataclass(frozen=True)
class Rescaled(Hypothesis):
    """A hypothesis some of whose coefficients have a prior of another scale than the rest.

    Parameters
    ----------
    factor
        By term, what its coefficient is multiplied by after it is drawn from the prior of all; so its prior's scale is, too.

    Raises
    ------
    ValueError
        If a term varies by dyad, rivalry or era: their spreads would be multiplied with it.
    """

    factor: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        wrong = sorted(set(self.factor) - set(PRODUCTS))
        if wrong:
            raise ValueError(f"only the products can have a scale of their own, not {', '.join(wrong)}")

    def mask(self) -> npt.NDArray[np.float64]:
        """(10,) the factor of each free coefficient and 0 where it is held at zero, in the order of the terms."""
        return np.asarray(super().mask() * [self.factor.get(term, 1.0) for term in TERMS])


def cells(factors: Sequence[float] = FACTORS) -> list[dict[str, float]]:
    """The factors of each cell of the grid, the documented priors first.

    Examples
    --------
    >>> len(cells()), len(cells([1, 2]))
    (22, 6)
    >>> cells([1, 2])[:2]
    [{'effects': 1.0, 'products': 1.0, 'sigma': 1.0, 'spreads': 1.0}, {'effects': 1.0, 'products': 2.0, 'sigma': 1.0, 'spreads': 1.0}]
    """
    base = dict.fromkeys(SCALES, 1.0)
    crossed = [base | {"effects": float(a), "products": float(b)} for a, b in product(factors, factors)]
    alone = [base | {name: float(f)} for name in ("sigma", "spreads") for f in factors]
    every = [base, *crossed, *alone]
    return [cell for i, cell in enumerate(every) if cell not in every[:i]]


def rescaled(cell: Mapping[str, float], priors: Priors) -> tuple[Rescaled, Priors]:
    """Hypothesis and priors of a cell."""
    full = HYPOTHESES[ENCOMPASSING]
    # all coefficients share one prior, so the products' factor is over that of the effects
    own = dict.fromkeys(PRODUCTS, cell["products"] / cell["effects"])
    priors = priors.scaled("effect", cell["effects"]).scaled("sigma", cell["sigma"])
    for name in SPREADS:
        priors = priors.scaled(name, cell["spreads"])
    return Rescaled(full.name, full.free, full.says, own), priors


def prior_grid(
    design: Design,
    place: Place,
    seed: int = 20260101,
    priors: Priors | None = None,
    factors: Sequence[float] = FACTORS,
    sampler: Sampler = QUICK,
    rule: Rule | None = None,
    serious: int = SERIOUS,
) -> pd.DataFrame:
    """The verdict under the encompassing hypothesis in every cell of the grid.

    Parameters
    ----------
    design
        Arrays of the panel.
    place
        Where refits are stored and run.
    seed
        Seed of the first cell; each has one of its own.
    priors
        Those to start from; the documented ones if None.
    factors
        What scales are multiplied by; see :func:`cells`.
    sampler
        Settings. :data:`~statusmodels.criticism.refit.QUICK` is good for probabilities to about 0.03, so a cell that flips by less
        than that may do so by chance; ``margin`` tells.
    rule, serious
        As in :func:`~statusmodels.claims.refit.judged`.

    Returns
    -------
    DataFrame
        One row a cell, that of the priors to start from first: the factors ``effects, products, sigma, spreads``; the record of
        :func:`~statusmodels.claims.refit.judged`; ``flips``, whether the word differs from the first row's; ``margin``, by how much
        the probability nearest to its threshold is away from it; and how the sampling went.
    """
    rule = rule or Rule()
    grid = cells(factors)
    shared = {"design": design, "priors": priors or Priors(), "sampler": sampler, "rule": rule, "serious": serious}
    pieces = [{**cell, "seed": seed + i} for i, cell in enumerate(grid)]
    found = run(in_cell, shared, pieces, place)
    table = pd.DataFrame([{**cell, **one} for cell, one in zip(grid, found, strict=True)])
    table["flips"] = table["word"] != table["word"].iloc[0]
    pattern, mechanism = rule.pattern_probability, rule.mechanism_probability
    away = [
        *((table[name] - pattern).abs() for name in ("p_e1_zero", "p_e1_more", "p_e2_more")),
        (1 - table["p_e2_more"] - pattern).abs(),
        (table["p_amplified"] - mechanism).abs(),
    ]
    table["margin"] = pd.concat(away, axis=1).min(axis=1)
    return table


def in_cell(shared: dict[str, Any], piece: Piece) -> Result:
    """The verdict in one cell: the work of a piece."""
    design = shared["design"]
    hypothesis, priors = rescaled(piece, shared["priors"])
    drawn, told = refit(design, piece["seed"], hypothesis, priors, shared["sampler"], shared["serious"])
    return {**judged(drawn, design, shared["rule"], shared["serious"]), **told}
