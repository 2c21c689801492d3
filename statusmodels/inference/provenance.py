"""What a result depends on, as hashes: the package's code, versions, and the contents of what was put in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

PACKAGES = ("statusmodels", "nutpie", "numba", "numpy", "scipy", "xarray", "arviz")
CODE = ("models", "panel", "events", "inference")


@cache
def versions() -> dict[str, str]:
    """Versions of the packages a fit depends on."""
    return {name: version(name) for name in PACKAGES}


@cache
def code_hash(*rooms: str) -> str:
    """Hash of the code of some rooms of the package; of those between the data and the draws if none is named."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in rooms or CODE:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def fingerprint(*things: Any) -> str:
    """Hash of the contents of arrays, Datasets, dataclasses, containers and plain values.

    Raises
    ------
    TypeError
        If a thing's contents cannot be told.

    Examples
    --------
    >>> fingerprint(np.zeros(2), {"a": 1}) == fingerprint(np.zeros(2), {"a": 1})
    True
    >>> fingerprint(np.zeros(2)) == fingerprint(np.zeros((1, 2)))
    False
    """
    digest = hashlib.sha256()
    for part in _parts(things):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _parts(thing: Any) -> Iterator[bytes]:
    yield type(thing).__name__.encode()
    if isinstance(thing, np.ndarray):
        yield f"{thing.dtype}{thing.shape}".encode()
        yield np.ascontiguousarray(thing).tobytes() if thing.dtype != object else repr(thing.tolist()).encode()
    elif isinstance(thing, xr.Dataset):
        yield from _parts({str(name): (thing[name].dims, thing[name].to_numpy()) for name in thing.variables})
        yield from _parts(thing.attrs)
    elif isinstance(thing, pd.DataFrame):
        yield from _parts({str(name): thing[name].to_numpy() for name in thing.columns})
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield from _parts(vars(thing))
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from _parts(key)
            yield from _parts(value)
    elif isinstance(thing, frozenset | set):
        yield from _parts(sorted(thing))
    elif isinstance(thing, list | tuple):
        for one in thing:
            yield from _parts(one)
    elif thing is None or isinstance(thing, str | bytes | bool | int | float | np.generic | Path):
        yield repr(thing).encode()
    else:
        raise TypeError(f"cannot tell the contents of a {type(thing).__name__}")
