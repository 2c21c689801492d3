"""Stacking weights and how sure they are."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]


def stacked(pointwise: Array, weight: Array) -> Array:
    """Weights (H,) on the simplex that maximise the weighted log score of the mixture of H predictive densities.

    Parameters
    ----------
    pointwise : (N, H) log predictive densities.
    weight : (N,) weights of the points, not negative.

    Examples
    --------
    >>> stacked(np.log([[0.9, 0.1], [0.9, 0.2]]), np.ones(2)).round(3)
    array([1., 0.])
    """
    used = weight > 0
    share = weight[used] / weight.sum()
    density = np.exp(pointwise[used] - pointwise[used].max(axis=1, keepdims=True))

    def negative(w: Array) -> tuple[float, Array]:
        mixture = density @ w
        return -float(share @ np.log(mixture)), -(share / mixture) @ density

    h = density.shape[1]
    found = minimize(
        negative,
        np.full(h, 1.0 / h),
        jac=True,
        method="SLSQP",
        bounds=[(1e-12, 1.0)] * h,  # above zero, so that a mixture is never nothing
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": np.ones_like},
        options={"ftol": 1e-9, "maxiter": 200},
    )
    w = np.maximum(found.x, 0.0)
    return np.asarray(w / w.sum())


def stacking_weights(
    pointwise: pd.DataFrame | Array,
    blocks: Sequence[Hashable] | npt.NDArray[np.generic],
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Stacking weights with the uncertainty of a Bayesian bootstrap over blocks.

    Each draw gives the blocks weights from a flat Dirichlet distribution and stacks anew (Yao et al. 2018, *Bayesian Analysis*
    13:917, who bootstrap points; here blocks, such as years, because neighbouring periods are alike). Hypotheses that predict alike
    share their weight in any way, and their intervals show it.

    Parameters
    ----------
    pointwise
        (N, H) log predictive densities; a DataFrame names the hypotheses in its columns.
    blocks
        (N,) label of each point's block.
    draws
        Number of bootstrap draws.
    seed
        Of the bootstrap.

    Returns
    -------
    DataFrame indexed by hypothesis
        ``weight`` (of all points alike), and over the bootstrap ``mean, 5%, 95%``.

    Raises
    ------
    ValueError
        If blocks and points differ in number, there are fewer than two blocks, or a density is not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"good": np.log([0.5, 0.6, 0.4]), "bad": np.log([0.1, 0.2, 0.1])})
    >>> stacking_weights(table, [1990, 1991, 1992], draws=20)["mean"].round(2).to_dict()
    {'good': 1.0, 'bad': 0.0}
    """
    table = pd.DataFrame(pointwise)
    values = table.to_numpy(dtype=float)
    labels = np.asarray(blocks)
    if labels.shape != values.shape[:1]:
        raise ValueError(f"there are {len(values)} points and {labels.size} labels of blocks")
    if not np.isfinite(values).all():
        raise ValueError("log predictive densities must be finite")
    _, block = np.unique(labels, return_inverse=True)
    if block.max() < 1:
        raise ValueError("a bootstrap over blocks needs two of them")
    given = np.random.default_rng(seed).dirichlet(np.ones(block.max() + 1), size=draws)
    drawn = np.array([stacked(values, w[block]) for w in given])
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    found = {"weight": stacked(values, np.ones(len(values))), "mean": drawn.mean(axis=0), "5%": low, "95%": high}
    return pd.DataFrame(found, index=pd.Index(table.columns, name="hypothesis"))
