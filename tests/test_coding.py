import csv
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statusmodels.errors import InputError
from statusmodels.events.catalogue import load
from statusmodels.events.coding import JUDGED, Judgement, export_sheet, import_sheet, remaining, walk
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT, SEVERITIES

PRESTIGE = Judgement("honor", "prestige", -1, 4, 0.7)
EXPELLED = Judgement("escalation", "diplomatic", -1, 2, 0.5)
HEADER = ",".join(["event_id", "coder", *JUDGED]) + "\n"
NOTHING = Judgement(NO_CONSTRUCT, NO_CONSTRUCT, 0, 0, 0.6)


class Terminal:
    """Gives its answers in turn, then the end of input; raises an answer that is an exception, calls one that can be called."""

    def __init__(self, *answers):
        self.answers, self.prompts, self.lines = list(answers), [], []

    def ask(self, prompt):
        self.prompts.append(prompt)
        answer = self.answers.pop(0) if self.answers else EOFError()
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) else answer

    @property
    def acts(self):
        return [line.split("\n")[2] for line in self.lines if line.startswith("\n[")]

    def said(self, words):
        return sum(words in line for line in self.lines)


def code(folder, *answers, coder="cyd"):
    terminal = Terminal(*answers)
    return walk(folder, coder, terminal.ask, terminal.lines.append), terminal


def answers(*judgements):
    """What to type to give an act these judgements."""
    typed = []
    for j in judgements:
        if j.construct == NO_CONSTRUCT:
            return ["n", str(j.confidence)]
        construct = CONSTRUCTS[j.construct]
        typed += [j.construct[0], str(construct.category_names.index(j.category) + 1)]
        typed += [str(j.valence)] if len(construct.valences) > 1 else []
        typed += [str(j.severity), str(j.confidence)]
    return [*typed, ""]


def order(folder, coder="cyd"):
    return remaining(load(folder), coder)["event_id"].tolist()


def titles(folder, ids):
    return load(folder).events.set_index("event_id").loc[ids, "title"].tolist()


