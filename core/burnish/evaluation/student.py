"""Student's t distribution for whole degrees of freedom, without SciPy."""

from __future__ import annotations

import math


def student_central(t: float, freedom: int) -> float:
    """``P(|T| ≤ t)`` for t ≥ 0, by the finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2 == 1
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def student_quantile(confidence: float, freedom: int) -> float:
    """The t with ``P(|T| ≤ t) = confidence``, by bisection to 1e-12 of itself."""
    low, high = 0.0, 1.0
    while student_central(high, freedom) < confidence and high < 1e12:
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if student_central(middle, freedom) < confidence else (low, middle)
    return high
