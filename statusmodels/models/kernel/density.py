"""The log density of the model and its gradient, in one compiled pass over the dyads.

The readable definition of the model is :mod:`statusmodels.models.assembly`; this folder computes the same number, and
``tests/test_kernel.py`` holds the two equal (value and gradient). It exists because compiling the same model from a
symbolic graph takes a minute or more, and because it is sampled in coordinates in which it is nearly a standard normal: the
latent path as :mod:`statusmodels.models.kernel.path` says, the deviations of groups as :func:`standard` says.

Spreads (of the hierarchy and of the path) multiply standard normal coordinates, whose sign is free. They are sampled with a sign of
their own, half-normal in absolute value: unlike a logarithm, which runs off to minus infinity where the data leave a spread near
zero, it makes the density smooth and nearly normal there.
"""

from __future__ import annotations

import math

import numpy as np

from statusmodels.models.kernel.compiled import compiled, reassociated
from statusmodels.models.kernel.outcomes import (
    acts,
    continuous,
    cutpoints,
    cutpoints_pullback,
    gaps_between,
    ordinal,
)
from statusmodels.models.kernel.path import path_density, path_factor, whitened_path
from statusmodels.models.kernel.priors import (
    VARYING,
    block_prior,
    correlation_factor,
    correlation_pullback,
    sigmoid,
    softmax,
    softmax_pullback,
)

LOGIT_NORMAL = 256.0 / (75.0 * math.pi**2)  # (16 sqrt(3) / (15 pi))^2, the logistic-normal integral's constant
# blocks of the unconstrained vector, as named and sized by models.parameters
(
    EFFECT,
    HONOR_MEMORY,
    AUTHORITY_MEMORY,
    THREAT_MEMORY,
    THREAT_MEMORY_SPREAD,
    THREAT_WEIGHT,
    GATE_LOCATION,
    GATE_SLOPE,
    HISTORY,
    DYAD_SPREAD,
    DYAD_EFFECT_SPREAD,
    RIVALRY_SPREAD,
    RIVALRY_EFFECT_SPREAD,
    ERA_SPREAD,
    ERA_EFFECT_SPREAD,
    CORRELATION,
    SIGMA,
    RHO,
    CUT_FIRST,
    CUT_GAP,
    ACT_INTERCEPT,
    ACT_SLOPE,
    ACT_RISE,
    ACT_DISPERSION,
    EXTERNAL_INTERCEPT,
    EXTERNAL_SLOPE,
    EXTERNAL_SCALE,
    EXTERNAL_CUT_FIRST,
    EXTERNAL_CUT_GAP,
    THREAT_MEMORY_OFFSET,
    DYAD_OFFSET,
    RIVALRY_OFFSET,
    ERA_OFFSET,
    PATH,
) = range(34)
# terms of the linear predictor, as named by models.hypothesis; the first three vary by dyad, rivalry and era
HONOR, AUTHORITY, THREAT, HONOR_UP, AUTHORITY_UP, RELIEF, HONOR_X, AUTHORITY_X, GATE, THRESHOLD = range(10)


@compiled
def mixed(weights, columns, first, out):  # type: ignore[no-untyped-def]
    """``weights @ columns[:, first : first + T]`` into ``out`` (T,)."""
    out[:] = 0.0
    for k in range(weights.shape[0]):
        w = weights[k]
        for t in range(out.shape[0]):
            out[t] += w * columns[k, first + t]


@reassociated
def mixed_pullback(columns, first, g, factor, g_weights):  # type: ignore[no-untyped-def]
    """Add ``factor * columns[:, first : first + T] @ g`` to ``g_weights``."""
    for k in range(columns.shape[0]):
        total = 0.0
        for t in range(g.shape[0]):
            total += columns[k, first + t] * g[t]
        g_weights[k] += factor * total


@compiled
def add(out, factor, x, start, stop):  # type: ignore[no-untyped-def]
    """``out[start:stop] += factor * x[start:stop]``."""
    for t in range(start, stop):
        out[t] += factor * x[t]


