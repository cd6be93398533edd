"""Between stored pictures and the float32 tensors that restorers work on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from burnish.errors import ImagingError, UsageError
from burnish.io.files import read_picture
from burnish.io.formats.exif import with_size
from burnish.io.formats.georeference import resized_georeference, without_georeference, without_statistics
from burnish.io.formats.xmp import with_size_in_xmp
from burnish.io.orientation import upright
from burnish.io.picture import Metadata, Picture
from burnish.ops.filling import filled
from burnish.ops.invalid import Samples, put_back
from burnish.ops.luma import grey_levels, studio_levels

Colour = Literal["rgb", "grey", "y"]
PROFILE_SPACES = {1: b"GRAY", 3: b"RGB "}
"""Number of channels → colour space at bytes 16..19 of an ICC profile that fits."""


def to_tensor(picture: Picture) -> Tensor:
    """The pixels, without alpha, as float32 1,C,H,W in [0, 1]: stored value over 255, 65535 or 1.

    Invalid pixels (``Picture.invalid``) are filled by a smooth continuation of their surroundings: all is finite.
    """
    stored = _as_tensor(picture.pixels.astype(np.float32) / np.float32(picture.peak))
    return filled(stored, picture.invalid) if picture.invalid.any() else stored


def from_tensor(estimate: Tensor, like: Picture) -> Picture:
    """An estimate as a picture of the depth, alpha and metadata of ``like``.

    For 8 and 16 bit clipped to [0, 1] and rounded half up: ⌊x · peak + ½⌋; float pictures are never clipped. Where the
    size differs, alpha is resized (bicubic, clipped), the sizes that EXIF and XMP state are corrected, and so is the
    georeference, where both sides grew or shrank by the same whole factor; else it is dropped. Where the number of
    channels differs, an ICC profile of the other colour space is dropped. Invalid pixels of ``like`` keep their values,
    each a block where the picture grew, and no other sample takes the value for no data.

    Args:
        estimate: 1,C,H,W, C = 1 or 3, float, on any device.
        like: The picture that the estimate was made of.

    Raises:
        ImagingError: The shape is not that of a picture, or a value is not finite.
    """
    if estimate.ndim != 4 or estimate.shape[0] != 1:
        raise ImagingError(f"a tensor shaped {tuple(estimate.shape)} is not a single picture; give 1,C,H,W")
    values = estimate.detach().to(device="cpu", dtype=torch.float32)
    if not bool(torch.isfinite(values).all()):
        raise ImagingError("the estimate contains NaN or infinite values; check the restorer")
    pixels = np.ascontiguousarray(_levels(values[0], like).transpose(1, 2, 0))
    nodata = like.metadata.nodata
    if nodata is not None or like.invalid.any():
        pixels = np.ascontiguousarray(put_back(pixels, like.pixels, like.invalid, nodata))
    height, width = pixels.shape[:2]
    metadata, alpha = like.metadata, like.alpha
    if (height, width) != (like.height, like.width):
        exif = with_size(metadata.exif, width, height)
        xmp = with_size_in_xmp(metadata.xmp, width, height)
        metadata = replace(metadata, exif=exif, xmp=xmp)
        factor = _whole_factor((like.height, like.width), (height, width))
        metadata = resized_georeference(metadata, factor) if factor else without_georeference(metadata)
        alpha = None if alpha is None else _resized(alpha, like, height, width)
    metadata = without_statistics(_fitting_profile(metadata, pixels.shape[2]))
    return Picture(pixels=pixels, alpha=alpha, metadata=metadata)


def read_clean(path: Path | str, colour: Colour = "rgb", *, max_pixels: int | None = None) -> Tensor:
    """Read a picture for training and evaluation: upright, without alpha, float32 1,C,H,W in [0, 1].

    ``rgb``: three channels, grey repeated. ``grey``: one; of colour files MATLAB's ``rgb2gray``, rounded to the file's
    depth (float32: not rounded). ``y``: one; of colour files BT.601 studio luma rounded likewise; of 8
    bit round(16 + (65.481 R + 128.553 G + 24.966 B)/255)/255 with R, G, B in 0..255, of 16 bit
    round(257·(16 + …))/65535. Grey files are for both as they are. Rounding is half up.

    Raises:
        ImagingError: The picture cannot be read, or holds pixels without data.
        UsageError: The colour is none of the three.
    """
    if colour not in ("rgb", "grey", "y"):
        raise UsageError(f"colour is {colour!r}; give rgb, grey or y")
    picture = upright(read_picture(path, max_pixels=max_pixels))
    if lost := int(picture.invalid.sum()):
        fact = f"{lost:,} of its {picture.invalid.size:,} pixels hold no data (NaN, infinite or its nodata value)"
        raise ImagingError(
            f"{path}: {fact}, which cannot be used for training or scoring; crop them off, or remove the file"
        )
    if colour == "rgb" or picture.channels == 1:
        samples = _as_tensor(picture.pixels.astype(np.float32) / np.float32(picture.peak))
        return samples.repeat(1, 3 if colour == "rgb" and picture.channels == 1 else 1, 1, 1)
    if colour == "y":
        levels = studio_levels(picture.pixels, picture.peak) * (picture.peak / 255.0)
    else:
        levels = grey_levels(picture.pixels)
    if picture.peak > 1.0:
        levels = np.floor(levels + 0.5)
    return _as_tensor(levels.astype(np.float32) / np.float32(picture.peak))


def _as_tensor(samples: NDArray[np.float32]) -> Tensor:
    """H,W,C → 1,C,H,W."""
    return torch.from_numpy(np.ascontiguousarray(samples.transpose(2, 0, 1)))[None]


def _whole_factor(before: tuple[int, int], after: tuple[int, int]) -> float:
    """The factor by which both sides grew (2: twice as long) or shrank (½; a remainder was cropped); 0 if neither."""
    if 0 in after:
        return 0.0
    if before[0] <= after[0]:
        factor = after[0] // before[0]
        return float(factor) if after == (before[0] * factor, before[1] * factor) else 0.0
    divisor = round(before[0] / after[0])
    return 1 / divisor if divisor > 1 and after == (before[0] // divisor, before[1] // divisor) else 0.0


def _levels(values: Tensor, like: Picture) -> Samples:
    """Values as samples of the picture's type: integers are clipped and rounded, floats stay."""
    if like.peak > 1.0:
        values = values.clamp(0.0, 1.0).mul_(like.peak).add_(0.5).floor_()
    return values.contiguous().numpy().astype(like.pixels.dtype)


def _resized(alpha: Samples, like: Picture, height: int, width: int) -> Samples:
    """Alpha H,W at another size by bicubic interpolation (Keys, a = −0.5), clipped."""
    plane = torch.from_numpy(alpha.astype(np.float32) / np.float32(like.peak))[None, None]
    larger = functional.interpolate(plane, size=(height, width), mode="bicubic", align_corners=False, antialias=True)
    return _levels(larger[0, 0].clamp(0.0, 1.0), like)


def _fitting_profile(metadata: Metadata, channels: int) -> Metadata:
    """The metadata without a profile for another colour space (grey for RGB pixels, or RGB for grey ones)."""
    space = metadata.icc[16:20] if metadata.icc else b""
    misfit = space in PROFILE_SPACES.values() and space != PROFILE_SPACES[channels]
    return replace(metadata, icc=None) if misfit else metadata
