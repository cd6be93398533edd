"""Blur by uniform motion along a straight line during the exposure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from burnish_degradations.blur.by_kernel import Blur
from burnish_degradations.blur.convolution import Boundary
from burnish_degradations.blur.rasterising import splat_line, unit_sum
from burnish_degradations.drawing import Range, bounds, draw_numbers
from burnish_degradations.light import TransferName
from burnish_degradations.replayable import Parameters


class MotionBlur(Blur):
    """k is a centred line of ``length`` pixels at ``angle`` degrees (counter-clockwise), shared linearly among pixels.

    Its variance along an axis is (length · cos)²/12 plus that of the interpolation, at most ¼.
    """

    def __init__(
        self,
        *,
        length: Range = (3.0, 21.0),
        angle: Range = (0.0, 180.0),
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, noise=noise, transfer=transfer)
        self.length, self.angle = length, angle
        self.side = 2 * math.ceil(bounds(length)[1] / 2.0) + 3

    def draw_kernels(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        """``length`` (pixels) and ``angle`` (degrees) of every kernel."""
        return {
            "length": draw_numbers(self.length, count, generator),
            "angle": draw_numbers(self.angle, count, generator),
        }

    def kernels(self, parameters: Parameters) -> NDArray[np.float64]:
        """N,k,k with k = 2 ⌈½ largest length⌉ + 3."""
        pairs = zip(parameters["length"], parameters["angle"], strict=True)
        return np.stack([line_kernel(self.side, *pair) for pair in pairs])


def line_kernel(side: int, length: float, angle: float) -> NDArray[np.float64]:
    """One kernel: a line of ``length`` pixels at ``angle`` degrees, side × side."""
    turn = math.radians(angle)
    return unit_sum(splat_line(length * math.cos(turn), -length * math.sin(turn), side))
