"""Rivalries, diplomacy, capabilities, alliances, organisations and arms races, against the files read another way."""

import csv

import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.sources import (
    alliances,
    arms_races,
    capabilities,
    diplomacy,
    organisations,
    registry,
    rivalries,
    states,
)


def rows(file, encoding="utf-8"):
    with registry.path(file).open(encoding=encoding, newline="") as stream:
        return list(csv.reader(stream))


def dyad(frame, a, b):
    return frame[(frame["ccode1"] == a) & (frame["ccode2"] == b)]


def test_strategic_rivalries_of_the_two_superpowers():
    spells = rivalries.tss()
    assert len(spells) == 264
    found = dyad(spells, 2, 365)
    assert found[["start", "end"]].to_numpy().tolist() == [[1918, 1920], [1945, 1989], [2007, 2020]]
    assert found["positional"].dtype == bool
    assert (spells["ccode1"] < spells["ccode2"]).all()
    assert (spells["start"] <= spells["end"]).all()
    # the marks count as the manifest's describe() of the file: 115, 152, 59 and 127 are 1, the rest empty
    assert spells[rivalries.ISSUES].sum().tolist() == [115, 152, 59, 127]


def test_thompson_and_dreyer_name_one_to_three_issues():
    spells = rivalries.thompson_dreyer()
    assert len(spells) == 197
    named = spells[rivalries.ISSUES].sum(axis=1)
    assert named.between(1, 3).all()
    assert (named == 3).sum() == 197 - 184
    assert all(row[row["primary"]] for _, row in spells.iterrows())


def test_klein_goertz_diehl_dates_match_the_file():
    spells = rivalries.kdg()
    header, *lines = rows("rivalries/kdg.csv")
    assert len(spells) == len(lines) == 1212
    impossible = {"start": 0, "end": 0}
    for end, column in (("start", "beginr"), ("end", "endr")):
        for line, when, precision in zip(lines, spells[end], spells[f"{end}_precision"], strict=True):
            text = line[header.index(column)]
            assert when.strftime("%Y%m") == text[:6]
            if precision == "day":
                assert when.strftime("%Y%m%d") == text
            else:
                assert precision == "month"
                assert when.day == 1
                impossible[end] += 1
    assert impossible == {"start": 11, "end": 27}
    cold_war = dyad(spells, 2, 365).iloc[-1]
    assert str(cold_war["start"].date()) == "1946-04-15"
    assert str(cold_war["end"].date()) == "2000-12-31"
    assert cold_war["disputes"] == 59


def test_peace_scale_leaves_out_impossible_years_only():
    levels = rivalries.peace_scale()
    lines = rows("rivalries/peacedatav30dyadyrmean.csv")
    kept = [line for line in lines if 1900 <= int(line[1]) <= 2020]
    assert len(lines) - len(kept) == 18182
    assert len(levels) == len(kept)
    assert levels["level"].isna().sum() == sum(line[2] == "." for line in kept) > 0
    assert levels["level"].dropna().between(0, 1).all()
    assert (levels["ccode1"] < levels["ccode2"]).all()
    assert not levels.duplicated(["ccode1", "ccode2", "year"]).any()
    superpowers = dyad(levels, 2, 365).set_index("year")["level"]
    assert superpowers[1962] == 0
    assert 0 < superpowers[1990] < 0.25


@pytest.mark.parametrize("text", ["a,b,c\n2365,1950,0\n", "2365,1950,7\n", "2365,1950\n", "", "2365,,0\n"])
def test_peace_scale_refuses_other_files(tmp_path, text):
    file = tmp_path / "peace.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        rivalries.peace_scale(file)


def test_envoys_have_a_sender_and_a_host():
    sent = diplomacy.exchange()
    header, *lines = rows("diplomatic_exchange/diprep_nextSym copy.csv")
    at = {name: header.index(name) for name in header}
    assert len(sent) == 2 * len(lines)
    ranked = sent.set_index(["ccode1", "ccode2", "year"])
    checked = 0
    for line in lines[::97]:
        one, two, year = (int(line[at[c]]) for c in ("ccode1", "ccode2", "year"))
        for sender, host, code in ((two, one, int(line[at["DR_at_1"]])), (one, two, int(line[at["DR_at_2"]]))):
            row = ranked.loc[(sender, host, year)]
            assert bool(row["other"]) is (code == 9)
            assert pd.isna(row["rank"]) if code == 9 else row["rank"] == code
            assert bool(row["represented"]) is (code != 0)
            checked += 1
    assert checked > 900


