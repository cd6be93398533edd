"""Pixel-shuffle downsampling: pictures whose neighbours were far apart, so that their noise is not related.

Zhou et al. 2020 (arXiv 1904.03485); with another stride in training than in use, and random replacement, in AP-BSN (Lee
et al. 2022, arXiv 2203.11799).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

PERIOD = 8
"""Pixels after which a pattern of replacement repeats, in rows and columns."""


def apart(picture: Tensor, stride: int) -> Tensor:
    """Every ``stride``-th pixel of N,C,H,W in stride² pictures: N·stride²,C,H/stride,W/stride.

    Raises:
        ValueError: A side is no multiple of the stride.
    """
    pictures, channels, height, width = picture.shape
    if height % stride or width % stride:
        raise ValueError(f"a picture of {width}×{height} pixels does not split by {stride}; give multiples of it")
    cells = functional.pixel_unshuffle(picture, stride).reshape(pictures, channels, stride**2, *_over(picture, stride))
    return cells.transpose(1, 2).reshape(-1, channels, *_over(picture, stride))


def together(pictures: Tensor, stride: int) -> Tensor:
    """What ``apart`` took apart: N,C,H,W."""
    total, channels, height, width = pictures.shape
    cells = pictures.reshape(total // stride**2, stride**2, channels, height, width).transpose(1, 2)
    return functional.pixel_shuffle(cells.reshape(-1, channels * stride**2, height, width), stride)


def patterns(rounds: int, share: float) -> Tensor:
    """Where noisy pixels are put back in each round: bool rounds,1,PERIOD,PERIOD, random but always the same.

    They repeat over the picture, so that a part of it that begins at a multiple of the period sees what the whole does.
    Every round has the same number of pixels, as near to ``share`` of them as can be, but at least one.
    """
    count = max(1, round(share * PERIOD**2))
    orders = torch.rand(rounds, PERIOD**2, generator=torch.Generator().manual_seed(0)).argsort(dim=1)
    return (orders < count).reshape(rounds, 1, PERIOD, PERIOD)


def replaced(estimate: Tensor, degraded: Tensor, pattern: Tensor) -> Tensor:
    """The estimate N,C,H,W with noisy pixels where the pattern 1,PERIOD,PERIOD is true, repeated from the top left."""
    height, width = estimate.shape[-2:]
    tiled = pattern.repeat(1, -(-height // PERIOD), -(-width // PERIOD))[..., :height, :width]
    return torch.where(tiled.to(estimate.device), degraded, estimate)


def _over(picture: Tensor, stride: int) -> tuple[int, int]:
    return picture.shape[-2] // stride, picture.shape[-1] // stride
