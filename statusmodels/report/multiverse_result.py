"""The multiverse of a catalogue as a result: record, page, table and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.claims.multiverse import FAILED, MAX_DIVERGENT, MAX_RHAT, NOT_POSSIBLE, RUNS, multiverse
from statusmodels.claims.multiverse_tables import (
    FEW,
    combination_rows,
    flips,
    one_away_rows,
    rich_combination_rows,
    shares,
)
from statusmodels.claims.specification import OUTCOMES, WIDTHS, choices, left_out
from statusmodels.claims.verdict import WORDS, Rule
from statusmodels.criticism.refit import QUICK
from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference.refits import Place
from statusmodels.inference.sampling import Sampler
from statusmodels.report.multiverse_figure import specification_curve
from statusmodels.report.multiverse_page import page
from statusmodels.report.results import plain, record, write
from statusmodels.report.style import saved
from statusmodels.sources.conduct import pinned

STEM = "multiverse"
MAX_FAILING = 0.05
CRITERION = (
    "every specification was judged or has a stated reason why it cannot be; and of the refits, those that did not hold"
    f" having been repeated once with twice the draws and smaller steps, at most {100 * MAX_FAILING:.0f} % have an R-hat"
    f" above {MAX_RHAT} or divergences in more than {100 * MAX_DIVERGENT:.0f} % of the draws"
)
SETS = {
    "one choice away": one_away_rows,
    "combinations": combination_rows,
    f"combinations, {FEW} serious or more": rich_combination_rows,
}


def write_multiverse(
    catalogue: Catalogue,
    out: Path,
    place: Place,
    runs: int = RUNS,
    seed: int = 1,
    values: Mapping[str, tuple[Any, ...]] | None = None,
    sampler: Sampler = QUICK,
) -> dict[str, Any]:
    """Compute the multiverse and write ``multiverse.json``, ``.md``, ``.csv`` and ``.png`` into a folder.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    out
        The folder.
    place
        Where refits are stored and run: what is stored is not computed again.
    runs, seed, values, sampler
        As in :func:`statusmodels.claims.multiverse.multiverse`.

    Returns
    -------
    dict
        The record, as written to ``multiverse.json``.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError([Problem(str(out), f"cannot be written ({error.strerror}); choose another --out")]) from error
    values = choices(catalogue) if values is None else values
    rows = multiverse(catalogue, place, runs, seed, sampler, values)
    told = summary(rows)
    found = record(
        told["diagnostics"]["failing_share"] <= MAX_FAILING and not told["counts"][FAILED],
        CRITERION,
        catalogue.sha256,
        catalogue=catalogue.name,
        **told,
        choices={**{k: list(v) for k, v in values.items()}, "width_share": list(WIDTHS)},
        left_out=left_out(values),
        outcome_files=pinned({s for name in values.get("outcome", ()) if (s := OUTCOMES[name].source)}),
        runs=runs,
        seed=seed,
        sampler=asdict(sampler),
        harder=asdict(sampler.harder()),
        verdict_rule=asdict(Rule()),
    )
    rows.to_csv(out / f"{STEM}.csv", index=False, float_format="%.6g", lineterminator="\n")
    saved(specification_curve(rows), out / f"{STEM}.png")
    write(out, STEM, found, page(found))
    return found


def summary(rows: pd.DataFrame) -> dict[str, Any]:
    """What a multiverse says in sum, as plain values.

    Parameters
    ----------
    rows
        As returned by :func:`statusmodels.claims.multiverse.evaluated`.

    Returns
    -------
    dict
        ``counts`` of specifications at the documented width: ``tried, judged``, each word, ``not possible, failed``, each
        set; ``documented``: the word of the documented one, None if it is not among them; ``shares`` by set and width;
        ``flips``; ``impossible`` and ``lost``: specifications with their reasons; ``diagnostics`` of the refits.
    """
    at = rows[rows["width_share"] == WIDTHS[0]]
    documented = at.loc[at["away"] == 0, "word"]
    by_set = pd.concat([shares(part(rows), ["width_share"]).assign(set=name) for name, part in SETS.items()])
    judged = at[at["word"].isin(WORDS)]
    # one row a refit: of those that it serves, the one with the largest R-hat
    refits = judged.sort_values("rhat", na_position="last").drop_duplicates("seed", keep="last")
    bad = refits[~refits["holds"].astype(bool)]
    quantiles = {f"{100 * q:g}%": float(np.quantile(refits["rhat"], q)) for q in (0.5, 0.95, 1.0) if len(refits)}
    return {
        "counts": {
            "tried": len(at),
            "judged": len(judged),
            **{word: int((at["word"] == word).sum()) for word in (*WORDS, NOT_POSSIBLE, FAILED)},
            **{name: len(part(at)) for name, part in SETS.items()},
        },
        "documented": str(documented.iloc[0]) if len(documented) else None,
        "shares": plain(by_set),
        "flips": plain(flips(rows)),
        "impossible": plain(at.loc[at["word"] == NOT_POSSIBLE, ["specification", "reason"]]),
        "lost": plain(at.loc[at["word"] == FAILED, ["specification", "reason"]]),
        "diagnostics": {
            "refits": len(refits),
            "refitted_harder": int(refits["harder"].astype(bool).sum()),
            "failing_share": len(bad) / len(refits) if len(refits) else 0.0,
            "failing": plain(bad[["specification", "rhat", "rhat_at", "divergences"]]),
            "rhat_quantiles": {name: value if np.isfinite(value) else None for name, value in quantiles.items()},
        },
    }
