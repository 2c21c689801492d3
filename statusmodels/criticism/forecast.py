"""Leave-future-out prediction: every period of the later half of a panel, one period ahead, from the periods before it alone.

At each origin a hypothesis is fitted to the periods before it. The periods from there to the next origin are then predicted one by
one, each given all outcomes before it: the fit's draws are weighted by how well they predicted the periods of the block so far, and
carry the latent path forward (:mod:`statusmodels.criticism.filtering`). Where the Pareto-smoothed weights fail (Pareto k above
:data:`~statusmodels.inference.diagnostics.MAX_PARETO_K` or fewer than :data:`MIN_ESS` effective draws) the hypothesis is fitted anew
to all periods before that one. This is PSIS-LFO with one-step-ahead prediction (Buerkner, Gabry & Vehtari 2020, *Journal of
Statistical Computation and Simulation* 90:2499).

What a prediction of period t may use, and does:

- outcomes of the periods before t;
- signals known at t, which are memories of acts strictly before it. Their centre and scale, and those of the history, are means and
  standard deviations over the modelled periods *before the fit's origin*; so a signal that never moved before keeps its own unit;
- the bounds of the eras up to the end of the block. An era without outcomes has its deviations drawn from the distribution of
  eras, jointly with all else, because the sampler keeps the prior of what it has no data for. Eras after the block do not exist.

The coders' severities were given after the fact; that is the catalogue's limit and cannot be mended here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.special import logsumexp

from statusmodels.criticism.filtering import forward
from statusmodels.criticism.importance import smoothed
from statusmodels.criticism.refit import QUICK, hypothesis_of, refitted, told
from statusmodels.criticism.scores import climatology, persistence
from statusmodels.inference.diagnostics import MAX_PARETO_K
from statusmodels.inference.refits import Piece, Place, Result, run
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design, design
from statusmodels.models.hypothesis import HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors
from statusmodels.panel.periods import months_per_period

Array = npt.NDArray[np.float64]
MIN_ESS = 100.0


@dataclass(frozen=True)
class Forecasts:
    """Predictions and how they were come by.

    Attributes
    ----------
    predictions
        One row a forecaster (``hypothesis``: its name, or that of a reference) and modelled dyad-period: ``origin`` (first day
        of its block), ``dyad, period, level`` (what came), ``p0, p1, ...`` (probabilities of the levels) and ``log_density``
        (of all modelled outcomes of the dyad-period; NaN for references, which predict levels only).
    weights
        One row a hypothesis and predicted period: ``origin, period, fitted`` (first day of the period that its fit goes up to),
        ``ess`` and ``pareto_k`` of the draws' weights.
    fits
        One row a fit: ``hypothesis, origin, fitted, rhat, rhat_at, bulk_ess, divergences``.
    """

    predictions: pd.DataFrame
    weights: pd.DataFrame
    fits: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row a hypothesis: numbers of blocks and fits, worst weights and worst R-hat."""
        fits, weights = self.fits.groupby("hypothesis", sort=False), self.weights.groupby("hypothesis", sort=False)
        return pd.DataFrame(
            {
                "blocks": fits["origin"].nunique(),
                "fits": fits.size(),
                "min_ess": weights["ess"].min(),
                "max_pareto_k": weights["pareto_k"].max(),
                "max_rhat": fits["rhat"].max(),
                "divergences": fits["divergences"].sum(),
            }
        )

    def pointwise(self) -> pd.DataFrame:
        """Log predictive densities, one row a dyad and period and one column a hypothesis; for stacking."""
        known = self.predictions.dropna(subset=["log_density"])
        names = known["hypothesis"].unique()
        return known.pivot(index=["dyad", "period"], columns="hypothesis", values="log_density")[names]


