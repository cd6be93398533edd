"""Unsharp masking: high-pass sharpening, the oldest remedy for a slight blur."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from burnish_classical.pictures import Pixels, each_picture, with_channels


class Unsharp:
    """x + amount · S(x − G∗x): G a Gaussian of ``radius`` pixels, S shrinks the details by ``threshold`` towards 0.

    Details below ``threshold`` (in [0, 1] units) are taken for noise and not raised. With threshold 0 it is the linear
    high-pass sharpening.
    """

    def __init__(self, *, amount: float = 1.0, radius: float = 1.5, threshold: float = 0.0) -> None:
        self.amount, self.radius, self.threshold = amount, radius, threshold
        self.reach = max(int(4.0 * radius + 0.5), 1)
        self.receptive_field = 2 * self.reach + 1

    def __call__(self, degraded: Tensor) -> Tensor:
        """N,C,H,W → the same size, not clipped."""
        return each_picture(degraded, self._sharpen)

    def _sharpen(self, picture: Pixels) -> Pixels:
        size = (self.receptive_field, self.receptive_field)
        smooth = with_channels(cv2.GaussianBlur(picture, size, self.radius, borderType=cv2.BORDER_REFLECT_101))
        detail = picture - smooth
        if self.threshold > 0:
            detail = np.sign(detail) * np.maximum(np.abs(detail) - np.float32(self.threshold), 0)
        return picture + np.float32(self.amount) * detail
