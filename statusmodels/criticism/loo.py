"""Leave-one-out prediction by Pareto-smoothed importance sampling (PSIS-LOO), and stacking weights."""

from __future__ import annotations

import warnings

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr


def loo(tree: xr.DataTree) -> az.ELPDData:
    """PSIS-LOO of a fit (Vehtari, Gelman & Gabry 2017, *Statistics and Computing* 27:1413).

    Each modelled dyad-period is left out in turn, from the integrated likelihood of
    :mod:`statusmodels.inference.likelihood` that the fit carries.

    Parameters
    ----------
    tree
        A fit, as returned by :func:`statusmodels.inference.fitting.fit_all`.

    Returns
    -------
    arviz.ELPDData
        With ``elpd``, ``se`` and pointwise ``pareto_k``.
    """
    likelihood = tree["log_likelihood"]["outcome"]
    some = tree["posterior"]["history"].to_numpy()  # in every model; tells how far the draws depend on each other
    # the draws the likelihood was computed at, so that their autocorrelation is judged and not that of neighbours
    keep = np.linspace(0, some.shape[1] - 1, likelihood.sizes["draw"]).astype(int)
    data = az.from_dict(
        {
            "posterior": {"history": some[:, keep]},
            "log_likelihood": {"outcome": likelihood.to_numpy()},
        }
    )
    with warnings.catch_warnings():  # high Pareto k is the gate's business, and reported there
        warnings.simplefilter("ignore", UserWarning)
        return az.loo(data, pointwise=True)


def compare(elpds: dict[str, az.ELPDData]) -> pd.DataFrame:
    """Expected log predictive densities side by side, with stacking weights (Yao et al. 2018).

    Returns
    -------
    DataFrame indexed by hypothesis, best first
        Columns ``elpd, se, elpd_diff, dse, weight``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        table = az.compare(elpds, method="stacking", round_to="none")
    table = table[["elpd", "se", "elpd_diff", "dse", "weight"]].astype(float)
    table.index.name = "hypothesis"
    return table
