import csv
import io
import os
import sys
from pathlib import Path

import pytest

# so that tests can import the benchmark scripts; last, so that these hide nothing
BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path += [str(BENCHMARKS), str(BENCHMARKS / "crosscheck")]

# other people's data are no part of this project: a folder of them, if there is one, and no cache of the machine's user
STAGED = Path(__file__).resolve().parents[2] / "shared" / "external"
if STAGED.is_dir():
    os.environ.setdefault("STATUSMODELS_DATA", str(STAGED))
OF_SOURCES = {
    f"test_{name}.py"
    for name in (
        "conduct",
        "conflict_sources",
        "contact_sources",
        "crosswalk",
        "event_data",
        "event_panel",
        "event_rivalries",
        "published_figures",
        "rivalry_panel",
        "state_sources",
    )
}


SLOW = {"test_checking.py", "test_notebooks.py", "test_report.py"}  # minutes each


def pytest_collection_modifyitems(items):
    """Slow files begin first, so that none is left over at the end; without the data, tests that read them are skipped, and say so."""
    items.sort(key=lambda item: item.path.name not in SLOW)
    if Path(os.environ.get("STATUSMODELS_DATA", "missing")).is_dir():
        return
    for item in items:
        if item.path.name in OF_SOURCES or "statusmodels.sources." in item.name:
            item.add_marker(pytest.mark.skip(reason="needs the data sets of others: set STATUSMODELS_DATA"))


ERAS = """\
era,start,end
first,1990-01-01,1991-12-31
second,1992-01-01,1993-12-31
"""
SOURCES = """\
key,citation,kind,where
gazette,"The Gazette, a paper of record",press,https://example.org/gazette
archive,Collected documents,primary,"volume 1, shelf 2"
"""
EVENTS = """\
event_id,date,date_precision,end_date,sender,receiver,actor,title,description,track,sources
thanks,1990-02-10,day,,AAA,BBB,President of AAA,AAA thanks BBB,AAA's president thanked a rescue team.,other,gazette
snub,1990-05-04,day,,BBB,AAA,Parliament of BBB,BBB calls off a visit,The parliament called off a visit.,prestige,gazette
base,1990-08-01,day,1992-06-30,AAA,BBB,Army of AAA,AAA holds a base,"Troops stood at a base, near BBB.",europe,gazette;archive
protest,1990-09-15,day,,BBB,AAA,Ministry of BBB,BBB protests,The ministry handed over a note.,europe,gazette
treaty,1991-03-20,day,,AAA,BBB,Government of AAA,AAA signs a treaty,The two signed equal ceilings.,arms-control,archive
exit,1991-06-11,day,,AAA,BBB,Government of AAA,AAA leaves a treaty,AAA gave notice of exit.,arms-control,archive
expulsion,1991-07-02,day,,BBB,AAA,Government of BBB,BBB expels envoys,BBB expelled ten envoys.,other,gazette
patrol,1991-12-09,day,,AAA,BBB,Navy of AAA,AAA's ship comes close,A ship came within sight of a port.,arctic,gazette
invitation,1992-04-01,month,,BBB,AAA,Government of BBB,BBB invites AAA to talks,BBB made AAA co-chair.,europe,archive
radar,1992-10-18,day,,BBB,AAA,Government of BBB,BBB orders a radar,BBB ordered a radar.,missile-defence,gazette
embargo,1993-01-25,day,,AAA,BBB,Government of AAA,AAA bans grain sales,AAA banned sales of grain.,economy,gazette
release,1993-11-05,day,,BBB,AAA,Court of BBB,BBB releases a sailor,BBB released a sailor.,human-rights,gazette
"""
CODINGS = """\
event_id,coder,construct,category,valence,severity,confidence
thanks,ann,honor,gratitude,1,2,0.9
thanks,bob,honor,gratitude,1,1,0.8
snub,ann,honor,prestige,-1,4,0.9
snub,ann,escalation,diplomatic,-1,2,0.6
snub,bob,honor,prestige,-1,3,1
base,ann,threat,force-posture,-1,4,0.9
base,bob,threat,force-posture,-1,4,0.7
protest,ann,escalation,verbal,-1,1,1
protest,bob,escalation,verbal,-1,1,1
treaty,ann,authority,arms-control-parity,1,4,0.9
treaty,ann,cooperation,agreement,1,4,1
treaty,bob,cooperation,agreement,1,3,1
exit,ann,authority,arms-control-parity,-1,4,0.9
exit,bob,authority,rule-breaking,-1,3,0.5
expulsion,ann,escalation,diplomatic,-1,2,1
expulsion,bob,escalation,diplomatic,-1,2,1
patrol,ann,escalation,military-display,-1,3,0.9
patrol,bob,escalation,military-display,-1,2,0.6
invitation,ann,authority,exclusion,1,3,0.8
invitation,bob,authority,exclusion,1,3,0.9
radar,ann,threat,missile-defence,-1,2,0.9
radar,bob,threat,missile-defence,-1,2,0.9
embargo,ann,escalation,economic,-1,2,1
embargo,bob,escalation,economic,-1,2,1
release,ann,cooperation,restraint,1,2,0.9
release,bob,cooperation,restraint,1,2,0.9
"""
FILES = {"eras.csv": ERAS, "sources.csv": SOURCES, "events.csv": EVENTS, "codings.csv": CODINGS}


@pytest.fixture
def tiny(tmp_path):
    """A small valid catalogue folder."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def in_this_process(monkeypatch):
    """Pieces of work are done here, stored as ever: another process takes most of its time to import what it needs."""
    from statusmodels.inference import refits

    def compute(work, shared, todo):
        for i, piece in todo.items():
            yield i, refits._timed(work, shared, piece)

    monkeypatch.setattr(refits, "_on_processes", lambda workers: compute)


@pytest.fixture
def edit():
    """edit(folder, file, fn): rewrite a CSV file; fn takes its rows (header first), changes or returns them."""

    def rewrite(folder, file, fn):
        path = folder / file
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        new = fn(rows)
        with path.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows(rows if new is None else new)

    return rewrite
