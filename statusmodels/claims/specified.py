"""The arrays and priors of a specification, or the reason why it has none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.claims.specification import ALL, EFFECT_SCALES, OUTCOMES, POOLED, Specification, coherent
from statusmodels.errors import InputError
from statusmodels.events.catalogue import Catalogue
from statusmodels.models.design import Design, design
from statusmodels.models.priors import REPLACEABLE, Priors
from statusmodels.panel.panel import BURN_IN_MONTHS, SIGNALS, THREAT_SIGNALS, Ordering, build
from statusmodels.panel.periods import Period, months_per_period

MEMORIES = tuple(f"{name}_memory" for name in (*SIGNALS, *THREAT_SIGNALS))


class NotPossible(ValueError):
    """A specification has no panel to fit; the message says why."""


def specified(catalogue: Catalogue, specification: Specification) -> tuple[Design, Priors]:
    """Arrays of the model and priors under a specification.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    specification
        The choices.

    Returns
    -------
    Design, Priors

    Raises
    ------
    NotPossible
        If the catalogue has no such panel: a coder who did not read every act, a side that is absent, no period in the chosen eras, a
        signal that never varies, nobody ever at risk of an onset.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> arrays, _ = specified(load("us-russia"), Specification(period="year", dyads="RUS>USA"))
    >>> arrays.shape
    (1, 48)
    """
    outcome = OUTCOMES[specification.outcome]
    if not coherent(specification):
        raise NotPossible("daily ordering contradicts a further period of lag, and an onset")
    try:
        panel = specified_panel(catalogue, specification)
    except InputError as error:
        raise NotPossible("; ".join(map(str, error.problems))) from error
    if not bool((panel["observed"] & np.isfinite(panel[outcome.modelled[0]])).any()):
        raise NotPossible(f"no period of the chosen dyads and eras has a known {outcome.modelled[0]}")
    arrays = design(panel, outcome.modelled, specification.path)
    on = arrays.modelled.ravel()
    for name, values in {"honor denied": arrays.memory[0], "threat posed": arrays.threat[0]}.items():
        if not np.ptp(values[:, on], axis=-1).any():
            raise NotPossible(f"{name} never varies over the modelled periods")
    return arrays, scaled_effects(EFFECT_SCALES[specification.priors])


def specified_panel(catalogue: Catalogue, specification: Specification) -> xr.Dataset:
    """The panel under a specification, see :func:`specified`.

    A lag lengthens the burn-in by as much, so that the signals of every modelled period have been remembered for as long as without
    one.
    """
    s = specification
    if s.coder != POOLED:
        catalogue = of_coder(catalogue, s.coder)
    period: Period = s.period  # type: ignore[assignment]
    ordering: Ordering = s.ordering  # type: ignore[assignment]
    burn_in = BURN_IN_MONTHS + s.lag * months_per_period(period)
    panel = lagged(build(catalogue, period, s.half_lives, burn_in, ordering), s.lag)
    if s.threat != ALL:
        panel = panel.sel(category=_categories(s.threat, [str(c) for c in panel["category"].to_numpy()]))
    if (add := OUTCOMES[s.outcome].add) is not None:
        panel = add(panel, s)
    if s.eras != ALL:
        panel = _part(panel, catalogue.eras, s.eras)
    if s.dyads != ALL:
        if s.dyads not in panel["dyad"]:
            raise NotPossible(f"the catalogue has no dyad {s.dyads}")
        panel = panel.sel(dyad=[s.dyads])
    return panel


def of_coder(catalogue: Catalogue, coder: str) -> Catalogue:
    """The catalogue with the judgements of one coder only."""
    codings = catalogue.codings
    return replace(catalogue, codings=codings[codings["coder"] == coder].reset_index(drop=True))


def lagged(panel: xr.Dataset, periods: int) -> xr.Dataset:
    """The panel with its memories held back: a period has those of the period so many before it; the first have none.

    The history (persistence, reciprocity) stays, for it is no signal.

    Raises
    ------
    ValueError
        If the memories are told at the days of outcomes, so that a period's are not those of a fixed day.
    """
    if periods and panel.attrs["ordering"] != "period":
        raise ValueError("only memories told at the start of periods can be held back by whole periods")
    if not periods:
        return panel
    return panel.assign({name: panel[name].shift(period=periods, fill_value=0.0) for name in MEMORIES})


def _categories(threat: str, names: list[str]) -> list[str]:
    """Categories kept under the choice of a threat proxy."""
    word, _, category = threat.partition(" ")
    if word not in ("only", "without") or category not in names:
        raise NotPossible(f"there is no category of threat for {threat!r}")
    return [c for c in names if (c == category) == (word == "only")]


def _part(panel: xr.Dataset, eras: pd.DataFrame, which: str) -> xr.Dataset:
    """The periods of the eras before a date, or from it on; a period belongs to the era that it begins in."""
    word, _, day = which.partition(" ")
    later = (eras["start"] >= pd.Timestamp(day)).to_numpy()
    kept = np.flatnonzero(later if word == "from" else ~later)
    inside = np.isin(panel["era"].to_numpy(), kept)
    if not inside.any():
        raise NotPossible(f"no period lies {which}")
    part = panel.isel(period=np.flatnonzero(inside), era_index=kept)
    return part.assign(era=part["era"] - kept[0])


def scaled_effects(factor: float) -> Priors:
    """The documented priors with the scales of the effects and of their spreads multiplied by ``factor``.

    Examples
    --------
    >>> scaled_effects(2.0).table["effect"].b, scaled_effects(2.0).table["history"].b
    (0.7, 0.5)
    """
    priors = Priors()
    if factor != 1.0:
        for name in REPLACEABLE:
            if "effect" in name:
                priors = priors.scaled(name, factor)
    return priors


def serious_periods(arrays: Design, serious: int) -> tuple[int, int]:
    """Numbers of modelled dyad-periods with serious escalation, and of all."""
    on = arrays.weight > 0
    lowest = 1 if arrays.levels == 1 else serious
    return int((arrays.level[on] >= lowest).sum()), int(on.sum())


def nothing_to_explain(arrays: Design, serious: int) -> str | None:
    """Why the chance of serious escalation cannot be modelled, or None."""
    count, of = serious_periods(arrays, serious)
    what = f"onset of level {serious}" if arrays.levels == 1 else f"level {serious} or more"
    if count == 0:
        return f"no modelled dyad-period has serious escalation ({what})"
    if count == of:
        return f"every modelled dyad-period has serious escalation ({what})"
    return None
