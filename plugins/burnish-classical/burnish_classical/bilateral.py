"""The bilateral filter: an average over the pixels that are near in space and similar in colour."""

from __future__ import annotations

import math
from typing import Any

import cv2
from torch import Tensor

from burnish_classical.pictures import Pixels, each_picture, numbers, with_channels


class Bilateral:
    """x̂(p) ∝ Σ_q exp(−|p−q|²/2s²) exp(−‖y(p)−y(q)‖₁²/2r²) y(q) over a disk of ``side`` pixels across.

    s is ``space`` in pixels. r is ``strength`` · σ · √C for noise of standard deviation σ on C channels, because the
    distance in colour is summed over the channels.

    Reference: C. Tomasi, R. Manduchi, "Bilateral filtering for gray and color images", doi:10.1109/ICCV.1998.710815.
    """

    def __init__(self, *, strength: float = 2.1, space: float = 2.0, side: int = 11) -> None:
        self.strength, self.space, self.side = strength, space, side
        self.receptive_field = side

    def __call__(self, degraded: Tensor, *, sigma: Any) -> Tensor:
        """N,C,H,W with noise ``sigma`` (N, in [0, 1] units) → the same size; σ of 0 changes nothing."""
        return each_picture(degraded, self._filter, numbers(sigma, len(degraded)))

    def _filter(self, picture: Pixels, sigma: float) -> Pixels:
        if sigma <= 0:
            return picture
        reach = self.strength * sigma * math.sqrt(picture.shape[2])
        restored = cv2.bilateralFilter(picture, self.side, reach, self.space, borderType=cv2.BORDER_REFLECT_101)
        return with_channels(restored)
