r"""The model as a plain ``pm.Model``: its readable definition.

For directed dyad d (J to I) in period t of era e, with H, A, I the faded honor denied, authority denied and injury index:

.. math::

    \theta_{dt} = \text{base}_d + \text{era}_e
                  + \sum_{j \in \{H, A, I\}} (b_j + \delta_{jd} + \epsilon_{je})\,x_{jdt} + \text{granted, relieved}
                  + g_{HI} H I + g_{AI} A I + g\,H\,\text{logit}^{-1}(s(I - l)) + k\,H \max(0, I - l)
                  + \gamma'\,\text{history} + u_{dt}

    (\text{base}_d, \delta_{\cdot d}) = \text{diag}(\tau)\,L\,z_d + \text{diag}(\tau_r)\,w_{r(d)}, \qquad
    (\text{era}_e, \epsilon_{\cdot e}) = \text{diag}(\tau_E)\,q_e, \qquad L L' \sim \text{LKJ}

    I = C \sum_c w_c \sum_k m_{ck} x_{ck}, \qquad m_c = \text{softmax}(\mu + \tau_m \nu_c)

    u_{dt} = \rho\,u_{d,t+1} + \sigma\sqrt{1 - \rho^2}\,z_{dt}   \quad\text{(a stationary AR(1), written from its end)}

    P(\text{level}_{dt} \ge k) = \text{logit}^{-1}(\theta_{dt} - c_k), \qquad
    \text{acts} - 1 \mid \text{level} \ge 1 \sim \text{NegBin}(e^{a + \lambda\theta + \kappa(\text{level} - 1)}, \phi)

    c_k = \sqrt{1 + (16\sqrt3 / 15\pi)^2 \sigma^2}\,\bar c_k

base and era are centred over dyads and over eras. Spreads (tau, sigma) are sampled with a sign, which means nothing because
that of the standard normals they multiply is free. A level of the hierarchy is there where it has more than one group (rivalries r:
if some hold two dyads); L is the identity below ten dyads. An external series is one more reading of the same risk:
:math:`y \sim N(a_x + \lambda_x \theta, s_x)` or :math:`P(y \ge k) = \text{logit}^{-1}(\lambda_x \theta - c_{xk})`.

The prior is on :math:`\bar c_k`, the log odds of staying below level k averaged over the latent path (the logistic-normal
approximation), so that it keeps its meaning whatever sigma is.

The count is of the acts beyond the first, given that there was one: a period without acts has level 0 by definition, so two
likelihoods that both counted that zero would use it twice. More acts leave more room for a high one, so the level enters the
count (kappa); without it sigma would have to grow to tie the two together. Where no level is modelled, all acts are counted.

:mod:`statusmodels.models.kernel` computes the same density without a symbolic graph and is what the package samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

from statusmodels.models.design import Design
from statusmodels.models.hypothesis import TERMS, VARYING, Hypothesis
from statusmodels.models.kernel import LOGIT_NORMAL
from statusmodels.models.kernel.priors import VARYING as VARIED
from statusmodels.models.parameters import sizes
from statusmodels.models.priors import SIGNED, Priors

FAR = 1e6  # stands for an infinite cutpoint: exp(-FAR) is exactly zero


def ordinal_logp(level: Any, theta: Any, cut: Any) -> Any:
    """Log probability of ordinal levels under the cumulative logit, stable in both tails."""
    gap = cut[1:] - cut[:-1]  # empty for a binary outcome
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
    n = sizes(design)
    correlations = [(i, j) for i in range(VARIED) for j in range(i)]
    coords = {
        "term": list(TERMS),
        "varying": list(VARYING),
        "quantity": ["base", *VARYING],
        "dyad": list(design.dyads),
        "rivalry": list(design.rivalries),
        "period": np.arange(periods),
        "half_life": design.half_lives,
        "category": list(design.categories),
        "side": list(design.controls),
        "era": np.arange(design.eras),
        "gap": np.arange(2, design.levels + 1),
    }

    def normal(name: str, dims: Any = None, **size: Any) -> Any:
        return pm.Normal(name, prior[name].a, prior[name].b, dims=dims, **size)

    def halfnormal(name: str, dims: Any = None) -> Any:
        if name in SIGNED:  # half-normal in absolute value; its sign is that of the standard normals it multiplies
            return pm.Normal(name, 0, prior[name].b, dims=dims)
        return pm.HalfNormal(name, prior[name].b, dims=dims)

    def weights(name: str, dim: str) -> Any:
        return pt.special.softmax(normal(name, dim)) if n[name] else pt.ones(1)

    with pm.Model(coords=coords) as model:
        memory = pm.Data("memory", design.memory)
        threat = pm.Data("threat", design.threat)
        past = pm.Data("past", design.history, dims=("side", "dyad", "period"))
        era_of = pm.Data("era_of", design.era, dims="period")
        mask = pm.Data("mask", hypothesis.mask(), dims="term")

        effect = normal("effect", "term") * mask
        free = pt.concatenate([[1.0], mask[: VARIED - 1]])
        honor_memory = weights("honor_memory", "half_life")
        authority_memory = weights("authority_memory", "half_life")
        fading = normal("threat_memory", "half_life") if n["threat_memory"] else None
        fading_spread = halfnormal("threat_memory_spread") if n["threat_memory_spread"] else None
        category = weights("threat_weight", "category")
        location = normal("gate_location")
        slope = pt.exp(normal("gate_slope"))
        gamma = normal("history", "side")
        dyad_spread = _spread(n, "", halfnormal)
        rivalry_spread = _spread(n, "rivalry_", halfnormal)
        era_spread = _spread(n, "era_", halfnormal)
        factor: Any = pt.eye(VARIED)
        if n["correlation"]:
            # LKJ through its partial correlations, which are independent (Lewandowski, Kurowicka & Joe 2009)
            shape = np.array([prior["correlation"].b + 0.5 * (VARIED - 2 - j) for _, j in correlations])
            factor = _correlation_factor(2 * pm.Beta("correlation", shape, shape) - 1, correlations)
        sigma: Any = halfnormal("sigma") if design.path else None
        rho: Any = pm.Beta("rho", prior["rho"].a, prior["rho"].b) if design.path else None
        if design.has_level:
            first = normal("cut_first")
            gap = pt.exp(normal("cut_gap", "gap")) if n["cut_gap"] else pt.zeros(0)
            widening = pt.sqrt(1 + LOGIT_NORMAL * sigma**2) if design.path else 1.0
            cut = widening * pt.concatenate([first[None], first + pt.cumsum(gap)])
        if "acts" in design.outcomes:
            intercept = normal("act_intercept")
            act_slope = halfnormal("act_slope")
            rise = normal("act_rise") if design.has_level else 0.0
            dispersion = pt.exp(normal("act_dispersion"))
        if design.external is not None:
            if not design.external_levels:
                external_intercept = normal("external_intercept")
            external_slope = halfnormal("external_slope")
            if not design.external_levels:
                external_scale = halfnormal("external_scale")
            else:
                external_first = normal("external_cut_first")
                many = n["external_cut_gap"]
                external_gap = pt.exp(normal("external_cut_gap", shape=many)) if many else pt.zeros(0)
                external_cut = pt.concatenate([external_first[None], external_first + pt.cumsum(external_gap)])
        fading_offset = normal("threat_memory_offset", ("category", "half_life")) if fading_spread is not None else 0.0
        by_dyad = pt.zeros((VARIED, dyads))
        if dyad_spread is not None:
            by_dyad += (dyad_spread * free)[:, None] * (factor @ normal("dyad_offset", ("quantity", "dyad")))
        if rivalry_spread is not None:
            offset = normal("rivalry_offset", ("quantity", "rivalry"))
            by_dyad += ((rivalry_spread * free)[:, None] * offset)[:, design.rivalry]
        by_era = pt.zeros((VARIED, design.eras))
        if era_spread is not None:
            by_era += (era_spread * free)[:, None] * normal("era_offset", ("quantity", "era"))
        base = by_dyad[0] - by_dyad[0].mean()
        era = by_era[0] - by_era[0].mean()
        own = effect[: VARIED - 1, None, None] + by_dyad[1:, :, None] + by_era[1:, era_of][:, None, :]

        def mixed(weight: Any, columns: Any) -> Any:
            return (weight @ columns).reshape((dyads, periods))

        threat_memory = pt.ones((len(design.categories), 1))
        if fading is not None:
            spread = 0.0 if fading_spread is None else fading_spread
            logits = fading[None, :] + spread * fading_offset + pt.zeros((len(design.categories), 1))
            threat_memory = pt.special.softmax(logits, axis=1)
        threat_mix = (len(design.categories) * category[:, None] * threat_memory).ravel()
        honor, honor_up = mixed(honor_memory, memory[0]), mixed(honor_memory, memory[1])
        authority, authority_up = mixed(authority_memory, memory[2]), mixed(authority_memory, memory[3])
        injury, relief = mixed(threat_mix, threat[0]), mixed(threat_mix, threat[1])

        u: Any = 0.0
        if design.path:
            z = pm.Normal("path", dims=("dyad", "period"))
            innovation = pt.concatenate([z[:, :-1] * pt.sqrt(1 - rho**2), z[:, -1:]], axis=1)
            innovation = pt.specify_shape(innovation, (dyads, periods))
            u = pm.Deterministic("u", sigma * _from_the_end(rho, innovation), dims=("dyad", "period"))
        theta = pm.Deterministic(
            "theta",
            base[:, None]
            + era[era_of][None, :]
            + pt.tensordot(gamma, past, 1)
            + own[0] * honor
            + own[1] * authority
            + own[2] * injury
            + effect[3] * honor_up
            + effect[4] * authority_up
            + effect[5] * relief
            + effect[6] * honor * injury
            + effect[7] * authority * injury
            + effect[8] * honor * pm.math.sigmoid(slope * (injury - location))
            + effect[9] * honor * pt.maximum(injury - location, 0)
            + u,
            dims=("dyad", "period"),
        )

        level_weight, acts_weight, external_weight = design.weights
        level = pm.Data("level", design.level, dims=("dyad", "period"))
        if design.has_level:
            on = pm.Data("weight", level_weight, dims=("dyad", "period"))
            pm.Potential("level_logp", pt.sum(on * ordinal_logp(level, theta, cut)))
        if "acts" in design.outcomes:
            extra = pm.Data("extra", design.extra, dims=("dyad", "period"))
            counted = pm.Data("acts_weight", acts_weight, dims=("dyad", "period"))
            log_mean = intercept + act_slope * theta
            if design.has_level:
                log_mean = log_mean + rise * (level - 1)
                counted = counted * pt.gt(level, 0)
            logp = further_acts_logp(extra, log_mean, dispersion)
            pm.Potential("acts_logp", pt.sum(pt.switch(pt.gt(counted, 0), logp, 0.0)))
        if design.external is not None:
            told = pm.Data("external_weight", external_weight, dims=("dyad", "period"))
            series = np.nan_to_num(design.external)
            if design.external_levels:
                logp = ordinal_logp(series.astype(np.int64), external_slope * theta, external_cut)
            else:
                mean = external_intercept + external_slope * theta
                logp = pm.logp(pm.Normal.dist(mean, external_scale), series)
            pm.Potential("external_logp", pt.sum(told * logp))
    return model


def _spread(n: dict[str, int], prefix: str, halfnormal: Any) -> Any:
    """Standard deviations of base rate and effects over the groups of one level, (4,); None if it has no more than one."""
    base = "era_spread" if prefix == "era_" else f"{prefix}base_spread"
    if not n[base]:
        return None
    first = halfnormal(base)
    return pt.concatenate([first[None], halfnormal(f"{prefix}effect_spread", "varying")])


def _correlation_factor(partial: Any, pairs: list[tuple[int, int]]) -> Any:
    """Cholesky factor of the correlation matrix with these partial correlations, row by row."""
    rows = [[pt.zeros(()) for _ in range(VARIED)] for _ in range(VARIED)]
    rest = [pt.ones(()) for _ in range(VARIED)]
    for at, (i, j) in enumerate(pairs):
        rows[i][j] = partial[at] * pt.sqrt(rest[i])
        rest[i] = rest[i] * (1 - partial[at] ** 2)
    for i in range(VARIED):
        rows[i][i] = pt.sqrt(rest[i])
    return pt.stack([pt.stack(row) for row in rows])
