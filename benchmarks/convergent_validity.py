"""Does the embedded catalogue agree with independent measures of the same relationship?

    python benchmarks/convergent_validity.py --out docs

Monthly and yearly series of the catalogue are set beside independent series; each pair gets Spearman's rank correlation with an
interval that respects serial correlation (statusmodels.events.convergence). Written: ``docs/convergent-validity.md``,
``docs/results/convergent_validity.json`` and ``docs/results/convergent_validity.png``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from statusmodels.events.catalogue import load
from statusmodels.events.convergence import rank_correlation
from statusmodels.events.datasheet import table
from statusmodels.events.pooling import pooled_level, pooled_severity
from statusmodels.report.results import record
from statusmodels.sources import icb as icb_data
from statusmodels.sources import icews_dyad_years as icews_dyad_years_data
from statusmodels.sources import keds as keds_data
from statusmodels.sources import mid as mid_data
from statusmodels.sources import mie as mie_data
from statusmodels.sources import nuclear as nuclear_data
from statusmodels.sources import united_nations as united_nations_data
from statusmodels.sources import visits as visits_data

HERE = Path(__file__).resolve().parents[1]
USA, RUS = 2, 365
SIDES = {USA: "USA", RUS: "RUS"}
FIRST, LAST = 1977, 2024


@dataclass(frozen=True)
class Pair:
    """One comparison: a series of the catalogue and an independent one, and the sign that agreement would have."""

    source: str
    measure: str
    ours: str
    sign: int
    unit: str
    side: str
    first: int
    last: int
    rho: float
    low: float
    high: float
    pairs: int
    effective: float


# the catalogue's series ------------------------------------------------------------------------------------------------------


def periods(unit: str) -> pd.PeriodIndex:
    return pd.period_range(f"{FIRST}-01", f"{LAST}-12", freq="M" if unit == "month" else "Y")


def ours(unit: str) -> dict[str, pd.DataFrame]:
    """Series of the catalogue by name, each with one column a sending side and one for both together."""
    catalogue = load("us-russia")
    events = catalogue.events.set_index("event_id")
    when = pd.PeriodIndex(events["date"], freq="M" if unit == "month" else "Y")
    frame = events[["sender"]].assign(
        when=when, escalation=pooled_level(catalogue, "escalation"), cooperation=pooled_level(catalogue, "cooperation")
    )
    severity = pooled_severity(catalogue)
    severity["signed"] = severity["severity"] * severity["valence"]
    signals = severity.pivot_table(index="event_id", columns="construct", values="signed", aggfunc="sum")
    frame = frame.join(signals[["honor", "authority", "threat"]]).fillna({"honor": 0, "authority": 0, "threat": 0})

    def spread(values: pd.Series, how: str) -> pd.DataFrame:
        by_side = values.groupby([frame["when"], frame["sender"]]).agg(how).unstack("sender")
        out = by_side.reindex(periods(unit)).fillna(0.0)
        out["both"] = out.max(axis=1) if how == "max" else out.sum(axis=1)
        return out

    return {
        "highest escalation level": spread(frame["escalation"], "max"),
        "escalatory acts": spread((frame["escalation"] > 0).astype(float), "sum"),
        "serious acts (level 3 or more)": spread((frame["escalation"] >= 3).astype(float), "sum"),
        "cooperative acts": spread((frame["cooperation"] > 0).astype(float), "sum"),
        "share of escalatory among escalatory and cooperative acts": share(
            spread((frame["escalation"] > 0).astype(float), "sum"),
            spread((frame["cooperation"] > 0).astype(float), "sum"),
        ),
        "honor, granted less denied": spread(frame["honor"], "sum"),
        "authority denied": spread(frame["authority"].clip(upper=0).abs(), "sum"),
        "threat, posed less relieved": spread(-frame["threat"], "sum"),
    }


def share(bad: pd.DataFrame, good: pd.DataFrame) -> pd.DataFrame:
    total = bad + good
    return (bad / total.where(total > 0)).astype(float)


# the independent series ------------------------------------------------------------------------------------------------------


def filled(values: pd.DataFrame, unit: str, first: int, last: int, fill: float | None = 0.0) -> pd.DataFrame:
    """Series on the catalogue's periods: ``fill`` inside the source's years, missing outside them."""
    out = values.reindex(periods(unit))
    inside = (out.index.year >= first) & (out.index.year <= last)
    if fill is not None:
        out.loc[inside] = out.loc[inside].fillna(fill)
    out.loc[~inside] = np.nan
    return out


def both(values: pd.DataFrame, how: str) -> pd.DataFrame:
    out = values.astype(float)
    out["both"] = out.max(axis=1) if how == "max" else out.sum(axis=1)
    return out


def between(frame: pd.DataFrame, unit: str, when: str = "start") -> pd.DataFrame:
    """Rows of one side against the other, with the sender's name and the period."""
    pair = frame["ccode1"].isin(SIDES) & frame["ccode2"].isin(SIDES) & (frame["ccode1"] != frame["ccode2"])
    mine = frame[pair]
    return mine.assign(side=mine["ccode1"].map(SIDES), when=periods_of(mine[when], unit))


