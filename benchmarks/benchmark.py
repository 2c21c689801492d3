"""How fast is it? Effective draws a second against Stan, brms and the plain PyMC model; seconds of all hypotheses and of a refit.

    python benchmarks/benchmark.py --out docs/results
    python benchmarks/benchmark.py dynamic-S seven

Steps: dynamic-S, dynamic-M (the dynamic model against benchmarks/crosscheck/dynamic.stan), seven (all hypotheses of the embedded
monthly panel), refit, large (1,000 dyads), static (against brms). Every fit runs in a fresh process of its own, on at most two
cores. "All in" is the life of that process until the posterior is there: Python, imports, pilot, sampling; "sampling" is the call of
``sample`` alone. Peers run between two of our runs, so that what else the machine does weighs on both. Without R, or R's packages,
what needs them is not measured. Finished measurements are kept beside the output, so that an interrupted run goes on where it
stopped; the page tells of all that are finished.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pickle
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

# what a fit does not need is imported where it is used: the time of imports is measured

HERE = Path(__file__).resolve().parent
ROOT, CROSSCHECK = HERE.parent, HERE / "crosscheck"
CORES = 2
STEPS = ("dynamic-S", "dynamic-M", "seven", "refit", "large", "static")
ENCOMPASSING = "honor-plus-injury"
LIKE_STAN = {"draws": 1000, "tune": 1000, "chains": 4, "target_accept": 0.8}  # 0.8 is Stan's own default
PLAN = {
    "dynamic-S": LIKE_STAN,
    "dynamic-M": {"rivalries": 20, "periods": 120, **LIKE_STAN, "draws": 500, "tune": 500},
    "seven": {},  # the package's own settings
    # Found on other simulated outcomes than those measured here. Every draw takes 15 gradients at target acceptances from 0.55 to
    # 0.8 (7, and then mixes badly, below 0.5), so that the larger steps are for free. At S the smallest ESS was a quarter of the
    # draws or more after 100 steps of tuning; in the monthly panel a tenth to a fifth after 150, and less after 100.
    "refit": {
        "S": {"draws": 900, "tune": 100, "chains": 2, "target_accept": 0.55},
        "monthly": {"draws": 2000, "tune": 150, "chains": 2, "target_accept": 0.6},
        "times": 5,
    },
    "large": {"rivalries": 500, "periods": 60, "draws": 200, "tune": 200, "chains": 2, "target_accept": 0.8},
    "gradient": {"rivalries": [50, 150, 500], "periods": 60},
    "static": LIKE_STAN,
}
FEW = {"draws": 20, "tune": 20, "chains": 2, "target_accept": 0.8}
TINY = {
    "dynamic-S": FEW,
    "dynamic-M": {"rivalries": 5, "periods": 30, **FEW},
    "seven": FEW,
    "refit": {"S": FEW, "monthly": FEW, "times": 2},
    "large": {"rivalries": 6, "periods": 24, **FEW},
    "gradient": {"rivalries": [2, 4, 8], "periods": 24},
    "static": FEW,
}
OF_STATIC = ("effect", "history", "cutpoint", "base_spread", "effect_spread", "era_spread", "era_effect_spread", "correlation")  # fmt: skip
BUSY = 0.25  # cores at work on other things, from which on a measurement counts as disturbed
SEED = 20260105
MIN_ESS = 400.0
MAX_EXPONENT = 1.1  # ten times the observations cost at most 12.6 times as much


# --- structural quantities and their effective sample size ---------------------------------------------------------------------


def structural(block: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Structural quantities of the dynamic model (chain, draw), those of ``structural`` in dynamic.R, from its blocks.

    Every sampled parameter but the offsets of groups and the latent path, coefficients that the hypothesis holds at zero among
    them; spreads without their sign; of correlations the entries of the Cholesky factor. Weights count as logits, positive
    parameters as logarithms or not (which does not matter to ranks, and so to the bulk effective sample size).

    Parameters
    ----------
    block : blocks of the unconstrained vector by name, each (chain, draw, n).
    """
    from statusmodels.models.parameters import correlation_factor
    from statusmodels.models.priors import SIGNED

    out = {}
    for name, x in block.items():
        if name == "path" or name.endswith("_offset"):
            continue
        if name == "correlation" and x.shape[-1]:
            sign = np.sign(np.concatenate([block["base_spread"], block["effect_spread"]], axis=-1))
            factor = sign[..., :, None] * correlation_factor(x) * sign[..., None, :]  # that of spreads without sign
            below = [(i, j) for i in range(1, factor.shape[-1]) for j in range(i + 1)]
            out |= {f"correlation_factor[{i + 1},{j + 1}]": factor[..., i, j] for i, j in below}
            continue
        values = np.abs(x) if name in SIGNED else x
        many = x.shape[-1] > 1
        out |= {f"{name}[{i + 1}]" if many else name: values[..., i] for i in range(x.shape[-1])}
    return out


def structural_of_static(posterior: Any) -> dict[str, np.ndarray]:
    """Structural quantities of the static model (chain, draw), those of ``structural`` in static.R."""
    out = {}
    for name in (name for name in OF_STATIC if name in posterior):
        values = posterior[name].to_numpy()
        for at in np.ndindex(values.shape[2:]):
            if name == "correlation" and at[0] <= at[1]:
                continue
            x = values[(slice(None), slice(None), *at)]
            if name == "correlation" or np.ptp(x) > 0:  # coefficients the hypothesis does not free are zero
                out[f"{name}[{','.join(str(i + 1) for i in at)}]" if at else name] = x
    return out


