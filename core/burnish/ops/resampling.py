"""Bicubic resampling exactly as MATLAB's ``imresize`` does it, with its transpose."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Quantise", "cubic", "resize", "resize_adjoint", "resized_length", "taps"]

Quantise = Literal["none", "uint8", "uint8-per-pass"]
"""``none``: floating point throughout (MATLAB on double); ``uint8``: rounded and clipped once, at the end;
``uint8-per-pass``: after the row pass and again after the column pass (MATLAB on uint8)."""

SUPPORT = 4.0
"""Width in input pixels of the cubic kernel when it is not stretched."""


def cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' cubic convolution kernel with a = −0.5 (doi:10.1109/TASSP.1981.1163711), zero outside (−2, 2)."""
    a = np.abs(x)
    near = 1.5 * a**3 - 2.5 * a**2 + 1.0
    far = -0.5 * a**3 + 2.5 * a**2 - 4.0 * a + 2.0
    return np.where(a <= 1.0, near, np.where(a <= 2.0, far, 0.0))


def resized_length(length: int, scale: float) -> int:
    """Side in pixels after resizing by ``scale``: ⌈length · scale⌉."""
    return math.ceil(length * scale - 1e-9)


def taps(length: int, out_length: int, scale: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The input positions and weights for each output sample.

    Half-pixel centres: output i (from 1) sits at u = i/scale + (1 − 1/scale)/2. When the picture shrinks, the
    kernel is stretched by 1/scale (antialiasing). P = ⌈width⌉ + 2 samples are looked at; their weights are normalised
    to sum to 1; beyond the border the picture is mirrored with its edge repeated.

    Returns:
        Indices and weights, each shaped out_length × P.
    """
    stretch = min(scale, 1.0)
    width = SUPPORT / stretch
    count = math.ceil(width) + 2
    centre = np.arange(1, out_length + 1, dtype=np.float64) / scale + 0.5 * (1.0 - 1.0 / scale)
    first = np.floor(centre - width / 2.0)
    places = first[:, None] + np.arange(count)
    weights = stretch * cubic(stretch * (centre[:, None] - places))
    weights /= weights.sum(axis=1, keepdims=True)
    folded = np.mod(places.astype(np.int64) - 1, 2 * length)
    indices = np.where(folded < length, folded, 2 * length - 1 - folded)
    used = np.any(weights != 0.0, axis=0)
    return indices[:, used], weights[:, used]


def resize(picture: Tensor, scale: float, *, quantise: Quantise = "none") -> Tensor:
    """Resize N,C,H,W to N,C,⌈sH⌉,⌈sW⌉, computed in float64, rows first; returned in the input's type.

    Without ``quantise`` the result is not clipped. With it, values are those of 8-bit levels k/255; samples of the
    input within 1e-4 levels of a level count as that level, so that float32 pictures read from 8-bit files are exact.
    """
    if quantise == "none":
        return _along(_along(picture.double(), 2, scale), 3, scale).to(picture.dtype)
    levels = _snapped(picture.double() * 255.0)
    rows = _along(levels, 2, scale)
    if quantise == "uint8-per-pass":
        rows = _rounded(rows)
    return (_rounded(_along(rows, 3, scale)) / 255.0).to(picture.dtype)


def resize_adjoint(picture: Tensor, scale: float, size: tuple[int, int]) -> Tensor:
    """The transpose of ``resize`` (without quantisation) on pictures of ``size`` = (H, W): N,C,⌈sH⌉,⌈sW⌉ → N,C,H,W."""
    columns = _along_adjoint(picture.double(), 3, scale, size[1])
    return _along_adjoint(columns, 2, scale, size[0]).to(picture.dtype)


def _along(picture: Tensor, axis: int, scale: float) -> Tensor:
    length = picture.shape[axis]
    indices, weights = taps(length, resized_length(length, scale), scale)
    places, gains = _on_device(indices, weights, picture, axis)
    total = picture.index_select(axis, places[0]).mul_(gains[0])
    for place, gain in zip(places[1:], gains[1:], strict=True):
        total.addcmul_(picture.index_select(axis, place), gain)
    return total


def _along_adjoint(picture: Tensor, axis: int, scale: float, length: int) -> Tensor:
    indices, weights = taps(length, picture.shape[axis], scale)
    places, gains = _on_device(indices, weights, picture, axis)
    shape = list(picture.shape)
    shape[axis] = length
    total = picture.new_zeros(shape)
    for place, gain in zip(places, gains, strict=True):
        total.index_add_(axis, place, picture * gain)
    return total


def _on_device(
    indices: NDArray[np.int64], weights: NDArray[np.float64], like: Tensor, axis: int
) -> tuple[list[Tensor], list[Tensor]]:
    shape = (-1, 1) if axis == 2 else (-1,)
    places = torch.from_numpy(np.ascontiguousarray(indices.T)).to(like.device)
    gains = torch.from_numpy(np.ascontiguousarray(weights.T)).to(like.device)
    return list(places), [gain.reshape(shape) for gain in gains]


def _snapped(levels: Tensor) -> Tensor:
    nearest = levels.round()
    return torch.where((levels - nearest).abs() < 1e-4, nearest, levels)


def _rounded(levels: Tensor) -> Tensor:
    return (levels + 0.5).floor_().clamp_(0.0, 255.0)
