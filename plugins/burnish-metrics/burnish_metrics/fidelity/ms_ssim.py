"""Structural similarity at several scales."""

from __future__ import annotations

import cv2
import numpy as np
from burnish.errors import EvaluationError
from numpy.typing import NDArray

from burnish_metrics.convention import Array, Rounding
from burnish_metrics.fidelity.pair_metric import PairMetric
from burnish_metrics.fidelity.ssim import C1, C2, RADIUS, valid_mean

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the scales, the finest first."""


class MsSsim(PairMetric):
    """``Πⱼ csⱼ^wⱼ · ssim_M^w_M``: contrast and structure of every scale, the whole similarity of the coarsest.

    Each scale is half as large as the one before, by means over 2×2 pixels (an odd last row or column goes). Means of a
    scale are over all pixels and channels; a negative one counts as 0. With fewer than five ``scales`` the first
    weights are taken and made to sum to 1. The window is :class:`Ssim`'s.

    Source: Wang, Simoncelli, Bovik, doi:10.1109/ACSSC.2003.1292216.
    """

    name = "metrics/ms-ssim"

    def __init__(
        self,
        *,
        scales: int = 5,
        border: int | str = "scale",
        rounding: Rounding = "file",
        data_range: float = 1.0,
    ) -> None:
        super().__init__(border=border, rounding=rounding, data_range=data_range)
        self.weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])

    def score(self, x: Array, y: Array) -> float:
        """In [0, 1]."""
        scales = len(self.weights)
        least = (2 * RADIUS + 1) << (scales - 1)
        if min(x.shape[:2]) < least:
            raise EvaluationError(
                f"{self.name}: {x.shape[0]}×{x.shape[1]} is smaller than the {least}×{least} that {scales} "
                "scales need; use fewer scales"
            )
        estimate, reference = x.astype(np.float64), y.astype(np.float64)
        score = 1.0
        for index, weight in enumerate(self.weights):
            similarity, contrast = _means(estimate, reference)
            mean = similarity if index == scales - 1 else contrast
            score *= max(mean, 0.0) ** float(weight)
            estimate, reference = _halved(estimate), _halved(reference)
        return score


def _means(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Mean similarity, and mean of its part without the local means, of H,W,C."""
    mean_x, mean_y = valid_mean(x), valid_mean(y)
    product, squares = mean_x * mean_y, mean_x**2 + mean_y**2
    contrast = (2.0 * (valid_mean(x * y) - product) + C2) / (valid_mean(x * x + y * y) - squares + C2)
    similarity = contrast * (2.0 * product + C1) / (squares + C1)
    return float(similarity.mean()), float(contrast.mean())


def _halved(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width, channels = (*(side // 2 * 2 for side in picture.shape[:2]), picture.shape[2])
    halved = cv2.resize(picture[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    coarser: NDArray[np.float64] = halved.reshape(height // 2, width // 2, channels).astype(np.float64, copy=False)
    return coarser
