"""What a multiverse says in sum: the share of each verdict, and what flips it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from statusmodels.claims.multiverse import CHOICES, FAILED, NOT_POSSIBLE
from statusmodels.claims.specification import WIDTHS
from statusmodels.claims.verdict import PROBABILITIES, WORDS

FEW = 10


def one_away_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the documented specification at its width, and those one choice away from it, the width among the choices."""
    return rows[rows["away"] <= 1]


def combination_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the random combinations, at every width."""
    return rows[rows["departures"] > 1]


def rich_combination_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of :func:`combination_rows` with at least :data:`FEW` dyad-periods of serious escalation: with fewer the priors decide."""
    far = combination_rows(rows)
    return far[far["serious_periods"].astype(float) >= FEW]


def shares(rows: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of each verdict among the rows that were judged.

    Parameters
    ----------
    rows
        As returned by :func:`statusmodels.claims.multiverse.evaluated`.
    by
        Columns to group by; all rows together if empty.

    Returns
    -------
    DataFrame
        The columns of ``by``; ``judged``, ``not possible``, ``failed``: numbers of rows; and a share for each word, NaN if
        none was judged.

    Examples
    --------
    >>> shares(pd.DataFrame({"word": ["undecided", "undecided", "supported", "not possible"]}))[["judged", "undecided"]].round(2)
       judged  undecided
    0       3       0.67
    """
    out = []
    groups = rows.groupby(list(by), sort=False) if by else [((), rows)]
    for key, some in groups:
        count = some["word"].value_counts()
        judged = int(sum(count.get(word, 0) for word in WORDS))
        out.append(
            {
                **dict(zip(by, key, strict=True)),
                "judged": judged,
                NOT_POSSIBLE: int(count.get(NOT_POSSIBLE, 0)),
                FAILED: int(count.get(FAILED, 0)),
                **{word: count.get(word, 0) / judged if judged else float("nan") for word in WORDS},
            }
        )
    return pd.DataFrame(out)


def flips(rows: pd.DataFrame) -> pd.DataFrame:
    """What each value of each choice does to the verdict.

    Parameters
    ----------
    rows
        As returned by :func:`statusmodels.claims.multiverse.evaluated`.

    Returns
    -------
    DataFrame, one row a choice and value, the documented value first
        - ``word`` and the change in ``p_e1_zero, p_e1_more, p_e2_more, p_amplified`` (``change in p_e1_zero``, ...) where
          all else is as documented: a change of one thing, exact but for Monte Carlo error;
        - of the random combinations with that value, at the documented width unless the choice is the width: ``judged``,
          ``not possible``, ``failed`` and the share of each word: an average over all other choices.
    """
    near, far = one_away_rows(rows), combination_rows(rows)
    documented = near[near["away"] == 0]
    out = []
    for choice in CHOICES:
        at = far if choice == "width_share" else far[far["width_share"] == WIDTHS[0]]
        for value in _in_order(rows[choice], documented[choice]):
            others = [c for c in CHOICES if c != choice]
            alone = near[near[choice] == value]
            if len(documented):
                alone = alone[(alone[others] == documented[others].iloc[0]).all(axis=1)]
            told = {"choice": choice, "value": str(value), "word": alone["word"].iloc[0] if len(alone) == 1 else ""}
            for p in PROBABILITIES:
                change = (
                    alone[p].iloc[0] - documented[p].iloc[0] if len(alone) == len(documented) == 1 else float("nan")
                )
                told[f"change in {p}"] = change
            out.append(told | shares(at[at[choice] == value]).to_dict("records")[0])
    return pd.DataFrame(out)


def _in_order(values: pd.Series, first: pd.Series) -> list[object]:
    """Different values in order of appearance, the documented one first."""
    return list(dict.fromkeys([*first, *values]))
