"""Converts tensors to NumPy pictures, one at a time, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pixels = NDArray[np.float32]
"""H,W,C, contiguous."""


def each_picture(degraded: Tensor, restore: Callable[..., Pixels], *conditions: Sequence[float]) -> Tensor:
    """Restore N,C,H,W picture by picture on the CPU; returned as float32 on the device it came from.

    Args:
        degraded: N,C,H,W.
        restore: Takes H,W,C float32 and, of each condition, that picture's number; returns the same shape.
        conditions: Sequences of N numbers.
    """
    pixels = np.ascontiguousarray(degraded.detach().permute(0, 2, 3, 1).cpu().numpy(), dtype=np.float32)
    restored = [restore(picture, *known) for picture, *known in zip(pixels, *conditions, strict=True)]
    return torch.from_numpy(np.stack(restored)).permute(0, 3, 1, 2).contiguous().to(degraded.device)


def numbers(condition: Any, count: int) -> list[float]:
    """A condition, given as one number or as one for each of ``count`` pictures, as a list of ``count``."""
    return torch.as_tensor(condition, dtype=torch.float64).flatten().expand(count).tolist()


def with_channels(picture: NDArray[Any]) -> Pixels:
    """H,W,C of a picture whose only channel was dropped by OpenCV."""
    return picture if picture.ndim == 3 else picture[..., None]
