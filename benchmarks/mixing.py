"""How well chains mixed: the structural quantities that both sides have, and their smallest effective sample size."""

from __future__ import annotations

from typing import Any

import numpy as np

# what a fit does not need is imported where it is used: the time of imports is measured

OF_STATIC = ("effect", "history", "cutpoint", "base_spread", "effect_spread", "era_spread", "era_effect_spread", "correlation")  # fmt: skip


def structural(block: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Structural quantities of the dynamic model (chain, draw), those of ``structural`` in dynamic.R, from its blocks.

    Every sampled parameter but the offsets of groups and the latent path, coefficients that the hypothesis holds at
    zero among them; spreads without their sign; of correlations the entries of the Cholesky factor. Weights count as
    logits, positive parameters as logarithms or not (which does not matter to ranks, and so to the bulk effective
    sample size).

    Parameters
    ----------
    block : blocks of the unconstrained vector by name, each (chain, draw, n).
    """
    from statusmodels.models.parameters import correlation_factor
    from statusmodels.models.priors import SIGNED

    out = {}
    for name, x in block.items():
        if name == "path" or name.endswith("_offset"):
            continue
        if name == "correlation" and x.shape[-1]:
            sign = np.sign(np.concatenate([block["base_spread"], block["effect_spread"]], axis=-1))
            factor = sign[..., :, None] * correlation_factor(x) * sign[..., None, :]  # that of spreads without sign
            below = [(i, j) for i in range(1, factor.shape[-1]) for j in range(i + 1)]
            out |= {f"correlation_factor[{i + 1},{j + 1}]": factor[..., i, j] for i, j in below}
            continue
        values = np.abs(x) if name in SIGNED else x
        many = x.shape[-1] > 1
        out |= {f"{name}[{i + 1}]" if many else name: values[..., i] for i in range(x.shape[-1])}
    return out


def structural_of_static(posterior: Any) -> dict[str, np.ndarray]:
    """Structural quantities of the static model (chain, draw), those of ``structural`` in static.R."""
    out = {}
    for name in (name for name in OF_STATIC if name in posterior):
        values = posterior[name].to_numpy()
        for at in np.ndindex(values.shape[2:]):
            if name == "correlation" and at[0] <= at[1]:
                continue
            x = values[(slice(None), slice(None), *at)]
            if name == "correlation" or np.ptp(x) > 0:  # coefficients the hypothesis does not free are zero
                out[f"{name}[{','.join(str(i + 1) for i in at)}]" if at else name] = x
    return out


def smallest(quantities: dict[str, np.ndarray]) -> dict[str, Any]:
    """Smallest bulk effective sample size of quantities (chain, draw), of which, and the largest R-hat."""
    import arviz as az

    bulk = {name: float(az.ess(x, method="bulk")) for name, x in quantities.items()}
    worst = min(bulk, key=lambda name: bulk[name] if np.isfinite(bulk[name]) else -1.0)
    rhat = max(float(az.rhat(x)) for x in quantities.values())
    return {"ess": bulk[worst], "ess_of": worst, "rhat": rhat, "quantities": len(bulk)}
