"""Pixels that hold no measurement: which they are, what a restorer sees in their place, and how they come back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def invalid_pixels(pixels: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Which pixels of H,W,C are invalid, H,W: NaN or infinite in any channel, or ``nodata`` in all of them.

    Infinity is no measurement either: it stands for a division by zero or an overflow.
    """
    found = np.zeros(pixels.shape[:2], np.bool_)
    if pixels.dtype.kind == "f":
        found |= ~np.isfinite(pixels).all(axis=2)
    if nodata is not None:
        found |= is_nodata(pixels, nodata).all(axis=2)
    return found


def is_nodata(pixels: NDArray[Any], nodata: float) -> NDArray[np.bool_]:
    """Which samples are the value for no data, compared in the samples' own type."""
    with np.errstate(over="ignore"):
        value = np.float32(nodata) if pixels.dtype.kind == "f" else nodata
    return np.asarray(np.isnan(pixels) if np.isnan(nodata) else pixels == value)


def filled(picture: Tensor, invalid: NDArray[np.bool_]) -> Tensor:
    """1,C,H,W with the pixels of ``invalid`` (H,W) replaced by a smooth continuation of those around; 0 if all are.

    Means over ever larger blocks of the valid pixels, the finest that has any first, interpolated bilinearly (the
    pull-push of Gortler et al. 1996, doi:10.1145/237170.237200), so that no edge stands where the data end.
    """
    holes = torch.from_numpy(invalid).to(picture.device)[None, None]
    return _spread(torch.where(holes, torch.zeros_like(picture), picture), ~holes)


def _spread(known: Tensor, valid: Tensor) -> Tensor:
    """``known`` N,C,H,W, 0 where ``valid`` N,1,H,W is not, with values there as well."""
    height, width = known.shape[-2:]
    if bool(valid.all()) or height * width == 1:
        return known
    weight = _means(valid.to(known.dtype))
    coarser = _spread(_means(known) / weight.clamp_min(1e-6), weight > 0)
    smooth = functional.interpolate(coarser, size=(height, width), mode="bilinear", align_corners=False)
    return torch.where(valid, known, smooth)


def _means(values: Tensor) -> Tensor:
    """Over blocks of 2×2 pixels, cut at the border."""
    return functional.avg_pool2d(values, 2, ceil_mode=True, count_include_pad=False)


def put_back(
    pixels: NDArray[Any], original: NDArray[Any], invalid: NDArray[np.bool_], nodata: float | None
) -> NDArray[Any]:
    """Restored pixels h,w,c with the original values of H,W,C wherever those are invalid; at another size each invalid
    pixel becomes its block. A sample that is ``nodata`` now and was not before is moved by one level.
    """
    height, width = pixels.shape[:2]
    rows, columns = _nearest(original.shape[0], height), _nearest(original.shape[1], width)
    before = original[rows][:, columns]
    if before.shape[2] != pixels.shape[2]:
        before = np.broadcast_to(before[:, :, :1], pixels.shape)
    if nodata is not None and not np.isnan(nodata):
        turned = is_nodata(pixels, nodata) & ~is_nodata(before, nodata)
        pixels = np.where(turned, _beside(nodata, pixels.dtype), pixels)
    return np.where(invalid[rows][:, columns][:, :, None], before, pixels)


def _nearest(length: int, wanted: int) -> NDArray[np.int64]:
    """For each of ``wanted`` positions the one of ``length`` that covers its middle."""
    return (2 * np.arange(wanted) + 1) * length // (2 * wanted)


def _beside(nodata: float, dtype: np.dtype[Any]) -> Any:
    """The sample next to the value for no data."""
    if dtype.kind == "f":
        return np.nextafter(np.float32(nodata), np.float32(0.5))
    return dtype.type(nodata + 1 if nodata < np.iinfo(dtype).max else nodata - 1)
