"""The page and the figure of benchmark.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from targets import rate

from statusmodels.report.results import PASSED, last_line

BUSY = 0.25  # cores at work on other things, from which on a measurement counts as disturbed


def number(x: float | None) -> str:
    """Three digits, or all of a large number."""
    if x is None or not np.isfinite(x):
        return "-"
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [
        "",
        f"| {' | '.join(heads)} |",
        f"| {' | '.join('---' for _ in heads)} |",
        *(f"| {' | '.join(r)} |" for r in rows),
    ]


def settings_of(f: dict[str, Any]) -> str:
    """The settings of a fit in words."""
    return f"{f['chains']} x ({f['tune']} + {f['draws']}), target acceptance {f['target_accept']:g}"


def fits_table(m: dict[str, Any]) -> list[str]:
    """Every fit that has a peer, one row a run."""
    rows = []
    for unit, name in {"dynamic-S": "Stan", "dynamic-M": "Stan", "static-S": "brms", "static-M": "brms"}.items():
        if unit not in m:
            continue
        both = m[unit]
        runs = [("statusmodels", r) for r in both["ours"]]
        if both["theirs"] is not None:
            runs.insert(1, (name if both["paired"] else f"{name} (kept, not paired)", both["theirs"]))
        if unit == "dynamic-S" and "plain" in m:
            runs.append(("plain pm.Model", m["plain"]))
        for who, r in runs:
            seconds = [number(r.get(f"{k}_seconds")) for k in ("import", "compile", "pilot", "sample", "all_in")]
            mixing = [f"{number(r['ess'])} ({r['ess_of']})", number(r.get("rhat")), str(r["divergences"])]
            speed = [number(rate(r, how)) for how in ("sample", "all_in")]
            rows.append([unit, who, settings_of(r), *seconds, *mixing, *speed])
    heads = "data|with|chains x (tuning + draws)|import s|compile s|pilot s|sample s|all in s|smallest ESS|R-hat|divergences"
    return table([*heads.split("|"), "ESS/s sampling", "ESS/s all in"], rows) if rows else ["", "Not measured."]


def runs_table(runs: dict[str, dict[str, Any]]) -> list[str]:
    """Fits without a peer, by name."""
    rows = []
    for name, r in runs.items():
        mixing = [f"{number(r['ess'])} ({r['ess_of']})", f"{r['rhat']:.3f}", str(r["divergences"])]
        rows.append([name, f"{r['sample_seconds']:.2f}", f"{r['pilot_seconds']:.2f}", *mixing])
    return table(["", "s", "of them pilot", "smallest ESS", "R-hat", "divergences"], rows)


def seven_part(f: dict[str, Any]) -> list[str]:
    """All hypotheses of the monthly panel."""
    rows = []
    for name, h in f["hypotheses"].items():
        told = ["yes" if h["passed"] else "**no**", "yes" if h["sampled_again"] else "no"]
        checks = [number(h["checks"]["bulk ESS"]), f"{h['checks']['R-hat']:.3f}"]
        rows.append([name, f"{h['seconds']:.1f}", *told, *checks])
    return [
        f"{f['all_in_seconds']:.1f} s, of them {f['ready_seconds']:.1f} until the panel is built and"
        f" {f['diagnosis_seconds']:.1f} for leave-one-out and the gate. {settings_of(f['sampler'])}.",
        *table(["hypothesis", "s", "passes the gate", "sampled again, harder", "bulk ESS", "R-hat"], rows),
    ]


def refit_part(f: dict[str, Any]) -> list[str]:
    """The refits."""
    return [f"{settings_of(f)}.", *runs_table({str(i + 1): r for i, r in enumerate(f["refits"])})]


def large_part(f: dict[str, Any]) -> list[str]:
    """The large panel."""
    return [
        f"{f['all_in_seconds'] / 60:.1f} min in one process, {f['peak_gib']:.2f} GiB at its peak. {settings_of(f)}.",
        *runs_table(f["hypotheses"]),
    ]


def gradient_part(f: dict[str, Any]) -> list[str]:
    """Cost of a gradient by observations."""
    rows = []
    for r in f["rows"]:
        each = number(1e3 * r["microseconds"] / r["observations"])
        rows.append([f"{r['observations']:,}", number(r["microseconds"]), each])
    return [
        f"Straight line: {f['nanoseconds_per_observation']:.0f} ns a dyad-period and {f['intercept_microseconds']:.0f} us; it"
        f" misses none by more than {f['largest_relative_residual']:.0%}. Exponent {f['exponent']:.2f}.",
        *table(["dyad-periods", "microseconds a gradient (median)", "nanoseconds a dyad-period"], rows),
    ]


PARTS: dict[str, tuple[str, Callable[[dict[str, Any]], list[str]]]] = {
    "seven-warm": ("All seven hypotheses, monthly panel, warm cache", seven_part),
    "seven-first": ("All seven hypotheses, monthly panel, empty caches", seven_part),
    "refit-S": ("Refits with new outcomes, 2 x 160", refit_part),
    "refit-monthly": ("Refits with new outcomes, monthly panel", refit_part),
    "large": ("1,000 x 60", large_part),
    "gradient": ("Cost of a gradient", gradient_part),
}


def page(record: dict[str, Any]) -> str:
    """The result as a Markdown page."""
    m, rows, machine = record["measurements"], record["targets"], record["machine"]
    missed = ""
    for met, label in {"no": "Missed", "not measured": "Not measured", "not paired": "Not paired"}.items():
        names = [r["name"] for r in rows if r["met"] == met]
        missed += f" {label}: {'; '.join(names)}." if names else ""
    cells = []
    for r in rows:
        measured = "-" if r["measured"] is None else f"{number(r['measured'])} {r['unit']}".strip()
        met = r["met"] if r["met"] == "yes" else f"**{r['met']}**"
        cells.append([r["name"], measured, f"{r['sense']} {r['limit']:g} {r['unit']}".strip(), met, r["note"]])
    out = [
        "# Speed",
        "",
        "Written by `make benchmark` (benchmarks/benchmark.py); do not edit. ESS is the smallest bulk effective sample size over"
        " the structural parameters of both sides (all but the latent path and the offsets of groups). All in: a fresh process"
        " from its start to the posterior, with our compiled kernel in its cache; for Stan and brms compilation and sampling,"
        " without the start of R. Sampling alone: our pilot included. A peer runs between two of our runs, of whose rates the mean"
        " counts.",
        "",
        *(["**A trial with a few draws, which says nothing.**", ""] if record["trial"] else []),
        f"Criterion: every target is met. **{PASSED[record['passed']]}**:"
        f" {sum(r['met'] == 'yes' for r in rows)} of {len(rows)} are met.{missed}",
        *table(["what", "measured", "target", "met", ""], cells),
        "",
        f"![ESS per second over the peer's](benchmark{'-tiny' if record['trial'] else ''}.png)",
        "",
        "Ratios of effective draws a second (bars) and what they should reach (lines).",
        "",
        "## Fits",
        *fits_table(m),
    ]
    for unit, (title, part) in PARTS.items():
        out += ["", f"## {title}", "", *(part(m[unit]) if unit in m else ["Not measured."])]
    loads, others = record["load_at_start"], record["busy_at_start"]
    out += [
        "",
        "## Machine",
        "",
        f"{machine['processor']}, {machine['cores']} cores, of which {machine['cores_used']} were used,"
        f" {machine['memory_gib']:.1f} GiB; {machine['system']}, Python {machine['python']}.",
        *table(
            ["measurement", "load at its start (1, 5, 15 min)", "cores busy then with other things", "date"],
            [
                [name, ", ".join(f"{x:.2f}" for x in load), number(others[name]), record["dates"][name]]
                for name, load in loads.items()
            ],
        ),
        "",
        "The load at the start of a measurement is partly that of the measurement before.",
    ]
    busy = [name for name, cores in others.items() if cores is not None and cores > BUSY]
    if busy:
        out += [
            "",
            f"**The machine was not idle** at the start of {', '.join(busy)}: too many seconds, ratios suffer less.",
        ]
    out += ["", last_line(record)]
    return "\n".join(out) + "\n"


def figure(rows: list[dict[str, Any]], path: Path) -> None:
    """Ratios of effective draws a second, beside their targets."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = [r for r in rows if r["unit"] == "times" and r["measured"] is not None][::-1]
    fig, ax = plt.subplots(figsize=(9, 1.2 + 0.42 * max(len(shown), 1)), layout="constrained")
    colour = {"yes": "#4f7cac", "no": "#b2182b", "not paired": "#bbbbbb"}
    for i, r in enumerate(shown):
        ax.barh(i, r["measured"], color=colour[r["met"]], height=0.62)
        ax.plot([r["limit"]] * 2, [i - 0.42, i + 0.42], color="#111111", lw=2)
        ax.annotate(
            number(r["measured"]),
            (r["measured"], i),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    ax.set_yticks(range(len(shown)), [r["name"].replace(": ESS/s", "") for r in shown], fontsize=8)
    if shown:
        ax.set_xscale("log")
        low = min(min(r["measured"], r["limit"]) for r in shown)
        ax.set_xlim(min(1.0, 0.8 * low), 2.5 * max(max(r["measured"], r["limit"]) for r in shown))
    ax.set_xlabel("ESS per second, ratio (line: target; red: missed; grey: not paired)")
    fig.savefig(path, dpi=120)
    plt.close(fig)
