"""The page and the figures of ``statusmodels check``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from statusmodels.criticism.forecast import Forecasts
from statusmodels.criticism.groups import reliability
from statusmodels.criticism.predictive import CLAIM, SERIOUS
from statusmodels.events.datasheet import table as markdown
from statusmodels.models.hypothesis import ENCOMPASSING
from statusmodels.report.results import PASSED, last_line
from statusmodels.report.style import ACCENT, INK, MUTED, SECOND


def _shown(frame: pd.DataFrame, columns: dict[str, str], index: str) -> str:
    """A Markdown table of some columns, renamed, numbers to three digits."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "." if not np.isfinite(value) else f"{value:.3g}"
        return str(value)

    kept = frame[list(columns)].rename(columns=columns).map(cell)
    return markdown(kept.set_index(index))


def sentences(found: dict[str, Any]) -> list[str]:
    """What the result says, in words, from its own numbers."""
    reproduced = pd.DataFrame(found["reproduced"])
    failed = reproduced[reproduced["p_calibrated"] <= 0.05]
    parts = [
        f"{name} fails to reproduce"
        f" {', '.join(f'{r.quantity} (calibrated p = {r.p_calibrated:.3f})' for r in rows.itertuples())}"
        for name, rows in failed.groupby("hypothesis", sort=False)
    ]
    first = (
        "; ".join(parts) + f". Of {len(reproduced)} checks about {0.05 * len(reproduced):.0f} would be that small by"
        " chance alone."
        if parts
        else "No hypothesis fails to reproduce any of the quantities looked at (calibrated p <= 0.05 in none of"
        f" {len(reproduced)} checks)."
    )
    weights = pd.DataFrame(found["weights"])
    best = weights.sort_values("weight", ascending=False).iloc[0]
    second = (
        "Predicting one period ahead from the periods before alone, stacking gives most weight to"
        f" {best['hypothesis']}"
        f" ({best['weight']:.2f}, 90 % interval {best['5%']:.2f} to {best['95%']:.2f}): "
        + ("the others are not ruled out." if best["5%"] < 0.5 else "it predicts best.")
    )
    return [first, second]


def page(found: dict[str, Any]) -> str:
    """The result as a Markdown page."""
    frames = {
        k: pd.DataFrame(found[k])
        for k in ("reproduced", "uniform", "groups", "skill", "weights", "forecasts", "leave_one_out")
    }
    columns = {
        "hypothesis": "hypothesis",
        "quantity": "quantity",
        "observed": "observed",
        "replicated_5%": "5 %",
        "replicated_median": "median",
        "replicated_95%": "95 %",
        "p": "p, plain",
        "p_calibrated": "p, calibrated",
        "simulations": "simulations",
    }
    sampler, brief = found["sampler"], found["brief"]
    out = [
        f"# Does each hypothesis reproduce and predict what was seen: {found['catalogue']}",
        "",
        *sentences(found),
        "",
        f"Criterion: {found['criterion']}. **{PASSED[found['passed']]}.**",
        "",
        "Written by `statusmodels check`.",
        "",
        "## Posterior predictive checks, calibrated",
        "",
        "Plain tail probabilities use the data twice and crowd around one half. The calibrated one, of a brief refit, is the share of"
        " data sets simulated from"
        " the hypothesis's own posterior, and refitted, whose plain value is as small (`criticism/calibrated.py` says"
        " why nested simulation"
        " and not a split of the data). Insult and injury count as present above their medians.",
        "",
        _shown(frames["reproduced"], columns, "hypothesis"),
        "",
        "### Is the calibration right?",
        "",
        "Records of known truths: draws of the fitted hypotheses (*fitted*), and the *documented* ones of"
        " `statusmodels/models/truth.py`. Each record goes through what the observed one goes through: it is refitted, and"
        f" {found['own']} data sets made from its own posterior are refitted too (the observed record gets {found['runs']}); its"
        f" tail probability's rank among theirs is uniform over 0 to {found['own']} if calibrated tail probabilities are uniform."
        " p is that of the ranks' location and dispersion (`criticism/rank_histogram.py`); departures within a step cannot be seen.",
        "",
        "![Ranks of tail probabilities](check_uniform.png)",
        "",
        _shown(
            frames["uniform"],
            {
                "hypothesis": "hypothesis",
                "truths": "truths",
                "quantity": "quantity",
                "simulations": "simulations",
                "lowest": f"share of rank 0 (due {1 / (1 + found['own']):.2g})",
                "highest": f"of rank {found['own']}",
                "p": "p of the ranks",
                "plain_ks": "KS p of plain ones",
                "uniform": "uniform",
            },
            "hypothesis",
        ),
        "",
        f"## By dyad and era ({ENCOMPASSING})",
        "",
        _shown(
            frames["groups"],
            {
                "group": "group",
                "kind": "kind",
                "periods": "dyad-periods",
                "observed": "rate",
                "replicated_5%": "5 %",
                "replicated_median": "median",
                "replicated_95%": "95 %",
                "p": "p, plain",
            },
            "group",
        ),
        "",
        "## Counts of acts",
        "",
        f"![Hanging rootogram](check_rootogram.png)\n\nActs a dyad-period under {ENCOMPASSING}: square roots of the"
        " expected numbers (line, 90 % band of"
        " replicates), and of the observed ones hung from it: a bar that ends above zero is a count seen less often"
        " than expected.",
        "",
        "## Prediction of the future",
        "",
        "Every period of the later half, one period ahead, from the periods before it alone; a new fit every"
        f" {found['months']:g} months, and"
        " between them weights carried forward. Lower scores are better; skill is 1 less the ratio to the reference's"
        " score.",
        "",
        _shown(
            frames["skill"],
            {
                "hypothesis": "hypothesis",
                "score": "score",
                "mean": "mean",
                "reference": "against",
                "skill": "skill",
                "difference": "difference",
                "se": "its standard error",
            },
            "hypothesis",
        ),
        "",
        "![Reliability of predictions](check_reliability.png)",
        "",
        "Stacking weights of these predictions, with the Bayesian bootstrap over years:",
        "",
        _shown(
            frames["weights"],
            {"hypothesis": "hypothesis", "weight": "weight", "mean": "mean", "5%": "5 %", "95%": "95 %"},
            "hypothesis",
        ),
        "",
        "## Leaving one dyad-period out",
        "",
        "PSIS-LOO, with exact refits where Pareto k exceeds 0.7.",
        "",
        _shown(
            frames["leave_one_out"],
            {
                "hypothesis": "hypothesis",
                "elpd": "elpd",
                "se": "se",
                "elpd_diff": "behind the best",
                "dse": "its se",
                "weight": "weight",
            },
            "hypothesis",
        ),
        "",
        *_rests_on(found),
        f"Each refit: {sampler['chains']} chains of {sampler['draws']} draws after {sampler['tune']} tuning steps; for the"
        f" calibration of tail probabilities {brief['chains']} chain of {brief['draws']}, a draw for each history.",
        "",
        last_line(found),
        "",
    ]
    return "\n".join(out)


