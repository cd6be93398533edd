"""Farnebäck's flow by polynomial expansion, as OpenCV has it: smooth, for small motion."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from burnish_optical_flow.estimators.opencv_frames import Plane, each_pair


class Farneback:
    """Each neighbourhood is fitted by a quadratic polynomial; the change of its coefficients gives the motion.

    Reference: G. Farnebäck, "Two-Frame Motion Estimation Based on Polynomial Expansion",
    doi:10.1007/3-540-45103-X_50; OpenCV's ``calcOpticalFlowFarneback``. It looks at 8 bits of brightness.

    Args:
        levels: Levels of the pyramid, the picture itself counted; each has half the side of the one before.
        window: Side in pixels of the square over which displacements are averaged.
        iterations: Of the displacement at each level.
        neighbourhood: Side in pixels, 5 or 7, of what is fitted under a Gaussian with σ = side/5 + 0.1.
    """

    def __init__(self, *, levels: int = 5, window: int = 15, iterations: int = 3, neighbourhood: int = 7) -> None:
        self.settings: dict[str, Any] = {
            "pyr_scale": 0.5,
            "levels": levels,
            "winsize": window,
            "iterations": iterations,
            "poly_n": neighbourhood,
            "poly_sigma": neighbourhood / 5 + 0.1,
            "flags": 0,
        }

    def __call__(self, first: Tensor, second: Tensor) -> Tensor:
        """N,C,H,W in [0, 1], twice → N,2,H,W in pixels: first(x) ≈ second(x + flow(x))."""
        return each_pair(first, second, self._calc)

    def _calc(self, one: Plane, two: Plane) -> NDArray[np.float32]:
        found: NDArray[np.float32] = cv2.calcOpticalFlowFarneback(one, two, None, **self.settings)
        return found
