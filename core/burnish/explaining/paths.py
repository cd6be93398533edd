"""Paths from a picture without information to the picture, along which gradients are integrated."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Path = Callable[[float], tuple[Tensor, Tensor]]
"""0 … 1 → the picture there, and its derivative by the position."""

RADII = 4.0
"""Half of a Gaussian's support, in standard deviations."""


def straight(baseline: Tensor, picture: Tensor) -> Path:
    """The straight path x₀ + α (x − x₀) of integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365)."""
    slope = picture - baseline
    return lambda position: (baseline + position * slope, slope)


def unblurring(whole: Tensor, sigma: float, cut: Callable[[Tensor], Tensor]) -> Path:
    """The path of pictures that get sharp: G(σ (1 − α)) * x, with a Gaussian G (Gu and Dong 2021, arXiv:2011.11036).

    Args:
        whole: …,H,W. Beyond its edge it is continued by its last pixels.
        sigma: Standard deviation at the beginning, in pixels.
        cut: The part that is looked at; taken after the blur, so that its edge shows none.
    """

    def at(position: float) -> tuple[Tensor, Tensor]:
        width = sigma * (1.0 - position)
        point, change = blurred(whole, width)
        return cut(point), cut(-sigma * change)

    return at


def blurred(picture: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """…,H,W blurred by a Gaussian of ``sigma`` pixels, sampled at pixels; and the derivative of that by ``sigma``."""
    if sigma <= 0.0:
        return picture, torch.zeros_like(picture)
    radius = max(1, round(RADII * sigma + 0.5))
    places = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.softmax(-0.5 * (places / sigma).square(), dim=0)
    squares = places.square()
    change = weights * (squares - (weights * squares).sum()) / sigma**3
    flat = picture.flatten(0, -3)[:, None]
    padded = functional.pad(flat, (radius,) * 4, mode="replicate")
    smooth, steep = (line.to(picture) for line in (weights, change))
    point = _along(_along(padded, smooth, -1), smooth, -2)
    slope = _along(_along(padded, steep, -1), smooth, -2) + _along(_along(padded, smooth, -1), steep, -2)
    return point.reshape(picture.shape), slope.reshape(picture.shape)


def _along(picture: Tensor, line: Tensor, axis: int) -> Tensor:
    kernel = line.view(1, 1, 1, -1) if axis == -1 else line.view(1, 1, -1, 1)
    return functional.conv2d(picture, kernel)
