"""Sampling the posterior of a hypothesis with nutpie."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.inference.native import nutpie_model
from statusmodels.inference.pilot import Pilot, kernel_arguments, pilot
from statusmodels.inference.provenance import fingerprint, versions
from statusmodels.models import kernel
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.parameters import constrain, linear_predictor, sizes, starts
from statusmodels.models.priors import Priors

Array = npt.NDArray[np.float64]
BATCH = 2_000_000  # dyad-periods by draws whose paths are computed at a time


@dataclass(frozen=True)
class Sampler:
    """Settings of the sampler.

    Under the defaults sigma mixes worst on the embedded panel; its effective draws are in the report's table of diagnostics.
    """

    draws: int = 1000
    tune: int = 500
    chains: int = 4
    target_accept: float = 0.9
    seed: int = 20260101

    def harder(self) -> Sampler:
        """Twice the tuning and the draws, in smaller steps."""
        return replace(self, draws=2 * self.draws, tune=2 * self.tune, target_accept=max(self.target_accept, 0.97))


def _latent_path(x: Array, parameters: xr.Dataset, design: Design, coordinates: Pilot) -> npt.NDArray[np.float32]:
    """Latent path of each draw, (S, D, T), a few draws at a time to keep its intermediate arrays small."""
    out = np.zeros((len(x), *design.shape), dtype=np.float32)
    if not design.path:
        return out
    sigma, rho = parameters["sigma"].to_numpy(), parameters["rho"].to_numpy()
    signed = dict(zip(sizes(design), starts(design), strict=False))["sigma"]
    step = max(1, BATCH // design.level.size)
    for first in range(0, len(x), step):
        part = slice(first, first + step)
        eta = linear_predictor(parameters.isel(sample=part), design)
        u = np.empty_like(eta)
        z = np.sign(x[part, signed, None, None]) * x[part, -design.level.size :].reshape(eta.shape)
        kernel.path_from_z(z, eta, sigma[part], rho[part], coordinates.curvature, coordinates.response, u)
        out[part] = u
    return out


def sample(
    design: Design,
    hypothesis: Hypothesis,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    progress: bool = False,
    cores: int | None = None,
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
    cores
        Chains that run at the same time; as many as there are processors if None. It does not change the draws.

    Returns
    -------
    DataTree
        ``posterior``: the named quantities of :func:`~statusmodels.models.parameters.constrain`, and the latent path ``u``
        (chain, draw, dyad, period) in single precision. ``sample_stats``: ``diverging, energy, tree_depth,
        reached_max_treedepth, n_steps, acceptance_rate``. Root attributes: hypothesis, priors,
        sampler and versions as JSON, and the hash of the design.

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
    priors, sampler = priors or Priors(), sampler or Sampler()
    coordinates = pilot(design, hypothesis, priors)
    model = nutpie_model(
        sum(sizes(design).values()),
        kernel.pack(kernel_arguments(design, hypothesis, priors, coordinates)),
        lambda seed: initial_point(design, coordinates, np.random.default_rng(seed)),
    )
    x, stats = run(model, sampler, progress, cores)
    posterior = named(x, design, hypothesis, coordinates)
    tree = xr.DataTree.from_dict({"posterior": with_path(posterior, x, design, coordinates), "sample_stats": stats})
    tree.attrs.update(attributes(design, hypothesis, priors, sampler))
    return tree


def thinned(tree: xr.DataTree, draws: int = 1000) -> xr.Dataset:
    """Draws of a fit with one leading dim ``sample``, at most ``draws`` of them, evenly spread over the chains."""
    posterior = tree["posterior"].dataset
    keep = np.linspace(0, posterior.sizes["draw"] - 1, max(1, draws // posterior.sizes["chain"])).astype(int)
    flat = posterior.isel(draw=np.unique(keep)).stack(sample=("chain", "draw"), create_index=False)
    return flat.transpose("sample", ...)


def run(model: Any, sampler: Sampler, progress: bool = False, cores: int | None = None) -> tuple[Array, xr.Dataset]:
    """Draws (chain, draw, P) of a model's coordinates, and the statistics of the sampler."""
    import nutpie

    raw = nutpie.sample(
        model,
        draws=sampler.draws,
        tune=sampler.tune,
        chains=sampler.chains,
        cores=min(sampler.chains, cores or _cores()),
        seed=sampler.seed,
        target_accept=sampler.target_accept,
        save_warmup=False,
        progress_bar=progress,
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
    return raw["posterior"]["x"].to_numpy(), kept


def named(x: Array, design: Design, hypothesis: Hypothesis, coordinates: Pilot) -> xr.Dataset:
    """The named quantities, all but the latent path, of draws (chain, draw, P) of the sampler's coordinates."""
    return constrain(coordinates.unconstrained(x, design, hypothesis), design, hypothesis.mask())


def with_path(posterior: xr.Dataset, x: Array, design: Design, coordinates: Pilot) -> xr.Dataset:
    """The same posterior with the latent path ``u`` of the coordinates ``x``."""
    flat = posterior.stack(sample=("chain", "draw"), create_index=False).transpose("sample", ...)
    u = _latent_path(x.reshape(-1, x.shape[-1]), flat, design, coordinates)
    return posterior.assign(u=(("chain", "draw", "dyad", "period"), u.reshape(*x.shape[:2], *design.shape)))


def attributes(design: Design, hypothesis: Hypothesis, priors: Priors, sampler: Sampler) -> dict[str, str]:
    """What a fit was made with."""
    return {
        "hypothesis": hypothesis.name,
        "free": json.dumps(sorted(hypothesis.free)),
        "design_sha256": fingerprint(design),
        "versions": json.dumps(versions()),
        "modelled": json.dumps({"outcomes": design.outcomes, "path": design.path}),
        "priors": json.dumps({name: (p.family, p.a, p.b) for name, p in priors.table.items()}),
        "sampler": json.dumps(asdict(sampler)),
    }


def initial_point(design: Design, coordinates: Pilot, rng: np.random.Generator) -> Array:
    """A point near the pilot's mode, and standard normal coordinates of groups and path."""
    return np.concatenate(
        [
            rng.standard_normal(n)
            if name == "path" or name.endswith("_offset")
            else centre + 0.2 * rng.standard_normal(n)
            for (name, n), centre in zip(
                sizes(design).items(), np.split(coordinates.centre, starts(design)[1:-1]), strict=True
            )
        ]
    )


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
