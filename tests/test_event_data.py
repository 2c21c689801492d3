import csv
import gzip
import random
import zipfile

import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.events.catalogue import data_folder
from statusmodels.sources import crosswalk, event_data, icews_dyad_years, keds, registry
from statusmodels.sources.event_data import counts
from statusmodels.sources.event_formats import FORMATS

CAMEO = crosswalk.read("cameo-v1")
SAMPLE = "icews_format/events.2018.sample.tab"
PAIR = {"USA>RUS": (2, 365), "RUS>USA": (365, 2)}
LABELS = {
    "gdelt1": "gdelt_format/GDELT_1.0_event_Column_Labels_Header_Row_Sep2016.tsv",
    "gdelt2": "gdelt_format/GDELT_2.0_Events_Column_Labels_Header_Row_Sep2016.csv",
}


def rows(n=3000, seed=1):
    """Date, actor, target, code, root, mentions."""
    draw = random.Random(seed)  # noqa: S311  no secret
    codes = ["010", "042", "051", "0511", "111", "112", "1121", "138", "163", "190", "036", "08", "154", "999", ""]
    actors = ["USA", "RUS", "CHN", "DEU", "PSE", "", "IGO"]
    return [
        [
            f"{draw.choice([2013, 2014])}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}",
            draw.choice(actors),
            draw.choice(actors),
            draw.choice(codes),
            draw.choice("01"),
            str(draw.randint(1, 20)),
        ]
        for _ in range(n)
    ]


def lines(events, width=58):
    out = []
    for date, actor, target, code, root, mentions in events:
        cells = [f'a "quoted, cell {i}' if i == 6 else "x" for i in range(width)]
        for place, value in {1: date, 7: actor, 17: target, 25: root, 26: code, 31: mentions}.items():
            cells[place] = value
        out.append("\t".join(cells) + "\n")
    return "".join(out)


def by_hand(events, weight=lambda e: 1):
    """Counts by month with pandas and plain Python, from the crosswalk's file and not its reader."""
    with open(data_folder() / "crosswalks" / "cameo-v1.csv", encoding="utf-8", newline="") as stream:
        table = {r["code"]: r for r in csv.DictReader(stream)}
    cow = {"USA": 2, "RUS": 365, "CHN": 710, "DEU": 255}
    found = []
    for event in events:
        date, actor, target, code = event[:4]
        row = next((table[code[:n]] for n in range(len(code), 0, -1) if code[:n] in table), None)
        if not code or actor not in cow or target not in cow or actor == target:
            continue
        tell = {"ccode1": cow[actor], "ccode2": cow[target], "period": f"{date[:4]}-{date[4:6]}-01"}
        tell["events"] = weight(event)
        if row:
            sign = {("honor", "-1"): "honor_denied", ("honor", "1"): "honor_granted", ("authority", "-1"): "authority_denied",
                    ("authority", "1"): "authority_granted", ("threat", "-1"): "threat_posed",
                    ("cooperation", "1"): "cooperation"}.get((row["construct"], row["sign"]))  # fmt: skip
            if sign:
                tell[sign] = weight(event)
                if sign != "cooperation":
                    tell[f"{sign}_severity"] = weight(event) * {"weak": 1, "moderate": 2, "strong": 3}[row["strength"]]
            if row["level"] != "0":
                tell["escalation"] = tell[f"level_{row['level']}"] = weight(event)
        found.append(tell)
    frame = pd.DataFrame(found).assign(period=lambda f: pd.to_datetime(f["period"])).fillna(0)
    return frame.groupby(["ccode1", "ccode2", "period"]).sum().astype(int)


