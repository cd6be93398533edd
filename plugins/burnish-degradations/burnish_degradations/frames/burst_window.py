"""The part of a clean picture that a burst shows, made of real pixels only, and its motion."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from burnish.errors import DataError
from burnish.ops.resampling import taps
from torch import Tensor

SPOILT = 3
"""Pixels at every side of a downscaled frame for which the antialiased kernel would need mirrored ones: cut off."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """The part of a clean picture shared by frames and target, in pixels of the clean picture."""

    size: tuple[int, int]
    """Height and width of the whole clean picture."""
    margin: int
    """Distance of the part from the upper left corner."""
    height: int
    """Height of the part, a multiple of ``scale``."""
    width: int
    """Its width, likewise."""
    scale: int
    """Factor by which the frames are smaller."""

    @classmethod
    def inside(cls, size: tuple[int, int], margin: int, scale: int) -> Window:
        """The largest part with that margin on every side.

        Raises:
            DataError: Nothing is left.
        """
        height, width = ((side - 2 * margin) // scale * scale for side in size)
        if min(height, width) < scale:
            raise DataError(
                f"a picture of {size[1]}×{size[0]} pixels is too small for this burst, which needs {margin} pixels at "
                "every side and a centre; use larger pictures, or less shift, length or rotation"
            )
        return cls(size=size, margin=margin, height=height, width=width, scale=scale)

    @property
    def rim(self) -> int:
        """Pixels around the part that downscaling needs."""
        return SPOILT * self.scale if self.scale > 1 else 0

    def target(self, clean: Tensor) -> Tensor:
        """The part itself: N,C,H,W → N,C,height,width."""
        return clean[..., self.margin : self.margin + self.height, self.margin : self.margin + self.width]

    def shrinking(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """The matrices of MATLAB's bicubic downscaling without quantisation, for rows and for columns.

        They lead from the part and its rim, H + 2·rim, to the frames' H/scale, and leave out what the rim spoils. A
        product with a matrix is several times as fast here as a sum over the kernel's places.
        """
        sides = (side + 2 * self.rim for side in (self.height, self.width))
        rows, columns = (_shrinking(side, self.scale, like) for side in sides)
        return rows, columns

    def flow(self, angle: Tensor, shift: Tensor) -> Tensor:
        """The motion of each pixel p of the reference to each frame: R(x − c) + c + d − x, c the picture's centre.

        Args:
            angle: N,T in radians, counter-clockwise as seen.
            shift: N,T,2: dx, dy in pixels of the clean picture.

        Returns:
            N,T,2,h,w: dx and dy in pixels of the frames, float64.
        """
        y, x = (
            torch.arange(count // self.scale, dtype=torch.float64, device=angle.device) * self.scale
            + (self.scale - 1) / 2.0
            + self.margin
            - (whole - 1) / 2.0
            for count, whole in zip((self.height, self.width), self.size, strict=True)
        )
        cosine, sine = angle.cos()[..., None, None], angle.sin()[..., None, None]
        across, down = x[None, :], y[:, None]
        dx = cosine * across + sine * down - across + shift[:, :, 0, None, None]
        dy = cosine * down - sine * across - down + shift[:, :, 1, None, None]
        return torch.stack([dx, dy], dim=2) / self.scale


def _shrinking(length: int, scale: int, like: Tensor) -> Tensor:
    """length/scale − 2·SPOILT × length."""
    places, weights = (torch.from_numpy(part) for part in taps(length, length // scale, 1.0 / scale))
    matrix = torch.zeros(length // scale, length, dtype=torch.float64).scatter_add_(1, places, weights)
    return matrix[SPOILT:-SPOILT].to(like)
