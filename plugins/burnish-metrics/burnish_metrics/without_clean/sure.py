"""PSNR estimated from one noisy picture and the variance of its noise (SURE)."""

from __future__ import annotations

import torch
from burnish.errors import EvaluationError
from torch import Tensor

from burnish_metrics.convention import Convention
from burnish_metrics.without_clean.prepared import checked, decibels, inside

NAME = "metrics/sure"


class Sure:
    """−10 log10(SURE) in dB per image, where SURE is Stein's unbiased estimate of the mean squared error.

    SURE = mean (f(y) − y)² − mean v + 2·mean(v·δ·(f(y + δ) − f(y)))/ε², ε² = mean δ²: v is the noise's variance at each
    pixel, and the last term the restorer's divergence, probed with one small white δ (Ramani, Blu, Unser).

    It assumes Gaussian noise of mean zero that is independent between pixels, of known variance v, and a restorer that
    is smooth at the scale of δ. For Poisson-Gaussian noise, v taken at the noisy picture makes it nearly unbiased, if
    photons are not few (Le Montagner, Angelini, Olivo-Marin). Correlated noise or a wrong v make it meaningless: too
    large a v prefers what smooths too much.

    Nothing is clipped or rounded, since the probe is smaller than a file's levels.

    Source: Stein, doi:10.1214/aos/1176345632; Ramani, Blu, Unser, doi:10.1109/TIP.2008.2001404; Le Montagner, Angelini,
    Olivo-Marin, IEEE Transactions on Image Processing 23, 2014.
    """

    def __init__(self, *, border: int | str = "scale", data_range: float = 1.0) -> None:
        self.convention = Convention(border=border, rounding="none", data_range=data_range)

    def __call__(self, estimate: Tensor, reference: Tensor | None) -> Tensor:
        """Score N,C,H,W, f(y), with N,4,C,H,W: y, v, y + δ, f(y + δ); float64 of N, in dB.

        Raises:
            EvaluationError: A variance is negative, or nothing was changed for the probe.
        """
        holds = "the noisy picture, the variance of its noise, the changed picture, the estimate of that"
        probe = checked(NAME, estimate, reference, holds=holds, least=4, most=4)
        found = inside(NAME, estimate, self.convention)
        noisy, variance, changed, moved = inside(NAME, probe, self.convention).unbind(dim=1)
        if bool((variance < 0.0).any()):
            raise EvaluationError(
                f"{NAME}: a variance of the noise is negative; give the variance of each pixel's noise"
            )
        change = changed - noisy
        size = change.square().mean(dim=(1, 2, 3), keepdim=True)
        if not bool((size > 0.0).all()):
            raise EvaluationError(f"{NAME}: the changed picture equals the noisy one; add small white Gaussian noise")
        divergence = variance * change * (moved - found) / size
        squares = (found - noisy).square() - variance + 2.0 * divergence
        return torch.tensor([decibels(image) for image in squares / self.convention.data_range**2], dtype=torch.float64)
