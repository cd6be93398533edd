"""The plain blur that a picture's spectrum tells: a straight motion, a lens out of focus, a Gaussian."""

from __future__ import annotations

import math

import torch
from burnish.ops.measures.blur_kind import Blur, blur_kind
from torch import Tensor

FINE = 8
"""Points along each side of a pixel, or along each pixel of a line, at which a shape is sampled."""


def plain_kernel(grey: Tensor, sigma: float) -> Tensor | None:
    """The kernel of the plain blur that explains the spectrum of H,W best; None: it tells none.

    Args:
        grey: In [0, 1].
        sigma: Its noise in [0, 1].

    Returns:
        k,k, non-negative, sums to 1.
    """
    found = blur_kind(grey.detach().cpu().float().contiguous().numpy(), sigma)
    if found is None or found.kind == "none":
        return None
    return drawn(found).to(grey)


def drawn(blur: Blur) -> Tensor:
    """k,k of a plain blur, float64, sums to 1, as large as it needs."""
    kernel = {"motion": _line, "disk": _disk, "gaussian": _gaussian}[blur.kind](blur)
    return kernel / kernel.sum()


def _line(blur: Blur) -> Tensor:
    """The time that a point on a straight way spends at each pixel, shared among the nearest four."""
    angle, half = math.radians(blur.angle), math.ceil(blur.size / 2.0) + 1
    along = torch.linspace(-0.5, 0.5, FINE * math.ceil(blur.size) + 1, dtype=torch.float64) * blur.size
    x, y = half + along * math.cos(angle), half - along * math.sin(angle)
    kernel = torch.zeros(2 * half + 1, 2 * half + 1, dtype=torch.float64)
    left, top = x.floor().long(), y.floor().long()
    for row, rows in ((top, top + 1 - y), (top + 1, y - top)):
        for column, columns in ((left, left + 1 - x), (left + 1, x - left)):
            kernel.index_put_((row, column), rows * columns, accumulate=True)
    return kernel


def _disk(blur: Blur) -> Tensor:
    """The part of each pixel that lies inside."""
    half = math.ceil(blur.size)
    places = (torch.arange((2 * half + 1) * FINE, dtype=torch.float64) + 0.5) / FINE - 0.5 - half
    inside = (places[:, None].square() + places.square() <= blur.size**2).double()
    return inside.reshape(2 * half + 1, FINE, 2 * half + 1, FINE).mean(dim=(1, 3))


def _gaussian(blur: Blur) -> Tensor:
    half = math.ceil(3.0 * blur.size)
    bell = (-0.5 * (torch.arange(-half, half + 1, dtype=torch.float64) / blur.size).square()).exp()
    return bell[:, None] * bell
