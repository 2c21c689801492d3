"""How fast is it? Effective draws a second against Stan, brms and the plain PyMC model; seconds of all hypotheses and
of a refit.

    python benchmarks/benchmark.py --out docs/results
    python benchmarks/benchmark.py dynamic-S seven

Steps: dynamic-S, dynamic-M (the dynamic model against benchmarks/crosscheck/dynamic.stan), seven (all hypotheses of the
embedded monthly panel), refit, large (1,000 dyads), static (against brms). Every fit runs in a fresh process of its
own, on at most two cores. "All in" is the life of that process until the posterior is there: Python, imports, pilot,
sampling; "sampling" is the call of ``sample`` alone. Peers run between two of our runs, so that what else the machine
does weighs on both. Without R, or R's packages, what needs them is not measured. Finished measurements are kept beside
the output, so that an interrupted run goes on where it stopped; the page tells of all that are finished.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from benchmark_page import figure, number, page
from jobs import CORES, SEED, child
from machine import busy_cores, machine
from peers import CROSSCHECK, NEEDS, brms, peer_is_there, stan
from runs import keep, kept, log_of
from synthetic import STEADY, deviations, drawn, synthetic, with_dyads
from targets import targets

from statusmodels.events.catalogue import load
from statusmodels.inference.provenance import versions
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, Hypothesis
from statusmodels.models.truth import truth
from statusmodels.panel.panel import build
from statusmodels.report.results import record, write

sys.path.append(str(CROSSCHECK))
import dynamic
import static
from exchange import arrays_of, as_file

HYPOTHESIS = HYPOTHESES[ENCOMPASSING]
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
STEPS = ("dynamic-S", "dynamic-M", "seven", "refit", "large", "static")
ERAS_LAST = 24  # months, in synthetic panels
Result = dict[str, Any]
Measure = Callable[[], Result]


def hierarchical_panel(rivalries: int, periods: int, seed: int = SEED) -> Design:
    """A panel both of whose directions are modelled: random acts as signals, outcomes drawn from a hierarchical truth."""
    arrays = synthetic(rivalries, periods, seed, replace(STEADY, eras=max(1, periods // ERAS_LAST)))
    rng = np.random.default_rng((seed, 1))  # not the stream of the signals
    by_dyad = deviations((0.4, 0.15, 0.15, 0.15), np.eye(4), 2 * rivalries, rng)
    by_rivalry = deviations((0.3, 0.1, 0.1, 0.1), np.eye(4), rivalries, rng)
    parameters = with_dyads(truth(arrays, ENCOMPASSING, rng), by_dyad + by_rivalry[:, arrays.rivalry])
    return drawn(arrays, parameters, rng)


def outcomes_of_small(seed: int) -> Design:
    """The panel of dynamic-S with other outcomes."""
    return arrays_of(dynamic.prepare_two(seed), ENCOMPASSING)


def outcomes_of_monthly(seed: int) -> Design:
    """The embedded monthly panel with simulated outcomes."""
    rng, arrays = np.random.default_rng(seed), design(build(load("us-russia")))
    return drawn(arrays, truth(arrays, ENCOMPASSING, rng), rng)


def between(ours: Callable[[int], Result], peer: Measure | None, before: Any) -> Result:
    """Ours, the peer, ours again. Without the peer its result of before, which is not of the same run, if there is one."""
    first = ours(SEED)
    theirs = peer() if peer else (before or {}).get("theirs")
    return {"ours": [first, ours(SEED + 1)], "theirs": theirs, "paired": peer is not None}


def measurements(step: str, plan: dict[str, Any], has_r: bool, before: dict[str, Any]) -> dict[str, Measure]:
    """The measurements of a step by name; ``before`` are the results of an earlier time."""
    sampler = {k: v for k, v in plan[step].items() if k in LIKE_STAN}

    def beside(name: str, arrays: Design, hypothesis: Hypothesis, peer: Measure) -> Result:
        def ours(seed: int) -> Result:
            return child("fit", arrays=arrays, hypothesis=hypothesis, settings=sampler, seed=seed)

        return between(ours, peer if has_r else None, before.get(name))

    def small() -> Design:
        return arrays_of(json.loads(dynamic.TWO.data.read_text()), ENCOMPASSING)

    def dynamic_small() -> Result:
        return beside("dynamic-S", small(), HYPOTHESIS, lambda: stan(dynamic.TWO.data, ENCOMPASSING, sampler))

    def plain() -> Result:
        return child("plain", empty_caches=True, arrays=small(), hypothesis=HYPOTHESIS, settings=sampler, seed=SEED)

    def dynamic_middle() -> Result:
        made = as_file({ENCOMPASSING: hierarchical_panel(plan[step]["rivalries"], plan[step]["periods"])})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "data.json")
            path.write_text(json.dumps(made))
            arrays = arrays_of(made, ENCOMPASSING)
            return beside("dynamic-M", arrays, HYPOTHESIS, lambda: stan(path, ENCOMPASSING, sampler))

    def seven(empty: bool) -> Result:
        return child("seven", empty_caches=empty, settings=sampler)

    def refit(size: str, outcomes: Callable[[int], Design]) -> Result:
        many = [outcomes(seed) for seed in range(1 + plan["refit"]["times"])]
        return child("refit", outcomes=many, hypothesis=HYPOTHESIS, settings=plan["refit"][size])

    def large() -> Result:
        panel = hierarchical_panel(plan[step]["rivalries"], plan[step]["periods"])
        return child("large", arrays=panel, settings=sampler)

    def gradient() -> Result:
        panels = [hierarchical_panel(n, plan["gradient"]["periods"]) for n in plan["gradient"]["rivalries"]]
        return child("gradient", panels=panels, hypothesis=HYPOTHESIS, seconds=5.0)

    def static_of(size: str) -> Result:
        arrays = static.arrays_of(json.loads(static.DATA.read_text())["sizes"][size])
        return beside(f"static-{size}", arrays, static.HYPOTHESIS, lambda: brms(size, sampler))

    return {
        "dynamic-S": {"dynamic-S": dynamic_small, "plain": plain},
        "dynamic-M": {"dynamic-M": dynamic_middle},
        "seven": {"seven-warm": lambda: seven(False), "seven-first": lambda: seven(True)},
        "refit": {
            "refit-S": lambda: refit("S", outcomes_of_small),
            "refit-monthly": lambda: refit("monthly", outcomes_of_monthly),
        },
        "large": {"large": large, "gradient": gradient},
        "static": {"static-S": lambda: static_of("S"), "static-M": lambda: static_of("M")},
    }[step]


def programs() -> str:
    """Hash of the peers' programs and data."""
    out = hashlib.sha256()
    for path in sorted(CROSSCHECK.iterdir()):
        if path.suffix in (".R", ".stan") or path.name.endswith("_data.json"):
            out.update(path.name.encode() + path.read_bytes())
    return out.hexdigest()


