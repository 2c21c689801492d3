"""The documented prior table: quantity, distribution, reason, and what the prior says on a scale a reader knows.

``docs/priors.md`` is :func:`page` written to a file; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import expit, softmax
from scipy.stats import norm, qmc

from statusmodels.claims.prior import BELIEVABLE, BEYOND, CENTRAL
from statusmodels.events.datasheet import table
from statusmodels.events.vocabulary import CONSTRUCTS
from statusmodels.models.priors import FIXED, Prior, Priors
from statusmodels.panel.panel import HALF_LIVES

EXAMPLE = """\
[sigma]
scale = 0.3
reason = "a calmer rivalry"

[rho]
alpha = 8
beta = 2
"""
Scale = Callable[[float], float]


def _same(x: float) -> float:
    return x


ONE_SD, DYADS = "odds ratio {low} to {high} for one standard deviation", "deviations of {low} to {high} spreads"
WEIGHT = "weight of one half-life {low} to {high}"
CONSEQUENCES: dict[str, tuple[Scale, str]] = {
    "effect": (np.exp, ONE_SD),
    "honor_memory": (_same, WEIGHT),
    "authority_memory": (_same, WEIGHT),
    "threat_memory": (_same, WEIGHT),
    "threat_memory_spread": (
        np.exp,
        "one standard deviation between categories multiplies the odds of a half-life by up to {high}",
    ),
    "threat_weight": (_same, "weight of one category {low} to {high}"),
    "gate_location": (_same, "half open at {low} to {high} standard deviations of injury"),
    "gate_slope": (
        lambda x: 2 * np.log(9) / np.exp(x),
        "from a tenth to nine tenths open over {low} to {high} standard deviations of injury",
    ),
    "history": (np.exp, "odds ratio {low} to {high} for one log unit of recent escalation"),
    "base_spread": (np.exp, "one standard deviation between dyads multiplies the odds by up to {high}"),
    "effect_spread": (np.exp, "one standard deviation between dyads multiplies an odds ratio by up to {high}"),
    "rivalry_base_spread": (np.exp, "one standard deviation between rivalries multiplies the odds by up to {high}"),
    "rivalry_effect_spread": (
        np.exp,
        "one standard deviation between rivalries multiplies an odds ratio by up to {high}",
    ),
    "era_spread": (np.exp, "one standard deviation between eras multiplies the odds by up to {high}"),
    "era_effect_spread": (np.exp, "one standard deviation between eras multiplies an odds ratio by up to {high}"),
    "correlation": (_same, "each correlation within {low} to {high}"),
    "sigma": (
        lambda x: np.exp(2 * x),
        "odds up to {high} times as high in a tense period as in a calm one (one standard deviation above and below)",
    ),
    "rho": (lambda x: abs(np.log(0.5) / np.log(x)), "a shock halves within {low} to {high} periods"),
    "cut_first": (lambda x: 100 * float(expit(-x)), "an act of any level in {low} % to {high} % of average periods"),
    "cut_gap": (lambda x: np.exp(np.exp(x)), "the odds of one level more are {low} to {high} times lower"),
    "act_intercept": (np.exp, "{low} to {high} further acts in a period with one, at average risk"),
    "act_slope": (np.exp, "one log unit of risk multiplies further acts by up to {high}"),
    "act_rise": (np.exp, "one level more multiplies further acts by {low} to {high}"),
    "act_dispersion": (
        lambda x: 1 + np.exp(-x),
        "where one further act is expected, the variance is {low} to {high} times the mean",
    ),
    "external_intercept": (_same, "{low} to {high} standard deviations of the series"),
    "external_slope": (_same, "one log unit of risk moves a continuous series by up to {high} standard deviations"),
    "external_scale": (_same, "up to {high} standard deviations of a continuous series are not told by the risk"),
    "external_cut_first": (
        lambda x: 100 * float(expit(-x)),
        "above its lowest level in {low} % to {high} % of average periods",
    ),
    "external_cut_gap": (lambda x: np.exp(np.exp(x)), "the odds of one level more are {low} to {high} times lower"),
    "threat_memory_offset": (_same, DYADS),
    "dyad_offset": (_same, DYADS),
    "rivalry_offset": (_same, DYADS),
    "era_offset": (_same, DYADS),
}
"""By quantity: its way to a reader's scale, and the sentence for its 95 % range there (of a half-normal, the 95 % below)."""
PARTS = {name: len(HALF_LIVES) for name, (_, says) in CONSEQUENCES.items() if says == WEIGHT} | {
    "threat_weight": len(CONSTRUCTS["threat"].categories)
}
"""Logits that are told as one of so many weights."""


