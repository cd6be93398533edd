"""The quality that a JPEG was written with comes back from its tables; its grid is seen in the pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.ops.measures.compression import CHROMA, LUMA, blockiness, jpeg_quality, quality_of, scaled
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]


def test_every_quality_comes_back_from_pillows_files(tmp_path: Path) -> None:
    colour, grey = Image.new("RGB", (16, 16)), Image.new("L", (16, 16))
    path = tmp_path / "picture.jpg"
    for quality in range(1, 101):
        for picture in (colour, grey):
            picture.save(path, quality=quality)
            assert jpeg_quality(path) == quality


@pytest.mark.parametrize("quality", [10, 50, 83, 100])
def test_opencv_writes_the_same_scale(tmp_path: Path, quality: int) -> None:
    path = tmp_path / "picture.jpg"
    cv2.imwrite(str(path), np.zeros((16, 16, 3), np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert jpeg_quality(path) == quality


def test_what_is_no_jpeg_has_no_quality_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    Image.new("RGB", (8, 8)).save(path, format="PNG")
    assert jpeg_quality(path) is None


def test_other_tables_are_answered_with_the_nearest_quality() -> None:
    own = np.maximum(1, scaled(LUMA, 70) + np.random.default_rng(0).integers(-1, 2, 64))
    assert abs(quality_of({0: own.tolist()}) - 70) <= 1
    assert quality_of({0: scaled(LUMA, 30).tolist(), 1: scaled(CHROMA, 30).tolist()}) == 30


def test_blockiness_grows_as_quality_falls_and_is_near_zero_without(photographs: list[Pixels]) -> None:
    for picture in photographs:
        levels = (picture[:, :, ::-1] * 255).round().astype(np.uint8)
        read = []
        for quality in (95, 75, 50, 30, 10):
            _, coded = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])
            grey = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
            assert grey is not None
            read.append(blockiness(grey.astype(np.float32) / 255) or 0.0)
        assert read == sorted(read)
        assert read[-1] > 0.5
    noise = np.random.default_rng(0).random((256, 256), dtype=np.float32)
    assert blockiness(noise) == pytest.approx(0.0, abs=0.02)


def test_flat_and_tiny_pictures_have_no_blockiness() -> None:
    assert blockiness(np.full((64, 64), 0.5, np.float32)) is None
    assert blockiness(np.zeros((8, 64), np.float32)) is None