def periods_of(time: pd.Series, unit: str) -> pd.PeriodIndex:
    """Periods of timestamps, or of years given as numbers."""
    if pd.api.types.is_integer_dtype(time):
        return pd.PeriodIndex(time.astype(str), freq="Y")
    return pd.PeriodIndex(time, freq="M" if unit == "month" else "Y")


def mie(unit: str) -> dict[str, pd.DataFrame]:
    acts = between(mie_data.events(), unit)
    grouped = acts.groupby(["when", "side"])["hostility"]
    return {
        "highest hostility level": filled(both(grouped.max().unstack("side"), "max"), unit, FIRST, 2014),
        "militarised events": filled(both(grouped.size().unstack("side"), "sum"), unit, FIRST, 2014),
    }


def mid(version: mid_data.Version, last: int) -> dict[str, pd.DataFrame]:
    years = mid_data.dyad_years(version)
    mine = years[(years["ccode1"] == USA) & (years["ccode2"] == RUS)]
    top = mine.set_index(periods_of(mine["year"], "year"))[["hostility1", "hostility2"]].set_axis(
        ["USA", "RUS"], axis=1
    )
    return {"highest hostility level": filled(both(top, "max"), "year", FIRST, last)}


def icb() -> dict[str, pd.DataFrame]:
    crises = icb_data.crises()
    crises = crises[(crises["us_involvement"] >= 3) & (crises["soviet_involvement"] >= 3)]
    count = crises.groupby(periods_of(crises["start"], "year")).size()
    return {
        "crises with both sides at least semi-militarily involved": filled(count.to_frame("both"), "year", FIRST, 2017)
    }


def ideal_points() -> dict[str, pd.DataFrame]:
    points = united_nations_data.ideal_points()
    wide = points[points["ccode"].isin(SIDES)].pivot_table(index="year", columns="ccode", values="ideal_point")
    wide.index = periods_of(wide.index.to_series(), "year")
    return {
        "distance of ideal points": filled((wide[USA] - wide[RUS]).abs().to_frame("both"), "year", FIRST, 2019, None)
    }


def un_agreement() -> dict[str, pd.DataFrame]:
    votes, calls = united_nations_data.votes(), united_nations_data.roll_calls().set_index("roll_call")
    wide = votes[votes["ccode"].isin(SIDES)].pivot(index="roll_call", columns="ccode", values="vote")
    wide = wide.astype(object).replace({"yes": 1.0, "abstain": 0.5, "no": 0.0}).astype(float)
    agree = (1 - (wide[USA] - wide[RUS]).abs()).dropna()
    year = calls["session"].loc[agree.index].astype("int64") + 1945
    yearly = agree.groupby(periods_of(year, "year")).mean()
    return {"agreement of votes": filled(yearly.to_frame("both"), "year", FIRST, 2019, None)}


def vetoes(unit: str) -> dict[str, pd.DataFrame]:
    cast = united_nations_data.vetoes()
    cast = cast[cast["ccode"].isin(SIDES)]
    count = cast.groupby([periods_of(cast["date"], unit), cast["ccode"].map(SIDES)]).size().unstack()
    return {"vetoes cast": filled(both(count, "sum"), unit, FIRST, 2021)}