def smallest(quantities: dict[str, np.ndarray]) -> dict[str, Any]:
    """Smallest bulk effective sample size of quantities (chain, draw), of which, and the largest R-hat."""
    import arviz as az

    bulk = {name: float(az.ess(x, method="bulk")) for name, x in quantities.items()}
    worst = min(bulk, key=lambda name: bulk[name] if np.isfinite(bulk[name]) else -1.0)
    rhat = max(float(az.rhat(x)) for x in quantities.values())
    return {"ess": bulk[worst], "ess_of": worst, "rhat": rhat, "quantities": len(bulk)}


def rate(result: dict[str, Any], how: str) -> float:
    """Effective draws a second: ``how`` is ``sample`` or ``all_in``; not a number if its seconds are not known."""
    seconds = result[f"{how}_seconds"]
    return float(result["ess"] / seconds) if seconds else float("nan")


# --- what runs in a process of its own -----------------------------------------------------------------------------------------


@contextmanager
def watched() -> Iterator[dict[str, Any]]:
    """Notes what happens inside ``sample``: seconds of the pilot, and the unconstrained draws (chain, draw, P)."""
    from statusmodels.inference import sampling

    seen: dict[str, Any] = {}
    pilot, constrain = sampling.pilot, sampling.constrain

    def timed(*given: Any) -> Any:
        began = time.perf_counter()
        found = pilot(*given)
        seen["pilot_seconds"] = time.perf_counter() - began
        return found

    def kept(x: np.ndarray, *given: Any) -> Any:
        seen["x"] = x
        return constrain(x, *given)

    sampling.pilot, sampling.constrain = timed, kept
    try:
        yield seen
    finally:
        sampling.pilot, sampling.constrain = pilot, constrain


def sampled(arrays: Any, hypothesis: Any, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """One call of ``sample``: its seconds, when it ended, and a function that tells how well the chains mixed."""
    from statusmodels.inference.sampling import Sampler, sample
    from statusmodels.models.parameters import sizes, starts

    with watched() as seen:
        began = time.perf_counter()
        tree = sample(arrays, hypothesis, sampler=Sampler(**settings, seed=seed))
        seconds = time.perf_counter() - began
    ended = time.time()

    def judge() -> dict[str, Any]:
        places = zip(sizes(arrays).items(), starts(arrays)[:-1], strict=True)
        blocks = {name: seen["x"][..., at : at + n] for (name, n), at in places}
        found = structural(blocks) if arrays.path else structural_of_static(tree["posterior"].dataset)
        stats = tree["sample_stats"]
        return {**smallest(found), "divergences": int(stats["diverging"].sum()), "steps": int(stats["n_steps"].sum())}

    return {"sample_seconds": seconds, "pilot_seconds": seen["pilot_seconds"], "ended": ended, "judge": judge}


def ready() -> float:
    """Import all that sampling needs and load the compiled kernel; the time when that is done."""
    for name in ("nutpie.compile_pymc", "statusmodels.inference.sampling"):
        import_module(name)
    from statusmodels.models import kernel

    kernel.callbacks()
    return time.time()


def job_fit(task: dict[str, Any], began: float) -> dict[str, Any]:
    imported = ready()
    run = sampled(task["arrays"], task["hypothesis"], task["settings"], task["seed"])
    return {
        "import_seconds": imported - began,
        "pilot_seconds": run["pilot_seconds"],
        "sample_seconds": run["sample_seconds"],
        "all_in_seconds": run["ended"] - began,
        **run["judge"](),
        **task["settings"],
    }


def job_plain(task: dict[str, Any], began: float) -> dict[str, Any]:
    import pymc as pm
    from scipy.special import logit

    from statusmodels.models.assembly import pymc_model
    from statusmodels.models.parameters import sizes

    settings = task["settings"]
    with pymc_model(task["arrays"], task["hypothesis"]):
        tree = pm.sample(**settings, cores=CORES, random_seed=task["seed"], nuts_sampler="nutpie", progressbar=False)
    ended = time.time()
    posterior = tree["posterior"].dataset
    lead = (settings["chains"], settings["draws"])
    blocks = {name: posterior[name].to_numpy().reshape(*lead, -1) for name, n in sizes(task["arrays"]).items() if n}
    if "correlation" in blocks:  # a Beta variable there
        blocks["correlation"] = logit(blocks["correlation"])
    return {
        "all_in_seconds": ended - began,
        "sample_seconds": posterior.attrs.get("sampling_time"),
        **smallest(structural(blocks)),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
        **settings,
    }


def job_seven(task: dict[str, Any], began: float) -> dict[str, Any]:
    from statusmodels.criticism.loo import loo
    from statusmodels.events.catalogue import load
    from statusmodels.inference.diagnostics import gate
    from statusmodels.inference.fitting import fit_all
    from statusmodels.inference.sampling import Sampler
    from statusmodels.models.design import design
    from statusmodels.panel.panel import build

    arrays = design(build(load("us-russia")))
    sampler = Sampler(**task["settings"])
    ready_at, done = time.time(), []
    fits = fit_all(arrays, sampler=sampler, tell=lambda name, reused: done.append(time.time()))
    gates = {name: gate(tree, loo(tree).pareto_k.to_numpy().ravel()) for name, tree in fits.items()}
    ended = time.time()
    begun = [ready_at, *done]
    return {
        "all_in_seconds": ended - began,
        "ready_seconds": ready_at - began,
        "diagnosis_seconds": ended - done[-1],
        "hypotheses": {
            name: {
                "seconds": done[i] - begun[i],
                "passed": gates[name].passed,
                "sampled_again": json.loads(tree.attrs["sampler"]) != vars(sampler),
                "checks": {check.name: check.value for check in gates[name].checks},
            }
            for i, (name, tree) in enumerate(fits.items())
        },
        "sampler": vars(sampler),
    }


def job_refit(task: dict[str, Any], began: float) -> dict[str, Any]:
    ready()
    runs = [sampled(a, task["hypothesis"], task["settings"], SEED + i) for i, a in enumerate(task["outcomes"])]
    told = [
        {"sample_seconds": r["sample_seconds"], "pilot_seconds": r["pilot_seconds"], **r["judge"]()} for r in runs[1:]
    ]
    return {"refits": told, **task["settings"]}


def job_large(task: dict[str, Any], began: float) -> dict[str, Any]:
    from statusmodels.models.hypothesis import HYPOTHESES

    imported = ready()
    out = {}
    for name, hypothesis in HYPOTHESES.items():
        run = sampled(task["arrays"], hypothesis, task["settings"], SEED)
        out[name] = {"sample_seconds": run["sample_seconds"], "pilot_seconds": run["pilot_seconds"], **run["judge"]()}
        print(f"  {name}: {run['sample_seconds']:.0f} s", file=sys.stderr)
        del run  # holds the draws
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "import_seconds": imported - began,
        "all_in_seconds": time.time() - began,
        "peak_gib": peak / (2**30 if sys.platform == "darwin" else 2**20),
        "hypotheses": out,
        **task["settings"],
    }


