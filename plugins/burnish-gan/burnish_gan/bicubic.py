"""Enlargement by bicubic interpolation with a = −0.5, as MATLAB has it (Keys, doi:10.1109/TASSP.1981.1163711)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

REACH = 2
"""Pixels that the cubic kernel looks to each side."""


class BicubicEnlargement(nn.Module):
    """N,C,H,W → N,C,sH,sW: half-pixel centres, borders continued by their mirror image with the edge repeated.

    One convolution with s² filters of 5×5 pixels, rearranged; always in float32. Heights and widths from 2 on.
    """

    filters: Tensor

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        phases = (torch.arange(scale, dtype=torch.float64) + 0.5) / scale - 0.5
        places = torch.arange(-REACH, REACH + 1, dtype=torch.float64)
        rows = _cubic((phases[:, None] - places).abs())
        filters = torch.einsum("ai,bj->abij", rows, rows).reshape(scale**2, 1, 2 * REACH + 1, 2 * REACH + 1)
        self.register_buffer("filters", filters.float(), persistent=False)

    def forward(self, picture: Tensor) -> Tensor:
        """Enlarge."""
        count, channels, height, width = picture.shape
        with torch.autocast(picture.device.type, enabled=False):
            x = _mirrored(_mirrored(picture.to(self.filters), 2), 3)
            x = functional.conv2d(x.reshape(count * channels, 1, *x.shape[2:]), self.filters)
            x = functional.pixel_shuffle(x, self.scale)
        return x.reshape(count, channels, height * self.scale, width * self.scale)


def _mirrored(x: Tensor, dimension: int) -> Tensor:
    length = x.shape[dimension]
    before = x.narrow(dimension, 0, REACH).flip(dimension)
    after = x.narrow(dimension, length - REACH, REACH).flip(dimension)
    return torch.cat([before, x, after], dim=dimension)


def _cubic(distance: Tensor) -> Tensor:
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1.0
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4.0 * distance + 2.0
    return torch.where(distance <= 1.0, near, torch.where(distance <= 2.0, far, 0.0))
