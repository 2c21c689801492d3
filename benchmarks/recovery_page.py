"""The page and the figure of the recovery benchmark."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from recovery_fits import BIG, BY_CATEGORY, CATEGORY_HALF_LIFE, INSIDE, MIDDLE_PANEL, SAMPLERS, SHAPE, WORLD
from recovery_summary import MAX_RHAT, hit, limits

from statusmodels.events.vocabulary import THREAT
from statusmodels.models.hypothesis import ENCOMPASSING
from statusmodels.panel.panel import HALF_LIVES
from statusmodels.report.results import last_line


def figure(summary: dict[str, dict], path: Path) -> None:
    """Share of intervals that cover at S; z-scores at M and L."""
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
    """The settings of a size's sampler."""
    s = SAMPLERS[size]
    return f"{s.chains} chains of {s.tune} + {s.draws} draws, target acceptance {s.target_accept:g}"


def page_small(told: dict) -> list[str]:
    """The part of the page on S."""
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
    """The part of the page on M or L."""
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
    """The part of the page on known half-lives."""
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


def page_truth() -> list[str]:
    """The part of the page on what M and L have in common."""
    return [
        "## Panels and truth of M and L",
        "",
        f"Signals: in each dyad random acts of severity 1 to 5, at a rate of its own that swells and ebbs with a tension shared by the"
        f" rivalry's two sides, faded with half-lives of {', '.join(f'{h:g}' for h in HALF_LIVES)} months; {len(THREAT.category_names)} categories"
        f" of threat; {WORLD.eras} eras. A quarter of the dyads start late and a quarter end early. Truth: `statusmodels.models.truth` under"
        f" `{ENCOMPASSING}`, with spreads, correlations and weights as in the tables; deviations of dyads, rivalries and eras are drawn anew in"
        " each replicate. At one fixed truth 90 % is only roughly what to expect of 90 % intervals; the truth lies about as far from the"
        " priors' centres as a draw would.",
        "",
    ]


def page(found: dict) -> str:
    """The result as a Markdown page."""
    sizes, verdict = found["sizes"], {True: "passed", False: "**not passed**"}
    told = {size: verdict[sizes[size]["passed"]] if size in sizes else "not run" for size in SAMPLERS}
    out = [
        "# Parameter recovery",
        "",
        "Written by benchmarks/recovery.py; do not edit. Outcomes are drawn from known parameters and the model is fitted to them. Structural"
        " quantities: effects, sigma, rho, history, cutpoints, memory and threat weights, spreads, correlations, the further acts.",
        "",
        *(f"- {size}: {criterion}: {told[size]}." for size, criterion in found["criterion"].items()),
        "",
        f"Altogether **{'passed' if found['passed'] else 'not passed'}**.",
        "",
    ]
    if set(sizes) - {"half-life"}:
        out += [
            "![Coverage and z-scores](recovery.png)",
            "",
            "Left: share of intervals that cover, in binomial 95 % and 99.9 % bands about 90 %. Right: z-scores; shaded: 90 % of a normal.",
            "",
        ]
    if "S" in sizes:
        out += page_small(sizes["S"])
    if set(sizes) & set(SHAPE):
        out += page_truth()
    for size in SHAPE:
        out += page_large(size, sizes[size]) if size in sizes else []
    if "half-life" in sizes:
        out += page_half_life(sizes["half-life"])
    return "\n".join([*out, last_line(found)]) + "\n"
