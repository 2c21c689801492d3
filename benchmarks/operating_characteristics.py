"""How often the verdict is right and wrong on this panel: simulate under each hypothesis, refit, judge.

    python benchmarks/operating_characteristics.py --runs 20 --out docs/results

Every simulated data set keeps the signals of the embedded catalogue and draws its outcomes from a documented truth
(statusmodels.models.truth). The encompassing hypothesis is refitted to each and judged by the documented rule. Finished
runs are kept in a JSON Lines file beside the output, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
from runs import log_of, resumed

from statusmodels.claims.estimands import estimands, true_estimands
from statusmodels.claims.verdict import Rule, base_rate, judge
from statusmodels.events.catalogue import load
from statusmodels.inference.diagnostics import gate
from statusmodels.inference.sampling import Sampler, sample, thinned
from statusmodels.models.design import design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import MODERATE, truth
from statusmodels.panel.panel import build
from statusmodels.report.results import PASSED, last_line, record, write

SAMPLER = Sampler(draws=600, tune=400, chains=2, target_accept=0.9)
WORDS = ("supported", "pattern only", "contradicted", "undecided")


@cache
def arrays():
    return design(build(load("us-russia")))


def one(hypothesis: str, factor: float, run: int) -> dict:
    """Simulate, refit and judge once."""
    began = time.perf_counter()
    seed = 1000 * list(HYPOTHESES).index(hypothesis) + run + int(1_000_000 * factor)
    rng = np.random.default_rng(seed)
    size = replace(MODERATE, **{k: v * factor for k, v in asdict(MODERATE).items()})
    parameters = truth(arrays(), hypothesis, rng, size)
    level, extra, _ = replicate(parameters, arrays(), rng)
    data = arrays().with_outcomes(level[0], extra[0])
    fit = sample(data, HYPOTHESES[ENCOMPASSING], sampler=replace(SAMPLER, seed=seed))
    drawn = estimands(thinned(fit), data)
    verdict = judge(drawn, base_rate(data))
    checks = {c.name: c.value for c in gate(fit).checks}
    return {
        "truth": hypothesis,
        "factor": factor,
        "run": run,
        "word": verdict.word,
        "rate": base_rate(data),
        **{k: getattr(verdict, k) for k in ("p_e1_zero", "p_e1_more", "p_e2_more", "p_amplified")},
        **{f"{k}_mean": float(getattr(drawn, k).mean()) for k in ("e1", "e2", "e3", "e3_latent")},
        **{f"true_{k}": v for k, v in true_estimands(parameters, arrays(), rng).items()},
        "rhat": checks["R-hat"],
        "bulk_ess": checks["bulk ESS"],
        "divergences": checks["divergences"],
        "seconds": time.perf_counter() - began,
    }


def page(result: dict) -> str:
    """The result as a Markdown page."""
    out = [
        "# Operating characteristics of the verdict",
        "",
        "Written by `make operating-characteristics` (benchmarks/operating_characteristics.py). Outcomes simulated on the"
        " signals of the embedded catalogue under each hypothesis taken as true; the encompassing hypothesis refitted to each"
        " and judged by the documented rule. Effects are multiples of the *moderate* sizes of"
        " `statusmodels/models/truth.py`, in log odds per standard deviation:"
        f" {', '.join(f'{k} {v:g}' for k, v in result['moderate'].items())}.",
        "",
        f"Criterion: {result['criterion']}. **{PASSED[result['passed']]}.**",
        "",
        "| truth x size | runs | supported | pattern only | contradicted | undecided | true E1 | true E2 | true E3, log odds |"
        " serious rate |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, r in result["table"].items():
        counts = " | ".join(str(r[w]) for w in WORDS)
        out.append(
            f"| {name} | {r['runs']} | {counts} | {r['true_e1']:.3f} | {r['true_e2']:.3f} | {r['true_e3_latent']:.2f} |"
            f" {r['mean_rate']:.3f} |"
        )
    worst = max(r["max_rhat"] for r in result["table"].values())
    out += [
        "",
        f"Each refit: {result['sampler']['chains']} chains of {result['sampler']['draws']} draws after"
        f" {result['sampler']['tune']} tuning steps; largest R-hat of any refit {worst:.3f}. Shorter than the report's, so some"
        " refits would fail the report's gate; they are counted all the same.",
        last_line(result),
    ]
    return "\n".join(out) + "\n"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--factor", type=float, nargs="+", default=[1.0], help="multiples of the moderate effects")
    parser.add_argument("--truth", nargs="+", default=list(HYPOTHESES), choices=list(HYPOTHESES))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    sha = load("us-russia").sha256
    jobs = [(h, f, r) for r in range(given.runs) for f in given.factor for h in given.truth]
    log = log_of(given.out, "operating_characteristics", sha)
    done = resumed(log, one, jobs, ("truth", "factor", "run"), given.processes)
    wanted = [done[job] for job in jobs]
    table = {}
    for f in given.factor:
        for h in given.truth:
            mine = [r for r in wanted if r["truth"] == h and r["factor"] == f]
            table[f"{h} x {f:g}"] = {
                "runs": len(mine),
                **{w: sum(r["word"] == w for r in mine) for w in WORDS},
                "mean_rate": float(np.mean([r["rate"] for r in mine])),
                "true_e1": float(np.mean([r["true_e1"] for r in mine])),
                "true_e2": float(np.mean([r["true_e2"] for r in mine])),
                "true_e3_latent": float(np.mean([r["true_e3_latent"] for r in mine])),
                "max_rhat": max(r["rhat"] for r in mine),
                "divergences": sum(r["divergences"] for r in mine),
                "median_seconds": float(np.median([r["seconds"] for r in mine])),
            }
    false = [h for h in ("honor-alone", "injury-alone", "additive") if h in given.truth and 1.0 in given.factor]
    right = [h for h in ("honor-plus-injury", "gated") if h in given.truth and 1.0 in given.factor]
    passed = all(table[f"{h} x 1"]["supported"] <= max(1, given.runs // 20) for h in false) and all(
        table[f"{h} x 1"]["supported"] > given.runs / 2 for h in right
    )
    result = record(
        passed,
        "supported in at most 1 run of 20 under honor-alone, injury-alone, additive; in most runs under honor-plus-injury and gated",
        sha,
        table=table,
        runs=wanted,
        moderate=asdict(MODERATE),
        verdict_rule=asdict(Rule()),
        sampler=asdict(SAMPLER),
    )
    write(given.out, "operating_characteristics", result, page(result))
    for name, row in table.items():
        print(name, {k: (round(v, 3) if isinstance(v, float) else v) for k, v in row.items()})
    print("passed" if passed else "NOT passed")


if __name__ == "__main__":
    main()
