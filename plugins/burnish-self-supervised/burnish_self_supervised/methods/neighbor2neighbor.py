"""Two pictures of neighbouring pixels out of one (Huang et al. 2021, arXiv 2101.02824)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

PAIRS = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 3), (3, 1), (2, 3), (3, 2))
"""The ordered pairs of pixels of a 2×2 cell, counted by rows, that share a side."""


def drawn_pairs(shape: tuple[int, int, int], *, generator: torch.Generator) -> Tensor:
    """One of the eight ``PAIRS`` for every cell of N,H,W pictures, each equally likely: int64 N,1,H/2,W/2.

    Raises:
        ValueError: A side is odd.
    """
    pictures, height, width = shape
    if height % 2 or width % 2:
        raise ValueError(f"pictures of {width}×{height} pixels do not split into cells of 2×2; give even sides")
    return torch.randint(len(PAIRS), (pictures, 1, height // 2, width // 2), generator=generator)


def subsampled(picture: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """The two pictures N,C,H/2,W/2 that hold the first and the second pixel of each cell's pair.

    Args:
        picture: N,C,H,W.
        drawn: Of ``drawn_pairs``; the same pixels are taken of all channels.
    """
    pictures, channels, height, width = picture.shape
    cells = functional.pixel_unshuffle(picture, 2).reshape(pictures, channels, 4, height // 2, width // 2)
    table = torch.tensor(PAIRS, device=picture.device)[drawn.to(picture.device)]
    first, second = (
        cells.gather(2, table[..., which].unsqueeze(1).expand(-1, channels, -1, -1, -1)).squeeze(2) for which in (0, 1)
    )
    return first, second


def errors(estimate: Tensor, second: Tensor, smoothed: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Both terms of equation 8, each a mean square over all pixels: N, float32.

    ``mean (f(g₁y) − g₂y)²`` and ``mean (f(g₁y) − g₂y − (g₁f(y) − g₂f(y)))²``. The second corrects for what neighbouring
    clean pixels differ by.

    Args:
        estimate: f(g₁y), N,C,h,w.
        second: g₂y.
        smoothed: g₁f(y) and g₂f(y), without gradient.
    """
    error = estimate.float() - second
    difference = smoothed[0].float() - smoothed[1].float()
    return error.square().flatten(1).mean(dim=1), (error - difference).square().flatten(1).mean(dim=1)
