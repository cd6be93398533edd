"""EDSR: residual blocks without normalization (Lim et al. 2017, arXiv:1707.02921)."""

from __future__ import annotations

import math
from typing import Literal

import torch
from burnish.ops.enlarging import BicubicSkip
from torch import Tensor, nn

Enlarging = Literal["features", "picture"]


class ResidualBlock(nn.Module):
    """x + residual_scale · conv(ReLU(conv(x))); the second convolution starts at zero."""

    def __init__(self, features: int, residual_scale: float) -> None:
        super().__init__()
        self.residual_scale = residual_scale
        self.first = nn.Conv2d(features, features, 3, padding=1)
        self.second = nn.Conv2d(features, features, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """N,F,H,W → N,F,H,W."""
        inner: Tensor = self.second(torch.relu(self.first(x)))
        return x + self.residual_scale * inner


class EDSR(nn.Module):
    """estimate = bicubic(degraded) + up(x₀ + body(x₀)), x₀ = conv(degraded).

    ``blocks=16, features=64`` is the paper's baseline (1.37 M parameters at ×2), ``blocks=32, features=256,
    residual_scale=0.1`` its EDSR. What differs: the bicubic skip in the place of the subtracted mean, with which a
    fresh network returns the bicubic enlargement.

    ``enlarging="features"`` is the paper's: the features are enlarged (×4 by doubling twice) and a last convolution
    makes the picture of them. ``"picture"`` makes the picture's sub-pixels at once, as ESPCN does: with 64 features and
    12 blocks it computes 0.86 times as much at ×2 and 0.56 times at ×4, which more blocks use better.
    """

    min_size = BicubicSkip.reach

    def __init__(
        self,
        *,
        channels: int = 3,
        scale: int = 2,
        blocks: int = 16,
        features: int = 64,
        residual_scale: float = 1.0,
        enlarging: Enlarging = "features",
    ) -> None:
        super().__init__()
        self.scale = scale
        self.skip = BicubicSkip(scale)
        self.head = nn.Conv2d(channels, features, 3, padding=1)
        body = [ResidualBlock(features, residual_scale) for _ in range(blocks)]
        self.body = nn.Sequential(*body, nn.Conv2d(features, features, 3, padding=1))
        self.tail: nn.Module
        if enlarging == "features":
            last = nn.Conv2d(features, channels, 3, padding=1)
            self.up, self.tail = nn.Sequential(*_upsampler(features, scale)), last
        else:
            last = nn.Conv2d(features, channels * scale**2, 3, padding=1)
            self.up, self.tail = nn.Sequential(last, nn.PixelShuffle(scale)), nn.Identity()
        nn.init.zeros_(last.weight)
        if last.bias is not None:
            nn.init.zeros_(last.bias)
        # One pixel each for the head, two a block and the body's last; those after upsampling reach less far, in total
        # at most two pixels.
        self.receptive_field = 2 * (2 * blocks + 4) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """N,C,H,W in [0, 1] → N,C,sH,sW, unclipped."""
        features = self.head(degraded)
        added: Tensor = self.tail(self.up(features + self.body(features)))
        enlarged: Tensor = self.skip(degraded)
        return enlarged + added


def _upsampler(features: int, scale: int) -> list[nn.Module]:
    steps = [2] * int(math.log2(scale)) if scale & (scale - 1) == 0 else [scale]
    layers: list[nn.Module] = []
    for step in steps:
        layers += [nn.Conv2d(features, features * step**2, 3, padding=1), nn.PixelShuffle(step)]
    return layers