def visits(unit: str) -> dict[str, pd.DataFrame]:
    met = pd.concat([visits_data.visits(), visits_data.travels()])
    met = met[(met["ccode"] == RUS) & (met["start"].dt.year >= FIRST)]
    count = met.groupby(periods_of(met["start"], unit)).size().astype(float)
    return {"visits of leaders and secretaries of state": filled(count.to_frame("both"), unit, FIRST, LAST)}


def keds(unit: str, stream: str, first: int, last: int) -> dict[str, pd.DataFrame]:
    """Share of hostile events among US-Russian ones: CAMEO roots from 10, WEIS roots from 11, are hostile."""
    mine = between(keds_data.events(stream), unit, "date")
    coding = keds_data.STREAMS[stream].coding
    hostile = (pd.to_numeric(mine["code"].str[:2], errors="coerce") >= (10 if coding == "cameo" else 11)).astype(float)
    mean = hostile.groupby([mine["when"], mine["side"]]).mean().unstack()
    mean["both"] = hostile.groupby(mine["when"]).mean()
    return {f"share of hostile events ({stream})": filled(mean, unit, first, last, None)}


def icews() -> dict[str, pd.DataFrame]:
    mine = between(icews_dyad_years_data.quad_counts(), "year", "year")
    mine["bad"] = mine["verbal_conflict"] + mine["material_conflict"]
    mine["all"] = mine["bad"] + mine["verbal_cooperation"] + mine["material_cooperation"]
    sums = mine.groupby(["when", "side"])[["bad", "all"]].sum()
    mean = (sums["bad"] / sums["all"]).unstack("side")
    total = mine.groupby("when")[["bad", "all"]].sum()
    mean["both"] = total["bad"] / total["all"]
    return {"share of hostile events": filled(mean, "year", 2002, 2014, None)}


def warheads() -> dict[str, pd.DataFrame]:
    stock = nuclear_data.warheads()
    wide = stock[stock["ccode"].isin(SIDES)].pivot_table(index="year", columns="ccode", values="warheads").sort_index()
    change = wide.pct_change().rename(columns=SIDES)
    change["both"] = wide.sum(axis=1).pct_change()
    last = int(wide.index.max())
    change.index = periods_of(change.index.to_series(), "year")
    return {"growth of warhead stocks": filled(change, "year", FIRST, last, None)}


# the comparisons -------------------------------------------------------------------------------------------------------------


def compare() -> list[Pair]:
    mine = {unit: ours(unit) for unit in ("month", "year")}
    level, acts, serious = "highest escalation level", "escalatory acts", "serious acts (level 3 or more)"
    cooperation, mix = "cooperative acts", "share of escalatory among escalatory and cooperative acts"
    met = "visits of leaders and secretaries of state"
    honor, authority, threat = "honor, granted less denied", "authority denied", "threat, posed less relieved"
    plan: list[tuple[str, str, dict[str, pd.DataFrame], list[tuple[str, str, int]]]] = []
    for unit in ("month", "year"):
        plan += [
            (
                "MIE 1.0",
                unit,
                mie(unit),
                [("highest hostility level", level, 1), ("militarised events", serious, 1)],
            ),
            ("Security Council vetoes", unit, vetoes(unit), [("vetoes cast", authority, 1)]),
            (
                "Visits and travels, State Department",
                unit,
                visits(unit),
                [(met, o, s) for o, s in ((cooperation, 1), (honor, 1), (level, -1))],
            ),
        ]
        for name, first, last in (("levant", 1979, 2011), ("balkans", 1989, 2003)):
            series = keds(unit, name, first, last)
            plan.append(("KEDS", unit, series, [(next(iter(series)), mix, 1)]))
    plan += [
        ("GML-MID 2.2.1", "year", mid("gml", 2010), [("highest hostility level", level, 1)]),
        ("COW-MID 5.0", "year", mid("cow", 2014), [("highest hostility level", level, 1)]),
        (
            "ICB v14",
            "year",
            icb(),
            [("crises with both sides at least semi-militarily involved", o, 1) for o in (serious, threat)],
        ),
        (
            "UN ideal points",
            "year",
            ideal_points(),
            [("distance of ideal points", o, s) for o, s in ((mix, 1), (honor, -1), (threat, 1))],
        ),
        (
            "UN General Assembly votes",
            "year",
            un_agreement(),
            [("agreement of votes", o, s) for o, s in ((mix, -1), (cooperation, 1))],
        ),
        (
            "ICEWS dyad-years",
            "year",
            icews(),
            [("share of hostile events", o, s) for o, s in ((mix, 1), (acts, 1), (honor, -1))],
        ),
        (
            "Warheads, Bulletin of the Atomic Scientists",
            "year",
            warheads(),
            [("growth of warhead stocks", threat, 1)],
        ),
    ]
    out = []
    for source, unit, theirs, pairs in plan:
        for measure, name, sign in pairs:
            known = theirs[measure].dropna(how="all").index
            for side in [s for s in ("both", "USA", "RUS") if s in theirs[measure]]:
                r = rank_correlation(mine[unit][name][side].to_numpy(), theirs[measure][side].to_numpy(dtype=float))
                years = known.year.min(), known.year.max()
                out.append(Pair(source, measure, name, sign, unit, side, *map(int, years), **asdict(r)))
    return out


