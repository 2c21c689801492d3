"""Writes docs/published-figures.md: what codebooks and papers publish, beside what this package's readers count.

    python docs/published_figures.py [--out FILE]

Needs the pinned files (STATUSMODELS_DATA). Ends with status 1 if a count differs from the published figure without a note that
says why.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
if str(FOLDER / "published") not in sys.path:
    sys.path.append(str(FOLDER / "published"))  # last, so that it hides nothing

from figure import Figure  # noqa: E402

LISTS = ("states", "conflict")
HEAD = """\
# Published figures, counted again

Figures that codebooks and papers publish on the external data, and what the readers of `statusmodels.sources` make of the pinned
files. Written by `docs/published_figures.py`; `tests/test_published_figures.py` checks every row.

| source | quantity | published | computed | agrees | citation | note |
| --- | --- | ---: | ---: | --- | --- | --- |
"""


@dataclass(frozen=True)
class Check:
    """A figure and what came out."""

    figure: Figure
    computed: float

    @property
    def agrees(self) -> bool:
        return self.computed == self.figure.published

    @property
    def unexplained(self) -> bool:
        return not self.agrees and not self.figure.note


def figures() -> list[Figure]:
    """Those of every list that is there."""
    there = [name for name in LISTS if (FOLDER / "published" / f"{name}.py").is_file()]
    return [figure for name in there for figure in importlib.import_module(name).FIGURES]


def check(wanted: Iterable[Figure]) -> list[Check]:
    """Each figure computed."""
    return [Check(figure, figure.compute()) for figure in wanted]


def page(checks: Iterable[Check]) -> str:
    """The table as Markdown."""
    rows = []
    for done in checks:
        f = done.figure
        cells = [
            f.source,
            f.quantity,
            f"{f.published:,.10g}",
            f"{done.computed:,.10g}",
            "yes" if done.agrees else "no",
            f.citation,
        ]
        rows.append("| " + " | ".join(cell.replace("|", r"\|") for cell in [*cells, f.note]) + " |")
    return HEAD + "\n".join(rows) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER / "published-figures.md")
    checks = check(figures())
    parser.parse_args(arguments).out.write_text(page(checks), encoding="utf-8")
    wrong = [done for done in checks if done.unexplained]
    for done in wrong:
        print(f"{done.figure.source}, {done.figure.quantity}: {done.computed:g}, published {done.figure.published:g}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
