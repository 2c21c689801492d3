"""Simulation-based calibration: does the sampler draw from the posterior that the model defines?

    python benchmarks/sbc.py --runs 200 --out docs/results

For each hypothesis parameters and a latent path are drawn from the prior, outcomes from them, the model is fitted to
them, and the rank of every true quantity among its posterior draws is noted (see ranks.py). If prior, simulator,
density, gradient, transformations and sampler agree, ranks are uniform. Finished runs are kept beside the output, so
that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr
from ranks import JOINT, KEPT, figure, page, ranks_of, summary, thinned, together
from runs import log_of, resumed
from synthetic import drawn

from statusmodels.claims.prior import prior_parameters
from statusmodels.events.catalogue import load
from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS
from statusmodels.models.parameters import linear_predictor
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import build
from statusmodels.report.results import last_line, record, write

PRIORS = Priors()
SAMPLER = Sampler(draws=700, tune=300, chains=2, target_accept=0.8)


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


def simulate(hypothesis: str, seed: int) -> tuple[xr.Dataset, Design]:
    """Parameters with their path from the prior, and a panel with outcomes from them."""
    rng = np.random.default_rng(seed)
    truth = prior_parameters(arrays(), HYPOTHESES[hypothesis], PRIORS, 1, rng)
    return truth, drawn(arrays(), truth, rng, path=truth["u"].to_numpy())


def fit(data: Design, hypothesis: str, seed: int) -> tuple[xr.Dataset, int]:
    """Thinned posterior, and the number of divergences."""
    tree = sample(data, HYPOTHESES[hypothesis], PRIORS, replace(SAMPLER, seed=seed))
    return thinned(tree["posterior"].dataset), int(tree["sample_stats"]["diverging"].sum())


def quantities(parameters: xr.Dataset, data: Design, hypothesis: str) -> dict[str, np.ndarray]:
    """What is ranked, each (S,)."""
    joint = log_likelihood(parameters.astype(float), data)
    return {**scalars(parameters.drop_vars("u"), hypothesis), JOINT: joint}


def one(hypothesis: str, run: int) -> dict:
    """Draw, simulate, fit and rank once."""
    began = time.perf_counter()
    seed = 100_000 * (1 + list(HYPOTHESES).index(hypothesis)) + run
    truth, data = simulate(hypothesis, seed)
    posterior, divergences = fit(data, hypothesis, seed)
    return {
        "hypothesis": hypothesis,
        "run": run,
        "ranks": ranks_of(quantities(truth, data, hypothesis), quantities(posterior, data, hypothesis)),
        "divergences": divergences,
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--hypothesis", nargs="+", default=list(HYPOTHESES), choices=list(HYPOTHESES))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    sha = load("us-russia").sha256
    jobs = [(h, run) for run in range(given.runs) for h in given.hypothesis]
    done = resumed(log_of(given.out, "sbc", sha), one, jobs, ("hypothesis", "run"), given.processes)
    rows = [done[job] for job in jobs]
    ranks = {h: together([done[h, run]["ranks"] for run in range(given.runs)]) for h in given.hypothesis}
    found = record(
        data_sha256=sha,
        **summary(ranks, rows, given.runs),
        priors={name: str(p) for name, p in PRIORS.table.items()},
        seed="100000 * (1 + number of the hypothesis) + run",
    )
    about = (
        "Written by `make sbc` (benchmarks/sbc.py); do not edit. Parameters and latent path from the prior, outcomes from them on the"
        " signals of the embedded catalogue's first eight years (2 dyads by 96 months), the model fitted to the outcomes, the rank of"
        f" each true quantity among {KEPT} posterior draws. The documented default priors. {given.runs} runs a hypothesis."
    )
    text = page("Simulation-based calibration", about, found, "sbc.png", last_line(found))
    write(given.out, "sbc", found, text)
    figure(ranks, given.out / "sbc.png")
    print(text.splitlines()[4])


if __name__ == "__main__":
    main()
