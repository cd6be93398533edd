"""Blur by a lens out of focus: a uniform disk, every pixel weighted by the area of it that the disk covers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from burnish_degradations.blur.by_kernel import Blur
from burnish_degradations.blur.convolution import Boundary
from burnish_degradations.blur.rasterising import unit_sum
from burnish_degradations.drawing import Range, bounds, draw_numbers
from burnish_degradations.light import TransferName
from burnish_degradations.replayable import Parameters


class DefocusBlur(Blur):
    """k(p) = |disk of ``radius`` pixels ∩ pixel p| / (π radius²), exactly."""

    def __init__(
        self,
        *,
        radius: Range = (1.0, 5.0),
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, noise=noise, transfer=transfer)
        self.radius = radius
        self.side = 2 * max(math.ceil(bounds(radius)[1] - 0.5), 0) + 1

    def draw_kernels(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        """``radius`` (pixels) of every disk."""
        return {"radius": draw_numbers(self.radius, count, generator)}

    def kernels(self, parameters: Parameters) -> NDArray[np.float64]:
        """N,k,k with k = 2 ⌈largest radius − ½⌉ + 1."""
        return np.stack([disk_kernel(self.side, radius) for radius in parameters["radius"]])


def disk_kernel(side: int, radius: float) -> NDArray[np.float64]:
    """One kernel, side × side; a radius of 0 is no blur."""
    edges = np.arange(side + 1, dtype=np.float64) - side / 2.0
    corner = _area_from_centre(edges[None, :], edges[:, None], max(radius, 1e-6))
    return unit_sum(np.clip(np.diff(np.diff(corner, axis=0), axis=1), 0.0, None))


def _area_from_centre(x: NDArray[np.float64], y: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Signed area of the disk within the rectangle from the centre to (x, y): odd in x and in y.

    With x, y ≥ 0 it is x·y when the corner is inside the disk, else a·y + ∫ₐˣ √(r² − u²) du with a = √(r² − y²).
    """
    width, height = np.minimum(np.abs(x), radius), np.minimum(np.abs(y), radius)
    start = np.minimum(_across(height, radius), width)
    area: NDArray[np.float64] = start * height + _under_circle(width, radius) - _under_circle(start, radius)
    return np.sign(x) * np.sign(y) * area


def _under_circle(u: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """∫₀ᵘ √(r² − t²) dt; the angle by both of its sides, since an arc sine near 1 loses half of the digits."""
    height = _across(u, radius)
    integral: NDArray[np.float64] = 0.5 * (u * height + radius**2 * np.arctan2(u, height))
    return integral


def _across(u: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """√(r² − u²) for 0 ≤ u ≤ r, without the cancellation of nearly equal squares."""
    across: NDArray[np.float64] = np.sqrt((radius - u) * (radius + u))
    return across
