"""Two noisy pictures with independent noise out of one, by more noise or by thinning.

R2R, Pang et al. 2021 (doi 10.1109/CVPR46437.2021.00208), for Gaussian noise; its generalisation by Monroy et al. 2024
(arXiv 2412.04648) for Poisson noise. Both pictures of a pair have the clean picture as their mean.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian_pair(degraded: Tensor, deviation: Tensor, noise: Tensor, *, alpha: float) -> tuple[Tensor, Tensor]:
    """``y + α s z`` and ``y − s z / α``: for Gaussian noise of standard deviation s they are independent given x.

    For noise whose variance depends on the value, s² may be an unbiased estimate of it from y: then their noises are
    uncorrelated, but not independent.

    Args:
        degraded: y, N,C,H,W.
        deviation: s, of a shape that fits, in units of [0, 1].
        noise: z, N,C,H,W of standard normal numbers.
        alpha: Above 0; the first picture has noise of 1 + α² times the variance, the second of 1 + 1/α² times.
    """
    added = deviation * noise
    return degraded + alpha * added, degraded - added / alpha


WHOLE = 0.05
"""Mean distance from whole counts, below which values are counts; 0.25 where they have nothing to do with them."""


def are_counts(degraded: Tensor, gain: Tensor, offset: Tensor) -> bool:
    """Whether the values of one picture are whole counts of ``gain`` above ``offset``, and so can be split.

    A sensor's values are not after stretching, averaging, or an amplification of its own noise.
    """
    counts = (degraded - float(offset)) / float(gain)
    return float((counts - counts.round()).abs().mean()) < WHOLE and float(counts.min()) > -0.5


def poisson_pair(
    degraded: Tensor, gain: Tensor, offset: Tensor, *, alpha: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The counts split in two by drawing each electron with probability α: independent Poisson pictures.

    ``(k − ω) / (1 − α)`` and ``ω / α`` with ω ~ Binomial(k, α), as values: the first has noise of 1 / (1 − α) times the
    variance of y, the second of 1 / α times.

    Args:
        degraded: y = gain · k + offset, N,C,H,W; rounded to whole counts k, none below 0.
        gain: N, above 0, in units of [0, 1].
        offset: N.
        alpha: Between 0 and 1.
        generator: On the CPU.
    """
    unit, start = gain.reshape(-1, 1, 1, 1).to(degraded), offset.reshape(-1, 1, 1, 1).to(degraded)
    counts = ((degraded - start) / unit).round().clamp_min(0.0)
    drawn = torch.binomial(counts.cpu(), torch.full(counts.shape, alpha).to(counts.cpu()), generator=generator)
    drawn = drawn.to(degraded)
    return (counts - drawn) * (unit / (1.0 - alpha)) + start, drawn * (unit / alpha) + start
