"""A blind-spot network of centre-masked and dilated convolutions (Wu et al. 2020, Lee et al. 2022)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish_self_supervised.networks.surroundings import surroundings

STRIDES = (2, 3)
"""Dilations of the two branches."""


class CentreMasked(nn.Conv2d):
    """A convolution whose kernel has no centre."""

    def __init__(self, inside: int, outside: int, side: int) -> None:
        super().__init__(inside, outside, side, padding=side // 2)
        mask = torch.ones(1, 1, side, side)
        mask[..., side // 2, side // 2] = 0.0
        self.register_buffer("mask", mask, persistent=False)
        self.mask: Tensor

    def forward(self, input: Tensor) -> Tensor:
        """Of N,C,H,W; keeps the size."""
        return functional.conv2d(input, self.weight * self.mask, self.bias, padding=self.padding)


class DilatedBlock(nn.Module):
    """x + W₂ ReLU(W₁ x) with a dilated 3×3 convolution, then a 1×1 one, which starts at zero."""

    def __init__(self, features: int, stride: int) -> None:
        super().__init__()
        self.opening = nn.Conv2d(features, features, 3, padding=stride, dilation=stride)
        self.closing = nn.Conv2d(features, features, 1)
        nn.init.kaiming_normal_(self.opening.weight, nonlinearity="relu")
        nn.init.zeros_(self.closing.weight)
        for layer in (self.opening, self.closing):
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        residual: Tensor = self.closing(functional.relu(self.opening(x), inplace=True))
        return x + residual


class DilatedBlindSpot(nn.Module):
    """Every pixel from the others around it: N,C,H,W → the same shape; an untrained one gives their mean.

    After D-BSN (arXiv 2008.13751), as AP-BSN (arXiv 2203.11799) has it. A branch of stride s begins with a masked
    convolution over 2s − 1 pixels a side and goes on with convolutions whose taps are s apart: no sum of such steps
    leads back to the pixel. All padding is with zeros.
    """

    def __init__(self, *, channels: int, features: int, modules: int) -> None:
        super().__init__()
        self.blocks = modules
        self.head = nn.Conv2d(channels, features, 1)
        self.branches = nn.ModuleList(_branch(features, modules, stride) for stride in STRIDES)
        self.tail = nn.Sequential(
            nn.Conv2d(len(STRIDES) * features, features, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(features, features // 2, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(features // 2, channels, 1),
        )
        nn.init.zeros_(self.tail[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.tail[-1].bias)  # type: ignore[arg-type]

    @property
    def reach(self) -> int:
        """The largest distance in pixels, along rows or columns, from a pixel to one that its estimate depends on."""
        return max(stride - 1 + stride * self.blocks for stride in STRIDES)

    def forward(self, picture: Tensor) -> Tensor:
        """Estimate every pixel of N,C,H,W."""
        entering = functional.relu(self.head(picture))
        found = torch.cat([branch(entering) for branch in self.branches], dim=1)
        added: Tensor = self.tail(found)
        return surroundings(picture) + added


def _branch(features: int, modules: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        CentreMasked(features, features, 2 * stride - 1),
        nn.ReLU(inplace=True),
        nn.Conv2d(features, features, 1),
        nn.ReLU(inplace=True),
        *(DilatedBlock(features, stride) for _ in range(modules)),
        nn.Conv2d(features, features, 1),
        nn.ReLU(inplace=True),
    )
