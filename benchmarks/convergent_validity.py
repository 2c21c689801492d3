"""Does the embedded catalogue agree with independent measures of the same relationship?

    python benchmarks/convergent_validity.py --data FOLDER --out docs

FOLDER holds the public data sets named in the page that is written (mie/, icb/, keds/ and so on, under the paths given below).
Monthly and yearly series of the catalogue are set beside independent series; each pair gets Spearman's rank correlation with an
interval that respects serial correlation (statusmodels.events.convergence). Written: ``docs/convergent-validity.md``,
``docs/results/convergent_validity.json`` and ``docs/results/convergent_validity.png``.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
import xml.etree.ElementTree as ET
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import rdata

from statusmodels.events.catalogue import load
from statusmodels.events.convergence import rank_correlation
from statusmodels.events.datasheet import table
from statusmodels.events.pooling import pooled_level, pooled_severity

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


def rda(path: Path) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (frame,) = rdata.read_rda(path).values()
    return frame


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


def mie_events(data: Path) -> pd.DataFrame:
    mie = pd.read_csv(data / "mie/mie-1.0.csv")
    dyad = mie["ccode1"].isin(SIDES) & mie["ccode2"].isin(SIDES) & (mie["ccode1"] != mie["ccode2"])
    return mie[dyad & mie["styear"].between(FIRST, LAST)].assign(side=lambda d: d["ccode1"].map(SIDES))


def mie(data: Path, unit: str) -> dict[str, pd.DataFrame]:
    acts = mie_events(data)
    when = pd.PeriodIndex.from_fields(year=acts["styear"], month=acts["stmon"], freq="M")
    when = when if unit == "month" else when.asfreq("Y")
    grouped = acts.groupby([when, "side"])["hostlev"]
    return {
        "highest hostility level": filled(both(grouped.max().unstack("side"), "max"), unit, FIRST, 2014),
        "militarised events": filled(both(grouped.size().unstack("side"), "sum"), unit, FIRST, 2014),
    }


def mid(data: Path, name: str, last: int) -> dict[str, pd.DataFrame]:
    disputes = rda(data / f"peacesciencer/{name}.rda")
    mine = disputes[(disputes["ccode1"] == USA) & (disputes["ccode2"] == RUS)]
    years = pd.PeriodIndex(mine["year"].astype(int).astype(str), freq="Y")
    top = mine.groupby(years)[["hostlev1", "hostlev2"]].max().set_axis(["USA", "RUS"], axis=1).clip(lower=0)
    return {"highest hostility level": filled(both(top, "max"), "year", FIRST, last)}


def icb(data: Path) -> dict[str, pd.DataFrame]:
    crises = pd.read_csv(data / "icb/icb1v14.csv", encoding="utf-8-sig", low_memory=False)
    crises = crises[(crises["usinv"] >= 3) & (crises["suinv"] >= 3) & crises["yrtrig"].between(FIRST, LAST)]
    count = crises.groupby(pd.PeriodIndex(crises["yrtrig"].astype(int).astype(str), freq="Y")).size()
    return {
        "crises with both sides at least semi-militarily involved": filled(count.to_frame("both"), "year", FIRST, 2017)
    }


def ideal_points(data: Path) -> dict[str, pd.DataFrame]:
    points = pd.read_csv(data / "un_idealpoints/IdealpointestimatesAll_Apr2020.csv", encoding="latin-1")
    wide = points[points["ccode"].isin(SIDES)].pivot_table(index="session", columns="ccode", values="IdealPoint")
    wide.index = pd.PeriodIndex((wide.index + 1945).astype(str), freq="Y")
    return {
        "distance of ideal points": filled((wide[USA] - wide[RUS]).abs().to_frame("both"), "year", FIRST, 2019, None)
    }


def un_agreement(data: Path) -> dict[str, pd.DataFrame]:
    votes, calls = rda(data / "unvotes/un_votes.rda"), rda(data / "unvotes/un_roll_calls.rda")
    wide = votes[votes["country_code"].astype(str).isin(["US", "RU"])].drop_duplicates(["rcid", "country_code"])
    wide = wide.assign(
        country_code=wide["country_code"].astype(str),
        vote=wide["vote"].astype(str).map({"yes": 1.0, "abstain": 0.5, "no": 0.0}),
    ).pivot_table(index="rcid", columns="country_code", values="vote")
    agree = (1 - (wide["US"] - wide["RU"]).abs()).dropna()
    session = calls.drop_duplicates("rcid").set_index("rcid")["session"].loc[agree.index]
    yearly = agree.groupby(pd.PeriodIndex((session.astype(int) + 1945).astype(str), freq="Y")).mean()
    return {"agreement of votes": filled(yearly.to_frame("both"), "year", FIRST, 2019, None)}


def vetoes(data: Path, unit: str) -> dict[str, pd.DataFrame]:
    cast = pd.read_csv(data / "unsc_vetoes/unsc_vetoes_1946_sept2022.csv", encoding="latin-1")
    cast = cast[pd.to_numeric(cast["year"], errors="coerce").between(FIRST, LAST)]
    when = pd.PeriodIndex(pd.to_datetime(cast["date"], format="%m/%d/%Y"), freq="M" if unit == "month" else "Y")
    count = pd.DataFrame({"USA": cast["USA"].to_numpy(), "RUS": (cast["Russia"] + cast["USSR"]).to_numpy()}, index=when)
    return {"vetoes cast": filled(both(count.groupby(level=0).sum(), "sum"), unit, FIRST, 2021)}


def visits(data: Path, unit: str) -> dict[str, pd.DataFrame]:
    days = []
    for path in sorted((data / "us_visits").glob("*.xml")):
        days += [v.findtext("start-date") for v in ET.parse(path).iter("visit") if v.find("from").get("id") == "russia"]
    for path in sorted((data / "us_travels").glob("*-travels/*.xml")):
        days += [
            t.findtext("start-date") for t in ET.parse(path).iter("trip") if t.find("country").get("id") == "russia"
        ]
    when = pd.PeriodIndex(
        pd.to_datetime([d for d in days if d and int(d[:4]) >= FIRST]), freq="M" if unit == "month" else "Y"
    )
    count = pd.Series(1.0, index=when).groupby(level=0).sum()
    return {"visits of leaders and secretaries of state": filled(count.to_frame("both"), unit, FIRST, LAST)}


def keds(data: Path, unit: str, name: str, first: int, last: int) -> dict[str, pd.DataFrame]:
    """Share of hostile events among US-Russian ones: CAMEO roots from 10, WEIS roots from 11, are hostile."""
    events = rda(data / f"keds/{name}.RData")
    who = {column: events[column].str[:3].replace({"USR": "RUS"}) for column in ("source", "target")}
    mine = who["source"].isin(["USA", "RUS"]) & who["target"].isin(["USA", "RUS"]) & (who["source"] != who["target"])
    events, source = events[mine], who["source"][mine]
    days = pd.to_datetime(events["date"], unit="D", origin="1970-01-01")
    hostile = pd.to_numeric(events["code"].str[:2], errors="coerce") >= (10 if name.endswith("cameo") else 11)
    when = pd.PeriodIndex(days, freq="M" if unit == "month" else "Y")
    mean = hostile.astype(float).groupby([when, source.to_numpy()]).mean().unstack()
    mean["both"] = hostile.astype(float).groupby(when).mean()
    return {f"share of hostile events ({name.split('.')[0]})": filled(mean, unit, first, last, None)}


def icews(data: Path) -> dict[str, pd.DataFrame]:
    counts = rda(data / "icews_dyadyear/icews.rda")
    mine = counts[counts["i_iso3c"].isin(["USA", "RUS"]) & counts["j_iso3c"].isin(["USA", "RUS"])]
    mine = mine[mine["i_iso3c"].astype(str) != mine["j_iso3c"].astype(str)]
    hostile, friendly = mine["verbConf"] + mine["matlConf"], mine["verbCoop"] + mine["matlCoop"]
    when = pd.PeriodIndex(mine["year"].astype(int).astype(str), freq="Y")
    frame = pd.DataFrame(
        {"when": when, "side": mine["i_iso3c"].astype(str).to_numpy(), "bad": hostile, "all": hostile + friendly}
    )
    sums = frame.groupby(["when", "side"])[["bad", "all"]].sum()
    mean = (sums["bad"] / sums["all"]).unstack("side")
    total = frame.groupby("when")[["bad", "all"]].sum()
    mean["both"] = total["bad"] / total["all"]
    return {"share of hostile events": filled(mean, "year", 2002, 2014, None)}


def warheads(data: Path) -> dict[str, pd.DataFrame]:
    (path,) = (data / "nuclear").glob("*stockpiles*")
    stock = pd.read_csv(path)
    stock = stock[stock["Entity"].isin(["United States", "Russia"])]
    wide = stock.pivot_table(index="Year", columns="Entity", values="Stockpiled nuclear warheads").sort_index()
    change = wide.pct_change().rename(columns={"United States": "USA", "Russia": "RUS"})
    change.index = pd.PeriodIndex(change.index.astype(str), freq="Y")
    change["both"] = wide.sum(axis=1).pct_change().to_numpy()
    return {"growth of warhead stocks": filled(change, "year", FIRST, int(wide.index.max()), None)}


# the comparisons -------------------------------------------------------------------------------------------------------------


def compare(data: Path) -> list[Pair]:
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
                mie(data, unit),
                [("highest hostility level", level, 1), ("militarised events", serious, 1)],
            ),
            ("Security Council vetoes", unit, vetoes(data, unit), [("vetoes cast", authority, 1)]),
            (
                "Visits and travels, State Department",
                unit,
                visits(data, unit),
                [(met, o, s) for o, s in ((cooperation, 1), (honor, 1), (level, -1))],
            ),
        ]
        for name, first, last in (("levant.cameo", 1979, 2011), ("balkans.weis", 1989, 2003)):
            series = keds(data, unit, name, first, last)
            plan.append(("KEDS", unit, series, [(next(iter(series)), mix, 1)]))
    plan += [
        ("GML-MID 2.2.1", "year", mid(data, "gml_mid_ddydisps", 2010), [("highest hostility level", level, 1)]),
        ("COW-MID 5.0", "year", mid(data, "cow_mid_ddydisps", 2014), [("highest hostility level", level, 1)]),
        (
            "ICB v14",
            "year",
            icb(data),
            [("crises with both sides at least semi-militarily involved", o, 1) for o in (serious, threat)],
        ),
        (
            "UN ideal points",
            "year",
            ideal_points(data),
            [("distance of ideal points", o, s) for o, s in ((mix, 1), (honor, -1), (threat, 1))],
        ),
        (
            "UN General Assembly votes",
            "year",
            un_agreement(data),
            [("agreement of votes", o, s) for o, s in ((mix, -1), (cooperation, 1))],
        ),
        (
            "ICEWS dyad-years",
            "year",
            icews(data),
            [("share of hostile events", o, s) for o, s in ((mix, 1), (acts, 1), (honor, -1))],
        ),
        (
            "Warheads, Bulletin of the Atomic Scientists",
            "year",
            warheads(data),
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
        "Written by `python benchmarks/convergent_validity.py --data FOLDER --out docs`; do not edit. Monthly and yearly"
        " series of the catalogue beside independent measures of the same relationship. Spearman's rho with a 95 %"
        " interval from the effective number of independent pairs (Pyper and Peterman 1998; on simulated series without"
        " any relation it covers zero about as often as it should, where the usual interval of slow series is far too"
        " narrow: `tests/test_convergence.py`). *Agrees*: the interval lies wholly on the expected side of zero. The pairs"
        " were fixed before the correlations were looked at; nothing here was used to code an act.",
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
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    parser.add_argument("--out", type=Path, default=HERE / "docs")
    given = parser.parse_args()
    if not (given.data / "mie/mie-1.0.csv").exists():
        sys.exit(f"{given.data} does not hold mie/mie-1.0.csv; give the folder of the data sets")
    pairs = compare(given.data)
    results = given.out / "results"
    results.mkdir(parents=True, exist_ok=True)
    record = {
        "passed": not any(said(p) == "disagrees" for p in pairs if p.side == "both"),
        "criterion": "no comparison of both sides together disagrees with its expected sign",
        "catalogue_sha256": load("us-russia").sha256,
        "date": f"{date.today():%Y-%m-%d}",
        "pairs": [
            {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in asdict(p).items()} for p in pairs
        ],
    }
    (results / "convergent_validity.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (given.out / "convergent-validity.md").write_text(page(pairs), encoding="utf-8")
    figure(pairs, results / "convergent_validity.png")
    for p in pairs:
        if p.side == "both":
            print(
                f"{p.rho:+.2f} ({p.low:+.2f} to {p.high:+.2f})  {said(p):12s} {p.unit:5s} {p.source}: {p.measure} / {p.ours}"
            )


if __name__ == "__main__":
    main()
