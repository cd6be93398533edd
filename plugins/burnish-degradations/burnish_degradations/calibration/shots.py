"""The noise at each brightness from several shots of one scene: what changes from shot to shot at the same pixel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from burnish.errors import DataError
from numpy.typing import NDArray

from burnish_degradations.calibration.levels import Floats, Levels, at_limit

Plane = NDArray[np.float32]

BLOCK = 4
"""Side in pixels of the blocks in which variances are averaged. The variance is linear in the brightness, so edges in a
block do no harm."""
WIDE = 8
"""Side of the blocks whose means distinguish correlated noise, or motion, from white noise."""
BLOCKS = 200
"""In each level at least."""
MOST = 48
"""Levels of a scene."""
MOVED = 20.0
"""Above this ratio the shots differ by more than noise: it is 64 where whole blocks change, 7 for the noise of cameras'
JPEG files."""
EFFICIENCY = 0.64
"""Of a median against a mean."""
DARK = 0.02
"""Below this mean brightness the shots are not brought to the same one."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the shots of one scene give."""

    levels: Levels
    correlation: float
    """Variance of means over 8×8 pixels, times 64, over that of single pixels: 1 for white noise, at most 64."""
    flicker: float
    """Standard deviation of the shots' mean brightness over its mean."""

    @property
    def moved(self) -> bool:
        """Whether the shots differ by more than noise: the scene, or the camera, moved."""
        return self.correlation > MOVED


def scene_levels(shots: Iterable[Plane], name: str) -> Scene:
    """Variance from shot to shot at up to 48 levels of brightness; the shots are brought to the same mean first.

    Args:
        shots: Two or more pictures H,W,C in [0, 1] of one size.
        name: For messages.

    Raises:
        DataError: Fewer than two shots, of different sizes, or of less than 8×8 pixels.
    """
    fine, wide, limits = _Spread(), _Spread(), _Spread()
    means: list[float] = []
    for shot in shots:
        if means and shot.shape != fine.shape:
            raise DataError(
                f"{name}: the shots have different sizes ({_size(fine.shape)} and {_size(shot.shape)}); "
                "put shots of one scene and one size into each folder"
            )
        means.append(float(shot.mean()))
        even = shot * (means[0] / means[-1]) if min(means[0], means[-1]) > DARK else shot
        fine.add(even)
        wide.add(_block_means(even, WIDE))
        limits.add(_block_means(at_limit(shot), BLOCK))
    if len(means) < 2:
        raise DataError(f"{name}: holds one shot; give at least two shots of each scene")
    if not wide.variance.size:
        raise DataError(f"{name}: the shots of {_size(fine.shape)} are too small; give at least {WIDE}×{WIDE} pixels")
    return Scene(
        levels=_levels(fine, limits.mean),
        correlation=_correlation(fine, wide),
        flicker=float(np.std(means) / np.mean(means)) if np.mean(means) > DARK else 0.0,
    )


class _Spread:
    """Mean and variance at each pixel, shot by shot (Welford)."""

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = ()
        self.count = 0

    def add(self, shot: NDArray[np.floating]) -> None:
        values = shot.astype(np.float64)
        if not self.count:
            self.shape = shot.shape
            self.mean, self._squares = np.zeros_like(values), np.zeros_like(values)
        self.count += 1
        off = values - self.mean
        self.mean += off / self.count
        self._squares += off * (values - self.mean)

    @property
    def variance(self) -> Floats:
        """Unbiased."""
        return self._squares / (self.count - 1)


def _correlation(fine: _Spread, wide: _Spread) -> float:
    """Median over 8×8 blocks of the variance of their mean, times 64, over the mean of their variances; at most 64."""
    single = _block_means(fine.variance, WIDE)
    seen = single > 0.0
    ratios = WIDE**2 * wide.variance[seen] / single[seen]
    return float(np.median(ratios)) / _median(fine.count - 1) if seen.any() else 1.0


def _median(freedom: int) -> float:
    """Of a χ² over its mean (Wilson, Hilferty)."""
    return float((1.0 - 2.0 / (9.0 * freedom)) ** 3)


def _levels(fine: _Spread, clipped: Floats) -> Levels:
    brightness = _block_means(fine.mean, BLOCK).ravel()
    variance = _block_means(fine.variance, BLOCK).ravel()
    freedom = BLOCK**2 * (fine.count - 1)
    order = np.argsort(brightness, kind="stable")
    parts = np.array_split(order, max(1, min(MOST, len(order) // BLOCKS)))
    return Levels(
        brightness=np.array([brightness[part].mean() for part in parts]),
        variance=np.array([np.median(variance[part]) / _median(freedom) for part in parts]),
        count=np.array([len(part) * freedom * EFFICIENCY for part in parts]),
        clipped=np.array([clipped.ravel()[part].mean() for part in parts]),
    )


def _block_means(picture: NDArray[np.floating], side: int) -> Floats:
    """H,W,C → ⌊H/side⌋,⌊W/side⌋,C."""
    height, width = (length // side for length in picture.shape[:2])
    if not height or not width:
        return np.zeros((0, 0, picture.shape[2]))
    inner = np.ascontiguousarray(picture[: height * side, : width * side], dtype=np.float64)
    small = cv2.resize(inner, (width, height), interpolation=cv2.INTER_AREA)
    means: Floats = small.reshape(height, width, picture.shape[2]).astype(np.float64, copy=False)
    return means


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
