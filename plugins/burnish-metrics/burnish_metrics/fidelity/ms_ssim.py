"""Structural similarity at several scales."""

from __future__ import annotations

import cv2
import numpy as np
from burnish.errors import EvaluationError

from burnish_metrics.convention import Array, Rounding, planes
from burnish_metrics.fidelity.pair_metric import PairMetric
from burnish_metrics.fidelity.ssim import RADIUS, valid_mean

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
        score = 1.0
        for scale, weight in enumerate(self.weights, 1):
            score *= max(valid_mean(x, y, luminance=scale == scales), 0.0) ** float(weight)
            if scale < scales:
                x, y = _halved(x), _halved(y)
        return score


def _halved(picture: Array) -> Array:
    height, width = (side // 2 for side in picture.shape[:2])
    inside = (plane[: 2 * height, : 2 * width].astype(np.float64) for plane in planes(picture))
    halved = [cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA) for plane in inside]
    return np.stack(halved).transpose(1, 2, 0)
