"""Prior predictive check: what the priors say about the panel and about the claim before any outcome is seen.

Parameters are drawn from the prior and histories of outcomes from the parameters; the signals stay as they were. The check
warns of two things and refuses none. *Surprising*: an observed value lies outside the central :data:`CENTRAL` of its prior
predictive distribution. *Implausible*: more than :data:`BEYOND` of the draws lie outside the bounds that :data:`BELIEVABLE`
sets from general knowledge of rivalries. The bounds were tightened once, after the default priors' own draws had been seen;
no catalogue's outcomes were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.special import expit

from statusmodels.claims.estimands import estimands
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.models.design import Counts, Design
from statusmodels.models.design import design as arrays_of
from statusmodels.models.hypothesis import TERMS, Hypothesis
from statusmodels.models.parameters import constrain, drawn_from_prior, linear_predictor
from statusmodels.models.priors import Priors
from statusmodels.models.replicate import replicate

Array = npt.NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CENTRAL, BEYOND = 0.98, 0.05
ANY, GRAVE = "dyad-periods with an act (share)", f"dyad-periods with a serious act, level {SERIOUS} or more (share)"
SPIKE, QUIET = "most acts in a period (spike)", "longest quiet run (periods)"
E1, E2 = "E1: honor denied without injury (probability)", "E2: honor denied with injury (probability)"
E3, ODDS = "E3 = E2 - E1 (probability)", "odds ratio: "
TENSION = "serious acts, tensest over calmest tenth of dyad-periods (ratio)"
BELIEVABLE: dict[str, tuple[float, float, str]] = {
    ANY: (0.001, 0.95, "the two sides would act against each other almost never, or almost always"),
    GRAVE: (0.0, 0.5, "serious clashes in most periods are a war, not a rivalry"),
    SPIKE: (0, 100, "no side is recorded to act a hundred times in one period"),
    E1: (-0.5, 0.5, "honor alone would decide between peace and clash"),
    E2: (-0.5, 0.5, "honor under threat would decide between peace and clash"),
    E3: (-0.5, 0.5, "the two together would decide between peace and clash"),
    ODDS: (0.1, 10, "one standard deviation of one signal would move the odds tenfold"),
    TENSION: (0, 1000, "a clash in one of two tense periods would be one in two thousand calm ones"),
}
"""By quantity (all odds ratios share one entry): lower and upper bound, and what lies beyond them."""


@dataclass(frozen=True)
class PriorCheck:
    """Prior predictive draws (S,) and the observed value, where there is one, of every quantity."""

    hypothesis: str
    priors: Priors
    draws: dict[str, Array]
    observed: dict[str, float]

    def frame(self) -> pd.DataFrame:
        """One row a quantity: quantiles of the prior predictive, and the observed value or NaN."""
        rows = [
            {
                "quantity": name,
                **{f"{100 * q:.0f}%": v for q, v in zip(QUANTILES, np.quantile(x, QUANTILES), strict=True)},
                "observed": self.observed.get(name, np.nan),
            }
            for name, x in self.draws.items()
        ]
        return pd.DataFrame(rows)

    def warnings(self) -> list[str]:
        """One plain sentence for each quantity that is surprising or implausible under the priors; see the module."""
        told = []
        for name, x in self.draws.items():
            low, high = np.quantile(x, [(1 - CENTRAL) / 2, (1 + CENTRAL) / 2])
            if name in self.observed and not low <= self.observed[name] <= high:
                told.append(
                    f"The priors make the data surprising: {name} was {_told(self.observed[name])}, outside the central"
                    f" {100 * CENTRAL:.0f} % of the prior predictive ({_told(low)} to {_told(high)})."
                )
            bounds = BELIEVABLE.get(ODDS if name.startswith(ODDS) else name)
            if bounds:
                least, most, says = bounds
                share = float(np.mean((x < least) | (x > most)))
                if share > BEYOND:
                    told.append(
                        f"The priors allow too much that is implausible: {name} lies outside {least:g} to {most:g} in"
                        f" {100 * share:.1f} % of the draws, more than {100 * BEYOND:.0f} % ({says})."
                    )
        return told

    def __str__(self) -> str:
        """The table and the sentences."""
        replaced = [f"{name} {prior} ({prior.reason})" for name, prior in self.priors.replaced.items()]
        frame = self.frame()
        frame["quantity"] = frame["quantity"].str.ljust(frame["quantity"].str.len().max())
        table = frame.rename(columns={"quantity": ""}).to_string(index=False, float_format=_told, na_rep="")
        return "\n".join(
            [
                f"Prior predictive under {self.hypothesis}, {len(next(iter(self.draws.values())))} draws.",
                f"Replaced priors: {'; '.join(replaced) or 'none'}.",
                "",
                table,
                "",
                *(
                    self.warnings()
                    or ["Nothing observed is surprising under these priors, and they allow little that is implausible."]
                ),
            ]
        )


def _told(value: float) -> str:
    """Three digits; thousands in full; what rounds to zero at four places is zero."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{round(value, 4) + 0.0:.3g}"


