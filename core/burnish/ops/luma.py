"""Luma in the two conventions of the field: MATLAB's ``rgb2gray`` and BT.601 studio luma."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["grey_levels", "luma", "studio_levels"]

RGB2GRAY = (0.298936021293775, 0.587043074451121, 0.114020904255103)
"""BT.601's weights to the digits that MATLAB's ``rgb2gray`` uses. With 0.299, 0.587, 0.114 some pixels round otherwise:
511 in the 68 images of BSD68, which these weights reproduce to the last one from the colour originals."""
STUDIO = (65.481, 128.553, 24.966)
"""BT.601: Y = 16 + (65.481 R + 128.553 G + 24.966 B) with R, G, B in [0, 1] and Y in 16..235."""


def luma(pictures: Tensor) -> Tensor:
    """BT.601 studio luma over 255, not rounded: (16 + 65.481 R + 128.553 G + 24.966 B) / 255.

    Args:
        pictures: N,3,H,W in [0, 1].

    Returns:
        N,1,H,W in [16/255, 235/255], of the type given; computed in float64.
    """
    weights = torch.tensor(STUDIO, dtype=torch.float64, device=pictures.device).view(1, 3, 1, 1)
    studio = (pictures.double() * weights).sum(dim=1, keepdim=True)
    return ((studio + 16.0) / 255.0).to(pictures.dtype)


def grey_levels(colours: NDArray[np.generic]) -> NDArray[np.float64]:
    """``rgb2gray`` of H,W,3 samples, on their own scale and not rounded: H,W,1."""
    levels: NDArray[np.float64] = colours.astype(np.float64) @ np.array(RGB2GRAY)[:, None]
    return levels


def studio_levels(colours: NDArray[np.generic], peak: float) -> NDArray[np.float64]:
    """BT.601 studio luma of H,W,3 samples with white at ``peak``, on the scale 0..255 and not rounded: H,W,1."""
    levels: NDArray[np.float64] = 16.0 + (colours.astype(np.float64) @ np.array(STUDIO)[:, None]) / peak
    return levels
