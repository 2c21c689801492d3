"""The fits of the recovery benchmark: panels and truths of each size, and one simulation and fit."""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from dataclasses import asdict, replace
from functools import cache

import arviz as az
import numpy as np
import xarray as xr
from synthetic import (
    CORRELATION,
    SEVERITY,
    SPREADS,
    THREAT_MEMORY,
    WEIGHTS,
    World,
    drawn,
    hierarchical,
    synthetic,
    with_values,
)

from statusmodels.events.catalogue import load
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.parameters import constrain, drawn_from_prior
from statusmodels.models.priors import Priors
from statusmodels.models.truth import Sizes, truth
from statusmodels.panel.panel import HALF_LIVES, build

HYPOTHESIS = HYPOTHESES[ENCOMPASSING]
PRIORS = Priors()
SAMPLERS = {
    "S": Sampler(draws=1000, tune=400, chains=2, target_accept=0.8),
    "M": Sampler(draws=2000, tune=500, chains=4, target_accept=0.8),
    "L": Sampler(draws=1500, tune=800, chains=2, target_accept=0.8),
    "half-life": Sampler(draws=400, tune=400, chains=2, target_accept=0.8),
}
SHAPE = {"M": (20, 120), "L": (500, 60)}  # rivalries and months
RUNS = {"M": 5, "L": 1}
INSIDE = 0.9  # probability of the intervals
DERIVED = ("u", "base", "era", "dyad_effect", "era_effect", "gate_location", "gate_slope")
"""Not structural, or not in the hypothesis."""

WORLD = World(
    rate=0.2,
    threat_share=0.5,
    level_share=(0.740, 0.100, 0.110, 0.035, 0.010, 0.005),  # near that of the embedded catalogue
    further_acts=0.3,
    eras=5,
    burn_in=36,
    unequal=True,
)
BIG = Sizes(honor=1.0, authority=1.0, threat=1.0, product=0.0, gate=0.0)
SMALL_PANEL, MIDDLE_PANEL, BY_CATEGORY = "2 x 576", "40 x 120", "by category"
CASES = [
    *((panel, f"{h:g}") for panel in (SMALL_PANEL, MIDDLE_PANEL) for h in HALF_LIVES),
    (MIDDLE_PANEL, BY_CATEGORY),
]
CATEGORY_HALF_LIFE = (0, 0, 1, 1, 2, 2)  # index of each category's half-life where they differ
REPEATS = 3  # of each case


@cache
def embedded() -> Design:
    """The design of the embedded catalogue."""
    return design(build(load("us-russia")))


@cache
def large(size: str) -> Design:
    """The design of M or L: the same signals in all replicates."""
    return synthetic(*SHAPE[size], seed=list(SHAPE).index(size), world=WORLD)


def one_half_life(panel: Design, half_life: str, rng: np.random.Generator) -> xr.Dataset:
    """A truth with big effects and every signal fading with one half-life, or each category of threat with its own."""
    out = truth(panel, "additive", rng, BIG)
    one = np.eye(len(panel.half_lives))
    categories = len(panel.categories)
    if half_life == BY_CATEGORY:
        threat, other = one[np.array(CATEGORY_HALF_LIFE[:categories])], one[1]
    else:
        other = one[list(panel.half_lives).index(float(half_life))]
        threat = np.tile(other, (categories, 1))
    return with_values(out, {"honor_memory": other, "authority_memory": other, "threat_memory": threat})


def structural(parameters: xr.Dataset) -> dict[str, np.ndarray]:
    """The structural quantities that the hypothesis leaves free, by name, with the leading dims of the draws."""
    out = {}
    lead = 2 if "chain" in parameters.dims else 1
    for name, values in parameters.drop_vars([n for n in DERIVED if n in parameters]).items():
        dims = values.dims[lead:]
        for index in np.ndindex(values.shape[lead:]):
            labels = [values[d].to_numpy()[i] for d, i in zip(dims, index, strict=True)]
            if name == "effect" and labels[0] not in HYPOTHESIS.free:
                continue
            if name == "correlation" and index[0] <= index[1]:
                continue
            told = ", ".join(x if isinstance(x, str) else f"{x:g}" for x in labels)
            out[f"{name}[{told}]" if dims else str(name)] = values.to_numpy()[(..., *index)]
    return out


