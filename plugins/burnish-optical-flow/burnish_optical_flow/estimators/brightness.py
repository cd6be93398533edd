"""The brightness of a picture, which the estimators compare."""

from __future__ import annotations

import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
"""BT.601's weights of red, green and blue."""


def brightness(frame: Tensor) -> Tensor:
    """N,C,H,W in [0, 1], C = 3 or 1 → N,1,H,W float32."""
    frame = frame.to(torch.float32)
    if frame.shape[1] != 3:
        return frame.mean(dim=1, keepdim=True)
    return (frame * frame.new_tensor(LUMA)[:, None, None]).sum(dim=1, keepdim=True)
