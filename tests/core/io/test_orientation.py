"""Upright by EXIF orientation, with Pillow's exif_transpose as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.io import Metadata, Picture, upright
from burnish.io.formats.exif import orientation_of, with_orientation
from PIL import Image, ImageOps


def stored(orientation: int) -> Picture:
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    metadata = Metadata(
        exif=with_orientation(None, orientation),
        orientation=orientation,
        dpi=(300.0, 150.0),
        xmp=f'<r tiff:Orientation="{orientation}"/>'.encode(),
    )
    return Picture(pixels=pixels, alpha=pixels[:, :, 1].copy(), metadata=metadata)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_turns_it(orientation: int) -> None:
    picture = stored(orientation)
    image = Image.fromarray(np.dstack([picture.pixels, picture.alpha]))
    image.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    turned = upright(picture)
    np.testing.assert_array_equal(turned.pixels, expected[:, :, :3])
    np.testing.assert_array_equal(turned.alpha, expected[:, :, 3])
    assert turned.pixels.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_tag_is_reset_wherever_it_stands_and_the_resolution_follows_the_axes(orientation: int) -> None:
    metadata = upright(stored(orientation)).metadata
    assert metadata.orientation == orientation_of(metadata.exif) == 1
    assert metadata.xmp == b'<r tiff:Orientation="1"/>'
    assert metadata.dpi == ((150.0, 300.0) if orientation >= 5 else (300.0, 150.0))


def test_an_upright_picture_is_returned_as_it_is() -> None:
    picture = stored(1)
    assert upright(picture) is picture
