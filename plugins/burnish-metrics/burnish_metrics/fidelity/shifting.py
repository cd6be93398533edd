"""Compares pictures up to a shift, which blind deblurring cannot determine."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from burnish.errors import EvaluationError
from numpy.typing import NDArray

from burnish_metrics.convention import Array

CROP = 15
"""Pixels of the reference left out at every side, Levin's."""

FARTHEST = 5
"""Largest shift in pixels along each axis, Levin's."""


def least_error(metric: str, estimate: Array, reference: Array, step: float) -> float:
    """The mean squared difference of H,W,C in 0..255 at the best shift of the estimate, inside the crop.

    Shifts go from −5 to 5 pixels along both axes by ``step`` (1, ½ or ¼; between pixels bilinear).

    Raises:
        EvaluationError: Nothing is left inside the crop.
    """
    height, width = reference.shape[:2]
    if min(height, width) <= 2 * CROP:
        raise EvaluationError(
            f"{metric}: nothing is left of {height}×{width} inside a crop of {CROP}; use larger pictures"
        )
    x, y = estimate.astype(np.float64), reference.astype(np.float64)[CROP : height - CROP, CROP : width - CROP]
    parts = np.arange(0.0, 1.0, step)
    return min(_best_whole(_moved(x, down, right), y) for down, right in itertools.product(parts, parts))


def _moved(picture: NDArray[np.float64], down: float, right: float) -> NDArray[np.float64]:
    """x(p + (down, right)) for parts of a pixel, by linear interpolation; the last row and column are repeated."""
    if down == 0.0 and right == 0.0:
        return picture
    taps = np.outer([1.0 - down, down], [1.0 - right, right])
    moved = cv2.filter2D(picture, -1, taps, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    shifted: NDArray[np.float64] = moved.reshape(picture.shape)
    return shifted


def _best_whole(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The least mean squared difference over whole shifts: the best is found by the cross-correlation, then summed."""
    start = CROP - FARTHEST
    room = x[start : start + len(y) + 2 * FARTHEST, start : start + y.shape[1] + 2 * FARTHEST]
    size = room.shape[:2]
    spectrum = np.fft.rfft2(room, axes=(0, 1)) * np.conj(np.fft.rfft2(y, s=size, axes=(0, 1)))
    shifts = 2 * FARTHEST + 1
    common = np.fft.irfft2(spectrum.sum(axis=2), s=size)[:shifts, :shifts]
    energy = cv2.integral(np.square(room).sum(axis=2))
    tall, wide = y.shape[:2]
    windows = energy[tall : tall + shifts, wide : wide + shifts] + energy[:shifts, :shifts]
    windows = windows - energy[tall : tall + shifts, :shifts] - energy[:shifts, wide : wide + shifts]
    down, right = np.unravel_index(np.argmin(windows - 2.0 * common), (shifts, shifts))
    return float(np.square(room[down : down + tall, right : right + wide] - y).mean())
