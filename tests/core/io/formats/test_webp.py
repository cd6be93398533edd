"""WebP through libwebp, with Pillow as the oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from burnish.errors import ImagingError
from burnish.io import Metadata, Picture, read_picture, write_picture
from PIL import Image


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"quality": 80}, {"quality": 80, "exif": b"MM\0*\0\0\0\x08\0\0"}]
)
@pytest.mark.parametrize("bands", [3, 4])
def test_every_kind_is_read_as_pillow_reads_it(tmp_path: Path, options: dict[str, object], bands: int) -> None:
    array = np.random.default_rng(0).integers(0, 256, (17, 33, bands)).astype(np.uint8)
    Image.fromarray(array).save(tmp_path / "a.webp", **options)
    with Image.open(tmp_path / "a.webp") as image:
        expected = np.asarray(image)
    picture = read_picture(tmp_path / "a.webp")
    np.testing.assert_array_equal(picture.pixels, expected[:, :, :3])
    if bands == 4:
        np.testing.assert_array_equal(picture.alpha, expected[:, :, 3])


@pytest.mark.parametrize("after", [b"\0", b"appended by a download manager"])
def test_bytes_after_the_file_are_passed_over(tmp_path: Path, after: bytes) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.webp", Picture(pixels=pixels))
    (tmp_path / "a.webp").write_bytes((tmp_path / "a.webp").read_bytes() + after)
    picture = read_picture(tmp_path / "a.webp")
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert not picture.damage


def test_colours_under_full_transparency_are_kept(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 9, 3)).astype(np.uint8)
    write_picture(tmp_path / "a.webp", Picture(pixels=pixels, alpha=np.zeros((9, 9), np.uint8)))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.webp").pixels, pixels)


def test_what_the_format_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match=r"16383 pixels a side; write \.png"):
        write_picture(tmp_path / "a.webp", Picture(pixels=np.zeros((1, 16384, 3), np.uint8)))
    grey = Metadata(icc=bytes(16) + b"GRAY" + bytes(100))
    with pytest.raises(ImagingError, match=r"no grey.*write \.png"):
        write_picture(tmp_path / "a.webp", Picture(pixels=np.zeros((4, 4, 1), np.uint8), metadata=grey))
    assert not (tmp_path / "a.webp").exists()
