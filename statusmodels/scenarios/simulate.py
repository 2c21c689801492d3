"""Simulate a catalogue like a given one from a hypothesis taken as true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.claims.estimands import true_estimands
from statusmodels.errors import InputError, Problem
from statusmodels.events import simulated
from statusmodels.events.catalogue import Catalogue
from statusmodels.models.design import design
from statusmodels.models.hypothesis import HYPOTHESES
from statusmodels.models.replicate import replicate
from statusmodels.models.truth import MODERATE, Sizes, effects, truth
from statusmodels.panel.panel import build
from statusmodels.panel.periods import calendar


def simulate(
    catalogue: Catalogue, hypothesis: str, seed: int, size: Sizes = MODERATE
) -> tuple[Catalogue, dict[str, Any]]:
    """Keep a catalogue's signals and draw its escalation acts anew under a hypothesis.

    Parameters
    ----------
    catalogue
        The catalogue to be like.
    hypothesis
        Name of one of the seven hypotheses, taken as true with the documented effect sizes.
    seed
        Seed of everything that is drawn.
    size
        Effect sizes.

    Returns
    -------
    catalogue, truth
        The simulated catalogue and what it was drawn from.

    Raises
    ------
    InputError
        If the hypothesis is unknown.
    """
    if hypothesis not in HYPOTHESES:
        raise InputError([Problem("--truth", f"must be one of {', '.join(HYPOTHESES)}", value=hypothesis)])
    panel = build(catalogue)
    arrays = design(panel)
    rng = np.random.default_rng(seed)
    parameters = truth(arrays, hypothesis, rng, size)
    level, extra, _ = replicate(parameters, arrays, rng, from_start=True)
    starts = pd.DatetimeIndex(panel["period"].to_numpy())
    periods = calendar(catalogue.eras["start"].min(), catalogue.eras["end"].max(), "month")
    covered = np.isfinite(panel["level"].to_numpy())
    acts: list[tuple[int, str, str, int]] = []
    for d, dyad in enumerate(arrays.dyads):
        sender, receiver = dyad.split(">")
        for t in np.flatnonzero((level[0, d] > 0) & covered[d]):
            top = int(level[0, d, t])
            others = rng.integers(1, top + 1, size=int(extra[0, d, t]))
            acts += [(int(t), receiver, sender, int(one)) for one in (top, *others)]
    made = simulated.with_outcomes(catalogue, starts, periods.days_in_month.to_numpy(), acts, seed)
    told = {
        "hypothesis": hypothesis,
        "seed": seed,
        "like": catalogue.name,
        "like_sha256": catalogue.sha256,
        "effects": effects(hypothesis, size),
        "estimands": true_estimands(parameters, arrays, rng),
    }
    return made, told


def write(catalogue: Catalogue, told: dict[str, Any], folder: Path) -> None:
    """Write a simulated catalogue and its ``truth.json``."""
    simulated.write(catalogue, folder, {"truth.json": told})
