"""The file that statusmodels and the Stan program (dynamic.R) both read: a panel, and outcomes by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np

from statusmodels.models.design import Design
from statusmodels.models.hypothesis import HYPOTHESES, TERMS

DIGITS = 6


def rounded(x: np.ndarray) -> list[Any]:
    """Nested lists; both sides read the same rounded numbers."""
    return list(np.round(x, DIGITS).tolist())


def as_file(drawn: dict[str, Design]) -> dict[str, Any]:
    """Designs that differ in their outcomes, by hypothesis, in the form that dynamic.R reads."""
    panel = next(iter(drawn.values()))
    return {
        "dyads": panel.dyads,
        "rivalries": panel.rivalries,
        "rivalry_of": panel.rivalry.tolist(),
        "half_lives": panel.half_lives.tolist(),
        "categories": panel.categories,
        "terms": list(TERMS),
        "eras": panel.eras,
        "era": panel.era.tolist(),
        "weight": panel.weight.astype(int).tolist(),
        "memory": rounded(panel.memory),
        "threat": rounded(panel.threat),
        "hypotheses": {
            name: {
                "free": [int(x) for x in HYPOTHESES[name].mask()],
                "level": one.level.tolist(),
                "extra": one.extra.tolist(),
                "history": rounded(one.history),
            }
            for name, one in drawn.items()
        },
    }


def arrays_of(data: dict[str, Any], name: str) -> Design:
    """The design of a file under one hypothesis. It cannot be given other outcomes: the file does not tell their past."""
    case = data["hypotheses"][name]
    weight = np.array(data["weight"], dtype=float)
    opposite = [">".join(reversed(d.split(">"))) for d in data["dyads"]]
    return Design(
        memory=np.array(data["memory"]),
        threat=np.array(data["threat"]),
        history=np.array(case["history"]),
        history_mean=np.full(2, np.nan),
        era=np.array(data["era"]),
        eras=data["eras"],
        level=np.array(case["level"]),
        extra=np.array(case["extra"]),
        weight=weight,
        mirror=np.array([list(data["dyads"]).index(d) for d in opposite]),
        keep=float("nan"),
        start_level=np.full(weight.shape, np.nan),
        half_lives=np.array(data["half_lives"]),
        categories=tuple(data["categories"]),
        dyads=tuple(data["dyads"]),
    )
