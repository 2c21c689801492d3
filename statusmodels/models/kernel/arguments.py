"""What the density takes besides the point at which it is evaluated.

Arrays over dyad-periods are flat: the periods of one dyad after those of another, N in all. A dyad has all its periods where
something needs them (a latent path, gradients by severities), and only the modelled ones where nothing does.
"""

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
    memory : (4, K, N) faded honor denied, honor granted, authority denied, authority granted.
    threat : (2, C * K, N) faded threats posed and relieved.
    history : (2 + n, N) own and other side's recent escalation, then covariates.
    begins : (D + 1,) where the periods of each dyad begin, and N.
    rivalry : (D,) index of each dyad's rivalry.
    stretch : (S + 1,) where the stretches of a dyad's periods in one era begin, and N.
    dyad, era : (S,) of each stretch.
    level, acts, external : (N,) outcomes.
    weight : (3, N) 1 where level, count and external series are modelled, else 0.
    curvature, response : (N,) pilot's curvature and working response of the path.
    group_curvature, group_response : (groups,) the same of the groups' deviations, in the order of their blocks.
    """

    at: Counts
    prior: Array
    terms: Array
    memory: Array
    threat: Array
    history: Array
    begins: Counts
    rivalry: Counts
    stretch: Counts
    dyad: Counts
    era: Counts
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
    history, i = matrix(buffer, i)
    begins, i = integers(buffer, i)
    rivalry, i = integers(buffer, i)
    stretch, i = integers(buffer, i)
    dyad, i = integers(buffer, i)
    era, i = integers(buffer, i)
    level, i = vector(buffer, i)
    acts, i = vector(buffer, i)
    external, i = vector(buffer, i)
    weight, i = matrix(buffer, i)
    curvature, i = vector(buffer, i)
    response, i = vector(buffer, i)
    group_curvature, i = vector(buffer, i)
    group_response, i = vector(buffer, i)
    return Arguments(
        at, prior, terms, memory, threat, history, begins, rivalry, stretch, dyad, era,
        level, acts, external, weight, curvature, response, group_curvature, group_response,
    ), i  # fmt: skip
