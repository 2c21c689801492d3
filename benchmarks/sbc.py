"""Simulation-based calibration: does the sampler draw from the posterior that the model defines?

    python benchmarks/sbc.py --runs 200 --out docs/results

For each hypothesis parameters and a latent path are drawn from the prior, outcomes from them, the model is fitted to them, and
the rank of every true quantity among its posterior draws is noted (Talts et al. 2018). If prior, simulator, density, gradient,
transformations and sampler agree, ranks are uniform. The joint log likelihood is ranked too, because it notices what single
parameters miss (Modrák et al. 2023). Ranks are compared with simultaneous bands of their empirical distribution function
(Säilynoja et al. 2022). Finished runs are kept beside the output, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr

from statusmodels.claims.prior import prior_parameters
from statusmodels.events.catalogue import load
from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.inference.storage import code_hash, versions
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.models.parameters import linear_predictor
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.panel.panel import build

PRIORS = Priors()
SAMPLER = Sampler(draws=700, tune=300, chains=2, target_accept=0.8)
KEPT = 99  # posterior draws that a truth is ranked among, thinned so that they are nearly independent


@cache
def arrays(first: str = "1977-01-01", last: str = "1984-12-31") -> Design:
    """The signals of the embedded catalogue's first eight years: 2 dyads by 96 months."""
    catalogue = load("us-russia")
    inside = catalogue.events["date"].between(first, last)
    events = catalogue.events[inside].reset_index(drop=True)
    eras = catalogue.eras[catalogue.eras["start"] <= last].copy()
    eras["end"] = eras["end"].clip(upper=last)
    codings = catalogue.codings[catalogue.codings["event_id"].isin(events["event_id"])].reset_index(drop=True)
    return design(build(replace(catalogue, events=events, codings=codings, eras=eras)))


def scalars(parameters: xr.Dataset, hypothesis: str) -> dict[str, np.ndarray]:
    """Every scalar quantity by name, each (S,); coefficients that the hypothesis holds at zero are left out."""
    free = HYPOTHESES[hypothesis].free
    out = {}
    for name in parameters.data_vars:
        values = parameters[name].to_numpy().reshape(parameters.sizes["sample"], -1)
        labels = [str(i) for i in range(values.shape[1])]
        if name == "effect":
            labels = list(TERMS)
        for j, label in enumerate(labels):
            if name == "effect" and label not in free:
                continue
            if np.ptp(values[:, j]) > 0 or len(values) == 1:
                out[f"{name}[{label}]" if values.shape[1] > 1 else str(name)] = values[:, j]
    return out


def log_likelihood(parameters: xr.Dataset, data: Design) -> np.ndarray:
    """Log likelihood of the outcomes given parameters with their path ``u``, (S,)."""
    at = np.flatnonzero(data.modelled)
    theta = (linear_predictor(parameters, data) + parameters["u"].to_numpy()).reshape(parameters.sizes["sample"], -1)
    return outcome_log_likelihood(theta[:, at, None], at, data, parameters).sum(axis=(1, 2))


def one(hypothesis: str, run: int) -> dict:
    """Draw, simulate, fit and rank once."""
    began = time.perf_counter()
    seed = 100_000 * (1 + list(HYPOTHESES).index(hypothesis)) + run
    rng = np.random.default_rng(seed)
    panel = arrays()
    truth = prior_parameters(panel, HYPOTHESES[hypothesis], PRIORS, 1, rng)
    level, extra, _ = replicate(truth, panel, rng, path=truth["u"].to_numpy())
    data = panel.with_outcomes(level[0], extra[0])
    fit = sample(data, HYPOTHESES[hypothesis], PRIORS, replace(SAMPLER, seed=seed))
    posterior = fit["posterior"].dataset.stack(sample=("chain", "draw"), create_index=False).transpose("sample", ...)
    kept = np.linspace(0, posterior.sizes["sample"] - 1, KEPT).round().astype(int)
    posterior = posterior.isel(sample=kept)
    drawn = scalars(posterior.drop_vars("u"), hypothesis)
    drawn["log likelihood"] = log_likelihood(posterior.astype(float), data)
    true = {**scalars(truth.drop_vars("u"), hypothesis), "log likelihood": log_likelihood(truth, data)}
    return {
        "hypothesis": hypothesis,
        "run": run,
        "ranks": {name: int((values < true[name][0]).sum()) for name, values in drawn.items()},
        "divergences": int(fit["sample_stats"]["diverging"].sum()),
        "seconds": time.perf_counter() - began,
    }


@cache
def band(runs: int, level: float) -> float:
    """Half-width multiplier of simultaneous bands of the ECDF of uniform ranks, in pointwise standard deviations."""
    grid = (np.arange(KEPT) + 1) / (KEPT + 1)
    rng = np.random.default_rng(1)
    worst = []
    for _ in range(4000):
        ranks = rng.integers(0, KEPT + 1, runs)
        ecdf = np.searchsorted(np.sort(ranks), np.arange(1, KEPT + 1)) / runs
        worst.append(np.abs((ecdf - grid) / np.sqrt(grid * (1 - grid) / runs)).max())
    return float(np.quantile(worst, level))


def distance(ranks: np.ndarray) -> float:
    """Largest distance of the ranks' ECDF from uniformity, in pointwise standard deviations."""
    grid = (np.arange(KEPT) + 1) / (KEPT + 1)
    ecdf = np.searchsorted(np.sort(ranks), np.arange(1, KEPT + 1)) / len(ranks)
    return float(np.abs((ecdf - grid) / np.sqrt(grid * (1 - grid) / len(ranks))).max())