@compiled
def add_product(out, factor, x, y):  # type: ignore[no-untyped-def]
    """``out += factor * x * y``."""
    for t in range(out.shape[0]):
        out[t] += factor * x[t] * y[t]


@reassociated
def dot(x, y, start, stop):  # type: ignore[no-untyped-def]
    """Sum of ``x * y`` over ``start:stop``."""
    total = 0.0
    for t in range(start, stop):
        total += x[t] * y[t]
    return total


@compiled
def _runs(era, lasting):  # type: ignore[no-untyped-def]
    """Bounds of the stretches of periods that lie in one era; the whole panel if eras play no part."""
    bounds = [0]
    if lasting:
        for t in range(1, era.shape[0]):
            if era[t] != era[t - 1]:
                bounds.append(t)  # noqa: PERF401 numba knows no generators
    bounds.append(era.shape[0])
    return np.array(bounds)


@compiled
def _scalar(x, at, block, otherwise):  # type: ignore[no-untyped-def]
    """The first entry of a block, or another value if the block is empty."""
    return x[at[block]] if at[block + 1] > at[block] else otherwise


@compiled
def _spreads(x, at, base, effects, terms):  # type: ignore[no-untyped-def]
    """Spreads (4,) of base rate and effects over a level's groups, with their signs; zero where the level or the term is absent."""
    out = np.zeros(VARYING)
    if at[base + 1] > at[base]:
        out[0] = x[at[base]]
        for j in range(1, VARYING):
            out[j] = terms[j - 1] * x[at[effects] + j - 1]
    return out


@compiled
def standard(x, at, block, spread, h, r):  # type: ignore[no-untyped-def]
    """Standard normal deviations ``q`` of one level from their coordinates ``z``, and the log Jacobian; ``x`` receives q.

        q = (s h r) / (1 + h s^2) + z / sqrt(1 + h s^2)

    with s the spread and h, r (groups of all levels) the pilot's curvature and working response of ``s q``: what the path's
    whitening is for the path. Groups of which the data tell much are in effect centred, the others not, and that changes with s.
    """
    groups = (at[block + 1] - at[block]) // VARYING
    lp = 0.0
    for j in range(VARYING):
        for g in range(groups):
            i = at[block] + j * groups + g
            k = i - at[THREAT_MEMORY_OFFSET]
            c = 1.0 + h[k] * spread[j] * spread[j]
            x[i] = spread[j] * h[k] * r[k] / c + x[i] / math.sqrt(c)
            lp -= 0.5 * math.log(c)
    return lp


@compiled
def standard_pullback(q, at, block, base, effects, terms, spread, h, r, grad):  # type: ignore[no-untyped-def]
    """From the gradient by ``q`` in ``grad`` to that by ``z``, in place, and by the spreads."""
    groups = (at[block + 1] - at[block]) // VARYING
    for j in range(VARYING):
        for g in range(groups):
            i = at[block] + j * groups + g
            k = i - at[THREAT_MEMORY_OFFSET]
            s = spread[j]
            c = 1.0 + h[k] * s * s
            pull = s * h[k] * r[k] / c  # the part of q that is not z's
            by_spread = h[k] * r[k] * (2.0 - c) / (c * c) - (q[i] - pull) * h[k] * s / c
            total = grad[i] * by_spread - h[k] * s / c
            if j == 0:
                grad[at[base]] += total
            else:
                grad[at[effects] + j - 1] += terms[j - 1] * total
            grad[i] /= math.sqrt(c)


@compiled
def _deviations(x, at, block, correlation):  # type: ignore[no-untyped-def]
    """Deviations (groups, 4) of one level in units of their spreads: ``L z``."""
    groups = (at[block + 1] - at[block]) // VARYING
    out = np.zeros((max(groups, 1), VARYING))
    for g in range(groups):
        for j in range(VARYING):
            for m in range(j + 1):
                out[g, j] += correlation[j, m] * x[at[block] + m * groups + g]
    return out