def origins(panel: xr.Dataset, months: float = 24.0) -> list[int]:
    """Indices of the periods at which blocks begin, from the middle of the panel on.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> origins(build(load("us-russia"), period="year"), months=96)
    [24, 32, 40]
    """
    step = max(1, round(months / months_per_period(panel.attrs["period_length"])))
    return list(range(panel.sizes["period"] // 2, panel.sizes["period"], step))


def known_before(
    panel: xr.Dataset, origin: int, stop: int, outcomes: Sequence[str] = ("level", "acts")
) -> tuple[Design, Design]:
    """Arrays to fit and arrays to predict with.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`.
    origin, stop
        First period of the block, and the one after its last.
    outcomes
        As in :func:`statusmodels.models.design.design`.

    Returns
    -------
    training
        Of the periods before ``origin``.
    block
        Of the periods before ``stop``, with their outcomes; predictors centred and scaled as in ``training``.
    """
    whole = panel.isel(period=slice(0, stop))
    whole = whole.isel(era_index=slice(0, int(whole["era"].max()) + 1))
    early = xr.DataArray(np.arange(stop) < origin, dims="period")
    training = design(whole.isel(period=slice(0, origin)), outcomes)
    standard = design(whole.assign(observed=whole["observed"] & early), outcomes)
    block = replace(
        design(whole, outcomes),
        memory=standard.memory,
        threat=standard.threat,
        history=standard.history,
        history_mean=standard.history_mean,
    )
    return training, block


def predict_block(shared: dict[str, Any], piece: Piece) -> Result:
    """The work of one piece: fit a hypothesis up to an origin, and predict the periods to the next.

    Parameters
    ----------
    shared
        ``panel, outcomes, priors, sampler``.
    piece
        ``hypothesis, free, origin, stop, seed``.

    Returns
    -------
    dict
        ``dyad, period`` (indices), ``probability, log_density`` of each modelled dyad-period; ``weights`` (period, fitted, ess,
        pareto_k) of each period; ``fits`` (fitted, rhat, rhat_at, bulk_ess, divergences) of each fit.
    """
    panel, stop, first = shared["panel"], piece["stop"], piece["origin"]
    out: dict[str, list[Any]] = {k: [] for k in ("dyad", "period", "probability", "log_density", "weights", "fits")}
    while first < stop:
        training, block = known_before(panel, first, stop, shared["outcomes"])
        parameters, went = refitted(
            training, hypothesis_of(piece), shared["priors"], shared["sampler"], piece["seed"] + first
        )
        out["fits"].append({"fitted": first, **went})
        begun, log_weight = first, np.zeros(parameters.sizes["sample"])
        last = parameters["u"].to_numpy()[:, :, -1].astype(float)
        for t, step in enumerate(forward(parameters, block, begun, stop, last), start=begun):
            weight, k = smoothed(log_weight)
            ess = float(1 / np.square(weight).sum())
            trusted = np.ptp(log_weight) == 0 or k <= MAX_PARETO_K  # nothing to smooth, nothing to distrust
            if t > begun and (ess < MIN_ESS or not trusted):
                break
            out["weights"].append({"period": t, "fitted": begun, "ess": ess, "pareto_k": None if np.isnan(k) else k})
            on = np.flatnonzero(block.weight[:, t] > 0)
            probability = np.einsum("s,snk->nk", weight, step.probability[:, on])
            out["dyad"] += on.tolist()
            out["period"] += [t] * len(on)
            out["probability"] += probability.tolist()
            out["log_density"] += logsumexp(step.log_likelihood[:, on], axis=0, b=weight[:, None]).tolist()
            log_weight = log_weight + step.log_likelihood.sum(axis=1)
            first = t + 1
    return out


def forecast(
    panel: xr.Dataset,
    place: Place,
    hypotheses: Iterable[Hypothesis] | None = None,
    months: float = 24.0,
    outcomes: Sequence[str] = ("level", "acts"),
    priors: Priors | None = None,
    sampler: Sampler = QUICK,
) -> Forecasts:
    """Predict the later half of a panel one period ahead, by each hypothesis and by the references.

    The references are climatology (frequencies of levels before the block's origin) and persistence (the same given the dyad's own
    level in the period before), both over all dyads; see :mod:`statusmodels.criticism.scores`, whose ``skill_table`` takes the
    predictions.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`.
    place
        Where refits are stored and run.
    hypotheses
        The seven documented ones if None.
    months
        Length of a block, from one origin to the next.
    outcomes
        What is modelled: ``level`` and perhaps ``acts``, or ``onset``.
    priors
        The documented ones if None.
    sampler
        Of the fits; its seed is the first of theirs.

    Returns
    -------
    Forecasts

    Raises
    ------
    ValueError
        If no level or onset is modelled, so that there is nothing to score; if an external series is, whose scale and levels are
        those of all its periods; if the panel's ordering is daily, because the day on which its signals are read is that of the
        outcome to be predicted; or if nothing is modelled on one side of the first origin.
    """
    if not {"level", "onset"} & set(outcomes) or "external" in outcomes:
        raise ValueError(f"forecasts are of level or onset, without an external series; got {', '.join(outcomes)}")
    if panel.attrs.get("ordering") == "daily":
        raise ValueError("with daily ordering signals are read on the day of the outcome, which a forecast cannot know")
    arrays = design(panel, outcomes)
    starts = origins(panel, months)
    spans = [
        (a, b)
        for a, b in zip(starts, [*starts[1:], panel.sizes["period"]], strict=True)
        if (arrays.weight[:, a:b] > 0).any()
    ]
    if not spans or not (arrays.weight[:, : spans[0][0]] > 0).any():
        raise ValueError("the panel must have modelled outcomes both before and after the first origin")
    pieces = [
        {**told(h), "origin": a, "stop": b, "seed": sampler.seed}
        for h in (HYPOTHESES.values() if hypotheses is None else hypotheses)
        for a, b in spans
    ]
    shared = {"panel": panel, "outcomes": tuple(outcomes), "priors": priors or Priors(), "sampler": sampler}
    results = run(predict_block, shared, pieces, place)
    day = pd.DatetimeIndex(panel["period"].to_numpy())
    predictions = [_rows(piece, result, arrays, day) for piece, result in zip(pieces, results, strict=True)]
    predictions += [_reference(name, a, b, arrays, day) for name in ("climatology", "persistence") for a, b in spans]

    def gathered(name: str) -> pd.DataFrame:
        rows = [
            {"hypothesis": piece["hypothesis"], "origin": day[piece["origin"]], **row}
            for piece, result in zip(pieces, results, strict=True)
            for row in result[name]
        ]
        table = pd.DataFrame(rows)
        return table.assign(**{c: day[table[c]] for c in ("period", "fitted") if c in table})

    return Forecasts(pd.concat(predictions, ignore_index=True), gathered("weights"), gathered("fits"))


def _rows(piece: Piece, result: Result, arrays: Design, day: pd.DatetimeIndex) -> pd.DataFrame:
    d, t = np.array(result["dyad"]), np.array(result["period"])
    table = _table(piece["hypothesis"], piece["origin"], d, t, np.array(result["probability"]), arrays, day)
    return table.assign(log_density=result["log_density"])


def _reference(name: str, origin: int, stop: int, arrays: Design, day: pd.DatetimeIndex) -> pd.DataFrame:
    """A reference's predictions of one block, from the levels before its origin."""
    on = arrays.weight > 0
    training = on & (np.arange(arrays.shape[1]) < origin)
    t, d = np.nonzero(on[:, origin:stop].T)
    t = t + origin
    usual = climatology(arrays.level, training, arrays.levels)
    probability = np.tile(usual, (len(t), 1))
    if name == "persistence":
        given = persistence(arrays.level, training, arrays.levels)
        told_before = (t > 0) & on[d, t - 1]
        probability[told_before] = given[arrays.level[d, t - 1][told_before]]
    return _table(name, origin, d, t, probability, arrays, day).assign(log_density=np.nan)


def _table(
    name: str,
    origin: int,
    d: npt.NDArray[np.int64],
    t: npt.NDArray[np.int64],
    probability: Array,
    arrays: Design,
    day: pd.DatetimeIndex,
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "hypothesis": name,
            "origin": day[origin],
            "dyad": np.array(arrays.dyads)[d],
            "period": day[t],
            "level": arrays.level[d, t],
        }
    )
    return table.assign(**{f"p{k}": probability[:, k] for k in range(probability.shape[1])})
