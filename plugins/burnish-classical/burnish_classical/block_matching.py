"""Block matching: finds, for blocks of a picture, the similar blocks around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Planes = NDArray[np.float32]
"""C,H,W, contiguous."""

Plane = NDArray[np.float32]
"""H,W, contiguous."""

AT_ONCE = 1024
"""Blocks whose distances are sorted at a time: they stay in the processor's cache."""


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
    """Largest mean squared difference of two blocks of one group, summed over the planes."""


@dataclass(frozen=True)
class Run:
    """Evenly spaced places along an axis, a part of a list of places: slices copy them faster than indices."""

    index: int
    """Of the first in the list."""
    first: int
    """Its place."""
    step: int
    """From one place to the next."""
    count: int
    """Number of places."""

    def inside(self, offset: int, length: int) -> tuple[slice, slice] | None:
        """Of the places less ``offset``, those in 0 … length − 1: where they are in the list, and on the axis."""
        first = self.first - offset
        low, high = max(0, -(first // self.step)), min(self.count, -((first - length) // self.step))
        if low >= high:
            return None
        axis = slice(first + low * self.step, first + (high - 1) * self.step + 1, self.step)
        return slice(self.index + low, self.index + high), axis


def runs(places: NDArray[np.intp]) -> list[Run]:
    """Ascending places as the fewest runs that a pass from the left finds."""
    found: list[Run] = []
    for index, place in enumerate(places.tolist()):
        last = found[-1] if found else None
        if last and last.count == 1:
            found[-1] = Run(last.index, last.first, place - last.first, 2)
        elif last and place == last.first + last.step * last.count:
            found[-1] = Run(last.index, last.first, last.step, last.count + 1)
        else:
            found.append(Run(index, place, 1, 1))
    return found


def similar_blocks(planes: Planes, rows: NDArray[np.intp], columns: NDArray[np.intp], search: Search) -> list[Tensor]:
    """Group each block at ``rows`` × ``columns`` (ascending, of its top left pixel) with those that look most like it.

    All shifts within the window and the planes are compared. A group's size is the largest power of 2 that there are
    blocks for.

    Returns:
        For each size that occurs a tensor size × groups, int64: the places (row · positions per row + column) of the
        blocks of each group, the most alike first and the block itself before all.
    """
    found, distances = _nearest(planes, rows, columns, search)
    alike = (distances <= search.farthest).sum(dim=1).clamp_(min=1)
    size = torch.floor(torch.log2(alike.double())).long()
    return [found[size == power, : 2**power].T.contiguous() for power in sorted(set(size.tolist()))]


def _nearest(
    planes: Planes, rows: NDArray[np.intp], columns: NDArray[np.intp], search: Search
) -> tuple[Tensor, Tensor]:
    """Positions and distances of the nearest blocks, each groups × most, sorted by distance."""
    distances = shift_distances(planes, rows, columns, search)
    reach = search.window // 2
    table = torch.split(torch.from_numpy(distances.reshape(len(distances), -1)), AT_ONCE, dim=1)
    most = min(search.most, len(distances))
    nearest = [torch.topk(part.T.contiguous(), most, dim=1, largest=False) for part in table]
    near, shift = (torch.cat(parts) for parts in zip(*nearest, strict=True))
    per_row = planes.shape[2] - search.block + 1
    own = torch.from_numpy((rows[:, None] * per_row + columns).reshape(-1, 1))
    down, right = shift // search.window - reach, shift % search.window - reach
    return own + down * per_row + right, near


def shift_distances(
    planes: Planes, rows: NDArray[np.intp], columns: NDArray[np.intp], search: Search
) -> NDArray[np.float32]:
    """The mean squared difference between each block and the block at each shift: window², rows, columns.

    Summed over the planes. Infinite where the shift leads out of them, −1 for the block itself. Blocks p and p + s
    differ as much as p + s and p do, so that only half of the shifts are computed, for all positions at once.
    """
    reach = search.window // 2
    bottom, side = planes.shape[1] - search.block + 1, planes.shape[2] - search.block + 1
    distances = np.full((search.window, search.window, len(rows), len(columns)), np.inf, np.float32)
    down_runs, right_runs = runs(rows), runs(columns)
    for down in range(min(reach, bottom - 1) + 1):
        for right in range(-min(reach, side - 1), min(reach, side - 1) + 1):
            if (down, right) <= (0, 0):
                continue
            left = max(-right, 0)
            between = _block_distances(planes, down, right, search.block)
            for sign, offset_y, offset_x in ((1, 0, left), (-1, down, right + left)):
                there = distances[reach + sign * down, reach + sign * right]
                y = [run.inside(offset_y, len(between)) for run in down_runs]
                x = [run.inside(offset_x, between.shape[1]) for run in right_runs]
                for one, other in product(filter(None, y), filter(None, x)):
                    there[one[0], other[0]] = between[one[1], other[1]]
    distances[reach, reach] = -1.0
    return distances.reshape(-1, len(rows), len(columns))


def _block_distances(planes: Planes, down: int, right: int, block: int) -> Plane:
    """For one shift (``down`` ≥ 0), the mean squared difference of each pair of blocks that are inside.

    Shaped rows − down, columns − |right| of block positions; the first is at column max(−right, 0).
    """
    height, width = planes.shape[1] - down, planes.shape[2] - abs(right)
    left = max(-right, 0)
    here, there = planes[:, :height, left : left + width], planes[:, down:, left + right : left + right + width]
    squares = here[0] - there[0]
    np.square(squares, out=squares)
    for plane in range(1, len(planes)):
        difference = here[plane] - there[plane]
        squares += np.square(difference, out=difference)
    means: Plane = cv2.boxFilter(
        squares, cv2.CV_32F, (block, block), anchor=(0, 0), normalize=True, borderType=cv2.BORDER_REFLECT_101
    )
    return means[: height - block + 1, : width - block + 1]
