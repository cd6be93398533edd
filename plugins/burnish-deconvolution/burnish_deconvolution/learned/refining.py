"""A small residual U-net at half resolution, which turns feature maps into a correction of a picture."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(x))) with 3×3 convolutions; the second one starts at zero, so the block starts as identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        for parameter in (self.first.bias, self.second.weight, self.second.bias):
            if parameter is not None:
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        refined: Tensor = x + self.second(functional.relu(self.first(x)))
        return refined


class Refining(nn.Module):
    """N,M,H,W → N,C,H,W of any size. Untrained it returns 0.

    Pixels of 2×2 lie side by side as channels; one more level halves the size and doubles the channels.
    """

    def __init__(self, maps: int, channels: int, *, width: int, blocks: int) -> None:
        super().__init__()
        self.opening = nn.Conv2d(4 * maps, width, 3, padding=1)
        self.encoder = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.down = nn.Conv2d(width, 2 * width, 2, stride=2)
        self.middle = nn.Sequential(*(ResidualBlock(2 * width) for _ in range(blocks)))
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.decoder = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.closing = nn.Conv2d(width, 4 * channels, 3, padding=1)
        nn.init.zeros_(self.closing.weight)
        if self.closing.bias is not None:
            nn.init.zeros_(self.closing.bias)

    def forward(self, maps: Tensor) -> Tensor:
        """Compute a correction; right and bottom borders are replicated to a multiple of 4 and cropped again."""
        height, width = maps.shape[-2:]
        padded = functional.pad(maps, (0, -width % 4, 0, -height % 4), mode="replicate")
        x = self.encoder(self.opening(functional.pixel_unshuffle(padded, 2)))
        x = self.decoder(x + self.up(self.middle(self.down(x))))
        return functional.pixel_shuffle(self.closing(x), 2)[..., :height, :width]
