"""AP-BSN: a blind-spot network on pictures taken apart, for correlated noise (Lee et al. 2022, arXiv 2203.11799)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from burnish_self_supervised.methods.pixel_downsampling import PERIOD, apart, patterns, replaced, together
from burnish_self_supervised.networks.dilated import DilatedBlindSpot


class APBSNNet(nn.Module):
    """estimate = the blind-spot network's of the picture taken apart by ``stride``, then refined.

    Training takes it apart further (``self-supervised/ap-bsn``), until its noise is independent; use takes it apart
    less, and keeps more detail. Refinement: in each of ``refinements`` rounds a share of the noisy pixels replaces
    those of the estimate, the network sees this picture whole, and the mean of all rounds is the result. The pixels are
    always the same, so that the same picture gives the same result. Heights and widths must be multiples of
    ``size_multiple``.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        features: int = 32,
        modules: int = 6,
        stride: int = 2,
        refinements: int = 8,
        replaced_share: float = 0.16,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.stride = stride
        self.refinements = refinements
        self.replaced_share = replaced_share
        self.network = DilatedBlindSpot(channels=channels, features=features, modules=modules)

    @property
    def size_multiple(self) -> int:
        """Height and width must be multiples of this."""
        return math.lcm(self.stride, PERIOD) if self.refinements else self.stride

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the square that one output pixel depends on, at most."""
        apart_reach = self.stride * (self.network.reach + 1) - 1
        return 2 * (apart_reach + (self.network.reach if self.refinements else 0)) + 1

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore N,C,H,W in [0, 1]; the same shape comes back, unclipped."""
        estimate = self.blind(degraded, self.stride)
        if not self.refinements:
            return estimate
        total = torch.zeros_like(estimate)
        for pattern in patterns(self.refinements, self.replaced_share):
            total = total + self.network(replaced(estimate, degraded, pattern))
        return total / self.refinements

    def blind(self, degraded: Tensor, stride: int) -> Tensor:
        """The network's estimate of N,C,H,W taken apart by ``stride``: no pixel of it depends on the same pixel."""
        parts = apart(degraded, stride).contiguous(memory_format=torch.channels_last)
        return together(self.network(parts), stride)
