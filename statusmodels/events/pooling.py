"""One judgement an event from several coders: the plug-in severities.

A construct that a coder did not give to an act counts as zero for that coder; a coder who did not read the act counts not at
all, and an act that nobody read has no judgement to pool.
"""

from __future__ import annotations

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.vocabulary import NO_CONSTRUCT


def readers(catalogue: Catalogue) -> pd.Series:
    """Number of coders who read each event.

    Parameters
    ----------
    catalogue
        A validated catalogue.

    Returns
    -------
    Series of int
        Indexed by ``event_id``, in the order of the events.

    Raises
    ------
    InputError
        If an event was read by nobody: what it carries is unknown, and unknown is not zero.
    """
    ids = pd.Index(catalogue.events["event_id"], name="event_id")
    count = catalogue.readings.groupby("event_id").size().reindex(ids, fill_value=0)
    unread = count.index[count == 0]
    if len(unread):
        mend = f"{len(unread)} events have no coding, which is not the same as carrying nothing; code them (statusmodels code)"
        raise InputError([Problem("codings.csv", f"{mend}; the first is", value=str(unread[0]))])
    return count


def pooled_severity(catalogue: Catalogue) -> pd.DataFrame:
    """Mean severity over an event's coders of its constructs, categories and valences.

    Parameters
    ----------
    catalogue
        A validated catalogue.

    Returns
    -------
    DataFrame
        Columns ``event_id, construct, category, valence, severity``; severity in (0, 5].

    Raises
    ------
    InputError
        If an event was read by nobody.
    """
    keys = ["event_id", "construct", "category", "valence"]
    given = catalogue.codings[catalogue.codings["construct"] != NO_CONSTRUCT]
    total = given.groupby(keys, as_index=False)["severity"].sum()
    return total.assign(severity=total["severity"] / readers(catalogue).loc[total["event_id"]].to_numpy())


def pooled_level(catalogue: Catalogue, construct: str) -> pd.Series:
    """Level of each event on one construct: the lower median over coders of the highest severity each gave.

    The lower median is always a level that some coder gave, and is zero unless more than half of the coders who read the act
    saw the construct in it.

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

    Raises
    ------
    InputError
        If an event was read by nobody.
    """
    count = readers(catalogue)
    given = catalogue.codings["severity"].where(catalogue.codings["construct"] == construct, 0)
    levels = given.groupby([catalogue.codings["event_id"], catalogue.codings["coder"]]).max()
    ranked = levels.sort_values().groupby("event_id").agg(list)
    return pd.Series([ranked[event][(n - 1) // 2] for event, n in count.items()], index=count.index, dtype=int)
