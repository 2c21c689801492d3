import csv

import pandas as pd
import pytest

from statusmodels.errors import InputError
from statusmodels.events.catalogue import data_folder
from statusmodels.sources import countries, crosswalk
from statusmodels.sources.goldstein import VERSIONS, differences, goldstein


def copy(tmp_path, change, name="cameo-v1"):
    with (data_folder() / "crosswalks" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    path = tmp_path / "mine.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


@pytest.mark.parametrize("name", ["cameo-v1", "weis-v1", "plover-v1"])
def test_every_crosswalk_of_the_package_is_valid_and_covers_its_roots(name):
    found = crosswalk.read(name)
    assert f"{found.name}-{found.version}" == name
    roots = {"cameo": 20, "weis": 22, "plover": 0}[found.name]
    assert {f"{n:02d}" for n in range(1, roots + 1)} <= set(found.table["code"])
    assert set(found.table["sign"]) == {-1, 0, 1}


def test_longest_prefix_wins():
    found = crosswalk.read("cameo-v1").match(pd.Series(["051", "05", "0511", "059", "1384", "51", None, "99"]))
    assert found["matched"].fillna("").to_list() == ["051", "05", "051", "05", "1384", "", "", ""]
    # 05 is cooperation, 051 praise
    assert found["construct"].to_list()[:4] == ["honor", "cooperation", "honor", "cooperation"]
    assert found["construct"][4] == "threat"


def test_a_database_join_matches_as_the_longest_prefix_does():
    for name in ("cameo-v1", "weis-v1"):
        read = crosswalk.read(name)
        table = read.expanded().set_index("key")
        codes = [f"{n:0{k}d}" for k in (2, 3, 4) for n in range(0, 10**k, 7)]
        for code in codes[:: max(1, len(codes) // 400)]:
            longest = int(read.table["code"].str.len().max())
            fits = [c for c in read.table["code"] if code[:longest].startswith(c)]
            want = max(fits, key=len, default=None)
            got = table["matched"].get(code[:longest])
            assert got == want


def test_threats_and_escalation_are_negative_as_in_a_catalogue():
    table = crosswalk.read("cameo-v1").table.set_index("code")
    assert table.loc["138", ["construct", "sign", "level", "severity"]].to_list() == ["threat", -1, 3, 3]
    assert table.loc["112", ["construct", "sign", "level"]].to_list() == ["honor", -1, 1]
    assert table.loc["190", ["construct", "sign", "level"]].to_list() == ["escalation", -1, 4]
    assert table.loc["204", "level"] == 5
    assert table.loc["15", "level"] == 3
    assert table.loc["163", "level"] == 2
    assert (table.loc[[c for c in table.index if c[:2] < "10"], "level"] == 0).all()


def test_a_copy_may_be_edited_and_says_so(tmp_path):
    def change(rows):
        next(row for row in rows if row[0] == "016")[2:6] = ["honor", "-1", "weak", "1"]

    mine = crosswalk.read(copy(tmp_path, change))
    assert mine.name == "mine"
    assert len(mine.version) == 12
    assert mine.match(pd.Series(["016"]))["construct"].to_list() == ["honor"]
    assert crosswalk.read("cameo-v1").match(pd.Series(["016"]))["construct"].to_list() == ["none"]


@pytest.mark.parametrize(
    ("column", "value", "mend"),
    [
        (0, "5.1", "text"),
        (0, "01", "occurs above"),
        (0, "ACCUSE", "word among digits"),
        (2, "prestige", "must be one of honor"),
        (3, "2", "must be -1"),
        (4, "huge", "must be one of weak"),
        (5, "6", "from 0 to 5"),
    ],
)
def test_each_mistake_is_named_with_its_row(tmp_path, column, value, mend):
    def change(rows):
        rows[10][column] = value  # 018, honor 1 weak

    with pytest.raises(InputError, match=mend) as caught:
        crosswalk.read(copy(tmp_path, change))
    assert any(p.row == 11 for p in caught.value.problems)


def test_a_sign_must_fit_its_construct_and_a_column_be_there(tmp_path):
    def sign(rows):
        next(row for row in rows if row[0] == "190")[3] = "1"

    with pytest.raises(InputError, match="does not fit its construct"):
        crosswalk.read(copy(tmp_path, sign))

    def column(rows):
        for row in rows:
            del row[5]

    with pytest.raises(InputError, match="lacks the column level"):
        crosswalk.read(copy(tmp_path, column))
    with pytest.raises(InputError, match="neither a file nor a crosswalk"):
        crosswalk.read("cameo-v9")


def test_plover_is_matched_by_event_and_mode():
    found = crosswalk.read("plover-v1").match(pd.Series(["ACCUSE-allege", "ACCUSE-unheard-of", "ASSAULT", "NOTHING"]))
    assert found["matched"].fillna("").to_list() == ["ACCUSE-allege", "ACCUSE", "ASSAULT", ""]


def test_goldstein_scores_differ_by_release():
    score = {v: goldstein(v).set_index("code")["goldstein"] for v in VERSIONS}
    # 016 is a denial of responsibility in CAMEO 1.1, an empathetic comment in 0.5B1
    assert [score[v]["016"] for v in ("icews", "icews-codebook")] == [-5.0, -5.0]
    assert [score[v]["016"] for v in ("keds", "keds-r", "gdelt")] == [3.4, 3.4, 3.4]
    assert score["weis"]["223"] == -10.0  # military engagement, Goldstein 1992
    assert all(s.between(-10, 10).all() for s in score.values())
    apart = differences()
    assert "016" in apart.index
    assert (apart["icews"] == apart["icews-codebook"]).all()


def test_a_scale_of_another_form_is_refused(tmp_path):
    broken = tmp_path / "scale.txt"
    broken.write_text("no scores here\n")
    with pytest.raises(InputError, match="holds no line"):
        goldstein("keds", broken)
    with pytest.raises(InputError, match="lacks the column"):
        goldstein("gdelt", broken)
    with pytest.raises(ValueError, match="version must be one of"):
        goldstein("mine")


def test_countries_that_trap():
    def ccode(scheme, code, year=2000):
        found = countries.to_ccode(pd.Series([code]), pd.Series([year]), scheme)
        return None if found.isna()[0] else int(found[0])

    assert ccode("iso3", "VNM") == 816  # not the South
    assert ccode("iso3", "MKD") == 343
    assert ccode("iso3", "MAC") is None
    assert [ccode("iso3", "DEU", y) for y in (1985, 1995)] == [260, 255]
    assert ccode("iso3", "PSE") is None
    assert [ccode("keds-cameo", c) for c in ("USR", "RUS", "AUS", "PAL")] == [365, 365, 900, None]
    assert [ccode("keds-weis", c) for c in ("USR", "AUS", "AUL", "KOS", "SLO")] == [365, 305, 900, 732, 349]
    assert [ccode("icews", c) for c in ("United States", "Russian Federation", "Holy See")] == [2, 365, None]
    for scheme in countries.SCHEMES:
        table = countries.country_codes(scheme)
        years = table.merge(table, on="code", suffixes=("", "_b"))
        overlap = (years["first_year"] <= years["last_year_b"]) & (years["first_year_b"] <= years["last_year"])
        assert overlap.sum() == len(table), scheme  # each only with itself
    with pytest.raises(InputError, match="USA-XXX"):
        countries.dyads(["USA-RUS", "USA-XXX"])
