"""What surrounds a value of an estimate: its texture, and how the restorer changed it; what errors go with."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

CONTEXT = 14
"""Pixels around a value that count."""
SCALES = (1, 2, 4)
"""Pixels around a value over which texture and change are averaged."""
WIDE = 6
LEAST = 1e-3
"""A quarter of a level of 8 bits, below which differences do not count."""


def features(estimate: Plane, before: Plane, change: Plane) -> Plane:
    """Features of every value of one channel.

    Args:
        estimate: The channel, H,W in [0, 1].
        before: What it was made of, enlarged to its size.
        change: The change of the mean of all channels.

    Returns:
        Features × H,W. Magnitudes are logarithms, as errors grow by factors.
    """
    own = estimate - before
    edges = np.hypot(
        cv2.Sobel(estimate, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(estimate, cv2.CV_32F, 0, 1, scale=0.125)
    )
    detail = np.abs(estimate - _mean(estimate, 1))
    sizes = [edges, detail, _mean(edges, 2), _mean(edges, WIDE), _mean(detail, 1)]
    sizes += [_deviation(estimate, around) for around in SCALES]
    sizes += [_root(_mean(own * own, around)) for around in (2, WIDE)]
    sizes += [np.abs(_mean(own, around)) for around in SCALES]
    sizes += [np.abs(_mean(change, around)) for around in (1, 3)]
    return np.stack([estimate, *(np.log(size + LEAST) for size in sizes)])


def _mean(plane: Plane, around: int) -> Plane:
    side = 2 * around + 1
    made: Plane = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT_101)
    return made


def _deviation(plane: Plane, around: int) -> Plane:
    return _root(_mean(plane * plane, around) - _mean(plane, around) ** 2)


def _root(plane: Plane) -> Plane:
    """Of what is not negative but for rounding: OpenCV's running sums leave less than nothing of small squares."""
    root: Plane = np.sqrt(np.maximum(plane, 0.0))
    return root


COUNT = 1 + 5 + len(SCALES) + 2 + len(SCALES) + 2
