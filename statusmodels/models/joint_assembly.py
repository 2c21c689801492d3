"""The measurement part of the joint model as PyMC variables: its readable definition, to which tests hold the compiled one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from statusmodels.models.joint import PRIORS, Measured, centres
from statusmodels.models.measurement import TOP, UNREAD
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS
from statusmodels.panel.severities import SIGNAL_CONSTRUCTS, memories


def measurement_variables(data: Measured) -> tuple[Any, Any]:
    """Add the measurement to the model in whose context this is called.

    Parameters
    ----------
    data
        What was measured. The memories are computed with matrices, so for small panels only.

    Returns
    -------
    memory, threat
        Tensors of the true severities' standardised memories, (4, K, D * T) and (2, C * K, D * T), in place of the design's.

    Notes
    -----
    The free variables are the blocks of :func:`sizes`, in the same order.
    """
    judged = data.judgements
    prior = dict(zip(PRIORS, judged.prior, strict=True))
    constructs, coders = len(SIGNAL_CONSTRUCTS), len(data.coders)

    def normal(name: str, *shape: int) -> Any:
        return pm.Normal(name, *prior[name], shape=shape)

    def halfnormal(name: str) -> Any:
        return pm.HalfNormal(name, prior[name][1])

    first = normal("rating_cut_first", constructs)
    gap = pt.exp(normal("rating_cut_gap", constructs, TOP - 1))
    cut = pt.concatenate([first[:, None], first[:, None] + pt.cumsum(gap, axis=1)], axis=1)
    centre = normal("rating_precision", constructs)
    precision_spread = halfnormal("rating_precision_spread")
    precision = pt.exp(centre[:, None] + precision_spread * normal("rating_precision_offset", constructs, coders))
    bias_spread = halfnormal("rating_bias_spread")
    bias = bias_spread * (normal("rating_bias_offset", constructs, coders - 1) @ judged.basis.T)
    c = judged.construct
    around = centres(cut, judged)
    coordinate = pm.Normal("latent", -around / judged.spread, 1.0 / judged.spread)
    latent = around + judged.spread * coordinate  # a standard normal

    # log probabilities of the levels 0 to 5 and, last, of not having read the act: (N, R, 7)
    x = precision[c][:, :, None] * (latent[:, None, None] + bias[c][:, :, None] - cut[c][:, None, :])
    at_least, less = -pt.softplus(-x), -pt.softplus(x)
    apart = pt.log1mexp(-precision[c][:, :, None] * gap[c][:, None, :])
    between = at_least[..., :-1] + less[..., 1:] + apart
    table = pt.concatenate([less[..., :1], between, at_least[..., -1:], pt.zeros_like(less[..., :1])], axis=2)
    place = np.where(judged.level == UNREAD, TOP + 1, judged.level)
    told = table[np.arange(len(c))[:, None], np.arange(coders)[None, :], place]
    pm.Potential("judgements", pt.sum(told))

    s = judged.silent_construct
    reach = precision[s][:, :, None] * (judged.grid + bias[s][:, :, None] - cut[s, 0][:, None, None])
    nothing = pt.sum(-pt.softplus(reach) * judged.silent_read[:, :, None], axis=1) + judged.log_weight
    highest = nothing.max(axis=1, keepdims=True)
    silence = highest[:, 0] + pt.log(pt.sum(pt.exp(nothing - highest), axis=1))
    pm.Potential("silence", pt.sum(judged.silent_count * silence))

    severity = pt.sum(pm.math.sigmoid(pt.exp(centre)[c][:, None] * (latent[:, None] - cut[c])), axis=1)
    severity = pm.Deterministic("severity", severity)
    each = memories(data.acts, np.eye(len(c)))  # (N, 4 + 2 C, K, D, T)
    each = each.reshape(*each.shape[:3], -1)
    mean, scale = (a[..., None] for a in data.standards)
    z = (pt.tensordot(severity, each, axes=1) - mean) / scale
    return z[: len(SIGNALS)], z[len(SIGNALS) :].reshape((len(THREAT_SIGNALS), -1, each.shape[-1]))
