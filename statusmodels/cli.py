"""Command line: it parses, calls and prints."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from statusmodels.coding_cli import code, events_app
from statusmodels.data_cli import data_app, event_rivalries, panel
from statusmodels.errors import InputError, Problem
from statusmodels.progress import refitting, say

DONE, GATE_FAILED, BAD_INPUT = 0, 1, 2
FITS, REFITS = "fits", "refits"  # folders of a report
app = typer.Typer(
    help="Bayesian models of status, threat and rivalry escalation. Exit codes: 0 done, 1 done but the diagnostics gate"
    " failed, 2 bad input.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(events_app, name="events")
app.add_typer(data_app, name="data")
Source = Annotated[str, typer.Argument(help="Name of an embedded catalogue (us-russia), or a catalogue folder.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Local processes; one a processor if not given.")]
Cluster = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler to refit on, tcp://host:port, in place of local processes."),
]
ResultFolder = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Folder of the result; reports/NAME if not given. Fits and refits stay in reports/NAME."
    ),
]
PriorFile = Annotated[
    Path | None, typer.Option("--priors", help="TOML file of replaced priors, one table each; see statusmodels priors.")
]


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
    source: Annotated[
        str,
        typer.Argument(
            help="Name of an embedded catalogue (us-russia), a catalogue folder, or rivalries: all strategic rivalries since"
            " 1946, from other people's data."
        ),
    ] = "us-russia",
    out: Annotated[Path | None, typer.Option(help="Folder of the report; reports/NAME if not given.")] = None,
    priors: PriorFile = None,
    workers: Workers = None,
) -> None:
    """Fit the seven hypotheses, check them, judge, and write the report."""
    if workers and source != "rivalries":
        raise InputError([Problem("--workers", "is for the refits of the report on rivalries; leave it out")])
    if source == "rivalries" and not Path(source).is_dir():
        _rivalries(out or Path("reports") / source, priors, workers)
        return
    from statusmodels.events.catalogue import load
    from statusmodels.models.hypothesis import HYPOTHESES
    from statusmodels.models.priors import read_priors
    from statusmodels.report.page import write_report

    catalogue, replaced = load(source), read_priors(priors) if priors else None
    folder = out or Path("reports") / catalogue.name
    bar, tell = _progress(len(HYPOTHESES))
    with bar:
        passed = write_report(catalogue, folder, replaced, tell=tell)
    record = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    print(f"{record['verdict']}\t{folder / 'index.html'}")
    _gate(passed)


def _rivalries(folder: Path, priors: Path | None, workers: int | None) -> None:
    """The report on strategic rivalries."""
    from statusmodels.report.rivalries import write_rivalries

    if priors:
        raise InputError([Problem("--priors", "is not for the report on rivalries; leave it out")])
    with refitting(folder / REFITS, workers, None) as (_, at):
        passed = write_rivalries(folder, at("refitting with other proxies"), tell=say.print)
    record = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    print(f"{record['verdict']}\t{folder / 'index.html'}")
    _gate(passed)


@app.command()
def verdict(
    source: Source,
    target: Annotated[Path | None, typer.Option("--json", help="Write the verdict to this file too.")] = None,
    priors: PriorFile = None,
) -> None:
    """Print the verdict of a catalogue, and write it as JSON if asked."""
    from statusmodels.events.catalogue import load
    from statusmodels.models.hypothesis import HYPOTHESES
    from statusmodels.models.priors import read_priors
    from statusmodels.report.analysis import analyse, verdict_record

    catalogue, replaced = load(source), read_priors(priors) if priors else None
    if target and not target.parent.is_dir():
        raise InputError([Problem(str(target), "its folder does not exist; make it first")])
    if target and target.is_dir():
        raise InputError([Problem(str(target), "is a folder; name a file")])
    bar, tell = _progress(len(HYPOTHESES))
    with bar:
        analysis = analyse(catalogue, priors=replaced, tell=lambda name, _: tell(f"{name}: sampled"))
    record = verdict_record(analysis)
    if target:
        _tell(json.dumps(record, indent=2) + "\n", target)
    p = record["probabilities"]
    print(f"{record['verdict']}")
    print(
        f"P(E1 practically zero) {p['p_e1_zero']:.3f}  P(E2 more) {p['p_e2_more']:.3f}  P(amplified) {p['p_amplified']:.3f}"
    )
    _gate(analysis.passed)


@app.command()
def validate(
    folder: Source,
    editorial: Annotated[
        bool,
        typer.Option(
            help="Check also: no future dates, no act twice, neutral text, sources that can be found, two for grave acts."
        ),
    ] = False,
) -> None:
    """Check a catalogue folder and name every problem: file, row, column, value, mend."""
    from statusmodels.events.catalogue import load
    from statusmodels.events.editorial import problems

    catalogue = load(folder)
    if editorial and (found := problems(catalogue)):
        raise InputError(found)
    print(
        f"{catalogue.name}: valid. {len(catalogue.events)} events, {len(catalogue.codings)} codings by"
        f" {len(catalogue.coders)} coders, {len(catalogue.sources)} sources, {len(catalogue.eras)} eras."
    )


@app.command()
def agreement(
    folder: Source,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of printing.")] = None,
) -> None:
    """How far the coders agree: Krippendorff's alpha, confusion tables, the most disputed acts (Markdown)."""
    from statusmodels.events.catalogue import load
    from statusmodels.events.datasheet import agreement_page

    _tell(agreement_page(load(folder)), out)


