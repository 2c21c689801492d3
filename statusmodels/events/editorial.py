"""Editorial checks: what a scholar asks of a catalogue beyond its being well formed.

No act dated after today, no act under two titles, no cause or judgement in the author's own voice, sources that can be found,
two of them for the gravest acts, and no act that nobody has coded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from statusmodels.errors import Problem
from statusmodels.events.catalogue import Catalogue

LOADED = re.compile(
    r"\b(?:"
    # causes and consequences
    r"led to|result(?:ed|ing)? in|as a result|caus(?:ed|es|ing)|because|in response|in reaction|in retaliation"
    r"|retaliat\w*|therefore|thereby|consequent\w*|prompt(?:ed|ing)|trigger(?:ed|ing)|spark(?:ed|ing)|provok\w*|in the wake of"
    r"|amid|despite|paved the way|heighten\w*|strained relations|tit-for-tat"
    # judgements
    r"|provocati\w*|aggressi\w*|unprecedented|humiliat\w*|insult\w*|snub\w*|outrag\w*|hostile|infamous\w*|notorious\w*|historic"
    r"|landmark|escalat\w*|brutal\w*|reckless\w*|so-called|alleged\w*|merely|puppet|heroic|tragic\w*|shock(?:ed|ing)|dramatic\w*"
    r"|controversial\w*|blatant\w*|flagrant\w*|warmly|sharply|harshly|bitterly|unfair\w*"
    r")\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*(?:’\w[^’]*)*’(?!\w)|(?<!\w)'(?!\d)[^']*(?:'\w[^']*)*'(?!\w)")
FINDABLE = re.compile(r"https?://[\w.-]+\.[a-z]{2,}|\d|[A-Z]\w+,? \w+")
GRAVE = 4
ALIKE = 0.5
NEAR_DAYS = 3


def problems(catalogue: Catalogue, today: pd.Timestamp | None = None) -> list[Problem]:
    """Every editorial problem of a catalogue.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    today
        The day after which nothing can have happened; the clock's, if not given.

    Returns
    -------
    list of Problem

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> problems(load("us-russia"))
    []
    """
    checks = (
        _future(catalogue, today or pd.Timestamp.now().normalize()),
        _loaded(catalogue),
        _twice(catalogue),
        _sources(catalogue),
        _uncoded(catalogue),
    )
    return [problem for check in checks for problem in check]


def _event_problem(row: int, column: str, value: str, mend: str) -> Problem:
    return Problem("events.csv", mend, row=row + 2, column=column, value=value)


def _future(catalogue: Catalogue, today: pd.Timestamp) -> Iterator[Problem]:
    for column in ("date", "end_date"):
        late = catalogue.events[catalogue.events[column] > today]
        for row, date in late[column].items():
            yield _event_problem(
                int(str(row)), column, f"{date:%Y-%m-%d}", "lies in the future; an act enters when it is done"
            )


def _loaded(catalogue: Catalogue) -> Iterator[Problem]:
    for column in ("title", "description"):
        for row, text in catalogue.events[column].items():
            for found in LOADED.finditer(" ".join(QUOTED.sub('""', text).split())):
                mend = "tells a cause or judges in the author's voice; say what was done, or quote who said it"
                yield _event_problem(int(str(row)), column, found.group(), mend)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]{4,}", text.lower()))


def _twice(catalogue: Catalogue) -> Iterator[Problem]:
    """Acts of one sender within days of each other whose titles or descriptions share half their words."""
    for _, mine in catalogue.events.sort_values("date", kind="stable").groupby("sender"):
        rows = [
            (int(str(i)), r.date, r.event_id, (_words(r.title), _words(r.description)))
            for i, r in zip(mine.index, mine.itertuples(), strict=True)
        ]
        for k, (row, date, event, words) in enumerate(rows):
            for _, before, other, theirs in reversed(rows[:k]):
                if (date - before).days > NEAR_DAYS:
                    break
                if any(len(a & b) >= ALIKE * max(1, len(a | b)) for a, b in zip(words, theirs, strict=True)):
                    yield _event_problem(
                        row, "event_id", event, f"looks like the same act as {other}; keep one, or tell them apart"
                    )


def _sources(catalogue: Catalogue) -> Iterator[Problem]:
    used = [{key.strip() for key in cell.split(";")} - {""} for cell in catalogue.events["sources"]]
    keys = set().union(*used)
    for row, source in enumerate(catalogue.sources.itertuples()):
        if source.key not in keys:
            yield Problem("sources.csv", "is not used by any event", row=row + 2, column="key", value=source.key)
        if not FINDABLE.search(source.where):
            mend = "nobody could find it there; give an address, a document number, or archive and title"
            yield Problem("sources.csv", mend, row=row + 2, column="where", value=source.where)
    gravest = catalogue.codings.groupby("event_id")["severity"].max()
    for row, event in enumerate(catalogue.events["event_id"]):
        if gravest.get(event, 0) >= GRAVE and len(used[row]) < 2:
            mend = f"a coder gave it severity {GRAVE} or more, and it has one source; add a second"
            yield _event_problem(row, "sources", catalogue.events["sources"].iloc[row], mend)


def _uncoded(catalogue: Catalogue) -> Iterator[Problem]:
    read = set(catalogue.readings["event_id"])
    for row, event in enumerate(catalogue.events["event_id"]):
        if event not in read:
            yield _event_problem(row, "event_id", event, "no coder has read it; code it with statusmodels code")
