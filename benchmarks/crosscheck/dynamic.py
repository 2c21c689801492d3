"""The dynamic model against a hand-written Stan program (dynamic.stan) on the same data.

    python benchmarks/crosscheck/dynamic.py prepare    # once: writes dynamic_data.json, which is committed
    Rscript benchmarks/crosscheck/dynamic.R            # once: writes dynamic_stan.json, which is committed
    python benchmarks/crosscheck/dynamic.py compare    # samples with statusmodels and compares; writes docs/results

The data: the signals of the first 160 months of the embedded catalogue (2 dyads, 6 eras) and outcomes drawn from a documented
truth with lower cutpoints, so that acts of every level are there. Both sides read the same rounded numbers from the file.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from agreement import CRITERION, case, named, row, sha256, tables

from statusmodels.claims.estimands import estimands
from statusmodels.events.catalogue import load
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.inference.storage import code_hash, versions
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import effects, truth
from statusmodels.panel.panel import build

HERE = Path(__file__).parent
DATA, PROGRAM, STAN = HERE / "dynamic_data.json", HERE / "dynamic.stan", HERE / "dynamic_stan.json"
NAMES = ("honor-plus-injury", "gated")
LAST_DAY = "1990-04-30"  # of the first 160 months
CUTPOINTS = (0.3, 1.2, 2.1, 3.0, 3.9)
SAMPLER = Sampler(draws=10_000, tune=1000, chains=4, target_accept=0.95, seed=20260102)
DIGITS = 6


def prepare(seed: int = 12) -> dict:
    """Signals of the embedded catalogue's first 160 months; for each hypothesis, outcomes drawn with it as the truth."""
    catalogue = load("us-russia")
    eras = catalogue.eras[catalogue.eras["start"] <= LAST_DAY].copy()
    eras.loc[eras.index[-1], "end"] = pd.Timestamp(LAST_DAY)
    arrays = design(build(replace(catalogue, eras=eras)))
    rng = np.random.default_rng(seed)

    def rounded(x: np.ndarray) -> list:
        return np.round(x, DIGITS).tolist()

    cases = {}
    for name in NAMES:
        parameters = truth(arrays, name, rng)
        parameters["cutpoint"][:] = np.array(CUTPOINTS)
        level, extra, _ = replicate(parameters, arrays, rng)
        drawn = arrays.with_outcomes(level[0], extra[0])
        cases[name] = {
            "free": [int(x) for x in HYPOTHESES[name].mask()],
            "level": drawn.level.tolist(),
            "extra": drawn.extra.tolist(),
            "history": rounded(drawn.history),
            "truth": {"effects": effects(name), "cutpoint": CUTPOINTS},
        }
    return {
        "signals_of": {"catalogue": catalogue.name, "sha256": catalogue.sha256, "until": LAST_DAY, "seed": seed},
        "dyads": arrays.dyads,
        "rivalries": arrays.rivalries,
        "rivalry_of": arrays.rivalry.tolist(),
        "half_lives": arrays.half_lives.tolist(),
        "categories": arrays.categories,
        "terms": list(TERMS),
        "eras": arrays.eras,
        "era": arrays.era.tolist(),
        "weight": arrays.weight.astype(int).tolist(),
        "memory": rounded(arrays.memory),
        "threat": rounded(arrays.threat),
        "hypotheses": cases,
    }


def arrays_of(data: dict, name: str) -> Design:
    """The design of the data file under one hypothesis."""
    case = data["hypotheses"][name]
    weight = np.array(data["weight"], dtype=float)
    return Design(
        memory=np.array(data["memory"]),
        threat=np.array(data["threat"]),
        history=np.array(case["history"]),
        history_mean=np.full(2, np.nan),
        era=np.array(data["era"]),
        eras=data["eras"],
        level=np.array(case["level"]),
        extra=np.array(case["extra"]),
        weight=weight,
        mirror=np.arange(len(data["dyads"]))[::-1].copy(),
        keep=float("nan"),
        start_level=np.full(weight.shape, np.nan),
        half_lives=np.array(data["half_lives"]),
        categories=tuple(data["categories"]),
        dyads=tuple(data["dyads"]),
    )


def fit(data: dict, name: str, sampler: Sampler) -> tuple[xr.Dataset, int]:
    """Posterior of statusmodels, and its number of divergences."""
    tree = sample(arrays_of(data, name), HYPOTHESES[name], sampler=sampler)
    return tree["posterior"].dataset, int(tree["sample_stats"]["diverging"].sum())


