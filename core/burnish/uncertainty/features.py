"""What surrounds a value of an estimate: its texture, and how the restorer changed it; what errors go with."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

CONTEXT = 8
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
    mean = _mean(estimate, 1)
    square = estimate * estimate
    across, down = (cv2.Sobel(estimate, cv2.CV_32F, *axis, scale=0.125) for axis in ((1, 0), (0, 1)))
    edges = np.sqrt(across * across + down * down)  # cv2.magnitude rounds by where an array lies in memory
    detail = cv2.absdiff(estimate, mean)
    sizes = [edges, detail, _mean(edges, 2), _mean(edges, WIDE), _mean(detail, 1)]
    means = [mean, *(_mean(estimate, around) for around in SCALES[1:])]
    sizes += [_root(_mean(square, around) - its * its) for around, its in zip(SCALES, means, strict=True)]
    square = own * own
    sizes += [_root(_mean(square, around)) for around in (2, WIDE)]
    sizes += [cv2.absdiff(_mean(own, around), 0.0) for around in SCALES]
    sizes += [cv2.absdiff(_mean(change, around), 0.0) for around in (1, 3)]
    found = np.empty((COUNT, *estimate.shape), np.float32)
    found[0] = estimate
    for place, size in enumerate(sizes, start=1):
        cv2.log(cv2.add(size, LEAST, dst=size), dst=found[place])
    return found


def _mean(plane: Plane, around: int) -> Plane:
    side = 2 * around + 1
    made: Plane = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT_101)
    return made


def _root(square: Plane) -> Plane:
    """What rounding made negative is 0: OpenCV's running sums leave less than nothing of small squares."""
    made: Plane = cv2.sqrt(cv2.max(square, 0.0, dst=square), dst=square)
    return made


COUNT = 1 + 5 + len(SCALES) + 2 + len(SCALES) + 2
