"""Bayesian models of status, threat and rivalry escalation, with a calibrated verdict.

Examples
--------
>>> import statusmodels as stm
>>> catalogue = stm.load("us-russia")
>>> panel = stm.build_panel(catalogue)
>>> panel.sizes["dyad"]
2
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("statusmodels")
# name -> (module, attribute); loaded on first use, so that `statusmodels validate` need not wait for the samplers
_EXPORTS = {
    "load": ("statusmodels.events.catalogue", "load"),
    "agreement": ("statusmodels.events.agreement", "agreement"),
    "InputError": ("statusmodels.errors", "InputError"),
    "build_panel": ("statusmodels.panel.panel", "build"),
    "with_undetected": ("statusmodels.panel.detection", "with_undetected"),
    "with_external": ("statusmodels.panel.outcomes", "with_external"),
    "with_level": ("statusmodels.panel.outcomes", "with_level"),
    "with_onset": ("statusmodels.panel.outcomes", "with_onset"),
    "conduct": ("statusmodels.sources.conduct", "conduct"),
    "event_rivalries": ("statusmodels.sources.event_rivalries", "event_rivalries"),
    "rivalry_panel": ("statusmodels.sources.rivalry_panel", "rivalry_panel"),
    "HYPOTHESES": ("statusmodels.models.hypothesis", "HYPOTHESES"),
    "THRESHOLD": ("statusmodels.models.hypothesis", "THRESHOLD"),
    "Hypothesis": ("statusmodels.models.hypothesis", "Hypothesis"),
    "Prior": ("statusmodels.models.priors", "Prior"),
    "Priors": ("statusmodels.models.priors", "Priors"),
    "read_priors": ("statusmodels.models.priors", "read_priors"),
    "prior_check": ("statusmodels.claims.prior", "prior_check"),
    "Sampler": ("statusmodels.inference.sampling", "Sampler"),
    "Rule": ("statusmodels.claims.verdict", "Rule"),
    "model": ("statusmodels.api", "model"),
    "fit": ("statusmodels.api", "fit"),
    "fit_joint": ("statusmodels.inference.joint", "sample_joint"),
    "diagnose": ("statusmodels.api", "diagnose"),
    "compare": ("statusmodels.api", "compare"),
    "check": ("statusmodels.api", "check"),
    "verdict": ("statusmodels.api", "verdict"),
    "simulate": ("statusmodels.scenarios.simulate", "simulate"),
}
__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'statusmodels' has no attribute {name!r}")
    module, attribute = _EXPORTS[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
