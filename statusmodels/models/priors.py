"""The priors: one table, each row with its reason, replaceable one at a time from Python or a TOML file."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from statusmodels.errors import InputError, Problem
from statusmodels.models.kernel.priors import BETA, HALFNORMAL, LKJ, NORMAL, VARYING

Family = Literal["normal", "halfnormal", "beta", "lkj"]
KEYS: dict[Family, dict[str, str]] = {
    "normal": {"location": "a", "scale": "b"},
    "halfnormal": {"scale": "b"},
    "beta": {"alpha": "a", "beta": "b"},
    "lkj": {"shape": "b"},
}
"""Keys of a prior's numbers in a TOML file, and the fields of :class:`Prior` that hold them."""


@dataclass(frozen=True)
class Prior:
    """Prior of one block of parameters.

    ``normal``: location, scale. ``halfnormal``: scale in ``b`` (``a`` is 0). ``beta``: both shapes. ``lkj``: shape in ``b``, of a
    correlation matrix.

    Examples
    --------
    >>> str(Prior("halfnormal", 0, 0.5, "calm"))
    'HalfNormal(0.5)'
    """

    family: Family
    a: float
    b: float
    reason: str

    def __str__(self) -> str:
        """The distribution written out."""
        name = {"normal": "Normal", "halfnormal": "HalfNormal", "beta": "Beta", "lkj": "LKJ"}[self.family]
        return f"{name}({', '.join(f'{getattr(self, f):g}' for f in KEYS[self.family].values())})"

    @property
    def distribution(self) -> Any:
        """The distribution as a frozen one of :mod:`scipy.stats`; for ``lkj`` that of one correlation on (-1, 1)."""
        if self.family == "normal":
            return stats.norm(self.a, self.b)
        if self.family == "lkj":
            shape = self.b + 0.5 * (VARYING - 2)
            return stats.beta(shape, shape, loc=-1, scale=2)
        return stats.halfnorm(scale=self.b) if self.family == "halfnormal" else stats.beta(self.a, self.b)


