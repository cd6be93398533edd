"""Made-up pictures for a restorer, with all conditions that it needs, on which engines and exports are tried."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from burnish.inference.conditions import Conditions, prepare
from burnish.restorer.restorer import Restorer

KERNEL = 15
"""Side in pixels of kernels."""


def sample(loaded: Restorer, frames: int, batch: int, height: int, width: int) -> tuple[Tensor, Conditions]:
    """Pictures N,C,H,W, or bursts and clips N,T,C,H,W whose content moves by a pixel a frame; and their conditions."""
    draw = torch.Generator().manual_seed(height * width + batch)
    channels = max(loaded.channels)
    coarse = torch.rand(batch, channels, height // 8 + 1, width // 8 + 1, generator=draw)
    clean = functional.interpolate(coarse, (height, width), mode="bicubic")
    moved = [clean.roll((frame, -frame), dims=(-2, -1)) for frame in range(frames)]
    picture = torch.stack(moved, dim=1) if frames else clean
    picture = (picture + 0.02 * torch.randn(picture.shape, generator=draw)).clamp(0.0, 1.0)
    kernel = functional.pad(torch.full((5, 5), 1 / 25), [(KERNEL - 5) // 2] * 4)
    known = {
        "sigma": torch.linspace(0.02, 0.08, batch),
        "kernel": kernel,
        "mask": torch.ones(height, width),
        "saturated": torch.zeros(height, width),
        "flow": torch.zeros(batch, 2, height, width),
    }
    return picture, prepare(loaded, {name: known[name] for name in loaded.spec.needs & known.keys()}, picture)
