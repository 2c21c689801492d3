"""One refit of a panel, judged by the documented rule: the piece that calibration, multiverse and sensitivity are made of."""

from __future__ import annotations

from typing import Any

import xarray as xr

from statusmodels.claims.estimands import Estimands, estimands
from statusmodels.claims.verdict import Rule, base_rate, judge
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.criticism.refit import QUICK, refitted
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors


def refit(
    design: Design,
    seed: int,
    hypothesis: Hypothesis | None = None,
    priors: Priors | None = None,
    sampler: Sampler = QUICK,
    serious: int = SERIOUS,
) -> tuple[Estimands, dict[str, Any]]:
    """Sample a hypothesis on one core.

    Parameters
    ----------
    design
        Arrays of the panel.
    seed
        Seed of the sampler, in place of its own.
    hypothesis
        The encompassing one if None.
    priors
        The documented ones if None.
    sampler
        Settings.
    serious
        Lowest level that counts as serious.

    Returns
    -------
    estimands
        Draws of E1, E2 and E3.
    how
        See :func:`~statusmodels.criticism.refit.went`.
    """
    parameters, how = parameters_of(design, seed, hypothesis, priors, sampler)
    return estimands(parameters, design, serious), how


def parameters_of(
    design: Design,
    seed: int,
    hypothesis: Hypothesis | None = None,
    priors: Priors | None = None,
    sampler: Sampler = QUICK,
) -> tuple[xr.Dataset, dict[str, Any]]:
    """The refit itself, as :func:`refit`: draws of the parameters, one chain after the other, from which any estimand follows."""
    chosen = hypothesis or HYPOTHESES[ENCOMPASSING]
    return refitted(design, chosen, priors or Priors(), sampler, seed)


def judged(drawn: Estimands, design: Design, rule: Rule | None = None, serious: int = SERIOUS) -> dict[str, Any]:
    """The verdict of drawn estimands as a plain record.

    Returns
    -------
    dict
        ``word, rate, width``, the probabilities ``p_e1_zero, p_e1_more, p_e2_more, p_amplified``, and of each of ``e1, e2, e3,
        e3_latent`` the mean and standard deviation (``e1_mean, e1_sd``, ...).
    """
    rate = base_rate(design, serious)
    verdict = judge(drawn, rate, rule)
    out: dict[str, Any] = {"word": verdict.word, "rate": rate, "width": verdict.width}
    out |= {k: getattr(verdict, k) for k in ("p_e1_zero", "p_e1_more", "p_e2_more", "p_amplified")}
    for name in ("e1", "e2", "e3", "e3_latent"):
        draws = getattr(drawn, name)
        out |= {f"{name}_mean": float(draws.mean()), f"{name}_sd": float(draws.std())}
    return out
