"""Any restorer over a picture of any size: padded, cut where memory asks for it, assembled, cropped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from burnish.errors import RestorationError, UsageError
from burnish.inference.assembling import assemble, halo
from burnish.inference.calling import NotFiniteError, TooLargeError
from burnish.inference.job import Job, make_job
from burnish.inference.loaded import LoadedRestorer
from burnish.inference.memory import CONSERVATIVE, bytes_per_pixel
from burnish.inference.precision import settle

MEMORY_MB = 2048
"""MiB of working memory that a restoration may take unless it is told otherwise."""

_LEAST_KEEP = 32
"""Pixels that a piece keeps at least, before memory really runs out."""


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """An estimate, and how it was made."""

    estimate: Tensor
    """N,C,sH,sW (of a clip: N,T,C,sH,sW), float32 on the CPU, not clipped."""
    precision: str
    """``fp32`` or ``bf16``."""
    tile: int
    """Side in input pixels of what a piece contributed; 0: the picture was not cut."""


def restore(
    loaded: LoadedRestorer,
    degraded: Tensor,
    conditions: Mapping[str, Any] | None = None,
    *,
    tile: Literal["auto"] | int = "auto",
    precision: str = "auto",
    memory_mb: int = MEMORY_MB,
) -> Tensor:
    """Restore pictures of any size; arguments and errors as ``restore_detailed``, of which it gives the estimate."""
    return restore_detailed(loaded, degraded, conditions, tile=tile, precision=precision, memory_mb=memory_mb).estimate


def restore_detailed(
    loaded: LoadedRestorer,
    degraded: Tensor,
    conditions: Mapping[str, Any] | None = None,
    *,
    tile: Literal["auto"] | int = "auto",
    precision: str = "auto",
    memory_mb: int = MEMORY_MB,
) -> Restoration:
    """Restore pictures of any size, and say how.

    A piece is handed ``tile`` pixels and, around them, what the receptive field needs: with a finite receptive field
    the estimate equals the uncut one to float32's rounding. When memory runs out, pieces are halved and all
    begins anew.

    Args:
        loaded: The restorer.
        degraded: N,C,H,W, or N,T,C,H,W for a restorer of bursts or clips; float32, neither NaN nor infinite.
        conditions: What is known: ``kernel``, ``sigma``, ``scale``, ``mask``, ``flow``; those that are needed pass.
        tile: Side in pixels of what a piece contributes; 0: do not cut; ``auto``: cut where ``memory_mb`` asks for it.
        precision: ``auto``, ``fp32`` or ``bf16``.
        memory_mb: MiB of working memory, input and estimate not counted; what ``auto`` goes by.

    Raises:
        RestorationError: No picture, a missing need, not enough memory, or an estimate that is no picture.
        PluginError: The restorer raised.
        UsageError: ``tile`` or ``precision`` is out of range.
    """
    if isinstance(tile, bool) or not (tile == "auto" or (isinstance(tile, int) and tile >= 0)):
        raise UsageError(f"tile {tile!r} is out of range; give auto, 0 (do not cut) or a side in pixels")
    job = make_job(loaded, degraded, conditions or {})
    chosen = settle(job, precision)
    keep = _first_keep(job, tile, memory_mb)
    while True:
        try:
            return Restoration(estimate=assemble(job, keep, chosen), precision=chosen, tile=keep)
        except NotFiniteError:
            if chosen == "fp32" or precision != "auto":
                raise
            chosen = "fp32"
        except TooLargeError as error:
            keep = _smaller(job, keep, error)


def _cuttable(loaded: LoadedRestorer) -> bool:
    policy = loaded.spec.tiling
    return policy == "blend" or (policy == "overlap" and loaded.receptive_field is not None)


def _first_keep(job: Job, tile: Literal["auto"] | int, memory_mb: int) -> int:
    """Side in pixels of what a piece keeps; 0 for the whole picture."""
    longest = max(job.padded.shape[-2:])
    if tile == "auto":
        return _fitting_keep(job, memory_mb * 2**20) if _cuttable(job.loaded) else 0
    if tile == 0 or tile >= longest:
        return 0
    if not _cuttable(job.loaded):
        raise RestorationError(
            f"{job.loaded.label} looks at the whole picture and cannot be given pieces of {tile}; leave --tile out"
        )
    return tile


def _fitting_keep(job: Job, budget: float) -> int:
    rows, columns = job.padded.shape[-2:]
    if rows * columns * CONSERVATIVE * job.padded.shape[0] <= budget:
        return 0
    affordable = budget / bytes_per_pixel(job)
    if rows * columns <= affordable:
        return 0
    side = math.floor(math.sqrt(affordable))
    multiple = job.loaded.size_multiple
    keep = (side - 2 * _up(halo(job, side), multiple)) // multiple * multiple
    keep = max(keep, _up(_LEAST_KEEP, multiple))
    return keep if keep < max(rows, columns) else 0


def _smaller(job: Job, keep: int, error: TooLargeError) -> int:
    loaded, multiple = job.loaded, job.loaded.size_multiple
    size = "×".join(map(str, (job.width, job.height)))
    if not _cuttable(loaded):
        raise RestorationError(
            f"memory does not suffice for {loaded.label} on a picture of {size}, which it must see whole; "
            "crop or shrink the picture, or use a machine with more memory"
        ) from error
    before = keep or max(job.padded.shape[-2:])
    halved = _up(before // 2, multiple)
    if halved >= before or before // 2 == 0:
        raise RestorationError(
            f"memory does not suffice for {loaded.label} even in pieces of {before} pixels; "
            "free memory, or use a machine with more"
        ) from error
    return halved


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
