"""Sampling the posterior of a hypothesis with nutpie."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.inference.native import nutpie_model
from statusmodels.inference.pilot import pilot
from statusmodels.models import kernel
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.parameters import BLOCKS, constrain, linear_predictor, sizes, starts
from statusmodels.models.priors import Priors

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sampler:
    """Settings of the sampler. The defaults give about 1,000 effective draws of the decisive quantities."""

    draws: int = 1100
    tune: int = 500
    chains: int = 4
    target_accept: float = 0.92
    seed: int = 20260101

    def harder(self) -> Sampler:
        """Twice the tuning and the draws, in smaller steps."""
        return replace(self, draws=2 * self.draws, tune=2 * self.tune, target_accept=max(self.target_accept, 0.97))


def _latent_path(x: Array, parameters: xr.Dataset, design: Design, whitening: tuple[Array, Array]) -> Array:
    """Latent path of each draw, (S, D, T)."""
    eta = linear_predictor(parameters, design)
    sigma, rho = parameters["sigma"].to_numpy(), parameters["rho"].to_numpy()
    z = x[:, starts(design)[-1] :].reshape(-1, *design.shape)
    return np.stack(
        [
            kernel.path_from_z(z[s], eta[s], sigma[s], rho[s], *whitening)
            for s in range(len(x))
        ]
    )  # fmt: skip


def kernel_arguments(
    design: Design, hypothesis: Hypothesis, priors: Priors, whitening: tuple[Array, Array] | None = None
) -> tuple[Any, ...]:
    """Arguments of :func:`~statusmodels.models.kernel.log_density` after the unconstrained vector.

    Parameters
    ----------
    design, hypothesis, priors
        What defines the model.
    whitening
        Curvature and working response (:func:`~statusmodels.inference.pilot.pilot`); zeros, the non-centred model, if None.
    """
    curvature, response = whitening or (np.zeros(design.shape), np.zeros(design.shape))
    return (
        starts(design),
        priors.array(),
        hypothesis.mask(),
        design.memory,
        design.threat,
        design.history,
        design.era,
        design.level,
        design.extra,
        design.weight,
        curvature,
        response,
    )


def sample(
    design: Design,
    hypothesis: Hypothesis,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    progress: Callable[[str], Any] | bool = False,
) -> xr.DataTree:
    """Sample the posterior of a hypothesis.

    Parameters
    ----------
    design
        Arrays of the panel.
    hypothesis
        Which coefficients are free.
    priors, sampler
        The documented defaults if None.
    progress
        True shows nutpie's progress bar.

    Returns
    -------
    DataTree
        ``posterior``: the named quantities of :func:`~statusmodels.models.parameters.constrain`, and the latent path ``u``
        (chain, draw, dyad, period) in single precision. ``sample_stats``: ``diverging, energy, tree_depth,
        reached_max_treedepth, n_steps, acceptance_rate``. Root attributes: hypothesis, priors and sampler as JSON.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.models.design import design
    >>> from statusmodels.models.hypothesis import HYPOTHESES
    >>> from statusmodels.panel.panel import build
    >>> d = design(build(load("us-russia"), period="year"))
    >>> tree = sample(d, HYPOTHESES["baseline"], sampler=Sampler(draws=50, tune=100, chains=2))
    >>> tree["posterior"].sizes["draw"]
    50
    """
    import nutpie

    priors, sampler = priors or Priors(), sampler or Sampler()
    whitening = pilot(design)
    size = sum(sizes(design).values())
    model = nutpie_model(
        size,
        kernel.pack(kernel_arguments(design, hypothesis, priors, whitening)),
        lambda seed: _initial_point(design, priors, np.random.default_rng(seed)),
    )
    raw = nutpie.sample(
        model,
        draws=sampler.draws,
        tune=sampler.tune,
        chains=sampler.chains,
        cores=min(sampler.chains, _cores()),
        seed=sampler.seed,
        target_accept=sampler.target_accept,
        save_warmup=False,
        progress_bar=bool(progress),
    )
    x = raw["posterior"]["x"].to_numpy()
    posterior = constrain(x, design, hypothesis.mask())
    flat = posterior.stack(sample=("chain", "draw"), create_index=False).transpose("sample", ...)
    u = _latent_path(x.reshape(-1, size), flat, design, whitening)
    posterior["u"] = (
        ("chain", "draw", "dyad", "period"),
        u.reshape(*x.shape[:2], *design.shape).astype("float32"),
    )
    stats = raw["sample_stats"].dataset
    kept = xr.Dataset(
        {
            name: (("chain", "draw"), stats[theirs].to_numpy())
            for name, theirs in {
                "diverging": "diverging",
                "energy": "energy",
                "tree_depth": "depth",
                "reached_max_treedepth": "maxdepth_reached",
                "n_steps": "n_steps",
                "acceptance_rate": "mean_tree_accept",
            }.items()
        }
    )
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": kept})
    tree.attrs.update(
        hypothesis=hypothesis.name,
        free=json.dumps(sorted(hypothesis.free)),
        priors=json.dumps({name: (p.family, p.a, p.b) for name, p in priors.table.items()}),
        sampler=json.dumps(asdict(sampler)),
    )
    return tree


def _initial_point(design: Design, priors: Priors, rng: np.random.Generator) -> Array:
    """A point near the middle of the priors: locations for real blocks, half the scale for positive ones."""
    parts = []
    for name, n in sizes(design).items():
        centre = 0.0
        if name != BLOCKS[-1]:
            prior = priors.table[name]
            centre = {"normal": prior.a, "halfnormal": float(np.log(0.5 * prior.b)), "beta": 0.5}[prior.family]
        parts.append(centre + rng.uniform(-0.3, 0.3, n))
    return np.concatenate(parts)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
