"""Command line: it parses, calls and prints."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from statusmodels.errors import InputError, Problem

DONE, GATE_FAILED, BAD_INPUT = 0, 1, 2
app = typer.Typer(
    help="Bayesian models of status, threat and rivalry escalation. Exit codes: 0 done, 1 done but the diagnostics gate"
    " failed, 2 bad input.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
say = Console(stderr=True, highlight=False, soft_wrap=True)
Source = Annotated[str, typer.Argument(help="Name of an embedded catalogue (us-russia), or a catalogue folder.")]


def _gate(passed: bool) -> None:
    if not passed:
        say.print("[bold red]The diagnostics gate failed:[/] the numbers must not be used; see the diagnostics.")
        raise typer.Exit(GATE_FAILED)


def _progress(total: int):  # type: ignore[no-untyped-def]
    """A progress bar over the fits, and the function that moves it on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=say
    )
    task = bar.add_task("fitting", total=total)

    def tell(line: str) -> None:
        bar.console.print(line, markup=False)
        if line.endswith(("sampled", "changed")):
            bar.advance(task)

    return bar, tell


@app.command()
def report(
    source: Source = "us-russia",
    out: Annotated[Path | None, typer.Option(help="Folder of the report; reports/NAME if not given.")] = None,
) -> None:
    """Fit the seven hypotheses, check them, judge, and write the report."""
    from statusmodels.events.catalogue import load
    from statusmodels.models.hypothesis import HYPOTHESES
    from statusmodels.report.page import write_report

    catalogue = load(source)
    folder = out or Path("reports") / catalogue.name
    bar, tell = _progress(len(HYPOTHESES))
    with bar:
        passed = write_report(catalogue, folder, tell=tell)
    record = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    print(f"{record['verdict']}\t{folder / 'index.html'}")
    _gate(passed)


@app.command()
def verdict(
    source: Source,
    target: Annotated[Path | None, typer.Option("--json", help="Write the verdict to this file too.")] = None,
) -> None:
    """Print the verdict of a catalogue, and write it as JSON if asked."""
    from statusmodels.events.catalogue import load
    from statusmodels.models.hypothesis import HYPOTHESES
    from statusmodels.report.analysis import analyse, verdict_record

    catalogue = load(source)
    if target and not target.parent.is_dir():
        raise InputError([Problem(str(target), "its folder does not exist; make it first")])
    if target and target.is_dir():
        raise InputError([Problem(str(target), "is a folder; name a file")])
    bar, tell = _progress(len(HYPOTHESES))
    with bar:
        analysis = analyse(catalogue, tell=lambda name, _: tell(f"{name}: sampled"))
    record = verdict_record(analysis)
    if target:
        _write_text(target, json.dumps(record, indent=2) + "\n")
    p = record["probabilities"]
    print(f"{record['verdict']}")
    print(
        f"P(E1 practically zero) {p['p_e1_zero']:.3f}  P(E2 more) {p['p_e2_more']:.3f}  P(amplified) {p['p_amplified']:.3f}"
    )
    _gate(analysis.passed)


@app.command()
def validate(folder: Source) -> None:
    """Check a catalogue folder and name every problem: file, row, column, value, mend."""
    from statusmodels.events.catalogue import load

    catalogue = load(folder)
    print(
        f"{catalogue.name}: valid. {len(catalogue.events)} events, {len(catalogue.codings)} codings by"
        f" {len(catalogue.coders)} coders, {len(catalogue.sources)} sources, {len(catalogue.eras)} eras."
    )


@app.command()
def simulate(
    like: Annotated[str, typer.Option(help="Catalogue whose signals are kept.")],
    truth: Annotated[str, typer.Option(help="Hypothesis to draw the outcomes from, e.g. gated.")],
    out: Annotated[Path, typer.Option(help="New folder to write the simulated catalogue to.")],
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 1,
) -> None:
    """Draw the outcomes of a catalogue anew from a known truth; writes a catalogue and truth.json."""
    from statusmodels.events.catalogue import load
    from statusmodels.scenarios import simulate as scenario

    made, told = scenario.simulate(load(like), truth, seed)
    scenario.write(made, told, out)
    print(f"{out}: {len(made.events)} events under {truth}, seed {seed}; the truth is in {out / 'truth.json'}")


@app.command()
def codebook(
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of printing.")] = None,
) -> None:
    """Print the codebook."""
    from statusmodels.events.codebook import codebook as text

    if out:
        _write_text(out, text())
    else:
        print(text(), end="")


def _write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise InputError([Problem(str(path), f"cannot be written ({error.strerror})")]) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def main() -> None:
    """Entry point: bad input is told in plain words, with exit code 2."""
    warnings.filterwarnings("ignore", category=FutureWarning, module="arviz|xarray|pandera")
    try:
        app()
    except InputError as error:
        n = len(error.problems)
        say.print(f"{n} problem{'s' if n > 1 else ''} in the input:", style="bold red")
        for problem in error.problems:
            say.print(f"  {problem}", markup=False)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        say.print("interrupted; finished fits are kept")
        sys.exit(130)


if __name__ == "__main__":
    main()
