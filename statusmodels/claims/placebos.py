"""Placebos of the verdict: refits of panels in which the claim must not appear.

- **Signals of the future** (:func:`~statusmodels.claims.placebo_panels.future`): memories of the acts dated strictly *after* each
  period predict the level in it. A later act cannot have caused an earlier escalation, so an effect here is not the claim's. It need
  not be nothing, though: escalation may cause later slights and threats, and rivalries have tense decades in which all things are
  frequent. So this placebo measures the association in reverse, and what both share. A verdict as strong from the future as from the
  past says that the order in time on which the claim rests cannot be read off the panel; a weaker one is what the claim expects.
- **Signals of the future beyond the past** (:func:`~statusmodels.claims.placebo_panels.beyond_past`): the same, less what the true
  past signals predict of it. It takes out of the future what is there only because signals last.
- **Shuffled eras or years** (:func:`~statusmodels.claims.placebo_panels.shuffled`): all signals of all dyads together, in whole blocks
  of time, put in another order against the outcomes. How often insult and injury meet stays as it was; that they meet before an
  escalation is left to chance. Many orders give a distribution of E1, E2 and E3 under no claim, in which the real one has a rank.
- **Cooperation in honor's place** (:func:`~statusmodels.claims.placebo_panels.cooperation_for_honor`): the severity of the sender's
  cooperative acts is called honor denied. It is no slight, so it must not give *supported*; it may well lower the risk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.claims.estimands import ESTIMANDS
from statusmodels.claims.multiverse import told_of
from statusmodels.claims.placebo_panels import SHUFFLED, beyond_past, blocks, cooperation_for_honor, future, shuffled
from statusmodels.claims.refit import judged, refit
from statusmodels.criticism.refit import QUICK
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import build
from statusmodels.panel.periods import Period

REAL, FUTURE, BEYOND_PAST, COOPERATION = (
    "none: the panel as it is",
    "future",
    "future beyond past",
    "cooperation as honor",
)
ORDERS = 20


@dataclass(frozen=True)
class Ground:
    """What all placebos share."""

    catalogue: Catalogue
    period: Period
    sampler: Sampler
    priors: Priors


def placebo(ground: Ground, piece: Piece) -> Result:
    """Refit and judge one placebo; ``piece`` has its name under ``placebo`` and a ``seed``."""
    name, seed = piece["placebo"], int(piece["seed"])
    catalogue = cooperation_for_honor(ground.catalogue) if name == COOPERATION else ground.catalogue
    panel = build(catalogue, ground.period)
    if name in SHUFFLED:
        panel = shuffled(panel, name, seed)
    elif name in (FUTURE, BEYOND_PAST):
        past, panel = panel, future(catalogue, panel)
        panel = beyond_past(panel, past) if name == BEYOND_PAST else panel
    elif name not in (REAL, COOPERATION):
        raise ValueError(f"no placebo is called {name!r}")
    arrays = design(panel)
    drawn, told = refit(arrays, seed, priors=ground.priors, sampler=ground.sampler)
    of_estimands = told_of(drawn, ground.sampler.chains)
    told["rhat"] = float(np.max([told["rhat"], of_estimands["rhat"]]))
    return {**judged(drawn, arrays), **told, "modelled_periods": int(arrays.weight.sum())}


def placebos(
    catalogue: Catalogue,
    place: Place,
    period: Period = "month",
    orders: int = ORDERS,
    seed: int = 1,
    sampler: Sampler = QUICK,
    priors: Priors | None = None,
) -> pd.DataFrame:
    """Refit and judge all placebos, and the panel as it is.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    place
        Where refits are stored and run.
    period
        Length of the panel's periods.
    orders
        Number of orders of the eras, and of the years.
    seed
        The first of the seeds; the orders take those that follow.
    sampler
        Settings of the refits.
    priors
        The documented ones if None.

    Returns
    -------
    DataFrame, one row a refit
        ``placebo, seed``, the record of :func:`statusmodels.claims.refit.judged`, the number of ``modelled_periods`` and ``rhat`` (the
        estimands' included), ``rhat_at, bulk_ess, divergences``. The panel as it is comes first. A panel whose observed periods make
        only one block of eras, or of years, has no such order.
    """
    single = [{"placebo": name, "seed": seed} for name in (REAL, FUTURE, BEYOND_PAST, COOPERATION)]
    panel = build(catalogue, period)
    possible = [name for name in SHUFFLED if len(blocks(panel, name)) > 1]
    many = [{"placebo": name, "seed": seed + k} for name in possible for k in range(orders)]
    pieces = [*single, *many]
    results = run(placebo, Ground(catalogue, period, sampler, priors or Priors()), pieces, place)
    return pd.DataFrame([{**piece, **result} for piece, result in zip(pieces, results, strict=True)])


def ranks(rows: pd.DataFrame, kinds: Iterable[str] = SHUFFLED, estimands: Sequence[str] = ESTIMANDS) -> pd.DataFrame:
    """The real estimands among those of the shuffled panels.

    Parameters
    ----------
    rows
        As returned by :func:`placebos`.
    kinds
        Placebos of many orders.
    estimands
        Names of estimands.

    Returns
    -------
    DataFrame, one row a kind and estimand
        ``real``: posterior mean of the panel as it is; ``5%, median, 95%`` of the posterior means of the placebos; ``rank``: 1 if
        the real one is the largest, ``of`` so many with it; ``share``: rank / of, the one-sided p-value of a permutation test, were
        blocks exchangeable (signals that last beyond a block's end make that only nearly so); ``supported``: share of the placebos
        with that verdict.

    Examples
    --------
    >>> from statusmodels.claims.placebo_panels import ERAS
    >>> rows = pd.DataFrame({"placebo": [REAL, ERAS, ERAS], "e3_mean": [0.2, 0.3, 0.1], "word": "undecided"})
    >>> ranks(rows, [ERAS], ["e3"])[["rank", "of", "supported"]]
       rank  of  supported
    0     2   3        0.0
    """
    real = rows[rows["placebo"] == REAL].iloc[0]
    out: list[dict[str, Any]] = []
    for kind in kinds:
        some = rows[rows["placebo"] == kind]
        if not len(some):  # the panel is too short for such an order
            continue
        for name in estimands:
            means = some[f"{name}_mean"].to_numpy(dtype=float)
            low, middle, high = np.quantile(means, [0.05, 0.5, 0.95])
            rank = 1 + int((means >= real[f"{name}_mean"]).sum())
            out.append(
                {
                    "placebo": kind,
                    "estimand": name,
                    "real": float(real[f"{name}_mean"]),
                    "5%": low,
                    "median": middle,
                    "95%": high,
                    "rank": rank,
                    "of": len(means) + 1,
                    "share": rank / (len(means) + 1),
                    "supported": float((some["word"] == "supported").mean()),
                }
            )
    return pd.DataFrame(out)
