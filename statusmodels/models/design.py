"""From a Panel to the arrays of the model: centred, scaled, with the observation weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.errors import InputError, Problem
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
LEVELS = 5
MANY = 10
"""Directed dyads from which on the correlations of base rates and effects are estimated; with fewer they are taken as zero."""
OUTCOMES = ("level", "acts", "onset", "external")
SIDES = ("own", "other")
"""Whose recent escalation the first two controls hold."""


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
    history : (2 + n, D, T) own and other side's recent escalation, then n covariates, centred at ``history_mean`` (2 + n,); covariates
        also scaled to unit standard deviation. ``controls`` their names.
    era : (T,) era of each period; ``eras`` their number, those without a modelled period too: what such an era does is drawn from the
        distribution of eras, as a forecast needs it.
    level : (D, T) highest level (with the outcome ``onset``: 0 or 1); ``levels`` the highest possible.
    extra : (D, T) acts beyond the first; all acts where no level is modelled.
    weight : (D, T) 1 where the dyad's own outcomes are modelled, else 0; outcomes are zero where it is.
    mirror : (D,) index of the opposite dyad, -1 if there is none; ``keep`` the share of the escalation memory kept per period.
    start_level : (D, T) observed levels before the first modelled period (to start replicates from), NaN elsewhere.
    outcomes : which of :data:`OUTCOMES` are modelled.
    external : (D, T) an external series, NaN where it says nothing; None without one. ``external_levels`` its highest level, 0 if
        it is continuous.
    path : whether the risk has a latent path; without one the model is static.
    acts_weight : (D, T) 1 where acts are modelled, if that differs from ``weight``.
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
    outcomes: tuple[str, ...] = ("level", "acts")
    controls: tuple[str, ...] = SIDES
    levels: int = LEVELS
    external: Array | None = None
    external_levels: int = 0
    path: bool = True
    acts_weight: Array | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of dyads and periods."""
        return self.level.shape[0], self.level.shape[1]

    @property
    def has_level(self) -> bool:
        """Whether an ordinal outcome of the dyad's own is modelled."""
        return "level" in self.outcomes or "onset" in self.outcomes

    @property
    def modelled(self) -> npt.NDArray[np.bool_]:
        """(D, T) whether any outcome is modelled."""
        on = self.weight > 0
        return on if self.external is None else on | np.isfinite(self.external)

    @property
    def weights(self) -> Array:
        """(3, D, T) 1 where level, acts and external series are modelled."""
        series = np.zeros(self.shape) if self.external is None else np.isfinite(self.external).astype(float)
        none = np.zeros(self.shape)
        acts = self.weight if self.acts_weight is None else self.acts_weight
        return np.stack([self.weight if self.has_level else none, acts if "acts" in self.outcomes else none, series])

    @property
    def rivalries(self) -> tuple[str, ...]:
        """The pairs of sides, in order of appearance."""
        return tuple(dict.fromkeys(_pair(d) for d in self.dyads))

    @property
    def rivalry(self) -> Counts:
        """(D,) index of each dyad's rivalry."""
        place = {name: i for i, name in enumerate(self.rivalries)}
        return np.array([place[_pair(d)] for d in self.dyads], dtype=np.int64)

    def with_outcomes(self, level: Counts, extra: Counts) -> Design:
        """The same design with other outcomes (of the same shape), their history recomputed.

        Without the outcome ``level`` the history is not its own and stays as it was; so does that of a side that has no dyad.
        """
        from statusmodels.panel.panel import escalation_memory

        if level.shape != self.shape or extra.shape != self.shape:
            raise ValueError(f"outcomes must have shape {self.shape}, got {level.shape} and {extra.shape}")
        if "level" not in self.outcomes:
            return replace(self, level=level, extra=extra)
        past = np.where(self.weight > 0, level, np.nan_to_num(self.start_level))
        own = np.log1p(escalation_memory(past.astype(float), self.keep)) - self.history_mean[0]
        other = own[self.mirror] + self.history_mean[0] - self.history_mean[1]
        other = np.where(self.mirror[:, None] >= 0, other, self.history[1])
        return replace(self, level=level, extra=extra, history=np.concatenate([[own, other], self.history[2:]]))


def _pair(dyad: str) -> str:
    return "-".join(sorted(dyad.split(">")))


def _standardize(x: Array, weight: Array, scale: Array | None = None) -> Array:
    """Centre and scale (..., D, T) at the mean and standard deviation over the weighted dyad-periods."""
    n = weight.sum()
    mean = (x * weight).sum(axis=(-2, -1), keepdims=True) / n
    if scale is None:
        scale = np.sqrt((((x - mean) ** 2) * weight).sum(axis=(-2, -1), keepdims=True) / n)
    return (x - mean) / np.where(scale > 0, scale, 1.0)


