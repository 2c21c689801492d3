"""Power-scaling sensitivity of the verdict's estimands to priors and likelihood.

One component of the posterior (the prior of one block, all priors together, or the likelihood) is raised to a power near one. How
much the posterior of an estimand then moves, in cumulative Jensen-Shannon distance per doubling of the power, is its sensitivity;
it is found by importance weights, without a refit. Sensitivity to a prior and to the likelihood together hints at a conflict of the
two, to a prior alone at a prior that outweighs a weak likelihood (Kallioinen, Paananen, Bürkner & Vehtari 2024, *Statistics and
Computing* 34:57).

The likelihood is that of the parameters, the latent path integrated out (:mod:`statusmodels.claims.integrated_likelihood`). Given
the path instead, its logarithm would mostly tell how large the path is (on the embedded monthly panel it correlates 0.95 with sigma
over the draws, with a standard deviation of 48 against 5), and its scaling would mostly scale sigma. Of the hierarchy only the top is
scaled, as the paper advises: sigma, rho and the spreads, not the path and the groups' deviations that they govern.

A finite number of draws makes any sensitivity positive, more so the more parameters a component has. ``noise`` tells how much:
the 95 % quantile of the sensitivity when the estimand's draws are shuffled, so that they have nothing to do with the weights. A
sensitivity above the threshold but not above its noise is diagnosed as "too few draws to tell".
"""

from __future__ import annotations

from collections.abc import Mapping

import arviz as az
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.claims.estimands import ESTIMANDS, Estimands, estimands
from statusmodels.claims.integrated_likelihood import integrated_log_likelihood
from statusmodels.claims.log_prior import log_prior, made_with
from statusmodels.claims.verdict import Rule, base_rate, judge
from statusmodels.criticism.importance import smoothed
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.inference.sampling import thinned
from statusmodels.models.design import Design

Array = npt.NDArray[np.float64]
PROBABILITY = {"e1": "p_e1_zero", "e2": "p_e2_more", "e3_latent": "p_amplified"}
"""The verdict's probability that rests on each estimand."""
ALL, LIKELIHOOD = "all priors", "likelihood"
ALPHAS = (0.99, 1.01)
POWERS = {"weaker": 0.8, "stronger": 1.25}
THRESHOLD = 0.05
CONFLICT, STRONG, WEAK = "potential prior-data conflict", "potential strong prior / weak likelihood", "weak likelihood"
UNTOLD = "too few draws to tell"
SHUFFLES, QUANTILE = 50, 0.95
BATCH = 1000  # draws at a time


