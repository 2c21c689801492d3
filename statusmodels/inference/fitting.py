"""Fits of several hypotheses to one panel, stored and reused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import xarray as xr

from statusmodels.inference import storage
from statusmodels.inference.diagnostics import gate
from statusmodels.inference.likelihood import pointwise
from statusmodels.inference.sampling import Sampler, sample
from statusmodels.models.design import Design
from statusmodels.models.hypothesis import HYPOTHESES, Hypothesis
from statusmodels.models.priors import Priors


def fit_all(
    design: Design,
    hypotheses: Iterable[Hypothesis] | None = None,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    folder: Path | None = None,
    tell: Callable[[str, bool], object] | None = None,
) -> dict[str, xr.DataTree]:
    """Fit hypotheses, reusing fits stored in ``folder`` when nothing that matters to them has changed.

    A fit that fails the diagnostics gate is sampled once more, harder (:meth:`~statusmodels.inference.sampling.Sampler.harder`);
    the second stands whether it passes or not, and its own settings are in its attributes.

    Parameters
    ----------
    design
        Arrays of the panel.
    hypotheses
        The seven documented ones if None.
    priors, sampler
        The documented defaults if None.
    folder
        Where fits are stored as ``<hypothesis>.nc``; nothing is stored if None.
    tell
        Called after each fit with the hypothesis's name and whether a stored fit was reused.

    Returns
    -------
    dict
        Fit by hypothesis name, in the order given: the tree of :func:`~statusmodels.inference.sampling.sample` with the group
        ``log_likelihood`` (chain, draw, point) of :func:`~statusmodels.inference.likelihood.pointwise`.

    Raises
    ------
    ValueError
        If two hypotheses have one name.
    """
    priors, sampler = priors or Priors(), sampler or Sampler()
    hypotheses = list(HYPOTHESES.values() if hypotheses is None else hypotheses)
    names = [h.name for h in hypotheses]
    if len(set(names)) < len(names):
        raise ValueError(f"hypotheses need names of their own, got {', '.join(names)}")
    fits: dict[str, xr.DataTree] = {}
    for hypothesis in hypotheses:
        key = storage.fit_key(design, hypothesis, priors, sampler)
        path = folder / f"{hypothesis.name}.nc" if folder else None
        tree = storage.read(path, key) if path else None
        reused = tree is not None
        if tree is None:
            tree = sample(design, hypothesis, priors, sampler)
            if not gate(tree).passed:
                tree = sample(design, hypothesis, priors, sampler.harder())
            tree["log_likelihood"] = xr.DataTree(
                pointwise(tree["posterior"].dataset, design).astype("float32").to_dataset(name="outcome")
            )
            tree.attrs["key"] = key
            if path:
                storage.write(tree, path)
        fits[hypothesis.name] = tree
        if tell:
            tell(hypothesis.name, reused)
    return fits
