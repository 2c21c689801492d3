"""The pilot: a quick Gaussian approximation of the posterior, in whose coordinates the model is sampled.

It affects only the speed of sampling: the changes of variables in :mod:`statusmodels.models.kernel` are exact for any pilot.

With the spreads, the path's persistence, the correlations and an external series' slope and scale held at typical values of their
priors (a mode that had those last two as well would make the path into the series), the mode of everything else is found, and there
the curvature and working response of the outcomes' log probability: by dyad-period for the latent path, and by group for the
deviations of dyads, rivalries and eras.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from statusmodels.models import kernel
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.kernel.priors import VARYING
from statusmodels.models.parameters import constrain, linear_predictor, signals, sizes, starts
from statusmodels.models.priors import SIGNED, Priors

Array = npt.NDArray[np.float64]
ROUNDS = 2  # of finding the mode and whitening the path anew there
NEWTON = 4  # steps that find the mode of the path in each
STEPS = 60  # of the search for the mode of the other parameters in each
LEVELS = {"dyad": ("base_spread", "effect_spread"), "rivalry": ("rivalry_base_spread", "rivalry_effect_spread"),
          "era": ("era_spread", "era_effect_spread")}  # fmt: skip


@dataclass(frozen=True)
class Pilot:
    """A Gaussian approximation.

    Attributes
    ----------
    centre : (P,) mode of the unconstrained parameters; zero for the path's coordinates.
    curvature, response : (D, T) of the outcomes' log probability by the risk; zero curvature where nothing is modelled.
    group_curvature, group_response : (G,) the same by the deviations of the groups, in the order of their blocks.
    """

    centre: Array
    curvature: Array
    response: Array
    group_curvature: Array
    group_response: Array

    def unconstrained(self, x: Array, design: Design, hypothesis: Hypothesis) -> Array:
        """Unconstrained vectors (..., P) from the sampler's coordinates, all but the path's, which stay."""
        layout = sizes(design)
        at = dict(zip(layout, starts(design)[:-1], strict=True))
        free = np.concatenate([[1.0], hypothesis.mask()[: VARYING - 1]])
        out = np.array(x, dtype=float)
        for level, (base, effects) in LEVELS.items():
            name = f"{level}_offset"
            if layout[name]:
                s = free * np.concatenate(
                    [x[..., [at[base]]], x[..., at[effects] : at[effects] + VARYING - 1]], axis=-1
                )
                s = np.repeat(s, layout[name] // VARYING, axis=-1)
                k = slice(at[name] - at["threat_memory_offset"], at[name] - at["threat_memory_offset"] + layout[name])
                h, r = self.group_curvature[k], self.group_response[k]
                c = 1 + h * s**2
                block = slice(at[name], at[name] + layout[name])
                out[..., block] = s * h * r / c + x[..., block] / np.sqrt(c)
        return out


def none(design: Design) -> Pilot:
    """No approximation: everything non-centred."""
    layout = sizes(design)
    groups = sum(n for name, n in layout.items() if name.endswith("_offset"))
    nothing = np.zeros(design.shape)
    return Pilot(np.zeros(sum(layout.values())), nothing, nothing, np.zeros(groups), np.zeros(groups))


def kernel_arguments(
    design: Design,
    hypothesis: Hypothesis,
    priors: Priors,
    pilot: Pilot | None = None,
    throughout: bool = False,
) -> kernel.Arguments:
    """What the kernel's density takes besides the coordinates.

    Parameters
    ----------
    design, hypothesis, priors
        What defines the model.
    pilot
        The coordinates to use; everything non-centred if None.
    throughout
        Whether periods with nothing modelled are needed too, as they are for gradients by severities; a latent path has them anyway.
    """
    pilot = pilot or none(design)
    external = np.zeros(design.shape) if design.external is None else np.nan_to_num(design.external)
    kept = np.full(design.shape, design.path or throughout) | design.weights.any(axis=0)
    dyad, period = np.nonzero(kept)
    era = design.era[period]
    new = np.flatnonzero(np.diff(dyad, prepend=-1) + np.abs(np.diff(era, prepend=-1)))
    return kernel.Arguments(
        at=starts(design),
        prior=priors.array(),
        terms=hypothesis.mask(),
        memory=design.memory[..., kept.ravel()],
        threat=design.threat[..., kept.ravel()],
        history=design.history[:, kept],
        begins=np.append(0, kept.sum(axis=1).cumsum()),
        rivalry=design.rivalry,
        stretch=np.append(new, len(dyad)),
        dyad=dyad[new],
        era=era[new],
        level=design.level[kept],
        acts=design.extra[kept],
        external=external[kept],
        weight=design.weights[:, kept],
        curvature=pilot.curvature[kept],
        response=pilot.response[kept],
        group_curvature=pilot.group_curvature,
        group_response=pilot.group_response,
    )


def middle(design: Design, priors: Priors) -> Array:
    """Typical values under the priors (P,): locations for real blocks, medians for spreads, half the scale for other positive ones."""
    parts = []
    for name, n in sizes(design).items():
        centre = 0.0
        if name in priors.table and name != "correlation":
            prior = priors.table[name]
            half = prior.distribution.median() if name in SIGNED else float(np.log(0.5 * prior.b))
            centre = {"normal": prior.a, "halfnormal": half}.get(prior.family, 0.7)
        parts.append(np.full(n, centre))
    return np.concatenate(parts)


def pilot(design: Design, hypothesis: Hypothesis, priors: Priors) -> Pilot:
    """The Gaussian approximation of a posterior.

    Parameters
    ----------
    design, hypothesis, priors
        What defines the model.

    Returns
    -------
    Pilot
    """
    layout = sizes(design)
    held = SIGNED | {"rho", "correlation", "external_slope", "external_scale", "path"}
    free = np.concatenate([np.full(n, name not in held) for name, n in layout.items()])
    x, found = middle(design, priors), none(design)
    x = _mode(design, hypothesis, priors, found, x, free)
    if design.path:
        for _ in range(ROUNDS):
            for _ in range(NEWTON):
                curvature, response = _working_response(x, design, hypothesis, found)
                found = replace(found, centre=x, curvature=curvature, response=response)
            x = _mode(design, hypothesis, priors, found, x, free)
    curvature, response = _working_response(x, design, hypothesis, found)
    return Pilot(x, curvature, response, *_groups(x, design, hypothesis, curvature))


def _mode(
    design: Design, hypothesis: Hypothesis, priors: Priors, at: Pilot, x: Array, free: npt.NDArray[np.bool_]
) -> Array:
    """Mode of the free parameters with the path's coordinates at zero, which integrates the path out as far as it is normal."""
    packed = kernel.pack(kernel_arguments(design, hypothesis, priors, at))
    x = x.copy()

    def negative(some: Array) -> tuple[float, Array]:
        x[free] = some
        value, gradient = kernel.log_density(x, packed)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return 1e300, np.zeros_like(some)  # a step too far; the search shortens it
        return -value, -gradient[free]

    with threadpool_limits(
        1, "blas"
    ):  # its matrices are tiny: several threads wait for each other ten times as long as they work
        found = minimize(
            negative, x[free].copy(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 20}
        )
    x[free] = found.x
    return x


