"""Machine-coded events counted by directed dyad and period, out of core, by DuckDB."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, get_args

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from statusmodels.errors import InputError, Problem
from statusmodels.panel.periods import PERIODS, Period
from statusmodels.sources import countries, event_files
from statusmodels.sources.crosswalk import SIGNALS, Crosswalk
from statusmodels.sources.event_files import literal
from statusmodels.sources.event_formats import FORMATS, MISSING, Format

Weight = Literal["events", "root", "mentions"]
WEIGHTS: tuple[str, ...] = get_args(Weight)
KEYS = ("ccode1", "ccode2", "period")
LEVELS = 5
COUNTS = ("events", *SIGNALS.values(), "cooperation", "escalation", *(f"level_{n}" for n in range(1, LEVELS + 1)))
SEVERITIES = tuple(f"{name}_severity" for name in SIGNALS.values())
WORLD = ("world_events", "first_day", "last_day")
REASONS = ("no date", "no actor", "no code", "no country", "domestic", "used")
COMPACT = 5_000_000
"""Parts of sums that may pile up from file to file."""
BLOCK = 1_000_000
"""Parts that are summed at a time by one thread."""
TOGETHER = 2
"""Threads that sum: one fetches while another adds. More would hold more in memory."""
UNMATCHED = 0.2
"""Share of codes without a match above which the crosswalk is taken to be another coding's."""
LEADING_ZERO = 1000
"""Rows of digits without one leading zero above which the codes are taken to have lost theirs."""

Columns = dict[str, npt.NDArray[Any]]

_INTO = """
INSERT INTO partial
SELECT p, reason, c1, c2, act, unmatched, {total}, count(*), min(d), max(d), count(*) FILTER (c[1] = '0')
FROM (
  SELECT *,
    CASE WHEN reason = 'used' AND {wanted} THEN a1 END AS c1, CASE WHEN reason = 'used' AND {wanted} THEN a2 END AS c2
  FROM (
    SELECT r.*, x.act, a.ccode AS a1, t.ccode AS a2,
      date_trunc({period}, r.d)::DATE AS p,
      CASE WHEN x.key IS NULL THEN r.c END AS unmatched,
      CASE WHEN r.d IS NULL THEN 'no date' WHEN r.a IS NULL OR r.t IS NULL THEN 'no actor' WHEN r.c IS NULL THEN 'no code'
        WHEN a.ccode IS NULL OR t.ccode IS NULL THEN 'no country' WHEN a.ccode = t.ccode THEN 'domestic' ELSE 'used'
      END::REASON AS reason
    FROM (SELECT {date} AS d, {actor} AS a, {target} AS t, {code} AS c, {weight} AS w FROM {table}) r
    LEFT JOIN country a ON a.code = r.a AND year(r.d) BETWEEN a.first_year AND a.last_year
    LEFT JOIN country t ON t.code = r.t AND year(r.d) BETWEEN t.first_year AND t.last_year
    LEFT JOIN crosswalk x ON x.key = {key}
  )
)
GROUP BY p, reason, c1, c2, act, unmatched
"""