def same(ours, hand):
    ours = ours.set_index(["ccode1", "ccode2", "period"])
    assert ours.index.equals(hand.index)
    pd.testing.assert_frame_equal(ours[hand.columns], hand, check_index_type=False)
    for column in set(ours.columns) - set(hand.columns) - {"level", "world_events", "first_day", "last_day"}:
        assert (ours[column] == 0).all(), column
    levels = hand[[c for c in hand if c.startswith("level_")]] > 0
    highest = (levels * [int(c[-1]) for c in levels]).max(axis=1)
    assert (ours["level"] == highest).all()


@pytest.mark.parametrize(("form", "width"), [("gdelt1", 57), ("gdelt1", 58), ("gdelt2", 61)])
def test_positions_are_those_of_the_labels_and_counts_those_of_a_groupby(tmp_path, form, width):
    text = registry.path(LABELS[form]).read_text(encoding="utf-8")
    labels = [row[0].strip() for row in csv.reader(text.splitlines()) if row and row[0].strip()][1:]
    assert len(labels) in FORMATS[form].widths
    assert {name: labels.index(name) for name in FORMATS[form].positions} == FORMATS[form].positions
    events = rows()
    (tmp_path / "events.csv").write_text(lines(events, width), encoding="utf-8")
    ours = counts([tmp_path / "events.csv"], form, "month", CAMEO, threads=1)
    same(ours, by_hand(events))
    world = pd.Series([e[0][:6] for e in events]).value_counts()
    assert (ours["period"].dt.strftime("%Y%m").map(world) == ours["world_events"]).all()


@pytest.mark.parametrize(("weight", "of"), [("root", lambda e: int(e[4])), ("mentions", lambda e: int(e[5]))])
def test_root_events_and_mentions(tmp_path, weight, of):
    events = rows(800)
    (tmp_path / "events.csv").write_text(lines(events), encoding="utf-8")
    same(counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, weight=weight, threads=1), by_hand(events, of))
    with pytest.raises(ValueError, match="do not tell mentions"):
        counts([registry.path(SAMPLE)], "icews", "month", CAMEO, weight="mentions")


def test_plain_gzip_zip_parquet_and_several_files_are_the_same(tmp_path):
    events = rows(1200)
    whole = tmp_path / "all.tsv"
    whole.write_text(lines(events), encoding="utf-8")
    want = counts([whole], "gdelt1", "month", CAMEO, threads=1)
    with gzip.open(tmp_path / "all.tsv.gz", "wt", encoding="utf-8") as stream:
        stream.write(lines(events))
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first.csv", lines(events[:500]))
        archive.writestr("second.csv", lines(events[500:]))
    names = ["SQLDATE", "Actor1CountryCode", "Actor2CountryCode", "EventCode", "IsRootEvent", "NumMentions"]
    pd.DataFrame(events, columns=names).to_parquet(tmp_path / "all.parquet")
    (tmp_path / "one.tsv").write_text(lines(events[:700]), encoding="utf-8")
    (tmp_path / "two.tsv").write_text(lines(events[700:], 57), encoding="utf-8")
    for files in (["all.tsv.gz"], ["all.zip"], ["all.parquet"], ["one.tsv", "two.tsv"]):
        got = counts([tmp_path / f for f in files], "gdelt1", "month", CAMEO, threads=1)
        pd.testing.assert_frame_equal(got, want)
        assert got.attrs == want.attrs


def test_what_is_left_out_is_counted(tmp_path):
    events = rows()
    (tmp_path / "events.csv").write_text(lines(events), encoding="utf-8")
    told = []
    found = counts([tmp_path / "events.csv"], "gdelt1", "year", CAMEO, threads=1, tell=told.append)
    states, known = {"USA", "RUS", "CHN", "DEU"}, [e for e in events if e[1] and e[2]]
    coded = [e for e in known if e[3]]
    assert found.attrs["left_out"] == {
        "no actor": len(events) - len(known),
        "no code": len(known) - len(coded),
        "no country": sum(not {e[1], e[2]} <= states for e in coded),
        "domestic": sum(e[1] == e[2] and e[1] in states for e in coded),
    }
    assert found.attrs["unmatched"] == {"999": sum(e[3] == "999" for e in events)}
    assert any("999" in line for line in told)
    assert any("domestic" in line for line in told)


