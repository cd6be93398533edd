"""The bootstrap interval of the mean of a few differences, corrected for small samples.

Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, section 14.3 (BCa: bias-corrected and
accelerated); N. Fisher, P. Hall, doi:10.1016/0378-3758(91)90050-7 (enumeration); T. Hesterberg,
doi:10.1080/00031305.2015.1089789 (tails expanded by Student's t, since resampling n values understates their spread).

Rate at which a difference that is truly 0 comes out above 0 at 95 % (nominal 2.5 %; normal and left-skewed differences,
600 trials): 6.7 and 17 % for plain BCa of 5 images, 3.8 and 11 % with expanded tails; 3.0 and 3.7 % for 68 images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]

FEWEST = 5
"""Below so many values no resampling has the asked coverage; the interval is Student's."""

EXACT = 7
"""Up to so many values all resamples are enumerated: 1716 compositions of 7 stand for 7⁷ of them."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The mean of some values, and its interval by resampling."""

    mean: float
    low: float
    high: float
    """Two-sided interval at the asked confidence."""
    positive: float
    """Share of resamples whose mean is above zero."""
    method: str
    """``BCa bootstrap``, ``percentile bootstrap`` or ``Student's t``, and from how much."""


def bootstrap_mean(values: Array, *, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Interval:
    """The interval of the mean of n values, by the method that suits their number.

    n ≥ 5: BCa with expanded tails; all resamples enumerated up to n = 7. Where BCa is not defined (no spread, or
    infinite values, which have an order but no acceleration) the percentile interval; an infinite loss and an infinite
    gain in one resample count as a loss. n < 5: Student's interval. n = 1 says nothing about its spread: infinite.

    Args:
        values: Differences, shape (n,), n ≥ 1; may hold infinities, no NaN.
        confidence: Of the two-sided interval, within (0, 1).
        resamples: How many, where n is beyond ``EXACT``.
        seed: Of the resampling.
    """
    count = len(values)
    if count <= EXACT:
        weights, shares = _compositions(count)
        how = "all resamples"
    else:
        draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
        weights, shares, how = draws / count, np.full(resamples, 1 / resamples), f"{resamples} resamples"
    means = _weighted_means(weights, values)
    order = np.argsort(means, kind="stable")
    means, shares = means[order], shares[order]
    mean = float(_weighted_means(np.full((1, count), 1 / count), values)[0])
    positive = float(shares[means > 0].sum())
    if count < FEWEST:
        reach = _student_reach(values, confidence)
        low, high = (-math.inf, math.inf) if math.isinf(reach) else (mean - reach, mean + reach)
        return Interval(mean=mean, low=low, high=high, positive=positive, method=f"Student's t, {count} images")
    tail = _expanded_tail(count, confidence)
    corrected = _bca(values, mean, means, shares, (tail, 1 - tail))
    low, high = (_quantile(means, shares, part) for part in corrected or (tail, 1 - tail))
    method = f"{'BCa' if corrected else 'percentile'} bootstrap, {how}"
    return Interval(mean=mean, low=low, high=high, positive=positive, method=method)


def _student_quantile(confidence: float, freedom: int) -> float:
    """The t with P(|T| ≤ t) = confidence."""
    return float(stdtrit(freedom, (1 + confidence) / 2))


def _student_reach(values: Array, confidence: float) -> float:
    """Half the width of Student's interval; infinite where one value, or an infinite one, gives no spread."""
    count = len(values)
    if count == 1 or not np.isfinite(values).all():
        return math.inf
    return _student_quantile(confidence, count - 1) * float(values.std(ddof=1)) / math.sqrt(count)


def _expanded_tail(count: int, confidence: float) -> float:
    """The normal tail that Student's t and the factor √(n/(n-1)) of the bootstrap's spread ask for."""
    reach = math.sqrt(count / (count - 1)) * _student_quantile(confidence, count - 1)
    return max(NormalDist().cdf(-reach), 1e-12)


def _weighted_means(weights: Array, values: Array) -> Array:
    """Means under each row of weights; an infinity counts where its weight is not 0, a loss before a gain."""
    finite = np.isfinite(values)
    means: Array = weights @ np.where(finite, values, 0.0)
    means[weights @ (values == np.inf) > 0] = np.inf
    means[weights @ (values == -np.inf) > 0] = -np.inf
    return means


def _bca(
    values: Array, mean: float, means: Array, shares: Array, tails: tuple[float, float]
) -> tuple[float, float] | None:
    """The tails after correction for bias and acceleration; None where that is not defined."""
    if not np.isfinite(values).all():
        return None
    tolerance = 1e-12 * max(1.0, float(np.abs(values).max()))
    ties = np.abs(means - mean) <= tolerance
    below = float(shares[(means < mean) & ~ties].sum() + shares[ties].sum() / 2)
    centred = values - values.mean()  # the jackknife's deviations, up to a factor that cancels
    spread = float((centred**2).sum())
    if not 0 < below < 1 or spread <= tolerance**2:
        return None
    normal = NormalDist()
    bias = normal.inv_cdf(below)
    acceleration = float((centred**3).sum()) / (6 * spread**1.5)
    shifted = [bias + normal.inv_cdf(tail) for tail in tails]
    if any(acceleration * z >= 1 for z in shifted):
        return None
    low, high = (normal.cdf(bias + z / (1 - acceleration * z)) for z in shifted)
    return low, high


def _quantile(means: Array, shares: Array, tail: float) -> float:
    """The smallest mean at or below which lies at least the share ``tail``; means are sorted."""
    index = int(np.searchsorted(np.cumsum(shares), tail - 1e-12))
    return float(means[min(index, len(means) - 1)])


@lru_cache(maxsize=EXACT)
def _compositions(count: int) -> tuple[Array, Array]:
    """All ways of drawing ``count`` of ``count`` with replacement: weights (m, count), their probabilities (m,)."""
    rows = np.array(list(_parts(count, count)), dtype=np.float64)
    ways = [math.factorial(count) / math.prod(math.factorial(int(part)) for part in row) for row in rows]
    return rows / count, np.array(ways) / float(count) ** count


def _parts(total: int, places: int) -> list[tuple[int, ...]]:
    if places == 1:
        return [(total,)]
    return [(first, *rest) for first in range(total + 1) for rest in _parts(total - first, places - 1)]
