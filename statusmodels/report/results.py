"""A result with the record of what it was found with: ``NAME.json`` and its page ``NAME.md``."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from statusmodels.inference.provenance import code_hash, versions

PASSED = {True: "Passed", False: "Not passed"}


def record(passed: bool, criterion: Any, data_sha256: str, **told: Any) -> dict[str, Any]:
    """The record of a result: whether it meets its criterion, what is told, and what it was found with."""
    return {
        "passed": passed,
        "criterion": criterion,
        **told,
        "data_sha256": data_sha256,
        "code_sha256": code_hash(),
        "versions": versions(),
        "date": f"{date.today():%Y-%m-%d}",
    }


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values for a record, None where a number is missing."""
    return [
        {str(k): None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def last_line(found: dict[str, Any]) -> str:
    """The line at the foot of a page that tells what the result was found with."""
    return f"Data {found['data_sha256'][:12]}, code {found['code_sha256'][:12]}, {found['date']}."


def write(out: Path, stem: str, found: dict[str, Any], page: str) -> None:
    """Write record and page so that no half-written file is ever seen under their names."""
    out.mkdir(parents=True, exist_ok=True)
    for suffix, text in {".json": json.dumps(found, indent=1) + "\n", ".md": page}.items():
        temporary = out / f".{stem}{suffix}.tmp"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(out / f"{stem}{suffix}")
