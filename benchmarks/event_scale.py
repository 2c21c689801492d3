"""Counting GDELT-shaped events: ours out of core against pandas in chunks, each in its own process, in one run.

The events are synthetic: skewed countries, all CAMEO codes, a volume that grows, 58 columns as in GDELT 1.0.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd

from statusmodels.report.results import PASSED, last_line, record, write

SEED = 20260101
WIDTH = 58
CHUNK = 500_000
FASTER, MEMORY_GB = 5, 4
COLUMNS = {"SQLDATE": 1, "Actor1CountryCode": 7, "Actor2CountryCode": 17, "EventCode": 26}


def write_events(path: Path, rows: int) -> None:
    """Synthetic events of 1979 to 2014; the 54 columns that nobody reads hold short text, so that lines are as wide as real ones."""
    from statusmodels.sources import countries, crosswalk

    codes = sorted(crosswalk.read("cameo-v1").table["code"])
    states = countries.country_codes("iso3")["code"].drop_duplicates().tolist()
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        connection.execute(f"SELECT setseed({SEED % 1000 / 1000})")

        def pick(values: list[str], power: int) -> str:
            listed = ", ".join(f"'{v}'" for v in values)
            return f"list_value({listed})[1 + floor({len(values)} * pow(random(), {power}))::INT]"

        cells = {place: f"'c{place}'" for place in range(WIDTH)}
        cells |= {
            0: "i",
            57: "'https://example.org/news/' || i",
            25: "(random() < 0.5)::INT",
            31: "1 + floor(10 * random())::INT",
        }
        cells |= {
            # the square root makes the volume grow with the years
            1: "strftime(DATE '1979-01-01' + floor(13149 * sqrt(random()))::INT, '%Y%m%d')",
            7: f"CASE WHEN random() < 0.9 THEN {pick(states, 3)} ELSE '' END",
            17: f"CASE WHEN random() < 0.7 THEN {pick(states, 3)} ELSE '' END",
            26: pick(codes, 1),
        }
        listed = ", ".join(f"{cells[place]} AS c{place}" for place in range(WIDTH))
        connection.execute(
            f"COPY (SELECT {listed} FROM range({rows}) t(i)) TO '{path}' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '')"
        )


def ours(path: Path, memory: str) -> pd.DataFrame:
    from statusmodels.sources import crosswalk
    from statusmodels.sources.event_data import counts

    return counts([path], "gdelt1", "month", crosswalk.read("cameo-v1"), memory_limit=memory)


def peer(path: Path) -> pd.DataFrame:
    """The same with pandas, only the four columns read, in chunks."""
    from statusmodels.sources import countries, crosswalk

    known = countries.country_codes("iso3")
    table = crosswalk.read("cameo-v1").table.set_index("code")
    signals = crosswalk.SIGNALS | {("cooperation", 1): "cooperation"}
    named = {c: signals.get((k, s)) for c, k, s in zip(table.index, table["construct"], table["sign"], strict=True)}
    once = known[~known["code"].duplicated(keep=False)].set_index("code")["ccode"]
    twice = known[known["code"].duplicated(keep=False)]
    parts = []
    with pd.read_csv(
        path,
        sep="\t",
        header=None,
        usecols=list(COLUMNS.values()),
        dtype=str,
        quoting=3,
        chunksize=CHUNK,
        keep_default_na=False,
    ) as chunks:
        for chunk in chunks:
            chunk.columns = list(COLUMNS)
            year = chunk["SQLDATE"].str[:4].astype(int)
            out = pd.DataFrame({"period": chunk["SQLDATE"].str[:6]})
            for number in (1, 2):
                code = chunk[f"Actor{number}CountryCode"]
                found = code.map(once)
                for row in twice.itertuples():
                    found = found.mask((code == row.code) & year.between(row.first_year, row.last_year), row.ccode)
                out[f"ccode{number}"] = found
            out["signal"] = chunk["EventCode"].map(named)
            out["level"] = chunk["EventCode"].map(table["level"])
            out["severity"] = chunk["EventCode"].map(table["severity"])
            out = out[out["ccode1"].notna() & out["ccode2"].notna() & (out["ccode1"] != out["ccode2"])]
            keys = ["ccode1", "ccode2", "period"]
            pieces = {"events": out.groupby(keys).size()}
            for name in signals.values():
                mine = out[out["signal"] == name].groupby(keys)["severity"]
                pieces[name] = mine.size()
                if name != "cooperation":
                    pieces[f"{name}_severity"] = mine.sum()
            pieces["escalation"] = out[out["level"] > 0].groupby(keys).size()
            for level in range(1, 6):
                pieces[f"level_{level}"] = out[out["level"] == level].groupby(keys).size()
            parts.append(pd.DataFrame(pieces).fillna(0).astype("int64"))
            if len(parts) > 8:  # so that what is kept does not grow with the file
                parts = [pd.concat(parts).groupby(level=[0, 1, 2]).sum()]
    return pd.concat(parts).groupby(level=[0, 1, 2]).sum().reset_index()


def piece(who: str, path: Path, out: Path, memory: str) -> None:
    """Count once in this process, and write the counts and what they cost."""
    start = time.perf_counter()
    found = ours(path, memory) if who == "statusmodels" else peer(path)
    seconds = time.perf_counter() - start
    if who == "statusmodels":
        found["period"] = found["period"].dt.strftime("%Y%m")
    keys = ["ccode1", "ccode2", "period"]
    columns = sorted(c for c in found if c not in (*keys, "level", "world_events", "first_day", "last_day"))
    found = found.astype({"ccode1": "int64", "ccode2": "int64"}).sort_values(keys, ignore_index=True)[[*keys, *columns]]
    found.to_parquet(out)
    # kilobytes on Linux, bytes on macOS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform != "darwin" else 2**30)
    print(json.dumps({"seconds": seconds, "peak_gb": peak, "dyad_months": len(found)}))


def run(rows: int, memory: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.tsv"
        start = time.perf_counter()
        write_events(path, rows)
        written = time.perf_counter() - start
        size = path.stat().st_size
        found: dict[str, dict[str, float]] = {}
        for who in ("statusmodels", "pandas"):
            command = [sys.executable, __file__, "--piece", who, "--file", str(path), "--memory", memory]
            done = subprocess.run(
                [*command, "--result", str(Path(folder) / who)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"{who} failed:\n{done.stderr}")
            found[who] = json.loads(done.stdout)
        a, b = (pd.read_parquet(Path(folder) / who) for who in found)
        pd.testing.assert_frame_equal(a, b)
        counted = hashlib.sha256((Path(folder) / "statusmodels").read_bytes()).hexdigest()
    faster = found["pandas"]["seconds"] / found["statusmodels"]["seconds"]
    return record(
        faster >= FASTER and found["statusmodels"]["peak_gb"] < MEMORY_GB,
        f"the same counts, at least {FASTER} times faster than pandas, in less than {MEMORY_GB} GiB",
        counted,
        rows=rows,
        file_gb=size / 1e9,
        seconds_to_write=written,
        memory_limit=memory,
        results=found,
        faster=faster,
        seed=SEED,
        machine={"processors": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(),
                 "duckdb": duckdb.__version__, "pandas": pd.__version__},
    )  # fmt: skip


def page(found: dict) -> str:
    lines = [
        "# Counting event data at scale",
        "",
        f"**{PASSED[found['passed']]}**: {found['criterion']}.",
        "",
        f"{found['rows']:,} synthetic events shaped as GDELT 1.0 ({found['file_gb']:.1f} GB of text, {WIDTH} columns), counted by"
        f" directed dyad and month. Each counter ran in its own process, one after the other; memory is the process's peak. DuckDB"
        f" was allowed {found['memory_limit']}. The two gave equal counts in all {found['results']['pandas']['dyad_months']:,}"
        " dyad-months.",
        "",
        "| | seconds | peak memory, GiB |",
        "|---|---:|---:|",
        *(f"| {who} | {r['seconds']:.1f} | {r['peak_gb']:.2f} |" for who, r in found["results"].items()),
        "",
        f"Ratio of times: {found['faster']:.2f}. Peer: `pandas.read_csv` of the four needed columns in chunks of {CHUNK:,} rows."
        f" {found['machine']['processors']} processors; Python {found['machine']['python']}, DuckDB {found['machine']['duckdb']},"
        f" pandas {found['machine']['pandas']}. Made by `make event-scale`.",
        "",
        last_line(found),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=50_000_000)
    arguments.add_argument("--memory", default="2GB", help="for DuckDB")
    arguments.add_argument("--out", type=Path, default=Path("docs/results"))
    arguments.add_argument("--piece", choices=["statusmodels", "pandas"], help=argparse.SUPPRESS)
    arguments.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.piece:
        piece(given.piece, given.file, given.result, given.memory)
        return
    found = run(given.rows, given.memory)
    write(given.out, "event_scale", found, page(found))
    print(given.out / "event_scale.md")


if __name__ == "__main__":
    main()
