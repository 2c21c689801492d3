"""Does the model give back what was put in? Parameter recovery at three sizes, and known half-lives.

    python benchmarks/recovery.py --runs 100 --out docs/results

S: 2 dyads by 576 months, the signals of the embedded catalogue. The parameters of each replicate are drawn from the
prior, so that 90 % intervals must cover 90 % of true values on average: that is what a Bayesian interval promises, over
the prior and not at any one truth, where it may cover more or less. M: 40 dyads by 120 months, and L: 1,000 dyads by 60
months, both with synthetic signals, unequal coverage and one documented truth, with time and memory. half-life: signals
that truly fade with one known half-life. Finished fits are kept beside the output, so that an interrupted run goes on
where it stopped; the page tells of all sizes that are finished.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path

from recovery_fits import CASES, REPEATS, RUNS, SAMPLERS, one, settings
from recovery_page import figure, page
from recovery_summary import CRITERIA, SUMMARIZE
from runs import kept, log_of, resumed

from statusmodels.events.catalogue import load
from statusmodels.report.results import record, write


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="replicates of S")
    parser.add_argument("--size", nargs="+", default=list(SAMPLERS), choices=list(SAMPLERS))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for S; else one fit at a time")
    given = parser.parse_args()
    sha = load("us-russia").sha256
    log = log_of(given.out, "recovery", sha, settings())
    jobs = {
        size: [(size, run) for run in range(count)]
        for size, count in {"S": given.runs, **RUNS, "half-life": REPEATS * len(CASES)}.items()
    }
    for size in given.size:
        alone = size != "S"
        resumed(log, one, jobs[size], ("size", "run"), 1 if alone else given.processes, fresh=alone)
    rows = {(row["size"], row["run"]): row for row in kept(log)}
    summary = {
        size: summarize([rows[job] for job in jobs[size]])
        for size, summarize in SUMMARIZE.items()
        if all(job in rows for job in jobs[size])
    }
    missing = [size for size in SAMPLERS if size not in summary]
    found = record(
        not missing and all(s["passed"] for s in summary.values()),
        CRITERIA,
        sha,
        not_run=missing,
        sizes=summary,
        samplers={size: asdict(s) for size, s in SAMPLERS.items()},
        seed="10000 * (1 + number of the size) + run; in place of the sampler's",
    )
    text = page(found)
    write(given.out, "recovery", found, text)
    figure(summary, given.out / "recovery.png")
    print("\n".join(text.splitlines()[4:10]))


if __name__ == "__main__":
    main()