def key(step: str, name: str, plan: dict[str, Any], has_r: bool) -> dict[str, Any]:
    """What a kept measurement must have been made with, to count."""
    settings = plan["gradient" if name == "gradient" else step]
    peers = {"peer": has_r, "peers": programs()} if step in NEEDS else {}
    return dict(json.loads(json.dumps({"name": name, "settings": settings, **peers})))


def measured(step: str, name: str, measure: Measure) -> dict[str, Any] | None:
    """One measurement with its circumstances; None if a process failed, because the next may do better."""
    line = {"step": step, "load": os.getloadavg(), "busy": busy_cores(), "date": str(date.today())}
    print(f"{name} ...", file=sys.stderr)
    began = time.time()
    try:
        line["result"] = measure()
    except subprocess.CalledProcessError as failed:
        print(f"{name}: failed ({Path(failed.cmd[0]).name}, code {failed.returncode})", file=sys.stderr)
        return None
    line["seconds"] = time.time() - began
    print(f"{name}: {line['seconds']:.0f} s", file=sys.stderr)
    return line


def measure_all(steps: list[str], plan: dict[str, Any], log: Path, before: dict[str, Any]) -> None:
    """Measure what is not yet in the log."""
    have = [line["key"] for line in kept(log)]
    warm = False
    for step in steps:
        has_r = step in NEEDS and peer_is_there(*NEEDS[step])
        if step in NEEDS and not has_r:
            print(f"{step}: R with {', '.join(NEEDS[step])} is not there; without a peer", file=sys.stderr)
        for name, measure in measurements(step, plan, has_r, before).items():
            wanted = key(step, name, plan, has_r)
            if wanted in have:
                print(f"{name}: kept", file=sys.stderr)
                continue
            if not warm:  # fills the kernel's cache, and the system's
                panel = hierarchical_panel(1, 24)
                child("fit", arrays=panel, hypothesis=HYPOTHESIS, settings=FEW, seed=SEED)
                warm = True
            line = measured(step, name, measure)
            if line is not None:
                keep(log, {"key": wanted, **line})


