"""The diagnostics gate: no number is shown without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

MAX_RHAT = 1.01
MIN_ESS = 400.0
MIN_BFMI = 0.3
MAX_PARETO_K = 0.7
MAX_BAD_PARETO_SHARE = 0.01
DERIVED = ("u", "signals", "latent")
WEIGHTS = ("honor_memory", "authority_memory", "threat_memory", "threat_weight")


@dataclass(frozen=True)
class Check:
    """One line of the gate: what was measured, the limit, and whether it holds."""

    name: str
    value: float
    limit: str
    passed: bool
    where: str = ""


@dataclass(frozen=True)
class Gate:
    """The verdict on one fit's sampling."""

    hypothesis: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def frame(self) -> pd.DataFrame:
        """One row a check."""
        return pd.DataFrame(
            [
                {
                    "hypothesis": self.hypothesis,
                    "check": c.name,
                    "value": c.value,
                    "limit": c.limit,
                    "passed": c.passed,
                    "where": c.where,
                }
                for c in self.checks
            ]
        )


def _extreme(data: xr.Dataset, largest: bool) -> tuple[float, str]:
    """Most extreme value of a Dataset of diagnostics and the name of its quantity; NaN, which passes no limit, if any is."""
    values = {str(name): float(value) for name, value in data.items()}
    undefined = [name for name, value in values.items() if not np.isfinite(value)]
    if undefined or not values:
        return float("nan"), ", ".join(undefined)
    where = (max if largest else min)(values, key=lambda name: values[name])
    return values[where], where


def varying(posterior: xr.Dataset) -> xr.Dataset:
    """The sampled quantities one by one.

    Left out are coefficients held at exactly zero, weights that are alone, and all of a correlation matrix but its lower triangle.
    """
    kept: dict[str, Any] = {}
    alone = [n for n in WEIGHTS if n in posterior and posterior[n].shape[-1] == 1]
    for name, values in posterior.drop_vars([*(n for n in DERIVED if n in posterior), *alone]).items():
        for index in np.ndindex(values.shape[2:]):
            if name == "correlation" and index[0] <= index[1]:
                continue
            entry = values[(slice(None), slice(None), *index)]
            if not bool((entry == 0).all()):
                labels = [str(entry.coords[d].item()) for d in values.dims[2:] if d in entry.coords]
                label = f"[{', '.join(labels or map(str, index))}]" if index else ""
                kept[f"{name}{label}"] = (("chain", "draw"), entry.to_numpy())
    return xr.Dataset(kept)


def gate(tree: xr.DataTree, pareto_k: np.ndarray | None = None) -> Gate:
    """Hold a fit against the limits.

    R-hat and bulk and tail effective sample size (Vehtari et al. 2021, *Bayesian Analysis* 16:667) of every structural
    quantity and of every dyad's and era's effects; R-hat of the latent path's mean and size over all dyad-periods, if there is one (of
    single periods it is not looked at); divergences; E-BFMI; tree depth; Pareto k of the leave-one-out weights.

    Parameters
    ----------
    tree
        As returned by :func:`statusmodels.inference.sampling.sample`.
    pareto_k
        Pareto k of each modelled dyad-period, if computed. Up to 1 % of them may exceed 0.7.

    Returns
    -------
    Gate
    """
    posterior, stats = tree["posterior"].dataset, tree["sample_stats"].dataset
    quantities = varying(posterior)
    if "measurement" in tree.children:  # of a joint fit
        of_coders = varying(tree["measurement"].dataset)
        quantities = quantities.merge(of_coders.rename({name: f"measurement: {name}" for name in of_coders.data_vars}))
    rhat, rhat_at = _extreme(az.rhat(quantities), largest=True)
    bulk, bulk_at = _extreme(az.ess(quantities, method="bulk"), largest=False)
    tail, tail_at = _extreme(az.ess(quantities, method="tail"), largest=False)
    of_path = []
    if "sigma" in posterior:  # a static model has no path
        path = posterior["u"].to_numpy()
        summaries = xr.Dataset(
            {
                "mean of u": (("chain", "draw"), path.mean(axis=(2, 3))),
                "size of u": (("chain", "draw"), np.square(path).mean(axis=(2, 3))),
            }
        )
        path_rhat, path_at = _extreme(az.rhat(summaries), largest=True)
        of_path = [Check("R-hat of the latent path", path_rhat, f"<= {MAX_RHAT}", path_rhat <= MAX_RHAT, path_at)]
    energy = stats["energy"].to_numpy()
    bfmi = float((np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1)).min())
    divergences = int(stats["diverging"].sum())
    depth = float(stats["reached_max_treedepth"].mean())
    checks = [
        Check("R-hat", rhat, f"<= {MAX_RHAT}", rhat <= MAX_RHAT, rhat_at),
        *of_path,
        Check("bulk ESS", bulk, f">= {MIN_ESS:g}", bulk >= MIN_ESS, bulk_at),
        Check("tail ESS", tail, f">= {MIN_ESS:g}", tail >= MIN_ESS, tail_at),
        Check("divergences", divergences, "none", divergences == 0),
        Check("E-BFMI", bfmi, f">= {MIN_BFMI}", bfmi >= MIN_BFMI),
        Check("share at maximal tree depth", depth, "0", depth == 0),
    ]
    if pareto_k is not None:
        bad = float((~(pareto_k <= MAX_PARETO_K)).mean())  # an undefined k counts as bad
        limit = f"<= {MAX_BAD_PARETO_SHARE:g}"
        checks.append(Check("share of Pareto k > 0.7", bad, limit, bad <= MAX_BAD_PARETO_SHARE))
    return Gate(str(tree.attrs["hypothesis"]), tuple(checks))