def outcome_quantities(level: Counts, extra: Counts, design: Design) -> dict[str, Array]:
    """What outcomes (S, D, T) look like: base rates, spike, quiet. A period without a modelled outcome ends a quiet run."""
    on = design.weight > 0
    acts = np.where(on & (level > 0), 1 + extra, 0)
    run = np.zeros(level.shape[:2])
    longest = np.zeros(len(level))
    for t in range(level.shape[2]):
        run = np.where(on[:, t] & (acts[:, :, t] == 0), run + 1, 0)
        longest = np.maximum(longest, run.max(axis=1))
    told = {
        ANY: (acts > 0).sum(axis=(1, 2)) / on.sum(),
        GRAVE: (on & (level >= SERIOUS)).sum(axis=(1, 2)) / on.sum(),
        SPIKE: acts.max(axis=(1, 2)).astype(float),
        QUIET: longest,
    }
    return {name: x for name, x in told.items() if name != SPIKE or "acts" in design.outcomes}


def tension(parameters: xr.Dataset, design: Design) -> Array:
    """Mean probability of a serious act in the tenth of dyad-periods with the highest risk, over that with the lowest.

    ``parameters`` as for :func:`statusmodels.claims.estimands.estimands`.
    """
    risk = (linear_predictor(parameters, design) + parameters["u"].to_numpy())[:, design.modelled]
    risk.sort(axis=1)
    tenth = max(1, risk.shape[1] // 10)
    # bounded so that a ratio of two vanishing probabilities stays a number
    serious = expit(np.clip(risk - parameters["cutpoint"].to_numpy()[:, SERIOUS - 1, None], -300, 300))
    return np.asarray(serious[:, -tenth:].mean(axis=1) / serious[:, :tenth].mean(axis=1))


def prior_parameters(
    design: Design, hypothesis: Hypothesis, priors: Priors, draws: int, rng: np.random.Generator
) -> xr.Dataset:
    """Parameters drawn from the prior, with a latent path ``u``, as one leading dim ``sample``."""
    x = drawn_from_prior(design, priors, draws, rng)
    parameters = constrain(x, design, hypothesis.mask())
    if not design.path:
        parameters["u"] = (("sample", "dyad", "period"), np.zeros((draws, *design.shape)))
        return parameters
    rho = parameters["rho"].to_numpy()[:, None]
    u = x[:, -design.level.size :].reshape(draws, *design.shape)
    for t in range(1, u.shape[2]):
        u[:, :, t] = rho * u[:, :, t - 1] + np.sqrt(1 - rho**2) * u[:, :, t]
    parameters["u"] = (("sample", "dyad", "period"), parameters["sigma"].to_numpy()[:, None, None] * u)
    return parameters


def prior_check(
    panel: xr.Dataset | Design,
    hypothesis: Hypothesis,
    priors: Priors | None = None,
    draws: int = 1000,
    seed: int = 20260101,
) -> PriorCheck:
    """Draw from the prior and say what it implies, beside what was observed.

    Parameters
    ----------
    panel
        A panel, or its arrays.
    hypothesis
        Which coefficients are free.
    priors
        The documented defaults if None.
    draws
        Number of draws.
    seed
        Seed of everything that is drawn. With one seed, replacing one prior leaves the draws of all others as they were.

    Returns
    -------
    PriorCheck
        Printed, its table and its sentences. Base rates, spike and quiet are those of whole histories drawn anew; E1-E3 and the
        ratio of the tensest to the calmest tenth take the recent escalation as observed, as the posterior does.

    Raises
    ------
    ValueError
        If the level is not among the outcomes, because most of what is told is of levels.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.models.hypothesis import HYPOTHESES
    >>> from statusmodels.panel.panel import build
    >>> check = prior_check(build(load("us-russia"), period="year"), HYPOTHESES["additive"], draws=200)
    >>> check.frame()["quantity"].tolist()[0]
    'dyad-periods with an act (share)'
    """
    design = panel if isinstance(panel, Design) else arrays_of(panel)
    if "level" not in design.outcomes:
        raise ValueError(f"the prior check is of levels, and what is modelled is {', '.join(design.outcomes)}")
    priors = priors or Priors()
    from_prior, from_model = np.random.default_rng(seed).spawn(2)
    with np.errstate(over="ignore"):  # a risk far beyond any cutpoint has probability 0 or 1, as it should
        parameters = prior_parameters(design, hypothesis, priors, draws, from_prior)
        # beyond these limits the counts are all zeros or a Poisson's to rounding, but numpy cannot draw them
        if "acts" in design.outcomes:
            parameters["act_dispersion"] = parameters["act_dispersion"].clip(1e-6, 1e12)
        outcomes = outcome_quantities(*replicate(parameters, design, from_model)[:2], design)
        e = estimands(parameters, design)
        effect = np.exp(parameters["effect"].to_numpy().clip(-300, 300))
        free = [(j, term) for j, term in enumerate(TERMS) if term in hypothesis.free]
        drawn = {
            **outcomes,
            **{E1: e.e1, E2: e.e2, E3: e.e3},
            **{f"{ODDS}{TERMS[term]}": effect[:, j] for j, term in free},
            TENSION: tension(parameters, design),
        }
    observed = outcome_quantities(design.level[None], design.extra[None], design)
    return PriorCheck(hypothesis.name, priors, drawn, {name: float(x[0]) for name, x in observed.items()})
