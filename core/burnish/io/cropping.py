"""Crops a picture like its tensor: pixels, alpha, invalid pixels, and the size in the metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish.io.formats.exif import with_size
from burnish.io.formats.georeference import without_georeference
from burnish.io.formats.xmp import with_size_in_xmp
from burnish.io.picture import Picture
from burnish.io.tensors import from_tensor
from burnish.ops.invalid import Samples


def cropped(picture: Picture, clean: Tensor, crop: Callable[[Tensor], Tensor]) -> Picture:
    """The picture cropped; the georeference stays where the first pixel stays the first.

    Args:
        picture: The picture.
        clean: 1,C,H,W, as ``to_tensor`` gives it.
        crop: 1,C,H,W → the part that stays, 1,C,h,w, the same part whatever the values are.
    """

    def plane(values: Samples | NDArray[np.bool_]) -> Tensor:
        whole = torch.from_numpy(values.astype(np.float32))[None, None]
        return crop(whole.expand_as(clean).contiguous())[0, 0]

    kept = crop(clean)
    blank = Picture(pixels=np.zeros((1, 1, picture.channels), picture.pixels.dtype))
    pixels, metadata, alpha = from_tensor(kept, blank).pixels, picture.metadata, picture.alpha
    height, width = pixels.shape[:2]
    if picture.invalid.any():
        pixels[plane(picture.invalid).numpy() > 0.5] = np.nan if metadata.nodata is None else metadata.nodata
    if alpha is not None:
        alpha = (plane(alpha / np.float32(picture.peak)) * picture.peak).numpy()
        alpha = (alpha.round() if picture.peak > 1 else alpha).astype(picture.pixels.dtype)
    if not torch.equal(kept, clean[..., :height, :width]):
        metadata = without_georeference(metadata)
    exif, xmp = with_size(metadata.exif, width, height), with_size_in_xmp(metadata.xmp, width, height)
    return Picture(pixels=pixels, alpha=alpha, metadata=replace(metadata, exif=exif, xmp=xmp))
