"""What the kit shows to a subject: pictures with edges, ramps and texture, and the conditions that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from burnish.inference import LoadedRestorer


def pictures(*shape: int, seed: int = 0) -> Tensor:
    """…,C,H,W in [0, 1]: a ramp, a bright square and noise, each picture of a batch another one."""
    generator = torch.Generator().manual_seed(seed)
    height, width = shape[-2:]
    ramp = torch.linspace(0.1, 0.6, height)[:, None] + torch.linspace(0.0, 0.2, width)
    square = torch.zeros(height, width)
    square[height // 4 : height // 2 + 1, width // 3 : 2 * width // 3 + 1] = 0.2
    return (ramp + square + 0.1 * torch.rand(shape, generator=generator)).clamp(0, 1)


def observed(loaded: LoadedRestorer, height: int, width: int, *, batch: int = 1, channels: int | None = None) -> Tensor:
    """What the restorer is given: N,C,H,W, or three frames for bursts and clips."""
    lead = (batch,) if loaded.spec.temporal == "single" else (batch, 3)
    return pictures(*lead, channels or min(loaded.channels), height, width)


def conditions(loaded: LoadedRestorer, degraded: Tensor) -> dict[str, Any]:
    """All conditions there are, plausible ones: a small Gaussian kernel, σ = 0.1, a mask with holes, no motion."""
    batch, height, width = degraded.shape[0], *degraded.shape[-2:]
    line = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    mask = torch.ones(batch, 1, height, width)
    mask[..., ::7, ::5] = 0
    frames = degraded.shape[:-3] if degraded.ndim == 5 else (batch,)
    return {
        "kernel": torch.outer(line, line).expand(batch, 5, 5),
        "sigma": torch.full((batch,), 0.1),
        "scale": loaded.scale,
        "mask": mask,
        "flow": torch.zeros(*frames, 2, height, width),
    }