def _rests_on(found: dict[str, Any]) -> list[str]:
    """The sections on sensitivity, single events and placebos."""
    grid, what_if, placebo = (pd.DataFrame(found[k]) for k in ("prior_grid", "what_if", "placebos"))
    scaling, events = pd.DataFrame(found["power_scaling"]), pd.DataFrame(found["influence"])
    told = scaling[scaling["diagnosis"].astype(bool)]
    same = int((grid["word"] == grid["word"].iloc[0]).sum())
    most = events.iloc[0]
    altered = what_if.iloc[1:]
    flips = altered[altered["word_refit"] != what_if["word_refit"].iloc[0]]
    shuffled = placebo[placebo["placebo"].str.contains("shuffled")]
    return [
        "## Priors and likelihood",
        "",
        f"Of {len(grid)} cells of a grid of priors {same} give the documented priors' verdict, {grid['word'].iloc[0]}.",
        "",
        _shown(
            grid,
            {
                "effects": "scale of effects x",
                "products": "of products x",
                "sigma": "of sigma x",
                "spreads": "of spreads x",
                "word": "verdict",
                "p_e1_zero": "P(E1 zero)",
                "p_e2_more": "P(E2 more)",
                "p_amplified": "P(amplified)",
                "rhat": "R-hat",
                "bulk_ess": "bulk ESS",
            },
            "scale of effects x",
        ),
        "",
        "Power-scaling: components whose slight weakening or strengthening moves an estimand by more than the"
        " threshold.",
        "",
        _shown(
            told,
            {name: name for name in ("component", "estimand", "sensitivity", "noise", "diagnosis")},
            "component",
        )
        if len(told)
        else "None.",
        "",
        "## Single events",
        "",
        f"No event's removal moves any of the verdict's three probabilities by more than {most['influence']:.2f}"
        f" ({most['title']},"
        f" {most['date'][:10]}; by importance weights). Refitted without each of the ten most influential events, or"
        " with them judged"
        f" otherwise, {len(flips)} of {len(altered)} alterations change the verdict's word.",
        "",
        _shown(
            events.head(10),
            {
                "title": "event",
                "date": "date",
                "d_p_e1_zero": "change of P(E1 zero)",
                "d_p_e2_more": "of P(E2 more)",
                "d_p_amplified": "of P(amplified)",
                "pareto_k": "Pareto k",
            },
            "event",
        ),
        "",
        "## Placebos",
        "",
        f"With the signals' eras or years shuffled against the outcomes the rule says *supported* in"
        f" {int((shuffled['word'] == 'supported').sum())} of {len(shuffled)} panels. Future signals measure what"
        " escalation does to later"
        " slights and threats too; they are to be read beside the real ones, not as a test that must be empty.",
        "",
        _shown(
            placebo.groupby("placebo", sort=False)[
                ["e1_mean", "e2_mean", "e3_latent_mean", "p_e1_zero", "p_e2_more", "p_amplified"]
            ]
            .mean()
            .reset_index(),
            {
                "placebo": "signals (means over panels)",
                "e1_mean": "E1",
                "e2_mean": "E2",
                "e3_latent_mean": "E3, log odds",
                "p_e1_zero": "P(E1 zero)",
                "p_e2_more": "P(E2 more)",
                "p_amplified": "P(amplified)",
            },
            "signals (means over panels)",
        ),
        "",
        "The real estimands among those of the shuffled panels; share: the one-sided p-value of a permutation test, were blocks"
        " exchangeable.",
        "",
        _shown(
            pd.DataFrame(found["placebo_ranks"]),
            {name: name for name in ("placebo", "estimand", "real", "5%", "median", "95%", "rank", "of", "share")},
            "placebo",
        )
        if found["placebo_ranks"]
        else "No shuffled panel.",
        "",
    ]