DEFAULTS: dict[str, Prior] = {
    "effect": Prior(
        "normal", 0, 0.35, "a standard deviation more of a signal changes the odds by less than a factor of 2 (95 %)"
    ),
    "honor_memory": Prior("normal", 0, 1, "logits of the half-life weights: even, any one may dominate"),
    "authority_memory": Prior("normal", 0, 1, "as honor_memory"),
    "threat_memory": Prior("normal", 0, 1, "as honor_memory; what the threat categories have in common"),
    "threat_memory_spread": Prior(
        "halfnormal", 0, 0.5, "categories of threat fade alike unless the data say otherwise"
    ),
    "threat_weight": Prior("normal", 0, 0.7, "logits of the threat categories' weights, pulled towards equality"),
    "gate_location": Prior("normal", 0.5, 0.75, "the gate opens within the observed range of the injury index"),
    "gate_slope": Prior("normal", 1, 0.5, "log slope: the gate opens over one or two standard deviations of injury"),
    "history": Prior(
        "normal",
        0,
        0.5,
        "persistence and reciprocity per log unit of recent escalation; a covariate per standard deviation",
    ),
    "base_spread": Prior("halfnormal", 0, 0.5, "base rates of dyads within a factor of about three in odds"),
    "effect_spread": Prior("halfnormal", 0, 0.25, "dyads differ in an effect by less than the effect itself"),
    "rivalry_base_spread": Prior("halfnormal", 0, 0.5, "rivalries differ as the dyads within them do"),
    "rivalry_effect_spread": Prior("halfnormal", 0, 0.25, "as effect_spread"),
    "era_spread": Prior("halfnormal", 0, 0.5, "eras differ as dyads do"),
    "era_effect_spread": Prior(
        "halfnormal", 0, 0.15, "an effect changes from era to era by less than from dyad to dyad"
    ),
    "correlation": Prior(
        "lkj", 0, 2, "base rates and effects are rather uncorrelated over dyads; used from ten dyads on"
    ),
    "sigma": Prior(
        "halfnormal",
        0,
        0.5,
        "unexplained risk moves by up to 1 in log odds (95 %), a factor of 7 in odds from calm to tense",
    ),
    "rho": Prior("beta", 4, 2, "months resemble the months before; neither white noise nor a random walk"),
    "cut_first": Prior("normal", 1.5, 1.5, "an act of any level in 1 % to 80 % of periods at average conditions"),
    "cut_gap": Prior("normal", -0.3, 0.75, "log gaps between levels: each level is rarer by a factor of 1.2 to 25"),
    "act_intercept": Prior("normal", -1, 0.75, "log mean of further acts in a period that has one"),
    "act_slope": Prior("halfnormal", 0, 0.25, "more risk, more acts; weakly"),
    "act_rise": Prior("normal", 0, 0.25, "a higher level comes with more acts, or with fewer"),
    "act_dispersion": Prior(
        "normal", 0.5, 0.75, "log dispersion of further acts: from strongly to barely overdispersed"
    ),
    "external_intercept": Prior(
        "normal", 0, 1, "an external series in standard deviations from its mean, at average risk"
    ),
    "external_slope": Prior(
        "halfnormal", 0, 1, "the series rises with the risk, by up to two of its units per unit of risk"
    ),
    "external_scale": Prior(
        "halfnormal", 0, 1, "what of a continuous series the risk does not explain: at most all of it"
    ),
    "external_cut_first": Prior("normal", 0, 2, "an ordinal series: any share of periods at its lowest level"),
    "external_cut_gap": Prior("normal", -0.3, 0.75, "as cut_gap"),
    "threat_memory_offset": Prior("normal", 0, 1, "non-centred deviations of threat categories; fixed"),
    "dyad_offset": Prior("normal", 0, 1, "non-centred deviations of dyads; fixed"),
    "rivalry_offset": Prior("normal", 0, 1, "non-centred deviations of rivalries; fixed"),
    "era_offset": Prior("normal", 0, 1, "non-centred deviations of eras; fixed"),
}
UNITS = {
    "threat_memory_offset": ("threat_memory_spread",),
    "dyad_offset": ("base_spread", "effect_spread"),
    "rivalry_offset": ("rivalry_base_spread", "rivalry_effect_spread"),
    "era_offset": ("era_spread", "era_effect_spread"),
}
"""The spreads that multiply each standard normal block."""
FIXED = frozenset(UNITS)
SIGNED = frozenset(name for name in DEFAULTS if name.endswith("spread")) | {"sigma"}
"""Half-normal blocks that are sampled with a sign; see :mod:`statusmodels.models.kernel.density`."""
REPLACEABLE = tuple(name for name in DEFAULTS if name not in FIXED)


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
        For an unknown or fixed block, another family than the default's, a scale or shape that is not positive, or a half-normal
        with a location.

    Examples
    --------
    >>> Priors({"sigma": Prior("halfnormal", 0, 0.3, "a calmer rivalry")}).table["sigma"].b
    0.3
    """

    replaced: Mapping[str, Prior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, prior in self.replaced.items():
            if name not in REPLACEABLE:
                raise ValueError(f"no prior is called {name!r}; replaceable are {', '.join(REPLACEABLE)}")
            if prior.family != DEFAULTS[name].family:
                raise ValueError(f"the prior of {name} must stay {DEFAULTS[name].family}, not {prior.family}")
            if prior.family == "halfnormal" and prior.a != 0:
                raise ValueError(f"the prior of {name} is half-normal and has no location; got {prior.a}, give 0")
            if not (np.isfinite(prior.a) and 0 < prior.b < np.inf) or (prior.family == "beta" and prior.a <= 0):
                raise ValueError(f"the prior of {name} needs a positive scale (or shapes), got {prior.a}, {prior.b}")

    @property
    def table(self) -> dict[str, Prior]:
        """All priors by block, replacements in place."""
        return {**DEFAULTS, **self.replaced}

    def array(self) -> npt.NDArray[np.float64]:
        """Family and hyperparameters of all blocks, in order of the layout, shape (B, 3)."""
        code = {"normal": NORMAL, "halfnormal": HALFNORMAL, "beta": BETA, "lkj": LKJ}
        # a spread is the absolute value of a normal
        return np.array([(NORMAL if name in SIGNED else code[p.family], p.a, p.b) for name, p in self.table.items()])

    def scaled(self, name: str, factor: float) -> Priors:
        """The same priors with the scale of one block multiplied by ``factor``."""
        prior = self.table[name]
        return Priors({**self.replaced, name: replace(prior, b=prior.b * factor)})


def read_priors(path: str | Path) -> Priors:
    r"""The prior table with the replacements of a TOML file.

    The file has one table per replaced prior. Its keys are those of the prior's family: ``location``, ``scale`` (normal),
    ``scale`` (halfnormal), ``alpha``, ``beta`` (beta); one left out keeps its default. ``family`` may be told but not changed.
    ``reason`` is the file's name if left out.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Priors

    Raises
    ------
    InputError
        With every problem of the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "calm.toml")
    ...     _ = path.write_text('[sigma]\nscale = 0.3\nreason = "a calmer rivalry"')
    ...     read_priors(path).replaced
    {'sigma': Prior(family='halfnormal', a=0, b=0.3, reason='a calmer rivalry')}
    """
    path = Path(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # a mark that some editors put first is let pass
    except OSError as error:
        raise InputError([Problem(str(path), f"cannot be read ({error.strerror}); name a TOML file")]) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem(str(path), "is not UTF-8; save the file as UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError([Problem(str(path), f"is not valid TOML: {error}")]) from error
    problems = [
        Problem(str(path), mend, column=".".join([name, *key]), value=None if value is None else str(value))
        for name, table in tables.items()
        for key, value, mend in _faults(name, table)
    ]
    if problems:
        raise InputError(problems)
    replaced = {}
    for name, table in tables.items():
        fields = {field: table[key] for key, field in KEYS[DEFAULTS[name].family].items() if key in table}
        replaced[name] = replace(DEFAULTS[name], **fields, reason=table.get("reason", path.name))
    return Priors(replaced)


def _faults(name: str, table: Any) -> list[tuple[tuple[str, ...], Any, str]]:
    """What is wrong with one table of a file: key within the table (none for the table itself), value, mend."""
    if name in FIXED:
        instead = UNITS[name]
        those = "those" if len(instead) > 1 else "that one"
        return [((), None, f"is fixed, it only sets the unit of {' and '.join(instead)}; replace {those}")]
    if name not in DEFAULTS:
        return [((), None, f"no prior is called that; replaceable are {', '.join(REPLACEABLE)}")]
    family = DEFAULTS[name].family
    keys = KEYS[family]
    if not isinstance(table, dict):
        return [((), table, f"must be a table: a line [{name}] and under it {', '.join(keys)}")]
    faults: list[tuple[tuple[str, ...], Any, str]] = []
    for key, value in table.items():
        mend = ""
        if key == "family":
            mend = "" if value == family else f"must stay {family}"
        elif key == "reason":
            mend = "" if isinstance(value, str) else "must be text in quotation marks"
        elif key not in keys:
            mend = f"no such key; a {family} prior has {', '.join([*keys, 'family', 'reason'])}"
        elif isinstance(value, bool) or not isinstance(value, int | float):
            mend = "must be a number, without quotation marks"
        elif not abs(value) <= sys.float_info.max:  # so that not-a-number fails too
            mend = "must be finite"
        elif key != "location" and value <= 0:
            mend = "must be above 0"
        if mend:
            faults.append(((key,), value, mend))
    return faults
