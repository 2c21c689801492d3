"""Draw the events whose dates an independent reader verifies, and score the reader's answers.

    python docs/date_verification/date_verification.py draw
    python docs/date_verification/date_verification.py score

``draw`` writes ``sample.csv``, what the reader sees: a number, the title and the sources with their addresses, and neither date nor
description. The reader writes ``answers.csv``: ``n, date, seen, evidence, note``, where ``date`` is a day (YYYY-MM-DD), a month
(YYYY-MM) or empty (not found), and ``seen`` says what the date rests on (page, dataset, document, none). ``score`` compares the
answers with the catalogue as it stood when the sample was drawn (``key.csv``) and writes ``README.md``.

A row is right when the reader's day is within one day of the row's, or, for a row dated to the month, in the same month. A row
that the reader could not date is not right.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from statusmodels.events.catalogue import load

HERE = Path(__file__).parent
SIZE, SEED = 60, 2026


def draw() -> None:
    catalogue = load("us-russia")
    events = catalogue.events.sort_values("event_id", ignore_index=True)
    rows = np.random.default_rng(SEED).choice(len(events), SIZE, replace=False)
    sample = events.iloc[rows].reset_index(drop=True)
    told = catalogue.sources.set_index("key")
    sources = [
        " || ".join(f"{told.loc[k, 'citation']} [{told.loc[k, 'where']}]" for k in cell.split(";"))
        for cell in sample["sources"]
    ]
    n = pd.RangeIndex(1, SIZE + 1, name="n")
    pd.DataFrame({"title": sample["title"].to_numpy(), "sources": sources}, index=n).to_csv(HERE / "sample.csv")
    key = sample[["event_id", "date", "date_precision", "verification"]].set_index(n)
    key.to_csv(HERE / "key.csv", date_format="%Y-%m-%d")


def score() -> None:
    key = pd.read_csv(HERE / "key.csv", index_col="n", parse_dates=["date"])
    answers = pd.read_csv(HERE / "answers.csv", dtype=str, keep_default_na=False)
    answers = answers.set_index(answers.pop("n").astype(int))
    if set(answers.index) != set(key.index):
        sys.exit("answers.csv must have one row for each n of key.csv")
    table = key.join(answers.rename(columns={"date": "date_read"}), how="left", validate="1:1")
    to_the_day = table["date_read"].str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    day = pd.to_datetime(table["date_read"].where(to_the_day))
    month = table["date_read"].str[:7]
    off = (day - table["date"]).dt.days
    right = (off.abs() <= 1) | ((table["date_precision"] == "month") & (month == table["date"].dt.strftime("%Y-%m")))
    found = table["date_read"] != ""
    table["verdict"] = np.select([right, found], ["right", "wrong"], "not found")
    interval = stats.binomtest(int(right.sum()), len(table)).proportion_ci(0.95, method="exact")
    lines = [
        "# Dates verified by an independent reader",
        "",
        f"Of {len(table)} events drawn at random (seed {SEED}), a reader who saw only the title and the sources dated"
        f" **{right.sum()}** as the catalogue does, within one day (or the month, where a row is dated to the month):"
        f" **{right.mean():.1%}**, 95 % interval {interval.low:.1%} to {interval.high:.1%} (Clopper-Pearson)."
        f" {(found & ~right).sum()} were wrong and {(~found).sum()} not found; a row not found counts as not right.",
        "",
        f"Criterion: at least 95 % right. **{'Passed' if right.mean() >= 0.95 else 'Failed'}.** Exactly the same day:"
        f" {(off == 0).sum()} of {(table['date_precision'] == 'day').sum()} rows dated to the day.",
        "",
        "The readers were two language-model assistants with a search tool over stored public pages, not people; they saw"
        " nothing else of the catalogue. `sample.csv` is what they saw, `answers.csv` what they wrote with their evidence,"
        " `key.csv` the catalogue when the sample was drawn. Readers and collectors are one language model, so a date that"
        " the model has wrong could be wrong for both.",
        "",
        "| n | event | catalogue | reader | seen | verdict | note |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for n, r in table.iterrows():
        dated = f"{r['date']:%Y-%m-%d}" if r["date_precision"] == "day" else f"{r['date']:%Y-%m}"
        note = str(r["note"]).replace("|", "/")
        lines.append(
            f"| {n} | `{r['event_id']}` | {dated} | {r['date_read'] or '.'} | {r['seen']} | {r['verdict']} | {note} |"
        )
    (HERE / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[2:5]))


if __name__ == "__main__":
    {"draw": draw, "score": score}[sys.argv[1]]()
