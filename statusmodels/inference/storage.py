"""Stored fits: netCDF files that carry the hash of everything that matters to them."""

from __future__ import annotations

from pathlib import Path

import arviz as az
import xarray as xr

from statusmodels.inference.provenance import code_hash, fingerprint, versions
from statusmodels.inference.sampling import Sampler
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.priors import Priors


def fit_key(design: Design, hypothesis: Hypothesis, priors: Priors, sampler: Sampler) -> str:
    """Hash of all that determines the draws: arrays, hypothesis, priors, sampler with its seed, code and versions."""
    table = {name: (p.family, p.a, p.b) for name, p in priors.table.items()}
    return fingerprint(code_hash(), design, hypothesis.free, table, sampler, versions())


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
