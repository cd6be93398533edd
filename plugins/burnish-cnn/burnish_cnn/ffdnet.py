"""FFDNet: one network for every known noise level, on sub-pixels with a noise map (Zhang 2018, arXiv 1710.04026)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from burnish_cnn.dncnn import Norm, convolutions, copy_folded

Output = Literal["noise", "clean"]

UNSHUFFLE = 2
"""The paper's factor between the picture's grid and the network's."""


class FFDNet(nn.Module):
    """estimate = degraded − σ · F(degraded, σ), or with ``output="clean"``, as published, estimate = F(degraded, σ).

    F is ``depth`` 3×3 convolutions with ReLU between them on the picture's four sub-pictures and a map that holds σ.
    The paper's networks are ``channels=1, depth=15, features=64`` and ``channels=3, depth=12, features=96``.

    With ``output="noise"`` F has to find noise of standard deviation 1 whatever σ is, and the estimate goes to the
    degraded picture as σ goes to 0, exactly: what an iterative solver that lowers σ needs. An untrained network returns
    its input; with ``output="clean"`` it returns zero. Heights and widths must be even.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        depth: int = 12,
        features: int = 96,
        norm: Norm = "batch",
        output: Output = "noise",
    ) -> None:
        super().__init__()
        self.channels = channels
        self.depth = depth
        self.features = features
        self.output = output
        planes = channels * UNSHUFFLE**2
        self.layers = convolutions(planes + 1, planes, depth=depth, features=features, norm=norm)

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this."""
        return UNSHUFFLE

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on: each layer adds one cell on every side."""
        return 2 * (UNSHUFFLE * (self.depth + 1) - 1) + 1

    def forward(self, degraded: Tensor, *, sigma: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1] whose noise has the standard deviation ``sigma`` (N, in [0, 1] units).

        The same shape comes back, unclipped.
        """
        cells = functional.pixel_unshuffle(degraded, UNSHUFFLE)
        level = sigma.reshape(-1, 1, 1, 1).to(cells)
        given = torch.cat([cells, level.expand(cells.shape[0], 1, *cells.shape[-2:])], dim=1)
        picture = functional.pixel_shuffle(self.layers(given), UNSHUFFLE)
        return picture if self.output == "clean" else degraded - level * picture

    def folded(self) -> FFDNet:
        """The same network without batch normalisation (see ``DnCNN.folded``); valid in evaluation mode."""
        plain = FFDNet(
            channels=self.channels, depth=self.depth, features=self.features, norm="none", output=self.output
        )
        plain.to(next(self.parameters()))
        copy_folded(self.layers, plain.layers)
        return plain.train(self.training)
