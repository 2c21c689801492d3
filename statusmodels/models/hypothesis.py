"""Hypotheses as named sets of free coefficients of one model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

TERMS: dict[str, str] = {
    "honor_denied": "honor denied",
    "authority_denied": "authority denied",
    "threat": "material threat (injury)",
    "honor_granted": "honor granted",
    "authority_granted": "authority granted",
    "threat_relieved": "material threat relieved",
    "honor_x_threat": "honor denied x threat (product)",
    "authority_x_threat": "authority denied x threat (product)",
    "honor_gate": "honor denied, gated by threat",
    "honor_threshold": "honor denied x threat beyond a threshold",
}
HONOR = frozenset({"honor_denied", "honor_granted"})
AUTHORITY = frozenset({"authority_denied", "authority_granted"})
INJURY = frozenset({"threat", "threat_relieved"})
VARYING = ("honor_denied", "authority_denied", "threat")
"""Terms whose effects vary by dyad, rivalry and era."""


@dataclass(frozen=True)
class Hypothesis:
    """A restriction of the model: the coefficients left free; all others are zero.

    Parameters
    ----------
    name : short name, used in file names and tables.
    free : names out of :data:`TERMS`; any iterable of them.
    says : one sentence in plain words.

    Raises
    ------
    ValueError
        If a term is unknown.

    Examples
    --------
    >>> Hypothesis("threat-only", {"threat"}).mask().sum()
    np.float64(1.0)
    """

    name: str
    free: Collection[str]
    says: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", frozenset([self.free] if isinstance(self.free, str) else self.free))
        unknown = sorted(set(self.free) - set(TERMS))
        if unknown:
            raise ValueError(f"hypothesis {self.name!r}: unknown terms {unknown}; the terms are {list(TERMS)}")

    def mask(self) -> npt.NDArray[np.float64]:
        """(10,) 1 where a coefficient is free and 0 where it is held at zero, in the order of :data:`TERMS`."""
        return np.array([float(term in self.free) for term in TERMS])


HYPOTHESES: dict[str, Hypothesis] = {
    h.name: h
    for h in (
        Hypothesis("baseline", frozenset(), "Only history: persistence, reciprocity, eras."),
        Hypothesis("honor-alone", HONOR, "Honor denied raises the risk by itself."),
        Hypothesis("status-alone", HONOR | AUTHORITY, "Honor and authority denied raise the risk by themselves."),
        Hypothesis("injury-alone", INJURY, "Material threats raise the risk by themselves; status does not matter."),
        Hypothesis("additive", HONOR | AUTHORITY | INJURY, "Status and threats each add to the risk."),
        Hypothesis(
            "honor-plus-injury",
            HONOR | AUTHORITY | INJURY | {"honor_x_threat", "authority_x_threat"},
            "Threats change what a denial of status does: the effects multiply.",
        ),
        Hypothesis(
            "gated",
            (HONOR | AUTHORITY | INJURY | {"honor_gate"}) - {"honor_denied"},
            "Honor denied matters only once a threat is there.",
        ),
    )
}
ENCOMPASSING = "honor-plus-injury"
THRESHOLD = Hypothesis(
    "threshold",
    (HONOR | AUTHORITY | INJURY | {"honor_threshold"}) - {"honor_denied"},
    "Honor denied does nothing up to a threshold of threat, and more the further the threat is beyond it.",
)
"""The gate with a corner in the place of a smooth rise: exactly nothing below its location."""
