"""Block matching: finds, for blocks of a picture, the similar blocks around them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Plane = NDArray[np.float32]
"""H,W, contiguous."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """The search window, and the limit for similar blocks."""

    block: int
    """Side of the blocks in pixels."""
    window: int
    """Side in pixels, odd, of the search window."""
    most: int
    """Largest number of blocks in a group, the block itself included; a power of 2."""
    farthest: float
    """Largest mean squared difference of two blocks of one group."""


def similar_blocks(plane: Plane, rows: NDArray[np.intp], columns: NDArray[np.intp], search: Search) -> list[Tensor]:
    """Group each block at ``rows`` × ``columns`` (of its top left pixel) with those that look most like it.

    All shifts within the window and the plane are compared. A group's size is the largest power of 2 that there are
    blocks for.

    Returns:
        For each size that occurs a tensor size × groups, int64: the places (row · positions per row + column) of the
        blocks of each group, the most alike first and the block itself before all.
    """
    found, distances = _nearest(plane, rows, columns, search)
    alike = (distances <= search.farthest).sum(dim=1).clamp_(min=1)
    size = torch.floor(torch.log2(alike.double())).long()
    return [found[size == power, : 2**power].T.contiguous() for power in sorted(set(size.tolist()))]


def _nearest(plane: Plane, rows: NDArray[np.intp], columns: NDArray[np.intp], search: Search) -> tuple[Tensor, Tensor]:
    """Positions and distances of the nearest blocks, each groups × most, sorted by distance."""
    distances = shift_distances(plane, rows, columns, search)
    reach = search.window // 2
    table = torch.from_numpy(distances.reshape(len(distances), -1)).T.contiguous()
    near, shift = torch.topk(table, min(search.most, len(distances)), dim=1, largest=False)
    per_row = plane.shape[1] - search.block + 1
    own = torch.from_numpy((rows[:, None] * per_row + columns).reshape(-1, 1))
    down, right = shift // search.window - reach, shift % search.window - reach
    return own + down * per_row + right, near


def shift_distances(
    plane: Plane, rows: NDArray[np.intp], columns: NDArray[np.intp], search: Search
) -> NDArray[np.float32]:
    """The mean squared difference between each block and the block at each shift: window², rows, columns.

    Infinite where the shift leads out of the plane, −1 for the block itself. Blocks p and p + s differ as much as
    p + s and p do, so that only half of the shifts are computed, for all positions at once.
    """
    reach = search.window // 2
    bottom, side = plane.shape[0] - search.block + 1, plane.shape[1] - search.block + 1
    distances = np.full((search.window, search.window, len(rows), len(columns)), np.inf, np.float32)
    for down in range(min(reach, bottom - 1) + 1):
        for right in range(-min(reach, side - 1), min(reach, side - 1) + 1):
            if (down, right) <= (0, 0):
                continue
            left = max(-right, 0)
            between = _block_distances(plane, down, right, search.block)
            for sign, offset_y, offset_x in ((1, 0, left), (-1, down, right + left)):
                y, x = rows - offset_y, columns - offset_x
                top, first = np.searchsorted(y, 0), np.searchsorted(x, 0)
                low, last = np.searchsorted(y, len(between)), np.searchsorted(x, between.shape[1])
                distances[reach + sign * down, reach + sign * right, top:low, first:last] = between[
                    y[top:low, None], x[first:last]
                ]
    distances[reach, reach] = -1.0
    return distances.reshape(-1, len(rows), len(columns))


def _block_distances(plane: Plane, down: int, right: int, block: int) -> Plane:
    """For one shift (``down`` ≥ 0), the mean squared difference of each pair of blocks that are inside.

    Shaped rows − down, columns − |right| of block positions; the first is at column max(−right, 0).
    """
    height, width = plane.shape[0] - down, plane.shape[1] - abs(right)
    left = max(-right, 0)
    difference = plane[:height, left : left + width] - plane[down:, left + right : left + right + width]
    np.multiply(difference, difference, out=difference)
    means: Plane = cv2.boxFilter(
        difference, cv2.CV_32F, (block, block), anchor=(0, 0), normalize=True, borderType=cv2.BORDER_REFLECT_101
    )
    return means[: height - block + 1, : width - block + 1]
