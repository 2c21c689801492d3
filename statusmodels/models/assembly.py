r"""The model as a plain ``pm.Model``: its readable definition.

For dyad d (J to I) in period t, with H, A, I the faded honor denied, authority denied and injury index:

.. math::

    \theta_{dt} = \text{base}_d + \text{era}_t + b_{H,d} H + b_{A,d} A + b_{I,d} I + \text{granted, relieved}
                  + g_{HI} H I + g_{AI} A I + g\,H\,\text{logit}^{-1}(s(I - l)) + \gamma'\,\text{history} + u_{dt}

    u_{dt} = \rho\,u_{d,t+1} + \sigma\sqrt{1 - \rho^2}\,z_{dt}   \quad\text{(a stationary AR(1), written from its end)}

    P(\text{level}_{dt} \ge k) = \text{logit}^{-1}(\theta_{dt} - c_k), \qquad
    \text{acts} - 1 \mid \text{level} \ge 1 \sim \text{NegBin}(e^{a + \lambda\theta + \kappa(\text{level} - 1)}, \phi)

    c_k = \sqrt{1 + (16\sqrt3 / 15\pi)^2 \sigma^2}\,\bar c_k

The prior is on :math:`\bar c_k`, the log odds of staying below level k averaged over the latent path (the logistic-normal
approximation), so that it keeps its meaning whatever sigma is.

The count is of the acts beyond the first, given that there was one: a period without acts has level 0 by definition, so two
likelihoods that both counted that zero would use it twice. More acts leave more room for a high one, so the level enters the
count (kappa); without it sigma would have to grow to tie the two together.

:mod:`statusmodels.models.kernel` computes the same density without a symbolic graph and is what the package samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from statusmodels.models.design import LEVELS, Design
from statusmodels.models.hypothesis import TERMS, Hypothesis
from statusmodels.models.kernel import LOGIT_NORMAL
from statusmodels.models.priors import Priors

FAR = 1e6  # stands for an infinite cutpoint: exp(-FAR) is exactly zero


def ordinal_logp(level: Any, theta: Any, cut: Any) -> Any:
    """Log probability of ordinal levels under the cumulative logit, stable in both tails."""
    gap = cut[1:] - cut[:-1]
    upper = pt.concatenate([cut, [FAR]])[level]
    lower = pt.concatenate([[-FAR], cut])[level]
    between = pt.concatenate([[0.0], pt.log1mexp(-gap), [0.0]])[level]
    return -pt.softplus(theta - upper) - pt.softplus(lower - theta) + between


def further_acts_logp(extra: Any, log_mean: Any, dispersion: Any) -> Any:
    """Log probability of the number of acts beyond the first (negative binomial)."""
    return pm.logp(pm.NegativeBinomial.dist(mu=pt.exp(log_mean), alpha=dispersion), extra)


def _from_the_end(rho: Any, innovation: Any) -> Any:
    """Filter ``u[t] = rho * u[t + 1] + innovation[t]`` along the last axis of (D, T)."""
    if innovation.type.shape[1] == 1:
        return innovation
    steps = innovation.T[::-1]
    path = pytensor.scan(
        lambda e, u, r: r * u + e,
        sequences=[steps[1:]],
        outputs_info=[steps[0]],
        non_sequences=[rho],
        return_updates=False,
    )
    return pt.concatenate([steps[:1], path])[::-1].T


def pymc_model(design: Design, hypothesis: Hypothesis, priors: Priors | None = None) -> pm.Model:
    """Assemble the model of a design under a hypothesis.

    Parameters
    ----------
    design
        Arrays of the panel.
    hypothesis
        Which coefficients are free.
    priors
        The prior table; the documented defaults if None.

    Returns
    -------
    pymc.Model
        Its free variables are the blocks of :mod:`statusmodels.models.parameters`, in the same order.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.models.design import design
    >>> from statusmodels.models.hypothesis import HYPOTHESES
    >>> from statusmodels.panel.panel import build
    >>> model = pymc_model(design(build(load("us-russia"))), HYPOTHESES["additive"])
    >>> "sigma" in model.named_vars
    True
    """
    prior = (priors or Priors()).table
    dyads, periods = design.shape
    coords = {
        "term": list(TERMS),
        "varying": list(TERMS)[:3],
        "dyad": list(design.dyads),
        "period": np.arange(periods),
        "half_life": design.half_lives,
        "category": list(design.categories),
        "side": ["own", "other"],
        "era": np.arange(design.eras),
        "gap": np.arange(2, LEVELS + 1),
    }

    def normal(name: str, dims: Any = None) -> Any:
        return pm.Normal(name, prior[name].a, prior[name].b, dims=dims)

    def halfnormal(name: str, dims: Any = None) -> Any:
        return pm.HalfNormal(name, prior[name].b, dims=dims)

    with pm.Model(coords=coords) as model:
        memory = pm.Data("memory", design.memory)
        threat = pm.Data("threat", design.threat)
        past = pm.Data("past", design.history, dims=("side", "dyad", "period"))
        era_of = pm.Data("era_of", design.era, dims="period")
        level = pm.Data("level", design.level, dims=("dyad", "period"))
        extra = pm.Data("extra", design.extra, dims=("dyad", "period"))
        weight = pm.Data("weight", design.weight, dims=("dyad", "period"))
        mask = pm.Data("mask", hypothesis.mask(), dims="term")

        effect = normal("effect", "term") * mask
        spread = halfnormal("effect_spread", "varying") * mask[:3]
        own = effect[:3, None] + spread[:, None] * normal("effect_offset", ("varying", "dyad"))
        honor_memory = pt.special.softmax(normal("honor_memory", "half_life"))
        authority_memory = pt.special.softmax(normal("authority_memory", "half_life"))
        threat_memory = pt.special.softmax(normal("threat_memory", "half_life"))
        category = pt.special.softmax(normal("threat_weight", "category"))
        location = normal("gate_location")
        slope = pt.exp(normal("gate_slope"))
        gamma = normal("history", "side")
        base_spread, base_offset = halfnormal("base_spread"), normal("base_offset", "dyad")
        base = base_spread * (base_offset - base_offset.mean())
        era_spread, era_offset = halfnormal("era_spread"), normal("era_offset", "era")
        era = era_spread * (era_offset - era_offset.mean())
        sigma = halfnormal("sigma")
        rho = pm.Beta("rho", prior["rho"].a, prior["rho"].b)
        first = normal("cut_first")
        gap = pt.exp(normal("cut_gap", "gap"))
        widening = pt.sqrt(1 + LOGIT_NORMAL * sigma**2)
        cut = widening * pt.concatenate([first[None], first + pt.cumsum(gap)])
        intercept = normal("act_intercept")
        act_slope = halfnormal("act_slope")
        rise = normal("act_rise")
        dispersion = pt.exp(normal("act_dispersion"))
        z = pm.Normal("path", dims=("dyad", "period"))

        def mixed(weights: Any, columns: Any) -> Any:
            return (weights @ columns).reshape((dyads, periods))

        threat_mix = (len(design.categories) * category[:, None] * threat_memory[None, :]).ravel()
        honor, honor_up = mixed(honor_memory, memory[0]), mixed(honor_memory, memory[1])
        authority, authority_up = mixed(authority_memory, memory[2]), mixed(authority_memory, memory[3])
        injury, relief = mixed(threat_mix, threat[0]), mixed(threat_mix, threat[1])

        innovation = pt.concatenate([z[:, :-1] * pt.sqrt(1 - rho**2), z[:, -1:]], axis=1)
        innovation = pt.specify_shape(innovation, (dyads, periods))
        u = pm.Deterministic("u", sigma * _from_the_end(rho, innovation), dims=("dyad", "period"))
        theta = pm.Deterministic(
            "theta",
            base[:, None]
            + era[era_of][None, :]
            + gamma[0] * past[0]
            + gamma[1] * past[1]
            + own[0][:, None] * honor
            + own[1][:, None] * authority
            + own[2][:, None] * injury
            + effect[3] * honor_up
            + effect[4] * authority_up
            + effect[5] * relief
            + effect[6] * honor * injury
            + effect[7] * authority * injury
            + effect[8] * honor * pm.math.sigmoid(slope * (injury - location))
            + u,
            dims=("dyad", "period"),
        )
        pm.Potential("level_logp", pt.sum(weight * ordinal_logp(level, theta, cut)))
        further = further_acts_logp(extra, intercept + act_slope * theta + rise * (level - 1), dispersion)
        pm.Potential("acts_logp", pt.sum(weight * pt.switch(pt.gt(level, 0), further, 0.0)))
    return model
