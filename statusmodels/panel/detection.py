"""What machine coding misses: undetected events drawn by construct, for multiple imputation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.panel.panel import SIGNALS, THREAT_SIGNALS

SHAPES = (0.05, 100.0)
"""Least and greatest shape of the gamma distribution of rates that is believed."""
AT_LEAST = 0.5
"""Events that a dyad without any is taken to have had, so that its rate is not zero."""


def with_undetected(counts: pd.DataFrame, detection: Mapping[str, tuple[float, float]], seed: int = 1) -> pd.DataFrame:
    r"""Counts with events added that were not detected: one draw of them, for multiple imputation.

    Of the true events N of a construct in a dyad-period each is detected with the construct's probability d,

    .. math:: d \sim \mathrm{Beta}(a, b), \quad \lambda \sim \mathrm{Gamma}(k, k / \mu), \quad
              N \mid \lambda \sim \mathrm{Poisson}(\lambda), \quad n \mid N \sim \mathrm{Binomial}(N, d)

    so that of those missed, given the n detected, :math:`N - n \sim \mathrm{Poisson}((1 - d) \lambda)` with
    :math:`\lambda \mid n \sim \mathrm{Gamma}(k + n, k / \mu + d)`. The mean :math:`\mu` is the dyad's share of the source's events
    in all periods, times those of the period, over d. The shape k, which thinning leaves as it is, comes from the variance of n by
    moments. d is drawn once for all dyads and periods, and a missed event has the mean severity of the construct's detected ones.

    A detection that is the same everywhere scales a signal and adds noise to it, which shrinks its effect: this tells how much. It
    knows nothing of events that depend on what nobody reports, or of detection that differs among dyads or rises in crises.

    Parameters
    ----------
    counts
        As from :func:`statusmodels.sources.event_data.counts`, counted with ``dyads``, so that periods without an event have rows.
    detection
        By signal (``"honor_denied"``, ``"threat_posed"``, ...) a and b of the Beta distribution of d; signals that are not named
        count as fully detected. There is no default: recall by construct is known for no release, and the numbers are yours.
    seed
        Of the draw; give each imputation its own.

    Returns
    -------
    DataFrame
        A copy with larger counts and sums of severities of the named signals, to be given to
        :func:`statusmodels.panel.event_panel.event_panel`. Conduct, ``events`` and ``world_events`` are as they were.
        ``attrs["detection"]`` holds the d that was drawn by signal.

    Raises
    ------
    ValueError
        If a signal is unknown, or a or b is not above zero.
    InputError
        If the counts lack a column.

    References
    ----------
    Rubin, D. B. (1987). *Multiple Imputation for Nonresponse in Surveys*. Wiley.

    Examples
    --------
    >>> frame = pd.DataFrame({"ccode1": 2, "ccode2": 365, "world_events": 1000, "threat_posed": [0, 2, 1, 5],
    ...                       "threat_posed_severity": [0, 4, 2, 12]})
    >>> more = with_undetected(frame, {"threat_posed": (20, 80)}, seed=1)
    >>> bool((more["threat_posed"] >= frame["threat_posed"]).all())
    True
    """
    _check(counts, detection)
    rng = np.random.default_rng(seed)
    out, drawn = counts.copy(), {}
    for signal, (a, b) in detection.items():
        found = counts[signal].to_numpy(dtype=float)
        drawn[signal] = d = float(rng.beta(a, b))
        expected = _expected(counts, found)
        shape = _shape(found, expected)
        rate = rng.gamma(shape + found) / (shape * d / expected + d)
        missed = rng.poisson((1.0 - d) * rate)
        severity = counts[f"{signal}_severity"].sum() / found.sum() if found.any() else 1.0
        out[signal] = counts[signal] + missed
        out[f"{signal}_severity"] = counts[f"{signal}_severity"] + severity * missed
    out.attrs = {**counts.attrs, "detection": drawn}
    return out


def _expected(counts: pd.DataFrame, found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Events that each row's dyad should show in its period, were its share of the source's events always the same."""
    totals = counts.assign(found=found).groupby(["ccode1", "ccode2"])[["found", "world_events"]].transform("sum")
    share = np.maximum(totals["found"].to_numpy(), AT_LEAST) / totals["world_events"].to_numpy()
    return np.asarray(share * counts["world_events"].to_numpy(dtype=float))


def _shape(found: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> float:
    """Shape of a negative binomial distribution by moments: its variance is ``m + m^2 / shape``."""
    beyond = float(((found - expected) ** 2 - expected).sum())
    return float(np.clip((expected**2).sum() / beyond, *SHAPES)) if beyond > 0 else SHAPES[1]


def _check(counts: pd.DataFrame, detection: Mapping[str, tuple[float, float]]) -> None:
    known = (*SIGNALS, *THREAT_SIGNALS)
    for signal, (a, b) in detection.items():
        if signal not in known:
            raise ValueError(f"detection is of {', '.join(known)}, not of {signal!r}")
        if not (a > 0 and b > 0):
            raise ValueError(f"a and b of a Beta distribution must be above 0, not {a} and {b} ({signal})")
    needed = ["ccode1", "ccode2", "world_events", *(f"{s}{end}" for s in detection for end in ("", "_severity"))]
    if lacking := [c for c in needed if c not in counts]:
        told = f"lacks the columns {', '.join(lacking)}; give what statusmodels.sources.event_data.counts returns"
        raise InputError([Problem("counts", told)])
