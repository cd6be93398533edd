"""Convolutions whose largest singular value is normalised to one (Miyato et al. 2018, arXiv 1802.05957)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

TINY = 1e-12
"""Keeps the division by the norm of a zero matrix finite."""


class SpectralConv2d(nn.Conv2d):
    """Convolution with W/σ(W), where σ is the spectral norm of W as a matrix out × (in · k · k).

    σ is estimated as uᵀWv by one step of power iteration in every training forward; u is a buffer, so that a resumed
    training goes on with it. Always in float32, whatever the autocast.
    """

    direction: Tensor

    def __init__(self, inside: int, outside: int, side: int, *, stride: int = 1, padding: int = 0) -> None:
        super().__init__(inside, outside, side, stride=stride, padding=padding)
        self.register_buffer("direction", functional.normalize(torch.randn(outside), dim=0, eps=TINY))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve N,C,H,W."""
        with torch.autocast(x.device.type, enabled=False):
            weight = self.weight / self.spectral_norm()
        convolved: Tensor = self._conv_forward(x, weight, self.bias)
        return convolved

    def spectral_norm(self) -> Tensor:
        """The estimate of σ(W), differentiable in W; refined by one iteration in training."""
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            right = functional.normalize(self.direction @ matrix, dim=0, eps=TINY)
            left = functional.normalize(matrix @ right, dim=0, eps=TINY)
            if self.training:
                self.direction.copy_(left)
        norm: Tensor = left @ (matrix @ right)
        return norm + TINY
