"""Means over local windows in place of global pooling, after TLC (Chu et al. 2021, arXiv 2112.04491)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CHUNK = 2**17
"""Numbers (512 KiB of float32) that are worked on at once: they stay in a core's cache through all the sums."""


def window_means(x: Tensor, side: int) -> Tensor:
    """Means over all windows of ``side``×``side`` pixels that lie fully inside N,C,H,W.

    Returns float32 N,C,H−s+1,W−s+1 in channels-last memory. A side longer than the picture is cut to the picture, for
    height and width apart. A window is summed as a tree of sums over 1, 2, 4, … pixels, so that it costs O(log side),
    rounds like pairwise summation, and has the same value to the last bit wherever a tile is cut around it.
    """
    pixels = x.permute(0, 2, 3, 1)
    height, width = min(side, x.shape[2]), min(side, x.shape[3])
    if x.shape[2] <= side and x.shape[3] <= side:
        return x.mean(dim=(2, 3), keepdim=True, dtype=torch.float32)
    if torch.compiler.is_exporting():  # for other engines: two operators that they know
        return functional.avg_pool2d(functional.avg_pool2d(x.float(), (height, 1), stride=1), (1, width), stride=1)
    sums = _chunked_sums(pixels, width, axis=2)
    sums = _chunked_sums(sums, height, axis=1)
    return sums.div_(height * width).permute(0, 3, 1, 2)


def spread(means: Tensor, size: tuple[int, int], side: int) -> Tensor:
    """Give every pixel of a picture of ``size`` the mean of its window: centred, or shifted inwards at the border.

    Pixel i of a row takes the window that begins at clamp(i − ⌊(s−1)/2⌋, 0, W−s), as TLC does by replicating the means
    of the valid windows.
    """
    before_rows = (min(side, size[0]) - 1) // 2
    before_columns = (min(side, size[1]) - 1) // 2
    after_rows = size[0] - means.shape[2] - before_rows
    after_columns = size[1] - means.shape[3] - before_columns
    return functional.pad(means, (before_columns, after_columns, before_rows, after_rows), mode="replicate")


def sliding_sums(x: Tensor, length: int) -> Tensor:
    """Sums over ``length`` successive entries of the first dimension: M,… → M−length+1,… ."""
    count = x.shape[0] - length + 1
    total: Tensor | None = None
    offset, span = 0, 1
    while True:
        if length & 1:
            part = x[offset : offset + count]
            total = part if total is None else total + part
            offset += span
        length >>= 1
        if not length:
            return total if total is not None else x
        x = x[:-span] + x[span:]
        span *= 2


def _chunked_sums(pixels: Tensor, length: int, *, axis: int) -> Tensor:
    """Sliding sums of N,H,W,C along rows (axis 1) or columns (axis 2), in chunks that fit into the cache."""
    shape = list(pixels.shape)
    shape[axis] -= length - 1
    sums = pixels.new_empty(shape, dtype=torch.float32)
    other = 3 - axis
    step = max(1, CHUNK // (pixels.shape[axis] * pixels.shape[3]))
    for index in range(pixels.shape[0]):
        for start in range(0, pixels.shape[other], step):
            piece = pixels[index].narrow(other - 1, start, min(step, pixels.shape[other] - start))
            line = piece.transpose(0, axis - 1).to(torch.float32, memory_format=torch.contiguous_format).contiguous()
            target = sums[index].narrow(other - 1, start, piece.shape[other - 1])
            target.copy_(sliding_sums(line, length).transpose(0, axis - 1))
    return sums
