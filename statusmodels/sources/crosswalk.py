"""Crosswalks: which construct an event code stands for, as a table that a user may copy and edit.

One event has one code and so one construct. ``level`` is the escalation level (0-5) of the same event as conduct: what J denies
I in the dyad J>I is also J's conduct towards I, which is the outcome of the dyad I>J.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import data_folder
from statusmodels.sources import tables

COLUMNS = ("code", "name", "construct", "sign", "strength", "level")
SEVERITY = {"weak": 1, "moderate": 2, "strong": 3}
"""Severity of an event by its strength. A code knows a kind of act, not who performed it how solemnly, so it does not go up to
the 5 of a catalogue read by people."""
SIGNS = {
    "honor": (-1, 1),
    "authority": (-1, 1),
    "threat": (-1, 1),
    "escalation": (-1,),
    "cooperation": (1,),
    "none": (0,),
}
"""Signs that a construct may have: +1 grants or relieves, -1 denies or worsens (a threat posed is -1), as in a catalogue."""
SIGNALS = {
    ("honor", -1): "honor_denied",
    ("honor", 1): "honor_granted",
    ("authority", -1): "authority_denied",
    ("authority", 1): "authority_granted",
    ("threat", -1): "threat_posed",
    ("threat", 1): "threat_relieved",
}
_DIGITS = re.compile(r"\d{2,5}")
_WORDS = re.compile(r"[A-Z]+(-[a-z]+)*")


@dataclass(frozen=True)
class Crosswalk:
    """A crosswalk.

    Attributes
    ----------
    name : ``cameo``, ``weis``, ``plover``, or the name of the user's file.
    version : ``v1``, or the first twelve digits of the file's sha256.
    table : one row a code: ``code`` (text), ``name``, ``construct``, ``sign`` (-1, 0, 1), ``strength`` (weak, moderate, strong;
        empty for the construct none), ``level`` (0-5), ``severity`` (0-3, by strength).
    """

    name: str
    version: str
    table: pd.DataFrame

    @property
    def digits(self) -> bool:
        """Whether codes are digits (CAMEO, WEIS) and not words (PLOVER)."""
        return bool(self.table["code"].str.fullmatch(_DIGITS.pattern).all())

    def match(self, codes: pd.Series) -> pd.DataFrame:
        """What each code stands for: the row of the longest code that it begins with.

        Parameters
        ----------
        codes
            Event codes as text.

        Returns
        -------
        DataFrame
            With the index of ``codes``: ``matched`` (the crosswalk's code, missing if there is none), ``construct, sign,
            strength, level, severity``.

        Examples
        --------
        >>> read("cameo-v1").match(pd.Series(["051", "0599", "21"]))["matched"].to_list()
        ['051', '05', nan]
        """
        known = set(self.table["code"])
        unique = {c: next((c[:n] for n in range(len(c), 0, -1) if c[:n] in known), None) for c in set(codes.dropna())}
        matched = codes.map(unique).rename("matched")
        columns = ["construct", "sign", "strength", "level", "severity"]
        found = self.table.set_index("code")[columns].reindex(matched)
        return pd.concat([matched.astype(object), found.set_index(codes.index)], axis=1)

    def expanded(self) -> pd.DataFrame:
        """Every code of digits that matches, up to the longest length, so that a database can join on equality.

        A crosswalk of words is returned as it stands.
        """
        if not self.digits:
            return self.table.assign(key=self.table["code"])
        longest = int(self.table["code"].str.len().max())
        keys = pd.Series(["".join(k) for n in range(2, longest + 1) for k in product("0123456789", repeat=n)])
        return self.match(keys).assign(key=keys).dropna(subset="matched")


def embedded() -> tuple[str, ...]:
    """Names of the crosswalks shipped with the package.

    Examples
    --------
    >>> embedded()
    ('cameo-v1', 'plover-v1', 'weis-v1')
    """
    return tuple(sorted(p.stem for p in (data_folder() / "crosswalks").glob("*.csv")))


def read(path_or_name: str | Path) -> Crosswalk:
    """Read a crosswalk.

    Parameters
    ----------
    path_or_name
        ``"cameo-v1"``, ``"weis-v1"``, ``"plover-v1"``, or a CSV file with the columns ``code, name, construct, sign, strength,
        level`` (others are left alone), such as an edited copy of one of these.

    Raises
    ------
    InputError
        With every problem found: columns missing; a code that is neither text of 2 to 5 digits nor a PLOVER event with or
        without a mode; a code twice; a construct, sign, strength or level that is none.

    Examples
    --------
    >>> crosswalk = read("cameo-v1")
    >>> crosswalk.name, crosswalk.version, len(crosswalk.table)
    ('cameo', 'v1', 312)
    """
    own = str(path_or_name) in embedded()
    path = data_folder() / "crosswalks" / f"{path_or_name}.csv" if own else Path(path_or_name)
    if not path.is_file():
        mend = f"is neither a file nor a crosswalk of the package; those are {', '.join(embedded())}"
        raise InputError([Problem(str(path_or_name), mend)])
    table = tables.read_csv(path, COLUMNS, dtype=str, keep_default_na=False)
    problems = _problems(table, path.name)
    if problems:
        raise InputError(problems)
    table = table.assign(sign=table["sign"].astype(int), level=table["level"].astype(int))
    table["severity"] = table["strength"].map(SEVERITY).fillna(0).astype(int)
    name, _, version = path.stem.rpartition("-")
    if not own:
        name, version = path.stem, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return Crosswalk(name, version, table.reset_index(drop=True))


def _problems(table: pd.DataFrame, file: str) -> list[Problem]:
    """Every problem of a table that is still text."""
    found: list[Problem] = []

    def tell(bad: pd.Series, column: str, mend: str) -> None:
        found.extend(
            Problem(file, mend, row=int(i) + 2, column=column, value=str(table.loc[i, column]))
            for i in table.index[bad]
        )

    code, none = table["code"], table["construct"] == "none"
    digits = code.str.fullmatch(_DIGITS.pattern)
    good = digits | code.str.fullmatch(_WORDS.pattern)
    tell(
        ~good,
        "code",
        "must be 2 to 5 digits kept as text (051), or a PLOVER event with or without a mode (ACCUSE-allege)",
    )
    if good.all() and digits.any() and not digits.all():
        tell(~digits, "code", "is a word among digits; keep one coding a crosswalk")
    tell(code.duplicated(), "code", "occurs above; keep one")
    tell(~table["construct"].isin(list(SIGNS)), "construct", f"must be one of {', '.join(SIGNS)}")
    tell(~table["sign"].isin(["-1", "0", "1"]), "sign", "must be -1 (denies, worsens), 0 or 1 (grants, relieves)")
    pair = pd.Series(
        [
            c in SIGNS and s in {"-1", "0", "1"} and int(s) not in SIGNS[c]
            for c, s in zip(table["construct"], table["sign"], strict=True)
        ],
        index=table.index,
    )
    tell(pair, "sign", "does not fit its construct: escalation -1, cooperation 1, none 0, others -1 or 1")
    tell(~none & ~table["strength"].isin(list(SEVERITY)), "strength", f"must be one of {', '.join(SEVERITY)}")
    tell(none & (table["strength"] != ""), "strength", "must be empty for the construct none")
    tell(~table["level"].isin(list("012345")), "level", "must be a level from 0 to 5")
    return found
