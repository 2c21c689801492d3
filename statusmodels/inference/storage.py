"""Stored fits: netCDF files named by the hash of everything that matters to them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

import arviz as az
import numpy as np
import xarray as xr

from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.priors import Priors

PACKAGES = ("statusmodels", "nutpie", "numba", "numpy", "scipy", "xarray", "arviz")
CODE = ("models", "panel", "events", "inference")


@cache
def versions() -> dict[str, str]:
    """Versions of the packages a fit depends on."""
    return {name: version(name) for name in PACKAGES}


@cache
def code_hash() -> str:
    """Hash of the code between the data and the draws."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in CODE:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def fit_key(design: Design, hypothesis: Hypothesis, priors: Priors, sampler: Sampler) -> str:
    """Hash of all that determines the draws: arrays, hypothesis, priors, sampler with its seed, code and versions."""
    digest = hashlib.sha256(code_hash().encode())
    for name, value in vars(design).items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    table = {name: (p.family, p.a, p.b) for name, p in priors.table.items()}
    told = [sorted(hypothesis.free), table, asdict(sampler), versions()]
    digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()


def write(tree: xr.DataTree, path: Path) -> None:
    """Write a fit so that no half-written file is ever seen under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".nc.tmp")
    try:
        tree.to_netcdf(temporary, engine="h5netcdf")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: Path, key: str) -> xr.DataTree | None:
    """The stored fit if it is there, whole, and carries this key; else None."""
    if not path.is_file():
        return None
    try:
        tree = az.from_netcdf(path, engine="h5netcdf")
        if tree.attrs.get("key") != key:
            return None
        loaded: xr.DataTree = tree.load()
        tree.close()
    except (OSError, ValueError, KeyError):  # truncated by a killed process or not netCDF: fit again
        return None
    return loaded
