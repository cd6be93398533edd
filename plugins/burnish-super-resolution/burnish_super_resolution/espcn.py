"""ESPCN: three convolutions on the small grid, then a pixel shuffle (Shi et al. 2016, arXiv:1609.05158)."""

from __future__ import annotations

from burnish.ops.enlarging import BicubicSkip
from torch import Tensor, nn


class ESPCN(nn.Module):
    """estimate = bicubic(degraded) + shuffle(conv3(tanh(conv3(tanh(conv5(degraded)))))).

    The paper's layout: 5×5 with 64 features, 3×3 with 32, 3×3 to C·s² planes. What it lacks is the bicubic skip, with
    which an untrained network, whose last layer is zero, returns the bicubic enlargement, and training starts from
    there.
    """

    min_size = BicubicSkip.reach

    def __init__(self, *, channels: int = 1, scale: int = 2, features: int = 64) -> None:
        super().__init__()
        self.scale = scale
        self.receptive_field = 9
        self.skip = BicubicSkip(scale)
        last = nn.Conv2d(features // 2, channels * scale**2, 3, padding=1)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, features, 5, padding=2),
            nn.Tanh(),
            nn.Conv2d(features, features // 2, 3, padding=1),
            nn.Tanh(),
            last,
            nn.PixelShuffle(scale),
        )
        nn.init.zeros_(last.weight)
        if last.bias is not None:
            nn.init.zeros_(last.bias)

    def forward(self, degraded: Tensor) -> Tensor:
        """N,C,H,W in [0, 1] → N,C,sH,sW, unclipped."""
        added: Tensor = self.layers(degraded)
        enlarged: Tensor = self.skip(degraded)
        return enlarged + added