def said(p: Pair) -> str:
    if not np.isfinite(p.rho):
        return "not computable (one of the two never varies)"
    if p.sign * p.low > 0 and p.sign * p.high > 0:
        return "agrees"
    return "disagrees" if p.sign * p.low < 0 and p.sign * p.high < 0 else "cannot tell"


def figure(pairs: list[Pair], path: Path) -> None:
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = [p for p in pairs if p.side == "both" and np.isfinite(p.rho)]
    fig, axes = plt.subplots(figsize=(9, 0.34 * len(shown) + 1.2), layout="constrained")
    colour = {"agrees": "#1b7837", "disagrees": "#b2182b", "cannot tell": "#777777"}
    for y, p in enumerate(reversed(shown)):
        low, high = sorted((p.sign * p.low, p.sign * p.high))
        axes.plot([low, high], [y, y], color=colour[said(p)], lw=2)
        axes.plot(p.sign * p.rho, y, "o", color=colour[said(p)], ms=5)
    axes.set_yticks(
        range(len(shown)), [f"{p.source}, {p.unit}: {p.measure}\nwith {p.ours}" for p in reversed(shown)], fontsize=6
    )
    axes.axvline(0, color="black", lw=0.8)
    axes.set(xlim=(-1, 1), xlabel="Spearman's rho, signed so that agreement is positive; 95 % interval")
    axes.grid(axis="x", alpha=0.3)
    fig.savefig(path, dpi=130)


