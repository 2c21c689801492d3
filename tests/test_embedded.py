import pytest

from statusmodels.events import vocabulary as vocab
from statusmodels.events.catalogue import embedded, load

LOADED = ("provocative", "aggressive", "unprecedented", "humiliating", "in retaliation")


@pytest.fixture(scope="module")
def catalogue():
    return load("us-russia")


def test_is_embedded_and_valid(catalogue):
    assert "us-russia" in embedded()
    assert catalogue.name == "us-russia"
    assert len(catalogue.events) >= 220


def test_every_year_has_events(catalogue):
    assert set(catalogue.events["date"].dt.year) == set(range(1977, 2025))


def test_window_is_1977_to_2024_without_gaps(catalogue):
    eras = catalogue.eras
    assert str(eras["start"].iloc[0].date()) == "1977-01-01"
    assert str(eras["end"].iloc[-1].date()) == "2024-12-31"
    assert (
        (eras["start"].iloc[1:].to_numpy() - eras["end"].iloc[:-1].to_numpy()).astype("m8[D]").astype(int) == 1
    ).all()
    assert catalogue.events["date"].max() <= eras["end"].iloc[-1]


def test_both_directions(catalogue):
    pairs = set(zip(catalogue.events["sender"], catalogue.events["receiver"], strict=True))
    assert pairs == {("USA", "RUS"), ("RUS", "USA")}


@pytest.mark.parametrize("construct", vocab.CONSTRUCTS)
def test_every_category_and_valence_is_coded(catalogue, construct):
    mine = catalogue.codings[catalogue.codings["construct"] == construct]
    assert set(mine["category"]) == set(vocab.CONSTRUCTS[construct].category_names)
    assert set(mine["valence"]) == set(vocab.CONSTRUCTS[construct].valences)


def test_every_event_has_a_source(catalogue):
    keys = set(catalogue.sources["key"])
    for cell in catalogue.events["sources"]:
        mine = [k.strip() for k in cell.split(";")]
        assert mine
        assert set(mine) <= keys


def test_every_source_is_used(catalogue):
    used = {k.strip() for cell in catalogue.events["sources"] for k in cell.split(";")}
    assert set(catalogue.sources["key"]) == used


def test_no_event_stands_twice(catalogue):
    twice = catalogue.events.duplicated(["sender", "date", "title"], keep=False)
    assert not twice.any(), catalogue.events.loc[twice, "event_id"].tolist()


@pytest.mark.parametrize("word", LOADED)
def test_descriptions_do_not_judge(catalogue, word):
    told = catalogue.events["description"].str.contains(rf"\b{word}\b", case=False)
    assert not told.any(), catalogue.events.loc[told, "event_id"].tolist()


def test_nothing_in_it_is_simulated(catalogue):
    assert "simulated" not in set(catalogue.events["verification"])


def test_several_coders_and_each_read_both_sides(catalogue):
    assert len(catalogue.coders) >= 2
    sender = catalogue.codings["event_id"].map(catalogue.events.set_index("event_id")["sender"])
    for coder in catalogue.coders:
        assert set(sender[catalogue.codings["coder"] == coder]) == {"USA", "RUS"}
