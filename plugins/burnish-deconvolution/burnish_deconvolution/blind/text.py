"""The prior of text: its pixels have one of two tones, that of the paper or that of the ink."""

from __future__ import annotations

import torch
from torch import Tensor

DARKEST = 0.02
"""Share of the pixels that may be darker than the darker tone."""
NEAR = 0.12
"""So near to a tone, as a share of the difference of both, a pixel counts as having it."""


def two_tones(grey: Tensor) -> tuple[float, float]:
    """The tones of blurred text H,W: dark as its darkest pixels, bright as its brightest one.

    Thin strokes never reach their tone in a blurred picture, so the extremes tell more than the two heaps of a
    histogram do.
    """
    dark = grey.flatten().kthvalue(max(1, int(DARKEST * grey.numel()))).values
    return float(dark), float(grey.max())


def toned(grey: Tensor, tones: tuple[float, ...], threshold: float) -> Tensor:
    """H,W in which a pixel whose squared distance to one of the ``tones`` is below ``threshold`` has that tone.

    The L0 norm of intensities of J. Pan et al., "Deblurring Text Images via L0-Regularized Intensity and Gradient
    Prior", CVPR 2014, doi:10.1109/CVPR.2014.371, for both tones, so that it does not matter which of them is black.
    """
    result = grey
    for tone in tones:
        result = torch.where((grey - tone).square() < threshold, torch.full_like(grey, tone), result)
    return result


def two_toned(restored: Tensor) -> float:
    """Share of the pixels of H,W that lie near its darker or its brighter tone: 0.7 or more for text, 0.1 to 0.5 else.

    The tones are the percentiles 2 and 98, and near is within 12 % of their difference.
    """
    values = restored.clamp(0.0, 1.0).flatten()
    low, high = (values.kthvalue(max(1, int(share * len(values)))).values for share in (DARKEST, 1.0 - DARKEST))
    near = NEAR * (high - low)
    return float((((values - low).abs() < near) | ((values - high).abs() < near)).double().mean())
