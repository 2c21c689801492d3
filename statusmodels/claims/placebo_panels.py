"""Panels in which the claim must not appear; what each is for stands in :mod:`statusmodels.claims.placebos`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from statusmodels.claims.specified import MEMORIES
from statusmodels.events.catalogue import Catalogue
from statusmodels.events.pooling import pooled_severity
from statusmodels.events.vocabulary import NO_CONSTRUCT
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS
from statusmodels.panel.periods import calendar, fading, months_per_period

ERAS, YEARS = "eras shuffled", "years shuffled"
SHUFFLED = (ERAS, YEARS)
YEARS_A_BLOCK = 4


def future(catalogue: Catalogue, panel: xr.Dataset) -> xr.Dataset:
    r"""The panel with memories of the acts after each period in the place of those before it.

    They are :func:`statusmodels.panel.periods.fading` with time reversed: with the last day :math:`\epsilon_t` of a period and an act
    that begins on day :math:`d_a`,

    .. math:: m_{h,a,t} = 2^{-(d_a - \epsilon_t) / h} \quad (d_a > \epsilon_t), \qquad 0 \quad (d_a \le \epsilon_t)

    A standing act counts from its beginning as a passing one does, because the days on which it stands may lie before or in the
    period. An act known only to the month is placed on the month's first day, so that it enters no period that it may lie in.

    Parameters
    ----------
    catalogue
        The panel's catalogue.
    panel
        As built by :func:`statusmodels.panel.panel.build`.

    Returns
    -------
    Dataset
        The same names and dims. At the end of the window as many months are no longer ``observed`` as are burnt in at its beginning,
        because what follows the window is not known.
    """
    starts = panel["period"].to_index()
    periods = calendar(starts[0], starts[-1], panel.attrs["period_length"])
    ends = pd.DatetimeIndex(periods.end_time).normalize()
    acts = catalogue.events[["event_id", "date", "sender", "receiver"]].copy()
    month = catalogue.events["date_precision"] == "month"
    acts.loc[month, "date"] = acts.loc[month, "date"].dt.to_period("M").dt.start_time
    rows = pooled_severity(catalogue).merge(acts, on="event_id")
    rows["dyad"] = rows["sender"] + ">" + rows["receiver"]
    mirror = ends[-1]
    reversed_ends = pd.DatetimeIndex(mirror + (mirror - ends))

    def ahead(mine: pd.DataFrame) -> npt.NDArray[np.float64]:
        """(K, D, T) faded sums of the acts to come."""
        out = np.zeros((panel.sizes["half_life"], panel.sizes["dyad"], len(starts)))
        for d, dyad in enumerate(panel["dyad"].to_numpy()):
            of = mine[mine["dyad"] == dyad]
            begins = mirror + (mirror - of["date"])
            passing = pd.Series(pd.NaT, index=of.index, dtype=begins.dtype)
            share = fading(reversed_ends, begins, passing, panel["half_life"].to_numpy())
            out[:, d] = np.einsum("kat,a->kt", share, of["severity"].to_numpy(dtype=float))
        return out

    def coded(construct: str, valence: int) -> pd.DataFrame:
        return rows[(rows["construct"] == construct) & (rows["valence"] == valence)]

    data: dict[str, tuple[tuple[str, ...], npt.NDArray[np.float64]]] = {
        f"{name}_memory": (("half_life", "dyad", "period"), ahead(coded(*which))) for name, which in SIGNALS.items()
    }
    for name, valence in THREAT_SIGNALS.items():
        posed = coded("threat", valence)
        by_category = [ahead(posed[posed["category"] == c]) for c in panel["category"].to_numpy()]
        data[f"{name}_memory"] = (("category", "half_life", "dyad", "period"), np.stack(by_category))
    left = (len(starts) - 1 - np.arange(len(starts))) * months_per_period(panel.attrs["period_length"])
    known = xr.DataArray(left >= panel.attrs["burn_in_months"], dims="period")
    return panel.assign({**data, "observed": panel["observed"] & known})


def beyond_past(panel: xr.Dataset, past: xr.Dataset) -> xr.Dataset:
    """A panel's memories less what those of another panel predict of them.

    Each memory is regressed by least squares, over the observed dyad-periods, on the other panel's memories of honor denied and of all
    threats posed, at every half-life, and a constant for each dyad; what is left takes its place.

    Parameters
    ----------
    panel
        The panel whose memories are changed, such as that of :func:`future`.
    past
        A panel of the same dyads and periods.

    Returns
    -------
    Dataset
        Memories now uncorrelated with the past ones over the observed dyad-periods; they may be negative.
    """
    on = panel["observed"].broadcast_like(panel["level"]).transpose("dyad", "period").to_numpy().ravel()
    on &= np.isfinite(panel["level"].to_numpy().ravel())
    known = [past["honor_denied_memory"], past["threat_posed_memory"].sum("category")]
    columns = [x.transpose("half_life", "dyad", "period").to_numpy().reshape(x.sizes["half_life"], -1) for x in known]
    constants = np.repeat(np.eye(panel.sizes["dyad"]), panel.sizes["period"], axis=1)
    predictors = np.concatenate([*columns, constants]).T
    out = {}
    for name in MEMORIES:
        values = panel[name].transpose(..., "dyad", "period")
        flat = values.to_numpy().reshape(-1, len(on)).T
        slope = np.linalg.lstsq(predictors[on], flat[on], rcond=None)[0]
        out[name] = values.copy(data=(flat - predictors @ slope).T.reshape(values.shape))
    return panel.assign(out)


def blocks(panel: xr.Dataset, by: str) -> list[npt.NDArray[np.int64]]:
    """Indices of the observed periods in blocks of time, one an era or one for every :data:`YEARS_A_BLOCK` years.

    Examples
    --------
    >>> from statusmodels.events.catalogue import load
    >>> from statusmodels.panel.panel import build
    >>> [len(b) for b in blocks(build(load("us-russia"), "year"), YEARS)]
    [4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3]
    """
    observed = np.flatnonzero(panel["observed"].to_numpy())
    if by == ERAS:
        label = panel["era"].to_numpy()[observed]
    else:
        months = months_per_period(panel.attrs["period_length"])
        label = ((observed - observed[0]) * months / (12 * YEARS_A_BLOCK)).astype(int)
    return [observed[label == one] for one in dict.fromkeys(label.tolist())]


def shuffled(panel: xr.Dataset, by: str, seed: int) -> xr.Dataset:
    """The panel with the blocks of its memories in another order; outcomes, history and eras stay.

    Parameters
    ----------
    panel
        As built by :func:`statusmodels.panel.panel.build`.
    by
        ``"eras shuffled"`` or ``"years shuffled"``.
    seed
        Seed of the order, which is never the true one. Blocks may differ in length; they follow one another without gaps.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there are fewer than two blocks.
    """
    parts = blocks(panel, by)
    if len(parts) < 2:
        raise ValueError(f"{by}: the observed periods make only one block")
    rng = np.random.default_rng(seed)
    order = np.arange(len(parts))
    while (order == np.arange(len(parts))).all():
        order = rng.permutation(len(parts))
    source = np.arange(panel.sizes["period"])
    source[np.concatenate(parts)] = np.concatenate([parts[k] for k in order])
    return panel.assign({name: (panel[name].dims, panel[name].isel(period=source).to_numpy()) for name in MEMORIES})


def cooperation_for_honor(catalogue: Catalogue) -> Catalogue:
    """The catalogue with its judgements of honor struck out and those of cooperation written in as honor denied.

    A coder who gave an act nothing but honor has still read it.
    """
    codings = catalogue.codings
    honor, cooperation = codings["construct"] == "honor", codings["construct"] == "cooperation"
    nothing = {"construct": NO_CONSTRUCT, "category": NO_CONSTRUCT, "valence": 0, "severity": 0}
    read = codings[honor].drop_duplicates(["event_id", "coder"]).assign(**nothing)
    instead = codings[cooperation].assign(construct="honor", valence=-1)
    return replace(catalogue, codings=pd.concat([codings[~honor], read, instead], ignore_index=True))
