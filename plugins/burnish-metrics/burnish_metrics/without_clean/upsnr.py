"""PSNR estimated from noisy shots of the same scene (uPSNR)."""

from __future__ import annotations

import torch
from torch import Tensor

from burnish_metrics.convention import Convention, Rounding
from burnish_metrics.without_clean.prepared import checked, decibels, inside, rounded

NAME = "metrics/upsnr"


class Upsnr:
    """−10 log10(uMSE) in dB per image; uMSE is an unbiased estimate of the mean squared error to the clean picture.

    With three shots a, b, c beside the one that was restored, uMSE = mean (a − f)² − (b − c)²/2. This is the mean over
    all ways to give the S shots these parts: uMSE = mean over pixels of (ā − f)² − s²/S, where ā is their mean and s²
    their variance (S − 1 in the divisor). For S = 2 it is that of (ā − f)² − (a − b)²/4, also unbiased.

    It assumes noise of mean zero that is independent between shots, in any strength and distribution, correlated over
    the picture or not. Where only single pictures exist, the other pixels of each 2×2 cell stand in for shots: they
    show slightly other places, so the figure is biased, in favour of restorers that smooth.

    Source: Marcos-Morales et al., arXiv:2210.05553.
    """

    def __init__(self, *, border: int | str = "scale", rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.convention = Convention(border=border, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against N,S,C,H,W, S ≥ 2 other shots; float64 of N, in dB."""
        holds = "other shots of the same scene"
        shots = checked(NAME, estimate, reference, holds=holds, least=2, most=0)
        found = inside(NAME, rounded(estimate, self.convention), self.convention)
        other = inside(NAME, shots, self.convention)
        squares = (other.mean(dim=1) - found).square() - other.var(dim=1) / other.shape[1]
        return torch.tensor([decibels(image) for image in squares / self.convention.data_range**2], dtype=torch.float64)
