import pytest

from statusmodels.events import vocabulary as vocab
from statusmodels.events.catalogue import embedded, load
from statusmodels.events.datasheet import gravity
from statusmodels.events.editorial import problems


@pytest.fixture(scope="module")
def catalogue():
    return load("us-russia")


def test_is_embedded_and_valid(catalogue):
    assert "us-russia" in embedded()
    assert catalogue.name == "us-russia"
    assert len(catalogue.events) >= 700


def test_every_year_has_ten_events(catalogue):
    by_year = catalogue.events["date"].dt.year.value_counts()
    assert set(by_year.index) == set(range(1977, 2025))
    assert by_year.min() >= 10


def test_at_least_250_are_sent_by_each_side(catalogue):
    assert (catalogue.events["sender"].value_counts() >= 250).all()


def test_every_decade_has_sixty_small_acts(catalogue):
    level = gravity(catalogue)
    coded = catalogue.events.set_index("event_id")[(level.between(1, 2)).to_numpy()]
    by_decade = (coded["date"].dt.year // 10).value_counts()
    assert set(by_decade.index) == set(range(197, 203))
    assert by_decade.min() >= 60


def test_every_track_is_there(catalogue):
    assert set(catalogue.events["track"]) == set(vocab.TRACKS)


def test_no_editorial_problem(catalogue):
    assert problems(catalogue) == []


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


def test_nothing_in_it_is_simulated(catalogue):
    assert "simulated" not in set(catalogue.events["verification"])


def test_three_coders_read_every_act(catalogue):
    assert len(catalogue.coders) >= 3
    assert len(catalogue.readings) == len(catalogue.coders) * len(catalogue.events)
