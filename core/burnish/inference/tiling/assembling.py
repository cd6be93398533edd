"""From tiles to the estimate: each is restored, cropped (or feathered), and put into its place."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish.console.progress import parts
from burnish.inference.calling import expected_shape
from burnish.inference.engine import Engine
from burnish.inference.tiling.cutting import Cut, pieces
from burnish.inference.tiling.job import TilingJob
from burnish.inference.tiling.tiles import Tile, shares


def assemble(job: TilingJob, cut: Cut, engine: Engine) -> Tensor:
    """The whole estimate.

    Only one piece is alive at a time beside the estimate, which is made once.

    Args:
        job: Picture and restorer.
        cut: Into which pieces.
        engine: What computes each piece.

    Returns:
        N,C,sH,sW (of a clip: N,T,C,sH,sW) of the picture itself, its padding cropped.

    Raises:
        As ``calling.call``.
    """
    loaded, scale = job.loaded, job.loaded.scale
    found = pieces(job, cut)
    height, width = job.height * scale, job.width * scale
    if len(found) == 1:
        return job.piece(found[0], engine)[..., :height, :width].contiguous()
    lead = expected_shape(loaded, job.padded)[:-2]
    if cut.feathered:
        return _feathered(job, found, engine, torch.zeros(*lead, height, width))
    return _exact(job, found, engine, torch.empty(*lead, height, width))


def _exact(job: TilingJob, found: list[Tile], engine: Engine, out: Tensor) -> Tensor:
    scale = job.loaded.scale
    for tile in parts(found):
        y, x = tile.rows, tile.columns
        place = out[..., y.keep_start * scale : y.keep_stop * scale, x.keep_start * scale : x.keep_stop * scale]
        top, left = (y.keep_start - y.start) * scale, (x.keep_start - x.start) * scale
        height, width = place.shape[-2:]  # smaller than the kept part if only padding is left
        if height and width:
            place.copy_(job.piece(tile, engine)[..., top : top + height, left : left + width])
    return out


def _feathered(job: TilingJob, found: list[Tile], engine: Engine, out: Tensor) -> Tensor:
    scale = job.loaded.scale
    vertical = shares([tile.rows for tile in found], scale)
    horizontal = shares([tile.columns for tile in found], scale)
    for tile in parts(found):
        place = out[
            ...,
            tile.rows.start * scale : tile.rows.stop * scale,
            tile.columns.start * scale : tile.columns.stop * scale,
        ]
        height, width = place.shape[-2:]
        share = vertical[tile.rows][:height, None] * horizontal[tile.columns][:width]
        place.add_(job.piece(tile, engine)[..., :height, :width] * share)
    return out
