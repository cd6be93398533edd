"""The conditions of a restorer: those it needs and those it accepts, in the declared shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish.errors import RestorationError
from burnish.ops.transfer import Transfer
from burnish.restorer.restorer import Restorer

Conditions = dict[str, Tensor | int | Transfer]
"""The value of a condition: a tensor, a number for ``scale``, a curve for ``curve``."""

SPATIAL = frozenset({"mask", "saturated", "flow"})
"""Conditions with a value for each pixel: they are padded and cut with the picture."""

_MENDS = {
    "sigma": "give sigma, the noise's standard deviation in [0, 1] (--sigma F)",
    "kernel": "give kernel, the blur's point-spread function (--kernel FILE)",
}


def prepare(loaded: Restorer, given: Mapping[str, object], degraded: Tensor) -> Conditions:
    """The conditions that the restorer needs, and the known ones that it accepts, one value for each picture.

    Args:
        loaded: The restorer.
        given: What is known: ``kernel`` k,k or 1,k,k or N,k,k; ``sigma`` a number or N; ``scale`` int (default: the
            restorer's); ``mask`` and ``saturated`` H,W or 1,1,H,W or N,1,H,W or N,C,H,W; ``flow`` …,H,W. More than is
            needed is no error.
        degraded: N,C,H,W or N,T,C,H,W.

    Raises:
        RestorationError: One is missing, or has another shape or range; names it and the fix.
    """
    batch = degraded.shape[0]
    known = {"scale": loaded.scale} | {key: value for key, value in given.items() if value is not None}
    ready: Conditions = {}
    for name in sorted(loaded.spec.needs | loaded.spec.accepts & known.keys()):
        if name not in known:
            mend = _MENDS.get(name, f"give the condition {name!r}")
            raise RestorationError(f"{loaded.label} needs {name}, which is unknown; {mend}")
        if name == "scale":
            ready[name] = int(torch.as_tensor(known[name]))
        elif name == "sigma":
            ready[name] = _sigma(loaded, known[name], batch)
        elif name == "kernel":
            ready[name] = _kernel(loaded, known[name], batch)
        elif name == "curve":
            ready[name] = _curve(loaded, known[name])
        else:
            ready[name] = _map(loaded, name, known[name], degraded)
    return ready


def refuse_other_size(loaded: Restorer, given: Mapping[str, object], degraded: Tensor) -> None:
    """Refuse a ``mask`` or ``saturated`` of another size than the picture, before anything is computed with it.

    Raises:
        RestorationError: As ``prepare``.
    """
    for name in ("mask", "saturated"):
        used = name in loaded.spec.needs | loaded.spec.accepts or loaded.light == "linear"
        if used and given.get(name) is not None:
            _map(loaded, name, given[name], degraded)


def each_pixel(conditions: Conditions, change: Callable[[Tensor], Tensor]) -> Conditions:
    """The conditions; those with a value for each pixel are changed as the picture is."""
    return {
        key: change(value) if isinstance(value, Tensor) and key in SPATIAL else value
        for key, value in conditions.items()
    }


def with_mask(conditions: Mapping[str, object] | None, invalid: NDArray[np.bool_]) -> dict[str, object]:
    """The conditions with the invalid pixels (H,W) set to 0 in the known ``mask``, or in a new one."""
    known = dict(conditions or {})
    if invalid.any():
        valid = torch.from_numpy(~invalid).float()[None, None]
        given = known.get("mask")
        known["mask"] = valid if given is None else torch.as_tensor(given, dtype=torch.float32) * valid
    return known


def on_device(conditions: Mapping[str, Tensor | int | Transfer], device: torch.device) -> Conditions:
    """The same conditions with a copy of every tensor on ``device``."""
    return {
        key: value.to(device, copy=True) if isinstance(value, Tensor) else value for key, value in conditions.items()
    }


def _sigma(loaded: Restorer, value: object, batch: int) -> Tensor:
    sigma = torch.as_tensor(value, dtype=torch.float32).detach().cpu().flatten()
    if sigma.numel() not in (1, batch):
        raise RestorationError(
            f"{loaded.label}: sigma has {sigma.numel()} values for {batch} pictures; give one value per picture"
        )
    if not bool(((sigma >= 0) & (sigma <= 1)).all()):
        raise RestorationError(
            f"{loaded.label}: sigma is {sigma.tolist()}; give a standard deviation in [0, 1], as in 25/255"
        )
    return sigma.expand(batch).clone()


def _kernel(loaded: Restorer, value: object, batch: int) -> Tensor:
    kernel = torch.as_tensor(value, dtype=torch.float32).detach().cpu()
    kernel = kernel[None] if kernel.ndim == 2 else kernel
    shape = tuple(kernel.shape)
    if len(shape) != 3 or shape[0] not in (1, batch) or shape[1] != shape[2] or shape[1] % 2 == 0:
        raise RestorationError(
            f"{loaded.label}: the kernel is shaped {shape}; give N,k,k with k odd and N 1 or {batch}"
        )
    if not bool(((kernel.sum(dim=(1, 2)) - 1).abs() < 1e-3).all()):
        raise RestorationError(f"{loaded.label}: the kernel does not sum to 1; divide it by its sum")
    return kernel.expand(batch, -1, -1).clone()


def _curve(loaded: Restorer, value: object) -> Transfer:
    if not isinstance(value, Transfer):
        raise RestorationError(f"{loaded.label}: curve is a {type(value).__name__}; give a burnish.ops.transfer curve")
    return value


def _map(loaded: Restorer, name: str, value: object, degraded: Tensor) -> Tensor:
    found = torch.as_tensor(value, dtype=torch.float32).detach().cpu()
    if name != "flow" and found.ndim == 2:
        found = found[None, None]
    if found.ndim < 4 or found.shape[0] not in (1, degraded.shape[0]) or found.shape[-2:] != degraded.shape[-2:]:
        raise RestorationError(
            f"{loaded.label}: {name} is shaped {tuple(found.shape)} for a picture of {tuple(degraded.shape)}; "
            "give one value per pixel"
        )
    return found.expand(degraded.shape[0], *found.shape[1:])
