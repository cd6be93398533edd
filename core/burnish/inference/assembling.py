"""From pieces to the estimate: each is restored, cut to what it keeps (or feathered), and put into its place."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish.inference.calling import expected_shape
from burnish.inference.job import Job
from burnish.inference.tiling import Tile, shares, tiles


def halo(job: Job, keep: int) -> int:
    """Pixels on either side of what a piece keeps: what the receptive field needs; of feathered pieces an eighth."""
    field = job.loaded.receptive_field
    if job.loaded.spec.tiling == "blend" or field is None:
        return max(1, keep // 8)
    return field // 2


def assemble(job: Job, keep: int, precision: str) -> Tensor:
    """The whole estimate.

    Only one piece is alive at a time beside the estimate, which is made once.

    Args:
        job: Picture and restorer.
        keep: Side in input pixels of what a piece keeps; 0: the picture is not cut.
        precision: ``fp32`` or ``bf16``.

    Returns:
        N,C,sH,sW (of a clip: N,T,C,sH,sW) of the picture itself, its padding cropped.

    Raises:
        As ``calling.call``.
    """
    loaded, scale = job.loaded, job.loaded.scale
    rows, columns = job.padded.shape[-2:]
    pieces = tiles(
        rows,
        columns,
        keep=keep or max(rows, columns),
        halo=halo(job, keep),
        multiple=loaded.size_multiple,
        least=loaded.min_size,
    )
    height, width = job.height * scale, job.width * scale
    if len(pieces) == 1:
        return job.piece(pieces[0], precision)[..., :height, :width].contiguous()
    lead = expected_shape(loaded, job.padded)[:-2]
    if loaded.spec.tiling == "blend":
        return _feathered(job, pieces, precision, torch.zeros(*lead, height, width))
    return _exact(job, pieces, precision, torch.empty(*lead, height, width))


def _exact(job: Job, pieces: list[Tile], precision: str, out: Tensor) -> Tensor:
    scale = job.loaded.scale
    for tile in pieces:
        y, x = tile.rows, tile.columns
        place = out[..., y.keep_start * scale : y.keep_stop * scale, x.keep_start * scale : x.keep_stop * scale]
        top, left = (y.keep_start - y.start) * scale, (x.keep_start - x.start) * scale
        height, width = place.shape[-2:]  # smaller than what is kept where only padding is left
        if height and width:
            place.copy_(job.piece(tile, precision)[..., top : top + height, left : left + width])
    return out


def _feathered(job: Job, pieces: list[Tile], precision: str, out: Tensor) -> Tensor:
    scale = job.loaded.scale
    vertical = shares([tile.rows for tile in pieces], scale)
    horizontal = shares([tile.columns for tile in pieces], scale)
    for tile in pieces:
        place = out[
            ...,
            tile.rows.start * scale : tile.rows.stop * scale,
            tile.columns.start * scale : tile.columns.stop * scale,
        ]
        height, width = place.shape[-2:]
        share = vertical[tile.rows][:height, None] * horizontal[tile.columns][:width]
        place.add_(job.piece(tile, precision)[..., :height, :width] * share)
    return out
