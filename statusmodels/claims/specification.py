"""A specification: one set of choices that an analyst might as well have made.

Of every choice the first value is the documented one. A catalogue's own names (coders, dyads, eras, categories of threat) are
values too, so that the choices of another catalogue are found and not written down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from statusmodels.claims.verdict import Rule
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import pooled_severity
from statusmodels.events.vocabulary import THREAT
from statusmodels.panel.outcomes import with_level, with_onset
from statusmodels.panel.panel import HALF_LIVES
from statusmodels.panel.periods import months_per_period
from statusmodels.sources.conduct import at_hand, conduct

WIDTHS = (Rule().width_share, 0.25, 1.0, 2.0)
"""Widths of "practically zero", as shares of the base rate. They are no part of a specification: one refit serves them all."""
THRESHOLDS = (SERIOUS, 2, 4)
ALL, POOLED, DOCUMENTED = "all", "pooled", "documented"
EFFECT_SCALES = {DOCUMENTED: 1.0, "halved": 0.5, "doubled": 2.0}
BIG = 0.1
"""Share of all severity of threats posed from which on a category can stand for threat alone."""
QUIET_MONTHS = 3.0
END_OF_COLD_WAR = pd.Timestamp("1991-12-26")
LEFT_OUT = (
    "A further period of lag together with daily ordering: the one holds back what was lately known, the other lets"
    " in what was"
    " known on the day, so the two contradict each other. The pair is not drawn.",
    "An onset together with daily ordering: the signals of a day are those of the highest level's, and the onset may"
    " come before it. The pair"
    " is not drawn.",
    "The number of acts as the only outcome: serious escalation has no probability in it, so there is no E1, E2 or E3.",
    "Single categories of threat with less than"
    f" {100 * BIG:.0f} % of all severity of threats posed in the place of all threats: too few acts. Each is left out"
    " in its turn.",
)
"""What is not varied whatever the catalogue, and why."""


@dataclass(frozen=True)
class Specification:
    """Named choices; the defaults are the documented ones.

    Attributes
    ----------
    period : ``"month"``, ``"quarter"`` or ``"year"``.
    lag : whole periods by which the signals are held back beyond the period's start.
    ordering : as in :func:`statusmodels.panel.panel.build`.
    outcome : name in :data:`OUTCOMES`.
    serious : lowest level that counts as serious.
    coder : ``"pooled"`` or the name of the one coder whose judgements are used, of signals and outcomes alike.
    memory : half-lives in months, joined by ``/``.
    dyads : ``"all"`` or the one directed dyad that is modelled.
    eras : ``"all"``, ``"before DATE"`` or ``"from DATE"``: the eras whose outcomes are modelled. Memories and history reach back
        across the date.
    threat : ``"all"``, ``"without CATEGORY"`` or ``"only CATEGORY"``.
    priors : name in :data:`EFFECT_SCALES`: by how much the scales of the effects and of their spreads are multiplied.
    path : whether the risk has a latent path.
    """

    period: str = "month"
    lag: int = 0
    ordering: str = "period"
    outcome: str = "level and acts"
    serious: int = SERIOUS
    coder: str = POOLED
    memory: str = "/".join(f"{h:g}" for h in HALF_LIVES)
    dyads: str = ALL
    eras: str = ALL
    threat: str = ALL
    priors: str = DOCUMENTED
    path: bool = True

    @property
    def half_lives(self) -> tuple[float, ...]:
        """The half-lives of the memory."""
        return tuple(float(h) for h in self.memory.split("/"))

    @property
    def departures(self) -> dict[str, Any]:
        """The choices that are not the documented ones.

        Examples
        --------
        >>> Specification(lag=1, path=False).departures
        {'lag': 1, 'path': False}
        """
        documented = asdict(Specification())
        return {name: value for name, value in asdict(self).items() if value != documented[name]}

    def __str__(self) -> str:
        """The departures written out."""
        return ", ".join(f"{name}={value}" for name, value in self.departures.items()) or DOCUMENTED

    @property
    def refitted(self) -> Specification:
        """The specification whose refit serves this one: the levels do not change with the threshold, an onset does."""
        return self if OUTCOMES[self.outcome].of_threshold else replace(self, serious=SERIOUS)


@dataclass(frozen=True)
class Outcome:
    """What is modelled.

    Attributes
    ----------
    modelled : outcomes of :func:`statusmodels.models.design.design`.
    of_threshold : whether it is made with the threshold of seriousness, so that another threshold needs another refit.
    add : ``add(panel, specification)``, the panel with that outcome, if :func:`~statusmodels.panel.panel.build` does not make it.
    source : key of :data:`~statusmodels.sources.conduct.CONDUCT`; None for the catalogue itself.
    """

    modelled: tuple[str, ...]
    of_threshold: bool = False
    add: Callable[[xr.Dataset, Specification], xr.Dataset] | None = None
    source: str | None = None


def _onset(panel: xr.Dataset, specification: Specification, source: str | None = None) -> xr.Dataset:
    """Onsets after a quarter of quiet, or after a whole period if that is longer; of another source's conduct if one is named."""
    if source is not None:
        panel = with_level(panel, conduct(source, panel), source)
    quiet = max(1, round(QUIET_MONTHS / months_per_period(panel.attrs["period_length"])))
    return with_onset(panel, specification.serious, quiet)


