"""Clips made of photographs: a camera that moves over each at a speed that wavers a little."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SPEED = 2.2
"""Fastest sliding, in pixels from one sharp frame to the next."""
MARGIN = 136
"""Pixels that a clip's photograph is wider than its frames."""


def crops(photographs: list[Tensor], count: int, side: int, generator: torch.Generator) -> Tensor:
    found = []
    for _ in range(count):
        picture = photographs[int(torch.randint(len(photographs), (), generator=generator))]
        y, x = (int(torch.randint(n - side + 1, (), generator=generator)) for n in picture.shape[-2:])
        found.append(picture[..., y : y + side, x : x + side])
    return torch.cat(found)


def sliding(photographs: list[Tensor], count: int, frames: int, side: int, generator: torch.Generator) -> Tensor:
    """Clips N,T,C,side,side that slide over photographs, at a speed that wavers a little."""
    wide = crops(photographs, count, side + MARGIN, generator)
    speed = SPEED * (2 * torch.rand(count, 1, 2, generator=generator) - 1)
    places = (speed + 0.2 * torch.randn(count, frames, 2, generator=generator).cumsum(1)).cumsum(1)
    places = places - places.mean(1, keepdim=True) + MARGIN / 2
    line = torch.arange(side, dtype=torch.float32)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1) + places[:, :, None, None]
    grid = (2 * grid + 1) / (side + MARGIN) - 1
    flat = wide[:, None].expand(-1, frames, -1, -1, -1).flatten(0, 1)
    seen = functional.grid_sample(flat, grid.flatten(0, 1), mode="bicubic", align_corners=False)
    return seen.clamp(0, 1).reshape(count, frames, *seen.shape[1:])
