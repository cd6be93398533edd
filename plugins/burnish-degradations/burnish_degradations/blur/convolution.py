"""Convolution of a batch with a different kernel per picture, for each boundary, with its exact transpose."""

from __future__ import annotations

from typing import Literal

import torch
from burnish.errors import DataError
from torch import Tensor
from torch.nn import functional

Boundary = Literal["circular", "valid", "reflect"]
"""Outside the picture: its opposite side; nothing (only pixels inside the valid part are made); or its mirror image
about the centre of the edge pixel (SciPy's ``mirror``)."""

DIRECT_SIDE = 7
"""Up to this side of the kernel the sum over its pixels is faster than the FFT (measured on CPU, see the README)."""


def convolve(pictures: Tensor, kernels: Tensor, boundary: Boundary) -> Tensor:
    """(k ∗ x)(p) = Σ_q k(q) x(p − q), the kernel's centre at its middle pixel.

    Args:
        pictures: N,C,H,W.
        kernels: N,k,k with k odd, one for each picture.
        boundary: See ``Boundary``.

    Returns:
        N,C,H,W; for ``valid`` N,C,H−k+1,W−k+1.
    """
    radius = kernels.shape[-1] // 2
    if boundary == "valid":
        _require_room(pictures, radius)
    return _valid(extend(pictures, radius, boundary), kernels)


def convolve_adjoint(pictures: Tensor, kernels: Tensor, boundary: Boundary) -> Tensor:
    """The transpose of ``convolve``: N,C,H,W → N,C,H,W; for ``valid`` N,C,H,W → N,C,H+k−1,W+k−1."""
    return extend_adjoint(_valid_adjoint(pictures, kernels), kernels.shape[-1] // 2, boundary)


def extend(pictures: Tensor, radius: int, boundary: Boundary) -> Tensor:
    """N,C,H,W with ``radius`` pixels of the boundary's continuation on every side; unchanged for ``valid``."""
    if boundary == "valid":
        return pictures
    rows = _beyond(pictures.shape[2], radius, boundary).to(pictures.device)
    columns = _beyond(pictures.shape[3], radius, boundary).to(pictures.device)
    return pictures.index_select(2, rows).index_select(3, columns)


def extend_adjoint(pictures: Tensor, radius: int, boundary: Boundary) -> Tensor:
    """The transpose of ``extend``: values of the continuation are added to the pixels that it copies."""
    if boundary == "valid":
        return pictures
    for axis in (2, 3):
        shape = list(pictures.shape)
        shape[axis] -= 2 * radius
        places = _beyond(shape[axis], radius, boundary).to(pictures.device)
        pictures = pictures.new_zeros(shape).index_add_(axis, places, pictures)
    return pictures


def central_part(pictures: Tensor, radius: int) -> Tensor:
    """…,H,W without ``radius`` pixels on every side: the results of a valid convolution."""
    _require_room(pictures, radius)
    height, width = pictures.shape[-2:]
    return pictures[..., radius : height - radius, radius : width - radius]


def _require_room(pictures: Tensor, radius: int) -> None:
    height, width = pictures.shape[-2:]
    side = 2 * radius + 1
    if min(height, width) < side:
        raise DataError(
            f"a picture of {width}×{height} pixels has no valid part under a kernel of side {side}; "
            "remove it, or set boundary to reflect or circular"
        )


def _beyond(length: int, radius: int, boundary: Boundary) -> Tensor:
    """The index of the pixel at each position from −radius to length − 1 + radius."""
    places = torch.arange(-radius, length + radius)
    if boundary == "circular":
        return places % length
    period = max(2 * (length - 1), 1)
    folded = places % period
    return torch.minimum(folded, period - folded) if length > 1 else folded


def _valid(pictures: Tensor, kernels: Tensor) -> Tensor:
    count, channels, height, width = pictures.shape
    reach = kernels.shape[-1] - 1
    if kernels.shape[-1] > DIRECT_SIDE:
        size = (fast_length(height), fast_length(width))
        product = torch.fft.rfft2(pictures, s=size) * torch.fft.rfft2(kernels, s=size)[:, None]
        whole: Tensor = torch.fft.irfft2(product, s=size)
        return whole[..., reach:height, reach:width].contiguous()
    weights = kernels.flip(-1, -2).repeat_interleave(channels, dim=0)[:, None]
    merged = pictures.reshape(1, count * channels, height, width)
    out = functional.conv2d(merged, weights, groups=count * channels)
    return out.reshape(count, channels, height - reach, width - reach)


def _valid_adjoint(pictures: Tensor, kernels: Tensor) -> Tensor:
    count, channels, height, width = pictures.shape
    reach = kernels.shape[-1] - 1
    if kernels.shape[-1] > DIRECT_SIDE:
        size = (fast_length(height + reach), fast_length(width + reach))
        spectrum = torch.fft.rfft2(functional.pad(pictures, (reach, 0, reach, 0)), s=size)
        product = spectrum * torch.fft.rfft2(kernels, s=size).conj()[:, None]
        whole: Tensor = torch.fft.irfft2(product, s=size)
        return whole[..., : height + reach, : width + reach].contiguous()
    weights = kernels.flip(-1, -2).repeat_interleave(channels, dim=0)[:, None]
    merged = pictures.reshape(1, count * channels, height, width)
    out = functional.conv_transpose2d(merged, weights, groups=count * channels)
    return out.reshape(count, channels, height + reach, width + reach)


def fast_length(length: int) -> int:
    """The next length whose only prime factors are 2, 3 and 5, for a fast transform."""
    while not _smooth(length):
        length += 1
    return length


def _smooth(length: int) -> bool:
    for factor in (2, 3, 5):
        while length % factor == 0:
            length //= factor
    return length == 1
