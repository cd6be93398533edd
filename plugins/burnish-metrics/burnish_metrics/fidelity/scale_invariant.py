"""PSNR and SSIM after the estimate's brightness and contrast were fitted to the reference, as in microscopy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import numpy as np
import torch
from burnish.errors import EvaluationError
from torch import Tensor

from burnish_metrics.convention import PEAK, Array, Convention, Rounding, comparable
from burnish_metrics.fidelity.psnr import decibels, mean_square
from burnish_metrics.fidelity.ssim import mean_similarity

Range: TypeAlias = Literal["peak", "extremes", "percentiles"]
"""What counts as the whole range of a picture; see ``ScaleInvariant``."""

PERCENTILES = (0.1, 99.9)
"""Of the reference, in percent: what CARE's evaluation takes for its darkest and brightest value."""


class ScaleInvariant:
    """A metric of a·estimate + b, where a and b make the mean squared error to the reference least.

    One a and one b for each picture, all channels together, fitted inside the border in float64; after that the
    estimate is clipped and rounded like the reference. Estimates that differ by brightness and contrast score the same.

    ``range`` says which difference of values is the whole range: ``peak`` that of the file, as in ``metrics/psnr``;
    ``extremes`` largest minus smallest value of the reference; ``percentiles`` those of CARE's evaluation. Other than
    ``peak`` makes figures of pictures that fill little of their file lower: they compare with tables of the same range
    only.

    Source: Weigert et al., doi:10.1038/s41592-018-0216-7, supplementary note 2.
    """

    def __init__(
        self,
        name: str,
        score: Callable[[Array, Array, float], float],
        convention: Convention,
        range: Range,
    ) -> None:
        self._name, self._score, self._range = name, score, range
        self._border = convention.border if isinstance(convention.border, int) else 0
        self.convention = Convention(border=0, rounding=convention.rounding, data_range=convention.data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W of any brightness against the reference of that shape in [0, 1]; float64 of N."""
        return torch.tensor(list(self._scores(estimate, reference)), dtype=torch.float64)

    def _scores(self, estimate: Tensor, reference: Tensor | None) -> Iterator[float]:
        truth = self._inside(comparable(self._name, estimate, reference))
        fitted = fit(self._name, self._inside(estimate), truth)
        for x, y in self.convention.pairs(self._name, fitted, truth):
            yield self._score(x, y, whole_range(self._name, y, self._range))

    def _inside(self, picture: Tensor) -> Tensor:
        cut = self._border
        height, width = picture.shape[-2:]
        if min(height, width) <= 2 * cut:
            raise EvaluationError(
                f"{self._name}: nothing is left of {height}×{width} inside a border of {cut}; use larger pictures"
            )
        return picture[..., cut : height - cut, cut : width - cut]


def psnr(
    *,
    range: Range = "peak",
    border: int | str = "scale",
    rounding: Rounding = "file",
    data_range: float = 1.0,
) -> ScaleInvariant:
    """``10 log10(range² / MSE)`` in dB after the fit; infinite where the fitted estimate equals the reference."""
    convention = Convention(border=border, rounding=rounding, data_range=data_range)
    return ScaleInvariant("metrics/psnr-scale-invariant", _psnr, convention, range)


def ssim(
    *,
    range: Range = "peak",
    border: int | str = "scale",
    rounding: Rounding = "file",
    data_range: float = 1.0,
) -> ScaleInvariant:
    """Structural similarity after the fit: the window of ``metrics/ssim``, constants (0.01·range)², (0.03·range)²."""
    convention = Convention(border=border, rounding=rounding, data_range=data_range)
    return ScaleInvariant("metrics/ssim-scale-invariant", _ssim, convention, range)


def fit(metric: str, estimate: Tensor, reference: Tensor) -> Tensor:
    """a·estimate + b of each picture by least squares; the mean of the reference where the estimate is constant.

    Args:
        metric: Its id, for messages.
        estimate: N,C,H,W.
        reference: The same shape.

    Returns:
        N,C,H,W, float64, on the CPU.

    Raises:
        EvaluationError: A value that is not finite.
    """
    x, y = estimate.detach().cpu().double(), reference.detach().cpu().double()
    for role, picture in (("estimate", x), ("reference", y)):
        if not bool(torch.isfinite(picture).all()):
            raise EvaluationError(f"{metric}: the {role} contains NaN or infinite values; mask or fill them")
    mean = y.mean(dim=(1, 2, 3), keepdim=True)
    x = x - x.mean(dim=(1, 2, 3), keepdim=True)
    power = x.square().sum(dim=(1, 2, 3), keepdim=True)
    slope = (x * (y - mean)).sum(dim=(1, 2, 3), keepdim=True) / torch.where(power > 0.0, power, torch.ones_like(power))
    return slope * x + mean


def whole_range(metric: str, reference: Array, kind: Range) -> float:
    """The range of a reference H,W,C in 0..255, in the same levels.

    Raises:
        EvaluationError: It is constant, and its own range is to count.
    """
    if kind == "peak":
        return PEAK
    low, high = (0.0, 100.0) if kind == "extremes" else PERCENTILES
    darkest, brightest = np.percentile(reference.astype(np.float64), (low, high))
    if brightest <= darkest:
        raise EvaluationError(f"{metric}: the reference has no {kind} apart from each other; set range=peak")
    return float(brightest - darkest)


def _psnr(x: Array, y: Array, reach: float) -> float:
    return decibels(mean_square(x, y) * (PEAK / reach) ** 2)


def _ssim(x: Array, y: Array, reach: float) -> float:
    part = PEAK / reach
    return mean_similarity("metrics/ssim-scale-invariant", x.astype(np.float64) * part, y.astype(np.float64) * part)
