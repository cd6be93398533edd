"""Samples pictures along a flow: bilinear, or cubic without the bias of a sharper cubic on sub-pixel motion."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

MARGIN = 2
"""Pixels of replicated border that the four taps of the cubic reach into."""
STRIP = 1 << 16
"""Pixels that are sampled at a time: intermediate results stay in the processor's cache."""


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """picture(x + flow(x)) by Keys' cubic convolution with a = −1/2; border pixels are repeated.

    That cubic reproduces quadratic pictures exactly. Torch's own bicubic has a = −3/4, which shifts even a ramp by up
    to 0.05 px: too much for an estimator that looks at what remains after warping.

    Reference: R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", doi:10.1109/TASSP.1981.1163711.

    Args:
        picture: N,C,H,W.
        flow: N,2,H',W' in pixels, dx and dy.

    Returns:
        N,C,H',W'.
    """
    padded = functional.pad(picture, (MARGIN,) * 4, mode="replicate").flatten(2)
    result = picture.new_empty(*picture.shape[:2], *flow.shape[-2:])
    lines = max(1, STRIP // flow.shape[-1])
    for top in range(0, flow.shape[-2], lines):
        strip = slice(top, top + lines)
        rows, columns = positions(flow[..., strip, :], *picture.shape[-2:], top=top)
        _look_up(padded, picture.shape[-1] + 2 * MARGIN, rows, columns, result[..., strip, :])
    return result


def positions(flow: Tensor, height: int, width: int, *, top: int = 0) -> tuple[Tensor, Tensor]:
    """Row and column, each N,H',W', of the target of a flow that begins in row ``top``, clipped to height × width."""
    rows = torch.arange(top, top + flow.shape[-2], dtype=flow.dtype, device=flow.device)[:, None] + flow[:, 1]
    columns = torch.arange(flow.shape[-1], dtype=flow.dtype, device=flow.device) + flow[:, 0]
    return rows.clamp(0, height - 1), columns.clamp(0, width - 1)


def inside(flow: Tensor) -> Tensor:
    """N,1,H,W bool: whether x + flow(x) is inside the picture."""
    height, width = flow.shape[-2:]
    rows = torch.arange(height, dtype=flow.dtype, device=flow.device)[:, None] + flow[:, 1:]
    columns = torch.arange(width, dtype=flow.dtype, device=flow.device) + flow[:, :1]
    return (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)


def _look_up(padded: Tensor, stride: int, rows: Tensor, columns: Tensor, result: Tensor) -> None:
    """Fill ``result`` N,C,h,w with cubic samples of a padded picture N,C,P with rows of ``stride`` pixels."""
    up, left = rows.floor(), columns.floor()
    down, right = _keys(rows - up), _keys(columns - left)
    corner = (up.long() + MARGIN - 1) * stride + left.long() + MARGIN - 1
    result.zero_()
    for j in range(4):
        line = torch.zeros_like(result)
        for i in range(4):
            index = (corner + (j * stride + i)).flatten(1)[:, None].expand(-1, padded.shape[1], -1)
            line.addcmul_(padded.gather(2, index).view_as(line), right[i][:, None])
        result.addcmul_(line, down[j][:, None])


def _keys(t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The weights of the pixels at −1, 0, 1, 2 for a position t in [0, 1] after pixel 0."""
    square = t * t
    cube = square * t
    return (
        -0.5 * cube + square - 0.5 * t,
        1.5 * cube - 2.5 * square + 1,
        -1.5 * cube + 2 * square + 0.5 * t,
        0.5 * cube - 0.5 * square,
    )
