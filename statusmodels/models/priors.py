"""The priors: one table, each row with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

Family = Literal["normal", "halfnormal", "beta"]


@dataclass(frozen=True)
class Prior:
    """Prior of one block of parameters.

    ``normal``: location, scale. ``halfnormal``: scale in ``b`` (``a`` unused). ``beta``: both shapes.
    """

    family: Family
    a: float
    b: float
    reason: str


DEFAULTS: dict[str, Prior] = {
    "effect": Prior("normal", 0, 0.5, "a standard deviation more of a signal changes the log odds by under 1 (95 %)"),
    "effect_spread": Prior("halfnormal", 0, 0.25, "dyads differ in an effect by less than the effect itself"),
    "effect_offset": Prior("normal", 0, 1, "non-centred deviations of dyads; fixed"),
    "honor_memory": Prior("normal", 0, 1, "logits of the half-life weights: even, any one may dominate"),
    "authority_memory": Prior("normal", 0, 1, "as honor_memory"),
    "threat_memory": Prior("normal", 0, 1, "as honor_memory"),
    "threat_weight": Prior("normal", 0, 0.7, "logits of the threat categories' weights, pulled towards equality"),
    "gate_location": Prior("normal", 0.5, 0.75, "the gate opens within the observed range of the injury index"),
    "gate_slope": Prior("normal", 1, 0.5, "log slope: the gate opens over about one standard deviation of injury"),
    "history": Prior("normal", 0, 0.5, "persistence and reciprocity per log unit of recent escalation"),
    "base_spread": Prior("halfnormal", 0, 0.5, "base rates of dyads within a factor of about three in odds"),
    "base_offset": Prior("normal", 0, 1, "non-centred deviations of dyads; fixed"),
    "era_spread": Prior("halfnormal", 0, 0.5, "eras differ as dyads do"),
    "era_offset": Prior("normal", 0, 1, "non-centred deviations of eras; fixed"),
    "sigma": Prior(
        "halfnormal",
        0,
        0.5,
        "unexplained risk moves by up to 1 in log odds (95 %), a factor of 7 in odds from calm to tense",
    ),
    "rho": Prior("beta", 4, 2, "months resemble the months before; neither white noise nor a random walk"),
    "cut_first": Prior("normal", 1.5, 1.5, "an act of any level in 3 % to 80 % of periods at average conditions"),
    "cut_gap": Prior("normal", -0.3, 0.75, "log gaps between levels: each level is rarer by a factor of 1.2 to 25"),
    "act_intercept": Prior("normal", -1, 1, "log mean of further acts in a period that has one"),
    "act_slope": Prior("halfnormal", 0, 0.5, "more risk, more acts; weakly"),
    "act_rise": Prior("normal", 0, 0.5, "a higher level comes with more acts, or with fewer"),
    "act_dispersion": Prior("normal", 0.5, 1, "log dispersion of further acts: from strongly to barely overdispersed"),
}
FIXED = frozenset({"effect_offset", "base_offset", "era_offset"})


@dataclass(frozen=True)
class Priors:
    """The prior table with any replacements.

    Parameters
    ----------
    replaced
        Prior by block name; blocks not named keep their default.

    Raises
    ------
    ValueError
        For an unknown or fixed block, another family than the default's, or a scale or shape that is not positive.

    Examples
    --------
    >>> Priors({"sigma": Prior("halfnormal", 0, 0.3, "a calmer rivalry")}).table["sigma"].b
    0.3
    """

    replaced: Mapping[str, Prior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, prior in self.replaced.items():
            if name not in DEFAULTS or name in FIXED:
                free = [n for n in DEFAULTS if n not in FIXED]
                raise ValueError(f"no prior is called {name!r}; replaceable are {', '.join(free)}")
            if prior.family != DEFAULTS[name].family:
                raise ValueError(f"the prior of {name} must stay {DEFAULTS[name].family}, not {prior.family}")
            if prior.b <= 0 or (prior.family == "beta" and prior.a <= 0):
                raise ValueError(f"the prior of {name} needs a positive scale (or shapes), got {prior.a}, {prior.b}")

    @property
    def table(self) -> dict[str, Prior]:
        """All priors by block, replacements in place."""
        return {**DEFAULTS, **self.replaced}

    def array(self) -> npt.NDArray[np.float64]:
        """Hyperparameters of all blocks, in order of the layout, shape (B, 2)."""
        return np.array([(p.a, p.b) for p in self.table.values()])

    def scaled(self, name: str, factor: float) -> Priors:
        """The same priors with the scale of one block multiplied by ``factor``."""
        prior = self.table[name]
        return Priors({**self.replaced, name: replace(prior, b=prior.b * factor)})
