"""Votes, ideal points and vetoes in the United Nations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.sources import registry, tables
from statusmodels.sources.columns import r_dates, whole
from statusmodels.sources.names import codes

PERMANENT = {"China": 710, "France": 220, "Russia": 365, "USSR": 365, "UK": 200, "USA": 2}
QUANTILES = {
    "QO%": "minimum",
    "Q5%": "q5",
    "Q10%": "q10",
    "Q50%": "q50",
    "Q90%": "q90",
    "Q95%": "q95",
    "Q100%": "maximum",
}


def ideal_points(path: Path | None = None, nuclear: bool = False) -> pd.DataFrame:
    """Ideal points of states in the General Assembly, 1946-2019, from their votes.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.
    nuclear
        Whether to read the estimates from votes on nuclear matters alone (1978-2019).

    Returns
    -------
    DataFrame
        One row a state and session.

        - ``ccode``: COW code
        - ``year``: session plus 1945, the year in which the session opens
        - ``votes``: number of votes cast
        - ``ideal_point``: posterior mean; higher is closer to the liberal order led by the United States
        - ``minimum``, ``q5``, ``q10``, ``q50``, ``q90``, ``q95``, ``maximum``: of the posterior draws

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Bailey, Strezhnev and Voeten (2017), Journal of Conflict Resolution 61:430.

    Examples
    --------
    >>> points = ideal_points().set_index(["ccode", "year"])["ideal_point"]
    >>> bool(points[2, 1985] > points[365, 1985])
    True
    """
    which = "Nuclear" if nuclear else "All"
    suffix = "Nuclear" if nuclear else ""
    path = path or registry.path(f"un_idealpoints/Idealpointestimates{which}_Apr2020.csv")
    wanted = {f"NVotes{suffix}": "votes", f"IdealPoint{suffix}": "ideal_point"}
    wanted |= {f"{column}{suffix}": name for column, name in QUANTILES.items()}
    frame = tables.read_csv(path, ["ccode", "session", *wanted], encoding="latin-1").rename(columns=wanted)
    frame = whole(frame, path, ["ccode", "session", "votes"])
    frame.insert(1, "year", frame.pop("session") + 1945)
    return frame


def votes(path: Path | None = None, calls: Path | None = None) -> pd.DataFrame:
    """Votes of each state on each roll call of the General Assembly, 1946-2019.

    Parameters
    ----------
    path
        A file of votes of your own; the registry's by default.
    calls
        The file of roll calls that dates them; the registry's by default.

    Returns
    -------
    DataFrame
        One row a vote cast; a state that was absent or no member has no row. Reading the file takes about half a minute.

        - ``roll_call``: number, that of :func:`roll_calls`
        - ``ccode``: COW code; the Soviet Union's votes are Russia's (365)
        - ``vote``: ``yes``, ``abstain`` or ``no``

    Raises
    ------
    InputError
        If a file cannot be read or is another version, or has a country that ``data/sources/names.csv`` lacks.

    References
    ----------
    Voeten (2013), in Reinalda (ed.), *Routledge Handbook of International Organization*; Robinson (2021), *unvotes*.

    Examples
    --------
    >>> sorted(set(votes()["vote"]))  # doctest: +SKIP
    ['abstain', 'no', 'yes']
    """
    path = path or registry.path("unvotes/un_votes.rda")
    frame = whole(tables.read_rda(path, "un_votes", ["rcid", "country", "vote"]), path, ["rcid"])
    dated = roll_calls(calls).set_index("roll_call")["date"]
    lacking = ~frame["rcid"].isin(dated.index)
    if lacking.any():
        raise InputError(
            [Problem(str(path), f"has {int(lacking.sum())} votes on roll calls that the other file lacks")]
        )
    pairs = frame[["country"]].assign(when=frame["rcid"].map(dated))
    distinct = pairs.drop_duplicates().reset_index(drop=True)
    distinct["ccode"] = codes(distinct["country"], distinct["when"])
    ccode = pairs.merge(distinct, on=["country", "when"], how="left")["ccode"]
    return pd.DataFrame({"roll_call": frame["rcid"], "ccode": ccode, "vote": frame["vote"]})


def roll_calls(path: Path | None = None) -> pd.DataFrame:
    """Roll calls of the General Assembly, 1946-2019.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a roll call.

        - ``roll_call``: number
        - ``session``
        - ``date``: timestamp
        - ``resolution``: number of the resolution or record
        - ``important``: ``boolean``; whether the US State Department listed it as important, <NA> where not told
        - ``title``, ``description``

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Voeten (2013), in Reinalda (ed.), *Routledge Handbook of International Organization*.

    Examples
    --------
    >>> str(roll_calls()["date"].min().date())
    '1946-01-01'
    """
    path = path or registry.path("unvotes/un_roll_calls.rda")
    columns = ["rcid", "session", "date", "unres", "importantvote", "short", "descr"]
    frame = whole(tables.read_rda(path, "un_roll_calls", columns), path, ["rcid", "session"])
    important = pd.to_numeric(frame["importantvote"], errors="coerce").astype("Int64").astype("boolean")
    frame = frame.assign(date=r_dates(frame["date"]), importantvote=important)
    names = {
        "rcid": "roll_call",
        "unres": "resolution",
        "importantvote": "important",
        "short": "title",
        "descr": "description",
    }
    return frame.rename(columns=names)


def vetoes(path: Path | None = None) -> pd.DataFrame:
    """Vetoes in the Security Council, February 1946 to July 2022.

    Parameters
    ----------
    path
        A file of your own; the registry's by default.

    Returns
    -------
    DataFrame
        One row a vetoed draft and member that vetoed it.

        - ``draft_id``: number of the draft, in order of the file; drafts of one meeting can share a symbol
        - ``date``: timestamp
        - ``ccode``: COW code of the member; the Soviet Union's are Russia's (365)
        - ``draft``: symbol of the draft or meeting
        - ``topic``: the crisis
        - ``agenda``: agenda item

        The members are those that the file names in ``member_veto1`` to ``member_veto3``. Its columns of 0 and 1 for each member
        lack vetoes of 26 drafts of 1966-1985, so they are not used. The Republic of China's veto of 1955 is not in the file.

    Raises
    ------
    InputError
        If the file cannot be read, is another version, or names a member without a veto.

    References
    ----------
    Yordan, World Politics Data Lab (2022), *Vetoes in the UN Security Council*.

    Examples
    --------
    >>> first = vetoes().iloc[0]
    >>> str(first["date"].date()), int(first["ccode"]), first["topic"]
    ('1946-02-16', 365, 'Lebanon')
    """
    path = path or registry.path("unsc_vetoes/unsc_vetoes_1946_sept2022.csv")
    members = ["member_veto1", "member_veto2", "member_veto3"]
    frame = tables.read_csv(path, ["date", "draft", "crisis_topic", "agenda_item", *members], encoding="latin-1")
    frame = frame.assign(date=pd.to_datetime(frame["date"], format="%m/%d/%Y", errors="coerce"))
    if frame["date"].isna().any():
        row = int(frame["date"].isna().idxmax())
        raise InputError([Problem(str(path), "must be a date, month/day/year", row + 2, "date")])
    frame.insert(0, "draft_id", range(1, len(frame) + 1))
    kept = ["draft_id", "date", "draft", "crisis_topic", "agenda_item"]
    long = frame.melt(kept, members, value_name="member").dropna(subset=["member"])
    strange = sorted(set(long["member"]) - set(PERMANENT))
    if strange:
        raise InputError([Problem(str(path), f"must be one of {', '.join(PERMANENT)}", value=s) for s in strange])
    long = long.sort_values(["draft_id", "variable"], ignore_index=True)
    out = long[["draft_id", "date"]].assign(ccode=long["member"].map(PERMANENT), draft=long["draft"])
    return out.assign(topic=long["crisis_topic"], agenda=long["agenda_item"])
