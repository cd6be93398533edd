"""Gradient magnitude similarity deviation."""

from __future__ import annotations

import cv2
import numpy as np
from burnish.errors import EvaluationError
from numpy.typing import NDArray

from burnish_metrics.convention import Array, full_luma
from burnish_metrics.fidelity.pair_metric import PairMetric

CONSTANT = 170.0
"""Keeps the quotient stable, for levels 0..255."""


class Gmsd(PairMetric):
    """The standard deviation of ``(2 gₓ g_y + c) / (gₓ² + g_y² + c)``, g gradient magnitudes; 0 for equal pictures.

    Luma is halved (mean over 2×2, every second one), its gradients are Prewitt's divided by 3; beyond the border are
    zeros, as in the authors' code, and the deviation has N − 1 in its denominator.

    Source: Xue, Zhang, Mou, Bovik, doi:10.1109/TIP.2013.2293423.
    """

    name = "metrics/gmsd"

    def score(self, x: Array, y: Array) -> float:
        """Lower is better."""
        return _deviation(full_luma(x), full_luma(y))


def _deviation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if min(x.shape) < 3:
        raise EvaluationError(
            f"metrics/gmsd: {x.shape[0]}×{x.shape[1]} is too small for a gradient; use larger pictures"
        )
    first, second = _gradient(x), _gradient(y)
    similarity = (2.0 * first * second + CONSTANT) / (first**2 + second**2 + CONSTANT)
    return float(similarity.std(ddof=1))


def _gradient(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gradient magnitude at half the size."""
    mean = cv2.filter2D(luma, -1, np.full((2, 2), 0.25), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)[::2, ::2]
    across = np.array([[1.0, 0.0, -1.0]] * 3) / 3.0
    dx = cv2.filter2D(mean, -1, across, borderType=cv2.BORDER_CONSTANT)
    dy = cv2.filter2D(mean, -1, across.T.copy(), borderType=cv2.BORDER_CONSTANT)
    magnitude: NDArray[np.float64] = np.hypot(dx, dy)
    return magnitude