def with_estimands(posterior: xr.Dataset, arrays: Design, batch: int = 500) -> xr.Dataset:
    """The posterior with E1 and E2 of each draw, named as in the Stan program."""
    e = np.empty((posterior.sizes["chain"], posterior.sizes["draw"], 2))
    for c in range(len(e)):
        for start in range(0, e.shape[1], batch):
            part = posterior.isel(chain=[c], draw=slice(start, start + batch))
            found = estimands(part.stack(sample=("chain", "draw"), create_index=False).transpose("sample", ...), arrays)
            e[c, start : start + batch] = np.column_stack([found.e1, found.e2])
    return posterior.assign(estimand=(("chain", "draw", "which"), e)).assign_coords(which=["E1", "E2"])


def rows_of(posterior: xr.Dataset, stan: dict) -> dict[str, dict]:
    """One row a quantity of the Stan result."""
    posterior = posterior.drop_vars("u")
    draws = dict(zip(named(posterior, numbers=True), named(posterior, numbers=False).items(), strict=True))
    return {draws[name][0]: row(draws[name][1], theirs) for name, theirs in stan["quantities"].items()}


def compare(sampler: Sampler) -> dict:
    """Sample the committed data with statusmodels and hold every quantity against the committed result of Stan."""
    data, stan = json.loads(DATA.read_text()), json.loads(STAN.read_text())
    for path, key in ((DATA, "data_sha256"), (PROGRAM, "program_sha256")):
        if sha256(path) != stan[key]:
            raise SystemExit(f"{path.name} has changed since Stan ran; run `make crosscheck-peers`")
    cases = {}
    for name in NAMES:
        began = time.perf_counter()
        posterior, divergences = fit(data, name, sampler)
        seconds = time.perf_counter() - began
        rows = rows_of(with_estimands(posterior, arrays_of(data, name)), stan["hypotheses"][name])
        cases[name] = case(rows, divergences, seconds, stan["hypotheses"][name])
    return {
        "passed": all(c["passed"] for c in cases.values()),
        "criterion": CRITERION,
        "hypotheses": cases,
        "sampler": vars(sampler),
        "stan": {k: stan[k] for k in ("versions", "seed", "date", "chains", "draws", "warmup", "adapt_delta")},
        "data_sha256": stan["data_sha256"],
        "program_sha256": stan["program_sha256"],
        "code_sha256": code_hash(),
        "versions": versions(),
        "date": time.strftime("%Y-%m-%d"),
    }


def page(result: dict) -> str:
    """The result as a Markdown page."""
    stan, ours = result["stan"], result["sampler"]
    out = [
        "# Cross-check of the dynamic model against Stan",
        "",
        "Written by `make crosscheck` (benchmarks/crosscheck). The same data, 2 dyads x 160 months with outcomes drawn from a"
        " known truth, sampled with statusmodels and with a Stan program written by hand from the model's equations.",
        "",
        f"Criterion: {result['criterion']}. **{'Passed' if result['passed'] else 'Not passed'}.**",
        "",
        *tables(result["hypotheses"], "Stan"),
        "",
        f"statusmodels: {ours['chains']} chains of {ours['draws']:,} draws after {ours['tune']:,}, seed {ours['seed']}."
        f" Stan ({', '.join(f'{k} {v}' for k, v in stan['versions'].items())}): {stan['chains']} chains of"
        f" {stan['draws']:,} draws after {stan['warmup']:,}, seed {stan['seed']}, {stan['date']}.",
        f"Data {result['data_sha256'][:12]}, Stan program {result['program_sha256'][:12]},"
        f" code {result['code_sha256'][:12]}, {result['date']}.",
    ]
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("prepare", "compare"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    given = parser.parse_args()
    if given.step == "prepare":
        DATA.write_text(json.dumps(prepare(), separators=(",", ":")) + "\n")
        return
    result = compare(SAMPLER)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "crosscheck.json").write_text(json.dumps(result, indent=1) + "\n")
    (given.out / "crosscheck.md").write_text(page(result))
    for name, c in result["hypotheses"].items():
        print(name, {k: v for k, v in c.items() if k != "rows"})
    print("passed" if result["passed"] else "NOT passed")


if __name__ == "__main__":
    main()
