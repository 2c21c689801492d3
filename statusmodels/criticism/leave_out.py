"""One dyad or one era left out: what the rest of the panel says of it, by exact refits.

Two densities of what is left out, given the rest:

- *joint*: of all its outcomes together. A dyad that has been seen for a while tells about its own later periods; here it does.
- *by period*: each of its dyad-periods predicted on its own, none of the others known; the sum of their log densities. This is
  leave-one-group-out cross-validation.

Left out means that the outcomes carry no weight. Signals stay, with the centre and scale of the whole panel; and histories stay, so
levels that are left out still enter as recent escalation the predictors of the periods after them, and of the opposite dyad. The
question is what the model says of these outcomes given each period's past, not what it would say of a history it has never seen.

The deviations of the dyad or era left out come from the distribution of dyads or eras. The latent path of a dyad left out is
integrated over its stationary AR(1). That of an era is integrated *given its neighbours*: the path's values just before and just after
the era, as drawn from their posterior. (Forward prediction is :mod:`statusmodels.criticism.forecast`'s business.)

The joint density is the ratio of two normalising constants, with and without the likelihood L of what is left out. Its naive
estimate, the mean of L over draws of the posterior without it, rests on the few draws that happen to fit hundreds of periods. The
bridge between that posterior and the one with everything in (Bennett 1976; Meng & Wong 1996, *Statistica Sinica* 6:831) needs no more
than L at the draws of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import arviz as az
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.optimize import brentq
from scipy.special import expit, logsumexp

from statusmodels.criticism.filtering import path_log_likelihood
from statusmodels.criticism.refit import QUICK, hypothesis_of, refitted, told, without
from statusmodels.inference.likelihood import pointwise
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Group = tuple[str, int]
NOTHING: Group = ("nothing", 0)
MIN_OVERLAP = 0.05


@dataclass(frozen=True)
class LeftOut:
    """Log predictive densities of dyads and eras left out.

    Attributes
    ----------
    table
        One row a hypothesis and dyad or era: ``hypothesis, kind, left_out`` (its name), ``points`` (dyad-periods left out), ``joint``
        (log density of all of them together), ``joint_se`` (Monte Carlo error) and ``overlap`` (of the two posteriors, 0 to 1;
        below :data:`MIN_OVERLAP` the joint density is not to be trusted), ``by_period`` (sum of log densities of each on its
        own), ``rhat``, ``divergences`` of the refit.
    pointwise
        One row a hypothesis and dyad-period left out: ``hypothesis, kind, left_out, dyad, period, log_density``.
    """

    table: pd.DataFrame
    pointwise: pd.DataFrame


def groups(arrays: Design) -> list[Group]:
    """Dyads and eras that have modelled outcomes, where the rest has some too: ``("dyad", d)`` and ``("era", e)``.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> groups(design(build(load("us-russia"), period="year")))[:3]
    [('dyad', 0), ('dyad', 1), ('era', 0)]
    """
    every = [("dyad", d) for d in range(arrays.shape[0])] + [("era", e) for e in range(arrays.eras)]
    on = arrays.modelled
    return [g for g in every if (on & within(arrays, g)).any() and (on & ~within(arrays, g)).any()]


def within(arrays: Design, group: Group) -> Flags:
    """(D, T) the dyad-periods of a dyad or era; none of :data:`NOTHING`."""
    kind, index = group
    if kind == "dyad":
        return np.broadcast_to((np.arange(arrays.shape[0]) == index)[:, None], arrays.shape)
    if kind == "era":
        return np.broadcast_to(arrays.era == index, arrays.shape)
    return np.zeros(arrays.shape, dtype=bool)


def joint_log_likelihood(parameters: xr.Dataset, arrays: Design, group: Group) -> Array:
    """Log probability of all outcomes of a dyad or an era under each draw, the latent path integrated out.

    Parameters
    ----------
    parameters : draws with leading dim ``sample`` (S), with the latent path ``u``.
    arrays : of the panel, with the outcomes.
    group : see :func:`groups`.

    Returns
    -------
    array (S,)
    """
    kind, index = group
    periods = arrays.shape[1]
    if kind == "dyad":
        return path_log_likelihood(parameters, arrays, 0, periods, dyads=np.array([index]))[:, 0]
    inside = np.concatenate([[0], arrays.era == index, [0]]).astype(int)
    u = parameters["u"].to_numpy().astype(float)
    total = np.zeros(len(u))
    steps = np.diff(inside)
    for first, stop in zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True):
        before = u[:, :, first - 1] if first > 0 else None
        after = u[:, :, stop] if stop < periods else None
        total += path_log_likelihood(parameters, arrays, first, stop, before, after).sum(axis=1)
    return total


def bridged(rest: Array, whole: Array) -> tuple[float, float, float]:
    """Log of the mean of a likelihood over one distribution, with draws of the distribution that it is updated to.

    Parameters
    ----------
    rest : (chains, draws) log likelihoods at draws of the posterior without what they are of.
    whole : (chains, draws) at draws of the posterior with it.

    Returns
    -------
    log mean, standard error, overlap
        The overlap of the two posteriors is 1 if they are alike and 0 if they have nothing in common.

    Examples
    --------
    >>> bridged(np.full((2, 50), -3.0), np.full((2, 50), -3.0))
    (-3.0, 0.0, 1.0)
    """
    a, b = rest.ravel(), whole.ravel()
    m = np.log(b.size / a.size)
    if max(a.max(), b.max()) - min(a.min(), b.min()) < 1e-12:
        return float(a[0]), 0.0, 1.0

    def excess(x: float) -> float:
        return float(expit(a - x + m).sum() - expit(x - b - m).sum())

    low, high = min(a.min(), b.min()) - abs(m) - 1.0, max(a.max(), b.max()) + abs(m) + 1.0
    while excess(low) < 0:
        low -= high - low
    while excess(high) > 0:
        high += high - low
    x = float(brentq(excess, low, high, xtol=1e-10))
    parts = [expit(rest - x + m), expit(x - whole - m)]
    variance = 0.0
    for part in parts:
        effective = float(az.ess(xr.DataArray(part, dims=("chain", "draw")).to_dataset(name="x"), method="mean")["x"])
        variance += part.var() / part.mean() ** 2 / (effective if np.isfinite(effective) else part.size)
    share = b.size / (a.size + b.size)
    return x, float(np.sqrt(variance)), float(parts[0].mean() / share)


def predict_left_out(shared: dict[str, Any], piece: Piece) -> Result:
    """The work of one piece: refit without a dyad or an era.

    Parameters
    ----------
    shared
        ``design, priors, sampler``.
    piece
        ``hypothesis, free, left_out`` (kind and index), ``seed``.

    Returns
    -------
    dict
        ``joint``: log likelihoods (chain x draw) of what is left out, by ``kind index``; of all groups if nothing is. ``at,
        log_density``: indices of the dyad-periods left out (of D * T) and their log densities, each on its own. ``rhat, rhat_at,
        bulk_ess, divergences``.
    """
    arrays: Design = shared["design"]
    group: Group = (piece["left_out"][0], piece["left_out"][1])
    out = within(arrays, group)
    parameters, went = refitted(
        without(arrays, out), hypothesis_of(piece), shared["priors"], shared["sampler"], piece["seed"]
    )
    wanted = groups(arrays) if group == NOTHING else [group]
    chains = shared["sampler"].chains
    joint = {f"{g[0]} {g[1]}": joint_log_likelihood(parameters, arrays, g).reshape(chains, -1).tolist() for g in wanted}
    only = without(arrays, ~out)
    density = np.zeros(0)
    if group != NOTHING:
        by_draw = pointwise(parameters.rename(sample="draw").expand_dims("chain"), only).to_numpy()[0]
        density = logsumexp(by_draw, axis=0) - np.log(len(by_draw))
    return {"joint": joint, "at": np.flatnonzero(only.modelled).tolist(), "log_density": density.tolist(), **went}


def leave_out(
    panel: xr.Dataset,
    place: Place,
    hypotheses: Iterable[Hypothesis] | None = None,
    outcomes: Sequence[str] = ("level", "acts"),
    priors: Priors | None = None,
    sampler: Sampler = QUICK,
) -> LeftOut:
    """Leave out each dyad and each era in turn, and predict it from the rest.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`.
    place
        Where refits are stored and run.
    hypotheses
        The seven documented ones if None.
    outcomes
        As in :func:`statusmodels.models.design.design`.
    priors
        The documented ones if None.
    sampler
        Of the refits; its seed is the first of theirs.

    Returns
    -------
    LeftOut

    Raises
    ------
    ValueError
        If the panel has neither two dyads nor two eras with modelled outcomes.
    """
    arrays = design(panel, outcomes)
    left_out = groups(arrays)
    if not left_out:
        raise ValueError("the panel must have modelled outcomes in at least two dyads or two eras")
    chosen = list(HYPOTHESES.values() if hypotheses is None else hypotheses)
    pieces = [
        {**told(h), "left_out": list(g), "seed": sampler.seed + i}
        for h in chosen
        for i, g in enumerate([NOTHING, *left_out])
    ]
    shared = {"design": arrays, "priors": priors or Priors(), "sampler": sampler}
    results = run(predict_left_out, shared, pieces, place)
    day = pd.DatetimeIndex(panel["period"].to_numpy())
    eras = (
        panel["era_name"].to_numpy().astype(str) if "era_name" in panel.coords else np.arange(arrays.eras).astype(str)
    )
    names = {("dyad", d): dyad for d, dyad in enumerate(arrays.dyads)} | {("era", e): n for e, n in enumerate(eras)}
    rows, points = [], []
    for piece, result in zip(pieces, results, strict=True):
        group = (piece["left_out"][0], piece["left_out"][1])
        if group == NOTHING:
            whole = result["joint"]
            continue
        key = f"{group[0]} {group[1]}"
        joint, se, overlap = bridged(np.array(result["joint"][key]), np.array(whole[key]))
        of = {"hypothesis": piece["hypothesis"], "kind": group[0], "left_out": names[group]}
        found = {"points": len(result["at"]), "joint": joint, "joint_se": se, "overlap": overlap}
        rows.append(
            of
            | found
            | {"by_period": float(np.sum(result["log_density"]))}
            | {k: result[k] for k in ("rhat", "divergences")}
        )
        d, t = np.unravel_index(np.array(result["at"]), arrays.shape)
        points.append(
            pd.DataFrame(
                {**of, "dyad": np.array(arrays.dyads)[d], "period": day[t], "log_density": result["log_density"]}
            )
        )
    return LeftOut(pd.DataFrame(rows), pd.concat(points, ignore_index=True))