def figure(ranks: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(2, 4, figsize=(12, 6), sharex=True, sharey=True, layout="constrained")
    grid = (np.arange(KEPT) + 1) / (KEPT + 1)
    for ax, (hypothesis, by_name) in zip(axes.flat, ranks.items(), strict=False):
        runs = len(next(iter(by_name.values())))
        half = band(runs, 0.95) * np.sqrt(grid * (1 - grid) / runs)
        ax.fill_between(grid, -half, half, color="#c6d9ec")
        for name, values in by_name.items():
            ecdf = np.searchsorted(np.sort(values), np.arange(1, KEPT + 1)) / runs
            joint = name == "log likelihood"
            ax.plot(
                grid,
                ecdf - grid,
                color="#b2182b" if joint else "#333333",
                lw=1.5 if joint else 0.5,
                alpha=1 if joint else 0.5,
            )
        ax.set_title(f"{hypothesis} ({runs} runs)", fontsize=9)
    for ax in axes.flat[len(ranks) :]:
        ax.set_axis_off()
    fig.supxlabel("rank of the truth among posterior draws")
    fig.supylabel("ECDF less uniform")
    fig.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--hypothesis", nargs="+", default=list(HYPOTHESES), choices=list(HYPOTHESES))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sha = load("us-russia").sha256
    log_path = given.out / f".sbc-{sha[:12]}-{code_hash()[:12]}.jsonl"
    rows = [json.loads(line) for line in log_path.read_text().splitlines()] if log_path.exists() else []
    have = {(r["hypothesis"], r["run"]) for r in rows}
    todo = [(h, r) for r in range(given.runs) for h in given.hypothesis if (h, r) not in have]
    with ProcessPoolExecutor(given.processes) as pool, log_path.open("a") as log:
        for n, future in enumerate(as_completed([pool.submit(one, *job) for job in todo]), 1):
            rows.append(future.result())
            log.write(json.dumps(rows[-1]) + "\n")
            log.flush()
            print(f"\r{n}/{len(todo)} fits", end="", file=sys.stderr)
    rows = sorted(
        (r for r in rows if r["run"] < given.runs and r["hypothesis"] in given.hypothesis), key=lambda r: r["run"]
    )
    ranks: dict[str, dict[str, np.ndarray]] = {}
    for h in given.hypothesis:
        mine = [r["ranks"] for r in rows if r["hypothesis"] == h]
        ranks[h] = {name: np.array([r[name] for r in mine]) for name in mine[0]}
    wide, widest = band(given.runs, 0.95), band(given.runs, 0.9995)
    far = {h: {name: distance(v) for name, v in by.items()} for h, by in ranks.items()}
    every = [d for by in far.values() for d in by.values()]
    outside = sum(d > wide for d in every)
    limit = int(np.ceil(0.05 * len(every) + 3 * np.sqrt(0.05 * 0.95 * len(every))))
    beyond = [f"{h}: {name}" for h, by in far.items() for name, d in by.items() if d > widest]
    record = {
        "passed": outside <= limit and not beyond,
        "criterion": "no quantity outside the 99.95 % simultaneous band, and no more outside the 95 % band than chance allows"
        " (5 % and three standard deviations)",
        "quantities": len(every),
        "outside_95": outside,
        "allowed_outside_95": limit,
        "beyond_99.95": beyond,
        "runs": given.runs,
        "ranked_among": KEPT,
        "divergent_fits": sum(r["divergences"] > 0 for r in rows),
        "fits": len(rows),
        "median_seconds": float(np.median([r["seconds"] for r in rows])),
        "priors": {name: str(p) for name, p in PRIORS.table.items()},
        "distance": {h: {k: round(v, 3) for k, v in by.items()} for h, by in far.items()},
        "seed": "100000 * (1 + number of the hypothesis) + run",
        "data_sha256": sha,
        "code_sha256": code_hash(),
        "versions": versions(),
        "date": f"{date.today():%Y-%m-%d}",
    }
    (given.out / "sbc.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    figure(ranks, given.out / "sbc.png")
    lines = [
        "# Simulation-based calibration",
        "",
        "Written by `make sbc` (benchmarks/sbc.py); do not edit. Parameters and latent path from the prior, outcomes from them on the"
        " signals of the embedded catalogue's first eight years (2 dyads by 96 months), the model fitted to the outcomes, the rank of"
        f" each true quantity among {KEPT} posterior draws. The documented default priors. {given.runs} runs a hypothesis.",
        "",
        f"Criterion: {record['criterion']}. **{'Passed' if record['passed'] else 'Not passed'}**: {outside} of {len(every)} quantities"
        f" outside the 95 % band ({limit} allowed), {len(beyond)} beyond the 99.95 % band{': ' + ', '.join(beyond) if beyond else ''}."
        f" {record['divergent_fits']} of {len(rows)} fits had a divergence; they are ranked all the same.",
        "",
        "![Rank ECDFs](sbc.png)",
        "",
        "Lines: quantities; red: the joint log likelihood; shaded: 95 % simultaneous band.",
        "",
        f"Data {sha[:12]}, code {record['code_sha256'][:12]}, {record['date']}.",
    ]
    (given.out / "sbc.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[4:5]))


if __name__ == "__main__":
    main()
