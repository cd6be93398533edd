"""Gaussian blur, round or elongated."""

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


class GaussianBlur(Blur):
    """k(p) ∝ exp(−½ pᵀ Σ⁻¹ p), sampled at pixel centres within 4 times the largest width.

    Σ has the standard deviations ``width`` (pixels) along ``angle`` (degrees, counter-clockwise from the right) and
    ``width · ratio`` across.
    """

    def __init__(
        self,
        *,
        width: Range = (0.5, 3.0),
        ratio: Range = 1.0,
        angle: Range = (0.0, 180.0),
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, noise=noise, transfer=transfer)
        self.width, self.ratio, self.angle = width, ratio, angle
        self.radius = max(int(4.0 * bounds(width)[1] + 0.5), 1)

    def draw_kernels(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        """``width`` (pixels), ``ratio`` and ``angle`` (degrees) of every kernel."""
        return {
            "width": draw_numbers(self.width, count, generator),
            "ratio": draw_numbers(self.ratio, count, generator),
            "angle": draw_numbers(self.angle, count, generator),
        }

    def kernels(self, parameters: Parameters) -> NDArray[np.float64]:
        """N,k,k with k = 2 ⌊4 · largest width + ½⌋ + 1."""
        triples = zip(parameters["width"], parameters["ratio"], parameters["angle"], strict=True)
        return np.stack([gaussian_kernel(self.radius, *triple) for triple in triples])


def gaussian_kernel(radius: int, width: float, ratio: float, angle: float) -> NDArray[np.float64]:
    """One kernel of side 2 radius + 1; a width below 0.05 pixels gives no blur."""
    across = np.arange(-radius, radius + 1, dtype=np.float64)
    x, y = across[None, :], -across[:, None]
    turn = math.radians(angle)
    along = x * math.cos(turn) + y * math.sin(turn)
    aside = y * math.cos(turn) - x * math.sin(turn)
    longer, shorter = max(width, 0.05), max(width * ratio, 0.05)
    return unit_sum(np.exp(-0.5 * ((along / longer) ** 2 + (aside / shorter) ** 2)))
