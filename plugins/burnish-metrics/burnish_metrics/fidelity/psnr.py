"""Peak signal-to-noise ratio, of all channels or of luma."""

from __future__ import annotations

import math

import cv2

from burnish_metrics.convention import PEAK, Array
from burnish_metrics.fidelity.pair_metric import PairMetric


class Psnr(PairMetric):
    """``10 log10(255² / MSE)`` in dB per image, over all channels; infinite for equal pictures."""

    name = "metrics/psnr"

    def score(self, x: Array, y: Array) -> float:
        """In dB; the squared differences are summed in float64."""
        return decibels(mean_square(x, y))


class LumaPsnr(Psnr):
    """PSNR of BT.601 studio luma, peak 255."""

    name = "metrics/psnr-y"
    luma = True


def mean_square(x: Array, y: Array) -> float:
    """The mean squared difference of two pictures H,W,C, summed in float64."""
    return float(cv2.norm(x.reshape(len(x), -1), y.reshape(len(y), -1), cv2.NORM_L2SQR)) / x.size


def decibels(error: float) -> float:
    """``10 log10(255² / error)`` of a mean squared error in squared levels; infinite for 0."""
    return math.inf if error == 0.0 else 10.0 * math.log10(PEAK * PEAK / error)
