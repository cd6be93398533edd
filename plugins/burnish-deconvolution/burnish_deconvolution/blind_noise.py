"""How strong the noise of a blurred picture is."""

from __future__ import annotations

import math

import torch
from torch import Tensor

QUANTISATION = 1.0 / 255.0 / math.sqrt(12.0)
"""Standard deviation of rounding to 8 bit: less noise than this is not believed."""


def noise_level(picture: Tensor) -> float:
    """Standard deviation, in [0, 1] units, of white noise on H,W.

    σ = median |d| / 0.6745 over the diagonal Haar details d = (a − b − c + d)/2 of all 2 × 2 blocks that are not
    entirely flat (clipped lights and shadows hold no noise); at least that of rounding to 8 bit.

    Reference: D. Donoho, I. Johnstone, "Ideal spatial adaptation by wavelet shrinkage", doi:10.1093/biomet/81.3.425.
    """
    height, width = picture.shape[-2] // 2 * 2, picture.shape[-1] // 2 * 2
    blocks = picture[:height, :width].unfold(0, 2, 2).unfold(1, 2, 2).flatten(-2)
    blocks = blocks[blocks.amax(-1) > blocks.amin(-1)]
    if len(blocks) == 0:
        return QUANTISATION
    detail = (blocks[:, 0] - blocks[:, 1] - blocks[:, 2] + blocks[:, 3]) / 2.0
    return max(QUANTISATION, float(torch.median(detail.abs())) / 0.6745)
