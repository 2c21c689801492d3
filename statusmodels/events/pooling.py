"""One judgement an event from several coders: the plug-in severities.

A construct that a coder did not give to an act counts as zero for that coder; a coder who did not read the act counts not at
all, and an act that nobody read has no judgement to pool.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT


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


def severity_shares(catalogue: Catalogue, rng: np.random.Generator | None = None) -> pd.DataFrame:
    """How each act's severity on a construct falls on categories and valences.

    A coder gives each category a share of the highest severity that the coder gave the act on the construct.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    rng
        Draws one coder for each act and construct, whose shares are taken; the average over the coders who gave the act the
        construct if None.

    Returns
    -------
    DataFrame
        Columns ``event_id, construct, category, valence, share``; share in (0, 1].
    """
    given = catalogue.codings[catalogue.codings["construct"].isin(CONSTRUCTS)]
    act = ["event_id", "construct"]
    given = given.assign(share=given["severity"] / given.groupby([*act, "coder"])["severity"].transform("max"))
    if rng is not None:
        lot = given[[*act, "coder"]].drop_duplicates().sort_values([*act, "coder"])
        lot = lot.assign(lot=rng.random(len(lot))).sort_values("lot").drop_duplicates(act)[[*act, "coder"]]
        given = given.merge(lot, on=[*act, "coder"])
    givers = given.groupby(act)["coder"].nunique().rename("givers")
    shares = given.groupby([*act, "category", "valence"], as_index=False)["share"].sum().join(givers, on=act)
    return shares.assign(share=shares["share"] / shares["givers"]).drop(columns="givers")