OUTCOMES: dict[str, Outcome] = {
    "level and acts": Outcome(("level", "acts")),
    "level": Outcome(("level",)),
    "onset": Outcome(("onset",), of_threshold=True, add=_onset),
    **{
        f"onset in {name}": Outcome(("onset",), of_threshold=True, add=partial(_onset, source=name), source=name)
        for name in ("MIE", "GML", "ICB")
    },
}
"""Outcomes by name. Those of other data sets are told by their onsets, since these know no level below 3."""


def boundary(catalogue: Catalogue) -> pd.Timestamp | None:
    """First day of the later of two parts of a catalogue's window, always the first day of an era.

    That is the day after the Soviet Union ended, if an era begins on it; else of all beginnings the one nearest to the middle of the
    window; None if there is only one era.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> boundary(load("us-russia"))
    Timestamp('1991-12-26 00:00:00')
    """
    starts = catalogue.eras["start"].sort_values().iloc[1:]
    if starts.empty:
        return None
    first, last = catalogue.eras["start"].min(), catalogue.eras["end"].max()
    middle = END_OF_COLD_WAR if END_OF_COLD_WAR in set(starts) else first + (last - first) / 2
    return pd.Timestamp(starts.iloc[int((starts - middle).abs().argmin())])


def choices(catalogue: Catalogue) -> dict[str, tuple[Any, ...]]:
    """The values of every choice, the documented one first.

    Coders, dyads, eras and categories of threat are those of the catalogue; outcomes of other data sets are among them if their
    files are here and know the sides. None of it looks at an outcome.

    Parameters
    ----------
    catalogue
        A validated catalogue.

    Returns
    -------
    dict
        Values by choice, in the order of the fields of :class:`Specification`.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> choices(load("us-russia"))["coder"]
    ('pooled', 'lm-coder-a', 'lm-coder-b', 'lm-coder-c')
    """
    severities = pooled_severity(catalogue)
    posed = severities[(severities["construct"] == "threat") & (severities["valence"] < 0)]
    weight = posed.groupby("category")["severity"].sum()
    there = [c for c in THREAT.category_names if weight.get(c, 0.0) > 0]
    several = there if len(there) > 1 else []
    big = [c for c in several if weight[c] >= BIG * weight.sum()]
    coders = catalogue.coders if len(catalogue.coders) > 1 else ()
    split = boundary(catalogue)
    parts = () if split is None else (f"before {split:%Y-%m-%d}", f"from {split:%Y-%m-%d}")
    others = at_hand(catalogue.sides)
    documented = Specification()
    return {
        "period": ("month", "quarter", "year"),
        "lag": (0, 1),
        "ordering": ("period", "daily"),
        "outcome": tuple(name for name, o in OUTCOMES.items() if o.source is None or o.source in others),
        "serious": THRESHOLDS,
        "coder": (POOLED, *coders),
        "memory": (documented.memory, *(f"{h:g}" for h in HALF_LIVES)),
        "dyads": (ALL, *(f"{j}>{i}" for j in catalogue.sides for i in catalogue.sides if i != j)),
        "eras": (ALL, *parts),
        "threat": (ALL, *(f"without {c}" for c in several), *(f"only {c}" for c in big)),
        "priors": tuple(EFFECT_SCALES),
        "path": (True, False),
    }


def left_out(values: Mapping[str, tuple[Any, ...]]) -> list[str]:
    """What is not varied, and why.

    Parameters
    ----------
    values
        As returned by :func:`choices`.
    """
    lacking = [name for name in OUTCOMES if name not in values.get("outcome", ())]
    told = "Not at hand, or without the catalogue's sides (see statusmodels data list): outcomes"
    return [*LEFT_OUT, *([f"{told} {', '.join(lacking)}."] if lacking else [])]


def coherent(specification: Specification) -> bool:
    """Whether no two choices contradict each other; see :data:`LEFT_OUT`."""
    return specification.ordering == "period" or not (specification.lag or OUTCOMES[specification.outcome].of_threshold)


def one_away(values: Mapping[str, tuple[Any, ...]]) -> list[Specification]:
    """The documented specification, then all that differ from it in one choice.

    Parameters
    ----------
    values
        As returned by :func:`choices`.

    Examples
    --------
    >>> [str(s) for s in one_away({"lag": (0, 1), "path": (True, False)})]
    ['documented', 'lag=1', 'path=False']
    """
    documented = Specification()
    return [documented, *(replace(documented, **{name: v}) for name, some in values.items() for v in some[1:])]


def combinations(values: Mapping[str, tuple[Any, ...]], number: int, seed: int) -> list[Specification]:
    """Random coherent combinations of all choices, each value as likely as any other of its choice, no two alike.

    Parameters
    ----------
    values
        As returned by :func:`choices`.
    number
        How many; all there are, if there are fewer.
    seed
        Seed of the draw. A larger number gives the same combinations and more.

    Returns
    -------
    list of Specification
        Those with fewer than two departures are not among them: they are in :func:`one_away`.

    Examples
    --------
    >>> len(combinations({"lag": (0, 1), "ordering": ("period", "daily"), "path": (True, False)}, 9, seed=1))
    2
    """
    rng = np.random.default_rng(seed)
    names = [f.name for f in fields(Specification) if f.name in values]
    found: dict[Specification, None] = {}
    seen: set[Specification] = set()
    # every combination is seen once sooner or later, so that a small space comes to an end too
    space = math.prod(len(values[name]) for name in names)
    while len(found) < number and len(seen) < space:
        one = Specification(**{name: values[name][rng.integers(len(values[name]))] for name in names})
        seen.add(one)
        if coherent(one) and len(one.departures) > 1:
            found[one] = None
    return list(found)
