"""Military interventions of the United States."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from statusmodels.sources import registry, tables
from statusmodels.sources.columns import flags, whole

SHEET = "Dataset No Format"
OBJECTIVES = {
    "ForeignReg": "remove_regime",
    "BuildReg": "build_regime",
    "Empire": "maintain_empire",
    "Territory": "territory",
    "Policy": "policy",
    "SocialProt": "social_protection",
    "Economic": "economic",
    "ProtOwn": "protect_own",
}


def cases(path: Path | None = None) -> pd.DataFrame:
    """Military Intervention Project 2022: what the United States did with its armed forces abroad, 1798-2019.

    Parameters
    ----------
    path
        A file of your own; the registry's by default. Of its three sheets the first, ``Dataset No Format``, is read.

    Returns
    -------
    DataFrame
        One row an intervention. The file lists 570 candidates; the 392 interventions of the project are those without
        ``RemoveCase``. Its mark ``MIP`` does not tell: it is 1 in 565 candidates and empty in two interventions.

        - ``name``
        - ``targets``: COW codes of the target states, a tuple: several in some cases, none where the target is no state
        - ``primary_target``: whether the state was the primary target, and not unrest or a group on its soil; <NA> where not coded
        - ``start``, ``end``: timestamps, the first possible day; NaT where unknown or unfinished
        - ``start_precision``, ``end_precision``: "day", "month", "year" or None
        - ``unfinished``: whether it went on when the data were made
        - ``disputes``: numbers of the militarized interstate disputes it belongs to, a tuple
        - ``remove_regime``, ``build_regime``, ``maintain_empire``, ``territory``, ``policy``, ``social_protection``, ``economic``,
          ``protect_own``: whether it was an objective to remove a foreign regime, to build or keep one, to keep the empire, to take or
          defend territory, to change policy, to protect people and order, to protect the economy, to protect own diplomats and forces
        - ``hostility1``, ``hostility2``: highest hostility of the United States and of the target, 1 none to 5 war
        - ``region``: ``lac`` Latin America and the Caribbean, ``eap`` East Asia and Pacific, ``eca`` Europe and Central Asia, ``mena``
          Middle East and North Africa, ``ssa`` Africa south of the Sahara, ``na`` North America, ``sa`` South Asia

    Raises
    ------
    InputError
        If the file cannot be read or is another version.

    References
    ----------
    Kushi and Toft (2023), Journal of Conflict Resolution 67:752; Toft and Kushi (2023), *Dying by the Sword*, Oxford University Press.

    Examples
    --------
    >>> done = cases()
    >>> len(done), int(done["remove_regime"].sum())
    (392, 26)
    """
    path = path or registry.path("mip/MIP Dataset 2022 OG.xlsx")
    parts = ["styear", "stmon", "stday", "endyear", "endmon", "endday"]
    texts = ["Name", "State B code", "StateB primary target?", "dispnum", "OECDReg"]
    hostility = {"US HiHost": "hostility1", "HihostB": "hostility2"}
    columns = ["RemoveCase", *texts, *parts, "Ongoing", *OBJECTIVES, *hostility]
    # "na" is North America here
    frame = whole(tables.read_excel(path, SHEET, columns, keep_default_na=False, na_values=[""]), path, ["RemoveCase"])
    frame = frame[frame["RemoveCase"] == 0].reset_index(drop=True)
    # a few cells hold the objective's number instead of 1
    met = {new: pd.to_numeric(frame[old], errors="coerce").gt(0) for old, new in OBJECTIVES.items()}
    frame = tables.without_codes(whole(frame, path, ["styear"]), [*parts, *hostility])
    out = pd.DataFrame({"name": frame["Name"].str.strip(), "targets": frame["State B code"].map(_numbers)})
    # such as "0 (pirates)"
    primary = frame["StateB primary target?"].astype(str).str.extract(r"^([01])", expand=False)
    out["primary_target"] = primary.map({"0": False, "1": True}).astype("boolean")
    out["start"], out["start_precision"] = tables.dates(frame["styear"], frame["stmon"], frame["stday"])
    out["end"], out["end_precision"] = tables.dates(frame["endyear"], frame["endmon"], frame["endday"])
    out["unfinished"] = flags(frame, ["Ongoing"])["Ongoing"]
    out["disputes"] = frame["dispnum"].map(_numbers)
    return out.assign(**met, **{new: frame[old] for old, new in hostility.items()}, region=frame["OECDReg"])


def _numbers(cell: object) -> tuple[int, ...]:
    """Whole numbers in a cell such as ``3098/3099`` or ``620. 483``."""
    return () if pd.isna(cell) else tuple(int(n) for n in re.findall(r"\d+", re.sub(r"\.0$", "", str(cell))))
