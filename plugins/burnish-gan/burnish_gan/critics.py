"""The critics: one judges every place of a picture, one the whole picture (DeblurGAN-v2, arXiv 1908.03826)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from burnish_gan.spectral import SpectralConv2d

SLOPE = 0.2
"""Of the leaky ReLUs, on the negative side."""

WIDEST = 8
"""Largest number of channels, in those of the first convolution."""

LOCAL_DEPTH, WHOLE_DEPTH = 3, 5
"""Halvings of the size: 3 make the patches of 70×70 pixels of Isola et al. (arXiv 1611.07004)."""

SMALLEST = 2**WHOLE_DEPTH
"""Least height and width in pixels that both take."""


class LocalCritic(nn.Module):
    """Logits N,1,h,w of N,C,H,W: each judges the 70×70 pixels around its place, one in 8 pixels each way."""

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        halvings, width = _halvings(channels, features, LOCAL_DEPTH)
        wider = min(2 * width, WIDEST * features)
        self.layers = nn.Sequential(
            *halvings,
            SpectralConv2d(width, wider, 4, padding=1),
            nn.LeakyReLU(SLOPE),
            SpectralConv2d(wider, 1, 4, padding=1),
        )

    def forward(self, picture: Tensor) -> Tensor:
        """Judge pictures in [0, 1]."""
        logits: Tensor = self.layers(2.0 * picture - 1.0)
        return logits


class WholeCritic(nn.Module):
    """One logit N,1,1,1 for each of N,C,H,W: the mean over places of features on a grid 32 times coarser, weighed."""

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        halvings, width = _halvings(channels, features, WHOLE_DEPTH)
        self.layers = nn.Sequential(*halvings)
        self.judgement = SpectralConv2d(width, 1, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """Judge pictures in [0, 1]."""
        features = self.layers(2.0 * picture - 1.0).mean(dim=(2, 3), keepdim=True)
        logits: Tensor = self.judgement(features)
        return logits


def _halvings(channels: int, features: int, depth: int) -> tuple[list[nn.Module], int]:
    """4×4 convolutions with stride 2 and leaky ReLUs, and their number of output channels, which doubles each time."""
    widths = [channels, *(min(2**level, WIDEST) * features for level in range(depth))]
    layers: list[nn.Module] = []
    for inside, outside in pairwise(widths):
        layers += [SpectralConv2d(inside, outside, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
    return layers, widths[-1]
