"""The targets of benchmark.py, and whether they are met."""

from __future__ import annotations

import statistics
from typing import Any

MIN_ESS = 400.0
MAX_EXPONENT = 1.1  # ten times the observations cost at most 12.6 times as much


def rate(result: dict[str, Any], how: str) -> float:
    """Effective draws a second: ``how`` is ``sample`` or ``all_in``; not a number if its seconds are not known."""
    seconds = result[f"{how}_seconds"]
    return float(result["ess"] / seconds) if seconds else float("nan")


def ratio(m: dict[str, Any], pair: str, how: str, ours: dict[str, Any] | None = None) -> tuple[float | None, bool]:
    """Effective draws a second, ours (mean of both runs) over the peer's; None if not measured; and whether they are paired."""
    both = m.get(pair)
    if both is None or both["theirs"] is None:
        return None, False
    runs = both["ours"] if ours is None else [ours]
    return statistics.mean(rate(r, how) for r in runs) / rate(both["theirs"], how), bool(both["paired"])


def targets(m: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a target: what was measured, the limit, and whether it is met (``yes, no, not measured, not paired``)."""
    rows: list[dict[str, Any]] = []

    def add(name: str, measured: float | None, sense: str, limit: float, unit: str, also: bool = True, paired: bool = True,
            note: str = "") -> None:  # fmt: skip
        if measured is None:
            met = "not measured"
        elif not paired:
            met = "not paired"
        else:
            met = "yes" if (measured >= limit if sense == "at least" else measured <= limit) and also else "no"
        rows.append(
            {"name": name, "measured": measured, "sense": sense, "limit": limit, "unit": unit, "met": met, "note": note}
        )

    def against(name: str, pair: str, how: str, limit: float) -> None:
        value, paired = ratio(m, pair, how)
        add(name, value, "at least", limit, "times", paired=paired)

    against("dynamic model, 2 x 160: ESS/s against Stan, all in", "dynamic-S", "all_in", 40)
    against("dynamic model, 2 x 160: ESS/s against Stan, sampling alone", "dynamic-S", "sample", 30)
    plain = ratio(m, "dynamic-S", "all_in", m["plain"]) if "plain" in m else (None, False)
    add("plain pm.Model, 2 x 160: ESS/s against Stan, all in", plain[0], "at least", 2, "times", paired=plain[1],
        note="nothing compiled before")  # fmt: skip
    both = [ratio(m, "dynamic-M", how) for how in ("sample", "all_in")]
    middle = min(v for v, _ in both if v is not None) if both[0][0] is not None else None
    add("dynamic model, 40 x 120: ESS/s against Stan", middle, "at least", 10, "times", paired=both[0][1],
        note="the smaller of sampling alone and all in")  # fmt: skip
    for name, unit, limit in (("with a warm cache", "seven-warm", 30), ("the first time ever", "seven-first", 60)):
        found = m.get(unit)
        gates = [h["passed"] for h in found["hypotheses"].values()] if found else []
        add(f"all seven hypotheses, monthly panel, {name}", found and found["all_in_seconds"], "at most", limit, "s",
            note=f"{sum(gates)} of {len(gates)} pass the diagnostics gate" if found else "")  # fmt: skip
    for name, unit, limit in (("2 x 160", "refit-S", 1), ("monthly panel", "refit-monthly", 3)):
        found = m.get(unit)
        if not found:
            add(f"refit with new outcomes, {name}", None, "at most", limit, "s")
            continue
        seconds, ess = ([r[k] for r in found["refits"]] for k in ("sample_seconds", "ess"))
        add(f"refit with new outcomes, {name}", statistics.median(seconds), "at most", limit, "s", also=min(ess) >= MIN_ESS,
            note=f"median of {len(ess)} ({min(seconds):.2f} to {max(seconds):.2f}); smallest ESS {min(ess):.0f}, which must reach"
            f" {MIN_ESS:.0f}")  # fmt: skip
    large, gradient = m.get("large"), m.get("gradient")
    add("all seven hypotheses, 1,000 x 60", large and large["all_in_seconds"] / 60, "at most", 20, "min",
        note=f"largest R-hat {max(h['rhat'] for h in large['hypotheses'].values()):.3f}, smallest ESS"
        f" {min(h['ess'] for h in large['hypotheses'].values()):.0f}" if large else "")  # fmt: skip
    add("memory, 1,000 x 60", large and large["peak_gib"], "at most", 6, "GiB")
    add("cost of a gradient: exponent of the observations", gradient and gradient["exponent"], "at most", MAX_EXPONENT, "",
        note="1 is linear")  # fmt: skip
    for size, shape in (("S", "2 x 160"), ("M", "40 x 120")):
        against(f"static model, {shape}: ESS/s against brms, sampling alone", f"static-{size}", "sample", 25)
        against(f"static model, {shape}: ESS/s against brms, all in", f"static-{size}", "all_in", 8)
    return rows
