"""Layer normalization over the channels of a picture, without leaving channels-last."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class LayerNorm2d(nn.Module):
    """y = γ (x − mean)/√(variance + ε) + β for every pixel, mean and biased variance over its channels.

    In channels-last memory a pixel's channels lie side by side, so this is the ordinary layer normalisation of a view:
    nothing is copied, and what comes out is channels-last again (Ba et al. 2016, arXiv 1607.06450).
    """

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise N,C,H,W; keeps the shape."""
        if torch.compiler.is_exporting():  # other engines would transpose the picture twice
            deviation = x - x.mean(dim=1, keepdim=True)
            scale = torch.rsqrt(deviation.square().mean(dim=1, keepdim=True) + self.eps)
            return deviation * scale * self.weight.view(1, -1, 1, 1) + self.bias.view(1, -1, 1, 1)
        pixels = x.permute(0, 2, 3, 1)
        normal = functional.layer_norm(pixels, self.weight.shape, self.weight, self.bias, self.eps)
        return normal.permute(0, 3, 1, 2)
