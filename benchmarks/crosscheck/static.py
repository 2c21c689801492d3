"""The static hierarchical ordinal interaction model against brms (static.R) on the same data.

    python benchmarks/crosscheck/static.py prepare     # once: writes static_data.json, which is committed
    python benchmarks/crosscheck/static.py compare     # samples with statusmodels and compares; writes docs/results
    Rscript benchmarks/crosscheck/static.R agree       # once: writes static_brms.json, which is committed
    Rscript benchmarks/crosscheck/static.R time        # on a quiet machine: adds the timed runs to static_brms.json

The data are simulated: skewed fading signals as covariates and levels drawn from the model with a documented truth. Two
sizes: S, 2 dyads x 160 periods in 6 eras, and M, 40 dyads x 120 periods in 5 eras. Every dyad is of a different
rivalry. Both sides read the same rounded numbers from the file.
"""

from __future__ import annotations

import json
from functools import partial

import agreement
import numpy as np
from agreement import CRITERION, HERE, case, named, row, unchanged, write_data

from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.report.results import record

DATA, BRMS = HERE / "static_data.json", HERE / "static_brms.json"
SIZES = {"S": (2, 160, 6), "M": (40, 120, 5)}  # dyads, periods, eras
CUTPOINTS = (0.3, 1.2, 2.1, 3.0, 3.9)
EFFECT = {
    "honor_denied": 0.3,
    "authority_denied": 0.15,
    "threat": 0.3,
    "honor_x_threat": 0.2,
    "authority_x_threat": 0.0,
}
HISTORY = {"own": 0.3, "other": 0.2}
# of base, honor_denied, authority_denied, threat
SPREAD = (0.5, 0.2, 0.15, 0.2)
ERA_SPREAD = (0.4, 0.1, 0.1, 0.1)
CORRELATION = 0.3  # of the base rate of a dyad with its effect of honor denied, where there are 10 dyads or more
SERIES = ("honor_denied", "authority_denied", "threat", "own", "other")
FADING = (0.9, 0.9, 0.95, 0.8, 0.8)  # share of each series kept per period
SHOCK = 0.3  # probability of a shock in a period
DIGITS = 3
HYPOTHESIS = Hypothesis(
    "static interaction", ["honor_denied", "authority_denied", "threat", "honor_x_threat", "authority_x_threat"]
)
SAMPLER = Sampler(draws=4000, tune=500, chains=4, target_accept=0.9, seed=20260104)


def fading(rng: np.random.Generator, dyads: int, periods: int, keep: float, burn: int = 100) -> np.ndarray:
    """A skewed AR(1) of each dyad with shocks that are rare and exponential, standardized over all dyad-periods and rounded."""
    size = (dyads, burn + periods)
    shock = (rng.random(size) < SHOCK) * rng.exponential(size=size)
    x = np.zeros(size)
    for t in range(1, burn + periods):
        x[:, t] = keep * x[:, t - 1] + shock[:, t]
    x = x[:, burn:]
    return np.round((x - x.mean()) / x.std(), DIGITS)


def simulate(rng: np.random.Generator, dyads: int, periods: int, eras: int) -> dict:
    """Covariates, and levels drawn from the model; base rates and era offsets sum to zero, so the cutpoints are as given."""
    x = {name: fading(rng, dyads, periods, keep) for name, keep in zip(SERIES, FADING, strict=True)}
    era = np.arange(periods) * eras // periods
    correlation = np.eye(4)
    if dyads >= 10:
        correlation[0, 1] = correlation[1, 0] = CORRELATION
    own = (np.array(SPREAD)[:, None] * np.linalg.cholesky(correlation)) @ rng.standard_normal((4, dyads))
    of_era = np.array(ERA_SPREAD)[:, None] * rng.standard_normal((4, eras))
    own[0] -= own[0].mean()
    of_era[0] -= of_era[0].mean()
    theta = own[0][:, None] + of_era[0][era]
    for j, name in enumerate(SERIES[:3], start=1):
        theta = theta + (EFFECT[name] + own[j][:, None] + of_era[j][era]) * x[name]
    theta = theta + EFFECT["honor_x_threat"] * x["honor_denied"] * x["threat"]
    theta = theta + EFFECT["authority_x_threat"] * x["authority_denied"] * x["threat"]
    theta = theta + HISTORY["own"] * x["own"] + HISTORY["other"] * x["other"]
    noise = rng.logistic(size=theta.shape)
    level = (theta[..., None] + noise[..., None] >= np.array(CUTPOINTS)).sum(axis=-1)
    if set(np.unique(level)) != set(range(len(CUTPOINTS) + 1)):
        raise ValueError("some level never occurs")
    return {
        "dyads": dyads,
        "periods": periods,
        "eras": eras,
        "era": era.tolist(),
        **{name: values.tolist() for name, values in x.items()},
        "level": level.tolist(),
        "truth": {
            "effect": EFFECT,
            "history": HISTORY,
            "cutpoint": CUTPOINTS,
            "dyad_spread": SPREAD,
            "era_spread": ERA_SPREAD,
            "correlation_base_honor_denied": float(correlation[0, 1]),
            "base": np.round(own[0], DIGITS).tolist(),
            "era": np.round(of_era[0], DIGITS).tolist(),
        },
    }