def held(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def added(folder, before):
    """Rows that stand in codings.csv after the bytes that stood there before."""
    now = (folder / "codings.csv").read_bytes()
    assert now.startswith(before)
    return [r for r in csv.reader(io.StringIO(now[len(before) :].decode(), newline="")) if r]


@pytest.fixture
def before(tiny):
    return (tiny / "codings.csv").read_bytes()


def test_one_construct(tiny, before):
    first = order(tiny)[0]
    done, terminal = code(tiny, *answers(PRESTIGE))
    assert done == 1
    assert added(tiny, before) == [[first, "cyd", "honor", "prestige", "-1", "4", "0.7"]]
    assert terminal.said("1 acts coded and saved")
    assert load(tiny).coders == ("ann", "bob", "cyd")


def test_two_constructs(tiny, before):
    first = order(tiny)[0]
    assert code(tiny, *answers(PRESTIGE, EXPELLED))[0] == 1
    assert added(tiny, before) == [
        [first, "cyd", "honor", "prestige", "-1", "4", "0.7"],
        [first, "cyd", "escalation", "diplomatic", "-1", "2", "0.5"],
    ]


def test_no_construct(tiny, before):
    first = order(tiny)[0]
    assert code(tiny, *answers(NOTHING))[0] == 1
    assert added(tiny, before) == [[first, "cyd", "none", "none", "0", "0", "0.6"]]


def test_confidence_that_the_prompt_offers(tiny, before):
    _, terminal = code(tiny, "n", "")
    offered = re.search(r"\[(.+)\]", terminal.prompts[1]).group(1)
    assert added(tiny, before)[0][-1] == offered


def test_a_skipped_act_comes_again(tiny, before):
    ids = order(tiny)
    done, terminal = code(tiny, "s", *answers(NOTHING))
    assert done == 1
    assert terminal.acts == titles(tiny, ids[:3])
    assert [row[0] for row in added(tiny, before)] == [ids[1]]
    assert order(tiny) == [ids[0], *ids[2:]]


def test_bad_answers_are_asked_again(tiny, before):
    first = order(tiny)[0]
    menu, category = ["x", "", "honor?", "h"], ["0", "99", "two", "-", "", "6"]
    valence, severity, confidence = ["2", "0", "", "-1"], ["0", "6", "2.5", "4"], ["2", "-0.1", "nan", "much", "0.7"]
    done, terminal = code(tiny, *menu, *category, *valence, *severity, *confidence, "s", "n", "")
    assert done == 1
    assert added(tiny, before) == [[first, "cyd", "honor", "prestige", "-1", "4", "0.7"]]
    assert terminal.said("not one of these") == 5
    assert terminal.said("one of 1, 2,") == 8
    assert terminal.said("one of 1, -1") == 3
    assert terminal.said("a number from 0 to 1") == 4


def test_answers_may_have_blanks_and_capitals(tiny, before):
    assert code(tiny, " H ", " 6 ", " +1", "4 ", " 1 ", "")[0] == 1
    assert added(tiny, before)[0][2:] == ["honor", "prestige", "1", "4", "1.0"]


def test_help_tells_the_constructs_and_asks_on(tiny, before):
    done, terminal = code(tiny, "?", *answers(NOTHING))
    assert done == 1
    assert all(terminal.said(construct.definition) == 1 for construct in CONSTRUCTS.values())
    assert len(added(tiny, before)) == 1


def test_a_construct_tells_its_categories_and_severities(tiny):
    _, terminal = code(tiny, "t", "1", "1")
    shown = CONSTRUCTS["threat"]
    for words in (*(c.definition for c in shown.categories), *shown.valences.values(), *shown.severities):
        assert terminal.said(words) == 1


@pytest.mark.parametrize("stop", ["q", EOFError(), KeyboardInterrupt()], ids=["q", "end", "interrupt"])
@pytest.mark.parametrize("script", [answers(EXPELLED, PRESTIGE)[:-1], ["n"]], ids=["two", "none"])
def test_stopping_at_any_prompt_saves_no_half_act(tiny, stop, script):
    was = held(tiny)
    for n in range(len(script) + 1):
        done, terminal = code(tiny, *script[:n], stop)
        assert (done, len(terminal.prompts), held(tiny)) == (0, n + 1, was)
        assert terminal.said("0 acts coded")


def test_saved_after_each_act(tiny, before):
    seen = []

    def look(answer):
        return lambda: seen.append([row[0] for row in added(tiny, before)]) or answer

    ids = order(tiny)
    second = answers(PRESTIGE, EXPELLED)
    done, _ = code(tiny, look("n"), "1", *map(look, second), look("q"))
    assert done == 2
    assert seen == [[], *[ids[:1]] * len(second), [ids[0], ids[1], ids[1]]]


def test_the_next_session_takes_up_the_rest_in_order(tiny, edit):
    edit(tiny, "events.csv", lambda rows: rows[:6])
    (tiny / "codings.csv").write_text(HEADER, encoding="utf-8")
    ids, names = order(tiny), titles(tiny, order(tiny))
    code(tiny, *answers(NOTHING) * 3)
    assert order(tiny) == ids[3:]
    done, terminal = code(tiny, *answers(NOTHING) * len(ids))
    assert done == len(ids) - 3
    assert terminal.acts == names[3:]
    assert order(tiny) == []
    was = held(tiny)
    assert code(tiny)[0] == 0
    assert held(tiny) == was


def test_order_depends_on_the_coder_alone(tiny, edit):
    was = order(tiny)
    for file in ("events.csv", "codings.csv"):
        edit(tiny, file, lambda rows: [rows[0], *reversed(rows[1:])])
    edit(tiny, "codings.csv", lambda rows: rows[:8])
    assert order(tiny) == was
    assert order(tiny, "dee") != was
    assert sorted(order(tiny, "dee")) == sorted(was)
    assert order(tiny, "dee") == order(tiny, "dee")


def test_a_coder_sees_neither_dates_nor_codings_of_others(tiny):
    _, terminal = code(tiny, "?", *["s"] * 12)
    assert len(terminal.acts) == len(load(tiny).events)
    shown = "\n".join([*terminal.lines, *terminal.prompts])
    assert not re.search(r"\d{4}|\bann\b|\bbob\b", shown)


FORMS = {
    "as written": lambda b: b,
    "no final newline": lambda b: b.removesuffix(b"\n"),
    "crlf": lambda b: b.replace(b"\n", b"\r\n"),
    "crlf, no final newline": lambda b: b.replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
    "mark": lambda b: b"\xef\xbb\xbf" + b,
    "blank lines": lambda b: b.replace(b"\n", b"\n\n"),
    "header alone": lambda b: b.splitlines()[0],
    "columns turned, one more": lambda b: b"\n".join(
        b",".join([*reversed(line.split(b",")), b"note"]) for line in b.splitlines()
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_stood_in_the_file_stays(tiny, before, form):
    before = FORMS[form](before)
    (tiny / "codings.csv").write_bytes(before)
    was, others, first = held(tiny), load(tiny).codings, order(tiny)[0]
    assert code(tiny, *answers(PRESTIGE))[0] == 1
    assert (tiny / "codings.csv").read_bytes().startswith(before)
    assert {**held(tiny), "codings.csv": b""} == {**was, "codings.csv": b""}
    now = load(tiny).codings
    assert now.iloc[:-1].astype(str).equals(others.astype(str))
    assert now.iloc[-1][["event_id", "coder", *JUDGED]].tolist() == [first, "cyd", "honor", "prestige", -1, 4, 0.7]


def test_construct_and_category_given_twice(tiny, before):
    again = Judgement("honor", "prestige", 1, 2, 0.9)
    _, terminal = code(tiny, *answers(PRESTIGE)[:-1], *answers(again))
    assert [row[2:] for row in added(tiny, before)] == [["honor", "prestige", "-1", "4", "0.7"]]
    assert terminal.said("given already") == 1


def test_same_construct_in_two_categories(tiny, before):
    code(tiny, *answers(PRESTIGE, Judgement("honor", "ignoring", -1, 1, 0.5)))
    assert [row[3] for row in added(tiny, before)] == ["prestige", "ignoring"]


@pytest.mark.parametrize(("construct", "valence"), [("escalation", "-1"), ("cooperation", "1")])
def test_valence_that_is_not_asked(tiny, before, construct, valence):
    _, terminal = code(tiny, construct[0], "1", "2", "0.5", "")
    assert not any("valence" in prompt for prompt in terminal.prompts)
    assert added(tiny, before)[0][4:] == [valence, "2", "0.5"]


@pytest.mark.parametrize("coder", ["", "  ", "\t"])
def test_a_coder_needs_a_name(tiny, tmp_path, coder):
    was = held(tiny)
    for act in (
        lambda: code(tiny, "n", "", coder=coder),
        lambda: export_sheet(tiny, coder, tmp_path / "s.csv"),
        lambda: import_sheet(tiny, coder, tmp_path / "s.csv"),
    ):
        with pytest.raises(InputError, match="--coder"):
            act()
    assert held(tiny) == was
    assert not (tmp_path / "s.csv").exists()


def test_a_name_with_comma_quotes_and_blanks_around(tiny):
    name = 'Dr "C", Oslo ⚓'
    code(tiny, "n", "", coder=f"  {name} ")
    assert name in load(tiny).coders
    assert len(order(tiny, name)) == len(load(tiny).events) - 1


def test_an_invalid_catalogue_is_not_coded(tiny, edit):
    edit(tiny, "codings.csv", lambda rows: [*rows, rows[-1]])
    terminal = Terminal("n", "")
    with pytest.raises(InputError, match="keep one"):
        walk(tiny, "cyd", terminal.ask, terminal.lines.append)
    assert terminal.prompts == []


FACTS = ("event_id", "sender", "receiver", "title", "description")
FILLED = {
    "snub": [("honor", "prestige", "-1", "4", "0.90"), ("escalation", "diplomatic", "-1", "2", ".5")],
    "protest": ("none", "none", "0", "0", "1"),
    "treaty": ("cooperation", "agreement", "+1", "4", "0.9"),
}


@pytest.fixture
def sheet(tmp_path):
    return tmp_path / "sheet.csv"


def fill(path, folder, judged, end="\n", encoding="utf-8-sig"):
    """Write a sheet: by event the cells of its judgement, or a list of them for copied rows; the other rows are left empty."""
    out = [[*FACTS, *JUDGED]]
    for facts in load(folder).events[list(FACTS)].to_numpy().tolist():
        cells = judged.get(facts[0], ("",) * len(JUDGED))
        out += [[*facts, *c] for c in (cells if isinstance(cells, list) else [cells])]
    with path.open("w", encoding=encoding, newline="") as target:
        csv.writer(target, lineterminator=end).writerows(out)
    return {row[0]: n for n, row in enumerate(out, 1)}  # row of each act; of copied rows the last


def refused(folder, path):
    """Problems of a sheet that must be refused with nothing written."""
    was = held(folder)
    with pytest.raises(InputError) as caught:
        import_sheet(folder, "cyd", path)
    assert held(folder) == was
    return caught.value.problems


def test_export_into_an_existing_file(tiny, sheet):
    sheet.write_text("hours of work", encoding="utf-8")
    with pytest.raises(InputError, match="already exists"):
        export_sheet(tiny, "cyd", sheet)
    assert sheet.read_text(encoding="utf-8") == "hours of work"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_import_adds_the_filled_rows(tiny, before, sheet, end):
    fill(sheet, tiny, FILLED, end)
    assert import_sheet(tiny, "cyd", sheet) == len(FILLED)
    expected = [[i, "cyd", *c] for i, cells in FILLED.items() for c in (cells if isinstance(cells, list) else [cells])]
    assert sorted(added(tiny, before)) == sorted(expected)
    mine = load(tiny).codings.query("coder == 'cyd'").set_index(["event_id", "construct"])
    assert mine.loc[("snub", "honor"), "confidence"] == 0.9
    assert mine.loc[("snub", "escalation"), "confidence"] == 0.5
    assert mine.loc[("treaty", "cooperation"), "valence"] == 1
    assert set(order(tiny)) == set(load(tiny).events["event_id"]) - set(FILLED)


@pytest.mark.parametrize("acts", [True, False])
def test_import_of_a_sheet_with_nothing_filled(tiny, sheet, acts):
    was = held(tiny)
    fill(sheet, tiny, {} if acts else {event: [] for event in order(tiny)})
    assert import_sheet(tiny, "cyd", sheet) == 0
    assert held(tiny) == was


def test_import_again_adds_nothing(tiny, sheet):
    fill(sheet, tiny, FILLED)
    import_sheet(tiny, "cyd", sheet)
    was = held(tiny)
    assert import_sheet(tiny, "cyd", sheet) == 0
    fill(sheet, tiny, {**FILLED, "treaty": ("cooperation", "agreement", "1", "4", "0.900")})
    assert import_sheet(tiny, "cyd", sheet) == 0
    assert held(tiny) == was


def test_import_of_a_sheet_as_it_grows(tiny, before, sheet):
    fill(sheet, tiny, {"snub": FILLED["snub"]})
    assert import_sheet(tiny, "cyd", sheet) == 1
    fill(sheet, tiny, {"snub": FILLED["snub"], "treaty": FILLED["treaty"]})
    assert import_sheet(tiny, "cyd", sheet) == 1
    assert [row[0] for row in added(tiny, before)] == ["snub", "snub", "treaty"]
    assert import_sheet(tiny, "dee", sheet) == 2


OTHERWISE = {
    "severity": ("honor", "prestige", "-1", "3", "0.90"),
    "category": ("honor", "ignoring", "-1", "4", "0.90"),
    "nothing": ("none", "none", "0", "0", "0.90"),
    "one more": FILLED["snub"],
}


@pytest.mark.parametrize("cells", OTHERWISE.values(), ids=OTHERWISE)
def test_import_does_not_change_a_coding(tiny, sheet, cells):
    row = fill(sheet, tiny, {"snub": FILLED["snub"][0]})["snub"]
    import_sheet(tiny, "cyd", sheet)
    fill(sheet, tiny, {"snub": cells, "treaty": FILLED["treaty"]})
    (problem,) = refused(tiny, sheet)
    assert (problem.file, problem.row, problem.column, problem.value) == (sheet.name, row, "event_id", "snub")
    assert "by hand" in problem.mend


def test_import_names_every_bad_cell_with_its_row(tiny, sheet):
    bad = {
        "snub": ("honour", "prestige", "-1", "4", "0.9"),
        "protest": [("escalation", "verbal", "-1", "1", "1"), ("escalation", "economic", "1", "2", "90%")],
        "treaty": ("cooperation", "agreement", "1", "6", "0,9"),
        "exit": ("none", "none", "0", "0", ""),
        "radar": ("threat", "", "-1", "2", "0.9"),
    }
    row = fill(sheet, tiny, bad)
    found = refused(tiny, sheet)
    assert {p.file for p in found} == {sheet.name}
    assert {(p.row, p.column, p.value) for p in found} == {
        (row["snub"], "construct", "honour"),
        (row["protest"], "valence", "1"),
        (row["protest"], "confidence", "90%"),
        (row["treaty"], "severity", "6"),
        (row["treaty"], "confidence", "0,9"),
        (row["exit"], "confidence", ""),
        (row["radar"], "category", ""),
    }


def test_import_names_rows_below_a_blank_line(tiny, sheet):
    row = fill(sheet, tiny, {"snub": ("honor", "prestige", "-1", "4", "often")})["snub"]
    sheet.write_bytes(sheet.read_bytes().replace(b"\n", b"\n\n", 1))
    assert [(p.row, p.value) for p in refused(tiny, sheet)] == [(row + 1, "often")]


def test_import_of_the_same_construct_and_category_twice(tiny, sheet):
    row = fill(sheet, tiny, {"snub": [FILLED["snub"][0]] * 2})["snub"]
    (problem,) = refused(tiny, sheet)
    assert (problem.file, problem.row, problem.column) == (sheet.name, row, "category")


def test_import_of_an_act_nobody_knows(tiny, sheet):
    row = fill(sheet, tiny, FILLED)["treaty"]
    sheet.write_bytes(sheet.read_bytes().replace(b"treaty,", b"traety,"))
    (problem,) = refused(tiny, sheet)
    assert (problem.file, problem.row, problem.column, problem.value) == (sheet.name, row, "event_id", "traety")


def test_import_of_a_sheet_in_latin_1(tiny, edit, sheet):
    edit(tiny, "events.csv", lambda rows: [[c.replace("signs a treaty", "signs at Orléans") for c in r] for r in rows])
    row = fill(sheet, tiny, FILLED, encoding="latin-1")["treaty"]
    (problem,) = refused(tiny, sheet)
    assert (problem.file, problem.row) == (sheet.name, row)
    assert "UTF-8" in problem.mend


def test_import_of_a_sheet_with_semicolons(tiny, sheet):
    fill(sheet, tiny, FILLED)
    sheet.write_bytes(sheet.read_bytes().replace(b",", b";"))
    assert {(p.file, p.row) for p in refused(tiny, sheet)} >= {(sheet.name, 1)}


def test_import_of_no_file(tiny, sheet):
    (problem,) = refused(tiny, sheet)
    assert problem.file == sheet.name
    assert "missing" in problem.mend


@st.composite
def judgement(draw):
    construct = CONSTRUCTS[draw(st.sampled_from(list(CONSTRUCTS)))]
    return Judgement(
        construct.name,
        draw(st.sampled_from(construct.category_names)),
        draw(st.sampled_from(list(construct.valences))),
        draw(st.sampled_from(SEVERITIES)),
        draw(st.floats(0, 1)),
    )


one_act = st.one_of(
    st.just([]),
    st.floats(0, 1).map(lambda c: [Judgement(NO_CONSTRUCT, NO_CONSTRUCT, 0, 0, c)]),
    st.lists(judgement(), min_size=1, max_size=4, unique_by=lambda j: (j.construct, j.category)),
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(one_act, min_size=3, max_size=3), coder=st.text("aé, \"'", min_size=1).filter(str.strip))
def test_what_is_walked_is_what_is_loaded(tiny, edit, acts, coder):
    edit(tiny, "events.csv", lambda rows: rows[:4])
    (tiny / "codings.csv").write_text(HEADER, encoding="utf-8")
    ids = order(tiny, coder.strip())
    typed = [a for act in acts for a in (answers(*act) if act else ["s"])]
    assert code(tiny, *typed, coder=coder)[0] == sum(map(bool, acts))
    codings = load(tiny).codings
    assert set(codings["coder"]) <= {coder.strip()}
    loaded = [(r.event_id, Judgement(*(getattr(r, c) for c in JUDGED))) for r in codings.itertuples()]
    assert loaded == [(event, j) for event, act in zip(ids, acts, strict=True) for j in act]


def test_export_has_the_unread_acts_and_no_dates(tiny, edit, sheet):
    edit(tiny, "events.csv", lambda rows: [[*r, "verification" if r is rows[0] else "page"] for r in rows])
    code(tiny, *answers(NOTHING) * 2)
    assert export_sheet(tiny, "cyd", sheet) == len(order(tiny))
    raw = sheet.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert not re.search(rb"\d{4}", raw.removeprefix(b"\xef\xbb\xbf"))
    header, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert header == ["event_id", "sender", "receiver", "title", "description", *JUDGED]
    assert [r[0] for r in rows] == order(tiny)
    assert [r[3] for r in rows] == titles(tiny, order(tiny))
    assert all(r[-len(JUDGED) :] == [""] * len(JUDGED) for r in rows)
    assert [p.name for p in sheet.parent.iterdir() if p != tiny] == [sheet.name]


def test_export_that_cannot_be_written(tiny, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        export_sheet(tiny, "cyd", tmp_path / "nowhere" / "sheet.csv")
    assert [p.name for p in tmp_path.iterdir()] == [tiny.name]


@pytest.mark.parametrize("answer", ["--1", "+-1", "²", "1.5", ""])
def test_numbers_that_are_none_are_asked_again(tiny, answer):
    saved, _ = code(tiny, "h", answer, "1", answer, "1", answer, "2", "0.9", "", "q")
    assert saved == 1


@pytest.mark.parametrize("cell", ["--1", "²"])
def test_an_odd_number_on_a_sheet_is_refused(tiny, sheet, cell):
    sheet.write_text(
        f"event_id,construct,category,valence,severity,confidence\nsnub,honor,prestige,-1,2,{cell}\n", "utf-8"
    )
    with pytest.raises(InputError) as caught:
        import_sheet(tiny, "cyd", sheet)
    assert [(p.file, p.row, p.column) for p in caught.value.problems] == [(sheet.name, 2, "confidence")]


def test_a_second_judgement_added_later_is_refused_whatever_its_number_looks_like(tiny, sheet):
    head = "event_id,construct,category,valence,severity,confidence\nsnub,honor,prestige,-1,2,0.9\n"
    sheet.write_text(head, "utf-8")
    assert import_sheet(tiny, "cyd", sheet) == 1
    sheet.write_text(head + "snub,threat,force-posture,-1,2,1e-1\n", "utf-8")
    with pytest.raises(InputError, match="otherwise"):
        import_sheet(tiny, "cyd", sheet)


def test_a_link_stays_a_link(tiny, tmp_path):
    real = tmp_path / "kept.csv"
    (tiny / "codings.csv").rename(real)
    real.chmod(0o660)
    (tiny / "codings.csv").symlink_to(real)
    assert code(tiny, "n", "", "q")[0] == 1
    assert (tiny / "codings.csv").is_symlink()
    assert ",cyd,none,none,0,0," in real.read_text("utf-8")
    assert real.stat().st_mode & 0o777 == 0o660
