"""Fits in a fresh process each, for benchmark.py: what they are, and how they are started.

"All in" is the life of such a process until the posterior is there: Python, imports, pilot, sampling; "sampling" is the
call of ``sample`` alone.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from mixing import smallest, structural, structural_of_static

# what a fit does not need is imported where it is used: the time of imports is measured

CORES = 2
SEED = 20260105


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
    """One fit."""
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
    """The plain PyMC model, sampled by nutpie."""
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
    """All hypotheses of the embedded monthly panel, as the report fits them, with the gate of each."""
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
    """Fits to one outcome after the other in one process; the first, which warms up, does not count."""
    ready()
    runs = [sampled(a, task["hypothesis"], task["settings"], SEED + i) for i, a in enumerate(task["outcomes"])]
    told = [
        {"sample_seconds": r["sample_seconds"], "pilot_seconds": r["pilot_seconds"], **r["judge"]()} for r in runs[1:]
    ]
    return {"refits": told, **task["settings"]}


def job_large(task: dict[str, Any], began: float) -> dict[str, Any]:
    """All hypotheses of one panel, and the peak of memory."""
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
    """Median cost of a gradient at panels of several sizes."""
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
        command = [sys.executable, str(Path(__file__).resolve()), job, str(given), str(result)]
        subprocess.run([*command, repr(time.time())], check=True, env=environment)
        return dict(json.loads(result.read_text()))


if __name__ == "__main__":
    name, task, result, began = sys.argv[1:]
    found = JOBS[name](pickle.loads(Path(task).read_bytes()), float(began))
    Path(result).write_text(json.dumps(found))