def _groups(x: Array, design: Design, hypothesis: Hypothesis, curvature: Array) -> tuple[Array, Array]:
    """Curvature and working response of the groups' deviations (base rate and three effects of each dyad, rivalry and era).

    The curvature of an average over periods that share a latent path is that of independent periods, less what the path's own
    variance takes from it.
    """
    layout = sizes(design)
    at = dict(zip(layout, starts(design)[:-1], strict=True))
    parameters = constrain(x[None], design, hypothesis.mask())
    signal = signals(parameters, design)
    columns = [
        np.ones(design.shape),
        *(signal[k][0].reshape(design.shape) for k in ("honor_denied", "authority_denied", "threat")),
    ]
    free = np.concatenate([[1.0], hypothesis.mask()[: VARYING - 1]])
    if design.path:
        rho = float(parameters["rho"][0])
        curvature = curvature / (1 + curvature * float(parameters["sigma"][0]) ** 2 * (1 + rho) / (1 - rho))
    h, r = [np.zeros(layout["threat_memory_offset"])], [np.zeros(layout["threat_memory_offset"])]
    members = {"dyad": np.arange(design.shape[0]), "rivalry": design.rivalry, "era": design.era}
    for level, (base, effects) in LEVELS.items():
        groups = layout[f"{level}_offset"] // VARYING
        if not groups:
            continue
        spread = free * np.concatenate([x[[at[base]]], x[at[effects] : at[effects] + VARYING - 1]])
        q = x[at[f"{level}_offset"] :][: layout[f"{level}_offset"]].reshape(VARYING, groups)
        for j in range(VARYING):
            told = free[j] * (curvature * columns[j] ** 2).sum(axis=0 if level == "era" else 1)
            mine = np.bincount(members[level], weights=told, minlength=groups)
            deviation = spread[j] * q[j]
            h.append(mine)
            # at the mode the likelihood's pull equals the prior's
            r.append(deviation + deviation / np.maximum(mine * spread[j] ** 2, 1e-12) * (mine > 0))
    return np.concatenate(h), np.concatenate(r)


