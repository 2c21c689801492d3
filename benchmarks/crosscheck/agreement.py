"""Posterior means and standard deviations of two samplers side by side, held against their Monte Carlo errors."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import xarray as xr

from statusmodels.inference.sampling import Sampler
from statusmodels.report.results import PASSED, last_line, write

sys.path.append(str(Path(__file__).resolve().parents[1]))

HERE = Path(__file__).resolve().parent
STANDARD_ERRORS, SPREAD = 4.0, 0.05
CRITERION = (
    f"posterior means within {STANDARD_ERRORS:g} combined Monte Carlo standard errors; standard deviations within {SPREAD:.0%}"
    f" (of a positive quantity, those of its logarithm if the peer knows that one better), where the draws can tell: a ratio further off by less than"
    f" {STANDARD_ERRORS:g} of its own Monte Carlo errors is counted as not told"
)


def sha256(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def named(posterior: xr.Dataset, numbers: bool) -> dict[str, np.ndarray]:
    """Draws (chain, draw) of every scalar by name: ``era[2]``, ``effect[threat]``; labels are numbers from 1 if ``numbers``."""
    out = {}
    for name, values in posterior.items():
        for index in np.ndindex(values.shape[2:]):
            entry = values[(slice(None), slice(None), *index)]
            labels = [str(i + 1) if numbers or d not in entry.coords else str(entry.coords[d].item())
                      for d, i in zip(values.dims[2:], index, strict=True)]  # fmt: skip
            out[f"{name}[{','.join(labels)}]" if index else str(name)] = entry.to_numpy()
    return out


def summary(x: np.ndarray) -> dict[str, float]:
    """Mean and standard deviation of draws (chain, draw) with their Monte Carlo standard errors and sample sizes."""
    sd = x.std(ddof=1)
    square = (x - x.mean()) ** 2
    ess, ess_square = float(az.ess(x, method="mean")), float(az.ess(square, method="mean"))
    return {
        "mean": float(x.mean()),
        "sd": float(sd),
        "mcse": float(sd / np.sqrt(ess)),
        "mcse_sd": float(square.std() / np.sqrt(ess_square) / (2 * sd)),
        "ess": ess,
        "ess_sd": ess_square,
        "rhat": float(az.rhat(x)),
    }


def row(x: np.ndarray, peer: dict) -> dict:
    """One quantity: both summaries, the difference of means in standard errors, the ratio of spreads and its error.

    ``peer`` has mean, sd, mcse, mcse_sd, ess, rhat, and for a positive quantity the same of its logarithm, either under
    ``log`` or with the prefix ``log_``. Spreads are those on the scale where the peer's has the smaller relative error:
    the other has a heavy tail, and few draws without a visit to it look more certain than they are.
    """
    ours = summary(x)
    log = peer.get("log") or {k.removeprefix("log_"): v for k, v in peer.items() if k.startswith("log_")}
    logged = bool(log) and log["mcse_sd"] / log["sd"] < peer["mcse_sd"] / peer["sd"]
    a, b = (summary(np.log(x)), log) if logged else (ours, peer)
    return {
        "ours": ours,
        "peer": {k: v for k, v in peer.items() if not k.startswith("log")},
        "difference": (ours["mean"] - peer["mean"]) / np.hypot(ours["mcse"], peer["mcse"]),
        "sd_ratio": a["sd"] / b["sd"],
        "sd_ratio_mcse": a["sd"] / b["sd"] * np.hypot(*(s["mcse_sd"] / s["sd"] for s in (a, b))),
        "log": logged,
    }


def judged(found: dict) -> tuple[bool, bool | None]:
    """Whether the means agree; whether the spreads do, None where the draws cannot tell."""
    off = abs(found["sd_ratio"] - 1)
    spread = True if off <= SPREAD else (None if off <= STANDARD_ERRORS * found["sd_ratio_mcse"] else False)
    return abs(found["difference"]) <= STANDARD_ERRORS, spread


def case(fit: Callable[[], tuple[Any, int]], rows_of: Callable[[Any, dict], dict[str, dict]], peer: dict) -> dict:
    """One fit and all its quantities, judged.

    ``fit`` returns draws and the number of divergences, ``rows_of`` a row a quantity of them and of ``peer``, the
    peer's result on the same data, which has divergences and seconds.
    """
    began = time.perf_counter()
    draws, divergences = fit()
    seconds = time.perf_counter() - began
    rows = rows_of(draws, peer)
    verdicts = {name: judged(r) for name, r in rows.items()}
    return {
        "passed": all(mean and spread is not False for mean, spread in verdicts.values()),
        "quantities": len(rows),
        "largest_difference": float(max(abs(r["difference"]) for r in rows.values())),
        "root_mean_square_difference": float(np.sqrt(np.mean([r["difference"] ** 2 for r in rows.values()]))),
        "largest_sd_deviation": float(max(abs(r["sd_ratio"] - 1) for r in rows.values())),
        "spread_not_told": [name for name, (_, spread) in verdicts.items() if spread is None],
        "disagree": [name for name, (mean, spread) in verdicts.items() if not mean or spread is False],
        "smallest_ess": min(r["ours"]["ess"] for r in rows.values()),
        "smallest_ess_peer": min(r["peer"]["ess"] for r in rows.values()),
        "divergences": divergences,
        "divergences_peer": peer["divergences"],
        "seconds": seconds,
        "seconds_peer": peer["seconds"],
        "rows": rows,
    }


def tables(cases: dict[str, dict], peer: str) -> list[str]:
    """The cases as Markdown: one line each, then every quantity."""
    out = [
        f"| case | quantities | largest difference of means, MCSE | root mean square | largest deviation of sd | smallest ESS (ours,"
        f" {peer}) | divergences | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, c in cases.items():
        out.append(
            f"| {name} | {c['quantities']} | {c['largest_difference']:.2f} | {c['root_mean_square_difference']:.2f} |"
            f" {c['largest_sd_deviation']:.1%} | {c['smallest_ess']:,.0f}, {c['smallest_ess_peer']:,.0f} |"
            f" {c['divergences']}, {c['divergences_peer']} | {c['seconds']:.0f}, {c['seconds_peer']:.0f} |"
        )
    total = sum(c["quantities"] for c in cases.values())
    out += [
        "",
        "With independent and exact samplers the differences of means are standard normal: their root mean square is about 1 and the"
        f" chance that any of {total} exceeds {STANDARD_ERRORS:g} is {1 - (1 - 6.3e-5) ** total:.1%}.",
    ]
    for name, c in cases.items():
        out += [
            "",
            f"## {name}",
            "",
            f"Standard deviations the draws cannot tell: {', '.join(c['spread_not_told']) or 'none'}."
            f" Disagreements: {', '.join(c['disagree']) or 'none'}.",
            "",
            f"| quantity | mean, ours | mean, {peer} | difference, MCSE | sd, ours | sd, {peer} | ratio of sd (MC error) | agrees |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for label, r in c["rows"].items():
            a, b = r["ours"], r["peer"]
            mean, spread = judged(r)
            out.append(
                f"| {label} | {a['mean']:.4f} | {b['mean']:.4f} | {r['difference']:+.2f} | {a['sd']:.4f} | {b['sd']:.4f} |"
                f" {r['sd_ratio']:.3f} ({r['sd_ratio_mcse']:.3f}){' of logs' if r['log'] else ''} |"
                f" {'**no**' if not mean or spread is False else 'yes' if spread else 'mean only'} |"
            )
    return out


def unchanged(peer: dict, **files: Path) -> None:
    """Stop if a file is not as it was when the peer ran; ``data=path`` is held against the result's ``data_sha256``."""
    for name, path in files.items():
        if sha256(path) != peer[f"{name}_sha256"]:
            raise SystemExit(f"{path.name} has changed since the peer ran; run `make crosscheck-peers`")