@compiled
def _deviations_pullback(x, at, block, base, effects, terms, spread, correlation, unit, g_out, g_correlation, grad):  # type: ignore[no-untyped-def]
    """Gradient by offsets, spreads and the correlation's factor of ``spread * _deviations``."""
    groups = (at[block + 1] - at[block]) // VARYING
    if groups == 0:
        return
    for g in range(groups):
        for j in range(VARYING):
            if j == 0:
                grad[at[base]] += g_out[g, j] * unit[g, j]
            else:
                grad[at[effects] + j - 1] += terms[j - 1] * g_out[g, j] * unit[g, j]
            scaled = spread[j] * g_out[g, j]
            for m in range(j + 1):
                grad[at[block] + m * groups + g] += scaled * correlation[j, m]
                g_correlation[j, m] += scaled * x[at[block] + m * groups + g]


@compiled
def log_density(  # type: ignore[no-untyped-def]
    coordinates,
    at,
    prior,
    terms,
    memory,
    threat,
    history,
    era,
    rivalry,
    level,
    count,
    external,
    weight,
    curvature,
    response,
    group_curvature,
    group_response,
    g_signal,
):
    """Log posterior density (up to the evidence) at ``coordinates``, and its gradient.

    Parameters
    ----------
    coordinates : (P,) unconstrained parameters, but of path and groups the whitened coordinates.
    at : (35,) first index of each block, and the end.
    prior : (33, 3) family and two hyperparameters of each block but the path.
    terms : (10,) 1 where the hypothesis frees a coefficient and 0 where it does not.
    memory : (4, K, D * T) faded honor denied, honor granted, authority denied, authority granted.
    threat : (2, C * K, D * T) faded threats posed and relieved.
    history : (2, D, T) own and other side's recent escalation.
    era : (T,) and rivalry : (D,) index of each period's era and of each dyad's rivalry.
    level, count, external : (D, T) outcomes.
    weight : (3, D, T) 1 where level, count and external series are modelled, else 0.
    curvature, response : (D, T) pilot curvature and working response of the path.
    group_curvature, group_response : (G,) the same of the groups' deviations, in the order of their blocks.
    g_signal : (6, D * T) or (6, 0); receives the gradient by the mixed signals honor, its grants, authority, its grants, threat
        and its relief.
    """
    x = coordinates.copy()
    lp = 0.0
    s_dyad = _spreads(x, at, DYAD_SPREAD, DYAD_EFFECT_SPREAD, terms)
    s_rivalry = _spreads(x, at, RIVALRY_SPREAD, RIVALRY_EFFECT_SPREAD, terms)
    s_era = _spreads(x, at, ERA_SPREAD, ERA_EFFECT_SPREAD, terms)
    lp += standard(x, at, DYAD_OFFSET, s_dyad, group_curvature, group_response)
    lp += standard(x, at, RIVALRY_OFFSET, s_rivalry, group_curvature, group_response)
    lp += standard(x, at, ERA_OFFSET, s_era, group_curvature, group_response)
    grad = np.zeros(x.shape[0])
    dyads, periods = level.shape
    half_lives = memory.shape[1]
    cats = threat.shape[1] // half_lives

    for b in range(prior.shape[0]):
        if at[b + 1] > at[b]:
            lp += block_prior(x, at[b], at[b + 1], prior[b, 0], prior[b, 1], prior[b, 2], grad)

    effect = x[at[EFFECT] : at[EFFECT + 1]] * terms
    use_honor = terms[HONOR] + terms[HONOR_UP] + terms[HONOR_X] + terms[GATE] + terms[THRESHOLD] > 0.0
    use_authority = terms[AUTHORITY] + terms[AUTHORITY_UP] + terms[AUTHORITY_X] > 0.0
    use_threat = (
        terms[THREAT] + terms[RELIEF] + terms[HONOR_X] + terms[AUTHORITY_X] + terms[GATE] + terms[THRESHOLD] > 0.0
    )
    use_gate = terms[GATE] > 0.0
    use_threshold = terms[THRESHOLD] > 0.0

    w_honor = softmax(x[at[HONOR_MEMORY] : at[HONOR_MEMORY + 1]])
    w_authority = softmax(x[at[AUTHORITY_MEMORY] : at[AUTHORITY_MEMORY + 1]])
    w_category = softmax(x[at[THREAT_WEIGHT] : at[THREAT_WEIGHT + 1]])
    pooled = at[THREAT_MEMORY_SPREAD + 1] == at[THREAT_MEMORY_SPREAD]
    memory_spread = _scalar(x, at, THREAT_MEMORY_SPREAD, 0.0)
    w_threat = np.empty((cats, half_lives))
    for c in range(cats):
        logit = x[at[THREAT_MEMORY] : at[THREAT_MEMORY + 1]].copy()
        if not pooled:
            own = at[THREAT_MEMORY_OFFSET] + c * half_lives
            logit += memory_spread * x[own : own + half_lives]
        w_threat[c] = softmax(logit)
    mix = np.empty(cats * half_lives)
    for c in range(cats):
        for k in range(half_lives):
            mix[c * half_lives + k] = cats * w_category[c] * w_threat[c, k]

    # base rate and effects of each dyad (columns: base, honor, authority, threat), and deviations of each era
    correlation = correlation_factor(x[at[CORRELATION] : at[CORRELATION + 1]])
    independent = np.eye(VARYING)
    unit_dyad = _deviations(x, at, DYAD_OFFSET, correlation)
    unit_rivalry = _deviations(x, at, RIVALRY_OFFSET, independent)
    unit_era = _deviations(x, at, ERA_OFFSET, independent)
    v_dyad = s_dyad * unit_dyad
    v_rivalry = s_rivalry * unit_rivalry
    v_era = s_era * unit_era
    nested = v_rivalry.shape[0] > 1
    lasting = v_era.shape[0] > 1
    many = v_dyad.shape[0] > 1
    runs = _runs(era, lasting)
    own = np.zeros((dyads, VARYING))
    for d in range(dyads):
        for j in range(VARYING):
            own[d, j] = (v_dyad[d, j] if many else 0.0) + (v_rivalry[rivalry[d], j] if nested else 0.0)
            if j > 0:
                own[d, j] += effect[j - 1]
    # dyads and eras deviate from their averages, so that the cutpoints alone carry the overall level
    own[:, 0] -= np.mean(own[:, 0])
    era_base = v_era[:, 0] - np.mean(v_era[:, 0])

    location = _scalar(x, at, GATE_LOCATION, 0.0)
    gate_slope = math.exp(_scalar(x, at, GATE_SLOPE, 0.0))
    dynamic = at[SIGMA + 1] > at[SIGMA]
    sign = 1.0 if _scalar(x, at, SIGMA, 1.0) > 0.0 else -1.0
    sigma = sign * _scalar(x, at, SIGMA, sign)
    rho = sigmoid(_scalar(x, at, RHO, 0.0))
    widening = math.sqrt(1.0 + LOGIT_NORMAL * sigma * sigma) if dynamic else 1.0
    average_cut = cutpoints(x[at[CUT_FIRST] : at[CUT_FIRST + 1]], x[at[CUT_GAP] : at[CUT_GAP + 1]])
    cut = widening * average_cut
    log_between, pull = gaps_between(cut)
    with_level = cut.shape[0] > 0
    with_acts = at[ACT_INTERCEPT + 1] > at[ACT_INTERCEPT]
    intercept = _scalar(x, at, ACT_INTERCEPT, 0.0)
    slope = math.exp(_scalar(x, at, ACT_SLOPE, 0.0))
    rise = _scalar(x, at, ACT_RISE, 0.0)
    dispersion = math.exp(_scalar(x, at, ACT_DISPERSION, 0.0))
    with_external = at[EXTERNAL_SLOPE + 1] > at[EXTERNAL_SLOPE]
    external_continuous = at[EXTERNAL_SCALE + 1] > at[EXTERNAL_SCALE]
    external_intercept = _scalar(x, at, EXTERNAL_INTERCEPT, 0.0)
    external_slope = math.exp(_scalar(x, at, EXTERNAL_SLOPE, 0.0))
    external_scale = math.exp(_scalar(x, at, EXTERNAL_SCALE, 0.0))
    external_cut = cutpoints(
        x[at[EXTERNAL_CUT_FIRST] : at[EXTERNAL_CUT_FIRST + 1]], x[at[EXTERNAL_CUT_GAP] : at[EXTERNAL_CUT_GAP + 1]]
    )
    external_between, external_pull = gaps_between(external_cut)

    honor = np.zeros(periods)
    honor_up = np.zeros(periods)
    authority = np.zeros(periods)
    authority_up = np.zeros(periods)
    injury = np.zeros(periods)
    relief = np.zeros(periods)
    gate = np.zeros(periods)
    excess = np.zeros(periods)
    product = np.empty(periods)
    eta = np.empty(periods)
    g_eta = np.empty(periods)
    g_honor = np.empty(periods)
    g_authority = np.empty(periods)
    g_injury = np.empty(periods)
    gu = np.empty(periods)
    gz = np.empty(periods)
    z = np.empty(periods)
    u = np.zeros(periods)
    s = np.empty(periods)
    gb = np.empty(periods)
    inverse = np.empty(periods)
    off = np.empty(periods)
    g_cut = np.zeros(cut.shape[0])
    g_act = np.zeros(4)
    g_external = np.zeros(3)
    g_external_cut = np.zeros(external_cut.shape[0])
    g_effect = np.zeros(terms.shape[0])
    g_own = np.zeros((dyads, VARYING))
    g_era = np.zeros(v_era.shape)
    g_w_honor = np.zeros(half_lives)
    g_w_authority = np.zeros(half_lives)
    g_mix = np.zeros(cats * half_lives)
    g_location = 0.0
    g_slope = 0.0
    g_sigma = 0.0
    g_rho = 0.0

    for d in range(dyads):
        first = d * periods
        # the linear predictor
        if use_honor:
            mixed(w_honor, memory[0], first, honor)
            if terms[HONOR_UP] > 0.0:
                mixed(w_honor, memory[1], first, honor_up)
        if use_authority:
            mixed(w_authority, memory[2], first, authority)
            if terms[AUTHORITY_UP] > 0.0:
                mixed(w_authority, memory[3], first, authority_up)
        if use_threat:
            mixed(mix, threat[0], first, injury)
            if terms[RELIEF] > 0.0:
                mixed(mix, threat[1], first, relief)
        if use_gate:
            for t in range(periods):
                gate[t] = sigmoid(gate_slope * (injury[t] - location))
        if use_threshold:
            for t in range(periods):
                excess[t] = max(0.0, injury[t] - location)
        for i in range(runs.shape[0] - 1):
            start, stop = runs[i], runs[i + 1]
            e = era[start] if lasting else 0
            eta[start:stop] = own[d, 0] + era_base[e]
            if use_honor:
                add(eta, own[d, 1] + v_era[e, 1], honor, start, stop)
            if use_authority:
                add(eta, own[d, 2] + v_era[e, 2], authority, start, stop)
            if use_threat:
                add(eta, own[d, 3] + v_era[e, 3], injury, start, stop)
        for side in range(2):
            add(eta, x[at[HISTORY] + side], history[side, d], 0, periods)
        if terms[HONOR_UP] > 0.0:
            add(eta, effect[HONOR_UP], honor_up, 0, periods)
        if terms[AUTHORITY_UP] > 0.0:
            add(eta, effect[AUTHORITY_UP], authority_up, 0, periods)
        if terms[RELIEF] > 0.0:
            add(eta, effect[RELIEF], relief, 0, periods)
        if terms[HONOR_X] > 0.0:
            add_product(eta, effect[HONOR_X], honor, injury)
        if terms[AUTHORITY_X] > 0.0:
            add_product(eta, effect[AUTHORITY_X], authority, injury)
        if use_gate:
            add_product(eta, effect[GATE], honor, gate)
        if use_threshold:
            add_product(eta, effect[THRESHOLD], honor, excess)

        # the latent path and the outcomes
        if dynamic:
            # the path's spread has a sign too: it goes to the coordinates, so that all is smooth where sigma is zero
            z[:] = sign * x[at[PATH] + first : at[PATH] + first + periods]
            lp -= path_factor(sigma, rho, curvature[d], inverse, off)
            whitened_path(z, eta, curvature[d], response[d], inverse, off, s, u)
        gu[:] = 0.0
        if with_level:
            l_level, _ = ordinal(eta, u, level[d], weight[0, d], 1.0, cut, log_between, pull, gu, g_cut)
            lp += l_level
        if with_acts:
            lp += acts(
                eta, u, level[d], count[d], weight[1, d], with_level, intercept, slope, rise, dispersion, gu, g_act
            )
        if with_external:
            if external_continuous:
                lp += continuous(
                    eta,
                    u,
                    external[d],
                    weight[2, d],
                    external_intercept,
                    external_slope,
                    external_scale,
                    gu,
                    g_external,
                )
            else:
                l_series, gs = ordinal(
                    eta,
                    u,
                    external[d],
                    weight[2, d],
                    external_slope,
                    external_cut,
                    external_between,
                    external_pull,
                    gu,
                    g_external_cut,
                )
                lp += l_series
                g_external[1] += gs
        g_eta[:] = gu
        if dynamic:
            l_path, gs, gr = path_density(u, s, sigma, rho, curvature[d], gu, g_eta, gz, inverse, off, gb)
            lp += l_path
            g_sigma += gs
            g_rho += gr
            for t in range(periods):
                grad[at[PATH] + first + t] += sign * gz[t]

        # from the linear predictor back
        for i in range(runs.shape[0] - 1):
            start, stop = runs[i], runs[i + 1]
            e = era[start] if lasting else 0
            sums = (
                np.sum(g_eta[start:stop]),
                dot(g_eta, honor, start, stop) if use_honor else 0.0,
                dot(g_eta, authority, start, stop) if use_authority else 0.0,
                dot(g_eta, injury, start, stop) if use_threat else 0.0,
            )
            for j in range(VARYING):
                g_own[d, j] += sums[j]
                g_era[e, j] += sums[j]
            g_honor[start:stop] = (own[d, 1] + v_era[e, 1]) * g_eta[start:stop]
            g_authority[start:stop] = (own[d, 2] + v_era[e, 2]) * g_eta[start:stop]
            g_injury[start:stop] = (own[d, 3] + v_era[e, 3]) * g_eta[start:stop]
        for side in range(2):
            grad[at[HISTORY] + side] += dot(g_eta, history[side, d], 0, periods)
        if terms[HONOR_UP] > 0.0:
            g_effect[HONOR_UP] += dot(g_eta, honor_up, 0, periods)
        if terms[AUTHORITY_UP] > 0.0:
            g_effect[AUTHORITY_UP] += dot(g_eta, authority_up, 0, periods)
        if terms[RELIEF] > 0.0:
            g_effect[RELIEF] += dot(g_eta, relief, 0, periods)
        if terms[HONOR_X] > 0.0:
            product[:] = g_eta * injury
            g_effect[HONOR_X] += dot(product, honor, 0, periods)
            add(g_honor, effect[HONOR_X], product, 0, periods)
            add_product(g_injury, effect[HONOR_X], g_eta, honor)
        if terms[AUTHORITY_X] > 0.0:
            product[:] = g_eta * injury
            g_effect[AUTHORITY_X] += dot(product, authority, 0, periods)
            add(g_authority, effect[AUTHORITY_X], product, 0, periods)
            add_product(g_injury, effect[AUTHORITY_X], g_eta, authority)
        if use_gate:
            for t in range(periods):
                gh = g_eta[t] * honor[t]
                g_effect[GATE] += gh * gate[t]
                g_honor[t] += effect[GATE] * g_eta[t] * gate[t]
                g_gate = gh * effect[GATE] * gate[t] * (1.0 - gate[t])
                g_slope += g_gate * (injury[t] - location)
                g_location -= g_gate * gate_slope
                g_injury[t] += g_gate * gate_slope
        if use_threshold:
            for t in range(periods):
                if excess[t] > 0.0:
                    gh = g_eta[t] * honor[t]
                    g_effect[THRESHOLD] += gh * excess[t]
                    g_honor[t] += effect[THRESHOLD] * g_eta[t] * excess[t]
                    g_location -= gh * effect[THRESHOLD]
                    g_injury[t] += gh * effect[THRESHOLD]
        if use_honor:
            mixed_pullback(memory[0], first, g_honor, 1.0, g_w_honor)
            if terms[HONOR_UP] > 0.0:
                mixed_pullback(memory[1], first, g_eta, effect[HONOR_UP], g_w_honor)
        if use_authority:
            mixed_pullback(memory[2], first, g_authority, 1.0, g_w_authority)
            if terms[AUTHORITY_UP] > 0.0:
                mixed_pullback(memory[3], first, g_eta, effect[AUTHORITY_UP], g_w_authority)
        if use_threat:
            mixed_pullback(threat[0], first, g_injury, 1.0, g_mix)
            if terms[RELIEF] > 0.0:
                mixed_pullback(threat[1], first, g_eta, effect[RELIEF], g_mix)
        if g_signal.shape[1] > 0:
            for t in range(periods):
                g_signal[0, first + t] = g_honor[t]
                g_signal[1, first + t] = effect[HONOR_UP] * g_eta[t]
                g_signal[2, first + t] = g_authority[t]
                g_signal[3, first + t] = effect[AUTHORITY_UP] * g_eta[t]
                g_signal[4, first + t] = g_injury[t]
                g_signal[5, first + t] = effect[RELIEF] * g_eta[t]

    # from the parameters' transformed values back to the unconstrained vector
    for d in range(dyads):
        for j in range(1, VARYING):
            g_effect[j - 1] += g_own[d, j]
    for j in range(terms.shape[0]):
        grad[at[EFFECT] + j] += g_effect[j] * terms[j]
    g_own[:, 0] -= np.mean(g_own[:, 0])
    g_era[:, 0] -= np.mean(g_era[:, 0])
    g_correlation = np.zeros((VARYING, VARYING))
    nowhere = np.zeros((VARYING, VARYING))
    _deviations_pullback(
        x,
        at,
        DYAD_OFFSET,
        DYAD_SPREAD,
        DYAD_EFFECT_SPREAD,
        terms,
        s_dyad,
        correlation,
        unit_dyad,
        g_own,
        g_correlation,
        grad,
    )
    if nested:
        g_rivalry = np.zeros(v_rivalry.shape)
        for d in range(dyads):
            for j in range(VARYING):
                g_rivalry[rivalry[d], j] += g_own[d, j]
        _deviations_pullback(
            x,
            at,
            RIVALRY_OFFSET,
            RIVALRY_SPREAD,
            RIVALRY_EFFECT_SPREAD,
            terms,
            s_rivalry,
            independent,
            unit_rivalry,
            g_rivalry,
            nowhere,
            grad,
        )
    _deviations_pullback(
        x, at, ERA_OFFSET, ERA_SPREAD, ERA_EFFECT_SPREAD, terms, s_era, independent, unit_era, g_era, nowhere, grad
    )
    correlation_pullback(
        x[at[CORRELATION] : at[CORRELATION + 1]],
        correlation,
        g_correlation,
        grad[at[CORRELATION] : at[CORRELATION + 1]],
    )

    softmax_pullback(w_honor, g_w_honor, grad[at[HONOR_MEMORY] : at[HONOR_MEMORY + 1]])
    softmax_pullback(w_authority, g_w_authority, grad[at[AUTHORITY_MEMORY] : at[AUTHORITY_MEMORY + 1]])
    g_category = np.zeros(cats)
    for c in range(cats):
        g_fade = np.zeros(half_lives)
        for k in range(half_lives):
            g = g_mix[c * half_lives + k]
            g_category[c] += g * cats * w_threat[c, k]
            g_fade[k] = g * cats * w_category[c]
        g_logit = np.zeros(at[THREAT_MEMORY + 1] - at[THREAT_MEMORY])
        softmax_pullback(w_threat[c], g_fade, g_logit)
        grad[at[THREAT_MEMORY] : at[THREAT_MEMORY + 1]] += g_logit
        if not pooled:
            for k in range(half_lives):
                i = at[THREAT_MEMORY_OFFSET] + c * half_lives + k
                grad[at[THREAT_MEMORY_SPREAD]] += g_logit[k] * x[i]
                grad[i] += g_logit[k] * memory_spread
    softmax_pullback(w_category, g_category, grad[at[THREAT_WEIGHT] : at[THREAT_WEIGHT + 1]])

    if use_gate or use_threshold:
        grad[at[GATE_LOCATION]] += g_location
    if use_gate:
        grad[at[GATE_SLOPE]] += g_slope * gate_slope
    if dynamic:
        grad[at[RHO]] += g_rho * rho * (1.0 - rho)
        g_sigma += np.sum(g_cut * average_cut) * LOGIT_NORMAL * sigma / widening
        grad[at[SIGMA]] += g_sigma * sign
    g_first = np.zeros(1)
    g_gap = np.zeros(at[CUT_GAP + 1] - at[CUT_GAP])
    cutpoints_pullback(cut, g_cut, g_first, g_gap)
    grad[at[CUT_GAP] : at[CUT_GAP + 1]] += g_gap
    if with_level:
        grad[at[CUT_FIRST]] += widening * g_first[0]
    if with_acts:
        grad[at[ACT_INTERCEPT]] += g_act[0]
        grad[at[ACT_SLOPE]] += g_act[1] * slope
        if with_level:
            grad[at[ACT_RISE]] += g_act[2]
        grad[at[ACT_DISPERSION]] += g_act[3] * dispersion
    if with_external:
        grad[at[EXTERNAL_SLOPE]] += g_external[1] * external_slope
        if external_continuous:
            grad[at[EXTERNAL_INTERCEPT]] += g_external[0]
            grad[at[EXTERNAL_SCALE]] += g_external[2]
        else:
            cutpoints_pullback(
                external_cut,
                g_external_cut,
                grad[at[EXTERNAL_CUT_FIRST] : at[EXTERNAL_CUT_FIRST + 1]],
                grad[at[EXTERNAL_CUT_GAP] : at[EXTERNAL_CUT_GAP + 1]],
            )

    h, r = group_curvature, group_response
    standard_pullback(x, at, DYAD_OFFSET, DYAD_SPREAD, DYAD_EFFECT_SPREAD, terms, s_dyad, h, r, grad)
    standard_pullback(x, at, RIVALRY_OFFSET, RIVALRY_SPREAD, RIVALRY_EFFECT_SPREAD, terms, s_rivalry, h, r, grad)
    standard_pullback(x, at, ERA_OFFSET, ERA_SPREAD, ERA_EFFECT_SPREAD, terms, s_era, h, r, grad)
    return lp, grad
