"""The parameters: their layout in the sampler's unconstrained vector, and the way back to named quantities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import logit

from statusmodels.models import kernel
from statusmodels.models.design import LEVELS, Design
from statusmodels.models.hypothesis import TERMS
from statusmodels.models.priors import DEFAULTS, Priors

Array = npt.NDArray[np.float64]
VARYING = tuple(TERMS)[: kernel.SPREADS]
BLOCKS = (*DEFAULTS, "path")


def sizes(design: Design) -> dict[str, int]:
    """Length of each block of the unconstrained vector."""
    dyads, periods = design.shape
    half_lives, categories = len(design.half_lives), len(design.categories)
    return {
        "effect": len(TERMS),
        "effect_spread": kernel.SPREADS,
        "effect_offset": kernel.SPREADS * dyads,
        "honor_memory": half_lives,
        "authority_memory": half_lives,
        "threat_memory": half_lives,
        "threat_weight": categories,
        "gate_location": 1,
        "gate_slope": 1,
        "history": 2,
        "base_spread": 1,
        "base_offset": dyads,
        "era_spread": 1,
        "era_offset": design.eras,
        "sigma": 1,
        "rho": 1,
        "cut_first": 1,
        "cut_gap": LEVELS - 1,
        "act_intercept": 1,
        "act_slope": 1,
        "act_rise": 1,
        "act_dispersion": 1,
        "path": dyads * periods,
    }


def starts(design: Design) -> npt.NDArray[np.int64]:
    """First index of each block."""
    return np.cumsum([0, *sizes(design).values()])[:-1].astype(np.int64)


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
        x = prior.distribution.rvs((draws, n), random_state=stream)
        parts.append({"normal": np.asarray, "halfnormal": np.log, "beta": logit}[prior.family](x))
    return np.concatenate(parts, axis=1)


def _softmax(x: Array) -> Array:
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
        (2, D, T) to use in place of the design's; zeros leave history out.

    Returns
    -------
    array (S, D, T)
    """
    dyads, periods = design.shape
    grid = (-1, dyads, periods)
    effect = parameters["effect"].to_numpy()
    own = parameters["dyad_effect"].to_numpy()  # (S, varying, D)
    signal = signals(parameters, design)
    past = design.history if history is None else history
    eta = parameters["base"].to_numpy()[:, :, None] + parameters["era"].to_numpy()[:, None, design.era]
    eta = eta + np.einsum("sh,hdt->sdt", parameters["history"].to_numpy(), past)
    names = list(TERMS)
    for j, name in enumerate(("honor_denied", "authority_denied", "threat")):
        eta += own[:, j, :, None] * signal[name].reshape(grid)
    for name in ("honor_granted", "authority_granted", "threat_relieved"):
        eta += effect[:, names.index(name), None, None] * signal[name].reshape(grid)
    eta += interaction(parameters, signal["honor_denied"], signal["authority_denied"], signal["threat"]).reshape(grid)
    return np.asarray(eta)


def signals(parameters: xr.Dataset, design: Design) -> dict[str, Array]:
    """The six mixed signals of each draw, each (S, D * T)."""
    honor, authority = parameters["honor_memory"].to_numpy(), parameters["authority_memory"].to_numpy()
    mix = len(design.categories) * np.einsum(
        "sc,sk->sck", parameters["threat_weight"].to_numpy(), parameters["threat_memory"].to_numpy()
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
    """The part of the risk that is not additive: both products and the gate. Arrays (S, ...) in, (S, ...) out."""
    effect = parameters["effect"].to_numpy()
    names = list(TERMS)
    tail = (slice(None), *([None] * (threat.ndim - 1)))
    location, slope = parameters["gate_location"].to_numpy()[tail], parameters["gate_slope"].to_numpy()[tail]
    gate = 1.0 / (1.0 + np.exp(-slope * (threat - location)))
    return np.asarray(
        effect[:, names.index("honor_x_threat")][tail] * honor * threat
        + effect[:, names.index("authority_x_threat")][tail] * authority * threat
        + effect[:, names.index("honor_gate")][tail] * honor * gate
    )


def constrain(x: Array, design: Design, mask: Array) -> xr.Dataset:
    """Named quantities from unconstrained vectors (all but the latent path).

    Parameters
    ----------
    x : (..., P) unconstrained draws.
    design : the panel's arrays.
    mask : (9,) the hypothesis's mask; coefficients held at zero come back as zero.

    Returns
    -------
    Dataset
        Leading dims ``chain, draw`` (or ``sample``), then the quantity's own.
    """
    lead = {1: ("sample",), 2: ("chain", "draw")}[x.ndim - 1]
    block = {name: x[..., a : a + n] for (name, n), a in zip(sizes(design).items(), starts(design), strict=True)}
    dyads = len(design.dyads)
    effect = block["effect"] * mask
    varying = mask[: kernel.SPREADS]
    spread = np.exp(block["effect_spread"])
    offset = block["effect_offset"].reshape(*x.shape[:-1], kernel.SPREADS, dyads)
    base, era = (
        np.exp(block[f"{k}_spread"]) * (block[f"{k}_offset"] - block[f"{k}_offset"].mean(axis=-1, keepdims=True))
        for k in ("base", "era")
    )
    own = effect[..., : kernel.SPREADS, None] + (varying * spread)[..., None] * offset
    sigma = np.exp(block["sigma"])
    widening = np.sqrt(1.0 + kernel.LOGIT_NORMAL * sigma**2)
    cut = widening * np.concatenate([block["cut_first"], np.exp(block["cut_gap"])], axis=-1).cumsum(axis=-1)
    variables: dict[str, tuple[tuple[str, ...], Array]] = {
        "effect": (("term",), effect),
        "effect_spread": (("varying",), spread),
        "dyad_effect": (("varying", "dyad"), own),
        "honor_memory": (("half_life",), _softmax(block["honor_memory"])),
        "authority_memory": (("half_life",), _softmax(block["authority_memory"])),
        "threat_memory": (("half_life",), _softmax(block["threat_memory"])),
        "threat_weight": (("category",), _softmax(block["threat_weight"])),
        "gate_location": ((), block["gate_location"][..., 0]),
        "gate_slope": ((), np.exp(block["gate_slope"][..., 0])),
        "history": (("side",), block["history"]),
        "base": (("dyad",), base),
        "base_spread": ((), np.exp(block["base_spread"][..., 0])),
        "era": (("era_index",), era),
        "era_spread": ((), np.exp(block["era_spread"][..., 0])),
        "sigma": ((), sigma[..., 0]),
        "rho": ((), 1.0 / (1.0 + np.exp(-block["rho"][..., 0]))),
        "cutpoint": (("at_least",), cut),
        "act_intercept": ((), block["act_intercept"][..., 0]),
        "act_slope": ((), np.exp(block["act_slope"][..., 0])),
        "act_rise": ((), block["act_rise"][..., 0]),
        "act_dispersion": ((), np.exp(block["act_dispersion"][..., 0])),
    }
    return xr.Dataset(
        {name: ((*lead, *dims), values) for name, (dims, values) in variables.items()},
        coords={
            "term": list(TERMS),
            "varying": list(VARYING),
            "dyad": list(design.dyads),
            "half_life": design.half_lives,
            "category": list(design.categories),
            "side": ["own", "other"],
            "at_least": np.arange(1, LEVELS + 1),
        },
    )
