"""What the density takes besides the point at which it is evaluated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from statusmodels.models.kernel.compiled import compiled
from statusmodels.models.kernel.packing import cube, integers, matrix, vector

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


class Arguments(NamedTuple):
    """Data, priors, hypothesis and coordinates of one posterior.

    Attributes
    ----------
    at : (35,) first index of each block of the unconstrained vector, and the end.
    prior : (33, 3) family and two hyperparameters of each block but the path.
    terms : (10,) 1 where the hypothesis frees a coefficient and 0 where it does not.
    memory : (4, K, D * T) faded honor denied, honor granted, authority denied, authority granted.
    threat : (2, C * K, D * T) faded threats posed and relieved.
    history : (2 + n, D, T) own and other side's recent escalation, then covariates.
    era : (T,) and rivalry : (D,) index of each period's era and of each dyad's rivalry.
    level, acts, external : (D, T) outcomes.
    weight : (3, D, T) 1 where level, count and external series are modelled, else 0.
    curvature, response : (D, T) pilot's curvature and working response of the path.
    group_curvature, group_response : (groups,) the same of the groups' deviations, in the order of their blocks.
    """

    at: Counts
    prior: Array
    terms: Array
    memory: Array
    threat: Array
    history: Array
    era: Counts
    rivalry: Counts
    level: Array | Counts
    acts: Array | Counts
    external: Array
    weight: Array
    curvature: Array
    response: Array
    group_curvature: Array
    group_response: Array


@compiled
def unpacked(buffer, i):  # type: ignore[no-untyped-def]
    """The :class:`Arguments` that begin at ``i`` of a buffer, and where the next array begins."""
    at, i = integers(buffer, i)
    prior, i = matrix(buffer, i)
    terms, i = vector(buffer, i)
    memory, i = cube(buffer, i)
    threat, i = cube(buffer, i)
    history, i = cube(buffer, i)
    era, i = integers(buffer, i)
    rivalry, i = integers(buffer, i)
    level, i = matrix(buffer, i)
    acts, i = matrix(buffer, i)
    external, i = matrix(buffer, i)
    weight, i = cube(buffer, i)
    curvature, i = matrix(buffer, i)
    response, i = matrix(buffer, i)
    group_curvature, i = vector(buffer, i)
    group_response, i = vector(buffer, i)
    return Arguments(
        at, prior, terms, memory, threat, history, era, rivalry, level, acts, external, weight,
        curvature, response, group_curvature, group_response,
    ), i  # fmt: skip
