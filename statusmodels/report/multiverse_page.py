"""The page of a multiverse, from nothing but its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from statusmodels.claims.multiverse import NOT_POSSIBLE
from statusmodels.claims.multiverse_tables import FEW
from statusmodels.claims.specification import WIDTHS
from statusmodels.claims.verdict import PROBABILITIES, WORDS
from statusmodels.report.results import PASSED, last_line


def headline(found: Mapping[str, Any]) -> str:
    """The multiverse in one sentence.

    Examples
    --------
    >>> counts = {"tried": 5, "judged": 4, "supported": 0, "pattern only": 1, "contradicted": 0, "undecided": 3}
    >>> told = headline({"counts": counts, "documented": "undecided", "catalogue": "tiny"})
    >>> told.split("; ")[1]
    'the documented one gives undecided.'
    """
    counts = found["counts"]
    told = [f"{counts[word]}{'' if i else ' give'} {word}" for i, word in enumerate(WORDS)]
    documented = f"gives {found['documented']}" if found["documented"] in WORDS else "could not be judged"
    return (
        f"Of {counts['tried']} specifications tried on {found['catalogue']}, {counts['judged']} could be judged, and of"
        f" these {', '.join(told[:-1])} and {told[-1]}; the documented one {documented}."
    )


def page(found: Mapping[str, Any]) -> str:
    """The result as a Markdown page.

    Parameters
    ----------
    found
        The record, see :func:`statusmodels.report.multiverse_result.write_multiverse`.

    Returns
    -------
    str
    """
    parts = [_opening(found), _shares(found), _flips(found), _impossible(found), _diagnostics(found)]
    return "\n\n".join(["# The multiverse of the verdict", *parts, last_line(dict(found))]) + "\n"


def _opening(found: Mapping[str, Any]) -> str:
    counts = found["counts"]
    return f"""\
**{headline(found)}**

Written by `statusmodels multiverse`. Criterion: {found["criterion"]}. **{PASSED[found["passed"]]}.** That says whether
the table is whole and was sampled well, not which verdict it gives.

The verdict is that of the fixed rule, here at the documented width of "practically zero" ({WIDTHS[0]:g} of the base
rate). Tried were {counts["one choice away"]} specifications with at most one choice other than documented, and
{counts["combinations"]} random combinations of all choices, each value of a choice as likely as any other. A share among
them is a share of specifications, not a probability of anything: some choices are better than others, and all look at
the same acts.

![Specification curve](multiverse.png)

E1 and E2 as multiples of each panel's base rate of serious escalation, E3 in log odds: medians and 90 % intervals,
sorted by E3, coloured by verdict. Shaded: practically zero, negligible. Below: the choices. Dashed: the documented
specification."""


def _shares(found: Mapping[str, Any]) -> str:
    rows = [
        [s["set"], f"{s['width_share']:g}", s["judged"], s[NOT_POSSIBLE], *(_share(s[w]) for w in WORDS)]
        for s in found["shares"]
    ]
    return f"""\
## Share of each verdict

{_table(["set", "width", "judged", "not possible", *WORDS], rows)}

In the set one choice away, another width is itself the one choice, so at those widths it holds the documented
specification alone. The last set are the combinations with at least {FEW} dyad-periods of serious escalation; with
fewer the priors decide more than the data do."""


def _flips(found: Mapping[str, Any]) -> str:
    head = ["choice", "value", "alone", "P(E1 zero)", "P(E1 more)", "P(E2 more)", "P(amplified)", "combinations"]
    rows = [
        [
            *(f[name] for name in ("choice", "value", "word")),
            *(_change(f[f"change in {p}"]) for p in PROBABILITIES),
            f["judged"],
            *(_share(f[w]) for w in WORDS),
        ]
        for f in found["flips"]
    ]
    return f"""\
## What flips it

By choice and value. *Alone*: that value with all else as documented, its verdict and the change in each probability.
Two quick refits are compared, so a change is good to about 0.04; one of width, or of the threshold of levels, needs no
refit and has no such error. *Combinations*: the number judged with that value, at the documented width unless the choice
is the width, and the share of each verdict among them.

{_table([*head, *WORDS], rows)}"""


def _impossible(found: Mapping[str, Any]) -> str:
    told = [f"- {s['specification']}: {s['reason']}." for s in found["impossible"]]
    lost = [f"- {s['specification']}: {s['reason']}" for s in found["lost"]]
    out = ["## Not possible", _lines(told) or "None."]
    if lost:
        out += ["The sampler failed on these:", _lines(lost)]
    return "\n\n".join([*out, "Left out altogether:", _lines([f"- {reason}" for reason in found["left_out"]])])


def _diagnostics(found: Mapping[str, Any]) -> str:
    told, s, harder = found["diagnostics"], found["sampler"], found["harder"]
    if not told["refits"]:
        return "## Diagnostics\n\nNothing was refitted."
    q = {name: _number(value) for name, value in told["rhat_quantiles"].items()}
    text = f"""\
## Diagnostics

{told["refits"]} refits of {s["chains"]} chains of {s["draws"]} draws after {s["tune"]} tuning steps;
{told["refitted_harder"]} did not hold and were repeated with {harder["draws"]} draws after {harder["tune"]}. Largest
R-hat of a refit: median {q["50%"]}, 95th percentile {q["95%"]}, highest {q["100%"]}. {len(told["failing"])} of
{told["refits"]} do not hold in the end."""
    bad = [
        f"- {b['specification']}: R-hat {_number(b['rhat'])} ({b['rhat_at']}), {b['divergences']:g} divergences"
        for b in told["failing"]
    ]
    return "\n\n".join([text, _lines(bad)] if bad else [text])


def _lines(lines: list[str]) -> str:
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[Any]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return _lines([f"| {' | '.join(str(c) for c in row)} |" for row in cells])


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


def _change(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"


def _number(value: float | None) -> str:
    return "undefined" if value is None or not np.isfinite(value) else f"{value:.3f}"
