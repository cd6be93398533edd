"""JPEG and BMP: decoded exactly as Pillow does, kinds and metadata as they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from burnish.errors import ImagingError
from burnish.io import Metadata, Picture, read_picture, write_picture
from PIL import Image

ARRAY = np.random.default_rng(0).integers(0, 256, (37, 53, 3)).astype(np.uint8)


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_any_sampling_is_decoded_as_pillow_decodes_it(
    tmp_path: Path, subsampling: int, progressive: bool
) -> None:
    Image.fromarray(ARRAY).save(tmp_path / "a.jpg", subsampling=subsampling, progressive=progressive, quality=70)
    with Image.open(tmp_path / "a.jpg") as image:
        np.testing.assert_array_equal(read_picture(tmp_path / "a.jpg").pixels, np.asarray(image))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_bmp_is_decoded_as_pillow_decodes_it(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(ARRAY).convert(mode)
    image.save(tmp_path / "a.bmp")
    expected = np.asarray(image.convert({"1": "L", "P": "RGB"}.get(mode, mode)))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.bmp").pixels.squeeze(), expected)


def test_the_first_picture_of_a_phones_mpo_file_is_read(tmp_path: Path) -> None:
    first, second = Image.fromarray(ARRAY), Image.new("RGB", (53, 37))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "MPO"
        np.testing.assert_array_equal(read_picture(tmp_path / "a.jpg").pixels, np.asarray(image))


def test_the_largest_picture_below_pillows_own_bomb_limit_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(ARRAY).save(tmp_path / "a.jpg")
    Image.fromarray(ARRAY).save(tmp_path / "a.bmp")
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)
    assert read_picture(tmp_path / "a.jpg").width == 53
    assert read_picture(tmp_path / "a.bmp").width == 53


def test_a_bmp_is_written_where_nothing_is_lost_by_it(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.bmp", Picture(pixels=ARRAY))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.bmp").pixels, ARRAY)
    with pytest.raises(ImagingError, match=r"neither EXIF, ICC nor XMP; write \.png"):
        write_picture(tmp_path / "a.bmp", Picture(pixels=ARRAY, metadata=Metadata(icc=b"profile")))


def test_the_quality_decides_the_size_of_a_jpeg(tmp_path: Path) -> None:
    sizes = []
    for quality in (50, 95, 100):
        write_picture(tmp_path / "a.jpg", Picture(pixels=ARRAY), quality=quality)
        sizes.append((tmp_path / "a.jpg").stat().st_size)
    assert sizes == sorted(sizes)