def page(title: str, about: str, peer: str, of_peer: str, result: dict, hashes: str = "") -> str:
    """The result as a Markdown page. ``peer`` is its name, ``of_peer`` how it was run."""
    missing, ours = result["not_compared"], Sampler(**result["sampler"])
    out = [
        f"# {title}",
        "",
        f"Written by `make crosscheck` (benchmarks/crosscheck). {about}",
        "",
        f"Criterion: {result['criterion']}. **{PASSED[result['passed']]}.**",
        *([f"Not compared yet, because {peer} was not run on it: {'; '.join(missing)}."] if missing else []),
        "",
        *tables(result["cases"], peer),
        "",
        f"statusmodels: {ours.chains} chains of {ours.draws:,} draws after {ours.tune:,}, seed {ours.seed}. {of_peer}",
        f"{hashes}{last_line(result)}",
    ]
    return "\n".join(out) + "\n"


def write_data(path: Path, data: dict) -> None:
    """Write a data file, which is committed."""
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n")


def main(
    doc: str, stem: str, prepare: Callable[[], None], compare: Callable[[], dict], page_of: Callable[[dict], str]
) -> None:
    """The command line of a cross-check."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("prepare", "compare"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    if given.step == "prepare":
        prepare()
        return
    result = compare()
    write(given.out, stem, result, page_of(result))
    for name, c in result["cases"].items():
        print(name, {k: v for k, v in c.items() if k != "rows"})
    print("passed" if result["passed"] else "NOT passed")
