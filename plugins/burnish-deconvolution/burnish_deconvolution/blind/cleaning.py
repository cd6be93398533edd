"""Cleans a kernel: removes weak values, isolated specks and an off-centre position."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def clean(kernel: Tensor, *, threshold: float = 0.05, speck: float = 0.1) -> Tensor:
    """Set values below ``threshold`` of the largest, and islands with less than ``speck`` of the sum, to 0.

    Args:
        kernel: k,k; negative values count as 0.
        threshold: As a share of the largest value.
        speck: As a share of the sum; the heaviest island stays whatever it weighs.

    Returns:
        k,k, non-negative, sums to 1.
    """
    kernel = kernel.clamp_min(0.0)
    kernel = torch.where(kernel < threshold * kernel.max(), 0.0, kernel)
    kernel = normalised(kernel)
    islands = labels(kernel > 0)
    weights = torch.bincount(islands.flatten(), weights=kernel.flatten().double())
    light = weights < min(speck, float(weights.max()))
    return normalised(kernel.masked_fill(light[islands], 0.0))


def labels(mask: Tensor) -> Tensor:
    """k,k bool → k,k int64: connected pixels, also by corners, share one positive number; 0 outside ``mask``."""
    number = torch.arange(1, mask.numel() + 1, dtype=torch.float64, device=mask.device).view_as(mask) * mask
    while True:
        spread = functional.max_pool2d(number[None, None], 3, stride=1, padding=1)[0, 0] * mask
        if torch.equal(spread, number):
            return number.long()
        number = spread


def centred(kernel: Tensor) -> Tensor:
    """The kernel shifted by whole pixels to have its centre of gravity in the middle; what leaves it is lost."""
    side = kernel.shape[-1]
    place = torch.arange(side, dtype=kernel.dtype, device=kernel.device) - side // 2
    total = kernel.sum()
    down = round(float((kernel.sum(1) * place).sum() / total))
    right = round(float((kernel.sum(0) * place).sum() / total))
    wide = functional.pad(kernel, (side, side, side, side)).roll((-down, -right), (0, 1))
    return normalised(wide[side:-side, side:-side])


def correlation(first: Tensor, second: Tensor) -> tuple[float, int, int]:
    """Largest normalised correlation of two kernels, over all whole-pixel shifts, and that shift (down, right).

    The shift is that of ``second`` about its middle that brings it onto ``first`` about its own; 1.0 if they are the
    same then.
    """
    side = first.shape[-1] + second.shape[-1] + 1
    wide = [fitted(kernel, side).double() for kernel in (first, second)]
    spectra = [torch.fft.rfft2(kernel) for kernel in wide]
    products = torch.fft.irfft2(spectra[0] * spectra[1].conj(), s=(side, side))
    place = int(products.argmax())
    down, right = ((way + side // 2) % side - side // 2 for way in (place // side, place % side))
    return float(products.max() / (wide[0].norm() * wide[1].norm())), down, right


def mean(first: Tensor, second: Tensor) -> Tensor:
    """k,k: the mean of two kernels, the second one shifted by whole pixels onto the first one."""
    _, down, right = correlation(first, second)
    side = first.shape[-1] + second.shape[-1] + 1
    return centred(fitted(first, side) + fitted(second, side).roll((down, right), (0, 1)))


def fitted(kernel: Tensor, side: int) -> Tensor:
    """The kernel padded with zeros, or cropped about its middle, to the side ``side``."""
    margin = (side - kernel.shape[-1]) // 2
    return normalised(functional.pad(kernel, (margin, margin, margin, margin)))


def normalised(kernel: Tensor) -> Tensor:
    """The kernel scaled to sum 1; a kernel of zeros becomes the unit impulse."""
    total = kernel.sum()
    if float(total) > 0:
        return kernel / total
    impulse = torch.zeros_like(kernel)
    impulse[kernel.shape[-2] // 2, kernel.shape[-1] // 2] = 1.0
    return impulse
