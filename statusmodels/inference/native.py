"""Handing the compiled density to nutpie as native callbacks: no Python, and no interpreter lock, between gradient and sampler.

nutpie builds such callbacks for PyMC models and keeps the class that holds them private; ``pyproject.toml`` caps its version and
``tests/test_sampling.py`` tests this seam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from statusmodels.models.kernel import callbacks

Array = npt.NDArray[np.float64]


def nutpie_model(size: int, packed: Array, initial_point: Callable[[int], Array], density: Any = None) -> Any:
    """A model that nutpie can sample.

    Parameters
    ----------
    size : length P of the unconstrained vector.
    packed : buffer made by :func:`statusmodels.models.kernel.pack`; kept alive by the model.
    initial_point : from a seed to a vector (P,).
    density : callback of the log density; that of the risk if None.

    Returns
    -------
    nutpie.compile_pymc.CompiledPyMCModel
        Its one variable ``x`` is the unconstrained vector.
    """
    from nutpie.compile_pymc import CompiledPyMCModel

    of_risk, expand = callbacks()
    return CompiledPyMCModel(
        dims={},
        _coords={},
        _n_dim=size,
        _shapes={"x": (size,)},
        compiled_logp_func=of_risk if density is None else density,
        compiled_expand_func=expand,
        initial_point_func=initial_point,
        shared_data={},
        shared_var_keys={},
        user_data=packed,
        n_expanded=size,
        shape_info=(["x"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
    )
