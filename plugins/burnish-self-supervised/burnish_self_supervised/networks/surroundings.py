"""The mean of a pixel's eight neighbours, the pixel itself left out: where blind networks start."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def surroundings(picture: Tensor) -> Tensor:
    """Of N,C,H,W: the same shape. At the border the mean of those neighbours that exist; 0 where there is none."""
    kernel = picture.new_ones(1, 1, 3, 3)
    kernel[..., 1, 1] = 0.0
    planes = picture.reshape(-1, 1, *picture.shape[-2:])
    total = functional.conv2d(planes, kernel, padding=1)
    count = functional.conv2d(torch.ones_like(planes[:1]), kernel, padding=1)
    return (total / count.clamp_min(1.0)).reshape(picture.shape)
