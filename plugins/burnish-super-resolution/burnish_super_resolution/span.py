"""SPAN: attention without parameters, from the features themselves (Wan et al. 2024, arXiv:2311.12770)."""

from __future__ import annotations

import torch
from burnish.ops.enlarging import BicubicSkip
from torch import Tensor, nn
from torch.nn import functional


class AttentionBlock(nn.Module):
    """O = (x + H) · (σ(H) − 1/2) with H = conv(SiLU(conv(SiLU(conv(x))))): strong features of H pass."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(features, features, 3, padding=1)
        self.second = nn.Conv2d(features, features, 3, padding=1)
        self.third = nn.Conv2d(features, features, 3, padding=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """N,F,H,W → the block's output, and the output of its first convolution."""
        first = self.first(x)
        strong = self.third(functional.silu(self.second(functional.silu(first))))
        return (x + strong) * (torch.sigmoid(strong) - 0.5), first


class SPAN(nn.Module):
    """estimate = bicubic(degraded) + shuffle(conv(mix of head, first, last and early features)).

    The head's features, the first block's output, the one of the last block but one after the last block's first
    convolution, and the last block's after a convolution are put side by side, mixed by 1×1, and shuffled up. The
    paper trains with branches that collapse into one convolution each; at two cores' budget plain convolutions get
    further, and after training both are the same network. The bicubic skip makes a fresh one return the bicubic
    enlargement.
    """

    min_size = BicubicSkip.reach

    def __init__(self, *, channels: int = 3, scale: int = 2, features: int = 48, blocks: int = 6) -> None:
        super().__init__()
        self.scale = scale
        self.skip = BicubicSkip(scale)
        self.head = nn.Conv2d(channels, features, 3, padding=1)
        self.blocks = nn.ModuleList(AttentionBlock(features) for _ in range(blocks))
        self.last = nn.Conv2d(features, features, 3, padding=1)
        self.mix = nn.Conv2d(4 * features, features, 1)
        self.tail = nn.Conv2d(features, channels * scale**2, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        if self.tail.bias is not None:
            nn.init.zeros_(self.tail.bias)
        self.receptive_field = 2 * (3 * blocks + 3) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """N,C,H,W in [0, 1] → N,C,sH,sW, unclipped."""
        head = self.head(degraded)
        early = x = head
        inner = head
        for index, block in enumerate(self.blocks):
            x, inner = block(x)
            early = x if index == 0 else early
        mixed = self.mix(torch.cat([head, self.last(x), early, inner], dim=1))
        added: Tensor = functional.pixel_shuffle(self.tail(mixed), self.scale)
        enlarged: Tensor = self.skip(degraded)
        return enlarged + added
