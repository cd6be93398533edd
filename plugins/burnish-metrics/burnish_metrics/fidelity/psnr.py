"""Peak signal-to-noise ratio, of all channels or of luma."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor

from burnish_metrics.convention import CHUNK, PEAK, Array, bytes_of, comparable, planes
from burnish_metrics.fidelity.pair_metric import PairMetric


class Psnr(PairMetric):
    """``10 log10(255² / MSE)`` in dB per image, over all channels; infinite for equal pictures."""

    name = "metrics/psnr"

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """See ``PairMetric``; whole pictures of 8 bit are rounded and compared piece by piece."""
        convention = self.convention
        if self.luma or convention.border not in (0, "scale") or convention.rounding not in ("file", "uint8"):
            return super().__call__(estimate, reference)
        pairs = zip(estimate, comparable(self.name, estimate, reference), strict=True)
        size = estimate[0].numel() * convention.data_range**2
        return torch.tensor([decibels(_squares(self.name, *pair) / size) for pair in pairs], dtype=torch.float64)

    def score(self, x: Array, y: Array) -> float:
        """In dB; the squared differences are summed in float64."""
        return decibels(mean_square(x, y))


class LumaPsnr(Psnr):
    """PSNR of BT.601 studio luma, peak 255."""

    name = "metrics/psnr-y"
    luma = True


def _squares(metric: str, estimate: Tensor, reference: Tensor) -> float:
    """The sum of the squared differences of two pictures in levels of 8 bit; exact."""
    room = np.empty(CHUNK, np.float32)
    pieces = (bytes_of(metric, *told, room) for told in (("estimate", estimate), ("reference", reference)))
    return float(sum(cv2.norm(x, y, cv2.NORM_L2SQR) for x, y in zip(*pieces, strict=True)))


def mean_square(x: Array, y: Array) -> float:
    """The mean squared difference of two pictures H,W,C, summed in float64."""
    first, second = (planes(picture).reshape(-1, picture.shape[1]) for picture in (x, y))
    return float(cv2.norm(first, second, cv2.NORM_L2SQR)) / x.size


def decibels(error: float) -> float:
    """``10 log10(255² / error)`` of a mean squared error in squared levels; infinite for 0."""
    return math.inf if error == 0.0 else 10.0 * math.log10(PEAK * PEAK / error)
