"""The report on strategic rivalries: the verdict across them, by type, and how it hangs on the proxies."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.claims.estimands import ESTIMANDS, Estimands, estimands
from statusmodels.claims.rivalries import VALUES, cross_tabulation, multiverse, shares
from statusmodels.claims.verdict import PROBABILITIES, Rule, Verdict, base_rate, judge
from statusmodels.criticism.loo import compare, loo
from statusmodels.errors import InputError, Problem
from statusmodels.inference.diagnostics import Gate, gate
from statusmodels.inference.fitting import fit_all
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler, thinned
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, TERMS
from statusmodels.models.priors import Prior, Priors
from statusmodels.report.analysis import summary
from statusmodels.report.results import plain, record
from statusmodels.report.rivalries_page import figures, render
from statusmodels.report.style import saved
from statusmodels.sources import registry
from statusmodels.sources.conduct import CONDUCT
from statusmodels.sources.proxies import PROXIES
from statusmodels.sources.rivalry_panel import KINDS, Choices, modelled, rivalry_panel

NAME = "rivalries"
SAMPLER = Sampler(draws=1500, tune=600, target_accept=0.8)
PRIORS = Priors(
    {
        "effect_spread": Prior(
            "halfnormal", 0, 0.02, "the two sides of a rivalry respond alike; rivalries differ (rivalry_effect_spread)"
        )
    }
)
"""With two directed dyads a rivalry, the data hardly tell differences within rivalries from those between them, and both together
are sampled badly."""
RUNS = 40
SEED = 1
TYPES = KINDS[1:]


@dataclass(frozen=True)
class Judged:
    """A panel of rivalries, its fits, and the verdict."""

    panel: xr.Dataset
    design: Design
    fits: dict[str, xr.DataTree]
    gates: dict[str, Gate]
    estimands: Estimands
    rate: float
    verdict: Verdict


def judged(
    choices: Choices,
    folder: Path,
    names: tuple[str, ...],
    sampler: Sampler,
    tell: Callable[[str, bool], object] | None = None,
) -> Judged:
    """Fit hypotheses to the rivalries of some choices and judge.

    Parameters
    ----------
    choices
        What stands for what, and which rivalries.
    folder
        Where fits are stored.
    names
        Hypotheses to fit, the encompassing one among them.
    sampler
        Settings.
    tell
        As in :func:`~statusmodels.inference.fitting.fit_all`.
    """
    panel = rivalry_panel(choices)
    arrays = design(modelled(panel), ["onset"], path=False)
    fits = fit_all(arrays, [HYPOTHESES[n] for n in names], PRIORS, sampler, folder, tell)
    drawn = estimands(thinned(fits[ENCOMPASSING]), arrays)
    rate = base_rate(arrays)
    gates = {name: gate(tree) for name, tree in fits.items()}
    return Judged(panel, arrays, fits, gates, drawn, rate, judge(drawn, rate))


def sources_hash() -> str:
    """Hash of the pinned files that panels of rivalries are made of."""
    keys = {s.strip() for p in PROXIES.values() for s in p.source.split(";")} | {c.source for c in CONDUCT.values()}
    keys |= {"tss", "state-system", "contiguity", "major-powers", "democracy", "nmc"}
    pinned = sorted(f"{f.file} {f.sha256}" for f in registry.files().values() if f.source in keys)
    return hashlib.sha256("\n".join(pinned).encode()).hexdigest()


def coverage(panel: xr.Dataset) -> pd.DataFrame:
    """Share of the rivals' dyad-years in which each proxy, the outcome and the covariates are known, and what is left."""
    rival = panel["rival"].to_numpy()
    rows = []
    for name in panel["proxy"].to_numpy():
        one = PROXIES[str(name)]
        known = panel["known"].sel(proxy=name).to_numpy()[rival].mean()
        rows.append({"proxy": one.name, "stands for": one.signal, "known": known, "what it is": one.says,
                     "weakness": one.weakness, "source": one.source})  # fmt: skip
    told = np.isfinite(panel["level"].to_numpy())[rival].mean()
    outcome = CONDUCT[json.loads(panel.attrs["choices"])["outcome"]]
    rows.append({"proxy": outcome.name, "stands for": "outcome", "known": told, "what it is": outcome.says,
                 "weakness": "", "source": outcome.source})  # fmt: skip
    everything = panel["observed"].to_numpy()[rival].mean()
    rows.append({"proxy": "all of them, and the covariates", "stands for": "", "known": everything, "what it is": "",
                 "weakness": "", "source": ""})  # fmt: skip
    return pd.DataFrame(rows)


def verdicts(found: dict[str, Judged]) -> pd.DataFrame:
    """One row a set of rivalries: its verdict, probabilities, estimands and size."""
    rows = []
    for name, one in found.items():
        on = one.design.weight > 0
        median = {e: summary(getattr(one.estimands, e)) for e in ESTIMANDS}
        rows.append(
            {"rivalries": name, "verdict": one.verdict.word, **{p: getattr(one.verdict, p) for p in PROBABILITIES},
             **{e: f"{s['median']:.3f} ({s['5%']:.3f} to {s['95%']:.3f})" for e, s in median.items()},
             "rate": one.rate, "directed dyads": int(on.any(axis=1).sum()), "dyad-years": int(on.sum()),
             "serious": int(one.design.level[on].sum()), "gate": one.gates[ENCOMPASSING].passed}
        )  # fmt: skip
    return pd.DataFrame(rows)


