"""The parameters: their layout in the sampler's unconstrained vector, and the way back to named quantities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import logit

from statusmodels.models.design import MANY, Design
from statusmodels.models.hypothesis import TERMS, VARYING
from statusmodels.models.kernel import LOGIT_NORMAL
from statusmodels.models.kernel.priors import PAIRS
from statusmodels.models.kernel.priors import VARYING as VARIED
from statusmodels.models.priors import DEFAULTS, SIGNED, Priors

Array = npt.NDArray[np.float64]
BLOCKS = (*DEFAULTS, "path")
SIGNALS = ("honor_denied", "honor_granted", "authority_denied", "authority_granted", "threat", "threat_relieved")


def sizes(design: Design) -> dict[str, int]:
    """Length of each block of the unconstrained vector; zero for what the panel or the outcomes have no use for.

    A level of the hierarchy exists where it has more than one group: dyads from two on, eras from two on, rivalries if there is more
    than one and some hold two dyads. Correlations are estimated from :data:`~statusmodels.models.design.MANY` dyads on.
    """
    dyads, periods = design.shape
    half_lives, categories, rivalries = len(design.half_lives), len(design.categories), len(design.rivalries)
    fades = half_lives if half_lives > 1 else 0
    by_category = fades > 0 and categories > 1
    by_dyad, by_rivalry, by_era = dyads > 1, 1 < rivalries < dyads, design.eras > 1
    acts, external = "acts" in design.outcomes, "external" in design.outcomes
    effects = VARIED - 1
    return {
        "effect": len(TERMS),
        "honor_memory": fades,
        "authority_memory": fades,
        "threat_memory": fades,
        "threat_memory_spread": int(by_category),
        "threat_weight": categories if categories > 1 else 0,
        "gate_location": 1,
        "gate_slope": 1,
        "history": len(design.controls),
        "base_spread": int(by_dyad),
        "effect_spread": effects * by_dyad,
        "rivalry_base_spread": int(by_rivalry),
        "rivalry_effect_spread": effects * by_rivalry,
        "era_spread": int(by_era),
        "era_effect_spread": effects * by_era,
        "correlation": PAIRS * (dyads >= MANY),
        "sigma": int(design.path),
        "rho": int(design.path),
        "cut_first": int(design.has_level),
        "cut_gap": (design.levels - 1) * design.has_level,
        "act_intercept": int(acts),
        "act_slope": int(acts),
        "act_rise": int(acts and design.has_level),
        "act_dispersion": int(acts),
        "external_intercept": int(external and not design.external_levels),
        "external_slope": int(external),
        "external_scale": int(external and not design.external_levels),
        "external_cut_first": int(external and design.external_levels > 0),
        "external_cut_gap": max(design.external_levels - 1, 0) * external,
        "threat_memory_offset": categories * half_lives * by_category,
        "dyad_offset": VARIED * dyads * by_dyad,
        "rivalry_offset": VARIED * rivalries * by_rivalry,
        "era_offset": VARIED * design.eras * by_era,
        "path": dyads * periods * design.path,
    }


def starts(design: Design) -> npt.NDArray[np.int64]:
    """First index of each block, and the end of the last."""
    return np.cumsum([0, *sizes(design).values()]).astype(np.int64)


def drawn_from_prior(design: Design, priors: Priors, draws: int, rng: np.random.Generator) -> Array:
    """Unconstrained vectors drawn from the prior.

    Each block has a random stream of its own, so that a replaced prior leaves the draws of all others as they were.

    Parameters
    ----------
    design
        Arrays of the panel.
    priors
        The prior table.
    draws
        Number of vectors.
    rng
        Source of randomness; its children are used.

    Returns
    -------
    array (draws, P)
        The latent path as standard normal innovations.
    """
    layout = sizes(design)
    parts = []
    for (name, n), stream in zip(layout.items(), rng.spawn(len(layout)), strict=True):
        if name == BLOCKS[-1]:
            parts.append(stream.standard_normal((draws, n)))
            continue
        prior = priors.table[name]
        if prior.family == "lkj":  # logits of the partial correlations' beta variables, row by row
            column = np.array([j for i in range(VARIED) for j in range(i)])[:n]
            shape = prior.b + 0.5 * (VARIED - 2 - column)
            parts.append(logit(stream.beta(shape, shape, (draws, n))))
            continue
        if name in SIGNED:
            parts.append(stream.normal(0.0, prior.b, (draws, n)))
            continue
        x = prior.distribution.rvs((draws, n), random_state=stream)
        parts.append({"normal": np.asarray, "halfnormal": np.log, "beta": logit}[prior.family](x))
    return np.concatenate(parts, axis=1)


def _softmax(x: Array) -> Array:
    if not x.shape[-1]:  # one half-life or category: all the weight
        return np.ones((*x.shape[:-1], 1))
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def linear_predictor(parameters: xr.Dataset, design: Design, history: Array | None = None) -> Array:
    """The risk without its latent path, for each draw.

    Parameters
    ----------
    parameters
        As returned by :func:`constrain`, with one leading dim (chain x draw stacked, named ``sample``).
    design
        The panel's arrays.
    history
        (2 + n, D, T) to use in place of the design's; zeros leave history out.

    Returns
    -------
    array (S, D, T)
    """
    dyads, periods = design.shape
    grid = (-1, dyads, periods)
    effect = parameters["effect"].to_numpy()
    own = varying_effects(parameters, design)
    signal = signals(parameters, design)
    past = design.history if history is None else history
    eta = parameters["base"].to_numpy()[:, :, None] + parameters["era"].to_numpy()[:, None, design.era]
    eta = eta + np.einsum("sh,hdt->sdt", parameters["history"].to_numpy(), past)
    names = list(TERMS)
    for j, name in enumerate(VARYING):
        eta += own[:, j] * signal[name].reshape(grid)
    for name in ("honor_granted", "authority_granted", "threat_relieved"):
        eta += effect[:, names.index(name), None, None] * signal[name].reshape(grid)
    eta += interaction(parameters, signal["honor_denied"], signal["authority_denied"], signal["threat"]).reshape(grid)
    return np.asarray(eta)


def varying_effects(parameters: xr.Dataset, design: Design) -> Array:
    """Effects of honor denied, authority denied and threat in each dyad and period, (S, 3, D, T)."""
    by_dyad, by_era = parameters["dyad_effect"].to_numpy(), parameters["era_effect"].to_numpy()
    return np.asarray(by_dyad[:, :, :, None] + by_era[:, :, None, design.era])


def signals(parameters: xr.Dataset, design: Design) -> dict[str, Array]:
    """The six mixed signals of each draw, each (S, D * T): of the design's memories, or the draw's own where it has ``signals``."""
    if "signals" in parameters:  # the joint model's memories differ from draw to draw
        own = parameters["signals"].to_numpy().astype(float)
        return {name: own[:, i].reshape(len(own), -1) for i, name in enumerate(SIGNALS)}
    honor, authority = parameters["honor_memory"].to_numpy(), parameters["authority_memory"].to_numpy()
    mix = (
        len(design.categories)
        * parameters["threat_weight"].to_numpy()[:, :, None]
        * parameters["threat_memory"].to_numpy()
    )
    mix = mix.reshape(len(mix), -1)
    return {
        "honor_denied": honor @ design.memory[0],
        "honor_granted": honor @ design.memory[1],
        "authority_denied": authority @ design.memory[2],
        "authority_granted": authority @ design.memory[3],
        "threat": mix @ design.threat[0],
        "threat_relieved": mix @ design.threat[1],
    }


def interaction(parameters: xr.Dataset, honor: Array, authority: Array, threat: Array) -> Array:
    """The part of the risk that is not additive: both products, the gate and the threshold. Arrays (S, ...) in, (S, ...) out."""
    effect = parameters["effect"].to_numpy()
    names = list(TERMS)
    tail = (slice(None), *([None] * (threat.ndim - 1)))
    location, slope = parameters["gate_location"].to_numpy()[tail], parameters["gate_slope"].to_numpy()[tail]
    gate = 1.0 / (1.0 + np.exp(-slope * (threat - location)))
    return np.asarray(
        effect[:, names.index("honor_x_threat")][tail] * honor * threat
        + effect[:, names.index("authority_x_threat")][tail] * authority * threat
        + effect[:, names.index("honor_gate")][tail] * honor * gate
        + effect[:, names.index("honor_threshold")][tail] * honor * np.maximum(threat - location, 0.0)
    )


def correlation_factor(x: Array) -> Array:
    """Cholesky factors (..., 4, 4) of correlation matrices with partial correlations ``tanh(x / 2)``, x (..., 6) or (..., 0)."""
    factor = np.zeros((*x.shape[:-1], VARIED, VARIED))
    partial = np.tanh(0.5 * x) if x.shape[-1] else np.zeros((*x.shape[:-1], PAIRS))
    at = 0
    for i in range(VARIED):
        rest = np.ones(x.shape[:-1])
        for j in range(i):
            factor[..., i, j] = partial[..., at] * np.sqrt(rest)
            rest = rest * (1 - partial[..., at] ** 2)
            at += 1
        factor[..., i, i] = np.sqrt(rest)
    return factor


def constrain(x: Array, design: Design, mask: Array) -> xr.Dataset:
    """Named quantities from unconstrained vectors (all but the latent path).

    Parameters
    ----------
    x : (..., P) unconstrained draws.
    design : the panel's arrays.
    mask : (10,) the hypothesis's mask; coefficients held at zero come back as zero.

    Returns
    -------
    Dataset
        Leading dims ``chain, draw`` (or ``sample``), then the quantity's own. ``dyad_effect`` is the whole effect in a dyad (at an
        era of no deviation), ``era_effect`` an era's deviation from it; ``base`` and ``era`` are deviations from the average base
        rate. What the panel or the outcomes have no use for is absent.
    """
    lead = {1: ("sample",), 2: ("chain", "draw")}[x.ndim - 1]
    block = {name: x[..., a : a + n] for (name, n), a in zip(sizes(design).items(), starts(design)[:-1], strict=True)}
    dyads = len(design.dyads)
    half_lives, categories = len(design.half_lives), len(design.categories)
    effect = block["effect"] * mask
    free = np.concatenate([[1.0], mask[: VARIED - 1]])
    factor = correlation_factor(block["correlation"])

    def deviations(level: str, groups: int, correlated: bool) -> Array:
        prefix = "" if level == "dyad" else f"{level}_"
        base, own = (
            ("era_spread", "era_effect_spread")
            if level == "era"
            else (f"{prefix}base_spread", f"{prefix}effect_spread")
        )
        if not block[base].shape[-1]:
            return np.zeros((*x.shape[:-1], VARIED, groups))
        z = block[f"{level}_offset"].reshape(*x.shape[:-1], VARIED, groups)
        spread = free * np.concatenate([block[base], block[own]], axis=-1)
        return np.asarray(spread[..., None] * (factor @ z if correlated else z))

    by_dyad = deviations("dyad", dyads, True) + deviations("rivalry", len(design.rivalries), False)[..., design.rivalry]
    by_era = deviations("era", design.eras, False)
    base, era = (v[..., 0, :] - v[..., 0, :].mean(axis=-1, keepdims=True) for v in (by_dyad, by_era))
    logits = np.broadcast_to(
        block["threat_memory"][..., None, :], (*x.shape[:-1], categories, block["threat_memory"].shape[-1])
    )
    if block["threat_memory_spread"].shape[-1]:
        offset = block["threat_memory_offset"].reshape(*x.shape[:-1], categories, half_lives)
        logits = logits + block["threat_memory_spread"][..., None] * offset
    variables: dict[str, tuple[tuple[str, ...], Array]] = {
        "effect": (("term",), effect),
        "dyad_effect": (("varying", "dyad"), effect[..., : VARIED - 1, None] + by_dyad[..., 1:, :]),
        "era_effect": (("varying", "era_index"), by_era[..., 1:, :]),
        "honor_memory": (("half_life",), _softmax(block["honor_memory"])),
        "authority_memory": (("half_life",), _softmax(block["authority_memory"])),
        "threat_memory": (("category", "half_life"), _softmax(logits)),
        "threat_weight": (("category",), _softmax(block["threat_weight"])),
        "gate_location": ((), block["gate_location"][..., 0]),
        "gate_slope": ((), np.exp(block["gate_slope"][..., 0])),
        "history": (("side",), block["history"]),
        "base": (("dyad",), base),
        "era": (("era_index",), era),
    }
    for name in SCALES:
        if block[name].shape[-1]:
            dims: tuple[str, ...] = ("varying",) if name.endswith("effect_spread") else ()
            values = np.abs(block[name]) if name in SIGNED else np.exp(block[name])
            variables[name] = (dims, values if dims else values[..., 0])
    for name in LOCATIONS:
        if block[name].shape[-1]:
            variables[name] = ((), block[name][..., 0])
    widening: Any = 1.0
    if design.path:
        variables["rho"] = ((), 1.0 / (1.0 + np.exp(-block["rho"][..., 0])))
        widening = np.sqrt(1.0 + LOGIT_NORMAL * block["sigma"] ** 2)
    if block["correlation"].shape[-1]:  # of the dyads' deviations, so with the signs that their spreads have
        sign = np.sign(np.concatenate([block["base_spread"], block["effect_spread"]], axis=-1))
        signed = sign[..., None] * factor
        variables["correlation"] = (("one", "another"), signed @ np.swapaxes(signed, -1, -2))
    for prefix, dim, factor_of in (("", "at_least", widening), ("external_", "external_at_least", 1.0)):
        if block[f"{prefix}cut_first"].shape[-1]:
            cut = np.concatenate([block[f"{prefix}cut_first"], np.exp(block[f"{prefix}cut_gap"])], axis=-1).cumsum(
                axis=-1
            )
            variables[f"{prefix}cutpoint"] = ((dim,), factor_of * cut)
    named = xr.Dataset({name: ((*lead, *dims), values) for name, (dims, values) in variables.items()})
    coords = {
        "term": list(TERMS),
        "varying": list(VARYING),
        "dyad": list(design.dyads),
        "half_life": design.half_lives,
        "category": list(design.categories),
        "side": list(design.controls),
        "at_least": np.arange(1, design.levels + 1),
        "one": ["base", *VARYING],
        "another": ["base", *VARYING],
    }
    return named.assign_coords({dim: labels for dim, labels in coords.items() if dim in named.dims})


SCALES = (
    "threat_memory_spread",
    "base_spread",
    "effect_spread",
    "rivalry_base_spread",
    "rivalry_effect_spread",
    "era_spread",
    "era_effect_spread",
    "sigma",
    "act_slope",
    "act_dispersion",
    "external_slope",
    "external_scale",
)
"""Positive blocks, sampled as logarithms or with a sign."""
LOCATIONS = ("act_intercept", "act_rise", "external_intercept")
"""Blocks of one number without a transformation."""
