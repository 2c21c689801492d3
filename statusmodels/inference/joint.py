r"""Sampling measurement and risk together, so that what is not known of severities flows into the risk, and back.

Memories differ from draw to draw here. A fit therefore carries each draw's own mixed signals, as ``signals`` beside ``u`` in its
posterior, and all that is computed from a posterior's signals takes them from there: predictors, predictive checks, leave-one-out,
and the estimands. No step needs to know whether a fit is a joint one.

E1, E2 and E3 of a joint fit are those of :mod:`statusmodels.claims.estimands`, with these points to note.

- *Scale.* A draw's memories are centred and scaled by the constants of the design that was given, not by their own. So coefficients
  and their priors have the units of the plain model: log odds for one standard deviation of the plug-in signal.
- *Corners.* Low and high are the 10th and 90th percentiles of the draw's own signals over the modelled dyad-periods, as in the plain
  model, where they differ between draws by the mixtures alone. A draw in which acts of threat are graver has higher corners.
- *Rest.* Everything else in a dyad-period (authority, what was granted and relieved, latent path) is the draw's own too.
- *History and base rate.* These are of outcomes, whose levels stay as the coders' medians; they do not vary.

What the verdict's estimands answer is thus: had honor denied been low or high among the values that it really took, as far as these
are known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from statusmodels.events.catalogue import Catalogue
from statusmodels.inference.likelihood import pointwise
from statusmodels.inference.native import nutpie_model
from statusmodels.inference.pilot import kernel_arguments, pilot
from statusmodels.inference.sampling import BATCH, Sampler, attributes, initial_point, named, run, with_path
from statusmodels.models import joint, kernel
from statusmodels.models.design import Design
from statusmodels.models.design import design as arrays_of
from statusmodels.models.hypothesis import Hypothesis
from statusmodels.models.kernel.native import joint_callback
from statusmodels.models.parameters import SIGNALS, sizes
from statusmodels.models.priors import Prior, Priors

Array = npt.NDArray[np.float64]
SAMPLER = Sampler(draws=1500, tune=600)
"""Coders' precisions mix more slowly than the risk does."""
KEPT = ("cutpoint", "average_precision", "precision", "bias", "precision_spread", "bias_spread", "latent", "severity")


def sample_joint(
    catalogue: Catalogue,
    panel: xr.Dataset,
    hypothesis: Hypothesis,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    *,
    rating_priors: Mapping[str, Prior] | None = None,
    outcomes: Sequence[str] = ("level", "acts"),
    path: bool = True,
    progress: bool = False,
) -> xr.DataTree:
    """Sample the joint posterior of the coders' judgements and a hypothesis.

    Parameters
    ----------
    catalogue
        A validated catalogue, every event of it coded, by one coder or several.
    panel
        Built from it, its memories told at the start of each period. It gives outcomes, periods and the scale of the signals.
    hypothesis
        Which coefficients are free.
    priors, sampler
        The documented defaults if None; the sampler's is :data:`SAMPLER`.
    rating_priors
        Replacements by block of :data:`statusmodels.models.joint.PRIORS`.
    outcomes, path
        What is modelled; see :func:`statusmodels.models.design.design`.
    progress
        True shows nutpie's progress bar.

    Returns
    -------
    DataTree
        As :func:`statusmodels.inference.sampling.sample` returns it, with two additions: in ``posterior`` each draw's mixed
        ``signals`` (chain, draw, signal, dyad, period) in single precision; and the group ``measurement`` with the coders'
        ``cutpoint, average_precision, precision, bias``, both spreads and the ``latent`` and true ``severity`` of each act and
        construct (see :func:`statusmodels.models.joint.constrain`). See the module on how the estimands follow.

    Raises
    ------
    InputError
        If an event was read by nobody.
    ValueError
        If the panel's memories are not told at the start of its periods.
    """
    arrays = arrays_of(panel, outcomes, path)
    data = joint.measured(catalogue, panel, arrays, rating_priors)
    return sample_measured(data, arrays, hypothesis, priors, sampler, progress)


def sample_measured(
    data: joint.Measured,
    design: Design,
    hypothesis: Hypothesis,
    priors: Priors | None = None,
    sampler: Sampler | None = None,
    progress: bool = False,
) -> xr.DataTree:
    """The same for judgements and arrays that are ready."""
    priors, sampler = priors or Priors(), sampler or SAMPLER
    coordinates = pilot(design, hypothesis, priors)
    split = sum(sizes(design).values())

    def start(seed: int) -> Array:
        rng = np.random.default_rng(seed)
        near = data.start + 0.1 * rng.standard_normal(len(data.start))
        return np.concatenate([initial_point(design, coordinates, rng), near])

    model = nutpie_model(
        split + len(data.start),
        kernel.pack(joint_arguments(kernel_arguments(design, hypothesis, priors, coordinates, True), data)),
        start,
        joint_callback(),
    )
    x, stats = run(model, sampler, progress)
    measurement = joint.constrain(x[..., split:], data)[list(KEPT)]
    posterior = with_signals(named(x[..., :split], design, hypothesis, coordinates), measurement, data, design)
    posterior = with_path(posterior, np.ascontiguousarray(x[..., :split]), design, coordinates)
    tree = xr.DataTree.from_dict({"posterior": posterior, "measurement": measurement, "sample_stats": stats})
    tree.attrs.update(attributes(design, hypothesis, priors, sampler))
    tree["log_likelihood"] = xr.DataTree(pointwise(posterior, design).astype("float32").to_dataset(name="outcome"))
    tree.attrs["rating_priors"] = json.dumps(dict(zip(joint.PRIORS, data.judgements.prior.tolist(), strict=True)))
    return tree


def joint_arguments(risk: kernel.Arguments, data: joint.Measured) -> tuple[npt.NDArray[Any], ...]:
    """All that the joint density takes besides the coordinates, in the order of its buffer."""
    return (*risk, *data.acts.fades, *data.standards, *data.judgements)


def with_signals(posterior: xr.Dataset, measurement: xr.Dataset, data: joint.Measured, design: Design) -> xr.Dataset:
    """A posterior (of whatever leading dims) with the mixed signals of each draw's own severities."""
    lead = measurement["severity"].dims[:-1]
    shape = measurement["severity"].shape[:-1]
    flat = posterior.transpose(*lead, ...)
    severity = measurement["severity"].to_numpy().reshape(-1, measurement.sizes["act"])
    mixture = {k: flat[k].to_numpy() for k in ("honor_memory", "authority_memory", "threat_memory", "threat_weight")}
    mixture = {k: v.reshape(len(severity), *v.shape[len(lead) :]) for k, v in mixture.items()}
    threat = len(design.categories) * mixture["threat_weight"][:, :, None] * mixture["threat_memory"]
    out = np.empty((len(severity), len(SIGNALS), design.level.size), dtype=np.float32)
    step = max(1, BATCH // design.memory[:, :, 0].size // design.level.size)
    for first in range(0, len(severity), step):
        part = slice(first, first + step)
        memory, threats = joint.design_memories(severity[part], data)
        for i in range(len(SIGNALS)):
            faded = memory[:, i] if i < 4 else threats[:, i - 4]
            weight = (mixture["honor_memory"], mixture["authority_memory"], threat.reshape(len(severity), -1))[i // 2]
            out[part, i] = np.einsum("sk,skn->sn", weight[part], faded)
    named_signals = posterior.assign(
        signals=((*lead, "signal", "dyad", "period"), out.reshape(*shape, len(SIGNALS), *design.shape))
    )
    return named_signals.assign_coords(signal=list(SIGNALS))
