"""An enlarged picture is told from one that nobody enlarged, with the factor."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from burnish.ops.measures.enlargement import enlargement
from burnish.ops.measures.pixels import luma_of
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


@pytest.fixture
def taken(photographs: list[Pixels]) -> list[Pixels]:
    """Without the astronaut, which was resampled before scikit-image got it: it reads 1.2."""
    return photographs[1:]


def rounded(picture: Pixels) -> Pixels:
    """The luma of what 8 bits hold."""
    return luma_of(np.round(picture.clip(0, 1) * 255).astype(np.float32) / 255)


def compressed(picture: Pixels, quality: int) -> Pixels:
    levels = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    coded = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)).astype(np.float32) / 255


def test_photographs_as_they_are_and_as_jpeg_are_not_enlarged(taken: list[Pixels]) -> None:
    for picture in taken:
        assert enlargement(rounded(picture)) is None
        assert [enlargement(rounded(compressed(picture, quality))) for quality in (30, 75, 90)] == [None] * 3


@pytest.mark.parametrize(
    ("factor", "way"),
    [
        (1.5, cv2.INTER_LINEAR),
        (1.5, cv2.INTER_CUBIC),
        (2.0, cv2.INTER_LINEAR),
        (3.0, cv2.INTER_CUBIC),
        (4.0, cv2.INTER_CUBIC),
    ],
)
def test_the_factor_of_an_enlargement_is_told(taken: list[Pixels], factor: float, way: int) -> None:
    found = [
        enlargement(rounded(cv2.resize(picture[:200, :200], None, fx=factor, fy=factor, interpolation=way)))
        for picture in taken
    ]
    assert sum(one == factor for one in found) >= 2, found


def test_an_enlargement_is_told_through_jpeg_of_good_quality(taken: list[Pixels]) -> None:
    found = [
        enlargement(rounded(compressed(cv2.resize(picture[:200, :200], None, fx=1.5, fy=1.5), 92))) for picture in taken
    ]
    assert 1.5 in found


@pytest.mark.parametrize("shape", [(8, 8), (64, 64), (63, 500), (70, 900)])
def test_nothing_is_told_of_flat_and_of_tiny_pictures(shape: tuple[int, int]) -> None:
    assert enlargement(np.full(shape, 0.4, np.float32)) is None