def test_one_sided_representation_survives():
    sent = diplomacy.exchange()
    back = sent.rename(columns={"ccode1": "ccode2", "ccode2": "ccode1"})
    both = sent.merge(back, on=["ccode1", "ccode2", "year"])
    assert len(both) == len(sent)
    assert (both["represented_x"] != both["represented_y"]).sum() > 10000
    # Canada's minister in Washington is not in the file for 1930, the American one in Ottawa is
    canada = sent[sent["year"] == 1930]
    assert dyad(canada, 2, 20)["rank"].item() == 2
    assert dyad(canada, 20, 2)["rank"].item() == 0


def test_ranks_are_unknown_from_1950_to_1965():
    sent = diplomacy.exchange()
    middle = sent["year"].isin([1950, 1955, 1960, 1965])
    assert set(sent.loc[middle, "rank"].dropna()) == {0}
    soviet = dyad(sent, 2, 365).set_index("year")
    assert soviet.loc[1955, "represented"]
    assert pd.isna(soviet.loc[1955, "rank"])
    assert soviet.loc[[1914, 1935, 1970, 1985], "rank"].tolist() == [3, 3, 3, 3]
    assert 1920 not in soviet.index
    assert soviet.loc[1889, "rank"] == 2


def test_capabilities_keep_the_missing_missing():
    full, abridged = capabilities.nmc(), capabilities.nmc_abridged()
    header, *lines = rows("cow_nmc_csv/NMC-60-abridged.csv")
    assert len(abridged) == len(lines) == 15951
    for column in capabilities.COMPONENTS:
        marked = [line[header.index(column)] for line in lines]
        assert abridged[column].isna().sum() == sum(float(value) == -9 for value in marked)
        assert abridged[column].eq(0).sum() == sum(float(value) == 0 for value in marked)
        assert (abridged[column].dropna() >= 0).all()
    assert full["milex"].isna().sum() == 2360
    assert full["year"].max() == 2022
    assert not full.duplicated(["ccode", "year"]).any()
    shares = full.groupby("year")["cinc"].sum()
    # a state's mean leaves out the components that are missing, so the shares add up to a little more than 1
    assert shares.between(0.995, 1.08).all()
    both = full.merge(abridged, on=["ccode", "year"])
    assert len(both) == 15951
    assert (both["cinc_x"] - both["cinc_y"]).abs().median() < 1e-6


def test_alliances_hold_once_a_dyad_and_only_where_there_is_one():
    pacts = alliances.atop()
    obligations = list(alliances.OBLIGATIONS.values())
    assert len(pacts) == 273296 / 2
    assert (pacts["ccode1"] < pacts["ccode2"]).all()
    assert not pacts.duplicated(["ccode1", "ccode2", "year"]).any()
    assert all(pd.api.types.is_bool_dtype(pacts[c]) for c in obligations)
    japan = dyad(pacts, 2, 740).set_index("year")
    assert japan.loc[1985, "defense"]
    assert japan.loc[1985, "consultation"]
    assert not japan.loc[1985, "offense"]
    britain = dyad(pacts, 2, 200).set_index("year")
    assert britain.loc[1985, "defense"]
    assert 1965 not in dyad(pacts, 2, 365)["year"].tolist()


def test_shared_organisations_are_no_more_than_each_has():
    pairs, own = organisations.shared(), organisations.memberships()
    assert len(pairs) == 917695
    assert len(own) == 15557
    assert (pairs["ccode1"] < pairs["ccode2"]).all()
    # associates and observers overlap, so the kinds do not add up to "any"
    assert (own["any"] >= own["full"]).all()
    full = own.set_index(["ccode", "year"])["full"]
    sample = pairs[pairs["year"] == 2000]
    for side in ("ccode1", "ccode2"):
        limit = full.reindex(pd.MultiIndex.from_frame(sample[[side, "year"]])).to_numpy()
        excess = sample["igos"].to_numpy() - limit  # the two files differ by one organisation for a few small states
        assert excess.max() <= 1
        assert (excess == 1).mean() < 0.001


def test_arms_races():
    races = arms_races.spells()
    assert len(races) == 71
    assert dyad(races, 2, 365)[["start", "end"]].to_numpy().tolist() == [[1978, 1981]]
    assert (races["start"] < races["end"]).all()


