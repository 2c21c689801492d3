"""Sanctions: who imposed what on whom."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from statusmodels.sources import names, registry, tables
from statusmodels.sources.columns import flags, whole

INSTRUMENTS = ["trade", "arms", "military", "financial", "travel", "other"]
# a comma separates states, except in "Gambia, The" and "Yemen, North"
STATES = re.compile(r"\s*,(?!\s*(?:The|North)\s*(?:,|$))\s*")


def cases(path: Path | None = None) -> pd.DataFrame:
    """Global Sanctions Data Base 3, of which the registry has a **part**: 588 of 1,325 cases.

    The pinned file is an extract of cases that ended in 2013 or later and lacks those of the Cold War. Take it as a sample of the
    format; for results, give the path of the full file, which its authors hand out on registration.

    Parameters
    ----------
    path
        A file of your own, in the layout of ``GSDB_V3.csv``; the registry's extract by default.

    Returns
    -------
    DataFrame
        One row a case, sender and target; a case of several states is several rows.

        - ``case``: its number
        - ``sender``, ``target``: names as in the file: states, and organisations such as EU and UN
        - ``ccode1``, ``ccode2``: COW codes of sender and target at the start; <NA> for what is no state
        - ``start``, ``end``: first and last year; the last year of the data where it went on
        - ``trade``, ``arms``, ``military``, ``financial``, ``travel``, ``other``: whether of that kind
        - ``trade_restrictions``: what trade, a tuple such as ``("exp_part", "imp_part")``; empty without
        - ``objectives``, ``successes``: aims and how far each was met, tuples in the same order (one case has one success for two
          aims)

    Raises
    ------
    InputError
        If the file cannot be read or is another version, or has a name without a row in ``data/sources/names.csv``.

    References
    ----------
    Felbermayr, Kirilakha, Syropoulos, Yalcin and Yotov (2020), European Economic Review 129:103561; Syropoulos, Felbermayr,
    Kirilakha, Yalcin and Yotov (2024), Review of International Economics 32:12.

    Examples
    --------
    >>> imposed = cases()
    >>> bool(((imposed["ccode1"] == 2) & (imposed["ccode2"] == 365)).any())
    True
    """
    path = path or registry.path("gsdb/GSDB_V3.csv")
    keys = {
        "case_id": "case",
        "sanctioning_state": "sender",
        "sanctioned_state": "target",
        "begin": "start",
        "end": "end",
    }
    lists = {"descr_trade": "trade_restrictions", "objective": "objectives", "success": "successes"}
    frame = tables.read_csv(path, [*keys, *INSTRUMENTS, *lists]).rename(columns=keys | lists)
    frame = flags(whole(frame, path, ["case", "start", "end", *INSTRUMENTS]), INSTRUMENTS)
    for column in lists.values():
        frame[column] = [() if pd.isna(cell) else tuple(re.split(r"\s*,\s*", cell.strip())) for cell in frame[column]]
    for column in ("sender", "target"):
        frame[column] = [STATES.split(cell.strip()) for cell in frame[column]]
        frame = frame.explode(column, ignore_index=True)
    for place, column in enumerate(("sender", "target"), start=1):
        frame.insert(2 + place, f"ccode{place}", names.codes(frame[column], frame["start"]))
    return frame
