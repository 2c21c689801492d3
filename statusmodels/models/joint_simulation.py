"""Judgements drawn from the measurement part of the joint model, for its calibration."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import severity_shares
from statusmodels.events.vocabulary import CONSTRUCTS, NO_CONSTRUCT
from statusmodels.models.joint import PRIORS, Measured, centres, sizes, transformed
from statusmodels.models.measurement import UNREAD, ratings
from statusmodels.models.priors import Prior
from statusmodels.panel.severities import SIGNAL_CONSTRUCTS

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Simulated:
    """Judgements drawn from the prior.

    Attributes
    ----------
    catalogue : the acts, with the drawn judgements of signals in place of the real ones.
    parameters : unconstrained vector without the latent severities.
    latent : (event, construct) latent severities.
    """

    catalogue: Catalogue
    parameters: Array
    latent: Array


def drawn_from_prior(coders: int, rng: np.random.Generator, priors: Mapping[str, Prior] | None = None) -> Array:
    """The measurement's unconstrained vector without latent severities, drawn from the prior."""
    table = {**PRIORS, **(priors or {})}
    drawn = {name: table[name].distribution.rvs(n, random_state=rng) for name, n in sizes(coders, 0).items() if n}
    return np.concatenate([np.log(x) if table[name].family == "halfnormal" else x for name, x in drawn.items()])


def simulate(catalogue: Catalogue, rng: np.random.Generator, priors: Mapping[str, Prior] | None = None) -> Simulated:
    """Draw parameters, latent severities and the coders' judgements of signals from the prior.

    Parameters
    ----------
    catalogue
        Gives the acts, who read which, and the judgements of outcomes, which are kept.
    rng
        Source of randomness.
    priors
        Replacements by block of :data:`PRIORS`.

    Returns
    -------
    Simulated
        All coders who give an act a construct agree on category and valence: those with the largest share in the catalogue or,
        where no coder had given the construct, those of another act, drawn at random.
    """
    data = ratings(catalogue)
    parameters = drawn_from_prior(len(data.coders), rng, priors)
    one = transformed(parameters, len(data.coders))
    latent = rng.standard_normal((len(data.event_ids), len(SIGNAL_CONSTRUCTS)))
    x = one["precision"][:, :, None] * (
        latent[:, :, None, None] + one["bias"][:, :, None] - one["cutpoint"][:, None, :]
    )
    level = (rng.random(x.shape[:-1])[..., None] < expit(x)).sum(axis=-1)
    level = np.where(data.level[:, :1] == UNREAD, UNREAD, level)
    return Simulated(_judged(catalogue, level, data.event_ids, data.coders, rng), parameters, latent)


def _judged(
    catalogue: Catalogue, level: Counts, event_ids: tuple[str, ...], coders: tuple[str, ...], rng: np.random.Generator
) -> Catalogue:
    """The catalogue with the levels (event, construct, coder) in place of its judgements of signals."""
    event, construct, coder = np.nonzero(level > 0)
    rows = pd.DataFrame(
        {
            "event_id": np.array(event_ids)[event],
            "coder": np.array(coders)[coder],
            "construct": np.array(SIGNAL_CONSTRUCTS)[construct],
            "severity": level[event, construct, coder],
        }
    )
    shares = severity_shares(catalogue).sort_values("share", ascending=False, kind="stable")
    kinds = []
    for name in SIGNAL_CONSTRUCTS:
        real = (
            shares[shares["construct"] == name]
            .drop_duplicates("event_id")
            .set_index("event_id")[["category", "valence"]]
        )
        source = (
            real if len(real) else pd.DataFrame({"category": CONSTRUCTS[name].category_names[0], "valence": [-1, 1]})
        )
        drawn = source.iloc[rng.integers(len(source), size=len(event_ids))].set_axis(list(event_ids))
        drawn.update(real)
        kinds.append(drawn.rename_axis("event_id").reset_index().assign(construct=name))
    rows = rows.merge(pd.concat(kinds), on=["event_id", "construct"])
    columns = list(catalogue.codings.columns)
    outcomes = catalogue.codings[~catalogue.codings["construct"].isin([*SIGNAL_CONSTRUCTS, NO_CONSTRUCT])]
    kept = pd.concat([outcomes, rows.assign(confidence=1.0)[columns]])
    silent = catalogue.readings.merge(kept[["event_id", "coder"]].drop_duplicates(), how="left", indicator=True)
    silent = silent.loc[silent["_merge"] == "left_only", ["event_id", "coder"]].assign(
        construct=NO_CONSTRUCT, category=NO_CONSTRUCT, valence=0, severity=0, confidence=1.0
    )
    codings = pd.concat([kept, silent[columns]]).astype({"valence": int, "severity": int})
    codings = codings.sort_values(["event_id", "coder", "construct"], ignore_index=True)
    digest = hashlib.sha256(catalogue.sha256.encode() + codings.to_csv(index=False).encode()).hexdigest()
    return replace(catalogue, codings=codings, sha256=digest)


def coordinates(truth: Simulated, data: Measured) -> Array:
    """The measurement's unconstrained vector (M,) of a simulated truth.

    Parameters
    ----------
    truth
        Drawn by :func:`simulate`.
    data
        What was measured of ``truth.catalogue``.

    Returns
    -------
    array (M,)
    """
    cut = transformed(truth.parameters, len(data.coders))["cutpoint"]
    latent = truth.latent[data.acts.event, data.acts.construct]
    return np.concatenate([truth.parameters, (latent - centres(cut, data.judgements)) / data.judgements.spread])
