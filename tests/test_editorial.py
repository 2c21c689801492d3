import dataclasses

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statusmodels.events.catalogue import load
from statusmodels.events.editorial import problems

DAY = pd.Timedelta(days=1)


def put(event, **cells):
    """Change cells of one event."""

    def fn(rows):
        row = next(r for r in rows if r[0] == event)
        for column, value in cells.items():
            row[rows[0].index(column)] = value

    return fn


def told(folder, today=None):
    return [(p.file, p.row, p.column, p.value) for p in problems(load(folder), today)]


@pytest.fixture
def clean(tiny, edit):
    """The tiny catalogue with two sources for every act: nothing to find in it."""

    def fn(rows):
        for row in rows[1:]:
            row[rows[0].index("sources")] = "gazette; archive"

    edit(tiny, "events.csv", fn)
    return tiny


@pytest.fixture
def row(clean):
    return {event: n for n, event in enumerate(load(clean).events["event_id"], 2)}


def test_clean(clean):
    assert told(clean) == []


def test_embedded_catalogue():
    assert problems(load("us-russia")) == []


def test_future_date(clean, row):
    last = load(clean).events["date"].max()
    assert told(clean, last) == []
    assert told(clean, last - DAY) == [("events.csv", row["release"], "date", f"{last:%Y-%m-%d}")]


def test_future_end(clean, edit, row):
    edit(clean, "events.csv", put("release", end_date="2101-01-01"))
    expected = [("events.csv", row["release"], "end_date", "2101-01-01")]
    assert told(clean) == told(clean, pd.Timestamp("2100-12-31")) == expected
    assert told(clean, pd.Timestamp("2101-01-01")) == []


@pytest.mark.parametrize("column", ["title", "description"])
@pytest.mark.parametrize("word", ["led to", "in retaliation", "Provocative", "unprecedented"])
def test_loaded_word(clean, edit, row, column, word):
    edit(clean, "events.csv", put("embargo", **{column: f"AAA's step, {word} it was, of grain"}))
    assert told(clean) == [("events.csv", row["embargo"], column, word)]


def test_every_loaded_word_is_told(clean, edit, row):
    edit(clean, "events.csv", put("embargo", title="A brutal step", description="It led to a reckless reply."))
    assert [t[1:] for t in told(clean)] == [
        (row["embargo"], "title", "brutal"),
        (row["embargo"], "description", "led to"),
        (row["embargo"], "description", "reckless"),
    ]


QUOTED = [
    'BBB called it "a provocative step" and left.',
    "BBB called it “a provocative step” and left.",
    "BBB called it 'a provocative step' and left.",
    "BBB called it 'the AAA's provocative step' and left.",
    'BBB called AAA\'s ban "a provocative step", AAA\'s note "hostile".',
    '"Hostile"',
]


@pytest.mark.parametrize("text", QUOTED)
@pytest.mark.parametrize("column", ["title", "description"])
def test_loaded_word_in_quotation_marks(clean, edit, column, text):
    edit(clean, "events.csv", put("embargo", **{column: text}))
    assert told(clean) == []


@pytest.mark.parametrize(
    "text",
    [
        "The US's hostile ban met the UK's note.",
        "The allies' hostile ban met the envoys' note.",
        "The US’s hostile ban met the UK’s note.",
        'BBB said "no" to the hostile ban and "yes" to talks.',
        "BBB said 'no' to the hostile ban and 'yes' to talks.",
        'BBB said "no to the hostile ban.',
    ],
)
def test_loaded_word_between_marks_that_quote_nothing(clean, edit, row, text):
    edit(clean, "events.csv", put("embargo", description=text))
    assert told(clean) == [("events.csv", row["embargo"], "description", "hostile")]


@pytest.mark.parametrize("text", ["A historical society met.", "AAA resumed talks.", "A cause was named.", "AAA led."])
def test_neutral_words_that_look_loaded(clean, edit, text):
    edit(clean, "events.csv", put("embargo", description=text))
    assert told(clean) == []


def again(event, days, **cells):
    """Enter an event a second time, so many days later, its sources and codings beside."""

    def fn(rows):
        old = dict(zip(rows[0], next(r for r in rows if r[0] == event), strict=True))
        date = f"{pd.Timestamp(old['date']) + days * DAY:%Y-%m-%d}"
        return [*rows, [{**old, "event_id": "again", "date": date, **cells}[c] for c in rows[0]]]

    return fn


def code_again(rows):
    return [*rows, ["again", "ann", "none", "none", "0", "0", "1"]]


TITLE = "Grain sales banned by AAA"
BODY = "The cabinet stopped deliveries to overseas buyers."


@pytest.mark.parametrize("days", [0, 3, -3])
@pytest.mark.parametrize("cells", [{"title": TITLE, "description": BODY}, {"title": "A cabinet meets"}, {}])
def test_act_twice(clean, edit, row, days, cells):
    edit(clean, "events.csv", again("embargo", days, **cells))
    edit(clean, "codings.csv", code_again)
    later, value = (row["embargo"], "embargo") if days < 0 else (len(row) + 2, "again")
    assert told(clean) == [("events.csv", later, "event_id", value)]


