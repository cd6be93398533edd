"""Saturated pixels of a photograph: brighter than the sensor or the file can hold."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["saturated_pixels"]

NEAR = 0.97
"""Next to a saturated pixel, values from this on count as saturated, too: compression has changed them."""


def saturated_pixels(stored: Tensor) -> Tensor | None:
    """N,C,H,W (or N,T,C,H,W) in [0, 1] → 1 where a value is saturated, else 0.

    It is saturated at the upper end of the range, or close to it next to a pixel at the upper end.

    None where nothing is saturated: also where values beyond 1 show that nothing was clipped.
    """
    highest = float(stored.max()) if stored.numel() else 0.0
    if highest != 1.0:
        return None
    planes = stored.reshape(-1, 1, *stored.shape[-2:])
    full = (planes >= 1.0).to(stored.dtype)
    beside = functional.max_pool2d(full, 3, stride=1, padding=1)
    return torch.maximum(full, beside * (planes >= NEAR)).reshape(stored.shape)
