"""The content loss: differences of oriented bands and of their local energies, over several scales.

It stands where the papers compare features of a network that was trained on ImageNet, and needs nothing to be
downloaded. The bands are the derivatives of first and second order, which are steerable (Freeman & Adelson 1991,
doi:10.1109/34.93808); that local energies of such bands say how a texture looks whatever its phase is Portilla and
Simoncelli's finding (2000, doi:10.1023/A:1026553619983).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

SCALES = 3
"""Octaves that are compared: the picture, a half, a quarter of its size."""

WINDOW = 8
"""Side in a scale's own pixels of the windows in which energies are taken; every half window one."""

FLOOR = 0.01
"""Energy (root mean square) below which differences count less: about the noise of a photograph."""


class BandEnergies(nn.Module):
    """Σ over scales of mean |b(x) − b(y)| + mean |e(x) − e(y)|, divided by the number of scales.

    b are the five bands ∂x, ∂y, ∂xx, ∂xy, ∂yy (binomial 3×3 filters) of every channel, e = √(mean of b² over a window +
    ``FLOOR``²). The first part asks for edges where they are. The second asks for as much texture as there is,
    wherever exactly: smoothing, which a loss of pixels forgives, costs most.
    """

    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        smooth = torch.tensor([1.0, 2.0, 1.0]) / 4.0
        slope = torch.tensor([-1.0, 0.0, 1.0]) / 2.0
        bend = torch.tensor([1.0, -2.0, 1.0]) / 2.0
        pairs = [(smooth, slope), (slope, smooth), (smooth, bend), (slope, slope), (bend, smooth)]
        bands = torch.stack([torch.outer(down, right) for down, right in pairs])
        self.register_buffer("filters", bands[:, None], persistent=False)

    def forward(self, estimate: Tensor, target: Tensor) -> Tensor:
        """Compare N,C,H,W in [0, 1]; a scalar in float32."""
        with torch.autocast(estimate.device.type, enabled=False):
            x, y = estimate.float().flatten(0, 1)[:, None], target.float().flatten(0, 1)[:, None]
            total = x.new_zeros(())
            for scale in range(SCALES):
                if min(x.shape[-2:]) < WINDOW + 2:
                    break
                if scale:
                    x, y = functional.avg_pool2d(x, 2), functional.avg_pool2d(y, 2)
                total = total + self._distance(x, y)
            return total / SCALES

    def _distance(self, x: Tensor, y: Tensor) -> Tensor:
        first, second = functional.conv2d(x, self.filters), functional.conv2d(y, self.filters)
        return (first - second).abs().mean() + (_energies(first) - _energies(second)).abs().mean()


def _energies(bands: Tensor) -> Tensor:
    side = min(WINDOW, *bands.shape[-2:])
    return (functional.avg_pool2d(bands.square(), side, stride=max(1, side // 2)) + FLOOR**2).sqrt()
