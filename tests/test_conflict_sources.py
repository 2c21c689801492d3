"""Readers of conflict data, against the files read another way."""

import csv
from collections import Counter, defaultdict
from datetime import date

import openpyxl
import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.sources import (
    armed_conflict,
    cow_mid,
    cyber,
    icb,
    interventions,
    mid,
    mie,
    registry,
    sanctions,
    states,
    wars,
)

CSV = {
    mie.events: "mie/mie-1.0.csv",
    cow_mid.cow_disputes: "cow_mid_csv/MIDA 5.0.csv",
    cow_mid.cow_participants: "cow_mid_csv/MIDB 5.0.csv",
    cow_mid.cow_incidents: "cow_mid_csv/MIDI 5.0.csv",
    cow_mid.cow_incident_participants: "cow_mid_csv/MIDIP 5.0.csv",
    icb.crises: "icb/icb1v14.csv",
    icb.actors: "icb/icb2v15.csv",
    icb.dyads: "icb/icbdy_v15.csv",
    sanctions.cases: "gsdb/GSDB_V3.csv",
}
BINARY = {
    mid.gml_disputes: "peacesciencer/gml_mid_disps.rda",
    mid.gml_participants: "peacesciencer/gml_part.rda",
    wars.interstate: "peacesciencer/cow_war_inter.rda",
    armed_conflict.years: "peacesciencer/ucdp_acd.rda",
    cyber.incidents: "dcid/DCID_2.0_Release_update_February_2023.xlsx",
    interventions.cases: "mip/MIP Dataset 2022 OG.xlsx",
}


