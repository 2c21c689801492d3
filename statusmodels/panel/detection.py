"""What machine coding misses: undetected events drawn by construct, to see what a verdict owes to detection."""

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
KEYS = ["ccode1", "ccode2"]


def with_undetected(counts: pd.DataFrame, detection: Mapping[str, tuple[float, float]], seed: int = 1) -> pd.DataFrame:
    r"""Counts with events added that were not detected: one draw of them, for a sensitivity analysis.

    Of the true events N of a construct in a dyad-period each is detected with the construct's probability d,

    .. math:: d \sim \mathrm{Beta}(a, b), \quad \lambda \sim \mathrm{Gamma}(k, k / \mu), \quad
              N \mid \lambda \sim \mathrm{Poisson}(\lambda), \quad n \mid N \sim \mathrm{Binomial}(N, d)

    so that of those missed, given the n detected, :math:`N - n \sim \mathrm{Poisson}((1 - d) \lambda)` with
    :math:`\lambda \mid n \sim \mathrm{Gamma}(k + n, k / \mu + d)`. The mean :math:`\mu` is the dyad's share of the source's events
    in all periods, times those of the period, over d. The shape k, which thinning leaves as it is, comes from the variance of n by
    moments; it is one number for all dyads, and holds the changes of their levels over time too. d is drawn once for all dyads and
    periods. A missed event has the mean severity of the construct's detected ones; a construct of which none was detected is left
    as it is.

    A detection that is the same everywhere scales a signal and adds noise to it. The verdict on what was detected has that noise
    once, the verdict on a draw of this has about as much of it again: the step from the first to the second shows what the first
    may have lost, and how much verdicts on several draws differ shows what chance there was in it. It is no correction: the draws
    know nothing of the outcomes, so a posterior averaged over them is not the posterior given the true counts. Nor do they know of
    detection that differs among dyads or rises in crises, or of what is never reported.

    Parameters
    ----------
    counts
        As from :func:`statusmodels.sources.event_data.counts`, counted with ``dyads``, so that periods without an event have rows,
        and with the weight ``"events"``.
    detection
        By signal (``"honor_denied"``, ``"threat_posed"``, ...) a and b of the Beta distribution of d; signals that are not named
        count as fully detected. There is no default: recall by construct is known for no release, and the numbers are yours.
    seed
        Of the draw; give each its own.

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
        If the counts lack a column, a value, or a dyad's row for a period.

    Examples
    --------
    >>> frame = pd.DataFrame({"ccode1": 2, "ccode2": 365, "period": [1, 2, 3, 4], "world_events": 1000,
    ...                       "threat_posed": [0, 2, 1, 5], "threat_posed_severity": [0, 4, 2, 12]})
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
        if not found.any():
            continue
        expected, shape = _expected(counts, found)
        rate = expected * rng.gamma(shape + found) / (d * (shape + expected))
        missed = rng.poisson((1.0 - d) * rate)
        severity = counts[f"{signal}_severity"].sum() / found.sum()
        out[signal] = counts[signal] + missed
        out[f"{signal}_severity"] = counts[f"{signal}_severity"] + severity * missed
    out.attrs = {**counts.attrs, "detection": drawn}
    return out


def _expected(counts: pd.DataFrame, found: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
    """Events that each row's dyad should show in its period, were its share of the source's events always the same; and the shape.

    The shape is that of a negative binomial distribution by moments, whose variance is ``m + m^2 / shape``, over dyads with events.
    """
    rows = counts[[*KEYS, "world_events"]].assign(found=found)
    totals = rows.groupby(KEYS)[["found", "world_events"]].transform("sum")
    share = np.maximum(totals["found"], AT_LEAST) / totals["world_events"].where(totals["world_events"] > 0, np.inf)
    expected = (share * rows["world_events"]).to_numpy(dtype=float)
    seen = totals["found"].to_numpy() > 0
    beyond = float(((found - expected) ** 2 - expected)[seen].sum())
    return expected, float(np.clip((expected[seen] ** 2).sum() / beyond, *SHAPES)) if beyond > 0 else SHAPES[1]


def _check(counts: pd.DataFrame, detection: Mapping[str, tuple[float, float]]) -> None:
    known = (*SIGNALS, *THREAT_SIGNALS)
    for signal, (a, b) in detection.items():
        if signal not in known:
            raise ValueError(f"detection is of {', '.join(known)}, not of {signal!r}")
        if not (0 < a < np.inf and 0 < b < np.inf):
            raise ValueError(f"a and b of a Beta distribution must be above 0 and finite, not {a} and {b} ({signal})")
    needed = [*KEYS, "period", "world_events", *(f"{s}{end}" for s in detection for end in ("", "_severity"))]
    if lacking := [c for c in needed if c not in counts]:
        told = f"lacks the columns {', '.join(lacking)}; give what statusmodels.sources.event_data.counts returns"
        raise InputError([Problem("counts", told)])
    if missing := [c for c in needed if counts[c].isna().any()]:
        raise InputError(
            [Problem("counts", f"has missing values in {', '.join(missing)}; there are none in counts of events")]
        )
    if (counts.groupby(KEYS).size() != counts["period"].nunique()).any():
        told = "has no row for some dyads' periods without an event, which are no less part of it; count with dyads"
        raise InputError([Problem("counts", told)])
