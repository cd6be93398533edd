"""Mean squared difference to other shots of the scene: what compares restorers without a clean picture."""

from __future__ import annotations

from torch import Tensor

from burnish_metrics.convention import PEAK, Convention, Rounding
from burnish_metrics.without_clean.prepared import checked, inside, rounded

NAME = "metrics/shot-error"


class ShotError:
    """mean (a − f)² per image, over pixels and over the other shots a, in squared levels of 255; lower is better.

    Its expectation is the mean squared error of f plus the variance of the shots' noise. That variance is the same for
    every restorer of the same input, so the difference of two restorers' figures is an unbiased estimate of the
    difference of their mean squared errors; the figure itself says nothing about quality. One other shot suffices.

    It assumes noise of mean zero in a that is independent of the restored shot.
    """

    def __init__(self, *, border: int | str = "scale", rounding: Rounding = "file", data_range: float = 1.0) -> None:
        self.convention = Convention(border=border, rounding=rounding, data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W in [0, 1] against N,S,C,H,W, S ≥ 1 other shots; float64 of N, in squared levels."""
        holds = "other shots of the same scene"
        shots = checked(NAME, estimate, reference, holds=holds, least=1, most=0)
        found = inside(NAME, rounded(estimate, self.convention), self.convention)
        other = inside(NAME, shots, self.convention)
        errors: Tensor = (other - found[:, None]).square().mean(dim=(1, 2, 3, 4))
        return errors * (PEAK / self.convention.data_range) ** 2
