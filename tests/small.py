"""Small catalogues, panels and designs for the tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.events.catalogue import Catalogue
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT
from statusmodels.models.design import LEVELS, Design
from statusmodels.models.parameters import drawn_from_prior
from statusmodels.models.priors import DEFAULTS, Prior, Priors
from statusmodels.models.truth import truth
from statusmodels.panel.panel import build

CATEGORY = {name: construct.categories[0].name for name, construct in CONSTRUCTS.items()}
THREATS = CONSTRUCTS["threat"].category_names


@dataclass(frozen=True)
class Act:
    """One event; ``codings`` holds (construct, valence, severity) or (construct, valence, severity, category)."""

    date: str
    sender: str
    receiver: str
    codings: tuple[tuple, ...] = ()
    precision: str = "day"
    end: str | None = None

    @property
    def enters(self) -> pd.Timestamp:
        """Day on which a panel may first know of the act."""
        day = pd.Timestamp(self.date)
        return day + pd.offsets.MonthEnd(0) if self.precision == "month" else day


def catalogue(acts: Sequence[Act], eras: Iterable[tuple[str, str]], coders: Sequence[str] = ("a",)) -> Catalogue:
    """Catalogue of acts, every coder giving the same codings."""
    events = pd.DataFrame(
        {
            "event_id": [f"e{n:03d}" for n in range(len(acts))],
            "date": pd.to_datetime([a.date for a in acts]),
            "date_precision": [a.precision for a in acts],
            "end_date": pd.to_datetime([a.end for a in acts]),
            "sender": [a.sender for a in acts],
            "receiver": [a.receiver for a in acts],
        }
    )
    rows = [
        (f"e{n:03d}", coder, construct, rest[0] if rest else CATEGORY[construct], valence, severity, 1.0)
        for n, act in enumerate(acts)
        for coder in coders
        for construct, valence, severity, *rest in act.codings or [(NO_CONSTRUCT, 0, 0, NO_CONSTRUCT)]
    ]
    names = ["event_id", "coder", "construct", "category", "valence", "severity", "confidence"]
    codings = pd.DataFrame(rows, columns=names).astype({"valence": int, "severity": int})
    spans = [(f"era {k}", pd.Timestamp(a), pd.Timestamp(b)) for k, (a, b) in enumerate(eras)]
    return Catalogue(
        "small", events, codings, pd.DataFrame(), pd.DataFrame(spans, columns=["era", "start", "end"]), "0"
    )


def some_acts(sides: Sequence[str], first: str, last: str, count: int, seed: int = 0) -> list[Act]:
    """Random acts of every construct; each side both sends and receives."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(first, last)
    acts = []
    for n in range(count):
        sender = sides[n % len(sides)]
        receiver = rng.choice([s for s in sides if s != sender])
        construct = ("honor", "authority", "threat", "escalation", "escalation", "cooperation")[n % 6]
        valence = {"escalation": -1, "cooperation": 1}.get(construct) or int(rng.choice([-1, 1]))
        category = str(rng.choice(THREATS[:3])) if construct == "threat" else CATEGORY[construct]
        day = f"{days[rng.integers(len(days))]:%Y-%m-%d}"
        acts.append(Act(day, sender, str(receiver), ((construct, valence, int(rng.integers(1, 6)), category),)))
    return acts


def small_panel(sides: Sequence[str] = ("A", "B"), period: str = "month", seed: int = 0) -> xr.Dataset:
    """Panel of 2001-2004 with two eras."""
    acts = some_acts(sides, "2001-01-01", "2004-12-31", 120, seed)
    return build(catalogue(acts, [("2001-01-01", "2002-12-31"), ("2003-01-01", "2004-12-31")]), period)


def random_design(
    seed: int,
    dyads: int = 2,
    periods: int = 12,
    unmodelled: int = 1,
    categories: int = 3,
    eras: int = 2,
    half_lives: int = 3,
    one_sided: bool = False,
) -> Design:
    """Arrays of a design drawn at random, the first ``unmodelled`` periods without modelled outcomes."""
    rng = np.random.default_rng(seed)
    weight = np.ones((dyads, periods))
    weight[:, :unmodelled] = 0.0
    level = np.where(weight > 0, rng.integers(0, LEVELS + 1, weight.shape), 0)
    extra = np.where(level > 0, rng.poisson(1.5, weight.shape), 0)
    pairs = [(a, b) for i, a in enumerate("ABCDEFGH") for b in "ABCDEFGH"[i + 1 :]]
    names = [f"{a}>{b}" if side == 0 else f"{b}>{a}" for a, b in pairs for side in range(1 if one_sided else 2)]
    return Design(
        memory=rng.standard_normal((4, half_lives, dyads * periods)),
        threat=rng.standard_normal((2, categories * half_lives, dyads * periods)),
        history=rng.standard_normal((2, dyads, periods)),
        history_mean=np.array([0.3, 0.3]),
        era=np.sort(np.arange(periods) * eras // periods),
        eras=eras,
        level=level.astype(np.int64),
        extra=extra.astype(np.int64),
        weight=weight,
        mirror=np.full(dyads, -1) if one_sided or dyads == 1 else np.arange(dyads) ^ 1,
        keep=0.8,
        start_level=np.where(weight > 0, np.nan, rng.integers(0, LEVELS + 1, weight.shape)),
        half_lives=np.array([3.0, 12.0, 48.0])[:half_lives],
        categories=tuple("abcdefg"[:categories]),
        dyads=tuple(names[:dyads]),
    )


def prior_draw(design: Design, rng: np.random.Generator, priors: Priors | None = None) -> np.ndarray:
    """Unconstrained vector drawn from the prior, the path as standard normal coordinates."""
    return drawn_from_prior(design, priors or Priors(), 1, rng)[0]


def plain_parameters(design: Design, draws: int, **values: object) -> xr.Dataset:
    """As many equal draws without effects, groups or history but for what is given by name."""
    out = truth(design, "baseline", np.random.default_rng(0)).isel(sample=np.zeros(draws, dtype=int)).copy(deep=True)
    for name in ("effect", "dyad_effect", "era_effect", "history", "base", "era"):
        out[name][:] = 0.0
    for name, value in values.items():
        out[name][:] = value
    return out


def wide(name: str, factor: float) -> Prior:
    """The default prior of a block, so many times as wide."""
    p = DEFAULTS[name]
    return Prior(p.family, p.a, p.b / factor if p.family in ("beta", "lkj") else p.b * factor, "wide")