def counts(
    files: Sequence[str | Path],
    format: str,
    period: Period,
    crosswalk: Crosswalk,
    dyads: Mapping[str, tuple[int, int]] | None = None,
    weight: Weight = "events",
    memory_limit: str = "2GB",
    threads: int | None = None,
    tell: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Count events by directed dyad, period, construct and sign.

    Files are read one after another, straight from text or Parquet, and only sums are kept; what does not fit into memory
    goes to a temporary folder.

    Parameters
    ----------
    files
        Files of one format: text plain, ``.gz`` or ``.zip``; ``.parquet``; ``.RData`` for KEDS. Each event must be in one only.
    format
        A key of :data:`~statusmodels.sources.event_formats.FORMATS`.
    period
        ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.
    crosswalk
        As read by :func:`statusmodels.sources.crosswalk.read`.
    dyads
        Directed dyads as from :func:`statusmodels.sources.countries.dyads`; None for all that occur.
    weight
        What an event counts: ``"events"`` one; ``"root"`` one if the release flags it as the first of its report, else
        nothing; ``"mentions"`` its mentions. The world's total counts the same way.
    memory_limit
        For DuckDB, such as ``"2GB"``.
    threads
        For DuckDB, and at most two of them for the last sums; None for all processors.
    tell
        Takes one line after each file, and the lines on what was left out.

    Returns
    -------
    DataFrame
        One row a directed dyad and period, sorted; ``ccode1`` acts on ``ccode2``. With ``dyads`` given, every dyad has a row, of
        zeros if need be, for every period in which the source has any event of anyone; without, only dyad-periods with events.

        - ``ccode1``, ``ccode2``: COW country codes; ``period``: first day of the period.
        - ``events``: all events of the dyad, whatever their code.
        - ``honor_denied``, ``honor_granted``, ``authority_denied``, ``authority_granted``, ``threat_posed``,
          ``threat_relieved``, ``cooperation``: events of the construct and sign.
        - ``escalation``: events of a level above 0; ``level``: the highest; ``level_1`` ... ``level_5``: events of each level.
        - ``honor_denied_severity`` ...: sums of the severities of the six signals.
        - ``world_events``: all dated events of the source in the period, whoever acts; ``first_day``, ``last_day``: first and
          last day with one.

        ``attrs["left_out"]`` counts rows by reason: ``no date``, ``no actor``, ``no code``, ``no country`` (of one side; an
        organization, a group, a territory), ``domestic`` (both of one country). ``attrs["unmatched"]`` counts rows by code that
        the crosswalk lacks; they count in ``events`` and nowhere else.

    Raises
    ------
    InputError
        If a file is missing, truncated or not of the format; if none of its rows has a date, a code, or an actor that is a
        country; if more than a fifth of the codes match nothing; or if codes have lost their leading zeros.
    ValueError
        If the format, period or weight is unknown, or the format does not tell the weight.

    Examples
    --------
    >>> from statusmodels.sources import crosswalk, registry
    >>> sample = registry.path("icews_format/events.2018.sample.tab")
    >>> frame = counts([sample], "icews", "year", crosswalk.read("cameo-v1"), countries.dyads(["USA-RUS"]), threads=1)
    >>> frame[["ccode1", "ccode2", "events"]].to_numpy().tolist()
    [[2, 365, 6], [365, 2, 14]]
    """
    form = _checked(format, period, weight)
    if not files:
        raise InputError([Problem("files", "name at least one file")])
    with tempfile.TemporaryDirectory() as scratch:
        how: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": str(Path(scratch) / "spill"),
            "preserve_insertion_order": False,
            # no one knows a text file's rows beforehand: DuckDB takes them for few and would hash them, not the small tables
            "disabled_optimizers": "build_side_probe_side",
        }
        if threads:
            how["threads"] = threads
        with duckdb.connect(config=how) as connection:
            acts = _prepare(connection, form, crosswalk, dyads)
            parts = 0
            for number, file in enumerate(files, start=1):
                before = _rows(connection)
                only = dyads is not None
                parts = _add(connection, Path(file), form, period, crosswalk, only, weight, Path(scratch), parts)
                if tell:
                    tell(f"[{number}/{len(files)}] {file}: {_rows(connection) - before:,} rows")
            _sound(connection, files, form, crosswalk)
            blocks, world, told = _result(connection, acts, dyads, min(TOGETHER, threads or os.cpu_count() or 1))
        out = _assembled(blocks, world)  # when DuckDB has given its memory back
        out.attrs = told
    if tell:
        for reason, n in out.attrs["left_out"].items():
            tell(f"left out, {reason}: {n:,} rows")
        if lost := out.attrs["unmatched"]:
            some = ", ".join(list(lost)[:10])
            tell(
                f"codes that {crosswalk.name}-{crosswalk.version} lacks: {sum(lost.values()):,} rows of the codes {some}"
            )
    return out


def _checked(format: str, period: str, weight: str) -> Format:
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
    if period not in PERIODS:
        raise ValueError(f"period must be one of {', '.join(PERIODS)}, not {period!r}")
    if weight not in WEIGHTS:
        raise ValueError(f"weight must be one of {', '.join(WEIGHTS)}, not {weight!r}")
    form = FORMATS[format]
    if weight != "events" and getattr(form, weight) is None:
        raise ValueError(f"files of the format {format} do not tell {weight}; count events")
    return form


def _prepare(
    connection: duckdb.DuckDBPyConnection,
    form: Format,
    crosswalk: Crosswalk,
    dyads: Mapping[str, tuple[int, int]] | None,
) -> pd.DataFrame:
    """Make the small tables that rows are joined to, and the table of sums; returns the kinds of acts by their number."""
    places = {pair: n for n, pair in enumerate(SIGNALS)} | {("cooperation", 1): len(SIGNALS)}
    known = crosswalk.expanded()
    pairs = zip(known["construct"], known["sign"].astype(int), strict=True)
    known = known[["key", "severity", "level"]].assign(signal=[places.get(p, -1) for p in pairs])
    kinds = ["signal", "severity", "level"]
    known["act"] = known.groupby(kinds).ngroup().astype("int16")  # one number in the sums' place of three
    connection.register("known_frame", known[["key", "act"]])
    connection.execute("CREATE TABLE crosswalk AS SELECT * FROM known_frame")
    connection.register("country_frame", countries.country_codes(form.countries).astype({"ccode": "int16"}))
    connection.execute("CREATE TABLE country AS SELECT * FROM country_frame")
    wanted = pd.DataFrame(list((dyads or {}).values()), columns=["ccode1", "ccode2"], dtype="int64")
    connection.register("wanted_frame", wanted.drop_duplicates())
    connection.execute("CREATE TABLE wanted AS SELECT * FROM wanted_frame")
    connection.execute(f"CREATE TYPE REASON AS ENUM ({', '.join(map(literal, REASONS))})")
    # narrow columns: there are as many rows as dyad-periods and kinds of acts
    connection.execute(
        "CREATE TABLE partial (p DATE, reason REASON, c1 SMALLINT, c2 SMALLINT, act SMALLINT, unmatched VARCHAR, events BIGINT,"
        " n INTEGER, first_day DATE, last_day DATE, zeros INTEGER)"
    )
    return known.drop_duplicates("act").set_index("act")[kinds].sort_index().astype("int64")


def _compact(connection: duckdb.DuckDBPyConnection, rows: int) -> int:
    """Sum the parts of several files when they have doubled since the last time; returns how many there are then."""
    (now,) = connection.execute("SELECT count(*) FROM partial").fetchall()[0]
    if now < max(2 * rows, COMPACT):
        return rows
    connection.execute(
        "CREATE OR REPLACE TABLE partial AS SELECT p, reason, c1, c2, act, unmatched,"
        " sum(events)::BIGINT AS events, sum(n)::INTEGER AS n, min(first_day) AS first_day, max(last_day) AS last_day,"
        " sum(zeros)::INTEGER AS zeros FROM partial GROUP BY ALL"
    )
    (now,) = connection.execute("SELECT count(*) FROM partial").fetchall()[0]
    return int(now)


def _add(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    form: Format,
    period: Period,
    crosswalk: Crosswalk,
    some: bool,
    weight: Weight,
    scratch: Path,
    parts: int,
) -> int:
    """Add the sums of a file, after compacting what is there; returns how many parts there were then."""

    def text(column: str) -> str:
        cell = f"trim({event_files.name(column)}::VARCHAR)"
        for sign in MISSING:  # faster than NOT IN, which becomes a join
            cell = f"nullif({cell}, {literal(sign)})"
        return cell

    date = f"try_strptime({text(form.date[0])}, {literal(form.date_format)})::DATE"
    if len(form.date) == 3:
        joined = " || '-' || ".join(text(column) for column in form.date)
        date = f"try_cast({joined} AS DATE)"
    actor, target = (f"({text(c)}){f'[:{form.letters}]' if form.letters else ''}" for c in (form.actor, form.target))
    code = text(form.code[0])
    if len(form.code) == 2:
        code = f"upper({code}) || coalesce('-' || lower({text(form.code[1])}), '')"
    longest = int(crosswalk.table["code"].str.len().max())
    key = f"r.c[:{longest}]"
    if not crosswalk.digits:
        known = ", ".join(map(literal, crosswalk.table["code"]))
        key = f"CASE WHEN r.c IN ({known}) THEN r.c ELSE split_part(r.c, '-', 1) END"
    weights = {
        "events": "1",
        "root": f"coalesce(try_cast({text(form.root or '')} AS INTEGER), 0)",
        "mentions": f"coalesce(try_cast({text(form.mentions or '')} AS BIGINT), 0)",
    }
    total = "count(*)" if weight == "events" else "sum(w)::BIGINT"
    wanted = "(a1, a2) IN (SELECT (ccode1, ccode2) FROM wanted)" if some else "true"
    with event_files.tables(path, form, connection, scratch) as found:
        for table in found:
            parts = _compact(connection, parts)  # before more comes: what comes last is summed in the end
            sql = _INTO.format(
                total=total, wanted=wanted, period=literal(period), date=date, actor=actor, target=target, code=code,
                weight=weights[weight], table=table.sql, key=key,
            )  # fmt: skip
            try:
                connection.execute(sql, list(table.parameters))
            except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
                raise event_files.explain(path, form, error) from error
    return parts


def _rows(connection: duckdb.DuckDBPyConnection) -> int:
    (n,) = connection.execute("SELECT coalesce(sum(n), 0) FROM partial").fetchall()[0]
    return int(n)


def _sound(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str | Path], form: Format, crosswalk: Crosswalk
) -> None:
    """Refuse what reads without error and yet cannot be this format."""
    n, dated, acted, coded, resolved, unmatched, zeros = connection.execute(
        "SELECT sum(n), sum(n) FILTER (reason <> 'no date'), sum(n) FILTER (reason NOT IN ('no date', 'no actor')),"
        " sum(n) FILTER (reason NOT IN ('no date', 'no actor', 'no code')),"
        " sum(n) FILTER (reason IN ('used', 'domestic')), sum(n) FILTER (unmatched IS NOT NULL), sum(zeros) FROM partial"
    ).fetchall()[0]
    file = ", ".join(map(str, files[:3])) + (" ..." if len(files) > 3 else "")
    told = None
    if not n:
        told = "holds no row"
    elif not dated:
        told = f"has no date written as {form.date_format or 'year, month, day'} in {', '.join(form.date)}"
    elif not acted:
        told = f"names no actor and target in {form.actor} and {form.target}"
    elif not coded:
        told = f"has no event code in {', '.join(form.code)}"
    elif not resolved:
        told = f"has no pair of country codes ({form.countries}) in {form.actor} and {form.target}"
    if told:
        raise InputError([Problem(file, f"{told}; {event_files.expected(form)}")])
    if (unmatched or 0) > UNMATCHED * coded:
        mend = f"{unmatched:,} of {coded:,} event codes match nothing in the crosswalk {crosswalk.name}; is it another coding's?"
        raise InputError([Problem(file, mend)])
    if crosswalk.digits and coded >= LEADING_ZERO and not zeros:
        raise InputError(
            [Problem(file, "no event code begins with 0: the codes were read as numbers (51 for 051) and are lost")]
        )


def _result(
    connection: duckdb.DuckDBPyConnection,
    acts: pd.DataFrame,
    dyads: Mapping[str, tuple[int, int]] | None,
    threads: int,
) -> tuple[list[Columns], pd.DataFrame, dict[str, dict[str, int]]]:
    """Sums of blocks of senders, so that those under way do not fill the memory; the world's by period; and what was left out."""
    world = connection.execute(
        "SELECT p AS period, sum(events)::BIGINT AS world_events, min(first_day) AS first_day, max(last_day) AS last_day"
        " FROM partial WHERE p IS NOT NULL GROUP BY ALL ORDER BY period"
    ).df()
    if dyads is not None:
        connection.register("world_frame", world)
        connection.execute(
            "INSERT INTO partial (p, reason, c1, c2, events, n, zeros)"
            " SELECT period, 'used', ccode1, ccode2, 0, 0, 0 FROM wanted, world_frame"
        )
    with ThreadPoolExecutor(threads) as pool:  # a cursor each: a connection answers one question at a time
        parts = list(
            pool.map(lambda block: _summed(connection.cursor(), acts, *block), _blocks(connection) or [(0, 0)])
        )
    reasons = "SELECT reason, sum(n)::BIGINT FROM partial WHERE reason <> 'used' GROUP BY ALL ORDER BY 2 DESC, 1"
    lost = "SELECT unmatched, sum(n)::BIGINT FROM partial WHERE unmatched IS NOT NULL GROUP BY ALL ORDER BY 2 DESC, 1"
    told = {
        "left_out": {str(k): int(v) for k, v in connection.execute(reasons).fetchall()},
        "unmatched": {str(k): int(v) for k, v in connection.execute(lost).fetchall()},
    }
    return parts, world, told


def _assembled(parts: list[Columns], world: pd.DataFrame) -> pd.DataFrame:
    """The blocks below each other, emptied on the way, with the world's counts beside them."""
    columns = {}
    for name in list(parts[0]):
        pieces = [part.pop(name) for part in parts]
        columns[name] = np.concatenate(pieces, dtype=np.int64 if pieces[0].dtype.kind == "i" else None)
    out = pd.DataFrame(columns, copy=False)
    at = world["period"].searchsorted(out["period"])
    for name in WORLD:
        out[name] = world[name].to_numpy()[at]
    for day in ("period", "first_day", "last_day"):
        out[day] = out[day].astype("datetime64[us]")
    return out


def _blocks(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """First and last sender of blocks of about so many parts."""
    senders = connection.execute(
        "SELECT c1, count(*) FROM partial WHERE c1 IS NOT NULL GROUP BY c1 ORDER BY c1"
    ).fetchall()
    out: list[tuple[int, int]] = []
    held = BLOCK
    for sender, n in senders:
        if held + n > BLOCK:
            out.append((sender, sender))
            held = 0
        out[-1] = (out[-1][0], sender)
        held += n
    return out


def _summed(connection: duckdb.DuckDBPyConnection, acts: pd.DataFrame, first: int, last: int) -> Columns:
    """Sums of the dyad-periods of some senders, in order. Faster here than as twenty filtered sums in SQL."""
    parts = connection.execute(
        "SELECT c1, c2, p, coalesce(act, -1) AS act, events FROM partial WHERE c1 BETWEEN ? AND ? ORDER BY c1, c2, p",
        [first, last],
    ).fetchnumpy()
    c1, c2, p, act, events = map(np.asarray, parts.values())
    # the last stands for no act that the crosswalk knows
    signal, severity, level = (np.append(acts[k].to_numpy(), n)[act] for k, n in zip(acts, (-1, 0, 0), strict=True))
    new = np.ones(len(c1), dtype=bool)
    new[1:] = (c1[1:] != c1[:-1]) | (c2[1:] != c2[:-1]) | (p[1:] != p[:-1])
    cell, cells = np.cumsum(new) - 1, np.count_nonzero(new)

    def totals(amount: npt.NDArray[Any], kind: npt.NDArray[Any], kinds: int) -> npt.NDArray[Any]:
        """Sums (kind, cell); exact, for whole numbers below 2^53; narrow where they can be, for all blocks are held at once."""
        sums = np.bincount(cell * kinds + kind, amount, minlength=cells * kinds)
        narrow = np.int32 if sums.sum() < np.iinfo(np.int32).max else np.int64
        return sums.reshape(cells, kinds).T.astype(narrow, order="C")

    by_level = totals(events, level, LEVELS + 1)
    by_signal = totals(events, signal + 1, len(SIGNALS) + 2)[1:]
    weighed = totals(events * severity, signal + 1, len(SIGNALS) + 2)[1:]
    out: Columns = {"ccode1": c1[new], "ccode2": c2[new], "period": p[new]}
    out |= {"events": by_level.sum(axis=0, dtype=by_level.dtype)}
    out |= dict(zip((*SIGNALS.values(), "cooperation"), by_signal, strict=True))
    out |= {"escalation": by_level[1:].sum(axis=0, dtype=by_level.dtype)}
    out |= {f"level_{n}": by_level[n] for n in range(1, LEVELS + 1)}
    out |= {"level": np.max([np.where(by_level[n] > 0, np.int8(n), np.int8(0)) for n in range(LEVELS + 1)], axis=0)}
    return out | dict(zip(SEVERITIES, weighed, strict=False))
