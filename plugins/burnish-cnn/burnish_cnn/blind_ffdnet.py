"""FFDNet that estimates the noise level: a small network maps it first (CBDNet, Guo 2019, arXiv 1807.04686)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish_cnn.dncnn import Norm, convolutions
from burnish_cnn.ffdnet import UNSHUFFLE

START = math.log(25.0 / 255.0)
"""The logarithm of the level that an untrained network estimates everywhere."""


class BlindFFDNet(nn.Module):
    """estimate = degraded − σ̂ · F(degraded, σ̂) with a map σ̂ = exp(mean over a window of S(degraded)).

    S is ``estimator_depth`` 3×3 convolutions with ReLU between them, ``estimator_features`` wide, as CBDNet's; its
    logarithm of the level is averaged over ``reach`` cells of 2×2 pixels each way: the more of them, the more exact the
    level, and the less it may vary over the picture. F is FFDNet: ``depth`` convolutions on the picture's four
    sub-pictures and the map. What F has to find has standard deviation 1 whatever the noise is, so one network does for
    every level. Both learn together (see ``level_learner``). An untrained network returns its input. Heights and
    widths must be even. While it trains, ``last_level`` is the map of the last call, which the learner looks at.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        depth: int = 12,
        features: int = 96,
        norm: Norm = "batch",
        estimator_depth: int = 5,
        estimator_features: int = 32,
        reach: int = 16,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.depth = depth
        self.estimator_depth = estimator_depth
        self.reach = reach
        self.last_level: Tensor | None = None
        planes = channels * UNSHUFFLE**2
        self.estimator = convolutions(planes, 1, depth=estimator_depth, features=estimator_features, norm="none")
        self.layers = convolutions(planes + 1, planes, depth=depth, features=features, norm=norm)

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this."""
        return UNSHUFFLE

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on: each layer adds one cell on every side."""
        cells = self.depth + self.estimator_depth + self.reach
        return 2 * (UNSHUFFLE * (cells + 1) - 1) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped."""
        cells = functional.pixel_unshuffle(degraded, UNSHUFFLE)
        level = self._level(cells)
        self.last_level = level if self.training else None
        noise = self.layers(torch.cat([cells, level.to(cells)], dim=1)) * level
        return degraded - functional.pixel_shuffle(noise, UNSHUFFLE)

    def level(self, degraded: Tensor) -> Tensor:
        """The standard deviation of the noise around every 2×2 pixels, N,1,H/2,W/2, that the restoration uses."""
        return self._level(functional.pixel_unshuffle(degraded, UNSHUFFLE))

    def _level(self, cells: Tensor) -> Tensor:
        logarithm = self.estimator(cells).float() + START
        window, across, down = 2 * self.reach + 1, (0, self.reach), (self.reach, 0)
        mean = functional.avg_pool2d(logarithm, (1, window), 1, across, count_include_pad=False)
        return functional.avg_pool2d(mean, (window, 1), 1, down, count_include_pad=False).exp()