def found_in(log: Path, plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of every measurement the last under today's plan, with a peer rather than without."""
    found = {}
    for line in sorted(kept(log), key=lambda line: line["key"].get("peer", True)):
        name, step = line["key"]["name"], line["step"]
        if line["key"] == key(step, name, plan, line["key"].get("peer", False)):
            found[name] = line
    return {name: found[name] for step in STEPS for name in found if found[name]["step"] == step}


def run(steps: list[str], plan: dict[str, Any], out: Path, stem: str) -> dict[str, Any]:
    """Measure what is not yet measured, and write all that is."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    sha = load("us-russia").sha256
    log, committed = log_of(out, stem, sha), out / f"{stem}.json"
    measure_all(steps, plan, log, json.loads(committed.read_text())["measurements"] if committed.exists() else {})
    found = found_in(log, plan)

    def each(what: str) -> dict[str, Any]:
        return {name: line[what] for name, line in found.items()}

    results = each("result")
    rows = targets(results)
    told = record(
        plan is PLAN and all(r["met"] == "yes" for r in rows),
        "every target is met",
        sha,
        trial=plan is not PLAN,
        targets=rows,
        measurements=results,
        load_at_start=each("load"),
        busy_at_start=each("busy"),
        seconds_of_measuring={name: round(seconds, 1) for name, seconds in each("seconds").items()},
        dates=each("date"),
        machine=machine(),
        settings=plan,
        seed=SEED,
    )
    told["versions"] = {**versions(), "pymc": version("pymc"), "pytensor": version("pytensor")}
    write(out, stem, told, page(told))
    figure(rows, out / f"{stem}.png")
    return told


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", nargs="*", help=f"what to measure, all if none: {', '.join(STEPS)}")
    parser.add_argument("--steps", nargs="+", default=[], help="the same")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument(
        "--tiny", action="store_true", help="a few draws, to see that all runs: writes benchmark-tiny, judges nothing"
    )
    given = parser.parse_args()
    steps = [*given.step, *given.steps] or list(STEPS)
    unknown = [s for s in steps if s not in STEPS]
    if unknown:
        parser.error(f"no step {', '.join(unknown)}; the steps are {', '.join(STEPS)}")
    found = run(steps, TINY if given.tiny else PLAN, given.out, "benchmark-tiny" if given.tiny else "benchmark")
    for r in found["targets"]:
        print(f"{r['met']:>12}  {r['name']}: {number(r['measured'])} ({r['sense']} {r['limit']:g} {r['unit']})")
    print("passed" if found["passed"] else "NOT passed")


if __name__ == "__main__":
    main()
