"""A burst frame's view of the fine picture: bicubic antialiased downscaling at displaced points, and its transpose."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from burnish.ops.resampling import cubic
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

TAPS = 4
"""Pixels along each axis over which a cubic B-spline reaches."""


class FinePicture:
    """The part that all views share: the grid of the fine picture, and its smoothing.

    A frame's pixel is the mean of the picture x about a place c that need not be on the grid, weighted by MATLAB's
    antialiasing cubic k stretched by the scale s: along either axis, the sum over the pixels X of k((c − X)/s)/s x(X).
    k((c − X)/s)/s is written as Σ_j h(j) β(c − X − j), β being the cubic B-spline and h the coefficients of least
    squared error: the convolution with h is the same for all frames, and each place is left with 4 × 4 weights.
    """

    def __init__(self, height: int, width: int, scale: int, margin: int) -> None:
        self.size, self.scale, self.margin = (height, width), scale, margin
        self.padded = (height + 2 * margin, width + 2 * margin)
        self.line = torch.from_numpy(spline_coefficients(scale).astype(np.float32))

    def smoothed(self, picture: Tensor) -> Tensor:
        """C,H,W → rows of C, one for each position of the padded grid; border pixels are repeated."""
        wide = self.margin + len(self.line) // 2
        rimmed = functional.pad(picture[:, None], (wide,) * 4, mode="replicate")
        return self._convolved(rimmed, 0).reshape(len(picture), -1).T.contiguous()

    def smoothed_back(self, rows: Tensor) -> Tensor:
        """The transpose, except for the margin, which is dropped: C,H,W."""
        spread = rows.T.reshape(-1, 1, *self.padded)
        m, (height, width) = self.margin, self.size
        return self._convolved(spread, len(self.line) // 2)[:, 0, m : m + height, m : m + width]

    def _convolved(self, planes: Tensor, padding: int) -> Tensor:
        line = self.line.to(planes)
        down = functional.conv2d(planes, line.view(1, 1, -1, 1), padding=(padding, 0))
        return functional.conv2d(down, line.view(1, 1, 1, -1), padding=(0, padding))


class View:
    """One frame's positions in the fine picture, and the weights of the 16 grid positions around each."""

    def __init__(self, flow: Tensor, fine: FinePicture) -> None:
        """``flow`` is 2,h,w (right, down) in pixels of the frame; at q the frame shows the picture at q + flow(q)."""
        _, height, width = flow.shape
        x = torch.arange(width, device=flow.device)[None, :] + flow[0].double()
        y = torch.arange(height, device=flow.device)[:, None] + flow[1].double()
        self.inside = ((x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)).float().reshape(-1, 1)
        centre = (fine.scale - 1) / 2.0 + fine.margin
        row, self.row_weights = _spline_weights(fine.scale * y + centre, fine.padded[0])
        column, self.column_weights = _spline_weights(fine.scale * x + centre, fine.padded[1])
        self.corner, self.per_row = row * fine.padded[1] + column, fine.padded[1]

    def seen(self, rows: Tensor) -> Tensor:
        """Rows of C for each position of the padded grid → rows of C for each pixel of the frame."""
        total = rows.new_zeros(len(self.corner), rows.shape[1])
        for place, weight in self._taps():
            total.addcmul_(rows.index_select(0, place), weight)
        return total

    def spread(self, pixels: Tensor, total: Tensor) -> None:
        """The transpose of ``seen``, added to ``total``."""
        for place, weight in self._taps():
            total.index_add_(0, place, pixels * weight)

    def _taps(self) -> list[tuple[Tensor, Tensor]]:
        return [
            (
                self.corner + (down * self.per_row + right),
                (self.row_weights[down] * self.column_weights[right])[:, None],
            )
            for down in range(TAPS)
            for right in range(TAPS)
        ]


@cache
def spline_coefficients(scale: int) -> NDArray[np.float64]:
    """h: the cubic B-spline series nearest to k(u/s)/s in the least-squares sense; sums to 1, odd length."""
    reach = 2 * scale + 2
    u = np.linspace(-reach - 2.0, reach + 2.0, 200 * (reach + 2) + 1)
    basis = np.stack([cubic_spline(u - j) for j in range(-reach, reach + 1)], axis=1)
    found = np.linalg.lstsq(basis, cubic(u / scale) / scale)[0]
    coefficients: NDArray[np.float64] = (found / found.sum()).astype(np.float64)
    return coefficients


def cubic_spline(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cubic B-spline β, zero outside (−2, 2)."""
    a = np.abs(u)
    return np.where(a < 1.0, 2.0 / 3.0 - a**2 + a**3 / 2.0, np.where(a < 2.0, (2.0 - a) ** 3 / 6.0, 0.0))


def _spline_weights(places: Tensor, length: int) -> tuple[Tensor, list[Tensor]]:
    """The first of the four positions along an axis, and β at each; flat, positions outside clamped to the grid."""
    places = places.clamp(1.0, length - 2.0 - 1e-6).flatten()
    first = places.floor()
    t = (places - first).float()
    weights = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    return first.long() - 1, [weight / 6.0 for weight in weights]
