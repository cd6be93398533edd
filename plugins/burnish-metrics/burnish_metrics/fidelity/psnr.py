"""Peak signal-to-noise ratio, of all channels or of luma."""

from __future__ import annotations

import math

import cv2
import torch
from torch import Tensor

from burnish_metrics.convention import PEAK, Array, Convention, Rounding


class Psnr:
    """``10 log10(255² / MSE)`` in dB per image, over all channels; infinite for equal pictures."""

    def __init__(
        self,
        *,
        luma: bool = False,
        border: int | str = "scale",
        rounding: Rounding = "file",
        data_range: float = 1.0,
    ) -> None:
        self.convention = Convention(luma=luma, border=border, rounding=rounding, data_range=data_range)
        self._name = "metrics/psnr-y" if luma else "metrics/psnr"

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against the reference of that shape; float64 of N, in dB."""
        pairs = self.convention.pairs(self._name, estimate, reference)
        return torch.tensor([decibels(mean_square(x, y)) for x, y in pairs], dtype=torch.float64)


def luma_psnr(*, border: int | str = "scale", rounding: Rounding = "file", data_range: float = 1.0) -> Psnr:
    """PSNR of BT.601 studio luma, peak 255."""
    return Psnr(luma=True, border=border, rounding=rounding, data_range=data_range)


def mean_square(x: Array, y: Array) -> float:
    """Mean squared difference of H,W,C, summed in float64."""
    return float(cv2.norm(x.reshape(len(x), -1), y.reshape(len(y), -1), cv2.NORM_L2SQR)) / x.size


def decibels(error: float) -> float:
    """``10 log10(255² / error)`` of a mean squared error in squared levels; infinite for 0."""
    return math.inf if error == 0 else 10.0 * math.log10(PEAK * PEAK / error)
