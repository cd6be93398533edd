"""A picture that was a JPEG once tells its quality and its grid; one that never was tells nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from burnish.ops.measures.jpeg_traces import JpegTraces, jpeg_traces
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
Levels = NDArray[np.uint8]


def levels(picture: Pixels) -> Levels:
    return (picture * 255 + 0.5).astype(np.uint8)


def through(picture: Levels, quality: int) -> Levels:
    """Encoded and decoded by OpenCV, H,W,3."""
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


def traces(picture: Levels) -> JpegTraces | None:
    return jpeg_traces(cv2.cvtColor(picture.astype(np.float32) / np.float32(255), cv2.COLOR_BGR2GRAY))


def test_pictures_that_never_were_a_jpeg_have_no_traces() -> None:
    draw = np.random.default_rng(0)
    for _ in range(8):
        waves = cv2.GaussianBlur(draw.random((256, 256, 3)).astype(np.float32), (0, 0), 1.5) * 4 - 1.5
        assert traces(levels(waves.clip(0, 1))) is None


@pytest.mark.parametrize("quality", [12, 25, 40, 60, 75, 90])
def test_quality_and_grid_are_found_in_a_cropped_picture(photographs: list[Pixels], quality: int) -> None:
    found = [traces(through(levels(picture), quality)[3:, 5:]) for picture in photographs]
    right = [one for one in found if one is not None and abs(one.quality - quality) <= 1 and one.offset == (5, 3)]
    assert len(right) >= 0.7 * len(found)


def test_an_earlier_stronger_compression_shows_through_the_last_one(photographs: list[Pixels]) -> None:
    found = [traces(through(through(levels(picture), 20), 60)) for picture in photographs]
    twice = [one for one in found if one is not None and one.first_quality is not None]
    assert len(twice) >= 0.8 * len(found)
    assert all(one.quality == 60 and abs(one.first_quality - 20) <= 3 for one in twice if one.first_quality)
    once = [traces(through(levels(picture), 60)) for picture in photographs]
    assert sum(one is not None and one.first_quality is not None for one in once) <= 0.1 * len(once)


def test_noise_and_scaling_remove_the_traces(photographs: list[Pixels]) -> None:
    for picture in photographs[:4]:
        stored = through(levels(picture), 50)
        noisy = stored + np.random.default_rng(0).normal(0, 4, stored.shape)
        assert traces(noisy.round().clip(0, 255).astype(np.uint8)) is None
        assert traces(cv2.resize(stored, None, fx=1.3, fy=1.3)) is None


def test_a_flat_or_small_picture_says_nothing() -> None:
    assert jpeg_traces(np.full((256, 256), 0.5, np.float32)) is None
    assert jpeg_traces(np.zeros((20, 20), np.float32)) is None
    assert jpeg_traces(np.zeros((4, 4), np.float32)) is None