def uniformity(uniform: pd.DataFrame, found: dict[str, Any]) -> Figure:
    """Shares of the ranks of tail probabilities on records of known truths, one panel a hypothesis and kind of truth."""
    single = uniform[uniform["plain_ks"].notna()]
    groups = list(single.groupby(["hypothesis", "truths"], sort=False))
    figure = Figure(figsize=(11, 3.0), layout="constrained")
    axes = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    steps = np.arange(found["own"] + 1)
    for axis, ((name, truths), mine) in zip(axes, groups, strict=True):
        n = int(mine["simulations"].min())
        band = stats.binom.ppf([0.025, 0.975], n, 1 / len(steps)) / max(n, 1)
        axis.axhspan(*band, color=MUTED, alpha=0.25, lw=0)
        axis.axhline(1 / len(steps), color=INK, lw=0.8)
        for row in mine.itertuples():
            shares = np.asarray(row.ranks) / max(sum(row.ranks), 1)
            axis.plot(steps, shares, color=SECOND if row.uniform else ACCENT, marker="o", ms=3, lw=1)
        axis.set(xlabel="rank", ylim=(0, None))
        axis.set_title(f"{name}\n{truths} truths", fontsize=9)
        axis.set_xticks(steps)
    axes[0].set_ylabel(f"share of {found['runs']} records\n(grey: 95 % of a share if uniform)")
    return figure


def counts_figure(counts: pd.DataFrame) -> Figure:
    """A hanging rootogram."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axis = figure.subplots()
    top, seen = np.sqrt(counts["expected"]), np.sqrt(counts["observed"])
    axis.bar(counts["acts"], seen, bottom=top - seen, color=SECOND, alpha=0.6, width=0.8)
    axis.plot(counts["acts"], top, color=INK, marker="o", ms=3, lw=1)
    axis.fill_between(
        counts["acts"], np.sqrt(counts["expected_5%"]), np.sqrt(counts["expected_95%"]), color=INK, alpha=0.15, lw=0
    )
    axis.axhline(0, color=INK, lw=0.8)
    axis.set(xlabel="acts in a dyad-period", ylabel="square root of the number of dyad-periods")
    axis.set_xticks(counts["acts"], [*map(str, counts["acts"][:-1]), f"{counts['acts'].iloc[-1]}+"])
    return figure


def reliability_figure(predicted: Forecasts) -> Figure:
    """Predicted probabilities of escalation of three heights against how often it came."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.subplots(1, 3)
    levels = [c for c in predicted.predictions.columns if c[:1] == "p" and c[1:].isdigit()]
    for axis, least in zip(axes, (1, 2, SERIOUS), strict=True):
        for name, colour in zip(CLAIM, (ACCENT, SECOND), strict=True):
            mine = predicted.predictions[predicted.predictions["hypothesis"] == name]
            p = mine[levels].to_numpy()[:, least:].sum(axis=1)
            bins = reliability(p, (mine["level"] >= least).to_numpy())
            axis.errorbar(
                bins["predicted"],
                bins["share"],
                yerr=np.abs(bins[["low", "high"]].to_numpy().T - bins["predicted"].to_numpy()),
                color=colour,
                lw=0,
                elinewidth=0.8,
                marker="o",
                ms=3.5,
                label=name,
            )
        limit = float(axis.get_xlim()[1])
        axis.plot([0, limit], [0, limit], color=INK, lw=0.8)
        axis.set(title=f"level {least} or more", xlabel="predicted, one period ahead")
    axes[0].set_ylabel("share that came")
    axes[0].legend(frameon=False, fontsize=7.5)
    return figure
