"""Residual blocks without normalization, and stacks of them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class ResidualBlock(nn.Module):
    """x + W₂ ReLU(W₁ x) with two 3×3 convolutions; W₂ starts at zero, so an untrained block returns its input.

    Instance normalisation, which the paper's generators have, would make a pixel depend on the whole picture and tiles
    show; zero at the end of each branch lets deep stacks train without any (arXiv 1901.09321).
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.opening = nn.Conv2d(features, features, 3, padding=1)
        self.closing = nn.Conv2d(features, features, 3, padding=1)
        nn.init.kaiming_normal_(self.opening.weight, nonlinearity="relu")
        nn.init.zeros_(self.closing.weight)
        for layer in (self.opening, self.closing):
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        residual: Tensor = self.closing(functional.relu(self.opening(x), inplace=True))
        return x + residual


def stack(blocks: int, features: int) -> nn.Sequential:
    """A number of residual blocks in a row."""
    return nn.Sequential(*(ResidualBlock(features) for _ in range(blocks)))