def drawn_truth(panel: Design, rng: np.random.Generator) -> xr.Dataset:
    """A truth from the prior; its latent path is drawn with the outcomes."""
    return constrain(drawn_from_prior(panel, PRIORS, 1, rng), panel, HYPOTHESIS.mask())


def recover(parameters: xr.Dataset, panel: Design, sampler: Sampler, rng: np.random.Generator) -> dict:
    """Outcomes from the parameters, a fit to them, and what it says of each structural quantity."""
    fit = sample(drawn(panel, parameters, rng), HYPOTHESIS, PRIORS, sampler)
    posterior = fit["posterior"].dataset.drop_vars("u")
    steps = fit["sample_stats"]["n_steps"].to_numpy()
    divergences = int(fit["sample_stats"]["diverging"].sum())
    del fit
    found, true = structural(posterior), structural(parameters)
    rhat = az.rhat(xr.Dataset({name: (("chain", "draw"), x) for name, x in found.items()}))
    worst = max(found, key=lambda name: float(rhat[name]))
    tail = 0.5 * (1 - INSIDE)
    return {
        "quantities": {
            name: {
                "truth": float(f"{true[name][0]:.6g}"),
                "mean": float(f"{x.mean():.6g}"),
                "sd": float(f"{x.std():.6g}"),
                "low": float(f"{np.quantile(x, tail):.6g}"),
                "high": float(f"{np.quantile(x, 1 - tail):.6g}"),
            }
            for name, x in found.items()
        },
        "rhat": round(float(rhat[worst]), 4),
        "rhat_at": worst,
        "divergences": divergences,
        "gradients": int(steps.sum()),
        "weights": {
            name: posterior[name].mean(("chain", "draw")).to_numpy().round(4).tolist()
            for name in ("honor_memory", "authority_memory", "threat_memory")
        },
    }


def seed_of(size: str, run: int) -> int:
    """The seed of a run."""
    return 10_000 * (1 + list(SAMPLERS).index(size)) + run


def one(size: str, run: int) -> dict:
    """Simulate and fit once."""
    began, cpu = time.perf_counter(), time.process_time()
    seed = seed_of(size, run)
    rng = np.random.default_rng(seed)
    case = {}
    if size == "S":
        panel = embedded()
        parameters = drawn_truth(panel, rng)
    elif size in SHAPE:
        panel = large(size)
        parameters = hierarchical(panel, rng)
    else:
        where, half_life = CASES[run % len(CASES)]
        panel = embedded() if where == SMALL_PANEL else large("M")
        parameters = one_half_life(panel, half_life, rng)
        case = {"panel": where, "half_life": half_life}
    out = recover(parameters, panel, replace(SAMPLERS[size], seed=seed), rng)
    if size == "half-life":
        out["quantities"] = {}
    else:
        del out["weights"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "size": size,
        "run": run,
        **case,
        **out,
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mib": round(peak / (2**20 if sys.platform == "darwin" else 2**10)),
    }


def settings() -> str:
    """Hash of what these scripts fix: fits made under other settings are not gone on from."""
    truths = [SPREADS, CORRELATION.tolist(), WEIGHTS, THREAT_MEMORY, asdict(BIG), CASES, CATEGORY_HALF_LIFE]
    fixed = [{k: asdict(s) for k, s in SAMPLERS.items()}, SHAPE, asdict(WORLD), SEVERITY, truths]
    return hashlib.sha256(json.dumps(fixed).encode()).hexdigest()
