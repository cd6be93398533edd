"""The region of a large picture that is best for estimating its blur."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SATURATED = 0.98
"""From this value on a pixel counts as clipped: blur is not a convolution there."""


def telling_region(grey: Tensor, side: int) -> Tensor:
    """The part of H,W at ``telling_place``; of a small one, the same tensor."""
    part = grey[telling_place(grey, side)]
    return grey if part.shape == grey.shape else part.contiguous()


def telling_place(grey: Tensor, side: int) -> tuple[slice, slice]:
    """Rows and columns of the square of H,W, at most ``side`` pixels wide, with the most contrast that is not clipped.

    Contrast is the mean over the region of the gradient's magnitude, of a picture halved in size so that noise counts
    less; each gradient counts up to 0.1, so that one hard edge does not outweigh much structure. Regions are tried at
    every eighth of ``side``; among equals the first wins.
    """
    height, width = grey.shape
    rows, columns = min(side, height), min(side, width)
    if (rows, columns) == (height, width):
        return slice(0, height), slice(0, width)
    half = functional.avg_pool2d(grey[None, None], 2)
    right = half[..., :-1, 1:] - half[..., :-1, :-1]
    down = half[..., 1:, :-1] - half[..., :-1, :-1]
    contrast = (right.square() + down.square()).sqrt().clamp_max(0.1)
    contrast = contrast.masked_fill(half[..., :-1, :-1] > SATURATED, 0.0)
    window = (min(rows // 2, contrast.shape[-2]), min(columns // 2, contrast.shape[-1]))
    stride = max(1, side // 16)
    score = functional.avg_pool2d(contrast, window, stride=stride)[0, 0]
    best = int(torch.argmax(score))
    top, left = 2 * stride * (best // score.shape[1]), 2 * stride * (best % score.shape[1])
    top, left = min(top, height - rows), min(left, width - columns)
    return slice(top, top + rows), slice(left, left + columns)