def test_dyads_asked_for_have_zeros_where_the_source_has_data(tmp_path):
    events = [e for e in rows(2000) if {e[1], e[2]} != {"USA", "RUS"}]
    events += [
        [f"201306{day}", *sides, "111", "1", "1"] for day in (10, 20) for sides in (("USA", "RUS"), ("RUS", "USA"))
    ]
    (tmp_path / "events.csv").write_text(lines(events), encoding="utf-8")
    found = counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, PAIR, threads=1)
    assert len(found) == 2 * 24
    busy = found["period"] == "2013-06-01"
    assert (found.loc[busy, "events"] == 2).all()
    assert (found.loc[~busy, "events"] == 0).all()
    assert (found["world_events"] > 0).all()


def test_the_icews_sample():
    """Totals from the manifest and the csv module."""
    with registry.path(SAMPLE).open(encoding="utf-8", newline="") as stream:
        raw = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = counts([registry.path(SAMPLE)], "icews", "week", CAMEO, threads=1)
    sides = {"United States": 2, "Russian Federation": 365}
    mine = [r for r in raw if {r["Source Country"], r["Target Country"]} == set(sides)]
    assert len(mine) == 20
    ours = found[found["ccode1"].isin(sides.values()) & found["ccode2"].isin(sides.values())]
    assert ours["events"].sum() == 20
    praise = sum(r["CAMEO Code"].startswith(("042", "043", "051")) for r in mine)
    assert praise <= ours["honor_granted"].sum()
    assert found["world_events"].unique().tolist() == [3705]
    assert found.attrs["unmatched"] == {}
    same_country = sum(r["Source Country"] == r["Target Country"] not in ("NA", "Occupied Palestinian Territory", "Hong Kong",
                       "Holy See") for r in raw)  # fmt: skip
    assert found.attrs["left_out"]["domestic"] == same_country


@pytest.mark.parametrize("stream", ["levant", "balkans", "gulf", "turkey", "casia"])
def test_keds_streams_have_as_many_american_and_russian_events_as_the_manifest_says(stream):
    events = keds.events(stream)
    sides = {2, 365}
    mine = events["ccode1"].isin(sides) & events["ccode2"].isin(sides) & (events["ccode1"] != events["ccode2"])
    want = {"levant": 798, "balkans": 623, "gulf": 431, "turkey": 82, "casia": 73}[stream]
    assert mine.fillna(False).sum() == want
    if stream not in ("turkey", "casia"):  # the others take long to read twice
        return
    coding = keds.STREAMS[stream].coding
    path = registry.path(keds.STREAMS[stream].file)
    found = counts([path], f"keds-{coding}", "year", crosswalk.read(f"{coding}-v1"), PAIR, threads=1)
    assert found["events"].sum() == want


def test_the_gulf_stream_is_weis_whatever_its_name():
    path = registry.path("keds/gulf.cameo.RData")
    with pytest.raises(InputError, match="another coding"):
        counts([path], "keds-cameo", "year", crosswalk.read("plover-v1"))
    events = keds.events("gulf")
    assert (events["code"].str[:2] >= "21").mean() > 0.05  # CAMEO ends at 20
    assert set(events["coding"]) == {"weis"}


