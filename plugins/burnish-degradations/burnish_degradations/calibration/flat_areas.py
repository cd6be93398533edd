"""The noise at each brightness in the flat areas of a single picture.

A mask with two vanishing moments along both axes (Immerkær, doi:10.1006/cviu.1996.0060) keeps white noise and removes
ramps; where a smoothed copy has the smallest slope, what is left is noise. Slope and answer hardly share frequencies,
so the choice does not favour small noise.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from burnish_degradations.calibration.levels import Levels, at_limit, joined

Plane = NDArray[np.float32]

TAPS = (1.0, -2.0, 1.0)
"""Along each axis; their outer product, over 6, keeps the variance of white noise."""
FLAT = 0.25
"""The part of each level's pixels, those with the smallest slope, that counts as flat."""
PIXELS = 2000
"""In each level at least, flat or not."""
MOST = 48
"""Levels of one channel."""
SHARED = 3.8
"""Σ ρ² of the mask's answer to white noise over all shifts: that many answers count as one independent value."""
OUTLIER = 4.0
"""Answers beyond this many standard deviations (by the median) are hot pixels or edges."""
FARTHEST = 3
"""The spacing of the mask's taps at which noise that is correlated over neighbours counts nearly in full."""
QUARTER = 0.25
"""The quantile over levels at which the variances of two spacings are compared: where there is least texture."""
CORRELATED = 3.0
"""Above this ratio of the variances at spacings ``FARTHEST`` and 1 the noise counts as correlated. White noise of
σ 0.01 on 20 photographs is at 1.1 (a single one with texture all over at 6), that of cameras' JPEG files at 9 to 30."""
SIDE = 2048
"""Of larger pictures only the middle of that size is looked at."""


def flat_levels(pixels: Plane, step: float, spacing: int = 1) -> Levels:
    """Variance of the noise at up to 48 levels of brightness in each channel.

    Args:
        pixels: H,W,C in [0, 1].
        step: Distance of the file's values in [0, 1] units; 0 for float files.
        spacing: Distance in pixels of the mask's taps.

    Returns:
        Without levels, if the picture has fewer than 2000 pixels inside a border of a few.
    """
    pixels = middle(pixels)
    planes = [np.ascontiguousarray(pixels[:, :, channel]) for channel in range(pixels.shape[2])]
    return joined([_of_plane(plane, step, spacing) for plane in planes])


def middle(pixels: Plane) -> Plane:
    """The inner 2048×2048 of a larger picture H,W,C."""
    top, left = (max(0, side - SIDE) // 2 for side in pixels.shape[:2])
    return pixels[top : top + SIDE, left : left + SIDE]


def correlation(near: Levels, far: Levels) -> float:
    """Ratio of the variances at spacings ``FARTHEST`` and 1, where there is least texture; 1 for white noise.

    Both of the same pictures, so with the same levels.
    """
    seen = near.variance > 0.0
    return float(np.quantile(far.variance[seen] / near.variance[seen], QUARTER)) if seen.any() else 1.0


def _of_plane(plane: Plane, step: float, spacing: int) -> Levels:
    line = np.zeros(2 * spacing + 1)
    line[::spacing] = TAPS
    answer = cv2.filter2D(plane, cv2.CV_32F, np.outer(line, line) / 6.0)
    reach = 3.0 if spacing > 1 else 2.0
    smooth = cv2.GaussianBlur(plane, (0, 0), reach)
    slope = _slope(cv2.GaussianBlur(plane, (0, 0), reach - 0.5))
    clipped = cv2.boxFilter(at_limit(plane), cv2.CV_32F, (3, 3))
    cut = 4 + spacing
    inner = [part[cut:-cut, cut:-cut].ravel() for part in (answer, smooth, slope, clipped)]
    order = np.argsort(inner[1], kind="stable")
    count = min(MOST, len(order) // PIXELS)
    rows = [_level(inner, part, step) for part in np.array_split(order, count)] if count else []
    brightness, variance, number, limited = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    return Levels(brightness=brightness, variance=variance, count=number, clipped=limited)


def _slope(smooth: Plane) -> Plane:
    """Mean squared gradient in 9×9."""
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, x, y, ksize=1) for x, y in ((1, 0), (0, 1)))
    slope: Plane = cv2.boxFilter(across * across + down * down, cv2.CV_32F, (9, 9)).astype(np.float32, copy=False)
    return slope


def _level(inner: list[Plane], part: NDArray[np.intp], step: float) -> tuple[float, float, float, float]:
    answer, smooth, slope, clipped = inner
    flat = part[slope[part] <= np.quantile(slope[part], FLAT)]
    values = answer[flat].astype(np.float64)
    deviation = np.median(np.abs(values)) / 0.67449
    kept = values[np.abs(values) <= OUTLIER * max(deviation, step)]
    variance = float(np.mean(kept**2)) if len(kept) else 0.0
    return float(smooth[flat].mean()), variance, len(kept) / SHARED, float(clipped[flat].mean())
