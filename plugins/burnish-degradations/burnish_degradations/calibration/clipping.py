"""Mean and variance of noise before it was clipped to [0, 1], from those after it."""

from __future__ import annotations

import math

import numpy as np
import torch

from burnish_degradations.calibration.levels import Floats

STEPS = 300
"""Of the fixed-point iteration; it is slow only where most values are clipped."""
ACCURACY = 1e-4
"""Relative to the standard deviation, of a solution."""


def clipped_moments(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a normal variable that is clipped to [0, 1]."""
    deviation = np.sqrt(variance)
    low, high = -mean / deviation, (1.0 - mean) / deviation
    within, over = _normal(high) - _normal(low), _normal(-high)
    slope = _density(low) - _density(high)
    first = mean * within + deviation * slope + over
    second = (mean**2 + variance) * within + 2.0 * mean * deviation * slope + over
    second = second + variance * (low * _density(low) - high * _density(high))
    return first, second - first**2


def unclipped(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The mean and the variance that a normal variable had before it was clipped to [0, 1] (Foi 2009).

    Args:
        mean: After clipping, inside (0, 1).
        variance: After clipping, above 0.

    Returns:
        Mean and variance before; NaN where none leads to those given. doi:10.1016/j.sigpro.2009.04.035.
    """
    before, deviation = mean.copy(), np.sqrt(variance)
    for _ in range(STEPS):
        first, second = clipped_moments(before, deviation**2)
        second = np.maximum(second, 1e-300)
        before = before + (mean - first)
        deviation = np.clip(deviation * np.sqrt(variance / second), 1e-9, 4.0)
    first, second = clipped_moments(before, deviation**2)
    solved = (np.abs(first - mean) <= ACCURACY * np.sqrt(variance)) & (
        np.abs(second - variance) <= 2.0 * ACCURACY * variance
    )
    return np.where(solved, before, math.nan), np.where(solved, deviation**2, math.nan)


def _normal(value: Floats) -> Floats:
    found: Floats = torch.special.ndtr(torch.from_numpy(np.ascontiguousarray(value))).numpy()
    return found


def _density(value: Floats) -> Floats:
    found: Floats = np.exp(-0.5 * value**2) / math.sqrt(2.0 * math.pi)
    return found
