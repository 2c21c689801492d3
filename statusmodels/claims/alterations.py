"""The arrays of a panel as they would be if one event were not there, or were judged otherwise.

An event's signals are remembered, linearly, in the periods after it by the dyad that it belongs to. As an act of escalation it may be
the highest of its period in the opposite dyad, and so enter the history of both dyads from then on. Nothing else changes.

Signals stay centred and scaled at the full panel's constants, and history at its mean. A coefficient then means the same and has
the same prior with the event and without, so that what changes is what the data say, and not also the unit in which it is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import pooled_level, pooled_severity
from statusmodels.models.design import Design
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, acts_of, escalation_memory
from statusmodels.panel.periods import calendar, fading
from statusmodels.panel.severities import SIGNAL_CONSTRUCTS

Array = npt.NDArray[np.float64]
ESCALATION, HIGHEST = "escalation", 5
REMOVED = "removed"


def _step(constructs: tuple[str, ...], by: int, lowest: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def recoded(codings: pd.DataFrame) -> pd.DataFrame:
        severity = (codings["severity"] + by).clip(lowest, HIGHEST)
        return codings.assign(severity=codings["severity"].where(~codings["construct"].isin(constructs), severity))

    return recoded


ALTERATIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame] | None] = {
    REMOVED: None,
    "severity one lower": _step(SIGNAL_CONSTRUCTS, -1, 1),
    "severity one higher": _step(SIGNAL_CONSTRUCTS, 1, 1),
    "level one lower": _step((ESCALATION,), -1, 0),
}
"""What becomes of an event's codings, those of every coder alike. A severity stays between 1 and 5; an escalation of level 1 becomes
none."""


@dataclass(frozen=True)
class Alterable:
    """A panel of a catalogue, its events at hand to be altered.

    Attributes
    ----------
    catalogue, design : the catalogue and the arrays of its panel.
    starts : (T,) first days of the periods.
    covered : (T,) whether a period is wholly inside the searched window.
    severities : by event, its pooled severities on the signal constructs.
    acts : one row an event that the panel holds, indexed by ``event_id``: ``date, end_date, dyad`` (index of the dyad whose signals it
        is), ``row`` (of the dyad whose outcome it is), ``t`` (its period), ``level``.
    raw_level, raw_count : (D, T) highest level and number of escalatory acts, zero where a period is not covered.
    scale : (4, K) and (2, K), by which the signals and the threats were divided.
    """

    catalogue: Catalogue
    design: Design
    starts: pd.DatetimeIndex
    covered: npt.NDArray[np.bool_]
    severities: dict[str, pd.DataFrame]
    acts: pd.DataFrame
    raw_level: Array
    raw_count: Array
    scale: tuple[Array, Array]


def alterable(catalogue: Catalogue, panel: xr.Dataset, design: Design) -> Alterable:
    """Make a panel's events ready to be altered.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    panel
        As built from it by :func:`statusmodels.panel.panel.build`, with all its dyads.
    design
        Arrays of the panel, with the level among the outcomes.

    Returns
    -------
    Alterable

    Raises
    ------
    ValueError
        If the panel's memories are told at the days of outcomes, which differ once an outcome does; if the level is not modelled; or
        if some dyads or events of the catalogue are not in the panel.
    """
    if panel.attrs.get("ordering", "period") != "period":
        raise ValueError(
            "memories told at the days of outcomes change with them; build the panel with ordering='period'"
        )
    if "level" not in design.outcomes:
        raise ValueError(f"the level must be among the outcomes, which are {', '.join(design.outcomes)}")
    dyads = panel["dyad"].to_index()
    all_dyads = {f"{j}>{i}" for j in catalogue.sides for i in catalogue.sides if i != j}
    if set(dyads) != all_dyads or panel.attrs.get("sha256") != catalogue.sha256:
        raise ValueError("the panel must be of this catalogue, with all its dyads")
    starts = pd.DatetimeIndex(panel["period"].to_numpy())
    periods = calendar(starts[0], starts[-1], panel.attrs["period_length"])
    acts = acts_of(catalogue)
    acts = acts.assign(
        dyad=dyads.get_indexer(acts["sender"] + ">" + acts["receiver"]),
        row=dyads.get_indexer(acts["receiver"] + ">" + acts["sender"]),
        t=periods.get_indexer(pd.PeriodIndex(acts["date"], freq=periods.freq)),
        level=pooled_level(catalogue, ESCALATION).to_numpy(),
    )
    on = design.modelled
    single = [panel[f"{name}_memory"].transpose("half_life", "dyad", "period") for name in SIGNALS]
    summed = [
        panel[f"{name}_memory"].sum("category").transpose("half_life", "dyad", "period") for name in THREAT_SIGNALS
    ]
    deviations = [np.stack([x.to_numpy()[:, on].std(axis=1) for x in some]) for some in (single, summed)]
    signal_scale, threat_scale = (np.where(s > 0, s, 1.0) for s in deviations)
    level, count = (panel[name].transpose("dyad", "period").to_numpy() for name in ("level", "acts"))
    return Alterable(
        catalogue,
        design,
        starts,
        np.isfinite(level).all(axis=0),
        {str(event): rows for event, rows in _of_signals(pooled_severity(catalogue)).groupby("event_id")},
        acts[acts["t"] >= 0].set_index("event_id"),
        np.nan_to_num(level),
        np.nan_to_num(count),
        (signal_scale, threat_scale),
    )


def altered(panel: Alterable, event_id: str, alteration: str = REMOVED) -> Design:
    """Arrays of the panel with one event altered.

    Parameters
    ----------
    panel
        As returned by :func:`alterable`.
    event_id
        The event.
    alteration
        One of :data:`ALTERATIONS`.

    Returns
    -------
    Design
        The very design of the panel if nothing in it changes.

    Raises
    ------
    KeyError
        If the catalogue has no such event, or the alteration is unknown.
    """
    catalogue, design = panel.catalogue, panel.design
    events = catalogue.events[catalogue.events["event_id"] == event_id]
    if not len(events):
        raise KeyError(f"no event {event_id!r} in the catalogue")
    recoded = ALTERATIONS[alteration]
    if event_id not in panel.acts.index:  # it falls after the last period
        return design
    act = panel.acts.loc[event_id]
    before = panel.severities.get(event_id, _NOTHING)
    after, level = _NOTHING, 0
    if recoded:
        codings = recoded(catalogue.codings[catalogue.codings["event_id"] == event_id])
        alone = replace(catalogue, events=events, codings=codings)
        after, level = _of_signals(pooled_severity(alone)), int(pooled_level(alone, ESCALATION).iloc[0])
    found = _with_signals(panel, act, before, after)
    return _with_level(panel, found, act, level) if panel.covered[act["t"]] and level != act["level"] else found


_NOTHING = pd.DataFrame(columns=["construct", "category", "valence", "severity"])


def _of_signals(severities: pd.DataFrame) -> pd.DataFrame:
    return severities[severities["construct"].isin(SIGNAL_CONSTRUCTS)]


def _with_signals(panel: Alterable, act: pd.Series, before: pd.DataFrame, after: pd.DataFrame) -> Design:
    design = panel.design
    if before["severity"].tolist() == after["severity"].tolist():  # a recoding keeps the rows
        return design
    half_lives = len(design.half_lives)
    day, end = pd.Series([act["date"]]), pd.Series([act["end_date"]], dtype="datetime64[ns]")
    share = fading(panel.starts, day, end, design.half_lives)[:, 0]
    signal, threat = np.zeros(len(SIGNALS)), np.zeros((len(THREAT_SIGNALS), len(design.categories)))
    for rows, sign in ((before, -1.0), (after, 1.0)):
        for row in rows.itertuples():
            if row.construct == "threat":
                threat[list(THREAT_SIGNALS.values()).index(row.valence), design.categories.index(row.category)] += (
                    sign * row.severity
                )
            else:
                signal[list(SIGNALS.values()).index((row.construct, row.valence))] += sign * row.severity
    memory = design.memory.reshape(*design.memory.shape[:2], *design.shape).copy()
    threats = design.threat.reshape(len(THREAT_SIGNALS), len(design.categories), half_lives, *design.shape).copy()
    memory[:, :, act["dyad"]] += signal[:, None, None] * share / panel.scale[0][:, :, None]
    threats[:, :, :, act["dyad"]] += threat[:, :, None, None] * share / panel.scale[1][:, None, :, None]
    return replace(design, memory=memory.reshape(design.memory.shape), threat=threats.reshape(design.threat.shape))


def _with_level(panel: Alterable, design: Design, act: pd.Series, level: int) -> Design:
    row, t = int(act["row"]), int(act["t"])
    others = panel.acts[(panel.acts["row"] == row) & (panel.acts["t"] == t) & (panel.acts.index != act.name)]
    highest = max(level, int(others["level"].max()) if len(others) else 0)
    count = int(panel.raw_count[row, t]) - int(act["level"] > 0) + int(level > 0)
    if highest == panel.raw_level[row, t] and count == panel.raw_count[row, t]:
        return design
    levels, extra, start = design.level.copy(), design.extra.copy(), design.start_level.copy()
    if design.weight[row, t] > 0:
        levels[row, t], extra[row, t] = highest, max(count - 1, 0)
    else:
        start[row, t] = highest
    past = panel.raw_level[row].copy()
    past[t] = highest
    own = np.log1p(escalation_memory(past, design.keep))
    history = design.history.copy()
    history[0, row] = own - design.history_mean[0]
    history[1, design.mirror[row]] = own - design.history_mean[1]
    return replace(design, level=levels, extra=extra, start_level=start, history=history)
