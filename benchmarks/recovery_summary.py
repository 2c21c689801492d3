"""What the fits of the recovery benchmark say: coverage of true values, z-scores, weights of true half-lives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from recovery_fits import BY_CATEGORY, CASES, CATEGORY_HALF_LIFE, INSIDE, MIDDLE_PANEL
from scipy import stats

from statusmodels.events.vocabulary import THREAT
from statusmodels.panel.panel import HALF_LIVES

LOW, HIGH = 0.86, 0.94
MAX_RHAT = 1.02


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


def hit(told: dict[str, float]) -> bool:
    """Whether the interval covers the truth."""
    return told["low"] <= told["truth"] <= told["high"]


def with_z(told: dict[str, float]) -> dict[str, float]:
    """With the distance of the posterior mean from the truth, in posterior standard deviations."""
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