def _working_response(x: Array, design: Design, hypothesis: Hypothesis, at: Pilot) -> tuple[Array, Array]:
    """Expected curvature and working response of all outcomes at the risk of ``x``."""
    parameters = constrain(x[None], design, hypothesis.mask())
    eta = linear_predictor(parameters, design)
    theta = eta[0]
    if design.path:
        u = np.empty_like(eta)
        sigma, rho = parameters["sigma"].to_numpy(), parameters["rho"].to_numpy()
        kernel.path_from_z(np.zeros_like(eta), eta, sigma, rho, at.curvature, at.response, u)
        theta = theta + u[0]
    on_level, on_acts, on_external = design.weights
    score, curvature = np.zeros(design.shape), np.zeros(design.shape)

    def ordinal(y: npt.NDArray[np.int64], at: Array, cut: Array) -> tuple[Array, Array]:
        """Score and expected curvature of a cumulative logit by its argument."""
        slope = expit(np.append(-np.inf, cut)[y] - at) - expit(at - np.append(cut, np.inf)[y])
        at_least = expit(at[..., None] - cut)
        tail = np.concatenate([np.ones((*at.shape, 1)), at_least, np.zeros((*at.shape, 1))], axis=-1)
        each = tail * (1 - tail)
        probability = np.maximum(tail[..., :-1] - tail[..., 1:], 1e-12)
        return slope, ((each[..., :-1] - each[..., 1:]) ** 2 / probability).sum(axis=-1)

    one = {str(name): parameters[name].to_numpy()[0] for name in parameters.data_vars}
    if design.has_level:
        g, h = ordinal(design.level, theta, one["cutpoint"])
        score += on_level * g
        curvature += on_level * h
    if "acts" in design.outcomes:
        rise = one["act_rise"] * (design.level - 1) if design.has_level else 0.0
        mean = np.exp(np.minimum(one["act_intercept"] + one["act_slope"] * theta + rise, 20.0))
        phi, slope = one["act_dispersion"], one["act_slope"]
        on = on_acts * (design.level > 0) if design.has_level else on_acts
        score += on * slope * (design.extra - mean) * phi / (phi + mean)
        curvature += on * slope**2 * mean * phi / (phi + mean)
    if design.external is not None:
        series, slope = np.nan_to_num(design.external), one["external_slope"]
        if design.external_levels:
            g, h = ordinal(series.astype(np.int64), slope * theta, one["external_cutpoint"])
            score += on_external * slope * g
            curvature += on_external * slope**2 * h
        else:
            precision = 1 / one["external_scale"] ** 2
            score += on_external * slope * precision * (series - one["external_intercept"] - slope * theta)
            curvature += on_external * slope**2 * precision
    return curvature, theta + score / np.where(curvature > 0, curvature, 1.0)
