"""The report: one self-contained HTML page, with its figures, tables and verdict beside it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from statusmodels.claims.verdict import MEANS
from statusmodels.criticism.predictive import FAILS, told_apart
from statusmodels.errors import InputError, Problem
from statusmodels.events.catalogue import Catalogue
from statusmodels.inference import storage
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import design
from statusmodels.models.hypothesis import ENCOMPASSING, HYPOTHESES
from statusmodels.models.priors import Priors
from statusmodels.panel.panel import build
from statusmodels.report import figures as drawing
from statusmodels.report.analysis import Analysis, analyse, summary, verdict_record
from statusmodels.report.assumptions import CONFOUNDERS
from statusmodels.report.style import STYLE
from statusmodels.report.tables import tables

PAGE, VERDICT, FITS = "index.html", "verdict.json", "fits"


def report_key(catalogue: Catalogue, priors: Priors, sampler: Sampler) -> str:
    """Hash of everything a report depends on: its fits, and all code."""
    arrays = design(build(catalogue))
    digest = hashlib.sha256()
    for hypothesis in HYPOTHESES.values():
        digest.update(storage.fit_key(arrays, hypothesis, priors, sampler).encode())
    digest.update(repr(priors.replaced).encode())  # their reasons too: the page prints them
    root = Path(__file__).resolve().parents[1]
    for path in sorted([*root.glob("*.py"), *root.glob("*/*.py"), *root.glob("*/*.j2")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def answer(analysis: Analysis) -> str:
    """The one-paragraph answer, from stored quantities."""
    v, e, c = analysis.verdict, analysis.estimands, analysis.catalogue
    e1, e2, latent = (summary(d) for d in (e.e1, e.e2, e.e3_latent))

    def points(s: dict[str, float]) -> str:
        return f"{100 * s['median']:+.1f} points (90 % interval {100 * s['5%']:+.1f} to {100 * s['95%']:+.1f})"

    period = analysis.panel.attrs["period_length"]
    text = (
        f"Does honor denied bring serious escalation only when a material threat is added? On {len(c.events)} dated acts"
        f" between {' and '.join(c.sides)}, {c.events['date'].min():%Y} to {c.events['date'].max():%Y}, the verdict is"
        f" {v.word}: {MEANS[v.word]}. Serious escalation (level 3 or more) fell in {100 * analysis.rate:.1f} % of"
        f" dyad-{period}s. As honor denial goes from its 10th to its 90th percentile, its probability changes by"
        f" {points(e1)} when injury is low and by {points(e2)} when injury is high; a change under"
        f" {100 * v.width:.1f} points counts as practically zero. The first is practically zero with probability"
        f" {v.p_e1_zero:.2f}, the second is more than that with probability {v.p_e2_more:.2f} (each would need"
        f" {v.rule.pattern_probability}); amplification beyond additivity in log odds has median {latent['median']:+.2f}"
        f" ({latent['5%']:+.2f} to {latent['95%']:+.2f}) and is more than negligible with probability"
        f" {v.p_amplified:.2f} (it would need {v.rule.mechanism_probability})."
    )
    if not analysis.passed:
        failed = ", ".join(name for name, g in analysis.gates.items() if not g.passed)
        text = f"THE DIAGNOSTICS GATE FAILED for {failed}: do not use the numbers below. " + text
    return text


def needed(analysis: Analysis) -> str:
    """What it would take, when the verdict is undecided."""
    v, e = analysis.verdict, analysis.estimands
    if v.word != "undecided":
        return ""
    factors = []
    for draws in (e.e1, e.e2):
        ratio = float(draws.std()) * 1.645 / v.width
        if ratio > 1:
            factors.append(ratio**2)
    if not factors:
        return ""
    return (
        "What it would take: for an effect that is truly zero to be called practically zero with probability 0.9, the posterior"
        f" standard deviation of E1 and E2 must fall to {100 * v.width / 1.645:.1f} points; it is now"
        f" {100 * float(e.e1.std()):.1f} and {100 * float(e.e2.std()):.1f}. At the usual square-root rate that is about"
        f" {max(factors):.0f} times as many dyad-periods of the same kind: more rivalries, not more months of this one."
    )


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _html_table(frame: pd.DataFrame) -> Markup:
    def cell(value: object) -> str:
        if isinstance(value, float):
            return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
        return str(value)

    shown = frame.map(cell)
    return Markup(shown.to_html(index=False, border=0, escape=True))  # noqa: S704 - pandas escapes every cell


def render(analysis: Analysis, pictures: dict[str, str], frames: dict[str, pd.DataFrame]) -> str:
    """The page as HTML. Everything in it that is not a figure or a table passes through an escaping template."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("statusmodels.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    template = environment.get_template("page.html.j2")
    embedded = {
        name: "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode() for name, svg in pictures.items()
    }
    failing = [
        f"{name} does not reproduce: {', '.join(bad)}"
        for name, checked in analysis.checks.items()
        if (bad := [row.quantity for row in checked.frame().itertuples() if row.p < FAILS])
    ]
    return template.render(
        analysis=analysis,
        record=verdict_record(analysis),
        answer=answer(analysis),
        needed=needed(analysis),
        means=MEANS,
        hypotheses=HYPOTHESES,
        encompassing=ENCOMPASSING,
        pictures=embedded,
        failing=failing,
        confounders=CONFOUNDERS,
        told_apart=told_apart(analysis.checks),
        frames={name: _html_table(frame) for name, frame in frames.items()},
    )


