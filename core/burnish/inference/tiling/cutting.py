"""The plan of tiles: none if memory allows it, exact if the overlap pays, otherwise feathered tiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from burnish.errors import RestorationError
from burnish.inference.tiling.job import TilingJob
from burnish.inference.tiling.memory import CONSERVATIVE, bytes_per_pixel
from burnish.inference.tiling.tiles import Tile, tiles

_LEAST_KEEP = 32
"""Least number of kept pixels of a piece, as long as memory has not really run out."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A plan of tiles, or none."""

    keep: int
    """Side in input pixels of what a piece contributes; 0: the picture is not cut."""
    halo: int = 0
    """Pixels of overlap on each side of a piece."""
    feathered: bool = False
    """Whether pieces are blended; else each gives its part exactly."""


WHOLE = Cut(keep=0)


def first_cut(job: TilingJob, tile: Literal["auto"] | int, memory_mb: int) -> Cut:
    """The cut to start with.

    Raises:
        RestorationError: Pieces are requested, but the restorer must see the whole picture.
    """
    longest = max(job.padded.shape[-2:])
    if tile == "auto":
        return _fitting(job, memory_mb * 2**20)
    if tile == 0 or tile >= longest:
        return WHOLE
    if not cuttable(job):
        raise RestorationError(
            f"{job.loaded.label} needs the whole picture and cannot use tiles of {tile}; remove --tile"
        )
    return _declared(job, tile)


def smaller_cut(job: TilingJob, cut: Cut, error: BaseException) -> Cut:
    """The cut to try after memory ran out: half the side, repeated until the largest piece is really smaller.

    Raises:
        RestorationError: There is none; names memory and the fix.
    """
    label = job.loaded.label
    if not cuttable(job):
        raise RestorationError(
            f"not enough memory for {label} on a picture of {job.width}×{job.height}, which it needs as a whole; "
            "crop or shrink the picture, or use a machine with more memory"
        ) from error
    before = largest(job, cut)
    keep = cut.keep or max(job.padded.shape[-2:])
    while keep > 1:
        keep = -(-keep // 2)
        smaller = _feathered(job, keep) if cut.feathered else _declared(job, keep)
        if largest(job, smaller) <= 0.75 * before:
            return smaller
    side = math.isqrt(before)
    raise RestorationError(
        f"not enough memory for {label}, which needs tiles of {side}×{side} pixels; "
        "lower --memory or --tile, free memory, or use a larger machine"
    ) from error


def pieces(job: TilingJob, cut: Cut) -> list[Tile]:
    """The pieces of a cut; without a cut the whole picture is one."""
    rows, columns = job.padded.shape[-2:]
    multiple, least = job.loaded.size_multiple, job.loaded.min_size
    keep = cut.keep or max(rows, columns)
    return tiles(rows, columns, keep=keep, halo=cut.halo, multiple=multiple, least=least)


def largest(job: TilingJob, cut: Cut) -> int:
    """Pixels of the largest piece, as the restorer receives it."""
    return max(tile.pixels for tile in pieces(job, cut))


def cuttable(job: TilingJob) -> bool:
    """Whether the restorer can be given pieces."""
    policy = job.loaded.tiling
    return policy == "blend" or (policy == "overlap" and job.loaded.receptive_field is not None)


def _declared(job: TilingJob, keep: int) -> Cut:
    """Pieces according to the restorer's own policy."""
    field = job.loaded.receptive_field
    if job.loaded.tiling == "blend" or field is None:
        return _feathered(job, keep)
    return Cut(keep=keep, halo=field // 2)


def _feathered(job: TilingJob, keep: int) -> Cut:
    return Cut(keep=keep, halo=max(1, keep // 4), feathered=True)


def _fitting(job: TilingJob, budget: float) -> Cut:
    """The largest pieces whose working memory is within ``budget`` bytes."""
    rows, columns = job.padded.shape[-2:]
    if rows * columns * CONSERVATIVE * job.padded.shape[0] <= budget or not cuttable(job):
        return WHOLE  # the size comes first, since a restorer may measure its receptive field when asked for it
    affordable = budget / bytes_per_pixel(job)
    if rows * columns <= affordable:
        return WHOLE
    side, multiple = math.isqrt(math.floor(affordable)), job.loaded.size_multiple
    exact = _declared(job, 0)
    if not exact.feathered:
        keep = max(_grid(side - 2 * _grid(exact.halo + multiple - 1, multiple), multiple), _LEAST_KEEP)
        cut = Cut(keep=keep, halo=exact.halo)
        # An overlap wider than the kept part costs over nine times the work, or more memory than is available.
        if exact.halo <= keep:
            return cut if largest(job, cut) < rows * columns else WHOLE
    keep = max(_grid(side * 2 // 3, multiple), _LEAST_KEEP)
    return _feathered(job, keep) if keep < max(rows, columns) else WHOLE


def _grid(value: int, multiple: int) -> int:
    return value // multiple * multiple
