"""A small U-net with the time as an input, which scales and shifts every block's features."""

from __future__ import annotations

import torch
from burnish.ops.bands import BANDS, REACH, bands
from torch import Tensor, nn
from torch.nn import functional

FREQUENCIES = 4
"""Sines and cosines of the time's embedding: of π t, 2π t, 4π t, 8π t."""

EMBEDDING = 32
"""Length of the time's embedding in a block."""


class TimedBlock(nn.Module):
    """``x + W₂ max((1 + s(t)) W₁ x + m(t), 0)``: FiLM (Perez et al. 2018, arXiv 1709.07871) within a residual block.

    s and m are linear in the embedded time and start at 0; W₂ starts at a tenth of the usual size.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.film = nn.Linear(EMBEDDING, 2 * width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight.mul_(0.1)
            self.film.weight.zero_()
            self.film.bias.zero_()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """N,W,H,W and N,EMBEDDING → N,W,H,W."""
        scale, shift = self.film(time)[..., None, None].chunk(2, dim=1)
        features = functional.relu(torch.addcmul(shift, self.first(x), 1.0 + scale))
        refined: Tensor = x + self.second(features)
        return refined


class TimeUNet(nn.Module):
    """x_t and t → a correction N,C,H,W, zero when untrained.

    Three grids: coarser by ``unshuffle``, by twice and by four times as much, with ``width``, 2 and 3 times as many
    features. ``blocks`` of them on the way down and as many on the way up at the finer two, twice as many at the
    coarsest. Height and width must be multiples of ``size_multiple``; one pixel sees ``reach`` pixels in all
    directions. With ``bands`` the picture enters as wavelet planes of equal power, from which a blur is learned in
    fewer steps.
    """

    def __init__(self, *, channels: int, width: int, blocks: int, unshuffle: int, bands: bool = False) -> None:
        super().__init__()
        self.unshuffle, self.size_multiple, self.bands = unshuffle, 4 * unshuffle, bands
        phases, widths = channels * unshuffle**2, (width, 2 * width, 3 * width)
        self.embedding = nn.Sequential(nn.Linear(1 + 2 * FREQUENCIES, EMBEDDING), nn.SiLU())
        self.opening = nn.Conv2d(BANDS * phases if bands else phases, width, 3, padding=1)
        self.down = nn.ModuleList(_stack(w, blocks) for w in widths[:2])
        self.shrinking = nn.ModuleList(nn.Conv2d(widths[i], widths[i + 1], 2, stride=2) for i in range(2))
        self.middle = _stack(widths[2], 2 * blocks)
        self.growing = nn.ModuleList(nn.Conv2d(widths[i + 1], 4 * widths[i], 1) for i in (1, 0))
        self.up = nn.ModuleList(_stack(w, blocks) for w in (widths[1], widths[0]))
        self.closing = nn.Conv2d(width, phases, 3, padding=1)
        nn.init.zeros_(self.closing.weight)
        nn.init.zeros_(self.closing.bias)  # type: ignore[arg-type]
        convolutions = ((2 + 4 * blocks), 2 * 4 * blocks, 4 * 4 * blocks)  # in pixels of the finest grid
        self.reach = unshuffle * sum(convolutions) + self.size_multiple - 1 + (REACH if bands else 0)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """N,C,H,W and t of N in [0, 1]."""
        told = self.embedding(embedded(time))
        x = self.opening(functional.pixel_unshuffle(bands(x) if self.bands else x, self.unshuffle))
        skips = []
        for stack, shrink in zip(self.down, self.shrinking, strict=True):
            x = _through(stack, x, told)
            skips.append(x)
            x = shrink(x)
        x = _through(self.middle, x, told)
        for stack, grow in zip(self.up, self.growing, strict=True):
            x = functional.pixel_shuffle(grow(x), 2) + skips.pop()
            x = _through(stack, x, told)
        return functional.pixel_shuffle(self.closing(x), self.unshuffle)


def embedded(time: Tensor) -> Tensor:
    """Times N → N,1 + 2 FREQUENCIES: t and the sines and cosines of its multiples."""
    angles = time[:, None] * (torch.pi * 2.0 ** torch.arange(FREQUENCIES, device=time.device))
    return torch.cat([time[:, None], angles.sin(), angles.cos()], dim=1)


def _stack(width: int, blocks: int) -> nn.ModuleList:
    return nn.ModuleList(TimedBlock(width) for _ in range(blocks))


def _through(stack: nn.Module, x: Tensor, time: Tensor) -> Tensor:
    for block in stack.children():
        x = block(x, time)
    return x