def prepare(seed: int = 21) -> dict:
    """Both data sets."""
    rng = np.random.default_rng(seed)
    return {"seed": seed, "sizes": {name: simulate(rng, *size) for name, size in SIZES.items()}}


def arrays_of(data: dict) -> Design:
    """The design of one data set: one half-life, one category of threat, no latent path, the level only."""
    dyads, periods = data["dyads"], data["periods"]
    x = {name: np.array(data[name]).reshape(1, -1) for name in SERIES}
    nothing = np.zeros_like(x["threat"])
    return Design(
        memory=np.stack([x["honor_denied"], nothing, x["authority_denied"], nothing]),
        threat=np.stack([x["threat"], nothing]),
        history=np.stack([x["own"].reshape(dyads, periods), x["other"].reshape(dyads, periods)]),
        history_mean=np.full(2, np.nan),
        era=np.array(data["era"]),
        eras=data["eras"],
        level=np.array(data["level"]),
        extra=np.zeros((dyads, periods), dtype=np.int64),
        weight=np.ones((dyads, periods)),
        mirror=np.full(dyads, -1),
        keep=float("nan"),
        start_level=np.full((dyads, periods), np.nan),
        half_lives=np.array([1.0]),
        categories=("threat",),
        dyads=tuple(f"A{d}>B{d}" for d in range(dyads)),
        outcomes=("level",),
        path=False,
    )


def fit(data: dict, sampler: Sampler) -> tuple[dict[str, np.ndarray], int]:
    """Draws of every quantity by brms's names, and the number of divergences."""
    tree = sample(arrays_of(data), HYPOTHESIS, sampler=sampler)
    posterior = tree["posterior"].dataset.drop_vars("u")
    if "correlation" in posterior:  # numbered from 0 in the kept result
        four = range(4)
        posterior = posterior.assign_coords(one=list(four), another=list(four))
    posterior = posterior.assign_coords(dyad=np.arange(1, data["dyads"] + 1))
    draws = named(posterior, numbers=False)
    for i in range(4):
        for j in range(i):
            draws[f"correlation[{j},{i}]"] = draws.get(f"correlation[{i},{j}]", np.zeros((1, 1)))
    return draws, int(tree["sample_stats"]["diverging"].sum())


def rows_of(draws: dict[str, np.ndarray], brms: dict) -> dict[str, dict]:
    """One row a quantity of the kept result."""
    return {name: row(draws[name], theirs) for name, theirs in brms["quantities"].items()}


def compare() -> dict:
    """Sample the committed data with statusmodels and hold every quantity against the committed result of brms."""
    data, brms = json.loads(DATA.read_text()), json.loads(BRMS.read_text())
    unchanged(brms, data=DATA)
    theirs = {name: size["agreement"] for name, size in brms["sizes"].items() if "agreement" in size}
    cases = {name: case(partial(fit, data["sizes"][name], SAMPLER), rows_of, them) for name, them in theirs.items()}
    kept = ("chains", "draws", "warmup", "adapt_delta", "seed", "date")
    return record(
        all(c["passed"] for c in cases.values()),
        CRITERION,
        brms["data_sha256"],
        not_compared=sorted(set(SIZES) - set(cases)),
        cases=cases,
        sampler=vars(SAMPLER),
        brms={"versions": brms["versions"], **{name: {k: them[k] for k in kept} for name, them in theirs.items()}},
    )


def page(result: dict) -> str:
    """The result as a Markdown page."""
    return agreement.page(
        "Cross-check of the static model against brms",
        "The same simulated data, S: 2 dyads x 160 periods, M: 40 x 120; levels explained by honor, authority, threat and two products,"
        " with base rates and effects varying by dyad (correlated at M) and era. brms does not centre base rates; its cutpoints and base"
        " rates are compared after centring.",
        "brms",
        f"{', '.join(f'{k} {v}' for k, v in result['brms']['versions'].items())}.",
        result,
    )


if __name__ == "__main__":
    agreement.main(__doc__, "crosscheck_static", lambda: write_data(DATA, prepare()), compare, page)
