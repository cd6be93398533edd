"""A picture of any size through a network of one size: overlapping pieces of exactly that size, blended."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

OVERLAP = 4
"""Neighbouring pieces overlap by at least this part of their side: a quarter."""


def by_frames(restore: Callable[[Tensor], Tensor], picture: Tensor, frame: tuple[int, int], scale: int) -> Tensor:
    """Restore a picture in pieces; each weighs less towards its borders, and the weights sum to 1 at each pixel.

    Args:
        restore: 1,C,h,w → 1,C,s·h,s·w.
        picture: 1,C,H,W; mirrored at right and bottom where it is smaller than a piece.
        frame: h, w of a piece.
        scale: s.

    Returns:
        1,C,s·H,s·W.
    """
    height, width = picture.shape[-2:]
    if (height, width) == frame:
        return restore(picture)
    down, right = max(0, frame[0] - height), max(0, frame[1] - width)
    padded = functional.pad(picture, (0, 0, 0, down), mode="reflect" if down < height else "replicate")
    padded = functional.pad(padded, (0, right, 0, 0), mode="reflect" if right < width else "replicate")
    rows, columns = padded.shape[-2:]
    total = picture.new_zeros(1, picture.shape[1], rows * scale, columns * scale)
    weights = picture.new_zeros(rows * scale, columns * scale)
    share = _ramp(frame[0] * scale)[:, None] * _ramp(frame[1] * scale)
    for y in _starts(rows, frame[0]):
        for x in _starts(columns, frame[1]):
            place = (slice(y * scale, (y + frame[0]) * scale), slice(x * scale, (x + frame[1]) * scale))
            piece = padded[..., y : y + frame[0], x : x + frame[1]].contiguous()
            total[(..., *place)] += share * restore(piece)
            weights[place] += share
    return (total / weights)[..., : height * scale, : width * scale]


def _starts(length: int, side: int) -> list[int]:
    """Where pieces begin along an axis: at both ends, and evenly between."""
    count = 1 + -(-(length - side) // max(1, side - side // OVERLAP))
    return [round(index * (length - side) / max(1, count - 1)) for index in range(count)]


def _ramp(side: int) -> Tensor:
    position = torch.arange(side, dtype=torch.float32) + 0.5
    return torch.minimum(position, side - position).clamp(max=max(1, side // OVERLAP))
