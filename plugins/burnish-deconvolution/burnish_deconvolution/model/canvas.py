"""The domain of a solution: the picture itself, or also the surroundings that the kernel blurs into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Boundary = Literal["unknown", "circular"]
"""Outside the picture: an unknown scene (as in a photograph), or the picture's opposite side."""


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """A rectangle that contains the picture, and on which convolution is circular.

    Under an ``unknown`` boundary a kernel of radius r gathers light from r pixels around the picture: the canvas holds
    them too, and ``mask`` says which of its pixels were recorded. On it the circular convolution is exact wherever the
    mask is 1 (Bertero and Boccacci 2005, doi:10.1051/0004-6361:20052717). Its sides are quick to transform. Under a
    ``circular`` boundary it is the picture and the mask is None.
    """

    height: int
    """Rows of the picture."""
    width: int
    """Columns of the picture."""
    margin: int
    """Pixels above and left of the picture."""
    rows: int
    """Rows of the canvas."""
    columns: int
    """Columns of the canvas."""

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the canvas."""
        return self.rows, self.columns

    @property
    def bounded(self) -> bool:
        """Whether a part of the canvas was not recorded."""
        return self.margin > 0

    def place(self, picture: Tensor) -> Tensor:
        """…,H,W → …,rows,columns with zeros around it."""
        right = self.columns - self.width - self.margin
        below = self.rows - self.height - self.margin
        return functional.pad(picture, (self.margin, right, self.margin, below))

    def crop(self, x: Tensor) -> Tensor:
        """…,rows,columns → …,H,W: the picture."""
        top = left = self.margin
        return x[..., top : top + self.height, left : left + self.width]

    def mask(self, like: Tensor) -> Tensor | None:
        """1,1,rows,columns: 1 inside the picture; None if the picture fills the canvas."""
        return self.place(like.new_ones(1, 1, self.height, self.width)) if self.bounded else None

    def extend(self, picture: Tensor) -> Tensor:
        """…,H,W → …,rows,columns, continued so that opposite sides of the canvas meet smoothly.

        Rows, then columns, beyond the picture blend from its last one to its first one.
        """
        if not self.bounded:
            return picture
        return _continued(_continued(picture, self.margin, self.columns, -1), self.margin, self.rows, -2)


def canvas_for(height: int, width: int, *, side: int, boundary: Boundary) -> Canvas:
    """The canvas for pictures of H×W and kernels of odd ``side``."""
    margin = side // 2 if boundary == "unknown" else 0
    grow = fast_length if margin else int
    rows, columns = grow(height + 2 * margin), grow(width + 2 * margin)
    return Canvas(height=height, width=width, margin=margin, rows=rows, columns=columns)


def fast_length(length: int) -> int:
    """The next even length whose only prime factors are 2, 3, 5 and 7, for a fast transform."""
    length += length % 2
    while not _smooth(length):
        length += 2
    return length


def _smooth(length: int) -> bool:
    for factor in (2, 3, 5, 7):
        while length % factor == 0:
            length //= factor
    return length == 1


def _continued(picture: Tensor, margin: int, total: int, along: int) -> Tensor:
    """…,length,… → …,total,… with ``margin`` pixels before it; beyond its last one it blends into its first one."""
    length = picture.shape[along]
    beyond = total - length
    share = torch.arange(1, beyond + 1, dtype=torch.float64, device=picture.device) / (beyond + 1)
    share = share.to(picture).reshape(-1, *[1] * (-1 - along))
    strip = torch.lerp(picture.narrow(along, length - 1, 1), picture.narrow(along, 0, 1), share)
    after = beyond - margin
    return torch.cat([strip.narrow(along, after, margin), picture, strip.narrow(along, 0, after)], dim=along)
