"""Fills invalid pixels for a restorer with a smooth continuation of the pixels around them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

__all__ = ["filled"]


def filled(picture: Tensor, invalid: NDArray[np.bool_]) -> Tensor:
    """1,C,H,W with the pixels of ``invalid`` (H,W) filled by a smooth continuation of the others; 0 if all are invalid.

    Means over ever larger blocks of the valid pixels, the finest that has any first, interpolated bilinearly (the
    pull-push of Gortler et al. 1996, doi:10.1145/237170.237200), so that no edge stands where the data end.
    """
    holes = torch.from_numpy(invalid).to(picture.device)[None, None]
    return _spread(torch.where(holes, torch.zeros_like(picture), picture), ~holes)


def _spread(known: Tensor, valid: Tensor) -> Tensor:
    """``known`` N,C,H,W, which is 0 where ``valid`` N,1,H,W is 0, with these pixels filled."""
    height, width = known.shape[-2:]
    if bool(valid.all()) or height * width == 1:
        return known
    weight = _means(valid.to(known.dtype))
    coarser = _spread(_means(known) / weight.clamp_min(1e-6), weight > 0)
    smooth = functional.interpolate(coarser, size=(height, width), mode="bilinear", align_corners=False)
    return torch.where(valid, known, smooth)


def _means(values: Tensor) -> Tensor:
    """Means over blocks of 2×2 pixels, cropped at the border."""
    return functional.avg_pool2d(values, 2, ceil_mode=True, count_include_pad=False)
