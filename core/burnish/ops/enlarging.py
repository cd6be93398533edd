"""Bicubic enlargement as a network's global skip: MATLAB's ``imresize`` as a small convolution and a pixel shuffle."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish.ops.resampling import taps

__all__ = ["BicubicSkip"]


class BicubicSkip(nn.Module):
    """N,C,H,W → N,C,sH,sW, equal to ``burnish.ops.resampling.resize(picture, s)`` up to float32's rounding.

    Enlarging by a whole factor s has s phases a side, each a fixed combination of its neighbours within ``reach``
    pixels, so that it is a convolution with s² kernels; beyond the border the picture is mirrored, its edge repeated.
    Nothing is learned and nothing is stored with the weights. H and W must be at least ``reach``.
    """

    reach = 2
    """Pixels to either side that one output pixel depends on."""

    kernels: Tensor

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.register_buffer("kernels", _phases(scale, self.reach), persistent=False)

    def forward(self, picture: Tensor) -> Tensor:
        """Enlarge; in float32 (or the type that the module was converted to), also under autocast."""
        channels = picture.shape[1]
        with torch.autocast(picture.device.type, enabled=False):
            padded = _mirrored(_mirrored(picture.to(self.kernels), 2, self.reach), 3, self.reach)
            planes = functional.conv2d(padded, self.kernels.repeat(channels, 1, 1, 1), groups=channels)
            return functional.pixel_shuffle(planes, self.scale)


def _phases(scale: int, reach: int) -> Tensor:
    """s²,1,k,k with k = 2·reach + 1: the weights of ``imresize`` away from the border, one kernel for each phase."""
    side = 2 * reach + 1
    middle = 4 * side
    indices, weights = taps(2 * middle + 1, (2 * middle + 1) * scale, float(scale))
    lines = torch.zeros(scale, side, dtype=torch.float64)
    for phase in range(scale):
        row = middle * scale + phase
        for place, weight in zip(indices[row] - middle + reach, weights[row], strict=True):
            if weight:
                lines[phase, place] += weight
    kernels = lines[:, None, :, None] * lines[None, :, None, :]
    return kernels.reshape(scale * scale, 1, side, side).float()


def _mirrored(picture: Tensor, axis: int, reach: int) -> Tensor:
    length = picture.shape[axis]
    before = picture.narrow(axis, 0, reach).flip(axis)
    after = picture.narrow(axis, length - reach, reach).flip(axis)
    return torch.cat([before, picture, after], dim=axis)
