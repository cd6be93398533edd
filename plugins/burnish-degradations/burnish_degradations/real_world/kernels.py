"""The blur kernels of Real-ESRGAN: Gaussian, generalized Gaussian and plateau, round or elongated, and ringing sinc."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SIDE = 21
"""All kernels are this wide in pixels; smaller ones would only cut the tails."""

SHAPES = ("gaussian", "generalised", "plateau")
"""exp(−½ q), exp(−½ q^β) and 1/(1 + q^β) with q = pᵀ Σ⁻¹ p."""


def bell_kernel(shape: str, widths: tuple[float, float], angle: float, beta: float) -> Tensor:
    """A kernel of one of ``SHAPES``, SIDE × SIDE, float64, sums to 1.

    Args:
        shape: One of ``SHAPES``.
        widths: Standard deviations in pixels along ``angle`` and across.
        angle: In degrees, counter-clockwise from the right.
        beta: Exponent of the last two shapes; 1 makes the generalised one a Gaussian.
    """
    x, y = _grid()
    turn = math.radians(angle)
    along = (x * math.cos(turn) - y * math.sin(turn)) / max(widths[0], 0.05)
    aside = (x * math.sin(turn) + y * math.cos(turn)) / max(widths[1], 0.05)
    square = along**2 + aside**2
    if shape == "gaussian":
        kernel = torch.exp(-0.5 * square)
    elif shape == "generalised":
        kernel = torch.exp(-0.5 * square**beta)
    else:
        kernel = 1.0 / (1.0 + square**beta)
    return kernel / kernel.sum()


def sinc_kernel(cutoff: float) -> Tensor:
    """The ideal low-pass filter of radius ``cutoff`` (radians a pixel, up to π), cut to SIDE × SIDE, sums to 1.

    k(p) = ω J₁(ω |p|) / (2π |p|), ω²/4π in the middle; J₁ is the Bessel function of the first kind. Some is negative.
    """
    x, y = _grid()
    radius = torch.hypot(x, y)
    kernel: Tensor = cutoff * torch.special.bessel_j1(cutoff * radius) / (2.0 * math.pi * radius.clamp_min(1e-9))
    kernel[SIDE // 2, SIDE // 2] = cutoff**2 / (4.0 * math.pi)
    return kernel / kernel.sum()


def _grid() -> tuple[Tensor, Tensor]:
    place = torch.arange(SIDE, dtype=torch.float64) - SIDE // 2
    return place[None, :], place[:, None]
