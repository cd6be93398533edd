"""Small filters on N,C,H,W with replicated borders: Gaussian, derivative, median."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

DERIVATIVE = (1 / 12, -8 / 12, 0.0, 8 / 12, -1 / 12)
"""The central difference that is exact for polynomials up to degree 4."""


def gaussian(picture: Tensor, sigma: float) -> Tensor:
    """Smooth with standard deviation ``sigma`` in pixels, cut at 3 σ."""
    radius = max(1, math.ceil(3 * sigma))
    x = torch.arange(-radius, radius + 1, dtype=torch.float64)
    taps = torch.exp(-0.5 * (x / sigma) ** 2)
    weights = (taps / taps.sum()).to(picture)
    return along(along(picture, weights, 2), weights, 3)


def derivatives(picture: Tensor) -> tuple[Tensor, Tensor]:
    """∂/∂x (to the right) and ∂/∂y (down) per pixel."""
    taps = picture.new_tensor(DERIVATIVE)
    return along(picture, taps, 3), along(picture, taps, 2)


def along(picture: Tensor, taps: Tensor, axis: int) -> Tensor:
    """Correlate every row (axis 3) or column (axis 2) with an odd number of taps."""
    batch, channels, height, width = picture.shape
    reach = len(taps) // 2
    around = (reach, reach, 0, 0) if axis == 3 else (0, 0, reach, reach)
    padded = functional.pad(picture, around, mode="replicate")
    planes = padded.reshape(batch * channels, 1, *padded.shape[2:])
    weight = taps.view(1, 1, 1, -1) if axis == 3 else taps.view(1, 1, -1, 1)
    return functional.conv2d(planes, weight).view(batch, channels, height, width)


def median(field: Tensor, side: int) -> Tensor:
    """The median over squares of ``side`` pixels, 3 or 5, channel by channel."""
    planes = np.ascontiguousarray(field.detach().cpu().numpy()).reshape(-1, *field.shape[-2:])
    found = np.stack([cv2.medianBlur(plane, side) for plane in planes])
    return torch.from_numpy(found).view_as(field).to(field)
