"""The verdict: a fixed rule, whose one change after a look at the data is told in ``docs/verdict.md``.

*Pattern*: E1 is practically zero and E2 is more than that, each with probability >= 0.9 (the memo's sentence).

*Mechanism*: more than negligible amplification beyond additivity on the latent scale, with probability >= 0.95 (its
explanation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from statusmodels.claims.estimands import Estimands
from statusmodels.criticism.predictive import SERIOUS
from statusmodels.models.design import Design

Word = Literal["supported", "pattern only", "contradicted", "undecided"]
WORDS: tuple[str, ...] = get_args(Word)
PROBABILITIES = ("p_e1_zero", "p_e1_more", "p_e2_more", "p_amplified")
"""The posterior probabilities that a verdict rests on, as attributes of :class:`Verdict`."""
MEANS: dict[str, str] = {
    "supported": "honor denied alone does practically nothing, honor denied under threat does more, and by more than"
    " adding the two effects explains",
    "pattern only": "honor denied alone does practically nothing and under threat does more, but adding the two effects"
    " would explain it",
    "contradicted": "honor denied alone does more than practically nothing, or under threat no more than that",
    "undecided": "the data do not tell",
}


@dataclass(frozen=True)
class Rule:
    """Thresholds of the verdict.

    ``width_share``: a change in the probability of serious escalation smaller than this share of the panel's own overall rate
    is practically zero. A width in percentage points would mean one thing where serious escalation is rare and another
    where it is common.
    ``negligible``: a double difference in log odds smaller than this is negligible.
    """

    width_share: float = 0.5
    negligible: float = 0.1
    pattern_probability: float = 0.9
    mechanism_probability: float = 0.95


@dataclass(frozen=True)
class Verdict:
    """The verdict and the posterior probabilities it rests on."""

    word: Word
    rule: Rule
    width: float
    p_e1_zero: float
    p_e1_more: float
    p_e2_more: float
    p_amplified: float

    @property
    def pattern(self) -> bool:
        """Whether the memo's sentence holds."""
        limit = self.rule.pattern_probability
        return self.p_e1_zero >= limit and self.p_e2_more >= limit

    @property
    def mechanism(self) -> bool:
        """Whether the memo's explanation holds."""
        return self.p_amplified >= self.rule.mechanism_probability


def base_rate(design: Design, serious: int = SERIOUS) -> float:
    """Share of modelled dyad-periods with serious escalation (at least half an event's worth, to stay above zero).

    Of onsets, which are serious by definition, the share of the dyad-periods at risk.
    """
    on = design.weight > 0
    serious = 1 if design.levels == 1 else serious
    return max(float((design.level[on] >= serious).sum()), 0.5) / float(on.sum())


def judge(
    estimands: Estimands, rate: float, rule: Rule | None = None, weights: npt.NDArray[np.float64] | None = None
) -> Verdict:
    """Apply the rule.

    Parameters
    ----------
    estimands
        Posterior draws under the encompassing hypothesis.
    rate
        The panel's overall rate of serious escalation, see :func:`base_rate`.
    rule
        The documented thresholds if None.
    weights
        (S,) importance weights of the draws; all alike if None.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> import numpy as np
    >>> zero, big = np.zeros(100), np.full(100, 0.2)
    >>> judge(Estimands(e1=zero, e2=big, e3=big, e3_latent=big, corner={}), rate=0.1).word
    'supported'
    """
    rule = rule or Rule()
    width = rule.width_share * rate
    p_e1_zero = float(np.average(np.abs(estimands.e1) < width, weights=weights))
    p_e1_more = float(np.average(estimands.e1 >= width, weights=weights))
    p_e2_more = float(np.average(estimands.e2 >= width, weights=weights))
    p_amplified = float(np.average(estimands.e3_latent > rule.negligible, weights=weights))
    limit = rule.pattern_probability
    word: Word
    if p_e1_zero >= limit and p_e2_more >= limit:
        word = "supported" if p_amplified >= rule.mechanism_probability else "pattern only"
    elif p_e1_more >= limit or 1 - p_e2_more >= limit:
        word = "contradicted"
    else:
        word = "undecided"
    return Verdict(word, rule, width, p_e1_zero, p_e1_more, p_e2_more, p_amplified)
