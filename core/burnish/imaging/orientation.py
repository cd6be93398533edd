"""Turning a picture upright by its EXIF orientation."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from burnish.imaging.exif import with_orientation, with_size
from burnish.imaging.picture import Metadata, Picture
from burnish.imaging.tiff_reading import GEOGRAPHIC

TRANSPOSING = range(5, 9)
"""Orientations that exchange height and width."""


def upright(picture: Picture) -> Picture:
    """The picture as it is meant to be seen: pixels and alpha turned, the orientation tag reset, all else kept."""
    metadata = picture.metadata
    turn = metadata.orientation
    if turn == 1:
        return picture
    pixels = np.ascontiguousarray(turned(picture.pixels, turn))
    alpha = None if picture.alpha is None else np.ascontiguousarray(turned(picture.alpha, turn))
    swaps = turn in TRANSPOSING
    exif = with_orientation(metadata.exif, 1)
    dpi = metadata.dpi[::-1] if swaps and metadata.dpi is not None else metadata.dpi
    changed = replace(
        metadata,
        orientation=1,
        exif=with_size(exif, pixels.shape[1], pixels.shape[0]) if swaps else exif,
        xmp=_reset_in_xmp(metadata.xmp),
        dpi=dpi,
    )
    return Picture(pixels=pixels, alpha=alpha, metadata=without_georeference(changed))


def turned(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """H,W or H,W,C turned upright by an EXIF orientation 1..8 (EXIF 2.32, tag 0x0112)."""
    if orientation in TRANSPOSING:
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return samples


def without_georeference(metadata: Metadata) -> Metadata:
    """The metadata without the tags that hold for one raster of pixels only."""
    return replace(metadata, tiff_tags=tuple(e for e in metadata.tiff_tags if e.tag not in GEOGRAPHIC))


def _reset_in_xmp(xmp: bytes | None) -> bytes | None:
    """The packet with its copy of the orientation tag set to 1, in place."""
    return None if xmp is None else re.sub(rb"""(tiff:Orientation(?:=["']|>))[2-8]""", rb"\g<1>1", xmp)
