"""Rotates a picture upright by its EXIF orientation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from burnish.io.formats.exif import with_orientation, with_size
from burnish.io.formats.georeference import without_georeference
from burnish.io.formats.xmp import upright_in_xmp, with_size_in_xmp
from burnish.io.picture import Picture
from burnish.ops.invalid import Samples

TRANSPOSING = range(5, 9)
"""Orientations that exchange height and width."""


def upright(picture: Picture) -> Picture:
    """The upright picture: pixels and alpha rotated, the orientation tag reset, everything else kept."""
    metadata = picture.metadata
    turn = metadata.orientation
    if turn == 1:
        return picture
    pixels = np.ascontiguousarray(turned(picture.pixels, turn))
    alpha = None if picture.alpha is None else np.ascontiguousarray(turned(picture.alpha, turn))
    swaps = turn in TRANSPOSING
    exif, xmp = with_orientation(metadata.exif, 1), upright_in_xmp(metadata.xmp)
    dpi = metadata.dpi[::-1] if swaps and metadata.dpi is not None else metadata.dpi
    changed = replace(
        metadata,
        orientation=1,
        exif=with_size(exif, pixels.shape[1], pixels.shape[0]) if swaps else exif,
        xmp=with_size_in_xmp(xmp, pixels.shape[1], pixels.shape[0]) if swaps else xmp,
        dpi=dpi,
    )
    return Picture(pixels=pixels, alpha=alpha, metadata=without_georeference(changed))


def turned(samples: Samples, orientation: int) -> Samples:
    """H,W or H,W,C turned upright by an EXIF orientation 1..8 (EXIF 2.32, tag 0x0112)."""
    if orientation in TRANSPOSING:
        samples = samples.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return samples
