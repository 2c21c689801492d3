"""From a Panel to the arrays of the model: centred, scaled, with the observation weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
LEVELS = 5


@dataclass(frozen=True)
class Design:
    """Arrays of the model for D dyads, T periods, K half-lives, C threat categories.

    Predictors are centred at their mean over the modelled dyad-periods and scaled to unit standard deviation, so that a
    coefficient is a change in log odds for one standard deviation and the first cutpoint is the base rate at average
    conditions. Scaling uses no outcomes.

    Attributes
    ----------
    memory : (4, K, D * T) honor denied, honor granted, authority denied, authority granted.
    threat : (2, C * K, D * T) threats posed and relieved; all categories share one scale per half-life.
    history : (2, D, T) own and other side's recent escalation, centred at ``history_mean`` (2,).
    era : (T,) era of each period; ``eras`` their number.
    level, extra : (D, T) highest level; acts beyond the first. Zero where ``weight`` is zero.
    weight : (D, T) 1 where the outcome is modelled, else 0.
    mirror : (D,) index of the opposite dyad; ``keep`` the share of the escalation memory kept per period.
    start_level : (D, T) observed levels before the first modelled period (to start replicates from), NaN elsewhere.
    """

    memory: Array
    threat: Array
    history: Array
    history_mean: Array
    era: Counts
    eras: int
    level: Counts
    extra: Counts
    weight: Array
    mirror: Counts
    keep: float
    start_level: Array
    half_lives: Array
    categories: tuple[str, ...]
    dyads: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of dyads and periods."""
        return self.level.shape[0], self.level.shape[1]

    def with_outcomes(self, level: Counts, extra: Counts) -> Design:
        """The same design with other outcomes (of the same shape), their history recomputed."""
        from statusmodels.panel.panel import escalation_memory

        if level.shape != self.shape or extra.shape != self.shape:
            raise ValueError(f"outcomes must have shape {self.shape}, got {level.shape} and {extra.shape}")
        past = np.where(self.weight > 0, level, np.nan_to_num(self.start_level))
        own = np.log1p(escalation_memory(past.astype(float), self.keep))
        history = np.stack([own, own[self.mirror]]) - self.history_mean[:, None, None]
        return replace(self, level=level, extra=extra, history=history)


def _standardize(x: Array, weight: Array, scale: Array | None = None) -> Array:
    """Centre and scale (..., D, T) at the mean and standard deviation over the weighted dyad-periods."""
    n = weight.sum()
    mean = (x * weight).sum(axis=(-2, -1), keepdims=True) / n
    if scale is None:
        scale = np.sqrt((((x - mean) ** 2) * weight).sum(axis=(-2, -1), keepdims=True) / n)
    return (x - mean) / np.where(scale > 0, scale, 1.0)


def design(panel: xr.Dataset) -> Design:
    """Arrays of the model for a panel.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`.

    Returns
    -------
    Design

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> design(build(load("us-russia"))).shape
    (2, 576)
    """
    raw_level = panel["level"].to_numpy()
    dyads, periods = raw_level.shape
    weight = (panel["observed"].to_numpy()[None, :] & np.isfinite(raw_level)).astype(float)
    level = np.where(weight > 0, raw_level, 0).astype(np.int64)
    acts = np.where(weight > 0, panel["acts"].to_numpy(), 0).astype(np.int64)

    memory = np.stack([_standardize(panel[f"{s}_memory"].to_numpy(), weight) for s in SIGNALS])
    threat = []
    for name in THREAT_SIGNALS:
        x = panel[f"{name}_memory"].transpose("category", "half_life", "dyad", "period").to_numpy()
        total = x.sum(axis=0)
        n = weight.sum()
        mean = (total * weight).sum(axis=(-2, -1), keepdims=True) / n
        scale = np.sqrt((((total - mean) ** 2) * weight).sum(axis=(-2, -1), keepdims=True) / n)
        threat.append(_standardize(x, weight, scale[None]))
    history = panel["history"].to_numpy()
    mean = (history * weight).sum(axis=(-2, -1)) / weight.sum()
    return Design(
        memory=np.ascontiguousarray(memory.reshape(4, -1, dyads * periods)),
        threat=np.ascontiguousarray(np.stack(threat).reshape(2, -1, dyads * periods)),
        history=np.ascontiguousarray(history - mean[:, None, None]),
        history_mean=mean,
        era=panel["era"].to_numpy().astype(np.int64),
        eras=panel.sizes["era_index"],
        level=level,
        extra=np.maximum(acts - 1, 0),
        weight=weight,
        mirror=panel["mirror"].to_numpy().astype(np.int64),
        keep=float(panel.attrs["history_keep"]),
        start_level=np.where(weight > 0, np.nan, raw_level),
        half_lives=panel["half_life"].to_numpy().astype(float),
        categories=tuple(str(c) for c in panel["category"].to_numpy()),
        dyads=tuple(str(d) for d in panel["dyad"].to_numpy()),
    )
