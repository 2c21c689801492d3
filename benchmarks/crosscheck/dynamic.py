"""The dynamic model against a hand-written Stan program (dynamic.stan) on the same data.

    python benchmarks/crosscheck/dynamic.py prepare    # once: writes the data files, which are committed
    Rscript benchmarks/crosscheck/dynamic.R            # once: writes dynamic_stan.json, which is committed
    Rscript benchmarks/crosscheck/dynamic.R 4000 benchmarks/crosscheck/dynamic_twelve_{stan,data}.json    # once, likewise
    python benchmarks/crosscheck/dynamic.py compare    # samples with statusmodels and compares; writes docs/results

Two panels. One has the signals of the first 160 months of the embedded catalogue (2 dyads, 6 eras). The other is
synthetic: both directions of 6 rivalries over 60 months in 2 eras, so that rivalries deviate and a dyad's deviations
are correlated. Outcomes are drawn from a documented truth with lower cutpoints, so that acts of every level are there.
Both sides read the same rounded numbers.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import agreement
import numpy as np
import pandas as pd
import xarray as xr
from agreement import CRITERION, HERE, case, named, row, unchanged, write_data
from exchange import arrays_of, as_file
from synthetic import STEADY, drawn, hierarchical, synthetic, with_values

from statusmodels.claims.estimands import estimands
from statusmodels.events.catalogue import load
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.truth import effects, truth
from statusmodels.panel.panel import build
from statusmodels.report.results import record

PROGRAM = HERE / "dynamic.stan"


@dataclass(frozen=True)
class Files:
    """Where the data of a panel are, and the result of Stan."""

    data: Path
    stan: Path


TWO = Files(HERE / "dynamic_data.json", HERE / "dynamic_stan.json")
TWELVE = Files(HERE / "dynamic_twelve_data.json", HERE / "dynamic_twelve_stan.json")
PANELS = (TWO, TWELVE)
NAMES = ("honor-plus-injury", "gated")  # of the small panel
LAST_DAY = "1990-04-30"  # of the first 160 months
CUTPOINTS = (0.3, 1.2, 2.1, 3.0, 3.9)
DETAILED = 3  # dyads whose own quantities are compared
SAMPLER = Sampler(draws=10_000, tune=1000, chains=4, target_accept=0.95, seed=20260102)


def prepare_two(seed: int = 12) -> dict:
    """Signals of the embedded catalogue's first 160 months; for each hypothesis, outcomes drawn with it as the truth."""
    catalogue = load("us-russia")
    eras = catalogue.eras[catalogue.eras["start"] <= LAST_DAY].copy()
    eras.loc[eras.index[-1], "end"] = pd.Timestamp(LAST_DAY)
    arrays = design(build(replace(catalogue, eras=eras)))
    rng = np.random.default_rng(seed)
    outcomes = {}
    for name in NAMES:
        outcomes[name] = drawn(arrays, with_values(truth(arrays, name, rng), {"cutpoint": CUTPOINTS}), rng)
    made = as_file(outcomes)
    for name, one in made["hypotheses"].items():
        one["truth"] = {"effects": effects(name), "cutpoint": CUTPOINTS}
    about = {"catalogue": catalogue.name, "sha256": catalogue.sha256, "until": LAST_DAY, "seed": seed}
    return {"signals_of": about, **made}


def prepare_twelve(seed: int = 31) -> dict:
    """Synthetic signals of 12 dyads in 6 rivalries over 60 months, and outcomes from a hierarchical truth."""
    arrays = synthetic(6, 60, seed, STEADY)
    rng = np.random.default_rng((seed, 1))  # not the stream of the signals
    parameters = with_values(hierarchical(arrays, rng), {"cutpoint": CUTPOINTS})
    made = as_file({ENCOMPASSING: drawn(arrays, parameters, rng)})
    made["hypotheses"][ENCOMPASSING]["truth"] = {
        str(name): values.to_numpy()[0].round(6).tolist() for name, values in parameters.items()
    }
    return {"signals_of": {"synthetic": True, "seed": seed}, **made}


def prepare() -> None:
    """Write the data of both panels."""
    write_data(TWO.data, prepare_two())
    write_data(TWELVE.data, prepare_twelve())


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


def of_further_dyads(name: str) -> bool:
    """Whether a quantity of Stan is a dyad's own, of a dyad after those that are told in detail."""
    of_dyad = re.fullmatch(r"(?:base|dyad_effect)\[(?:\d+,)?(\d+)\]", name)
    return of_dyad is not None and int(of_dyad[1]) > DETAILED


def rows_of(posterior: xr.Dataset, stan: dict, arrays: Design) -> dict[str, dict]:
    """One row a quantity of the Stan result."""
    posterior = with_estimands(posterior, arrays).drop_vars("u")
    draws = dict(zip(named(posterior, numbers=True), named(posterior, numbers=False).items(), strict=True))
    told = {name: theirs for name, theirs in stan["quantities"].items() if not of_further_dyads(name)}
    return {draws[name][0]: row(draws[name][1], theirs) for name, theirs in told.items()}


def compare() -> dict:
    """Sample the committed data with statusmodels and hold every quantity against the committed results of Stan."""
    cases, missing, run = {}, [], {}
    for files in PANELS:
        data = json.loads(files.data.read_text())
        size = f"{len(data['dyads'])} x {len(data['era'])}"
        if not files.stan.exists():
            missing += [f"{size}, {name}" for name in data["hypotheses"]]
            continue
        stan = json.loads(files.stan.read_text())
        unchanged(stan, data=files.data, program=PROGRAM)
        kept = ("versions", "seed", "date", "chains", "draws", "warmup", "adapt_delta", "data_sha256", "program_sha256")
        run[size] = {k: stan[k] for k in kept}
        for name in data["hypotheses"]:
            fitted = partial(fit, data, name, SAMPLER)
            rows = partial(rows_of, arrays=arrays_of(data, name))
            cases[f"{size}, {name}"] = case(fitted, rows, stan["hypotheses"][name])
    return record(
        all(c["passed"] for c in cases.values()),
        CRITERION,
        agreement.sha256(TWO.data),
        not_compared=missing,
        cases=cases,
        sampler=vars(SAMPLER),
        stan=run,
        program_sha256=agreement.sha256(PROGRAM),
    )


def page(result: dict) -> str:
    """The result as a Markdown page."""
    told = [
        f"{size}: {s['chains']} chains of {s['draws']:,} draws after {s['warmup']:,}, seed {s['seed']}, {s['date']},"
        f" data {s['data_sha256'][:12]}"
        for size, s in result["stan"].items()
    ]
    versions = next(iter(result["stan"].values()))["versions"]
    return agreement.page(
        "Cross-check of the dynamic model against Stan",
        "The same data, outcomes drawn from a known truth, sampled with statusmodels and with a Stan program written by hand from the"
        " model's equations: 2 dyads x 160 months, and 12 dyads in 6 rivalries x 60 months, where rivalries deviate too, a dyad's"
        f" deviations are correlated, and of quantities of single dyads those of {DETAILED} are compared.",
        "Stan",
        f"Stan ({', '.join(f'{k} {v}' for k, v in versions.items())}): {'; '.join(told)}.",
        result,
        f"Stan program {result['program_sha256'][:12]}. ",
    )


if __name__ == "__main__":
    agreement.main(__doc__, "crosscheck", prepare, compare, page)
