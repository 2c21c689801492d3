"""Leave-one-out by exact refits where importance sampling fails."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import arviz as az
import numpy as np
from scipy.special import logsumexp

from statusmodels.criticism.refit import QUICK, hypothesis_of, refitted, told, without
from statusmodels.inference.diagnostics import MAX_PARETO_K
from statusmodels.inference.likelihood import pointwise
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors


def predict_point(shared: dict[str, Any], piece: Piece) -> Result:
    """The work of one piece: refit without one dyad-period, and predict it.

    Its own latent value is integrated given its neighbours on the path, as in :func:`statusmodels.inference.likelihood.pointwise`.

    Parameters
    ----------
    shared
        ``design, priors, sampler``.
    piece
        ``hypothesis, free, at`` (index of the flattened (D, T)), ``seed``.

    Returns
    -------
    dict
        ``log_density``, and of the refit ``rhat, rhat_at, bulk_ess, divergences``.
    """
    design: Design = shared["design"]
    out = (np.arange(design.level.size) == piece["at"]).reshape(design.shape)
    parameters, went = refitted(
        without(design, out), hypothesis_of(piece), shared["priors"], shared["sampler"], piece["seed"]
    )
    by_draw = pointwise(parameters.rename(sample="draw").expand_dims("chain"), without(design, ~out)).to_numpy()
    return {"log_density": float(logsumexp(by_draw) - np.log(by_draw.size)), **went}


def exact_where_needed(
    elpds: Mapping[str, az.ELPDData],
    design: Design,
    place: Place,
    hypotheses: Iterable[Hypothesis] | None = None,
    priors: Priors | None = None,
    sampler: Sampler = QUICK,
    limit: float = MAX_PARETO_K,
) -> dict[str, az.ELPDData]:
    """PSIS-LOO with exact refits of the dyad-periods whose Pareto k is too high.

    Parameters
    ----------
    elpds
        By hypothesis, as returned by :func:`statusmodels.criticism.loo.loo`; they stay as they are.
    design
        Arrays of the panel that they are of.
    place
        Where refits are stored and run.
    hypotheses
        Those of ``elpds``; the seven documented ones if None.
    priors
        The documented ones if None; those of the fits.
    sampler
        Of the refits; its seed is the first of theirs.
    limit
        Pareto k above which a point is refitted; an undefined k is too high.

    Returns
    -------
    dict
        As ``elpds``. Points that were refitted have the exact ``elpd_i`` and, as in ArviZ, a ``pareto_k`` of 0; totals are made anew.

    Raises
    ------
    ValueError
        If a hypothesis is missing or the points are not those of the design.
    """
    known = {h.name: h for h in (HYPOTHESES.values() if hypotheses is None else hypotheses)}
    at = np.flatnonzero(design.modelled)
    pieces: list[Piece] = []
    where: list[tuple[str, int]] = []
    for name, elpd in elpds.items():
        if name not in known:
            raise ValueError(f"no hypothesis called {name!r} among {sorted(known)}")
        k = elpd.pareto_k.to_numpy().ravel()
        if k.shape != at.shape:
            raise ValueError(f"{name!r} has {k.size} points and the design {at.size}")
        for i in np.flatnonzero(~(k <= limit)).tolist():
            where.append((name, i))
            pieces.append({**told(known[name]), "at": int(at[i]), "seed": sampler.seed + int(at[i])})
    shared = {"design": design, "priors": priors or Priors(), "sampler": sampler}
    results = run(predict_point, shared, pieces, place)
    out = {name: copy.deepcopy(elpd) for name, elpd in elpds.items()}
    for (name, i), result in zip(where, results, strict=True):
        elpd = out[name]
        old = float(elpd.elpd_i.to_numpy().ravel()[i])
        elpd.elpd_i.to_numpy().ravel()[i] = result["log_density"]
        elpd.pareto_k.to_numpy().ravel()[i] = 0.0
        if elpd.p_loo_i is not None:
            elpd.p_loo_i.to_numpy().ravel()[i] += old - result["log_density"]
        elpd.p += old - result["log_density"]
    for elpd in out.values():
        values = elpd.elpd_i.to_numpy()
        elpd.elpd, elpd.se = float(values.sum()), float(np.sqrt(values.size * values.var(ddof=1)))
        elpd.warning = bool((elpd.pareto_k > elpd.good_k).any())
    return out
