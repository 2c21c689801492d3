r"""A verdict under other arrays of the same panel, from the posterior draws under its own, by importance weights.

With parameters and latent path of a draw held, the log weight is the difference of the outcomes' log probabilities,

.. math:: \log w = \log p(y' \mid X', \vartheta, u) - \log p(y \mid X, \vartheta, u),

because the prior of both is the same. Where arrays change in few dyad-periods, only those are computed. The estimands are recomputed
whole: over the panel as it then is, with its own 10th and 90th percentiles of the signals and its own rate of serious escalation, so
that the answer is the one a refit to the changed panel gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.claims.estimands import PERCENTILES, Estimands
from statusmodels.claims.verdict import Rule, Verdict, base_rate, judge
from statusmodels.criticism.importance import limit, smoothed
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.inference.likelihood import outcome_log_likelihood
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import TERMS, VARYING
from statusmodels.models.parameters import interaction, linear_predictor, signals, varying_effects

Array = npt.NDArray[np.float64]
GRANTED = ("honor_granted", "authority_granted", "threat_relieved")
BATCH = 50  # draws at a time
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))  # honor denied, injury: low and high


@dataclass(frozen=True)
class Base:
    """Posterior draws (S) under a panel's own arrays, and what is computed from them once. All of the N modelled dyad-periods.

    Attributes
    ----------
    parameters, design, serious : draws, arrays, and the lowest level that is serious.
    at : (N,) the modelled dyad-periods, as indices of the flattened (D, T).
    signal : by name of the signal, (S, N).
    own : (S, 3, N) effects of honor denied, authority denied and threat.
    log_likelihood : (S, N) log probability of the outcomes.
    rest : (S, N) risk without honor denied, threat and what is not additive.
    percentiles : (2, 2, S) of honor denied and threat: low and high.
    corner, total : (4, S, N) probability of serious escalation at the :data:`CORNERS`, and (4, S) its sum.
    """

    parameters: xr.Dataset
    design: Design
    serious: int
    at: npt.NDArray[np.int64]
    signal: dict[str, Array]
    own: Array
    log_likelihood: Array
    rest: Array
    percentiles: Array
    corner: Array
    total: Array


@dataclass(frozen=True)
class Reweighted:
    """A verdict under changed arrays.

    ``weights`` (S,) of the draws of ``estimands``, ``pareto_k`` their diagnostic (NaN if they are all alike).
    """

    verdict: Verdict
    estimands: Estimands
    weights: Array
    pareto_k: float

    def mean(self, name: str) -> float:
        """Posterior mean of an estimand."""
        return float(self.weights @ getattr(self.estimands, name))

    @property
    def reliable(self) -> bool:
        """Whether the weights can be trusted; if they are all alike there is nothing to distrust."""
        return not self.pareto_k > limit(len(self.weights))

    @property
    def effective_draws(self) -> float:
        """As many independent draws as the weighted ones are worth."""
        return float(1 / np.square(self.weights).sum())


def base(parameters: xr.Dataset, design: Design, serious: int = SERIOUS) -> Base:
    """Draws made ready to be reweighted.

    Parameters
    ----------
    parameters
        Draws of a fit with leading dim ``sample``, with ``u``; see :func:`~statusmodels.inference.sampling.thinned`.
    design
        Arrays the fit was made with, with the level among the outcomes.
    serious
        Lowest level that counts as serious.

    Returns
    -------
    Base

    Raises
    ------
    ValueError
        If the draws are of the joint model, whose signals are latent.
    """
    if "signals" in parameters:
        raise ValueError("in the joint model severities are latent, so that no event's are known to be altered")
    at = np.flatnonzero(design.modelled)
    draws = parameters.sizes["sample"]
    signal = {name: x[:, at] for name, x in signals(parameters, design).items()}
    own = varying_effects(parameters, design).reshape(draws, len(VARYING), -1)[:, :, at]
    theta = (linear_predictor(parameters, design) + parameters["u"].to_numpy()).reshape(draws, -1)[:, at]
    log_likelihood = outcome_log_likelihood(theta[..., None], at, design, parameters)[..., 0]
    rest = theta - _of_honor_and_threat(parameters, own, signal)
    percentiles = np.stack([np.percentile(signal[name], PERCENTILES, axis=1) for name in ("honor_denied", "threat")])
    corners = _corners(parameters, rest, own, signal["authority_denied"], percentiles, serious)
    corner = np.concatenate(list(corners), axis=1)
    return Base(
        parameters, design, serious, at, signal, own, log_likelihood, rest, percentiles, corner, corner.sum(axis=-1)
    )


def reweighted(known: Base, design: Design, rule: Rule | None = None) -> Reweighted:
    """The verdict under other arrays of the same panel.

    Parameters
    ----------
    known
        Draws under the panel's own arrays.
    design
        The arrays changed: signals, history and outcomes, but not what is modelled.
    rule
        The documented thresholds if None.

    Returns
    -------
    Reweighted
    """
    p, old = known.parameters, known.design
    where = np.flatnonzero(_changed(old, design)[known.at])
    cells = known.at[where]
    some = replace(design, memory=design.memory[..., cells], threat=design.threat[..., cells])
    before, after = {name: x[:, where] for name, x in known.signal.items()}, signals(p, some)
    own, rest = known.own[:, :, where], known.rest[:, where]
    rest += own[:, VARYING.index("authority_denied")] * (after["authority_denied"] - before["authority_denied"])
    effect = p["effect"].to_numpy()
    for name in GRANTED:
        rest += effect[:, list(TERMS).index(name), None] * (after[name] - before[name])
    rest += p["history"].to_numpy() @ (design.history - old.history).reshape(len(old.history), -1)[:, cells]
    theta = rest + _of_honor_and_threat(p, own, after)
    log_likelihood = outcome_log_likelihood(theta[..., None], cells, design, p)[..., 0]
    weights, k = smoothed((log_likelihood - known.log_likelihood[:, where]).sum(axis=1))

    moved = {name: (after[name] != before[name]).any() for name in ("honor_denied", "threat")}
    percentiles = known.percentiles
    if any(moved.values()):
        percentiles = percentiles.copy()
        for i, name in enumerate(moved):
            if moved[name]:
                whole = known.signal[name].copy()
                whole[:, where] = after[name]
                percentiles[i] = np.percentile(whole, PERCENTILES, axis=1)
    authority = after["authority_denied"]
    if np.array_equal(percentiles, known.percentiles):
        new = _total(_corners(p, rest, own, authority, percentiles, known.serious))
        total = known.total + new - known.corner[..., where].sum(axis=-1)
    else:
        every, denied = known.rest.copy(), known.signal["authority_denied"].copy()
        every[:, where], denied[:, where] = rest, authority
        total = _total(_corners(p, every, known.own, denied, percentiles, known.serious))
    drawn = _estimands(p, total / len(known.at), percentiles)
    return Reweighted(judge(drawn, base_rate(design, known.serious), rule, weights), drawn, weights, k)


def _changed(old: Design, new: Design) -> npt.NDArray[np.bool_]:
    """(D * T,) whether anything that the outcome or its risk depends on differs."""
    out = (old.memory != new.memory).any(axis=(0, 1)) | (old.threat != new.threat).any(axis=(0, 1))
    out |= (old.history != new.history).any(axis=0).ravel()
    return np.asarray(out | ((old.level != new.level) | (old.extra != new.extra)).ravel())


def _of_honor_and_threat(parameters: xr.Dataset, own: Array, signal: dict[str, Array]) -> Array:
    h, a, i = (signal[name] for name in ("honor_denied", "authority_denied", "threat"))
    main = own[:, VARYING.index("honor_denied")] * h + own[:, VARYING.index("threat")] * i
    return np.asarray(main + interaction(parameters, h, a, i))


def _corners(
    parameters: xr.Dataset, rest: Array, own: Array, authority: Array, percentiles: Array, serious: int
) -> Iterator[Array]:
    """Probability of serious escalation with honor denied and threat at low and high, (4, draws, N) for some draws after others.

    A few draws at a time, so that the arrays stay in the processor's cache.
    """
    cut = parameters["cutpoint"].to_numpy()[:, serious - 1, None]
    honor, injury = percentiles[..., None]
    none, one = np.zeros_like(cut), np.ones_like(cut)
    # what is not additive is linear in authority, whose part therefore is alike at both levels of honor
    by_authority = interaction(parameters, none, one, one)
    together = [interaction(parameters, honor[m], none, injury[n]) - cut for m, n in CORNERS]
    for first in range(0, len(rest), BATCH):
        some = slice(first, first + BATCH)
        slope = own[some, VARYING.index("threat")] + by_authority[some] * authority[some]
        at = np.empty((len(CORNERS), *slope.shape))
        for c, (m, n) in enumerate(CORNERS):
            np.multiply(own[some, VARYING.index("honor_denied")], honor[m][some], out=at[c])
            at[c] += slope * injury[n][some]
        at += rest[some]
        at += np.stack([x[some] for x in together])
        at *= 0.5  # the logistic function by way of the hyperbolic tangent, in a third of the time
        np.tanh(at, out=at)
        at *= 0.5
        at += 0.5
        yield at


def _total(corners: Iterator[Array]) -> Array:
    return np.concatenate([probability.sum(axis=-1) for probability in corners], axis=1)


def _estimands(parameters: xr.Dataset, probability: Array, percentiles: Array) -> Estimands:
    """From mean probabilities (4, S) at the corners. The risk's double difference is that of the products with honor alone."""
    low, low_high, high_low, high = probability
    e1, e2 = high_low - low, high - low_high
    (h_low, h_high), (i_low, i_high) = percentiles
    at = {
        (m, n): interaction(parameters, h, np.zeros_like(h), i)
        for m, h in enumerate((h_low, h_high))
        for n, i in enumerate((i_low, i_high))
    }
    latent = at[1, 1] - at[0, 1] - at[1, 0] + at[0, 0]
    names = ("low", "high")
    return Estimands(
        e1, e2, e2 - e1, latent, {(names[m], names[n]): probability[c] for c, (m, n) in enumerate(CORNERS)}
    )
