"""The guided filter: in every window the estimate is a linear function of the guide, here of the picture itself."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from burnish_classical.pictures import Pixels, each_picture, numbers

Planes = NDArray[np.float64]
"""C,H,W."""


class GuidedFilter:
    """x̂(p) = ā(p)ᵀ I(p) + b̄(p): over each window (a, b) fit y by aᵀI + b with the penalty ε‖a‖², then are averaged.

        a = (Σ + ε 1)⁻¹ cov(I, y),  b = mean(y) − aᵀ mean(I),  ε = (strength · σ)²

    Σ being the covariance of the guide I in the window. The guide is the noisy picture y itself: an RGB picture guides
    each of its channels with all three (``colour``), or each with itself (``channel``). Where the variance is
    far below ε the window is averaged, where it is far above, kept. Windows are squares of 2 ``radius`` + 1 pixels, cut
    at the border; sums over them cost the same at every radius.

    Reference: K. He, J. Sun, X. Tang, "Guided image filtering", doi:10.1109/TPAMI.2012.213.
    """

    def __init__(
        self, *, radius: int = 2, strength: float = 2.0, guide: Literal["colour", "channel"] = "colour"
    ) -> None:
        self.radius, self.strength, self.guide = radius, strength, guide
        self.receptive_field = 4 * radius + 1

    def __call__(self, degraded: Tensor, *, sigma: Any) -> Tensor:
        """N,C,H,W with noise ``sigma`` (N, in [0, 1] units) → the same size; σ of 0 changes nothing."""
        return each_picture(degraded, self._filter, numbers(sigma, len(degraded)))

    def _filter(self, picture: Pixels, sigma: float) -> Pixels:
        if sigma <= 0:
            return picture
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1), dtype=np.float64)
        epsilon = (self.strength * sigma) ** 2
        guides = [planes] if self.guide == "colour" else [plane[None] for plane in planes]
        restored = np.concatenate([guided(guide, guide, self.radius, epsilon) for guide in guides])
        return np.ascontiguousarray(restored.transpose(1, 2, 0), dtype=np.float32)


def guided(guide: Planes, planes: Planes, radius: int, epsilon: float) -> Planes:
    """Filter each of ``planes`` (K,H,W) by a guide of G planes of the same size: K,H,W."""
    _, height, width = guide.shape
    means = WindowMeans(height, width, radius)
    guide_mean, mean = means(guide), means(planes)
    count = len(guide)
    spread = means((guide[:, None] * guide[None]).reshape(-1, *guide.shape[1:])).reshape(count, *guide.shape)
    covariance = np.moveaxis(spread - guide_mean[:, None] * guide_mean, (0, 1), (-2, -1)) + epsilon * np.eye(count)
    along = means((guide[:, None] * planes[None]).reshape(-1, *guide.shape[1:])).reshape(count, *planes.shape)
    slopes = np.linalg.solve(covariance, np.moveaxis(along - guide_mean[:, None] * mean, (0, 1), (-2, -1)))
    slopes = np.moveaxis(slopes, (-2, -1), (0, 1))  # G,K,H,W
    offsets: Planes = mean - np.einsum("gkhw,ghw->khw", slopes, guide_mean)
    smooth = means(slopes.reshape(-1, height, width).astype(np.float64)).reshape(slopes.shape)
    estimate: Planes = np.einsum("gkhw,ghw->khw", smooth, guide) + means(offsets)
    return estimate


class WindowMeans:
    """The mean of the square window around each pixel, cropped at the border."""

    def __init__(self, height: int, width: int, radius: int) -> None:
        self.side = 2 * radius + 1
        self.counts = self._sums(np.ones((height, width)))

    def __call__(self, planes: Planes) -> Planes:
        """Compute the means of each plane of K,H,W."""
        return np.stack([self._sums(plane) / self.counts for plane in planes])

    def _sums(self, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        side = (self.side, self.side)
        sums: NDArray[np.float64] = cv2.boxFilter(
            plane, cv2.CV_64F, side, normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        return sums
