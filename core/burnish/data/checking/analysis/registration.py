"""The sub-pixel shift between a clean picture and a noisy one of the same scene."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

Plane = NDArray[np.float32]

REACH = 32
"""The largest shift in pixels that is looked for, in each direction; of small pictures a quarter of the side."""
FINE, COARSE = 1.5, 6.0
"""σ in pixels of the two Gaussians between which the structure lies that the search goes by."""
SMOOTHING = (2.0, 1.0)
"""σ in pixels of the Gaussians under which the shift is refined, in turn."""
STEPS = 5
"""Refinements under each."""
STRIDE = 1.5
"""Pixels by which one refinement moves at most."""
CLOSE = 2e-3
"""Pixels below which a refinement ends."""
LEAST = 16
"""Pixels of the side that must remain in common."""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Where the content of the second picture lies, seen from the first: ``second(u) ≈ first(u − shift)``."""

    right: float
    down: float
    deviation: float
    """Standard error of either, in pixels: from the noise and how much structure there is."""

    @property
    def length(self) -> float:
        """Pixels."""
        return math.hypot(self.right, self.down)

    @property
    def certain(self) -> bool:
        """Whether it is beyond what noise alone makes: five standard errors."""
        return self.length > 5.0 * self.deviation


def find_shift(clean: Plane, noisy: Plane) -> Shift | None:
    """The shift of a noisy picture against the clean one; its brightness may differ by a factor and an offset.

    First whole pixels: the peak of the cross-correlation of both, band-passed and windowed. Then, under a Gaussian of
    2 and then 1 pixel, least squares of ``noisy = c₀ + c₁ s + c₂ ∂s/∂x + c₃ ∂s/∂y``, where s is the clean picture
    shifted so far; ``−(c₂, c₃)/c₁`` is what is missing. Shift and smoothing are one filter, a Gaussian off its centre,
    so nothing is interpolated. With noise in ``noisy`` alone this is the maximum-likelihood estimate for that
    smoothing; the step is Lucas and Kanade's (1981) with the gradient taken where there is no noise.

    Measured on 21 photographs with 4 shifts each (quarter pixels, true by averaging 4×4 pixels of larger ones; gain
    0.8; 8 bit): median and 90 % of the errors in pixels at σ 0: 0.002 and 0.006; 5: 0.004 and 0.013; 15: 0.012 and
    0.039; 25: 0.024 and 0.057; 50: 0.048 and 0.12; 100: 0.094 and 0.25 of 255. From σ 5 on, 90 % of the errors are
    below 1.7 standard errors. Where the clean picture has noise of its own, too, it is drawn slightly towards the whole
    pixel.

    Args:
        clean: H,W.
        noisy: H,W.

    Returns:
        None: too small, or without structure to go by.
    """
    if min(clean.shape) < 2 * LEAST:
        return None
    down, right = (float(side) for side in _whole_pixels(clean, noisy))
    found: Shift | None = None
    for smoothing in SMOOTHING:
        for _ in range(STEPS):
            step = _step(clean, noisy, (right, down), smoothing)
            if step is None:
                return None
            away = math.hypot(step.right, step.down)
            part = min(1.0, STRIDE / away) if away else 0.0
            right, down = right + part * step.right, down + part * step.down
            found = Shift(right=right, down=down, deviation=step.deviation)
            if away < CLOSE:
                break
    return found


def shifted_line(shift: float, smoothing: float) -> tuple[Plane, Plane]:
    """A Gaussian for correlation that moves content by ``shift`` pixels, and its derivative."""
    reach = math.ceil(3 * smoothing + 1)
    places = np.arange(-reach, reach + 1) + shift
    gauss = np.exp(-0.5 * np.square(places / smoothing))
    gauss /= gauss.sum()
    slope = places / smoothing**2 * gauss
    return gauss.astype(np.float32), (slope - slope.sum() * gauss).astype(np.float32)


def _whole_pixels(clean: Plane, noisy: Plane) -> tuple[int, int]:
    height, width = clean.shape
    window = np.outer(_hann(height), _hann(width))
    first, second = (scipy.fft.rfft2(_band(picture) * window) for picture in (clean, noisy))
    match = scipy.fft.irfft2(second * np.conj(first), s=(height, width))
    reach = min(REACH, height // 4, width // 4)
    rows, columns = (np.r_[0 : reach + 1, side - reach : side] for side in (height, width))
    part = match[np.ix_(rows, columns)]
    row, column = np.unravel_index(int(np.argmax(part)), part.shape)
    down, right = int(rows[row]), int(columns[column])
    return down - height * (down > reach), right - width * (right > reach)


def _band(picture: Plane) -> Plane:
    fine, coarse = (cv2.GaussianBlur(picture, (0, 0), s, borderType=cv2.BORDER_REFLECT_101) for s in (FINE, COARSE))
    band: Plane = fine - coarse
    band -= band.mean()
    return band


def _hann(length: int) -> Plane:
    window: Plane = np.hanning(length + 2)[1:-1].astype(np.float32)
    return window


def _step(clean: Plane, noisy: Plane, shift: tuple[float, float], smoothing: float) -> Shift | None:
    """What is missing in the shift, and how certain that is."""
    (right, down), (height, width) = shift, clean.shape
    across, below = round(right), round(down)
    (line, slope), (column, rise) = shifted_line(right - across, smoothing), shifted_line(down - below, smoothing)
    reach = len(line) // 2
    margin = max(abs(across), abs(below)) + reach + 1
    if 2 * margin + LEAST > min(height, width):
        return None
    outer = margin - reach
    source = clean[outer - below : height - outer - below, outer - across : width - outer - across]

    def filtered(horizontal: Plane, vertical: Plane) -> Plane:
        made: Plane = cv2.sepFilter2D(source, cv2.CV_32F, horizontal, vertical)[reach:-reach, reach:-reach]
        return made

    smooth = filtered(line, column)
    target = cv2.GaussianBlur(noisy, (2 * reach + 1, 2 * reach + 1), smoothing)[margin:-margin, margin:-margin]
    target = (target - target.mean()).ravel()
    design = np.stack([smooth - smooth.mean(), filtered(slope, column), filtered(line, rise)]).reshape(3, -1)
    design -= design.mean(axis=1, keepdims=True)
    normal = (design @ design.T).astype(np.float64)
    try:
        inverse = np.linalg.inv(normal)
    except np.linalg.LinAlgError:
        return None
    solved = inverse @ (design @ target).astype(np.float64)
    if not np.isfinite(solved).all() or abs(solved[0]) < 1e-6 or np.linalg.cond(normal) > 1e12:
        return None
    left_over = float(np.var(target - solved.astype(np.float32) @ design))
    variance = left_over * max(1.0, 4.0 * math.pi * smoothing**2)  # smoothed noise: fewer independent samples
    spread = max(inverse[1, 1], inverse[2, 2], 0.0)
    deviation = math.sqrt(spread * variance) / abs(solved[0])
    return Shift(right=-solved[1] / solved[0], down=-solved[2] / solved[0], deviation=deviation)