def effects(one: Judged) -> pd.DataFrame:
    """Coefficients of every hypothesis, and those of the controls under the encompassing one."""
    rows = []
    for name, tree in one.fits.items():
        draws = tree["posterior"]["effect"].to_numpy().reshape(-1, len(TERMS))
        for j, term in enumerate(TERMS):
            if term in HYPOTHESES[name].free:
                rows.append({"hypothesis": name, "coefficient": TERMS[term], **summary(draws[:, j])})
    gamma = one.fits[ENCOMPASSING]["posterior"]["history"]
    for control in gamma["side"].to_numpy():
        told = {"own": "own escalation before", "other": "other's escalation before"}.get(str(control), str(control))
        rows.append({"hypothesis": ENCOMPASSING, "coefficient": told, **summary(gamma.sel(side=control).to_numpy())})
    return pd.DataFrame(rows)


def write_rivalries(
    out: Path,
    place: Place,
    tell: Callable[[str], object] = print,
    runs: int = RUNS,
    sampler: Sampler = SAMPLER,
) -> bool:
    """Fit, judge, vary and write the report on rivalries: ``index.html``, ``verdict.json``, ``tables/``, ``figures/``.

    Parameters
    ----------
    out
        Folder of the report; fits and refits stay in it and are not computed again.
    place
        Where the multiverse is refitted.
    tell
        Receives progress, a line at a time.
    runs
        Combinations of choices in the multiverse, beside those that differ in one.
    sampler
        Of the fits.

    Returns
    -------
    bool
        Whether every fit passed the diagnostics gate.

    Raises
    ------
    InputError
        If a source is not here, or the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=out, prefix=".writing-"))
    except OSError as error:
        raise InputError([Problem(str(out), f"cannot be written ({error.strerror}); choose another --out")]) from error

    def told(name: str, reused: bool) -> None:
        tell(f"{name}: {'stored fit reused, nothing that matters changed' if reused else 'sampled'}")

    try:
        found = {"all": judged(Choices(), out / "fits", tuple(HYPOTHESES), sampler, told)}
        for kind in TYPES:
            tell(f"{kind} rivalries")
            folder = out / "fits" / kind.replace(" ", "-")
            found[kind] = judged(Choices(kind=kind), folder, (ENCOMPASSING,), sampler)
        passed = all(g.passed for one in found.values() for g in one.gates.values())
        rows = multiverse(sources_hash(), place, runs, SEED, PRIORS)
        tell("drawing figures and writing the page")
        main = found["all"]
        elpds = {name: loo(tree) for name, tree in main.fits.items()}
        frames = {
            "verdicts": verdicts(found),
            "multiverse": rows,
            "shares": pd.concat(
                [shares(rows), *(shares(rows, c).assign(value=lambda f, c=c: c + ": " + f["value"]) for c in _columns(rows))]
            ),
            "cross-tabulation": cross_tabulation(),
            "coverage": coverage(main.panel),
            "effects": effects(main),
            "comparison": compare(elpds).reset_index(names="hypothesis"),
            "diagnostics": pd.concat([one.gates[h].frame().assign(rivalries=k) for k, one in found.items() for h in one.gates]),
        }  # fmt: skip
        counts = rows["word"].value_counts().to_dict()
        told_record = record(
            passed,
            "every fit passed the diagnostics gate",
            sources_hash(),
            verdict=main.verdict.word,
            by_type={k: found[k].verdict.word for k in TYPES},
            multiverse={str(k): int(v) for k, v in counts.items()},
            gate_failed=[
                f"{k}, {h}: {c.name} {c.value:g} ({c.limit}) {c.where}"
                for k, one in found.items()
                for h, g in one.gates.items()
                for c in g.checks
                if not c.passed
            ],
            verdicts=plain(frames["verdicts"]),
            rule=asdict(Rule()),
            choices=asdict(Choices()),
            values={k: [str(x) for x in v] for k, v in VALUES.items()},
            sampler=asdict(sampler),
            replaced_priors={name: f"{p}: {p.reason}" for name, p in PRIORS.replaced.items()},
        )
        for name, frame in frames.items():
            (staging / "tables").mkdir(exist_ok=True)
            frame.to_csv(staging / "tables" / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")
        pictures = figures(frames)
        for name, figure in pictures.items():
            saved(figure, staging / "figures" / f"{name}.png")
        page = render(told_record, frames, {n: (staging / "figures" / f"{n}.png").read_bytes() for n in pictures})
        (staging / "index.html").write_text(page, encoding="utf-8")
        (staging / "verdict.json").write_text(json.dumps(told_record, indent=2) + "\n", encoding="utf-8")
        for name in ("figures", "tables"):
            shutil.rmtree(out / name, ignore_errors=True)
            (staging / name).replace(out / name)
        for name in ("index.html", "verdict.json"):
            (staging / name).replace(out / name)
        return passed
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _columns(rows: pd.DataFrame) -> list[str]:
    """The choices that differ among the rows."""
    wanted = ["honor_denied", "authority_denied", "threats", "outcome", "serious", "quiet", "covariates", "kind"]
    return [c for c in wanted if len(set(rows[c])) > 1]
