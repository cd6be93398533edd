"""ESRGAN's generator: residual in residual dense blocks (Wang et al. 2018, arXiv 1809.00219)."""

from __future__ import annotations

import math

import torch
from burnish.ops.enlarging import BicubicSkip
from torch import Tensor, nn
from torch.nn import functional

from burnish_gan.balance import Balance

RESIDUAL = 0.2
"""Factor on residuals before they are added (β in the paper)."""

SLOPE = 0.2
"""Of the leaky ReLUs, on the negative side."""

CONVOLUTIONS = 5
"""Of a dense block."""

DENSE_BLOCKS = 3
"""Of a residual in residual dense block."""


class DenseBlock(nn.Module):
    """Five convolutions, each with all previous outputs as input; the last output is a residual."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        widths = [growth] * (CONVOLUTIONS - 1) + [features]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(features + index * growth, outside, 3, padding=1) for index, outside in enumerate(widths)
        )
        for convolution in self.convolutions:
            assert isinstance(convolution, nn.Conv2d)
            nn.init.kaiming_normal_(convolution.weight, a=SLOPE, nonlinearity="leaky_relu")
            convolution.weight.data *= 0.1  # the paper's smaller initialisation
            nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        seen = [x]
        for convolution in list(self.convolutions)[:-1]:
            seen.append(functional.leaky_relu(convolution(torch.cat(seen, dim=1)), SLOPE, inplace=True))
        residual: Tensor = self.convolutions[-1](torch.cat(seen, dim=1))
        return x + RESIDUAL * residual


class RRDB(nn.Module):
    """x + β · D(x), D three dense blocks in a row: the paper's residual in residual dense block."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.dense = nn.Sequential(*(DenseBlock(features, growth) for _ in range(DENSE_BLOCKS)))

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        residual: Tensor = self.dense(x)
        return x + RESIDUAL * residual


class ESRGAN(nn.Module):
    """estimate = bicubic(degraded) + G(degraded), ``scale`` times as large.

    G is a convolution, ``blocks`` RRDBs in a trunk with a skip connection, a convolution after each doubling by
    repetition, and two convolutions at full size. The paper's network is ``blocks=23, features=64, growth=32``, without
    the bicubic part: with it, an untrained network returns the bicubic enlargement, since the last convolution starts
    at zero.
    """

    min_size = 2

    def __init__(
        self,
        *,
        channels: int = 3,
        scale: int = 4,
        blocks: int = 23,
        features: int = 64,
        growth: int = 32,
        adversarial_weight: float = 0.005,
        content_weight: float = 0.5,
        pretraining: float = 0.5,
        critic_features: int = 64,
    ) -> None:
        super().__init__()
        if scale not in (2, 4):
            raise ValueError("scale must be 2 or 4")
        self.channels = channels
        self.scale = scale
        self.blocks = blocks
        self.balance = Balance(
            adversarial_weight=adversarial_weight,
            content_weight=content_weight,
            pretraining=pretraining,
            critic_features=critic_features,
        )
        self.enlargement = BicubicSkip(scale)
        self.opening = nn.Conv2d(channels, features, 3, padding=1)
        self.trunk = nn.Sequential(*(RRDB(features, growth) for _ in range(blocks)))
        self.after_trunk = nn.Conv2d(features, features, 3, padding=1)
        self.doublings = nn.ModuleList(nn.Conv2d(features, features, 3, padding=1) for _ in range(_log2(scale)))
        self.refining = nn.Conv2d(features, features, 3, padding=1)
        self.closing = nn.Conv2d(features, channels, 3, padding=1)
        for parameter in self.closing.parameters():
            nn.init.zeros_(parameter)

    @property
    def receptive_field(self) -> int:
        """Side in input pixels of the square that one output pixel depends on, at most."""
        furthest = 0
        for position in range(self.scale):
            last = position + 2
            for _ in range(_log2(self.scale)):
                last = (last + 1) // 2
            furthest = max(furthest, last + 2 + CONVOLUTIONS * DENSE_BLOCKS * self.blocks)
        return 2 * furthest + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1] to N,C,sH,sW, unclipped."""
        x = self.opening(degraded)
        x = x + self.after_trunk(self.trunk(x))
        for convolution in self.doublings:
            x = functional.leaky_relu(convolution(functional.interpolate(x, scale_factor=2.0)), SLOPE, inplace=True)
        x = functional.leaky_relu(self.refining(x), SLOPE, inplace=True)
        residual: Tensor = self.closing(x)
        enlarged: Tensor = self.enlargement(degraded)
        return enlarged + residual


def _log2(scale: int) -> int:
    return round(math.log2(scale))