def write_report(
    catalogue: Catalogue,
    out: Path,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    tell: Callable[[str], object] = print,
) -> bool:
    """Write the report of a catalogue into a folder, reusing what has not changed.

    The page, ``verdict.json``, ``figures/`` and ``tables/`` appear whole or not at all; fits are stored one by one in
    ``fits/``.

    Parameters
    ----------
    catalogue
        A validated catalogue.
    out
        Folder of the report.
    priors, sampler
        The documented defaults if None.
    tell
        Receives progress, a line at a time.

    Returns
    -------
    bool
        Whether every fit passed the diagnostics gate.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    priors, sampler = priors or Priors(), sampler or Sampler()
    try:
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=out, prefix=".writing-"))
    except OSError as error:
        raise InputError([Problem(str(out), f"cannot be written ({error.strerror}); choose another --out")]) from error
    try:
        key = report_key(catalogue, priors, sampler)
        old = _standing(out)
        if old.get("key") == key and all((out / "fits" / f"{h}.nc").is_file() for h in HYPOTHESES):
            tell(f"Nothing that matters has changed: the report in {out} stands (data, code, priors, seed, versions).")
            return bool(old["gate_passed"])
        analysis = analyse(
            catalogue,
            out / FITS,
            priors,
            sampler,
            lambda name, reused: tell(
                f"{name}: {'stored fit reused, nothing that matters changed' if reused else 'sampled'}"
            ),
        )
        tell("drawing figures and writing the page")
        frames = tables(analysis)
        pictures = {}
        (staging / "figures").mkdir()
        (staging / "tables").mkdir()
        for name, figure in drawing.draw(analysis).items():
            pictures[name] = _svg(figure)
            (staging / "figures" / f"{name}.svg").write_text(pictures[name], encoding="utf-8")
            figure.savefig(staging / "figures" / f"{name}.png", dpi=160, metadata={"Software": None})
        for name, frame in frames.items():
            frame.to_csv(staging / "tables" / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")
        (staging / PAGE).write_text(render(analysis, pictures, frames), encoding="utf-8")
        record = {"key": key, **verdict_record(analysis)}
        (staging / VERDICT).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        for name in ("figures", "tables"):
            shutil.rmtree(out / name, ignore_errors=True)
            os.replace(staging / name, out / name)
        for name in (PAGE, VERDICT):  # the verdict last: it carries the key that says all of it is there
            os.replace(staging / name, out / name)
        return analysis.passed
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _standing(out: Path) -> dict[str, object]:
    """The verdict of a report that already stands in the folder, or nothing."""
    wanted = [out / PAGE, *(out / "figures" / f"{n}.{e}" for n in drawing.FIGURES for e in ("svg", "png"))]
    try:
        record = json.loads((out / VERDICT).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return record if isinstance(record, dict) and all(p.is_file() for p in wanted) else {}
