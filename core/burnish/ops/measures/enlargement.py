"""Whether a picture was enlarged, and by how much: interpolation leaves a period in the differences of its pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Numbers = NDArray[np.float64]

LEAST = 64
"""Shorter side in pixels below which nothing is told."""
SLOWEST = 0.12
"""Lowest frequency of a period that is looked for, in cycles per pixel: slower ones are of the picture."""
POINTS = 4096
"""Frequencies of the spectrum of a period, from 0 to ½, times two."""
NEAR = 0.004
"""Distance of frequencies that count as the same, in cycles per pixel."""
EVIDENT, ALONE = 80.0, 4.0
"""A period's power is at least so many times the spectrum's median, and that of the periods of JPEG's blocks."""
EVIDENT_TWICE = 40.0
"""The same of a period of two pixels, where pictures have less of their own."""
WINDOW = 9
"""Pixels of the running median that is taken away."""
FINE, COARSE = (0.22, 0.3), (0.06, 0.1)
"""Bands in cycles per pixel: after an enlargement by 3, of the same period as one by 1.5, the finer is nearly empty."""
EMPTY = 0.02
"""Power in ``FINE`` below this part of that in ``COARSE`` is nearly none."""


def enlargement(luma: Plane) -> float | None:
    """The factor by which a picture was enlarged by interpolation; None: no trace, or too small to say.

    Interpolated pixels are weighted means, with weights that come again with the period of the enlargement, so the mean
    size of the differences of neighbours has that period, in rows and in columns. First differences show a factor of 2
    and its powers, second differences all others. A picture that was made smaller afterwards, or strongly compressed,
    shows nothing.

    Reference: A. C. Gallagher, "Detection of Linear and Cubic Interpolation in JPEG Compressed Images", CRV 2005,
    doi:10.1109/CRV.2005.33.

    Args:
        luma: H,W in [0, 1].
    """
    if min(luma.shape) < LEAST:
        return None
    first, second = (np.minimum(_power(luma, order), _power(luma.T, order)) for order in (1, 2))
    frequencies = np.fft.rfftfreq(POINTS)
    blocks = np.abs(8.0 * frequencies - np.round(8.0 * frequencies)) < 8.0 * NEAR
    if _at(second, 0.25) > max(EVIDENT, ALONE * _of_blocks(second)):
        return 4.0
    if _at(first, 0.5) > max(EVIDENT_TWICE, ALONE * _of_blocks(first)):
        return 2.0
    free = np.where(~blocks & (frequencies > SLOWEST), second, 0.0)
    found = int(free.argmax())
    if free[found] < EVIDENT:
        return None
    period = float(frequencies[found])
    return round(1.0 / period if _is_empty(luma) else 1.0 / (1.0 - period), 1)


def _power(luma: Plane, order: int) -> Numbers:
    """Power of the mean size of the differences along rows, as a function of the column, over its median."""
    sizes = np.abs(np.diff(luma, n=order, axis=1))
    mean = np.log(np.minimum(sizes, np.quantile(sizes, 0.99)).mean(axis=0, dtype=np.float64) + 1e-5)
    padded = np.pad(mean, WINDOW // 2, mode="reflect")
    sharp = mean - np.median(np.lib.stride_tricks.sliding_window_view(padded, WINDOW), axis=1)
    power = np.abs(np.fft.rfft(sharp * np.hanning(len(sharp)), POINTS)) ** 2
    typical = float(np.median(power[np.fft.rfftfreq(POINTS) > SLOWEST]))
    return np.asarray(power / max(typical, 1e-12))


def _at(power: Numbers, frequency: float) -> float:
    return float(power[np.abs(np.fft.rfftfreq(POINTS) - frequency) < NEAR].max())


def _of_blocks(power: Numbers) -> float:
    """What JPEG's blocks of 8 pixels have."""
    return max(_at(power, 0.125), _at(power, 0.375))


def _is_empty(luma: Plane) -> bool:
    spectrum = np.abs(np.fft.rfft(luma - luma.mean(), axis=1)) ** 2
    frequencies = np.fft.rfftfreq(luma.shape[1])
    fine, coarse = (spectrum[:, (frequencies > low) & (frequencies < high)].mean() for low, high in (FINE, COARSE))
    return bool(fine < EMPTY * coarse)