def power_scaling(
    tree: xr.DataTree,
    design: Design,
    rule: Rule | None = None,
    serious: int = SERIOUS,
    draws: int = 4000,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Sensitivity of E1, E2, E3 and E3 on the latent scale to each prior and to the likelihood.

    Parameters
    ----------
    tree
        A fit of the encompassing hypothesis. Its priors are read off its attributes.
    design
        Arrays of its panel.
    rule
        The documented thresholds if None.
    serious
        Lowest level that counts as serious.
    draws
        Draws to use, at most.
    seed
        Seed of the shuffles that tell the noise.

    Returns
    -------
    DataFrame
        One row a component and estimand. Components are the blocks of the prior table that the likelihood depends on, ``all priors``
        and ``likelihood``. ``sensitivity, noise, diagnosis`` as the module says; ``diagnosis`` is empty where there is nothing to
        say. ``mean``, and under the component's power of 0.8 and 1.25 ``mean_weaker, mean_stronger``; so ``probability``, the one of
        the verdict's probabilities that rests on the estimand (NaN for E3, on which none does). ``pareto_k`` is the larger of the two
        powers' diagnostics of importance weights: above 0.7 their means and probabilities are not to be trusted.
    """
    hypothesis, priors = made_with(tree)
    parameters = thinned(tree, draws)
    chains = tree["posterior"].sizes["chain"]
    components = {str(name): x.to_numpy() for name, x in log_prior(parameters, design, hypothesis, priors).items()}
    components[ALL] = np.sum(list(components.values()), axis=0)
    components[LIKELIHOOD] = integrated_log_likelihood(parameters, design)
    drawn = _estimands(parameters, design, serious)
    told = sensitivity({name: getattr(drawn, name) for name in ESTIMANDS}, components, chains, seed)
    rate = base_rate(design, serious)
    rows = []
    for component, density in components.items():
        scaled = {name: smoothed((power - 1) * density) for name, power in POWERS.items()}
        weights = {"": None, **{f"_{name}": w for name, (w, _) in scaled.items()}}
        verdicts = {name: judge(drawn, rate, rule, w) for name, w in weights.items()}
        for name in ESTIMANDS:
            x = getattr(drawn, name)
            rows.append(
                {"component": component, "estimand": name, "pareto_k": max(k for _, k in scaled.values())}
                | {f"mean{suffix}": np.average(x, weights=w) for suffix, w in weights.items()}
                | {
                    f"probability{suffix}": getattr(v, PROBABILITY[name]) if name in PROBABILITY else np.nan
                    for suffix, v in verdicts.items()
                }
            )
    return told.merge(pd.DataFrame(rows), on=["component", "estimand"], validate="one_to_one")


def sensitivity(
    quantities: Mapping[str, Array], components: Mapping[str, Array], chains: int, seed: int
) -> pd.DataFrame:
    """Power-scaling sensitivity of quantities to components of the posterior.

    Parameters
    ----------
    quantities
        (S,) posterior draws of each, chain after chain.
    components
        (S,) logarithm of each component of the posterior density, one of them named :data:`LIKELIHOOD`.
    chains
        Number of chains.
    seed
        Seed of the shuffles.

    Returns
    -------
    DataFrame
        Columns ``component, estimand, sensitivity, noise, diagnosis``.
    """
    rng = np.random.default_rng(seed)
    grid = (chains, -1)
    size = len(next(iter(quantities.values())))
    orders = [np.arange(size), *(rng.permutation(size) for _ in range(SHUFFLES))]
    # the first of a quantity's orders is its own
    ordered = {
        name: np.stack([np.asarray(x)[order].reshape(grid) for order in orders], axis=-1)
        for name, x in quantities.items()
    }
    data = az.from_dict(
        {
            "posterior": ordered,
            # arviz scales whatever stands in this group
            "log_prior": {name: np.asarray(x).reshape(grid) for name, x in components.items()},
        }
    )
    rows = []
    for component in components:
        found = az.psense(data, group="prior", group_var_names=[component], alphas=ALPHAS)
        for name in quantities:
            own, *shuffled = found[name].to_numpy()
            rows.append((component, name, float(own), float(np.quantile(shuffled, QUANTILE))))
    table = pd.DataFrame(rows, columns=["component", "estimand", "sensitivity", "noise"])
    likelihood = table["component"] == LIKELIHOOD
    high = table["sensitivity"] >= THRESHOLD
    informed = table["estimand"].map(dict(zip(table["estimand"][likelihood], high[likelihood], strict=True)))
    table["diagnosis"] = np.select(
        [
            high & (table["sensitivity"] <= table["noise"]),
            high & ~likelihood & informed,
            high & ~likelihood,
            ~high & likelihood,
        ],
        [UNTOLD, CONFLICT, STRONG, WEAK],
        "",
    )
    return table


def _estimands(parameters: xr.Dataset, design: Design, serious: int) -> Estimands:
    """Estimands, some draws at a time to keep their intermediate arrays small."""
    parts = [
        estimands(parameters.isel(sample=slice(first, first + BATCH)), design, serious)
        for first in range(0, parameters.sizes["sample"], BATCH)
    ]
    own = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ESTIMANDS}
    return Estimands(
        **own, corner={key: np.concatenate([part.corner[key] for part in parts]) for key in parts[0].corner}
    )