def design(panel: xr.Dataset, outcomes: Sequence[str] = ("level", "acts"), path: bool = True) -> Design:
    """Arrays of the model for a panel.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`; some of its dyads will do. ``observed`` may be by period or by dyad and
        period; a missing outcome is NaN. A missing level adds nothing to the histories after it.
    outcomes
        Which outcomes of the one latent risk are modelled: ``"level"`` (ordinal), ``"acts"`` (negative binomial; with ``level``, the
        acts beyond the first), ``"onset"`` (binary; see :func:`statusmodels.panel.outcomes.with_onset`), ``"external"`` (see
        :func:`statusmodels.panel.outcomes.with_external`).
    path
        False leaves out the latent path: a static model.

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        If an outcome is unknown or not in the panel, none is named, ``onset`` stands beside ``level`` or ``acts``, which would
        use the same acts twice, or nothing is known where the panel is observed.
    InputError
        If a modelled dyad-period has no history, or a level above 0 without an act.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> design(build(load("us-russia"))).shape
    (2, 576)
    """
    if isinstance(outcomes, str):
        outcomes = (outcomes,)
    outcomes = tuple(outcomes)
    _check(panel, outcomes)
    own = panel[next((name for name in ("onset", "level", "acts") if name in outcomes), "level")].to_numpy()
    raw_acts = panel["acts"].to_numpy()
    dyads, periods = own.shape
    observed = panel["observed"].broadcast_like(panel["level"]).transpose("dyad", "period").to_numpy()
    weight = (observed & np.isfinite(own) & (set(outcomes) != {"external"})).astype(float)
    external, external_levels = None, 0
    if "external" in outcomes:
        external = np.where(observed, panel["external"].transpose("dyad", "period").to_numpy(), np.nan)
        if panel.attrs["external_kind"] == "ordinal":
            external_levels = int(np.nanmax(external, initial=0))
            if not external_levels:
                raise ValueError(
                    "the ordinal external series is never above its lowest level where the panel is observed"
                )
    counted = weight if external is None else np.maximum(weight, np.isfinite(external))
    if not counted.any():
        raise ValueError(f"no dyad-period of the panel has an observed {' or '.join(outcomes)}")
    level = np.where(weight > 0, own, 0).astype(np.int64)
    counts = weight * np.isfinite(raw_acts)
    acts = np.where(counts > 0, raw_acts, 0).astype(np.int64)

    memory = np.stack([_standardize(panel[f"{s}_memory"].to_numpy(), counted) for s in SIGNALS])
    threat = []
    for name in THREAT_SIGNALS:
        x = panel[f"{name}_memory"].transpose("category", "half_life", "dyad", "period").to_numpy()
        total = x.sum(axis=0)
        n = counted.sum()
        mean = (total * counted).sum(axis=(-2, -1), keepdims=True) / n
        scale = np.sqrt((((total - mean) ** 2) * counted).sum(axis=(-2, -1), keepdims=True) / n)
        threat.append(_standardize(x, counted, scale[None]))
    history = panel["history"].to_numpy()
    controls = tuple(str(name) for name in panel["side"].to_numpy())
    if controls[:2] != SIDES:
        raise ValueError(f"the panel's history must begin with {', '.join(SIDES)}; it has {', '.join(controls)}")
    _check_cells(
        panel, counted > 0, np.isnan(history).any(axis=0), "has no history; give its history, or leave it unobserved"
    )
    odd = (weight > 0) & (own > 0) & (raw_acts == 0) & ("acts" in outcomes) & ("level" in outcomes)
    _check_cells(panel, odd, odd, "has a level above 0 and no act; give NaN acts where they are not counted")
    history = np.nan_to_num(history)
    mean = (history * counted).sum(axis=(-2, -1)) / counted.sum()
    history = history - mean[:, None, None]
    history[2:] = _standardize(history[2:], counted)
    names = tuple(str(d) for d in panel["dyad"].to_numpy())
    opposite = [">".join(reversed(d.split(">"))) for d in names]
    return Design(
        memory=np.ascontiguousarray(memory.reshape(4, -1, dyads * periods)),
        threat=np.ascontiguousarray(np.stack(threat).reshape(2, -1, dyads * periods)),
        history=np.ascontiguousarray(history),
        history_mean=mean,
        era=panel["era"].to_numpy().astype(np.int64),
        eras=panel.sizes["era_index"],
        level=level,
        extra=np.maximum(acts - 1, 0) if "level" in outcomes else acts,
        weight=weight,
        mirror=np.array([names.index(o) if o in names else -1 for o in opposite]),
        keep=float(panel.attrs["history_keep"]),
        start_level=np.where(weight > 0, np.nan, panel["level"].to_numpy()),
        half_lives=panel["half_life"].to_numpy().astype(float),
        categories=tuple(str(c) for c in panel["category"].to_numpy()),
        dyads=names,
        outcomes=outcomes,
        controls=controls,
        levels=1 if "onset" in outcomes else LEVELS,
        external=external,
        external_levels=external_levels,
        path=path,
        acts_weight=None if (counts == weight).all() else counts,
    )


def _check(panel: xr.Dataset, outcomes: tuple[str, ...]) -> None:
    unknown = [name for name in outcomes if name not in OUTCOMES]
    if unknown or not outcomes:
        raise ValueError(f"outcomes must be some of {', '.join(OUTCOMES)}; got {', '.join(outcomes) or 'none'}")
    if "onset" in outcomes and {"level", "acts"} & set(outcomes):
        raise ValueError("onset is read off the levels: modelled beside level or acts it would use the same acts twice")
    for name in outcomes:
        if name not in panel:
            raise ValueError(f"the panel has no {name!r}; see statusmodels.panel.outcomes")


def _check_cells(panel: xr.Dataset, where: npt.NDArray[np.bool_], bad: npt.NDArray[np.bool_], mend: str) -> None:
    """Name every dyad-period of ``where`` that is bad."""
    found = [
        Problem(
            "panel",
            mend,
            row=None,
            column="dyad, period",
            value=f"{panel['dyad'].to_numpy()[d]}, {str(panel['period'].to_numpy()[t])[:10]}",
        )
        for d, t in np.argwhere(where & bad)
    ]
    if found:
        raise InputError(found)
