"""Invalid pixels, which have no measurement: how to find them, and how to put them back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["invalid_pixels", "is_nodata", "put_back"]

Samples = NDArray[np.uint8 | np.uint16 | np.float32]
"""Stored values of a picture; floats have white at 1."""


def invalid_pixels(pixels: Samples, nodata: float | None) -> NDArray[np.bool_]:
    """The invalid pixels of H,W,C, as H,W: NaN or infinite in any channel, or ``nodata`` in all of them.

    Infinity is not a measurement either: it comes from a division by zero or an overflow.
    """
    found = np.zeros(pixels.shape[:2], np.bool_)
    if pixels.dtype.kind == "f":
        found |= ~np.isfinite(pixels).all(axis=2)
    if nodata is not None:
        found |= is_nodata(pixels, nodata).all(axis=2)
    return found


def is_nodata(pixels: Samples, nodata: float) -> NDArray[np.bool_]:
    """Which samples equal the no-data value, compared in the samples' own type."""
    with np.errstate(over="ignore"):
        value = np.float32(nodata) if pixels.dtype.kind == "f" else nodata
    return np.asarray(np.isnan(pixels) if np.isnan(nodata) else pixels == value)


def put_back(pixels: Samples, original: Samples, invalid: NDArray[np.bool_], nodata: float | None) -> Samples:
    """Restored pixels h,w,c with the original values of H,W,C at invalid pixels.

    At another size each invalid pixel becomes a block. A sample that became ``nodata`` by restoring is moved by one
    level.
    """
    height, width = pixels.shape[:2]
    rows, columns = _nearest(original.shape[0], height), _nearest(original.shape[1], width)
    before = original[rows][:, columns]
    if before.shape[2] != pixels.shape[2]:
        before = np.broadcast_to(before[:, :, :1], pixels.shape)
    if nodata is not None and not np.isnan(nodata):
        turned = is_nodata(pixels, nodata) & ~is_nodata(before, nodata)
        if turned.any():  # else the no-data value may not even fit the samples' type
            pixels = np.where(turned, _beside(nodata, pixels.dtype), pixels)
    return np.where(invalid[rows][:, columns][:, :, None], before, pixels)


def _nearest(length: int, wanted: int) -> NDArray[np.int64]:
    """For each of ``wanted`` positions the one of ``length`` positions that covers its middle."""
    return (2 * np.arange(wanted) + 1) * length // (2 * wanted)


def _beside(nodata: float, dtype: np.dtype[np.uint8 | np.uint16 | np.float32]) -> Samples:
    """The sample value next to the no-data value."""
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return np.asarray(np.nextafter(np.float32(nodata), np.float32(0.5)))
    return np.asarray(nodata + 1 if nodata < np.iinfo(dtype.name).max else nodata - 1).astype(dtype)
