"""The noise level of a blurred picture."""

from __future__ import annotations

import math

import torch
from torch import Tensor

QUANTISATION = 1.0 / 255.0 / math.sqrt(12.0)
"""Standard deviation of rounding to 8 bit: the least noise level."""
LOWER_HALF = 0.3246
"""Mean of the smaller half of |z|, z normal with standard deviation 1: 4 (φ(0) − φ(0.6745))."""


def noise_level(picture: Tensor) -> float:
    """Standard deviation, in [0, 1] units, of white noise on H,W.

    σ = m / 0.3246 with m the mean of the smaller half of all |d|, d = (a − b − c + d)/2 being the diagonal Haar details
    of all 2 × 2 blocks that are not entirely flat (clipped lights and shadows hold no noise); at least that of rounding
    to 8 bit, at most the whole range. Edges make few, large details, and so do not count; unlike the median, the mean
    of half of them is not confined to a few values by the rounding of the picture.

    Reference: D. Donoho, I. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", doi:10.1093/biomet/81.3.425,
    with the median.
    """
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    inside = picture[:height, :width]
    corners = torch.stack([inside[down::2, right::2].flatten() for down in (0, 1) for right in (0, 1)])
    corners = corners[:, corners.amax(0) > corners.amin(0)]
    if corners.shape[1] < 2:
        return QUANTISATION
    detail = ((corners[0] - corners[1] - corners[2] + corners[3]) / 2.0).abs().sort().values
    return min(1.0, max(QUANTISATION, float(detail[: len(detail) // 2].double().mean()) / LOWER_HALF))


def mean_noise_level(channels: Tensor) -> float:
    """The mean over the channels of C,H,W."""
    return sum(noise_level(channel) for channel in channels) / len(channels)
