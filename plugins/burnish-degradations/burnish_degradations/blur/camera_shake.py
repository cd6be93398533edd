"""Blur by a hand-held camera: random trajectories with inertia and abrupt shakes, after Boracchi and Foi (2012)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from burnish_degradations.blur.by_kernel import Blur
from burnish_degradations.blur.convolution import Boundary
from burnish_degradations.blur.rasterising import splat, unit_sum
from burnish_degradations.blur.trajectories import SAMPLES, trajectories
from burnish_degradations.drawing import Range, bounds, draw_numbers, draw_seeds
from burnish_degradations.light import TransferName
from burnish_degradations.replayable import Parameters


class CameraShake(Blur):
    """k is the time that a random trajectory spends at each pixel, shared linearly among the nearest four.

    ``length`` is that of the path over a whole exposure in pixels, ``anxiety`` the shakiness of the hand (0: a straight
    line; 0.005: usual; 0.05: a blob), ``exposure`` the part of the path that the shutter sees. The kernel's centre of
    mass is its centre, so that a restorer need not shift the picture.

    Reference: G. Boracchi, A. Foi, "Modeling the performance of image restoration from motion blur",
    doi:10.1109/TIP.2012.2192126.
    """

    def __init__(
        self,
        *,
        length: Range = (8.0, 32.0),
        anxiety: Range = (0.001, 0.01),
        exposure: Range = 1.0,
        boundary: Boundary = "reflect",
        noise: Range = 0.0,
        transfer: TransferName = "linear",
    ) -> None:
        super().__init__(boundary=boundary, noise=noise, transfer=transfer)
        self.length, self.anxiety, self.exposure = length, anxiety, exposure
        self.side = 2 * math.ceil(bounds(length)[1] * bounds(exposure)[1] / 2.0) + 3

    def draw_kernels(self, count: int, generator: torch.Generator) -> dict[str, Any]:
        """``length`` (pixels), ``anxiety``, ``exposure`` and ``seed`` of every trajectory."""
        return {
            "length": draw_numbers(self.length, count, generator),
            "anxiety": draw_numbers(self.anxiety, count, generator),
            "exposure": draw_numbers(self.exposure, count, generator),
            "seed": draw_seeds(count, generator),
        }

    def kernels(self, parameters: Parameters) -> NDArray[np.float64]:
        """N,k,k with k = 2 ⌈½ largest length · exposure⌉ + 3.

        That is room enough: at constant speed no point of a path is farther from its mean than half its length.
        """
        x, y = trajectories(parameters["seed"], parameters["anxiety"], parameters["length"])
        return np.stack(
            [
                path_kernel(self.side, *(path[: max(round(exposure * SAMPLES), 1)] for path in pair))
                for exposure, *pair in zip(parameters["exposure"], x, y, strict=True)
            ]
        )


def path_kernel(side: int, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """One kernel from positions at equal intervals of time, centred on their mean, side × side."""
    return unit_sum(splat(x - x.mean(), y - y.mean(), np.full(len(x), 1.0 / len(x)), side))
