"""A simulated catalogue: the signals of a real one, with outcomes drawn from a model."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.schema import COLUMNS
from statusmodels.events.vocabulary import ESCALATION, NO_CONSTRUCT

CATEGORY = {1: "verbal", 2: "diplomatic", 3: "military-display", 4: "military-use", 5: "military-use"}
SOURCE = "simulated"


def with_outcomes(
    catalogue: Catalogue,
    starts: pd.DatetimeIndex,
    days: np.ndarray,
    acts: list[tuple[int, str, str, int]],
    seed: int,
) -> Catalogue:
    """Replace a catalogue's escalation codings by simulated acts.

    Parameters
    ----------
    catalogue
        Whose honor, authority, threat and cooperation codings are kept.
    starts, days
        First day and length in days of each period.
    acts
        ``(period index, sender, receiver, level)`` of each simulated act.
    seed
        Draws the day of each act within its period.

    Returns
    -------
    Catalogue
    """
    rng = np.random.default_rng(seed)
    coders = catalogue.coders
    real = catalogue.events[catalogue.events["sources"] != SOURCE]
    kept = catalogue.codings[
        (catalogue.codings["construct"] != ESCALATION.name) & catalogue.codings["event_id"].isin(real["event_id"])
    ]
    unjudged = catalogue.readings.merge(kept[["event_id", "coder"]].drop_duplicates(), how="left", indicator=True)
    unjudged = unjudged[(unjudged["_merge"] == "left_only") & unjudged["event_id"].isin(real["event_id"])]
    nothing = unjudged[["event_id", "coder"]].assign(
        construct=NO_CONSTRUCT, category=NO_CONSTRUCT, valence=0, severity=0, confidence=1.0
    )
    events, codings = [], []
    for n, (t, sender, receiver, level) in enumerate(acts, 1):
        event_id = f"simulated-{n:05d}"
        events.append(
            {
                "event_id": event_id,
                "date": starts[t] + pd.Timedelta(days=int(rng.integers(days[t]))),
                "date_precision": "day",
                "end_date": pd.NaT,
                "sender": sender,
                "receiver": receiver,
                "actor": f"{sender} (simulated)",
                "title": f"Simulated act of escalation at level {level}",
                "description": "Drawn from a model of statusmodels. It did not happen.",
                "track": "other",
                "sources": SOURCE,
                "verification": SOURCE,
            }
        )
        codings += [
            {
                "event_id": event_id,
                "coder": coder,
                "construct": ESCALATION.name,
                "category": CATEGORY[level],
                "valence": -1,
                "severity": level,
                "confidence": 1.0,
            }
            for coder in coders
        ]
    source = pd.DataFrame(
        [{"key": SOURCE, "citation": "Drawn from a model of statusmodels; see truth.json.", "kind": "dataset",
          "where": "truth.json in this folder"}]
    )  # fmt: skip
    return Catalogue(
        name=f"{catalogue.name}-simulated",
        events=pd.concat([real, pd.DataFrame(events).reindex(columns=real.columns)], ignore_index=True).sort_values(
            ["date", "event_id"], ignore_index=True
        ),
        codings=pd.concat([kept, nothing, pd.DataFrame(codings)], ignore_index=True),
        sources=pd.concat([catalogue.sources, source], ignore_index=True).drop_duplicates("key"),
        eras=catalogue.eras,
        sha256="",
    )


def write(catalogue: Catalogue, folder: Path, extra: dict[str, Any]) -> None:
    """Write a catalogue as a folder, with JSON files beside it; the folder appears whole or not at all.

    Raises
    ------
    InputError
        If the folder exists and is not empty, or cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError([Problem(str(folder), "already exists; choose a new folder, so that nothing is lost")])
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as error:
        raise InputError([Problem(str(folder), f"cannot be written ({error.strerror})")]) from error
    try:
        frames = {
            "events.csv": catalogue.events,
            "codings.csv": catalogue.codings,
            "sources.csv": catalogue.sources,
            "eras.csv": catalogue.eras,
        }
        for name, frame in frames.items():
            columns = [*COLUMNS[name], *(["verification"] if "verification" in frame else [])]
            frame[columns].to_csv(
                temporary / name,
                index=False,
                date_format="%Y-%m-%d",
                quoting=csv.QUOTE_MINIMAL,
                lineterminator="\n",
            )
        for name, content in extra.items():
            (temporary / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        temporary.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
