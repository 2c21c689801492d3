"""One judgement an event from several coders: the plug-in severities.

Every coder is taken to have read every event, so a construct that a coder did not give counts as zero for that coder.
"""

from __future__ import annotations

import pandas as pd

from statusmodels.events.catalogue import Catalogue


def pooled_severity(catalogue: Catalogue) -> pd.DataFrame:
    """Mean severity over coders of each event's constructs, categories and valences.

    Parameters
    ----------
    catalogue
        A validated catalogue.

    Returns
    -------
    DataFrame
        Columns ``event_id, construct, category, valence, severity``; severity in (0, 5].
    """
    keys = ["event_id", "construct", "category", "valence"]
    total = catalogue.codings.groupby(keys, as_index=False)["severity"].sum()
    return total.assign(severity=total["severity"] / max(1, len(catalogue.coders)))


def pooled_level(catalogue: Catalogue, construct: str) -> pd.Series:
    """Level of each event on one construct: the lower median over coders of the highest severity each gave.

    The lower median is always a level that some coder gave, and is zero unless more than half of the coders saw the
    construct in the act.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    construct
        ``"escalation"`` or ``"cooperation"``.

    Returns
    -------
    Series of int
        Indexed by ``event_id``, one entry for each event of the catalogue.
    """
    ids = pd.Index(catalogue.events["event_id"], name="event_id")
    coders = catalogue.coders
    if not coders:
        return pd.Series(0, index=ids, dtype=int)
    mine = catalogue.codings[catalogue.codings["construct"] == construct]
    table = mine.pivot_table(index="event_id", columns="coder", values="severity", aggfunc="max")
    table = table.reindex(index=ids, columns=list(coders)).fillna(0)
    lower = (len(coders) - 1) // 2
    return pd.Series([sorted(row)[lower] for row in table.to_numpy(dtype=int).tolist()], index=ids, dtype=int)