@pytest.mark.parametrize("days", [4, 10])
def test_same_words_days_apart(clean, edit, days):
    edit(clean, "events.csv", again("embargo", days, title=TITLE))
    edit(clean, "codings.csv", code_again)
    assert told(clean) == []


def test_two_sides_of_a_joint_act(clean, edit):
    edit(clean, "events.csv", again("treaty", 0, sender="BBB", receiver="AAA"))
    edit(clean, "codings.csv", code_again)
    assert told(clean) == []


def test_other_act_on_the_same_day(clean, edit):
    edit(clean, "events.csv", again("embargo", 0, title="AAA recalls an envoy", description="An envoy came home."))
    edit(clean, "codings.csv", code_again)
    assert told(clean) == []


def test_unused_source(clean, edit):
    edit(clean, "sources.csv", lambda rows: [*rows, ["almanac", "The Almanac", "press", "volume 3"]])
    row = len(load(clean).sources) + 1
    assert told(clean) == [("sources.csv", row, "key", "almanac")]
    edit(clean, "events.csv", put("embargo", sources="gazette ;almanac"))
    assert told(clean) == []


@pytest.mark.parametrize("where", ["somewhere", "ask the author", "online", "http://localhost", "my files"])
def test_source_that_nobody_could_find(clean, edit, where):
    edit(clean, "sources.csv", put("gazette", where=where))
    row = load(clean).sources["key"].tolist().index("gazette") + 2
    assert told(clean) == [("sources.csv", row, "where", where)]


@pytest.mark.parametrize(
    "where",
    ["http://example.org", "https://example.org/a?b=c", "S/PV.4726", "Hoover Archives"],
)
def test_source_that_can_be_found(clean, edit, where):
    edit(clean, "sources.csv", put("gazette", where=where))
    assert told(clean) == []


@pytest.mark.parametrize(("severity", "grave"), [("3", False), ("4", True), ("5", True)])
def test_grave_act_with_one_source(clean, edit, row, severity, grave):
    edit(clean, "events.csv", put("embargo", sources="gazette"))
    edit(clean, "codings.csv", lambda rows: [*rows, ["embargo", "cyd", "threat", "force-posture", "-1", severity, "1"]])
    assert told(clean) == ([("events.csv", row["embargo"], "sources", "gazette")] if grave else [])


def test_uncoded_event(clean, edit, row):
    edit(clean, "codings.csv", lambda rows: [r for r in rows if r[0] != "embargo"])
    assert told(clean) == [("events.csv", row["embargo"], "event_id", "embargo")]
    edit(clean, "codings.csv", lambda rows: [*rows, ["embargo", "ann", "none", "none", "0", "0", "1"]])
    assert told(clean) == []


def test_all_problems_at_once(clean, edit):
    edit(clean, "sources.csv", put("gazette", where="somewhere"))
    edit(clean, "events.csv", put("embargo", title="A hostile ban"))
    edit(clean, "codings.csv", lambda rows: [r for r in rows if r[0] != "protest"])
    assert {(file, column) for file, _, column, _ in told(clean)} == {
        ("sources.csv", "where"),
        ("events.csv", "title"),
        ("events.csv", "event_id"),
    }


LOADED = (
    *("led to", "resulted in", "as a result", "because", "in response", "in retaliation", "therefore", "triggered"),
    *("provoked", "in the wake of", "amid", "despite", "paved the way", "tit-for-tat", "provocative", "aggressive"),
    *("unprecedented", "humiliating", "insulting", "hostile", "infamous", "landmark", "escalated", "so-called"),
    *("allegedly", "merely", "tragic", "dramatically", "controversial", "blatantly", "harshly", "unfair"),
)
NEUTRAL = st.sampled_from(
    ["the ministry", "met,", "signed", "a note", "in Oslo;", "on 4 May", "ships", "(again)", "the US's", "the allies'"]
)
QUOTATION = st.tuples(st.sampled_from(['""', "“”", "''"]), st.sampled_from(["no", "the US way", *LOADED])).map(
    lambda t: f"{t[0][0]}{t[1]}{t[0][1]}"
)


@pytest.fixture
def one_event(tiny):
    catalogue = load(tiny)
    return dataclasses.replace(catalogue, events=catalogue.events.head(1))


CASE = st.sampled_from([str.lower, str.upper, str.capitalize])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.one_of(NEUTRAL, NEUTRAL, QUOTATION), max_size=12),
    loaded=st.lists(st.builds(lambda word, case: case(word), st.sampled_from(LOADED), CASE), max_size=3),
    column=st.sampled_from(["title", "description"]),
    data=st.data(),
)
def test_loaded_words_are_found_wherever_they_stand(one_event, words, loaded, column, data):
    for word in loaded:
        words.insert(data.draw(st.integers(0, len(words))), word)
    text = " ".join(words) + "."
    catalogue = dataclasses.replace(one_event, events=one_event.events.assign(**{column: text}))
    found = [p.value for p in problems(catalogue) if (p.file, p.column) == ("events.csv", column)]
    assert sorted(found) == sorted(loaded)