def job_gradient(task: dict[str, Any], began: float) -> dict[str, Any]:
    from statusmodels.inference.pilot import kernel_arguments, pilot
    from statusmodels.models import kernel
    from statusmodels.models.priors import Priors

    rows = []
    for arrays in task["panels"]:
        found = pilot(arrays, task["hypothesis"], Priors())
        packed = kernel.pack(kernel_arguments(arrays, task["hypothesis"], Priors(), found))
        x = found.centre + 0.1 * np.random.default_rng(SEED).standard_normal(len(found.centre))
        seconds = []
        until = time.perf_counter() + task["seconds"]
        while time.perf_counter() < until or len(seconds) < 20:
            start = time.perf_counter()
            value, _ = kernel.log_density(x, packed)
            seconds.append(time.perf_counter() - start)
        assert np.isfinite(value)
        rows.append({
            "observations": int(arrays.weight.sum()), "microseconds": 1e6 * statistics.median(seconds), "times": len(seconds)
        })  # fmt: skip
    return {"rows": rows, **linear(rows)}


def linear(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Straight line through the cost of gradients by observations, and the exponent between the smallest and the largest."""
    n = np.array([r["observations"] for r in rows], dtype=float)
    cost = np.array([r["microseconds"] for r in rows])
    slope, intercept = np.polyfit(n, cost, 1)
    return {
        "nanoseconds_per_observation": float(1e3 * slope),
        "intercept_microseconds": float(intercept),
        "largest_relative_residual": float(np.abs((intercept + slope * n) / cost - 1).max()),
        "exponent": float(np.log(cost[-1] / cost[0]) / np.log(n[-1] / n[0])),
    }


JOBS = {
    "fit": job_fit,
    "plain": job_plain,
    "seven": job_seven,
    "refit": job_refit,
    "large": job_large,
    "gradient": job_gradient,
}


def child(job: str, empty_caches: bool = False, **task: Any) -> dict[str, Any]:
    """Run a job in a fresh process. ``empty_caches``: as if nothing had ever been compiled."""
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder, "task.pickle"), Path(folder, "result.json")
        given.write_bytes(pickle.dumps(task))
        environment = dict(os.environ)
        if empty_caches:
            flags = [*filter(None, [environment.get("PYTENSOR_FLAGS")]), f"base_compiledir={folder}/pytensor"]
            environment |= {"NUMBA_CACHE_DIR": f"{folder}/numba", "PYTENSOR_FLAGS": ",".join(flags)}
        command = [sys.executable, str(Path(__file__).resolve()), "--job", job, str(given), str(result)]
        subprocess.run([*command, repr(time.time())], check=True, env=environment)
        return dict(json.loads(result.read_text()))


# --- data ----------------------------------------------------------------------------------------------------------------------

ERAS_LAST = 24  # months
BURN_IN = 60
SEVERITY = (0.40, 0.28, 0.18, 0.10, 0.04)  # probabilities of 1 to 5
LEVEL_SHARE = (0.55, 0.15, 0.14, 0.09, 0.05, 0.02)  # of levels 0 to 5


def synthetic(rivalries: int, periods: int, seed: int = SEED) -> Any:
    """A panel both of whose directions are modelled: random acts as signals, outcomes drawn from a hierarchical truth."""
    import pandas as pd
    import xarray as xr

    from statusmodels.events.vocabulary import THREAT
    from statusmodels.models.design import design
    from statusmodels.models.replicate import replicate
    from statusmodels.models.truth import truth
    from statusmodels.panel.panel import HALF_LIVES, HISTORY_HALF_LIFE, SIGNALS, THREAT_SIGNALS, escalation_memory

    rng = np.random.default_rng(seed)
    dyads, cell = 2 * rivalries, ("dyad", "period")
    categories = list(THREAT.category_names)

    def memory(rate: float) -> np.ndarray:
        """(K, D, T) faded sums of acts."""
        acts = rng.multinomial(rng.poisson(rate, (dyads, BURN_IN + periods)), SEVERITY) @ np.arange(1.0, 6.0)
        return np.stack([escalation_memory(acts, 0.5 ** (1 / h))[:, BURN_IN:] for h in HALF_LIVES])

    keep = 0.5 ** (1 / HISTORY_HALF_LIFE)
    # their frequencies set the truth's cutpoints
    level = rng.choice(len(LEVEL_SHARE), (dyads, periods), p=LEVEL_SHARE).astype(float)
    own = np.log1p(escalation_memory(level, keep))
    names = [f"{a}{r:03d}>{b}{r:03d}" for r in range(rivalries) for a, b in ("ab", "ba")]
    eras = max(1, periods // ERAS_LAST)
    panel = xr.Dataset(
        {
            **{f"{s}_memory": (("half_life", *cell), memory(0.15)) for s in SIGNALS},
            **{
                f"{s}_memory": (("category", "half_life", *cell), np.stack([memory(0.06) for _ in categories]))
                for s in THREAT_SIGNALS
            },
            "level": (cell, level),
            "acts": (cell, np.where(level > 0, 1.0 + rng.poisson(0.5, level.shape), 0.0)),
            "history": (("side", *cell), np.stack([own, own[np.arange(dyads) ^ 1]])),
            "observed": (cell, np.ones((dyads, periods), dtype=bool)),
            "era": ("period", np.arange(periods) * eras // periods),
        },
        coords={
            "dyad": names,
            "period": pd.date_range("2000-01-01", periods=periods, freq="MS"),
            "half_life": np.array(HALF_LIVES),
            "category": categories,
            "side": ["own", "other"],
            "era_name": ("era_index", [f"era {k + 1}" for k in range(eras)]),
        },
        attrs={"history_keep": keep},
    )
    arrays = design(panel)
    parameters = truth(arrays, ENCOMPASSING, rng)
    base = 0.3 * np.repeat(rng.standard_normal(rivalries), 2) + 0.4 * rng.standard_normal(dyads)
    effect = 0.1 * np.repeat(rng.standard_normal((3, rivalries)), 2, axis=1) + 0.15 * rng.standard_normal((3, dyads))
    for name, deviation in {"base": base - base.mean(), "dyad_effect": effect}.items():
        parameters[name] = (parameters[name].dims, parameters[name].to_numpy() + deviation)
    level, extra, _ = replicate(parameters, arrays, rng)
    return arrays.with_outcomes(level[0], extra[0])


def as_file(arrays: Any) -> dict[str, Any]:
    """A design in the form of dynamic_data.json, which dynamic.R reads."""
    from statusmodels.models.hypothesis import HYPOTHESES

    def rounded(x: np.ndarray) -> list[Any]:
        return list(np.round(x, 6).tolist())

    return {
        "dyads": arrays.dyads,
        "rivalries": arrays.rivalries,
        "rivalry_of": arrays.rivalry.tolist(),
        "half_lives": arrays.half_lives.tolist(),
        "categories": arrays.categories,
        "eras": arrays.eras,
        "era": arrays.era.tolist(),
        "weight": arrays.weight.astype(int).tolist(),
        "memory": rounded(arrays.memory),
        "threat": rounded(arrays.threat),
        "hypotheses": {
            ENCOMPASSING: {
                "free": [int(x) for x in HYPOTHESES[ENCOMPASSING].mask()],
                "level": arrays.level.tolist(),
                "extra": arrays.extra.tolist(),
                "history": rounded(arrays.history),
            }
        },
    }


# --- peers ---------------------------------------------------------------------------------------------------------------------


def peer_is_there(*packages: str) -> bool:
    """Whether Rscript is there and has the packages."""
    needs = "; ".join(f"stopifnot(requireNamespace('{p}', quietly = TRUE))" for p in packages)
    try:
        return subprocess.run(["Rscript", "-e", needs], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def rscript(*arguments: str) -> None:
    environment = {**os.environ, "MC_CORES": str(CORES)}
    subprocess.run(["Rscript", *arguments], check=True, cwd=ROOT, env=environment, stdout=sys.stderr)


def stan(data: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Compile and sample dynamic.stan. The start of R and the reading of the data are not counted."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "stan.json")
        program = str(CROSSCHECK / "dynamic.R")
        rscript(program, "time", str(data), str(result), ENCOMPASSING, str(settings["draws"]), str(settings["tune"]))
        found = json.loads(result.read_text())
    return peer(found, found["versions"], found["smallest_ess_bulk"], found["smallest_ess_bulk_of"])


def brms(size: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Compile and sample the static model with brms."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "brms.json")
        rscript(str(CROSSCHECK / "static.R"), "time", size, str(settings["draws"]), str(result))
        found = json.loads(result.read_text())
    timed = found["sizes"][size]["timed"]
    return peer(timed, found["versions"], timed["ess"], timed["ess_of"])


def peer(found: dict[str, Any], versions: dict[str, str], ess: float, ess_of: str) -> dict[str, Any]:
    """What an R script tells, under the names of ours."""
    return {
        "compile_seconds": found["compile_seconds"],
        "sample_seconds": found["seconds"],
        "all_in_seconds": found["compile_seconds"] + found["seconds"],
        "ess": ess,
        "ess_of": ess_of,
        "divergences": found["divergences"],
        "chains": found["chains"],
        "draws": found["draws"],
        "tune": found["warmup"],
        "target_accept": found["adapt_delta"],
        "versions": versions,
    }


# --- measurements --------------------------------------------------------------------------------------------------------------


def between(
    ours: Callable[[int], dict[str, Any]], peer: Callable[[], dict[str, Any]] | None, kept: Any
) -> dict[str, Any]:
    """Ours, the peer, ours again. Without the peer its kept result, which is not of the same run, if there is one."""
    first = ours(SEED)
    theirs = peer() if peer else (kept or {}).get("theirs")
    return {"ours": [first, ours(SEED + 1)], "theirs": theirs, "paired": peer is not None}


def measurements(
    step: str, plan: dict[str, Any], has_r: bool, kept: dict[str, Any]
) -> dict[str, Callable[[], dict[str, Any]]]:
    """The measurements of a step by name."""
    sys.path.insert(0, str(CROSSCHECK))
    import dynamic
    import static

    from statusmodels.models.hypothesis import HYPOTHESES

    hypothesis = HYPOTHESES[ENCOMPASSING]
    sampler = {k: v for k, v in plan[step].items() if k in LIKE_STAN}

    def fitted(arrays: Any, hypothesis: Any) -> Callable[[int], dict[str, Any]]:
        return lambda seed: child("fit", arrays=arrays, hypothesis=hypothesis, settings=sampler, seed=seed)

    def dynamic_small() -> dict[str, Any]:
        arrays = dynamic.arrays_of(json.loads(dynamic.DATA.read_text()), ENCOMPASSING)
        return between(
            fitted(arrays, hypothesis), (lambda: stan(dynamic.DATA, sampler)) if has_r else None, kept.get("dynamic-S")
        )

    def plain() -> dict[str, Any]:
        arrays = dynamic.arrays_of(json.loads(dynamic.DATA.read_text()), ENCOMPASSING)
        return child("plain", empty_caches=True, arrays=arrays, hypothesis=hypothesis, settings=sampler, seed=SEED)

    def dynamic_middle() -> dict[str, Any]:
        made = as_file(synthetic(plan[step]["rivalries"], plan[step]["periods"]))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "data.json")
            path.write_text(json.dumps(made))
            ours = fitted(dynamic.arrays_of(made, ENCOMPASSING), hypothesis)
            return between(ours, (lambda: stan(path, sampler)) if has_r else None, kept.get("dynamic-M"))

    def seven(empty: bool) -> Callable[[], dict[str, Any]]:
        return lambda: child("seven", empty_caches=empty, settings=sampler)

    def refit(size: str) -> Callable[[], dict[str, Any]]:
        def outcomes(seed: int) -> Any:
            if size == "S":
                return dynamic.arrays_of(dynamic.prepare(seed), ENCOMPASSING)
            from statusmodels.events.catalogue import load
            from statusmodels.models.design import design
            from statusmodels.models.replicate import replicate
            from statusmodels.models.truth import truth
            from statusmodels.panel.panel import build

            rng, arrays = np.random.default_rng(seed), design(build(load("us-russia")))
            level, extra, _ = replicate(truth(arrays, ENCOMPASSING, rng), arrays, rng)
            return arrays.with_outcomes(level[0], extra[0])

        def run() -> dict[str, Any]:
            many = [outcomes(seed) for seed in range(1 + plan["refit"]["times"])]
            return child("refit", outcomes=many, hypothesis=hypothesis, settings=plan["refit"][size])

        return run

    def large() -> dict[str, Any]:
        return child("large", arrays=synthetic(plan[step]["rivalries"], plan[step]["periods"]), settings=sampler)

    def gradient() -> dict[str, Any]:
        panels = [synthetic(n, plan["gradient"]["periods"]) for n in plan["gradient"]["rivalries"]]
        return child("gradient", panels=panels, hypothesis=hypothesis, seconds=5.0)

    def static_of(size: str) -> Callable[[], dict[str, Any]]:
        def run() -> dict[str, Any]:
            arrays = static.arrays_of(json.loads(static.DATA.read_text())["sizes"][size])
            peer = (lambda: brms(size, sampler)) if has_r else None
            return between(fitted(arrays, static.HYPOTHESIS), peer, kept.get(f"static-{size}"))

        return run

    return {
        "dynamic-S": {"dynamic-S": dynamic_small, "plain": plain},
        "dynamic-M": {"dynamic-M": dynamic_middle},
        "seven": {"seven-warm": seven(False), "seven-first": seven(True)},
        "refit": {"refit-S": refit("S"), "refit-monthly": refit("monthly")},
        "large": {"large": large, "gradient": gradient},
        "static": {"static-S": static_of("S"), "static-M": static_of("M")},
    }[step]


# --- targets -------------------------------------------------------------------------------------------------------------------


def ratio(m: dict[str, Any], pair: str, how: str, ours: dict[str, Any] | None = None) -> tuple[float | None, bool]:
    """Effective draws a second, ours (mean of both runs) over the peer's; None if not measured; and whether they are paired."""
    both = m.get(pair)
    if both is None or both["theirs"] is None:
        return None, False
    runs = both["ours"] if ours is None else [ours]
    return statistics.mean(rate(r, how) for r in runs) / rate(both["theirs"], how), bool(both["paired"])


def targets(m: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a target: what was measured, the limit, and whether it is met (``yes, no, not measured, not paired``)."""
    rows: list[dict[str, Any]] = []

    def add(name: str, measured: float | None, sense: str, limit: float, unit: str, also: bool = True, paired: bool = True,
            note: str = "") -> None:  # fmt: skip
        if measured is None:
            met = "not measured"
        elif not paired:
            met = "not paired"
        else:
            met = "yes" if (measured >= limit if sense == "at least" else measured <= limit) and also else "no"
        rows.append(
            {"name": name, "measured": measured, "sense": sense, "limit": limit, "unit": unit, "met": met, "note": note}
        )

    def against(name: str, pair: str, how: str, limit: float) -> None:
        value, paired = ratio(m, pair, how)
        add(name, value, "at least", limit, "times", paired=paired)

    against("dynamic model, 2 x 160: ESS/s against Stan, all in", "dynamic-S", "all_in", 40)
    against("dynamic model, 2 x 160: ESS/s against Stan, sampling alone", "dynamic-S", "sample", 30)
    plain = ratio(m, "dynamic-S", "all_in", m["plain"]) if "plain" in m else (None, False)
    add("plain pm.Model, 2 x 160: ESS/s against Stan, all in", plain[0], "at least", 2, "times", paired=plain[1],
        note="nothing compiled before")  # fmt: skip
    both = [ratio(m, "dynamic-M", how) for how in ("sample", "all_in")]
    middle = min(v for v, _ in both if v is not None) if both[0][0] is not None else None
    add("dynamic model, 40 x 120: ESS/s against Stan", middle, "at least", 10, "times", paired=both[0][1],
        note="the smaller of sampling alone and all in")  # fmt: skip
    for name, unit, limit in (("with a warm cache", "seven-warm", 30), ("the first time ever", "seven-first", 60)):
        found = m.get(unit)
        gates = [h["passed"] for h in found["hypotheses"].values()] if found else []
        add(f"all seven hypotheses, monthly panel, {name}", found and found["all_in_seconds"], "at most", limit, "s",
            note=f"{sum(gates)} of {len(gates)} pass the diagnostics gate" if found else "")  # fmt: skip
    for name, unit, limit in (("2 x 160", "refit-S", 1), ("monthly panel", "refit-monthly", 3)):
        found = m.get(unit)
        if not found:
            add(f"refit with new outcomes, {name}", None, "at most", limit, "s")
            continue
        seconds, ess = ([r[k] for r in found["refits"]] for k in ("sample_seconds", "ess"))
        add(f"refit with new outcomes, {name}", statistics.median(seconds), "at most", limit, "s", also=min(ess) >= MIN_ESS,
            note=f"median of {len(ess)} ({min(seconds):.2f} to {max(seconds):.2f}); smallest ESS {min(ess):.0f}, which must reach"
            f" {MIN_ESS:.0f}")  # fmt: skip
    large, gradient = m.get("large"), m.get("gradient")
    add("all seven hypotheses, 1,000 x 60", large and large["all_in_seconds"] / 60, "at most", 20, "min",
        note=f"largest R-hat {max(h['rhat'] for h in large['hypotheses'].values()):.3f}, smallest ESS"
        f" {min(h['ess'] for h in large['hypotheses'].values()):.0f}" if large else "")  # fmt: skip
    add("memory, 1,000 x 60", large and large["peak_gib"], "at most", 6, "GiB")
    add("cost of a gradient: exponent of the observations", gradient and gradient["exponent"], "at most", MAX_EXPONENT, "",
        note="1 is linear")  # fmt: skip
    for size, shape in (("S", "2 x 160"), ("M", "40 x 120")):
        against(f"static model, {shape}: ESS/s against brms, sampling alone", f"static-{size}", "sample", 25)
        against(f"static model, {shape}: ESS/s against brms, all in", f"static-{size}", "all_in", 8)
    return rows


# --- page ----------------------------------------------------------------------------------------------------------------------


def number(x: float | None) -> str:
    if x is None or not np.isfinite(x):
        return "-"
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [
        "",
        f"| {' | '.join(heads)} |",
        f"| {' | '.join('---' for _ in heads)} |",
        *(f"| {' | '.join(r)} |" for r in rows),
    ]


def settings_of(f: dict[str, Any]) -> str:
    return f"{f['chains']} x ({f['tune']} + {f['draws']}), target acceptance {f['target_accept']:g}"


def fits_table(m: dict[str, Any]) -> list[str]:
    """Every fit that has a peer, one row a run."""
    rows = []
    for unit, name in {"dynamic-S": "Stan", "dynamic-M": "Stan", "static-S": "brms", "static-M": "brms"}.items():
        if unit not in m:
            continue
        both = m[unit]
        runs = [("statusmodels", r) for r in both["ours"]]
        if both["theirs"] is not None:
            runs.insert(1, (name if both["paired"] else f"{name} (kept, not paired)", both["theirs"]))
        if unit == "dynamic-S" and "plain" in m:
            runs.append(("plain pm.Model", m["plain"]))
        for who, r in runs:
            seconds = [number(r.get(f"{k}_seconds")) for k in ("import", "compile", "pilot", "sample", "all_in")]
            mixing = [f"{number(r['ess'])} ({r['ess_of']})", number(r.get("rhat")), str(r["divergences"])]
            speed = [number(rate(r, how)) for how in ("sample", "all_in")]
            rows.append([unit, who, settings_of(r), *seconds, *mixing, *speed])
    heads = "data|with|chains x (tuning + draws)|import s|compile s|pilot s|sample s|all in s|smallest ESS|R-hat|divergences"
    return table([*heads.split("|"), "ESS/s sampling", "ESS/s all in"], rows) if rows else ["", "Not measured."]


def runs_table(runs: dict[str, dict[str, Any]]) -> list[str]:
    """Fits without a peer, by name."""
    rows = []
    for name, r in runs.items():
        mixing = [f"{number(r['ess'])} ({r['ess_of']})", f"{r['rhat']:.3f}", str(r["divergences"])]
        rows.append([name, f"{r['sample_seconds']:.2f}", f"{r['pilot_seconds']:.2f}", *mixing])
    return table(["", "s", "of them pilot", "smallest ESS", "R-hat", "divergences"], rows)


def seven_part(f: dict[str, Any]) -> list[str]:
    rows = []
    for name, h in f["hypotheses"].items():
        told = ["yes" if h["passed"] else "**no**", "yes" if h["sampled_again"] else "no"]
        checks = [number(h["checks"]["bulk ESS"]), f"{h['checks']['R-hat']:.3f}"]
        rows.append([name, f"{h['seconds']:.1f}", *told, *checks])
    return [
        f"{f['all_in_seconds']:.1f} s, of them {f['ready_seconds']:.1f} until the panel is built and"
        f" {f['diagnosis_seconds']:.1f} for leave-one-out and the gate. {settings_of(f['sampler'])}.",
        *table(["hypothesis", "s", "passes the gate", "sampled again, harder", "bulk ESS", "R-hat"], rows),
    ]


def refit_part(f: dict[str, Any]) -> list[str]:
    return [f"{settings_of(f)}.", *runs_table({str(i + 1): r for i, r in enumerate(f["refits"])})]


def large_part(f: dict[str, Any]) -> list[str]:
    return [
        f"{f['all_in_seconds'] / 60:.1f} min in one process, {f['peak_gib']:.2f} GiB at its peak. {settings_of(f)}.",
        *runs_table(f["hypotheses"]),
    ]


def gradient_part(f: dict[str, Any]) -> list[str]:
    rows = []
    for r in f["rows"]:
        each = number(1e3 * r["microseconds"] / r["observations"])
        rows.append([f"{r['observations']:,}", number(r["microseconds"]), each])
    return [
        f"Straight line: {f['nanoseconds_per_observation']:.0f} ns a dyad-period and {f['intercept_microseconds']:.0f} us; it"
        f" misses none by more than {f['largest_relative_residual']:.0%}. Exponent {f['exponent']:.2f}.",
        *table(["dyad-periods", "microseconds a gradient (median)", "nanoseconds a dyad-period"], rows),
    ]


PARTS: dict[str, tuple[str, Callable[[dict[str, Any]], list[str]]]] = {
    "seven-warm": ("All seven hypotheses, monthly panel, warm cache", seven_part),
    "seven-first": ("All seven hypotheses, monthly panel, empty caches", seven_part),
    "refit-S": ("Refits with new outcomes, 2 x 160", refit_part),
    "refit-monthly": ("Refits with new outcomes, monthly panel", refit_part),
    "large": ("1,000 x 60", large_part),
    "gradient": ("Cost of a gradient", gradient_part),
}


def page(record: dict[str, Any]) -> str:
    """The result as a Markdown page."""
    m, rows, machine = record["measurements"], record["targets"], record["machine"]
    missed = ""
    for met, label in {"no": "Missed", "not measured": "Not measured", "not paired": "Not paired"}.items():
        names = [r["name"] for r in rows if r["met"] == met]
        missed += f" {label}: {'; '.join(names)}." if names else ""
    cells = []
    for r in rows:
        measured = "-" if r["measured"] is None else f"{number(r['measured'])} {r['unit']}".strip()
        met = r["met"] if r["met"] == "yes" else f"**{r['met']}**"
        cells.append([r["name"], measured, f"{r['sense']} {r['limit']:g} {r['unit']}".strip(), met, r["note"]])
    out = [
        "# Speed",
        "",
        "Written by `make benchmark` (benchmarks/benchmark.py); do not edit. ESS is the smallest bulk effective sample size over"
        " the structural parameters of both sides (all but the latent path and the offsets of groups). All in: a fresh process"
        " from its start to the posterior, with our compiled kernel in its cache; for Stan and brms compilation and sampling,"
        " without the start of R. Sampling alone: our pilot included. A peer runs between two of our runs, of whose rates the mean"
        " counts.",
        "",
        *(["**A trial with a few draws, which says nothing.**", ""] if record["trial"] else []),
        f"Criterion: every target is met. **{'Passed' if record['passed'] else 'Not passed'}**:"
        f" {sum(r['met'] == 'yes' for r in rows)} of {len(rows)} are met.{missed}",
        *table(["what", "measured", "target", "met", ""], cells),
        "",
        f"![ESS per second over the peer's](benchmark{'-tiny' if record['trial'] else ''}.png)",
        "",
        "Ratios of effective draws a second (bars) and what they should reach (lines).",
        "",
        "## Fits",
        *fits_table(m),
    ]
    for unit, (title, part) in PARTS.items():
        out += ["", f"## {title}", "", *(part(m[unit]) if unit in m else ["Not measured."])]
    loads, others = record["load_at_start"], record["busy_at_start"]
    out += [
        "",
        "## Machine",
        "",
        f"{machine['processor']}, {machine['cores']} cores, of which {machine['cores_used']} were used,"
        f" {machine['memory_gib']:.1f} GiB; {machine['system']}, Python {machine['python']}.",
        *table(
            ["measurement", "load at its start (1, 5, 15 min)", "cores busy then with other things", "date"],
            [
                [name, ", ".join(f"{x:.2f}" for x in load), number(others[name]), record["dates"][name]]
                for name, load in loads.items()
            ],
        ),
        "",
        "The load at the start of a measurement is partly that of the measurement before.",
    ]
    busy = [name for name, cores in others.items() if cores is not None and cores > BUSY]
    if busy:
        out += [
            "",
            f"**The machine was not idle** at the start of {', '.join(busy)}: too many seconds, ratios suffer less.",
        ]
    out += ["", f"Code {record['code_sha256'][:12]}, data {record['data_sha256'][:12]}, {record['date']}."]
    return "\n".join(out) + "\n"


def figure(rows: list[dict[str, Any]], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = [r for r in rows if r["unit"] == "times" and r["measured"] is not None][::-1]
    fig, ax = plt.subplots(figsize=(9, 1.2 + 0.42 * max(len(shown), 1)), layout="constrained")
    colour = {"yes": "#4f7cac", "no": "#b2182b", "not paired": "#bbbbbb"}
    for i, r in enumerate(shown):
        ax.barh(i, r["measured"], color=colour[r["met"]], height=0.62)
        ax.plot([r["limit"]] * 2, [i - 0.42, i + 0.42], color="#111111", lw=2)
        ax.annotate(
            number(r["measured"]),
            (r["measured"], i),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    ax.set_yticks(range(len(shown)), [r["name"].replace(": ESS/s", "") for r in shown], fontsize=8)
    if shown:
        ax.set_xscale("log")
        low = min(min(r["measured"], r["limit"]) for r in shown)
        ax.set_xlim(min(1.0, 0.8 * low), 2.5 * max(max(r["measured"], r["limit"]) for r in shown))
    ax.set_xlabel("ESS per second, ratio (line: target; red: missed; grey: not paired)")
    fig.savefig(path, dpi=120)
    plt.close(fig)


# --- running -------------------------------------------------------------------------------------------------------------------


def machine() -> dict[str, Any]:
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ]
        name = names[0] if names else name
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "cores_used": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        "system": platform.system(),
        "python": platform.python_version(),
    }


def busy_cores(seconds: float = 2.0) -> float | None:
    """Cores at work while this process sleeps; None where the system does not say."""
    if not Path("/proc/stat").exists():
        return None

    def ticks() -> np.ndarray:
        return np.array(Path("/proc/stat").read_text().splitlines()[0].split()[1:9], dtype=float)

    before = ticks()
    time.sleep(seconds)
    spent = ticks() - before  # user, nice, system, idle, waiting for a disk, ...
    return float((os.cpu_count() or 1) * (1 - spent[3:5].sum() / max(spent.sum(), 1.0)))


def digest(paths: list[Path]) -> str:
    out = hashlib.sha256()
    for path in paths:
        out.update(path.name.encode() + path.read_bytes())
    return out.hexdigest()


def run(steps: list[str], plan: dict[str, Any], out: Path, stem: str) -> dict[str, Any]:
    """Measure what is not yet measured, and write all that is."""
    from importlib.metadata import version

    from statusmodels.events.catalogue import load
    from statusmodels.inference.storage import code_hash, versions
    from statusmodels.models.hypothesis import HYPOTHESES

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    out.mkdir(parents=True, exist_ok=True)
    sha = load("us-russia").sha256
    log = out / f".{stem}-{sha[:12]}-{code_hash()[:12]}.jsonl"
    committed = out / f"{stem}.json"
    kept = json.loads(committed.read_text())["measurements"] if committed.exists() else {}
    peers = digest(
        sorted(p for p in CROSSCHECK.iterdir() if p.suffix in (".R", ".stan") or p.name.endswith("_data.json"))
    )

    def key(step: str, name: str, has_r: bool) -> dict[str, Any]:
        settings = plan["gradient" if name == "gradient" else step]
        return {"name": name, "settings": settings, **({"peer": has_r, "peers": peers} if step in needs else {})}

    needs = {
        "dynamic-S": ("rstan", "jsonlite"),
        "dynamic-M": ("rstan", "jsonlite"),
        "static": ("brms", "rstan", "jsonlite"),
    }
    there = {step: peer_is_there(*packages) for step, packages in needs.items()}
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    warm = False
    for step in steps:
        has_r = there.get(step, False)
        if step in needs and not has_r:
            print(f"{step}: R with {', '.join(needs[step])} is not there; without a peer", file=sys.stderr)
        for name, measure in measurements(step, plan, has_r, kept).items():
            wanted = json.loads(json.dumps(key(step, name, has_r)))
            if any(line["key"] == wanted for line in lines):
                print(f"{name}: kept", file=sys.stderr)
                continue
            if not warm:
                # fills the kernel's cache, and the system's
                child("fit", arrays=synthetic(1, 24), hypothesis=HYPOTHESES[ENCOMPASSING], settings=FEW, seed=SEED)
                warm = True
            print(f"{name} ...", file=sys.stderr)
            line = {
                "key": wanted,
                "step": step,
                "load": os.getloadavg(),
                "busy": busy_cores(),
                "date": str(date.today()),
            }
            began = time.time()
            try:
                line["result"] = measure()
            except subprocess.CalledProcessError as failed:  # the next may do better
                print(f"{name}: failed ({Path(failed.cmd[0]).name}, code {failed.returncode})", file=sys.stderr)
                continue
            line["seconds"] = time.time() - began
            lines.append(line)
            with log.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(f"{name}: {line['seconds']:.0f} s", file=sys.stderr)
    # of every measurement the last under today's plan, with a peer rather than without
    found: dict[str, dict[str, Any]] = {}
    for line in sorted(lines, key=lambda line: line["key"].get("peer", True)):
        name, step = line["key"]["name"], line["step"]
        if line["key"] == json.loads(json.dumps(key(step, name, line["key"].get("peer", False)))):
            found[name] = line
    order = [n for s in STEPS for n in found if found[n]["step"] == s]
    measured = {name: found[name]["result"] for name in order}
    rows = targets(measured)
    record = {
        "passed": plan is PLAN and all(r["met"] == "yes" for r in rows),
        "criterion": "every target is met",
        "trial": plan is not PLAN,
        "targets": rows,
        "measurements": measured,
        "load_at_start": {name: found[name]["load"] for name in order},
        "busy_at_start": {name: found[name]["busy"] for name in order},
        "seconds_of_measuring": {name: round(found[name]["seconds"], 1) for name in order},
        "dates": {name: found[name]["date"] for name in order},
        "machine": machine(),
        "settings": plan,
        "seed": SEED,
        "data_sha256": sha,
        "code_sha256": code_hash(),
        "versions": {**versions(), "pymc": version("pymc"), "pytensor": version("pytensor")},
        "date": f"{date.today():%Y-%m-%d}",
    }
    committed.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    figure(rows, out / f"{stem}.png")
    (out / f"{stem}.md").write_text(page(record), encoding="utf-8")
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", nargs="*", help=f"what to measure, all if none: {', '.join(STEPS)}")
    parser.add_argument("--steps", nargs="+", default=[], help="the same")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument(
        "--tiny", action="store_true", help="a few draws, to see that all runs: writes benchmark-tiny, judges nothing"
    )
    parser.add_argument("--job", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        job, task, result, began = given.job
        found = JOBS[job](pickle.loads(Path(task).read_bytes()), float(began))
        Path(result).write_text(json.dumps(found))
        return
    steps = [*given.step, *given.steps] or list(STEPS)
    unknown = [s for s in steps if s not in STEPS]
    if unknown:
        parser.error(f"no step {', '.join(unknown)}; the steps are {', '.join(STEPS)}")
    record = run(steps, TINY if given.tiny else PLAN, given.out, "benchmark-tiny" if given.tiny else "benchmark")
    for r in record["targets"]:
        print(f"{r['met']:>12}  {r['name']}: {number(r['measured'])} ({r['sense']} {r['limit']:g} {r['unit']})")
    print("passed" if record["passed"] else "NOT passed")


if __name__ == "__main__":
    main()
