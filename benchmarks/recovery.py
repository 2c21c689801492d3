"""Does the model give back what was put in? Parameter recovery at three sizes, and known half-lives.

    python benchmarks/recovery.py --runs 100 --out docs/results

S: 2 dyads by 576 months, the signals of the embedded catalogue. The parameters of each replicate are drawn from the prior, so that
90 % intervals must cover 90 % of true values on average: that is what a Bayesian interval promises, over the prior and not at any
one truth, where it may cover more or less. M: 40 dyads by 120 months, and L: 1,000 dyads by 60 months, both with synthetic signals,
unequal coverage and one documented truth, with time and memory. half-life: signals that truly fade with one known half-life.
Finished fits are kept beside the output, so that an interrupted run goes on where it stopped; the page tells of all sizes that are
finished.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path

import arviz as az
import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from statusmodels.events.catalogue import load
from statusmodels.events.vocabulary import THREAT
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.inference.storage import code_hash, versions
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.parameters import constrain, drawn_from_prior
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import Sizes, truth
from statusmodels.panel.panel import HALF_LIVES, HISTORY_HALF_LIFE, SIGNALS, THREAT_SIGNALS, build, escalation_memory

HYPOTHESIS = HYPOTHESES[ENCOMPASSING]
PRIORS = Priors()
SAMPLERS = {
    "S": Sampler(draws=1000, tune=400, chains=2, target_accept=0.8),
    "M": Sampler(draws=2000, tune=500, chains=4, target_accept=0.8),
    "L": Sampler(draws=300, tune=300, chains=2, target_accept=0.7),
    "half-life": Sampler(draws=400, tune=400, chains=2, target_accept=0.8),
}
SHAPE = {"M": (20, 120), "L": (500, 60)}  # rivalries and months
RUNS = {"M": 5, "L": 1}
INSIDE = 0.9
LOW, HIGH = 0.86, 0.94
MAX_RHAT = 1.02
DERIVED = ("u", "base", "era", "dyad_effect", "era_effect", "gate_location", "gate_slope")
"""Not structural, or not in the hypothesis."""

ERAS = 5
BURN_IN = 36  # months of acts before the first period, so that memories are not empty there
SEVERITY = (0.40, 0.28, 0.18, 0.10, 0.04)  # probabilities of 1 to 5
LEVEL_SHARE = (0.740, 0.100, 0.110, 0.035, 0.010, 0.005)  # of levels 0 to 5; near those of the embedded catalogue
FURTHER_ACTS = 0.3  # mean number beyond the first

# the truth at M and L, besides statusmodels.models.truth; values lie about as far from their priors' centres as draws would
SPREADS = {
    "base_spread": 0.5,
    "effect_spread": (0.25, 0.15, 0.20),
    "rivalry_base_spread": 0.35,
    "rivalry_effect_spread": (0.15, 0.10, 0.20),
    "era_effect_spread": (0.10, 0.05, 0.15),
    "threat_memory_spread": 0.5,
}
CORRELATION = np.array([[1, -0.3, 0.1, 0.2], [-0.3, 1, 0.4, 0.3], [0.1, 0.4, 1, 0.0], [0.2, 0.3, 0.0, 1]])
WEIGHTS = {
    "honor_memory": (0.65, 0.25, 0.10),
    "authority_memory": (0.15, 0.60, 0.25),
    "threat_weight": (0.36, 0.24, 0.15, 0.11, 0.08, 0.06),
}
THREAT_MEMORY = (0.10, 0.25, 0.65)  # what the categories have in common

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
    return design(build(load("us-russia")))


def coverage(dyads: int, periods: int, rng: np.random.Generator) -> np.ndarray:
    """(D, T) whether a dyad is covered: a quarter start late, a quarter end early, by up to half of the periods."""
    begin, end = np.zeros(dyads), np.full(dyads, periods)
    kind, length = rng.random(dyads), rng.integers(1, periods // 2 + 1, dyads)
    begin[kind < 0.25] = length[kind < 0.25]
    end[kind > 0.75] -= length[kind > 0.75]
    t = np.arange(periods)
    return (t >= begin[:, None]) & (t < end[:, None])


def faded(acts: np.ndarray, half_lives: Iterable[float]) -> np.ndarray:
    """(K, ..., T) faded sums of monthly severities, strictly before each month; an act of a month fades as from its first day."""
    return np.stack([escalation_memory(acts, 0.5 ** (1.0 / h)) for h in half_lives])


def synthetic(rivalries: int, periods: int, seed: int) -> Design:
    """A design with synthetic signals: random acts, rarer in some dyads, in bursts that the two sides of a rivalry share.

    Levels and acts only stand for their frequencies, off which the truth reads its cutpoints.
    """
    rng = np.random.default_rng(seed)
    dyads, length = 2 * rivalries, periods + BURN_IN
    names = [f"{a}{r:03d}>{b}{r:03d}" for r in range(rivalries) for a, b in ("ab", "ba")]
    tension = rng.standard_normal((rivalries, length))
    for t in range(1, length):
        tension[:, t] = 0.8 * tension[:, t - 1] + 0.6 * tension[:, t]
    rate = 0.2 * np.exp(0.4 * rng.standard_normal((dyads, 1)) + 0.5 * np.repeat(tension, 2, axis=0))

    def memory(share: float) -> np.ndarray:
        severity = rng.multinomial(rng.poisson(share * rate), SEVERITY) @ np.arange(1.0, 6.0)
        return faded(severity, HALF_LIVES)[..., BURN_IN:]

    covered = coverage(dyads, periods, rng)
    level = np.where(covered, rng.choice(len(LEVEL_SHARE), (dyads, periods), p=LEVEL_SHARE), np.nan)
    acts = np.where(level > 0, 1 + rng.poisson(FURTHER_ACTS, level.shape), 0 * level)
    keep = 0.5 ** (1.0 / HISTORY_HALF_LIFE)
    own = np.log1p(escalation_memory(level, keep))
    cell = ("dyad", "period")
    threats = {f"{s}_memory": np.stack([memory(0.5) for _ in THREAT.category_names]) for s in THREAT_SIGNALS}
    panel = xr.Dataset(
        {
            **{f"{s}_memory": (("half_life", *cell), memory(1.0)) for s in SIGNALS},
            **{name: (("category", "half_life", *cell), values) for name, values in threats.items()},
            "level": (cell, level),
            "acts": (cell, acts),
            "history": (("side", *cell), np.stack([own, own[np.arange(dyads) ^ 1]])),
            "observed": (cell, covered),
            "era": ("period", np.arange(periods) * ERAS // periods),
        },
        coords={
            "dyad": names,
            "period": pd.date_range("2000-01-01", periods=periods, freq="MS"),
            "half_life": np.array(HALF_LIVES),
            "category": list(THREAT.category_names),
            "side": ["own", "other"],
            "era_name": ("era_index", [f"era {k + 1}" for k in range(ERAS)]),
        },
        attrs={"history_keep": keep},
    )
    return design(panel)


@cache
def large(size: str) -> Design:
    """The design of M or L: the same signals in all replicates."""
    return synthetic(*SHAPE[size], seed=list(SHAPE).index(size))


def hierarchical(panel: Design, rng: np.random.Generator) -> xr.Dataset:
    """The documented truth of M and L, one draw; the deviations of dyads, rivalries and eras are drawn, all else is fixed."""
    out = truth(panel, ENCOMPASSING, rng)
    for name, value in {**SPREADS, **WEIGHTS}.items():
        out[name] = (out[name].dims, np.array(value)[None])
    out["correlation"] = (out["correlation"].dims, CORRELATION[None])
    fixed = np.random.default_rng(1).standard_normal((len(panel.categories), len(THREAT_MEMORY)))
    weight = np.array(THREAT_MEMORY) * np.exp(SPREADS["threat_memory_spread"] * fixed)
    out["threat_memory"] = (out["threat_memory"].dims, (weight / weight.sum(axis=1, keepdims=True))[None])

    factor = np.linalg.cholesky(CORRELATION)

    def deviations(prefix: str, groups: int) -> np.ndarray:
        spread = np.append(SPREADS[f"{prefix}base_spread"], SPREADS[f"{prefix}effect_spread"])
        return spread[:, None] * (factor @ rng.standard_normal((4, groups)))

    by_dyad = deviations("", len(panel.dyads)) + deviations("rivalry_", len(panel.rivalries))[:, panel.rivalry]
    spread = np.append(float(out["era_spread"][0]), SPREADS["era_effect_spread"])
    by_era = spread[:, None] * rng.standard_normal((4, panel.eras))
    effect = out["effect"].to_numpy()[0, :3, None]
    for name, value in {
        "base": by_dyad[0] - by_dyad[0].mean(),
        "dyad_effect": effect + by_dyad[1:],
        "era": by_era[0] - by_era[0].mean(),
        "era_effect": by_era[1:],
    }.items():
        out[name] = (out[name].dims, value[None])
    return out


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
    for name, value in {"honor_memory": other, "authority_memory": other, "threat_memory": threat}.items():
        out[name] = (out[name].dims, value[None])
    return out


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


def clustered(hits: np.ndarray, of: np.ndarray) -> tuple[float, float]:
    """Share of pairs (replicate, quantity) that are covered, and its standard error with replicates as clusters.

    Parameters
    ----------
    hits, of : (R,) number of quantities covered in each replicate, and number of quantities.
    """
    hits, of = np.asarray(hits, dtype=float), np.asarray(of, dtype=float)
    share = hits.sum() / of.sum()
    replicates = len(hits)
    if replicates < 2:
        return float(share), float("nan")
    scatter = ((hits - share * of) ** 2).sum() * replicates / (replicates - 1)
    return float(share), float(np.sqrt(scatter) / of.sum())


def limits(trials: int, probability: float) -> tuple[int, int]:
    """Numbers of covered intervals that a binomial with 90 % stays within with at least this probability, both included."""
    tail = 0.5 * (1 - probability)
    return int(stats.binom.ppf(tail, trials, INSIDE)), int(stats.binom.ppf(1 - tail, trials, INSIDE))


def drawn_truth(panel: Design, rng: np.random.Generator) -> xr.Dataset:
    """A truth from the prior; its latent path is drawn with the outcomes."""
    return constrain(drawn_from_prior(panel, PRIORS, 1, rng), panel, HYPOTHESIS.mask())


def recover(parameters: xr.Dataset, panel: Design, sampler: Sampler, rng: np.random.Generator) -> dict:
    """Outcomes from the parameters, a fit to them, and what it says of each structural quantity."""
    level, extra, _ = replicate(parameters, panel, rng)
    fit = sample(panel.with_outcomes(level[0], extra[0]), HYPOTHESIS, PRIORS, sampler)
    posterior = fit["posterior"].dataset.drop_vars("u")
    steps = fit["sample_stats"]["n_steps"].to_numpy()
    divergences = int(fit["sample_stats"]["diverging"].sum())
    del fit
    drawn, true = structural(posterior), structural(parameters)
    rhat = az.rhat(xr.Dataset({name: (("chain", "draw"), x) for name, x in drawn.items()}))
    worst = max(drawn, key=lambda name: float(rhat[name]))
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
            for name, x in drawn.items()
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


def hit(told: dict[str, float]) -> bool:
    return told["low"] <= told["truth"] <= told["high"]


def with_z(told: dict[str, float]) -> dict[str, float]:
    return {**told, "z": round((told["mean"] - told["truth"]) / told["sd"], 2)}


def summarize_small(rows: list[dict]) -> dict:
    """Coverage at S: of all pairs, by block and by quantity."""
    names = list(rows[0]["quantities"])
    hits = pd.DataFrame([{name: hit(r["quantities"][name]) for name in names} for r in rows]).astype(float)

    def told(columns: list[str]) -> dict:
        share, error = clustered(hits[columns].sum(axis=1).to_numpy(), np.full(len(hits), len(columns)))
        return {"quantities": len(columns), "covered": round(share, 4), "monte_carlo_error": round(error, 4)}

    blocks: dict[str, list[str]] = {}
    for name in names:
        blocks.setdefault(name.split("[")[0], []).append(name)
    every = told(names)
    low, high = limits(len(rows), 0.999)
    counts = hits.sum().astype(int)
    return {
        "passed": LOW <= every["covered"] <= HIGH,
        "replicates": len(rows),
        "pairs": len(rows) * len(names),
        **every,
        "by_block": {block: told(columns) for block, columns in blocks.items()},
        "by_quantity": {name: int(counts[name]) for name in names},
        "outside_99.9": [name for name in names if not low <= counts[name] <= high],
        "rhat_above_limit": sum(r["rhat"] > MAX_RHAT for r in rows),
        "divergent_fits": sum(r["divergences"] > 0 for r in rows),
        "median_seconds": float(np.median([r["seconds"] for r in rows])),
        "median_cpu_seconds": float(np.median([r["cpu_seconds"] for r in rows])),
    }


def summarize_large(rows: list[dict]) -> dict:
    """Coverage, z-scores, time and memory at M or L."""
    names = list(rows[0]["quantities"])
    hits = np.array([[hit(r["quantities"][name]) for name in names] for r in rows])
    low, high = limits(hits.size, 0.999)
    share, error = clustered(hits.sum(axis=1), np.full(len(rows), len(names)))
    table = {name: [with_z(r["quantities"][name]) for r in rows] for name in names}
    return {
        "passed": low <= int(hits.sum()) <= high and all(r["rhat"] <= MAX_RHAT for r in rows),
        "replicates": len(rows),
        "quantities": len(names),
        "covered": round(share, 4),
        "monte_carlo_error": None if np.isnan(error) else round(error, 4),
        "pairs": hits.size,
        "pairs_covered": int(hits.sum()),
        "pairs_allowed": [low, high],
        "rhat": [r["rhat"] for r in rows],
        "rhat_at": [r["rhat_at"] for r in rows],
        "divergences": [r["divergences"] for r in rows],
        "seconds": [r["seconds"] for r in rows],
        "cpu_seconds": [r["cpu_seconds"] for r in rows],
        "peak_mib": [r["peak_mib"] for r in rows],
        "gradients": [r["gradients"] for r in rows],
        "table": table,
    }


def summarize_half_life(rows: list[dict]) -> dict:
    """Posterior mean weight of the true half-life, by case and signal; by category where those differ."""
    grid = [f"{h:g}" for h in HALF_LIVES]
    cases = []
    for where, half_life in CASES:
        mine = [r["weights"] for r in rows if (r["panel"], r["half_life"]) == (where, half_life)]
        honor, authority, threat = (
            np.array([w[k] for w in mine]).mean(axis=0) for k in ("honor_memory", "authority_memory", "threat_memory")
        )
        case: dict = {"panel": where, "half_life": half_life, "fits": len(mine)}
        if half_life == BY_CATEGORY:
            at = np.array(CATEGORY_HALF_LIFE)
            case["categories"] = list(THREAT.category_names)
            case["true_half_life"] = [grid[k] for k in at]
            case["weights"] = threat.round(3).tolist()
            case["largest"] = bool((threat.argmax(axis=1) == at).all())
        else:
            k = grid.index(half_life)
            told = {"honor": honor, "authority": authority, "threat": threat.mean(axis=0)}
            case["weight"] = {name: round(float(w[k]), 3) for name, w in told.items()}
            case["largest"] = all(int(w.argmax()) == k for w in told.values())
        cases.append(case)
    return {
        "passed": all(c["largest"] for c in cases if c["panel"] == MIDDLE_PANEL),
        "cases": cases,
        "rhat_above_limit": sum(r["rhat"] > MAX_RHAT for r in rows),
        "divergent_fits": sum(r["divergences"] > 0 for r in rows),
        "median_seconds": float(np.median([r["seconds"] for r in rows])),
    }


CRITERIA = {
    "S": f"90 % intervals cover {100 * LOW:.0f} to {100 * HIGH:.0f} % of all pairs of replicate and structural quantity",
    "M": f"the number of 90 % intervals that cover is within the binomial 99.9 % range, and R-hat <= {MAX_RHAT} in every fit",
    "L": f"the number of 90 % intervals that cover is within the binomial 99.9 % range, and R-hat <= {MAX_RHAT}",
    "half-life": f"at {MIDDLE_PANEL} the true half-life has the largest posterior mean weight, of every signal and category",
}
SUMMARIZE = {"S": summarize_small, "M": summarize_large, "L": summarize_large, "half-life": summarize_half_life}


def figure(summary: dict[str, dict], path: Path) -> None:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(n for s, key in (("S", "by_quantity"), ("M", "table"), ("L", "table"))
                               if s in summary for n in summary[s][key]))  # fmt: skip
    if not names:
        return
    at = {name: -i for i, name in enumerate(names)}
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 0.16 * len(names) + 1.5), sharey=True, layout="constrained")
    if "S" in summary:
        runs = summary["S"]["replicates"]
        for level, colour in ((0.999, "#e3ecf5"), (0.95, "#c6d9ec")):
            low, high = limits(runs, level)
            left.axvspan((low - 0.5) / runs, (high + 0.5) / runs, color=colour, lw=0)
        counts = summary["S"]["by_quantity"]
        left.plot([n / runs for n in counts.values()], [at[name] for name in counts], "o", ms=3.5, color="#333333")
        left.axvline(INSIDE, color="#333333", lw=0.5)
        left.set_xlim(min(0.75, min(counts.values()) / runs - 0.02), 1.01)
    left.set_xlabel("S: share of 90 % intervals that cover the truth")
    right.axvspan(-1.645, 1.645, color="#c6d9ec", lw=0)
    for size, mark, colour in (("M", "o", "#333333"), ("L", "D", "#b2182b")):
        if size not in summary:
            continue
        dots = [(q["z"], at[name]) for name, some in summary[size]["table"].items() for q in some]
        label = f"{size} ({summary[size]['replicates']})"
        right.plot(*zip(*dots, strict=True), mark, ms=3, color=colour, alpha=0.7, label=label)
    right.axvline(0, color="#333333", lw=0.5)
    right.set_xlabel("M, L: posterior mean less truth, posterior sd")
    if right.get_legend_handles_labels()[0]:
        right.legend(fontsize=8)
    left.set_yticks(list(at.values()), list(at), fontsize=6)
    left.set_ylim(-len(names), 1)
    fig.savefig(path, dpi=120)
    plt.close(fig)


def sampler_in_words(size: str) -> str:
    s = SAMPLERS[size]
    return f"{s.chains} chains of {s.tune} + {s.draws} draws, target acceptance {s.target_accept:g}"


def page_small(told: dict) -> list[str]:
    low, high = limits(told["replicates"], 0.95)
    return [
        "## S: 2 dyads by 576 months, truths from the prior",
        "",
        f"{told['replicates']} replicates under `{ENCOMPASSING}`: signals of the embedded catalogue, parameters from the default priors,"
        f" outcomes from them, fitted with the same priors; {sampler_in_words('S')}. **Averaging over the prior is what makes 90 % the"
        " right target**: a Bayesian interval covers with its nominal probability over the prior, while at one fixed truth it may cover"
        " more often (near the prior's centre) or less (far from it).",
        "",
        f"Covered: **{100 * told['covered']:.1f} %** of {told['pairs']:,} pairs ({told['quantities']} quantities), Monte Carlo error"
        f" {100 * told['monte_carlo_error']:.1f} percentage points, clustered by replicate because the quantities of one replicate go"
        f" together. {len(told['outside_99.9'])} quantities outside the pointwise 99.9 % binomial band"
        f"{': ' + ', '.join(told['outside_99.9']) if told['outside_99.9'] else ''}."
        f" {told['divergent_fits']} fits had a divergence and {told['rhat_above_limit']} an R-hat above {MAX_RHAT}; they count all the"
        f" same. Median {told['median_seconds']:.0f} s a fit ({told['median_cpu_seconds']:.0f} s of processor time).",
        "",
        "| block | quantities | covered, % | Monte Carlo error |",
        "|---|---:|---:|---:|",
        *(
            f"| {block} | {b['quantities']} | {100 * b['covered']:.1f} | {100 * b['monte_carlo_error']:.1f} |"
            for block, b in told["by_block"].items()
        ),
        "",
        f"By quantity, of {told['replicates']}; 95 % of counts lie in {low}-{high} if coverage is 90 %:",
        "",
        "| quantity | covered |",
        "|---|---:|",
        *(f"| {name} | {n} |" for name, n in told["by_quantity"].items()),
        "",
    ]


def page_large(size: str, told: dict) -> list[str]:
    rivalries, periods = SHAPE[size]
    several = told["replicates"] > 1

    def span(values: list[float], unit: str = "") -> str:
        low, high = min(values), max(values)
        return f"{low:,.0f}{unit}" if f"{low:,.0f}" == f"{high:,.0f}" else f"{low:,.0f}-{high:,.0f}{unit}"

    spread = f" (Monte Carlo error {100 * told['monte_carlo_error']:.1f} points, clustered)" if several else ""
    out = [
        f"## {size}: {2 * rivalries:,} dyads by {periods} months, one truth",
        "",
        f"{told['replicates']} replicate{'s' if several else ''}, default priors; {sampler_in_words(size)}. {told['pairs_covered']} of"
        f" {told['pairs']} intervals cover, {100 * told['covered']:.1f} %{spread}; allowed {told['pairs_allowed'][0]} to"
        f" {told['pairs_allowed'][1]}, which takes intervals as independent. R-hat at most {max(told['rhat']):.3f}"
        f" ({told['rhat_at'][int(np.argmax(told['rhat']))]}); divergences: {sum(told['divergences'])}.",
        "",
        f"A fit took {span(told['seconds'], ' s')} ({span(told['cpu_seconds'], ' s')} of processor time), {span(told['peak_mib'], ' MiB')} at"
        f" the peak of its process (Python and libraries included) and {span(told['gradients'])} gradient evaluations in the kept draws.",
        "",
    ]
    if several:
        out += [
            "| quantity | truth | posterior mean, average | 90 % interval, first replicate | z-scores | covered |",
            "|---|---:|---:|---:|---|---:|",
        ]
    else:
        out += ["| quantity | truth | posterior mean | 90 % interval | z-score |", "|---|---:|---:|---:|---:|"]
    for name, some in told["table"].items():
        first, mean = some[0], np.mean([q["mean"] for q in some])
        line = f"| {name} | {first['truth']:.3g} | {mean:.3g} | {first['low']:.3g} to {first['high']:.3g} | "
        line += " ".join(f"{q['z']:+.1f}" for q in some)
        out.append(line + (f" | {sum(hit(q) for q in some)} of {len(some)} |" if several else " |"))
    return [*out, ""]


def page_half_life(told: dict) -> list[str]:
    plain = [c for c in told["cases"] if c["half_life"] != BY_CATEGORY]
    out = [
        "## Known half-lives",
        "",
        f"All signals fade with one half-life, effects of {BIG.honor:g} in log odds per standard deviation (honor denied, authority denied,"
        f" threat); fitted with the default priors, in which each weight is 1/3 on average; {sampler_in_words('half-life')}. Posterior mean"
        f" weight of the true half-life, average of {plain[0]['fits']} fits. Weights rest on the prior's pull towards equality, and memories"
        " of neighbouring half-lives look alike, so less than 1 is expected.",
        "",
        "| panel | true half-life, months | honor | authority | threat, mean of categories | largest |",
        "|---|---:|---:|---:|---:|---|",
        *(
            f"| {c['panel']} | {c['half_life']} | {' | '.join(f'{w:.2f}' for w in c['weight'].values())} |"
            f" {'yes' if c['largest'] else 'not of every signal'} |"
            for c in plain
        ),
        "",
        f"Threat categories with half-lives of their own, {MIDDLE_PANEL}; posterior mean weights, the true one in bold:",
        "",
        f"| category | {' | '.join(f'{h:g} months' for h in HALF_LIVES)} |",
        f"|---|{'---:|' * len(HALF_LIVES)}",
    ]
    for case in (c for c in told["cases"] if c["half_life"] == BY_CATEGORY):
        for category, true, weights in zip(case["categories"], CATEGORY_HALF_LIFE, case["weights"], strict=True):
            cells = [f"**{w:.2f}**" if k == true else f"{w:.2f}" for k, w in enumerate(weights)]
            out.append(f"| {category} | {' | '.join(cells)} |")
    out += [
        "",
        f"{told['divergent_fits']} fits had a divergence, {told['rhat_above_limit']} an R-hat above {MAX_RHAT}.",
        "",
    ]
    return out


def settings() -> str:
    """Hash of what this script fixes: fits made under other settings are not gone on from."""
    signals = [SHAPE, ERAS, BURN_IN, SEVERITY, LEVEL_SHARE, FURTHER_ACTS]
    truths = [SPREADS, CORRELATION.tolist(), WEIGHTS, THREAT_MEMORY, asdict(BIG), CASES, CATEGORY_HALF_LIFE]
    fixed = [{k: asdict(s) for k, s in SAMPLERS.items()}, signals, truths]
    return hashlib.sha256(json.dumps(fixed).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="replicates of S")
    parser.add_argument("--size", nargs="+", default=list(SAMPLERS), choices=list(SAMPLERS))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="for S; else one fit at a time")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sha = load("us-russia").sha256
    log_path = given.out / f".recovery-{sha[:12]}-{code_hash()[:12]}-{settings()[:8]}.jsonl"
    rows = [json.loads(line) for line in log_path.read_text().splitlines()] if log_path.exists() else []
    have = {(r["size"], r["run"]) for r in rows}
    count = {"S": given.runs, **RUNS, "half-life": REPEATS * len(CASES)}
    fresh = multiprocessing.get_context("spawn")  # so that the peak memory of a fit's process is its own
    with log_path.open("a") as log:
        for size in given.size:
            todo = [(size, run) for run in range(count[size]) if (size, run) not in have]
            each = {"max_workers": given.processes} if size == "S" else {"max_workers": 1, "max_tasks_per_child": 1}
            with ProcessPoolExecutor(**each, mp_context=fresh) as pool:
                for n, future in enumerate(as_completed([pool.submit(one, *job) for job in todo]), 1):
                    rows.append(future.result())
                    log.write(json.dumps(rows[-1]) + "\n")
                    log.flush()
                    print(f"\r{size}: {n}/{len(todo)} fits ", end="", file=sys.stderr)
    summary = {}
    for size, summarize in SUMMARIZE.items():
        mine = sorted((r for r in rows if r["size"] == size and r["run"] < count[size]), key=lambda r: r["run"])
        if len(mine) == count[size]:
            summary[size] = summarize(mine)
    missing = [size for size in SAMPLERS if size not in summary]
    record = {
        "passed": not missing and all(s["passed"] for s in summary.values()),
        "criterion": CRITERIA,
        "not_run": missing,
        "sizes": summary,
        "samplers": {size: asdict(s) for size, s in SAMPLERS.items()},
        "seed": "10000 * (1 + number of the size) + run; in place of the sampler's",
        "data_sha256": sha,
        "code_sha256": code_hash(),
        "versions": versions(),
        "date": f"{date.today():%Y-%m-%d}",
    }
    (given.out / "recovery.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    figure(summary, given.out / "recovery.png")
    verdict = {True: "passed", False: "**not passed**"}
    lines = [
        "# Parameter recovery",
        "",
        "Written by benchmarks/recovery.py; do not edit. Outcomes are drawn from known parameters and the model is fitted to them. Structural"
        " quantities: effects, sigma, rho, history, cutpoints, memory and threat weights, spreads, correlations, the further acts.",
        "",
        *(f"- {size}: {CRITERIA[size]}: {verdict[summary[size]['passed']] if size in summary else 'not run'}." for size in SAMPLERS),
        "",
        f"Altogether **{'passed' if record['passed'] else 'not passed'}**.",
        "",
        *(["![Coverage and z-scores](recovery.png)", "", "Left: share of intervals that cover, in binomial 95 % and 99.9 % bands about"
           " 90 %. Right: z-scores; shaded: 90 % of a normal.", ""] if set(summary) - {"half-life"} else []),
    ]  # fmt: skip
    if "S" in summary:
        lines += page_small(summary["S"])
    if "M" in summary or "L" in summary:
        lines += page_truth()
    lines += [line for size in SHAPE if size in summary for line in page_large(size, summary[size])]
    if "half-life" in summary:
        lines += page_half_life(summary["half-life"])
    lines.append(f"Data {sha[:12]}, code {record['code_sha256'][:12]}, {record['date']}.")
    (given.out / "recovery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[4:10]))


def page_truth() -> list[str]:
    return [
        "## Panels and truth of M and L",
        "",
        f"Signals: in each dyad random acts of severity 1 to 5, at a rate of its own that swells and ebbs with a tension shared by the"
        f" rivalry's two sides, faded with half-lives of {', '.join(f'{h:g}' for h in HALF_LIVES)} months; {len(THREAT.category_names)} categories"
        f" of threat; {ERAS} eras. A quarter of the dyads start late and a quarter end early. Truth: `statusmodels.models.truth` under"
        f" `{ENCOMPASSING}`, with spreads, correlations and weights as in the tables; deviations of dyads, rivalries and eras are drawn anew in"
        " each replicate. At one fixed truth 90 % is only roughly what to expect of 90 % intervals; the truth lies about as far from the"
        " priors' centres as a draw would.",
        "",
    ]


if __name__ == "__main__":
    main()