def weight_range(prior: Prior, parts: int) -> tuple[float, float]:
    """95 % range of one of several weights whose logits have this prior, from an even (Sobol) sample, so without chance.

    Examples
    --------
    >>> low, high = weight_range(Prior("normal", 0, 1, ""), 2)  # the logit of one of two weights is Normal(0, sqrt(2))
    >>> f"{low:.3f} {high:.3f}", f"{expit(-1.96 * 2**0.5):.3f}"
    ('0.059 0.941', '0.059')
    """
    power = 15
    even = qmc.Sobol(parts, scramble=False).random_base2(power) + 0.5 ** (power + 1)
    low, high = np.quantile(softmax(prior.b * norm.ppf(even), axis=1)[:, 0], [0.025, 0.975])
    return float(low), float(high)


def consequence(name: str, prior: Prior) -> str:
    """What a prior says in a reader's terms, with probability 95 %.

    Parameters
    ----------
    name
        The quantity, as in :data:`statusmodels.models.priors.DEFAULTS`.
    prior
        Its prior.

    Returns
    -------
    str

    Examples
    --------
    >>> consequence("sigma", Prior("halfnormal", 0, 0.5, ""))
    'odds up to 7.1 times as high in a tense period as in a calm one (one standard deviation above and below)'
    """
    scale, says = CONSEQUENCES[name]
    if name in PARTS:
        low, high = weight_range(prior, PARTS[name])
    else:
        ends = (0.0, 0.95) if prior.family == "halfnormal" else (0.025, 0.975)
        with np.errstate(over="ignore", divide="ignore"):  # of a prior without bounds, "inf" is what there is to say
            low, high = sorted(scale(x) for x in prior.distribution.ppf(ends))
    return says.format(low=f"{low:.2g}", high=f"{high:.2g}")


def prior_table(priors: Priors | None = None) -> pd.DataFrame:
    """The prior table, one row a quantity; the documented defaults if ``priors`` is None.

    Examples
    --------
    >>> prior_table().loc[0, ["quantity", "prior"]].tolist()
    ['effect', 'Normal(0, 0.35)']
    """
    return pd.DataFrame(
        [
            {"quantity": name, "prior": str(p), "reason": p.reason, "so that (95 %)": consequence(name, p)}
            for name, p in (priors or Priors()).table.items()
        ]
    )


def page() -> str:
    """The default priors, how to replace one and what :func:`~statusmodels.claims.prior.prior_check` warns of, as Markdown."""
    bounds = pd.DataFrame(
        [
            {"quantity": name.rstrip(": "), "from": f"{low:g}", "to": f"{high:g}", "beyond it": says}
            for name, (low, high, says) in BELIEVABLE.items()
        ]
    )
    example = EXAMPLE.rstrip().splitlines()
    parts = [
        "# Priors",
        "",
        "Generated from `statusmodels/models/priors.py` by `statusmodels priors`; do not edit. The last column is computed from"
        " the distribution: its central 95 %, of a half-normal the 95 % below. Signals are in standard deviations, risk is in log"
        f" odds; there are {len(HALF_LIVES)} half-lives and {len(CONSTRUCTS['threat'].categories)} categories of threat.",
        "",
        table(prior_table().set_index("quantity")),
        "",
        "## Replacing one",
        "",
        'From Python: `stm.fit(panel, priors=stm.Priors({"sigma": stm.Prior("halfnormal", 0, 0.3, "a calmer rivalry")}))`.'
        ' From a file: `stm.read_priors("calm.toml")`, and `--priors calm.toml` on `statusmodels report`, `verdict` and'
        " `prior-check`. The file names what it replaces:",
        "",
        *[f"    {line}".rstrip() for line in example],
        "",
        "A normal has `location` and `scale`, a half-normal `scale`, a beta `alpha` and `beta`, an LKJ `shape`; a key left out"
        f" keeps its default. The family stays. {', '.join(f'`{n}`' for n in sorted(FIXED))} are fixed. Fits stored under other"
        " priors are not reused.",
        "",
        "## What the priors imply together",
        "",
        "`statusmodels prior-check NAME` (`stm.prior_check`) draws parameters and histories from the priors and prints base rates,"
        " spikes, quiet and effect sizes. It warns and refuses nothing. *Surprising*: an observed value outside the central"
        f" {100 * CENTRAL:.0f} % of its prior predictive. *Implausible*: more than {100 * BEYOND:.0f} % of the draws outside these"
        " bounds, which come from general knowledge of rivalries, not from a catalogue:",
        "",
        table(bounds.set_index("quantity")),
    ]
    return "\n".join(parts) + "\n"
