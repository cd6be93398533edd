"""One restoration before tiling: the padded picture, its conditions, the output size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from burnish.errors import RestorationError
from burnish.inference.calling import call
from burnish.inference.conditions import Conditions, each_pixel, prepare
from burnish.inference.engine import Engine
from burnish.inference.tiling.tiles import Span, Tile, spans
from burnish.restorer.restorer import Restorer


@dataclass(frozen=True, kw_only=True)
class TilingJob:
    """A picture and a restorer."""

    loaded: Restorer
    padded: Tensor
    """N,C,H,W or N,T,C,H,W, float32 on the CPU, padded to a size that the restorer takes."""
    conditions: Conditions
    """The conditions; those with a value for each pixel are padded likewise."""
    height: int
    """Rows of the unpadded picture."""
    width: int
    """Columns of the unpadded picture."""

    def piece(self, tile: Tile, engine: Engine) -> Tensor:
        """The estimate of one tile, with its overlap."""
        told = each_pixel(self.conditions, lambda value: _cut(value, tile))
        return call(self.loaded, _cut(self.padded, tile), told, engine)

    def probe(self, side: int) -> Tile:
        """A tile in the middle of the picture, about ``side`` pixels wide and high; more if the restorer needs it."""
        rows, columns = self.padded.shape[-2:]
        return Tile(rows=self._middle(rows, side), columns=self._middle(columns, side))

    def _middle(self, length: int, side: int) -> Span:
        pieces = spans(length, keep=side, halo=0, multiple=self.loaded.size_multiple, least=self.loaded.min_size)
        return pieces[len(pieces) // 2]


def make_job(loaded: Restorer, degraded: Tensor, conditions: Mapping[str, object]) -> TilingJob:
    """Check the input and pad it.

    Raises:
        RestorationError: ``degraded`` is not a picture (or clip, where the restorer takes clips), or a need is missing.
    """
    _refuse_what_is_no_picture(loaded, degraded)
    degraded = degraded.detach().to(device="cpu", dtype=torch.float32)
    height, width = degraded.shape[-2:]
    told = each_pixel(prepare(loaded, conditions, degraded), loaded.padded)
    return TilingJob(loaded=loaded, padded=loaded.padded(degraded), conditions=told, height=height, width=width)


def _cut(picture: Tensor, tile: Tile) -> Tensor:
    return picture[..., tile.rows.start : tile.rows.stop, tile.columns.start : tile.columns.stop]


def _refuse_what_is_no_picture(loaded: Restorer, degraded: Tensor) -> None:
    single = loaded.spec.temporal == "single"
    wanted = "N,C,H,W" if single else "N,T,C,H,W"
    if not isinstance(degraded, Tensor) or degraded.ndim != (4 if single else 5) or 0 in degraded.shape:
        shape = tuple(degraded.shape) if isinstance(degraded, Tensor) else type(degraded).__name__
        raise RestorationError(f"{loaded.label} takes {wanted} ({loaded.spec.temporal}), but received {shape}")
    if not degraded.is_floating_point():
        raise RestorationError(f"{loaded.label} takes float32 in [0, 1], but received {degraded.dtype}")
    if not bool(torch.isfinite(degraded).all()):
        raise RestorationError(f"the picture for {loaded.label} contains NaN or infinity; repair the picture first")