@app.command()
def card(
    folder: Source,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of printing.")] = None,
) -> None:
    """Data card: what a catalogue holds by year, construct, direction, severity, track, verification (Markdown)."""
    from statusmodels.events.catalogue import load
    from statusmodels.events.datasheet import card as page

    _tell(page(load(folder)), out)


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

    _tell(text(), out)


@app.command("priors")
def prior_page(
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of printing.")] = None,
) -> None:
    """Print the priors: distribution, reason, and what each says on a scale a reader knows (Markdown)."""
    from statusmodels.report.priors import page

    _tell(page(), out)


@app.command("prior-check")
def prior_check(
    source: Source,
    priors: PriorFile = None,
    hypothesis: Annotated[str, typer.Option(help="Hypothesis whose priors are drawn from.")] = "honor-plus-injury",
) -> None:
    """Print what the priors imply, beside what was observed: base rates, spikes, effects. Warns, never refuses."""
    from statusmodels.claims import prior
    from statusmodels.events.catalogue import load
    from statusmodels.models.hypothesis import HYPOTHESES
    from statusmodels.models.priors import read_priors
    from statusmodels.panel.panel import build

    if hypothesis not in HYPOTHESES:
        raise InputError([Problem("--hypothesis", f"must be one of {', '.join(HYPOTHESES)}", value=hypothesis)])
    catalogue, replaced = load(source), read_priors(priors) if priors else None
    print(prior.prior_check(build(catalogue), HYPOTHESES[hypothesis], replaced))


@app.command()
def calibrate(
    source: Source,
    out: ResultFolder = None,
    runs: Annotated[int, typer.Option(min=1, help="Simulations a hypothesis.")] = 200,
    design_runs: Annotated[
        int, typer.Option(min=0, help="Simulations of each cell of the design analysis (other effects, larger panels).")
    ] = 40,
    workers: Workers = None,
    cluster: Cluster = None,
    priors: PriorFile = None,
) -> None:
    """How often the verdict is right and wrong: simulate under each hypothesis, refit, judge. Goes on where it was stopped."""
    from statusmodels.events.catalogue import load
    from statusmodels.models.priors import read_priors
    from statusmodels.report.calibration import calibrate as run

    catalogue, replaced = load(source), read_priors(priors) if priors else None
    store = Path("reports") / catalogue.name
    with refitting(store / REFITS, workers, cluster) as (tell_fit, at):
        place = at("simulating, refitting, judging")
        found = run(catalogue, out or store, store / FITS, place, runs, design_runs, tell_fit, replaced)
    _told(found, (out or store) / "calibrate.md")


@app.command()
def check(
    source: Source,
    out: ResultFolder = None,
    runs: Annotated[int, typer.Option(min=1, help="Simulations a hypothesis, to calibrate its checks.")] = 200,
    workers: Workers = None,
    cluster: Cluster = None,
    priors: PriorFile = None,
) -> None:
    """Does each hypothesis reproduce and predict what was seen? Calibrated checks, forecasts, scores. Goes on where it was stopped."""
    from statusmodels.events.catalogue import load
    from statusmodels.models.priors import read_priors
    from statusmodels.report.checking import check_catalogue

    catalogue, replaced = load(source), read_priors(priors) if priors else None
    store = Path("reports") / catalogue.name
    with refitting(store / REFITS, workers, cluster) as (tell_fit, at):
        found = check_catalogue(catalogue, out or store, store / FITS, at, runs, tell_fit, replaced)
    _told(found, (out or store) / "check.md")


def _told(found: dict[str, Any], path: Path) -> None:
    print(f"{'passed' if found['passed'] else 'NOT passed'}\t{path}")


@app.command()
def multiverse(
    source: Source,
    out: ResultFolder = None,
    workers: Workers = None,
    cluster: Cluster = None,
    runs: Annotated[int, typer.Option(min=0, help="Size of the random sample of combinations of choices.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sample and of the refits.")] = 1,
) -> None:
    """Judge the catalogue under choices that another analyst might have made: multiverse.json, .md, .csv and .png."""
    from statusmodels.events.catalogue import load
    from statusmodels.report.multiverse_page import headline
    from statusmodels.report.multiverse_result import write_multiverse

    catalogue = load(source)
    folder = out or Path("reports") / catalogue.name
    with refitting(Path("reports") / catalogue.name / REFITS, workers, cluster) as (_, at):
        found = write_multiverse(catalogue, folder, at("refitting"), runs, seed)
    print(f"{headline(found)}\t{folder / 'multiverse.md'}")
    _gate(found["passed"])


app.command()(panel)
app.command()(event_rivalries)
app.command()(code)


def _tell(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file, whole or not at all."""
    from statusmodels.events.edit import write_whole

    if out:
        write_whole(out, text.encode("utf-8"))
    else:
        print(text, end="")


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
        say.print("interrupted; what is finished is kept")
        sys.exit(130)


if __name__ == "__main__":
    main()
