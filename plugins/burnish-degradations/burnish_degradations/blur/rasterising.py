"""Kernels on the pixel grid: curves, each point shared among its four neighbours by linear interpolation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def splat(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], side: int
) -> NDArray[np.float64]:
    """Add up weighted points on a grid of ``side`` × ``side`` pixels whose centre is the middle pixel.

    Args:
        x: T positions in pixels to the right of the centre.
        y: T positions in pixels below the centre.
        weight: T weights.
        side: Odd; all points must lie within (side − 1)/2 of the centre.

    Returns:
        side × side. Linear interpolation keeps sum and mean exactly: Σ g = Σ w, Σ g·p = Σ w·(x, y).
    """
    radius = side // 2
    left, top = np.floor(x), np.floor(y)
    right_share, lower_share = x - left, y - top
    grid = np.zeros(side * side)
    for row, row_share in ((0, 1.0 - lower_share), (1, lower_share)):
        for column, column_share in ((0, 1.0 - right_share), (1, right_share)):
            share = weight * row_share * column_share
            place = np.clip(top + row + radius, 0, side - 1) * side + np.clip(left + column + radius, 0, side - 1)
            grid += np.bincount(place.astype(np.int64), weights=share, minlength=side * side)
    return grid.reshape(side, side)


def splat_line(dx: float, dy: float, side: int) -> NDArray[np.float64]:
    """The straight line from (−dx, −dy)/2 to (dx, dy)/2 with total weight 1, integrated exactly.

    Between two crossings of the grid the shares are quadratic along the line, for which two Gauss points are exact.
    """
    crossings = [np.array([-0.5, 0.5])]
    for extent in (dx, dy):
        if extent:
            reach = np.floor(abs(extent) / 2.0)
            crossings.append(np.arange(-reach, reach + 1.0) / extent)
    ends = np.unique(np.clip(np.concatenate(crossings), -0.5, 0.5))
    middle, half = (ends[1:] + ends[:-1]) / 2.0, np.diff(ends) / 2.0
    gauss = half / np.sqrt(3.0)
    t = np.concatenate([middle - gauss, middle + gauss])
    return splat(t * dx, t * dy, np.concatenate([half, half]), side)


def unit_sum(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The kernel divided by its sum."""
    normalised: NDArray[np.float64] = kernel / kernel.sum()
    return normalised
