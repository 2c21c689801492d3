r"""E1, E2 and E3: what honor denied does without and with injury.

With ``H_lo, H_hi`` and ``I_lo, I_hi`` the 10th and 90th percentiles of the honor-denied and the injury signal over the modelled
dyad-periods, and everything else (authority, history, era, dyad, latent path) as it was in each of them,

.. math::

    P(H, I) = \text{mean over dyad-periods of } P(\text{level} \ge 3 \mid H, I, \text{rest}), \qquad
    E_1 = P(H_{hi}, I_{lo}) - P(H_{lo}, I_{lo}), \quad E_2 = P(H_{hi}, I_{hi}) - P(H_{lo}, I_{hi}), \quad E_3 = E_2 - E_1

and E3 on the latent scale is the same double difference of the risk itself: what is left after additivity in log odds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import expit

from statusmodels.criticism.predictive import SERIOUS
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import VARYING
from statusmodels.models.parameters import interaction, linear_predictor, signals, varying_effects

Array = npt.NDArray[np.float64]
PERCENTILES = (10.0, 90.0)
ESTIMANDS = ("e1", "e2", "e3", "e3_latent")
"""Names of the estimands, as attributes of :class:`Estimands`."""


@dataclass(frozen=True)
class Estimands:
    """Posterior draws (S,) of the estimands, and of the four probabilities behind them.

    ``corner[(h, i)]`` with h, i in ``"low"``, ``"high"`` (honor denied, injury).
    """

    e1: Array
    e2: Array
    e3: Array
    e3_latent: Array
    corner: dict[tuple[str, str], Array]


def surface(
    parameters: xr.Dataset, design: Design, honor: list[float], injury: list[float], serious: int = SERIOUS
) -> tuple[Array, Array]:
    """Mean probability of serious escalation, and mean risk, with honor denied and injury set to percentiles.

    Parameters
    ----------
    parameters
        Draws with leading dim ``sample`` (S), with the latent path ``u``.
    design
        Arrays of the panel.
    honor, injury
        Percentiles (0-100) to set the two signals to, H and I of them.
    serious
        Lowest level that counts as serious.

    Returns
    -------
    probability, risk : (S, H, I)

    Raises
    ------
    ValueError
        If no level is modelled, so that serious escalation has no probability.
    """
    if not design.has_level:
        raise ValueError("serious escalation has no probability in a model without level or onset among its outcomes")
    if design.levels == 1:  # onset: its one cutpoint is that of serious escalation
        serious = 1
    on = design.modelled.ravel()
    signal = signals(parameters, design)
    own = varying_effects(parameters, design).reshape(parameters.sizes["sample"], len(VARYING), -1)[:, :, on]
    h, a, i = (signal[k][:, on] for k in ("honor_denied", "authority_denied", "threat"))
    h_effect, i_effect = (own[:, VARYING.index(name)] for name in ("honor_denied", "threat"))
    theta = (linear_predictor(parameters, design) + parameters["u"].to_numpy()).reshape(len(h), -1)[:, on]
    rest = theta - h_effect * h - i_effect * i - interaction(parameters, h, a, i)
    cut = parameters["cutpoint"].to_numpy()[:, serious - 1, None]
    h_at, i_at = np.percentile(h, honor, axis=1), np.percentile(i, injury, axis=1)  # (H, S), (I, S)
    probability = np.empty((len(h), len(honor), len(injury)))
    risk = np.empty_like(probability)
    for m in range(len(honor)):
        for n in range(len(injury)):
            hm, im = np.broadcast_to(h_at[m][:, None], h.shape), np.broadcast_to(i_at[n][:, None], i.shape)
            at = rest + h_effect * hm + i_effect * im + interaction(parameters, hm, a, im)
            probability[:, m, n] = expit(at - cut).mean(axis=1)
            risk[:, m, n] = at.mean(axis=1)
    return probability, risk


def estimands(parameters: xr.Dataset, design: Design, serious: int = SERIOUS) -> Estimands:
    """Draws of E1, E2 and E3.

    Parameters
    ----------
    parameters
        Draws with leading dim ``sample``, with ``u``; see :func:`thinned`.
    design
        Arrays of the panel.
    serious
        Lowest level that counts as serious.

    Returns
    -------
    Estimands
    """
    low_high = list(PERCENTILES)
    p, risk = surface(parameters, design, low_high, low_high, serious)
    names = ("low", "high")
    return Estimands(
        e1=p[:, 1, 0] - p[:, 0, 0],
        e2=p[:, 1, 1] - p[:, 0, 1],
        e3=(p[:, 1, 1] - p[:, 0, 1]) - (p[:, 1, 0] - p[:, 0, 0]),
        e3_latent=(risk[:, 1, 1] - risk[:, 0, 1]) - (risk[:, 1, 0] - risk[:, 0, 0]),
        corner={(a, b): p[:, i, j] for i, a in enumerate(names) for j, b in enumerate(names)},
    )


def true_estimands(
    parameters: xr.Dataset, design: Design, rng: np.random.Generator, paths: int = 200
) -> dict[str, float]:
    """E1, E2 and E3 of known parameters, averaged over latent paths drawn from their prior.

    Parameters
    ----------
    parameters
        One draw, as made by :func:`~statusmodels.models.truth.truth`.
    design
        Arrays of the panel.
    rng
        Draws the latent paths.
    paths
        Number of them.
    """
    many = parameters.isel(sample=np.zeros(paths, dtype=int))
    rho, sigma = float(parameters["rho"][0]), float(parameters["sigma"][0])
    u = rng.standard_normal((paths, *design.shape)) * sigma
    u[..., 1:] *= np.sqrt(1 - rho**2)
    for t in range(1, design.shape[1]):
        u[..., t] += rho * u[..., t - 1]
    many["u"] = (("sample", "dyad", "period"), u)
    e = estimands(many, design)
    return {name: float(getattr(e, name).mean()) for name in ("e1", "e2", "e3", "e3_latent")}
