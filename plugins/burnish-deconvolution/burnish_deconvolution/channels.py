"""Solves pictures channel by channel in full precision: colour takes the memory of grey."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def each_channel(degraded: Tensor, solve: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply ``solve`` (N,1,H,W → N,1,H,W) to every channel of N,C,H,W; float32 or float64, whatever autocast says."""
    with torch.autocast(degraded.device.type, enabled=False):
        exact = degraded if degraded.dtype == torch.float64 else degraded.float()
        return torch.cat([solve(exact[:, i : i + 1]) for i in range(exact.shape[1])], dim=1)


def per_picture(values: Tensor, like: Tensor) -> Tensor:
    """N numbers as N,1,1,1, of the type and on the device of ``like``."""
    return values.to(like).reshape(-1, 1, 1, 1)
