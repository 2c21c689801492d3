"""The model's log density and gradient as native code; :mod:`statusmodels.models.assembly` is its readable definition."""

from statusmodels.models.kernel.arguments import Arguments
from statusmodels.models.kernel.compiled import STAMP
from statusmodels.models.kernel.density import LOGIT_NORMAL
from statusmodels.models.kernel.native import callbacks, log_density, path_from_z
from statusmodels.models.kernel.packing import pack

__all__ = ["LOGIT_NORMAL", "STAMP", "Arguments", "callbacks", "log_density", "pack", "path_from_z"]