def test_polecat_joins_event_and_mode(tmp_path):
    header = ["Event ID", "Event Date", "Event Type", "Event Mode", "Actor Country", "Actor COW", "Recipient Country"]
    body = [
        ["1", "2022-02-01", "ACCUSE", "allege", "USA", "2", "RUS"],
        ["2", "2022-02-02", "ACCUSE", "investigate", "USA", "2", "RUS"],
        ["3", "2022-02-03", "CONSULT", "visit", "USA", "2", "RUS"],
        ["4", "2022-02-04", "ASSAULT", "", "RUS", "365", "UKR"],
        ["5", "2022-02-05", "MOBILIZE", "unheard-of", "RUS", "365", "USA"],
        ["6", "2022-02-05", "ACCUSE", "allege", "None", "None", "USA"],
    ]
    path = tmp_path / "polecat.txt"
    path.write_text("\n".join("\t".join(r) for r in [header, *body]) + "\n", encoding="utf-8")
    found = counts([path], "polecat", "month", crosswalk.read("plover-v1"), threads=1).set_index(["ccode1", "ccode2"])
    assert found.loc[(2, 365), ["events", "honor_denied", "honor_granted", "level"]].to_list() == [3, 1, 1, 1]
    assert found.loc[(365, 369), ["events", "level"]].to_list() == [1, 4]
    assert found.loc[(365, 2), ["threat_posed", "threat_posed_severity", "level"]].to_list() == [1, 3, 3]
    assert found.attrs["left_out"] == {"no actor": 1}


def test_phoenix_reads_the_date_from_three_columns(tmp_path):
    path = tmp_path / "phoenix.csv"
    path.write_text(
        "eid,story_date,year,month,day,source_root,target_root,code,placename\n"
        '1,x,1962,10,22,USA,SUN,138,"Washington, D.C."\n2,x,1962,10,23,RUS,USA,111,\n3,x,1962,13,1,RUS,USA,111,\n',
        encoding="utf-8",
    )
    found = counts([path], "phoenix", "month", CAMEO, threads=1).set_index("ccode1")
    assert found["level"].to_dict() == {2: 3, 365: 1}
    assert found["last_day"].iloc[0] == pd.Timestamp("1962-10-23")
    assert found.attrs["left_out"] == {"no date": 1}


