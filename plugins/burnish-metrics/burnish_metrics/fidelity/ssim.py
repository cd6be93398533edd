"""Structural similarity: the original per channel or of luma, and MATLAB's three-dimensional one of RGB pictures.

The filters are OpenCV's separable ones in float64: they agree with scikit-image to 1e-12. float32 would take half of
their time, but errs by up to 1e-5 on very bright or dark pictures.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from burnish.errors import EvaluationError
from numpy.typing import NDArray

from burnish_metrics.convention import PEAK, Array, planes
from burnish_metrics.fidelity.pair_metric import PairMetric

Floats: TypeAlias = NDArray[np.float64]
_Filter: TypeAlias = Callable[[Floats], Floats]

RADIUS = 5
"""Half of the 11×11 window."""
WEIGHTS: Floats = cv2.getGaussianKernel(2 * RADIUS + 1, 1.5, cv2.CV_64F)
"""Gaussian window of standard deviation 1.5, 11×1, sums to 1."""
ROWS, COLUMNS = 64, 640
"""The tile of a map that is computed at a time."""
C1 = (0.01 * PEAK) ** 2
C2 = (0.03 * PEAK) ** 2


class Ssim(PairMetric):
    """Mean structural similarity per image, of each channel and then their mean.

    ``((2 μx μy + C1)(2 σxy + C2)) / ((μx² + μy² + C1)(σx² + σy² + C2))`` with an 11×11 Gaussian window of σ 1.5, biased
    variances, C1 = (0.01·255)², C2 = (0.03·255)², averaged where the whole window is inside the picture.

    Source: Wang, Bovik, Sheikh, Simoncelli, doi:10.1109/TIP.2003.819861.
    """

    name = "metrics/ssim"

    def score(self, x: Array, y: Array) -> float:
        """At most 1."""
        return mean_similarity(self.name, x, y)


class MatlabSsim(PairMetric):
    """MATLAB's ``ssim`` of an RGB picture: it counts as a volume, so the Gaussian also runs across channels.

    Same formula and constants as :class:`Ssim`; the window is 11×11×11 with replicated borders, and the average is over
    every voxel. Most deblurring tables (GoPro) hold this figure, which lies far above the per-channel one.

    Source: MATLAB Image Processing Toolbox, ``ssim`` with its defaults (``Radius`` 1.5).
    """

    name = "metrics/ssim-matlab3d"

    def score(self, x: Array, y: Array) -> float:
        """At most 1."""
        return float(_map(x, y, _volume_mean).mean())


class LumaSsim(Ssim):
    """SSIM of BT.601 studio luma with data range 255."""

    name = "metrics/ssim-y"
    luma = True


def mean_similarity(metric: str, x: Array, y: Array) -> float:
    """:class:`Ssim` of two pictures H,W,C in 0..255; ``metric`` is its id, for messages.

    Raises:
        EvaluationError: They are smaller than the window.
    """
    side = 2 * RADIUS + 1
    if min(x.shape[:2]) < side:
        raise EvaluationError(f"{metric}: {x.shape[0]}×{x.shape[1]} is smaller than its {side}×{side} window")
    return valid_mean(x, y)


def valid_mean(x: Array, y: Array, *, luminance: bool = True) -> float:
    """The mean similarity (see ``_map``) of H,W,C in 0..255, over all places where the window is inside.

    Planes are taken one by one, and in tiles that stay in the processor's cache.
    """
    height, width = (side - 2 * RADIUS for side in x.shape[:2])
    total = 0.0
    for first, second in zip(planes(x), planes(y), strict=True):
        for top, left in itertools.product(range(0, height, ROWS), range(0, width, COLUMNS)):
            part = slice(top, top + ROWS + 2 * RADIUS), slice(left, left + COLUMNS + 2 * RADIUS)
            similarity = _map(first[part], second[part], _rows_inside, luminance=luminance)
            total += float(similarity[:, RADIUS:-RADIUS].sum())
    places: int = height * width * x.shape[2]
    return total / places


def _map(x: Array, y: Array, mean: _Filter, *, luminance: bool = True) -> Floats:
    """The similarity of each place, or its part without ``luminance``, with local means by ``mean``.

    From the sum s and the difference d of both pictures: 4 μx μy = μs² − μd² and 2 (μx² + μy²) = μs² + μd², and so for
    the (co)variances. That needs no more filters, and fewer other steps.
    """
    s, d = np.add(x, y, dtype=np.float64), np.subtract(x, y, dtype=np.float64)
    mean_s, mean_d = mean(s), mean(d)
    variance_s, variance_d = mean(np.multiply(s, s, out=s)), mean(np.multiply(d, d, out=d))
    variance_s -= np.multiply(mean_s, mean_s, out=mean_s)
    variance_d -= np.multiply(mean_d, mean_d, out=mean_d)
    variance_s += 2 * C2
    above, below = variance_s - variance_d, np.add(variance_s, variance_d, out=variance_s)
    if luminance:
        mean_s += 2 * C1
        above *= mean_s - mean_d
        below *= np.add(mean_s, mean_d, out=mean_s)
    return np.divide(above, below, out=above)


def _rows_inside(picture: Floats) -> Floats:
    """Gaussian mean of H,W in the rows where the window is inside, H-10,W: whole rows lie together in memory."""
    blurred = cv2.sepFilter2D(picture, -1, WEIGHTS, WEIGHTS, borderType=cv2.BORDER_REFLECT)
    inside: Floats = blurred[RADIUS:-RADIUS]
    return inside


def _volume_mean(picture: Floats) -> Floats:
    """Gaussian mean of the volume H,W,C with replicated borders, also along C."""
    blurred = [cv2.sepFilter2D(p, -1, WEIGHTS, WEIGHTS, borderType=cv2.BORDER_REPLICATE) for p in planes(picture)]
    volume: Floats = np.stack(blurred, axis=2) @ _across(picture.shape[2]).T
    return volume


def _across(channels: int) -> Floats:
    """The Gaussian along an axis of ``channels`` samples with replicated ends, as a matrix whose rows sum to 1."""
    matrix = np.zeros((channels, channels))
    for row in range(channels):
        for offset in range(-RADIUS, RADIUS + 1):
            matrix[row, min(max(row + offset, 0), channels - 1)] += WEIGHTS[offset + RADIUS, 0]
    return matrix
