"""What a picture record refuses to be."""

from __future__ import annotations

import numpy as np
import pytest
from burnish.errors import ImagingError
from burnish.io import Metadata, Picture


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 4), np.uint8), np.zeros((0, 2, 3), np.uint8), np.zeros((2, 2, 3))],
)
def test_pixels_of_another_shape_or_type_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ImagingError, match="pixels"):
        Picture(pixels=pixels)


@pytest.mark.parametrize(
    "alpha", [np.zeros((2, 3), np.uint8), np.zeros((2, 2), np.uint16), np.zeros((2, 2, 1), np.uint8)]
)
def test_alpha_of_another_size_or_type_is_refused(alpha: np.ndarray) -> None:
    with pytest.raises(ImagingError, match="alpha"):
        Picture(pixels=np.zeros((2, 2, 3), np.uint8), alpha=alpha)


@pytest.mark.parametrize("orientation", [0, 9, -1])
def test_an_orientation_that_exif_does_not_know_is_refused(orientation: int) -> None:
    with pytest.raises(ImagingError, match=r"1\.\.8"):
        Metadata(orientation=orientation)


def test_a_picture_tells_its_size_channels_and_peak() -> None:
    picture = Picture(pixels=np.zeros((2, 5, 1), np.uint16))
    assert (picture.height, picture.width, picture.channels, picture.peak) == (2, 5, 1, 65535.0)