def test_broken_files_are_named_with_what_was_expected(tmp_path):
    good = lines(rows(500))
    broken = {
        "cut.tsv": good[: good.index("\n", len(good) // 2) - 9].encode(),  # ends five columns early
        "garbage.tsv": (good[: len(good) // 2].rsplit("\n", 1)[0] + "\nnot\ta row\n" + good).encode(),
        "cut.tsv.gz": gzip.compress(good.encode())[:-400],
        "not.tsv.gz": good.encode(),
        "not.zip": good.encode(),
        "empty.tsv": b"",
        "other.tsv": b"a\tb\tc\n1\t2\t3\n",
        "not.parquet": b"PAR1 is not enough",
    }
    for name, content in broken.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            counts([path], "gdelt1", "month", CAMEO, threads=1)
        (problem,) = caught.value.problems
        assert name in problem.file
        assert "57 or 58 columns" in problem.mend
    with zipfile.ZipFile(tmp_path / "cut.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cut.csv", broken["cut.tsv"])
    with pytest.raises(InputError, match=r"cut\.zip"):
        counts([tmp_path / "cut.zip"], "gdelt1", "month", CAMEO, threads=1)
    with pytest.raises(InputError, match="Source Country"):
        counts([tmp_path / "other.tsv"], "icews", "month", CAMEO)
    with pytest.raises(InputError, match="is not a file"):
        counts([tmp_path / "none.tsv"], "gdelt1", "month", CAMEO)
    cut = tmp_path / "cut.RData"
    cut.write_bytes(registry.path("keds/casia.weis.RData").read_bytes()[:9000])
    with pytest.raises(InputError, match="truncated"):
        keds.events("casia", cut)


def test_what_reads_and_cannot_be_right_is_refused(tmp_path):
    path = tmp_path / "events.tsv"
    events = [e for e in rows(4000) if e[3] not in ("999", "")]
    path.write_text(lines([[*e[:3], str(int(e[3])), *e[4:]] for e in events if e[3] != "08"]), encoding="utf-8")
    with pytest.raises(InputError, match=r"match nothing|begins with 0"):
        counts([path], "gdelt1", "month", CAMEO, threads=1)
    path.write_text(lines([["01/02/2013", *e[1:]] for e in events]), encoding="utf-8")
    with pytest.raises(InputError, match="no date written as %Y%m%d"):
        counts([path], "gdelt1", "month", CAMEO, threads=1)
    path.write_text(lines([[e[0], "United States", "Russia", *e[3:]] for e in events]), encoding="utf-8")
    with pytest.raises(InputError, match="no pair of country codes"):
        counts([path], "gdelt1", "month", CAMEO, threads=1)
    for wrong in ({"format": "gdelt9"}, {"period": "day"}, {"weight": "tone"}):
        with pytest.raises(ValueError, match="must be one of"):
            counts([path], **{"format": "gdelt1", "period": "month", "crosswalk": CAMEO, **wrong})


def test_icews_dyad_years():
    found = icews_dyad_years.quad_counts()
    # from the file by another route: rows and one dyad-year as R prints them
    assert len(found) == 298376
    assert not found.duplicated(["ccode1", "ccode2", "year"]).any()
    row = found[(found["ccode1"] == 2) & (found["ccode2"] == 365) & (found["year"] == 2014)].iloc[0]
    assert row[["verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict"]].to_list() == [
        4374, 25, 1694, 1371]  # fmt: skip
    both = found[found["ccode1"].isin([2, 365]) & found["ccode2"].isin([2, 365])]
    assert len(both) == 26  # the manifest's number


def test_a_file_of_domestic_events_only_has_no_dyad(tmp_path):
    events = [["20130105", "USA", "USA", "111", "1", "3"]] * 3
    (tmp_path / "events.csv").write_text(lines(events), encoding="utf-8")
    found = counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, threads=1)
    assert found.empty
    assert found.attrs["left_out"] == {"domestic": 3}
    whole = counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, PAIR, threads=1)
    assert list(found.columns) == list(whole.columns)
    assert (found.dtypes == whole.dtypes).all()
    assert whole["events"].tolist() == [0, 0]
    assert whole["world_events"].tolist() == [3, 3]


def test_senders_added_up_in_blocks_are_the_same(tmp_path, monkeypatch):
    (tmp_path / "events.csv").write_text(lines(rows()), encoding="utf-8")
    want = counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, threads=1)
    monkeypatch.setattr(event_data, "BLOCK", 1)  # each sender by itself
    got = counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, threads=1)
    pd.testing.assert_frame_equal(got, want)


def test_sums_of_several_files_and_threads_are_the_same(tmp_path, monkeypatch):
    events = rows()
    (tmp_path / "whole.csv").write_text(lines(events), encoding="utf-8")
    want = counts([tmp_path / "whole.csv"], "gdelt1", "month", CAMEO, threads=1)
    files = [tmp_path / f"{n}.csv" for n in range(5)]
    for n, file in enumerate(files):
        file.write_text(lines(events[n::5]), encoding="utf-8")
    compacted = []
    real = event_data._compact
    monkeypatch.setattr(event_data, "_compact", lambda c, n: compacted.append(real(c, n)) or compacted[-1])
    monkeypatch.setattr(event_data, "COMPACT", 1)
    monkeypatch.setattr(event_data, "BLOCK", 1)
    got = counts(files, "gdelt1", "month", CAMEO, threads=2)
    pd.testing.assert_frame_equal(got, want)
    assert len({n for n in compacted if n}) > 1  # it grew and was compacted on the way


def test_an_error_while_blocks_are_summed_is_told(tmp_path, monkeypatch):
    (tmp_path / "events.csv").write_text(lines(rows()), encoding="utf-8")

    def fails(*_):
        raise ArithmeticError("no such sum")

    monkeypatch.setattr(event_data, "_summed", fails)
    with pytest.raises(ArithmeticError, match="no such sum"):
        counts([tmp_path / "events.csv"], "gdelt1", "month", CAMEO, threads=2)
