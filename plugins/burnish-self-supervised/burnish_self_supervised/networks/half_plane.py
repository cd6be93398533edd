"""A U-net whose features at a pixel depend on the rows above it alone (Laine et al. 2019, arXiv 1901.10277).

All padding is with zeros: mirrored or repeated pixels would bring a pixel back that must not be seen.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class UpwardBlock(nn.Module):
    """x + W₂ ReLU(W₁ x), of which row i depends on rows i − 4 to i; W₂ starts at zero."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.opening = nn.Conv2d(features, features, 3, padding=(0, 1))
        self.closing = nn.Conv2d(features, features, 3, padding=(0, 1))
        nn.init.kaiming_normal_(self.opening.weight, nonlinearity="relu")
        nn.init.zeros_(self.closing.weight)
        for layer in (self.opening, self.closing):
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Refine N,C,H,W; keeps the shape."""
        taller = functional.pad(x, (0, 0, 4, 0))
        residual: Tensor = self.closing(functional.relu(self.opening(taller), inplace=True))
        return x + residual


class HalfPlaneUNet(nn.Module):
    """Features of every pixel from the rows strictly above it: N,C,H,W → N,features,H,W.

    Within a row nothing is forbidden, so that ``unshuffle`` neighbouring pixels of a row are the channels of one cell.
    Every level halves the size and doubles the width; a cell of a coarser level holds one row above its own instead of
    its last, so that what is spread over two rows again has been seen by neither. Heights must be multiples of
    2 ** levels, widths of ``unshuffle`` times this.
    """

    def __init__(self, *, channels: int, features: int, width: int, levels: int, blocks: int, unshuffle: int) -> None:
        super().__init__()
        self.levels = levels
        self.blocks = blocks
        self.unshuffle = unshuffle
        widths = [width * 2**level for level in range(levels + 1)]
        self.opening = nn.Conv2d(channels * unshuffle, width, 3, padding=(0, 1))
        self.encoders = nn.ModuleList(_stack(blocks, widths[level]) for level in range(levels))
        self.downs = nn.ModuleList(
            nn.Conv2d(widths[i], widths[i + 1], 2, stride=2, padding=(1, 0)) for i in range(levels)
        )
        self.middle = _stack(blocks, widths[levels])
        self.ups = nn.ModuleList(nn.Conv2d(widths[i + 1], 4 * widths[i], 1) for i in reversed(range(levels)))
        self.decoders = nn.ModuleList(_stack(blocks, widths[level]) for level in reversed(range(levels)))
        self.closing = nn.Conv2d(width, features * unshuffle, 1)
        for layer in (self.opening, *self.downs, *self.ups, self.closing):
            assert isinstance(layer, nn.Conv2d)
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    @property
    def size_multiple(self) -> int:
        """Height and width, in pictures that are also turned, must be multiples of this."""
        return int(self.unshuffle * 2**self.levels)

    @property
    def reach(self) -> int:
        """The largest distance in pixels, along rows or columns, from a pixel to one that its features depend on."""
        furthest = 0
        for position in range(self.size_multiple):
            above = position - self._first_row(position - 1)
            cell = self._last_cell(position // self.unshuffle)
            aside = self.unshuffle * (cell + 1) - 1 - position
            furthest = max(furthest, above, aside)
        return furthest

    def forward(self, picture: Tensor) -> Tensor:
        """Features of N,C,H,W."""
        cells = _side_by_side(picture, self.unshuffle)
        x = self.opening(functional.pad(cells, (0, 0, 2, 0)))
        skips: list[Tensor] = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            x = encoder(x)
            skips.append(x)
            x = down(x)[..., :-1, :]  # cell k of rows 2k − 1 and 2k
        x = self.middle(x)
        for up, decoder in zip(self.ups, self.decoders, strict=True):
            x = decoder(functional.pixel_shuffle(up(x), 2) + skips.pop())
        features = _spread_out(self.closing(functional.relu(x)), self.unshuffle)
        return functional.pad(features, (0, 0, 1, -1))

    def _first_row(self, row: int) -> int:
        """The first row that a row of the U-net's output depends on: four more for every block it passes."""
        first, skips = row, list[int]()
        for _ in range(self.levels):
            first -= 4 * self.blocks
            skips.append(first)
            first //= 2
        first -= 4 * self.blocks
        for _ in range(self.levels):
            first = min(2 * first - 1, skips.pop()) - 4 * self.blocks
        return first - 2

    def _last_cell(self, cell: int) -> int:
        """The last cell of a row that a cell of the output depends on."""
        last, skips = cell, list[int]()
        for _ in range(self.levels):
            last += 2 * self.blocks
            skips.append(last)
            last //= 2
        last += 2 * self.blocks
        for _ in range(self.levels):
            last = max(2 * last + 1, skips.pop()) + 2 * self.blocks
        return last + 1


def all_around(network: HalfPlaneUNet, picture: Tensor) -> Tensor:
    """Features of every pixel from all others: what the network finds above it in the picture turned four ways.

    N,C,H,W → N,4·features,H,W. The four half-planes above, below, left and right cover everything but the pixel.
    """
    found: list[Tensor] = []
    for turn in (0, 1):
        both = torch.cat([picture.rot90(turn, (2, 3)), picture.rot90(turn + 2, (2, 3))])
        features = network(both.contiguous(memory_format=torch.channels_last))
        first, second = features.chunk(2)
        found += [first.rot90(-turn, (2, 3)), second.rot90(-turn - 2, (2, 3))]
    return torch.cat(found, dim=1)


def _stack(blocks: int, features: int) -> nn.Sequential:
    return nn.Sequential(*(UpwardBlock(features) for _ in range(blocks)))


def _side_by_side(picture: Tensor, pixels: int) -> Tensor:
    """N,C,H,W → N,C·p,H,W/p: neighbours in a row as channels."""
    if pixels == 1:
        return picture
    pictures, channels, height, width = picture.shape
    cells = picture.reshape(pictures, channels, height, width // pixels, pixels)
    return cells.permute(0, 1, 4, 2, 3).flatten(1, 2)


def _spread_out(cells: Tensor, pixels: int) -> Tensor:
    """N,C·p,H,W → N,C,H,W·p: the inverse."""
    if pixels == 1:
        return cells
    pictures, planes, height, width = cells.shape
    split = cells.reshape(pictures, planes // pixels, pixels, height, width)
    return split.permute(0, 1, 3, 4, 2).flatten(3, 4)
