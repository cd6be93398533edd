"""Gradient magnitude similarity deviation."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from burnish.errors import EvaluationError
from numpy.typing import NDArray
from torch import Tensor

from burnish_metrics.convention import Convention, Rounding, full_luma

CONSTANT = 170.0
"""Keeps the quotient stable, for levels 0..255."""


class Gmsd:
    """The standard deviation of ``(2 gₓ g_y + c) / (gₓ² + g_y² + c)``, g gradient magnitudes; 0 for equal pictures.

    Luma is halved (mean over 2×2, every second one), its gradients are Prewitt's divided by 3; beyond the border are
    zeros, as in the authors' code, and the deviation has N − 1 in its denominator.

    Source: Xue, Zhang, Mou, Bovik, doi:10.1109/TIP.2013.2293423.
    """

    def __init__(self, *, border: int | str = "scale", rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.convention = Convention(border=border, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against the reference of that shape; float64 of N, lower is better."""
        pairs = self.convention.pairs("metrics/gmsd", estimate, reference)
        return torch.tensor([_deviation(full_luma(x), full_luma(y)) for x, y in pairs], dtype=torch.float64)


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
