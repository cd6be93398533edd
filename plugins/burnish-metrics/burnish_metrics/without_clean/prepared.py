"""What the metrics without a clean picture share: checks, borders, and decibels of an estimated squared error."""

from __future__ import annotations

import math

import torch
from burnish.errors import EvaluationError
from torch import Tensor

from burnish_metrics.convention import DEEP, PEAK, Convention


def checked(metric: str, estimate: Tensor, reference: Tensor | None, *, holds: str, least: int, most: int) -> Tensor:
    """The reference N,S,C,H,W, if it belongs to the estimate N,C,H,W and has between ``least`` and ``most`` parts.

    Args:
        metric: Its id, for messages.
        estimate: N,C,H,W.
        reference: N,S,C,H,W.
        holds: What the S parts are, for messages.
        least: Smallest S.
        most: Largest S; 0: any.

    Raises:
        EvaluationError: It does not fit, or a value is not finite.
    """
    found = "nothing" if reference is None else "×".join(map(str, reference.shape))
    wanted = f"S×{'×'.join(map(str, estimate.shape[1:]))}"
    if (
        reference is None
        or reference.ndim != 5
        or estimate.ndim != 4
        or (reference.shape[0], *reference.shape[2:]) != tuple(estimate.shape)
        or reference.shape[1] < least
        or (most and reference.shape[1] > most)
    ):
        count = f"S = {least}" if least == most else f"S ≥ {least}"
        raise EvaluationError(f"{metric} compares with N×{wanted}, {count}: {holds}; it received {found}")
    for role, values in (("estimate", estimate), ("reference", reference)):
        if not bool(torch.isfinite(values).all()):
            raise EvaluationError(f"{metric}: the {role} contains NaN or infinite values; mask or fill them")
    return reference


def inside(metric: str, picture: Tensor, convention: Convention) -> Tensor:
    """…,H,W without the convention's border, float64 on the CPU.

    Raises:
        EvaluationError: Nothing is left.
    """
    cut = convention.border if isinstance(convention.border, int) else 0
    height, width = picture.shape[-2:]
    if min(height, width) <= 2 * cut:
        raise EvaluationError(
            f"{metric}: nothing is left of {height}×{width} inside a border of {cut}; use larger pictures"
        )
    return picture[..., cut : height - cut, cut : width - cut].detach().cpu().double()


def rounded(estimate: Tensor, convention: Convention) -> Tensor:
    """The estimate as its file would hold it, by the convention's rounding; still in [0, 1], float64.

    Noisy pictures are never clipped or rounded by a metric: their noise would no longer have a mean of zero.
    """
    if convention.rounding == "none":
        return estimate.double()
    estimate = estimate.clamp(0.0, 1.0)
    if convention.rounding == "clip":
        return estimate.double()
    levels = DEEP if convention.rounding == "uint16" else PEAK
    return (estimate.float() * levels + 0.5).floor().double() / levels


def decibels(squares: Tensor) -> float:
    """−10 log10 of the mean of unbiased estimates of a squared error, one a pixel, relative to a peak of 1.

    Such estimates scatter about the true error and may be negative; so may their mean, if the error is small against
    the noise. Where the mean is below its own standard error (standard deviation over pixels / √pixels), the standard
    error takes its place: no more can be said than that the error is at most about that large.

    Args:
        squares: Of one picture, any shape, in units of the squared range.
    """
    error = float(squares.mean())
    uncertain = float(squares.std(correction=0)) / math.sqrt(squares.numel())
    error = max(error, uncertain)
    return math.inf if error <= 0.0 else -10.0 * math.log10(error)
