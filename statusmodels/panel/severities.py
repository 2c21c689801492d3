r"""The memories of a panel as a linear function of the severities of single acts.

Let :math:`s_j` be the severity of an act on a construct, and :math:`\pi_{jg}` the share of it that falls on a signal g (honor or
authority by valence, threat by valence and category). The memory of dyad d's signal g at the start :math:`\tau_t` of period t is

.. math:: x_{gkdt} = \sum_{j} \pi_{jg}\,s_j\,m_{kjt}

over the acts of the dyad, with :math:`m` the fading of :func:`statusmodels.panel.periods.fading`. As all acts fade alike, the sum
needs no matrix: what is left of the acts that fade is carried from one period to the next,

.. math:: f_t = 2^{-(\tau_t - \tau_{t-1}) / h_k} f_{t-1} + \sum_{j: \text{fades first at } t} \pi_{jg}\,s_j\,2^{-(\tau_t - e_j) / h_k}

and standing acts add :math:`\pi_{jg}\,s_j` from the first period after their beginning up to their end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import severity_shares
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS, acts_of
from statusmodels.panel.periods import DAYS_PER_MONTH

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
SIGNAL_CONSTRUCTS = ("honor", "authority", "threat")


class Fades(NamedTuple):
    """Where, when and how long each share of a severity is remembered; n entries, one a severity and signal.

    Entries are sorted by lane. A lane is a signal of a dyad, numbered ``signal * D + dyad``; signals are the four of
    :data:`~statusmodels.panel.panel.SIGNALS`, then threats posed by category, then threats relieved by category. A named tuple,
    so that compiled code can read it.

    Attributes
    ----------
    severity : (n,) index of the severity that is shared.
    share : (n,) share of it that falls on the lane's signal.
    begins : (n,) first period that remembers the act.
    fades : (n,) first period after the act's end, T if there is none; the act stands at full weight from ``begins`` until then.
    remains : (n, K) weight with which it enters that period, for each half-life.
    first : (lanes + 1,) first entry of each lane, and the end.
    keep : (K, T) share of what fades that is kept from the period before.
    """

    severity: Counts
    share: Array
    begins: Counts
    fades: Counts
    remains: Array
    first: Counts
    keep: Array


@dataclass(frozen=True)
class ActSeverities:
    """The severities of a catalogue's acts on the signal constructs, and how a panel remembers them.

    Attributes
    ----------
    event : (N,) row of each severity's act among the catalogue's events.
    construct : (N,) index of its construct among :data:`SIGNAL_CONSTRUCTS`; severities are sorted by construct, then event.
    fades : how they are remembered.
    dyads : number of dyads.
    """

    event: Counts
    construct: Counts
    fades: Fades
    dyads: int


def act_severities(catalogue: Catalogue, panel: xr.Dataset) -> ActSeverities:
    """Every act and signal construct that at least one coder gave, and how a panel remembers it.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    panel
        As built by :func:`statusmodels.panel.panel.build` from the same acts, its memories told at the start of each period. Its
        dyads, periods and half-lives are taken; acts of dyads that it has not are not remembered.

    Returns
    -------
    ActSeverities
        An act's severity is divided among categories and valences as its coders did on average
        (:func:`~statusmodels.events.pooling.severity_shares`).

    Raises
    ------
    ValueError
        If the panel's memories are told at the days of outcomes, whose fading differs by dyad, or its first periods were cut off.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> catalogue = load("us-russia")
    >>> len(act_severities(catalogue, build(catalogue)).event)
    762
    """
    if panel.attrs.get("ordering", "period") != "period":
        raise ValueError(
            "severities are followed through memories at the start of periods; build the panel with ordering='period'"
        )
    first = panel[[f"{name}_memory" for name in (*SIGNALS, *THREAT_SIGNALS)]].isel(period=0)
    if any(bool((values != 0).any()) for values in first.data_vars.values()):
        raise ValueError("the panel remembers acts from before its first period; give it whole, as it was built")
    shares = severity_shares(catalogue)
    shares = shares[shares["construct"].isin(SIGNAL_CONSTRUCTS)]
    event = pd.Index(catalogue.events["event_id"]).get_indexer(shares["event_id"])
    construct = pd.Index(list(SIGNAL_CONSTRUCTS)).get_indexer(shares["construct"])
    found, severity = np.unique(construct * len(catalogue.events) + event, return_inverse=True)

    acts = acts_of(catalogue).iloc[event]
    dyad = panel["dyad"].to_index().get_indexer(acts["sender"] + ">" + acts["receiver"])
    begun = acts["date"].to_numpy().astype("datetime64[D]")
    ended = acts["end_date"].fillna(acts["date"]).to_numpy().astype("datetime64[D]")
    start = panel["period"].to_numpy().astype("datetime64[D]")
    half = panel["half_life"].to_numpy()[:, None] * DAYS_PER_MONTH
    begins = np.searchsorted(start, begun, side="right")
    fades = np.maximum(np.searchsorted(start, ended, side="right"), begins)
    age = np.where(fades < len(start), (start[np.minimum(fades, len(start) - 1)] - ended).astype(float), np.inf)

    lane = _signal(shares, [str(c) for c in panel["category"].to_numpy()]) * panel.sizes["dyad"] + dyad
    # an act before the first period is no part of the panel, and one of the last period is remembered by none
    kept = np.flatnonzero((dyad >= 0) & (begun >= start[0]) & (begins < len(start)))
    kept = kept[np.argsort(lane[kept], kind="stable")]
    lanes = (len(SIGNALS) + len(THREAT_SIGNALS) * panel.sizes["category"]) * panel.sizes["dyad"]
    steps = np.diff(start).astype(float)
    return ActSeverities(
        event=found % len(catalogue.events),
        construct=found // len(catalogue.events),
        fades=Fades(
            severity=severity[kept],
            share=shares["share"].to_numpy(dtype=float)[kept],
            begins=begins[kept],
            fades=fades[kept],
            remains=np.ascontiguousarray(np.exp2(-age / half).T[kept]),
            first=np.searchsorted(lane[kept], np.arange(lanes + 1)),
            keep=np.exp2(-np.concatenate([[0.0], steps])[None, :] / half),
        ),
        dyads=panel.sizes["dyad"],
    )


def _signal(shares: pd.DataFrame, categories: list[str]) -> Counts:
    """Index of the signal on which each share falls."""
    place = {key: i for i, key in enumerate(SIGNALS.values())}
    threat = {valence: len(place) + v * len(categories) for v, valence in enumerate(THREAT_SIGNALS.values())}
    keys = zip(shares["construct"], shares["valence"], shares["category"], strict=True)
    return np.array(
        [place[c, v] if (c, v) in place else threat[v] + categories.index(g) for c, v, g in keys], dtype=np.int64
    )


def memories(acts: ActSeverities, severity: Array) -> Array:
    """Memories of all signals.

    Parameters
    ----------
    acts
        As returned by :func:`act_severities`.
    severity : (..., N)
        Severity of each act and construct.

    Returns
    -------
    array (..., 4 + 2 C, K, D, T)
        Honor denied, honor granted, authority denied, authority granted, threats posed by category, threats relieved by category.
    """
    fades = acts.fades
    half_lives, periods = fades.keep.shape
    lanes = len(fades.first) - 1
    lead = severity.shape[:-1]
    lane = np.repeat(np.arange(lanes), np.diff(fades.first))
    given = fades.share * severity[..., fades.severity]
    # axes: lane, period (one more, for what lies beyond the last), then the draws, so that repeated indices add up
    standing = np.zeros((lanes, periods + 1, *lead))
    np.add.at(standing, (lane, fades.begins), np.moveaxis(given, -1, 0))
    np.subtract.at(standing, (lane, fades.fades), np.moveaxis(given, -1, 0))
    out = np.zeros((lanes, periods + 1, half_lives, *lead))
    np.add.at(out, (lane, fades.fades), np.moveaxis(given[..., None, :] * fades.remains.T, (-1, -2), (0, 1)))
    keep = fades.keep.reshape(half_lives, periods, *(1 for _ in lead))
    for t in range(1, periods):
        out[:, t] += keep[:, t] * out[:, t - 1]
    out = out[:, :periods] + standing.cumsum(axis=1)[:, :periods, None]
    out = out.reshape(-1, acts.dyads, periods, half_lives, *lead)
    return np.ascontiguousarray(np.moveaxis(out, (0, 3, 1, 2), (-4, -3, -2, -1)))