def test_system_members():
    members = states.system()
    assert len(members) == 243
    assert members["ccode"].nunique() == 217
    spans = members[members["ccode"] == 255].sort_values("start")
    assert [(str(s.date()), str(e.date())) for s, e in zip(spans["start"], spans["end"], strict=True)] == [
        ("1816-01-01", "1945-05-08"),
        ("1990-10-03", "2016-12-31"),
    ]
    for _, spells in members.sort_values("start").groupby("ccode"):
        assert (spells["start"].iloc[1:].to_numpy() > spells["end"].iloc[:-1].to_numpy()).all()


def test_major_powers_are_members():
    powers, members = states.majors(), states.system()
    assert len(powers) == 14
    soviet = powers[powers["ccode"] == 365]
    assert soviet["start"].dt.year.tolist() == [1816, 1922]
    spells = powers.merge(members, on="ccode", suffixes=("", "_member"))
    inside = (spells["start"] >= spells["start_member"]) & (spells["end"] <= spells["end_member"])
    assert spells[inside].groupby("ccode").size().sum() >= 13  # France's spells of 1940-44 straddle its membership's


def test_contiguity_is_symmetric_and_has_no_zeros():
    borders = states.contiguity()
    assert len(borders) == 1874 - 180
    assert set(borders["kind"]) == {1, 2, 3, 4, 5}
    keys = ["ccode1", "ccode2", "kind", "start", "end"]
    one = set(borders[keys].itertuples(index=False, name=None))
    two = set(borders[["ccode2", "ccode1", *keys[2:]]].itertuples(index=False, name=None))
    assert one == two
    alaska = dyad(borders, 2, 365)
    assert alaska["kind"].tolist() == [2]
    assert str(alaska["start"].item().date()) == "1959-01-01"
    assert str(alaska["end"].item().date()) == "2016-12-31"


def test_codes_of_the_same_state():
    both = states.gw_codes()
    assert not both.dropna(subset=["ccode"]).duplicated(["ccode", "year"]).any()
    germany = both[both["gwcode"] == 260].set_index("year")["ccode"]
    assert germany[1985] == 260
    assert germany[1995] == 255
    assert sorted(germany[1990]) == [255, 260]
    known = both.dropna(subset=["gwcode"])
    twice = known[known.duplicated(["gwcode", "year"], keep=False)]
    assert set(zip(twice["gwcode"], twice["year"], strict=True)) == {(260, 1990), (678, 1990)}
    assert both["gwcode"].isna().sum() == 43
    assert both["ccode"].notna().sum() == 17706
    iso = states.iso_codes().set_index("ccode")
    assert iso.loc[565, "iso2"] == "NA"  # Namibia, not missing
    assert iso.loc[816, "iso3"] == "VNM"
    assert iso.loc[817, "to_year"] == 1974
    assert iso.loc[365, "iso2"] == "RU"


def test_capitals_lie_on_earth():
    cities = states.capitals()
    assert cities["latitude"].between(-90, 90).all()
    assert cities["longitude"].between(-180, 180).all()
    assert (cities["start"] <= cities["end"]).all()
    assert (cities["end"] == pd.Timestamp("2024-12-31")).sum() == (
        cities.groupby("ccode")["end"].max().dt.year == 2024
    ).sum()


READERS = [
    rivalries.tss,
    rivalries.thompson_dreyer,
    rivalries.kdg,
    diplomacy.exchange,
    capabilities.nmc,
    capabilities.nmc_abridged,
    alliances.atop,
    organisations.shared,
    organisations.memberships,
    arms_races.spells,
    states.system,
    states.majors,
    states.contiguity,
    states.capitals,
    states.gw_codes,
    states.iso_codes,
]


@pytest.mark.parametrize("reader", READERS, ids=lambda r: f"{r.__module__.split('.')[-1]}.{r.__name__}")
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00\x81broken"], ids=["empty", "other", "binary"])
def test_a_broken_file_is_told(tmp_path, reader, content):
    file = tmp_path / "broken"
    file.write_bytes(content)
    with pytest.raises(InputError, match="broken"):
        reader(file)


def test_a_missing_code_is_told(tmp_path):
    file = tmp_path / "kdg.csv"
    header, first, second, *_ = rows("rivalries/kdg.csv")
    second[header.index("rivala")] = ""
    file.write_text("\n".join(",".join(line) for line in (header, first, second)), encoding="utf-8")
    with pytest.raises(InputError, match="rivala"):
        rivalries.kdg(file)


def test_a_truncated_r_file_is_told(tmp_path):
    file = tmp_path / "short.rda"
    whole = registry.path("peacesciencer/tss_rivalries.rda").read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="truncated"):
        rivalries.tss(file)