def page(pairs: list[Pair]) -> str:
    folder = HERE / "docs/convergent_validity"
    mie_list = pd.read_csv(folder / "mie_matches.csv", dtype=str, keep_default_na=False)
    icb_list = pd.read_csv(folder / "icb_matches.csv", dtype=str, keep_default_na=False)
    lacking = mie_list[mie_list["status"].isin(["unidentified", "related"])]
    frame = pd.DataFrame(
        {
            "source": [p.source for p in pairs],
            "by": [p.unit for p in pairs],
            "sender": [p.side for p in pairs],
            "measure": [p.measure for p in pairs],
            "catalogue's series": [p.ours for p in pairs],
            "years": [f"{p.first}-{p.last}" for p in pairs],
            "pairs (effective)": [
                f"{p.pairs} ({p.effective:.0f})" if np.isfinite(p.effective) else f"{p.pairs}" for p in pairs
            ],
            "expected": ["+" if p.sign > 0 else "-" for p in pairs],
            "rho (95 %)": [
                f"{p.rho:+.2f} ({p.low:+.2f} to {p.high:+.2f})" if np.isfinite(p.rho) else "." for p in pairs
            ],
            "reading": [said(p) for p in pairs],
        }
    ).set_index("source")
    told = pd.Series([said(p) for p in pairs if p.side == "both"]).value_counts()
    readings = ", ".join(f"{n}: {reading}" for reading, n in told.items())
    window = LAST - FIRST + 1
    cover = (
        pd.DataFrame(
            [(p.source, p.measure, f"{p.first}-{p.last}", f"{(p.last - p.first + 1) / window:.0%}") for p in pairs],
            columns=["source", "measure", "years", "share of the window"],
        )
        .drop_duplicates()
        .set_index("source")
    )
    status = mie_list["status"].value_counts()
    crises = ", ".join(f"{n} {s}" for s, n in icb_list["status"].value_counts().items())
    apart = icb_list[icb_list["status"].isin(["out-of-scope", "related"])].set_index("crisno")
    lines = [
        "# Convergent validity of the embedded catalogue",
        "",
        "Written by `make convergent-validity`; do not edit. Monthly and yearly"
        " series of the catalogue beside independent measures of the same relationship. Spearman's rho with a 95 %"
        " interval from the effective number of independent pairs (Pyper and Peterman 1998; on simulated series without"
        " any relation it covers zero about as often as it should, where the usual interval of slow series is far too"
        " narrow: `tests/test_convergence.py`). *Agrees*: the interval lies wholly on the expected side of zero. The pairs"
        " were fixed before the correlations were looked at; nothing here was used to code an act. Later the vetoes were counted"
        " anew, from the members that the file names, because its columns of flags lack 26 drafts of 1966-1985.",
        "",
        f"Comparisons of both sides together, {int(told.sum())}: {readings}.",
        "",
        "![Rank correlations](results/convergent_validity.png)",
        "",
        table(frame),
        "",
        "What these measures share with the catalogue is the relationship, not the coding. A low correlation can be the"
        " catalogue's fault, the other source's (militarised events between the two are rare: most months have none), or"
        " a difference of concept (vetoes are mostly about third parties; warhead stocks move for reasons of their own)."
        " ICEWS and KEDS come from news wires on everything or on other regions; their shares move with attention."
        " Collectors used MIE, the State Department's lists and the vetoes as check lists, so agreement with those is"
        " partly by construction; agreement with MID, ICB, UN votes, KEDS, ICEWS and warheads is not.",
        "",
        "## Coverage of each source",
        "",
        table(cover),
        "",
        "## Militarised events of MIE 1.0 that the catalogue lacks",
        "",
        f"MIE has {len(mie_list)} US-Soviet/Russian events in {FIRST}-2014. Of these the catalogue had {status['covered']}"
        f" already and {status['added']} were added; {status['related']} belong to an episode that the catalogue records by"
        f" another act; {status['unidentified']} could not be identified, because MIE has no narrative."
        " `convergent_validity/mie_matches.csv` has all of them.",
        "",
        table(
            lacking.set_index("micnum")[
                ["eventnum", "date", "sender", "action", "hostlev", "status", "event_id", "note"]
            ]
        ),
        "",
        "## International crises (ICB) with both sides involved",
        "",
        f"{len(icb_list)} crises: {crises}. *Out of scope*: no dated act of one side that bears on the other was"
        " identified. `convergent_validity/icb_matches.csv` has all of them.",
        "",
        table(apart[["crisname", "trigger", "status", "note"]]),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "docs")
    given = parser.parse_args()
    pairs = compare()
    results = given.out / "results"
    results.mkdir(parents=True, exist_ok=True)
    found = record(
        not any(said(p) == "disagrees" for p in pairs if p.side == "both"),
        "no comparison of both sides together disagrees with its expected sign",
        load("us-russia").sha256,
        pairs=[
            {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in asdict(p).items()} for p in pairs
        ],
    )
    (results / "convergent_validity.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (given.out / "convergent-validity.md").write_text(page(pairs), encoding="utf-8")
    figure(pairs, results / "convergent_validity.png")
    for p in pairs:
        if p.side == "both":
            print(
                f"{p.rho:+.2f} ({p.low:+.2f} to {p.high:+.2f})  {said(p):12s} {p.unit:5s} {p.source}: {p.measure} / {p.ours}"
            )


if __name__ == "__main__":
    main()