def rows(file):
    with registry.path(file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def sheet(file, name):
    cells = openpyxl.load_workbook(registry.path(file), read_only=True)[name].iter_rows(values_only=True)
    header = next(cells)
    return [dict(zip(header, line, strict=True)) for line in cells if any(c is not None for c in line)]


def day(row, prefix):
    """(date, precision) by the rule of the readers, worked out here from text."""
    year, month, number = (int(row[f"{prefix}{part}"]) for part in ("year", "mon", "day"))
    if month < 0:
        return date(year, 1, 1), "year"
    try:
        return (date(year, month, number), "day") if number > 0 else (date(year, month, 1), "month")
    except ValueError:
        return date(year, month, 1), "month"


def assert_dates(frame, lines):
    for name, prefix in (("start", "st"), ("end", "end")):
        expected = [day(line, prefix) for line in lines]
        assert [d.date() for d in frame[name]] == [d for d, _ in expected]
        assert frame[f"{name}_precision"].tolist() == [p for _, p in expected]


def assert_missing(values, lines, column):
    """-9 is missing, and nothing else is; every other value is as in the file."""
    assert [None if pd.isna(v) else int(v) for v in values] == [
        None if line[column] == "-9" else int(line[column]) for line in lines
    ]


def mirrored(frame, pairs, keys):
    """The frame with the two states swapped has the same rows."""
    swap = {f"{c}{i}": f"{c}{3 - i}" for c in pairs for i in (1, 2)}
    columns = [*keys, *swap]
    a, b = (f[columns].sort_values(columns, ignore_index=True) for f in (frame, frame.rename(columns=swap)))
    pd.testing.assert_frame_equal(a, b)


def test_militarized_events():
    acts, lines = mie.events(), rows("mie/mie-1.0.csv")
    assert_dates(acts, lines)
    assert (acts["start_precision"] == "month").sum() == 1987
    assert acts["ccode1"].tolist() == [int(line["ccode1"]) for line in lines]
    assert acts["side_a"].tolist() == [line["sidea1"] == "1" for line in lines]
    for column in mie.FATALITIES:
        assert_missing(acts[mie.FATALITIES[column]], lines, column)
    assert not acts.duplicated(["micnum", "eventnum"]).any()
    assert (acts["fatalities_min1"] <= acts["fatalities_max1"]).all()
    assert (acts["ccode1"] != acts["ccode2"]).all()
    # the codebook's levels: 1-6 threat, 7-12 display, 13-19 use, 22 war
    level = pd.cut(acts["action"], [0, 6, 12, 19, 22], labels=[2, 3, 4, 5]).astype(int)
    assert (level == acts["hostility"]).all()
    both = acts["ccode1"].isin([2, 365]) & acts["ccode2"].isin([2, 365])
    assert both.sum() == 157  # of the manifest


def test_disputes_and_participants_of_the_correlates_of_war():
    disputes, lines = cow_mid.cow_disputes(), rows("cow_mid_csv/MIDA 5.0.csv")
    assert_dates(disputes, lines)
    for ours, theirs in {"fatality": "fatality", "fatalities": "fatalpre", "outcome": "outcome"}.items():
        assert_missing(disputes[ours], lines, theirs)
    assert disputes["unfinished"].sum() == 33
    known = disputes[disputes["end_precision"] == "day"]  # the first of the month stands for a day that is unknown
    assert (known["start"] <= known["end"]).all()

    sides, lines = cow_mid.cow_participants(), rows("cow_mid_csv/MIDB 5.0.csv")
    assert_dates(sides, lines)
    assert_missing(sides["revision2"], lines, "revtype2")
    again = Counter((line["dispnum"], line["ccode"]) for line in lines)
    assert (sides["episode"] > 1).sum() == sum(n - 1 for n in again.values()) == 29
    assert not sides.duplicated(["dispute", "ccode", "episode"]).any()
    ordered = sides.sort_values(["dispute", "ccode", "episode"])
    assert ordered.groupby(["dispute", "ccode"])["start"].is_monotonic_increasing.all()
    assert sides["hostility"].between(1, 5).all()
    # no militarised action is not missing
    assert ((sides["action"] == 0) == (sides["hostility"] == 1)).all()


def test_incidents_belong_to_disputes():
    incidents, acts = cow_mid.cow_incidents(), cow_mid.cow_incident_participants()
    assert_dates(incidents, rows("cow_mid_csv/MIDI 5.0.csv"))
    lines = rows("cow_mid_csv/MIDIP 5.0.csv")
    assert_dates(acts, lines)
    assert_missing(acts["fatality"], lines, "fatality")
    assert_missing(incidents["days"], rows("cow_mid_csv/MIDI 5.0.csv"), "duration")
    assert set(incidents["incident"]) - set(acts["incident"]) == {4269010}  # nobody is named for it in the file
    assert set(acts["incident"]) < set(incidents["incident"])
    assert set(incidents["dispute"]) <= set(cow_mid.cow_disputes()["dispute"])


def test_opponents_follow_from_participants():
    """COW's directed dispute-years made again from MIDB: other sides, spells that share a day."""
    spells = defaultdict(list)
    for line in rows("cow_mid_csv/MIDB 5.0.csv"):
        spells[int(line["dispnum"])].append(line)

    def span(line, prefix, unknown):
        number = int(line[f"{prefix}day"])
        return int(line[f"{prefix}year"]), int(line[f"{prefix}mon"]), number if number > 0 else unknown

    expected = set()
    for dispute, sides in spells.items():
        for a in sides:
            for b in sides:
                start = max(span(a, "st", 1), span(b, "st", 1))
                end = min(span(a, "end", 31), span(b, "end", 31))
                if a["sidea"] != b["sidea"] and a["ccode"] != b["ccode"] and start <= end:
                    pair = int(a["ccode"]), int(b["ccode"])
                    expected |= {(dispute, *pair, year) for year in range(start[0], end[0] + 1)}
    pairs = mid.directed("cow")
    assert set(zip(*(pairs[c] for c in ("dispute", "ccode1", "ccode2", "year")), strict=True)) == expected
    assert len(pairs) == len(expected) == 11390


@pytest.mark.parametrize("version", ["gml", "cow"])
def test_opponents(version):
    pairs, years = mid.directed(version), mid.dyad_years(version)
    both = ["ccode", "side_a", "fatality", "fatalities", "action", "hostility", "originator"]
    mirrored(pairs, both, ["dispute", "year", "ongoing", "onset"])
    assert (pairs["side_a1"] != pairs["side_a2"]).all()
    assert pairs["ongoing"].all()
    assert not pairs["onset"].all()
    assert pairs[["hostility1", "hostility2"]].stack().between(1, 5).all()
    assert not (pairs.select_dtypes("number") < 0).any(axis=None)
    assert pairs["fatalities1"].isna().any()
    assert (pairs["fatalities1"] == 0).any()
    # the same dyad-years, one row each, out of the same rows
    keys = ["dispute", "ccode1", "ccode2", "year"]
    assert (years["ccode1"] < years["ccode2"]).all()
    assert not years.duplicated(keys[1:]).any()
    lower = pairs[pairs["ccode1"] < pairs["ccode2"]]
    assert len(lower.drop_duplicates(keys[1:])) == len(years)
    same = (
        years[keys]
        .merge(lower, on=keys)
        .drop(columns=["revisionist1", "revisionist2", "revision1", "revision2"], errors="ignore")
    )
    pd.testing.assert_frame_equal(same[list(years)], years)
    superpowers = (lower["ccode1"] == 2) & (lower["ccode2"] == 365)
    assert 2 * superpowers.sum() == {"gml": 130, "cow": 136}[version]  # of the manifest


def test_disputes_of_gibler_miller_and_little():
    disputes, sides = mid.gml_disputes(), mid.gml_participants()
    assert set(disputes["dispute"]) == set(sides["dispute"]) == set(mid.directed("gml")["dispute"])
    assert disputes["dispute"].is_unique
    assert disputes["start_precision"].value_counts().to_dict() == {"month": 2173, "year": 1}
    first = sides.groupby("dispute")["start"].min().reindex(disputes["dispute"])
    assert (first.dt.year.to_numpy() == disputes["start"].dt.year.to_numpy()).mean() > 0.99
    assert sides["start"].notna().all()
    assert (sides["start_precision"] == "month").sum() == 595 + 0  # -9 in the file; guessed days are not taken
    assert (sides["episode"] > 1).sum() == 20
    assert sides["leader_start"].isna().sum() == 349
    assert set(sides["dispute"]) - set(cow_mid.cow_disputes()["dispute"])  # they added and split disputes


def test_wars():
    pairs = wars.interstate()
    both = ["ccode", "side", "initiator", "outcome", "deaths"]
    mirrored(pairs, both, ["war", "year", "onset", "resumed"])
    assert (pairs["side1"] != pairs["side2"]).all()
    assert (pairs["deaths1"].dropna() >= 0).all()
    assert pairs.loc[pairs["outcome1"].isna(), "resumed"].all()
    assert not pairs.duplicated(["war", "ccode1", "ccode2", "year", "resumed"]).any()
    china = pairs[(pairs["ccode1"] == 2) & (pairs["ccode2"] == 710)]
    assert sorted(china["year"]) == [1900, 1950, 1951, 1952, 1953]  # Boxer Rebellion, Korea
    assert pairs[(pairs["ccode1"] == 2) & (pairs["ccode2"] == 365)].empty


def test_armed_conflict():
    fighting = armed_conflict.years()
    assert set(fighting["kind"]) == {"interstate", "intrastate", "internationalized", "extrasystemic"}
    known = fighting[fighting["episode_start_precision"] == "day"]
    assert (known["start"] <= known["episode_start"]).all()
    for name in ("start", "episode_start"):
        month, year = (fighting.loc[fighting[f"{name}_precision"] == p, name].dt for p in ("month", "year"))
        assert (month.day == 1).all()
        assert ((year.day == 1) & (year.month == 1)).all()
    assert (fighting["episode_ended"] == fighting["episode_end"].notna()).all()
    assert (fighting.loc[fighting["kind"] == "interstate", "gwcode_b"].notna()).all()
    assert fighting.loc[fighting["kind"] == "intrastate", "gwcode_b"].isna().all()
    kuwait = fighting[(fighting["gwcode_a"] == 645) & (fighting["gwcode_b"] == 690)]
    assert str(kuwait["start"].min().date())[:7] == "1990-08"


def test_crises():
    crises, lines = icb.crises(), rows("icb/icb1v14.csv")
    assert crises["crisis"].tolist() == [int(line["crisno"]) for line in lines]
    assert crises["violence"].isna().sum() == sum(not line["viol"].strip() for line in lines) == 1
    assert crises["soviet_involvement"].isna().sum() == 3
    assert (crises["gravity"] == 0).sum() == 11
    assert crises["violence"].dropna().between(1, 4).all()
    missiles = crises.set_index("crisis").loc[196]
    assert str(missiles["start"].date()) == "1962-10-16"
    assert (missiles["start_precision"], missiles["violence"]) == ("day", 2)


def test_states_in_crises():
    actors, lines = icb.actors(), rows("icb/icb2v15.csv")
    assert actors["actor"].is_unique
    for ours, theirs in {"gravity": "gravty", "violence": "viol", "us_involvement": "usinv"}.items():
        assert [str(v) for v in actors[ours]] == [line[theirs].strip().split(".")[0] for line in lines]
    # a superpower is its own crisis actor in its own rows, and the states are COW's
    assert (actors.loc[actors["ccode"] == 2, "us_involvement"] == 9).all()
    assert (actors.loc[actors["ccode"] == 365, "soviet_involvement"] == 9).all()
    # Vichy France, Hejaz and Najd have codes of ICB's own
    assert set(actors["ccode"]) - set(states.system()["ccode"]) == {219, 671, 672}
    assert actors["end"].isna().sum() == 1
    assert (actors["ccode"].isin([2, 365])).sum() == 127  # of the manifest
    older = icb.actors(registry.path("icb/icb2v14.csv"))
    assert len(older) < len(actors)


def test_crisis_dyads():
    dyads, actors = icb.dyads(), icb.actors().set_index("actor")
    lines = rows("icb/icbdy_v15.csv")
    assert dyads["actor1"].tolist() == [line["actnuma"] != "9999" for line in lines]
    assert dyads["actor2"].tolist() == [line["actnumb"] != "9999" for line in lines]
    assert (dyads["ccode1"] < dyads["ccode2"]).all()
    assert (dyads["actor1"] | dyads["actor2"]).all()
    # an actor's number is a crisis of that state in that crisis
    for i in (1, 2):
        known = dyads[dyads[f"actor{i}"]]
        named = actors.loc[known[f"actor_number{i}"].astype(int)]
        assert (named["ccode"].to_numpy() == known[f"ccode{i}"].to_numpy()).mean() > 0.99
        assert (named["crisis"].to_numpy() == known["crisis"].to_numpy()).mean() > 0.99
        assert dyads.loc[~dyads[f"actor{i}"], f"actor_number{i}"].isna().all()
    assert not dyads.loc[dyads["dyad"].ne(dyads["dyad"].shift()), "ongoing"].any()


def test_cyber_incidents():
    acts = cyber.incidents()
    lines = sheet("dcid/DCID_2.0_Release_update_February_2023.xlsx", cyber.SHEET)
    assert len(acts) == len(lines) == 429
    for act, line in zip(acts.itertuples(), lines, strict=True):
        assert (act.incident, act.ccode1) == (line["Cyberincidentnum"], line["initiator"])
        assert act.state_a * 1000 + act.state_b == line["Dyadpair"]
        assert act.start.to_pydatetime() == line["interactionstartdate"]
        if act.ccode1 in (act.state_a, act.state_b):
            assert {act.ccode1, act.ccode2} == {act.state_a, act.state_b}
        else:
            assert pd.isna(act.ccode2)
    assert acts["ccode2"].isna().sum() == 4
    assert set(acts["ccode1"]) <= set(states.system()["ccode"])
    assert ((acts["state_a"] == 2) & (acts["state_b"] == 365)).sum() == 47  # of the manifest


def test_interventions_are_those_that_the_project_kept():
    done = interventions.cases()
    lines = [r for r in sheet("mip/MIP Dataset 2022 OG.xlsx", interventions.SHEET) if r["RemoveCase"] == 0]
    universe = sheet("mip/MIP Dataset 2022 OG.xlsx", "Case Universe")
    assert len(done) == len(lines) == sum(r["Uncertain"] == 0 for r in universe) == 392
    assert done["remove_regime"].tolist() == [bool(line["ForeignReg"]) for line in lines]
    for case, line in zip(done.itertuples(), lines, strict=True):
        assert pd.isna(case.end) == (line["endyear"] is None)
        if isinstance(line["State B code"], int):
            assert case.targets == (line["State B code"],)
    assert {len(t) for t in done["targets"]} == {0, 1, 2, 3, 4}
    assert (620, 483) in done["targets"].tolist()  # "620. 483" in the file
    assert done["primary_target"].isna().sum() == 9
    assert (done["region"] == "na").any()  # North America, not missing
    assert done["hostility1"].between(2, 5).all()


def test_sanctions_are_one_row_a_sender_and_target():
    imposed, lines = sanctions.cases(), rows("gsdb/GSDB_V3.csv")
    assert imposed["case"].nunique() == len(lines) == 588
    assert not imposed.duplicated(["case", "sender", "target"]).any()
    assert not imposed["sender"].isin(["The", "North"]).any()
    assert {"Gambia, The", "Yemen, North", "North Korea"} <= set(imposed["target"])
    single = [r for r in lines if "," not in r["sanctioned_state"] + r["sanctioning_state"]]
    found = imposed[imposed["case"].isin([int(r["case_id"]) for r in single])]
    assert found["sender"].tolist() == [r["sanctioning_state"].strip() for r in single]
    assert imposed.loc[imposed["sender"].isin(["EU", "UN"]), "ccode1"].isna().all()
    assert (imposed.loc[imposed["sender"] == "United States", "ccode1"] == 2).all()
    assert imposed.loc[imposed["target"] == "Yemen, North", "ccode2"].isna().all()  # no state any more
    assert (imposed["trade"] == imposed["trade_restrictions"].map(bool)).all()
    assert imposed.loc[imposed["objectives"].map(len) != imposed["successes"].map(len), "case"].unique().size == 1


@pytest.mark.parametrize("reader", [*CSV, *BINARY], ids=lambda r: f"{r.__module__.split('.')[-1]}.{r.__name__}")
def test_broken_files_are_refused(tmp_path, reader):
    file = tmp_path / "file"
    content = registry.path((CSV | BINARY)[reader]).read_bytes()
    if reader in CSV:
        header, rest = content.split(b"\n", 1)
        broken = [b"", header + b"\n", b"x" + rest, content[:2000] + b"\xff\xfe" + content[2000:]]
    else:
        broken = [b"", content[: len(content) // 2], b"a,b\n1,2\n"]
    for bad in broken:
        file.write_bytes(bad)
        with pytest.raises(InputError, match="file"):
            reader(file)


def test_a_cut_line_is_refused(tmp_path):
    file = tmp_path / "mie.csv"
    lines = registry.path("mie/mie-1.0.csv").read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:100]) + lines[100][:6])
    with pytest.raises(InputError, match="must hold whole numbers; 1 do not"):
        mie.events(file)


@pytest.mark.parametrize("reader", [mid.directed, mid.dyad_years])
def test_the_other_version_is_refused(reader):
    with pytest.raises(InputError, match="must hold a data frame called"):
        reader("cow", registry.path("peacesciencer/gml_dirdisp.rda"))
