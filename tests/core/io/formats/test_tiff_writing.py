"""TIFF as it is written: other readers find the samples, the profile, EXIF, GPS and the georeference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from burnish.io import Metadata, Picture, from_tensor, read_picture, to_tensor, upright, write_picture
from PIL import Image


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_tifffile_finds_samples_and_the_meaning_of_alpha(
    tmp_path: Path, dtype: str, channels: int, alpha: bool
) -> None:
    pixels = (np.random.default_rng(0).random((11, 13, channels)) * (1 if dtype == "float32" else 200)).astype(dtype)
    picture = Picture(pixels=pixels, alpha=pixels[:, :, 0].copy() if alpha else None)
    write_picture(tmp_path / "a.tif", picture)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        stored, page = tiff.asarray().reshape(11, 13, -1), tiff.pages.first
        assert [int(kind) for kind in page.extrasamples] == ([2] if alpha else [])
    assert stored.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(stored[:, :, :channels], pixels)
    if alpha:
        np.testing.assert_array_equal(stored[:, :, -1], picture.alpha)


@pytest.mark.parametrize("endian", ["<", ">"])
def test_pillow_finds_exif_gps_and_profile_of_a_camera_file(tmp_path: Path, endian: str) -> None:
    exif = Image.Exif()
    exif.endian = endian
    exif[271], exif[274], exif[33432] = "A maker", 6, "Nobody"
    exif.get_ifd(34665)[33434] = 0.008
    exif.get_ifd(34665)[37510] = b"ASCII\0\0\0a remark"
    exif.get_ifd(34853)[1], exif.get_ifd(34853)[2] = "N", (52.0, 31.0, 12.5)
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    assert block[:2] == {"<": b"II", ">": b"MM"}[endian]
    metadata = Metadata(exif=block, icc=b"profile" * 40, orientation=6, dpi=(240.0, 240.0), xmp=b"<x/>")
    write_picture(tmp_path / "a.tif", Picture(pixels=np.ones((4, 6, 3), np.uint8), metadata=metadata))
    with Image.open(tmp_path / "a.tif") as image:
        found = image.getexif()
        assert (found[271], found[274], found[33432]) == ("A maker", 6, "Nobody")
        assert float(found.get_ifd(34665)[33434]) == pytest.approx(0.008)
        assert found.get_ifd(34665)[37510] == b"ASCII\0\0\0a remark"
        assert found.get_ifd(34853)[2] == (52.0, 31.0, 12.5)
        assert image.info["icc_profile"] == b"profile" * 40
        assert image.info["dpi"] == (240, 240)


def test_the_resolution_of_the_exif_block_is_used_where_the_file_had_no_other(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = 200.0, 200.0, 2
    metadata = Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    write_picture(tmp_path / "a.tif", Picture(pixels=np.ones((4, 6, 3), np.uint8), metadata=metadata))
    assert read_picture(tmp_path / "a.tif").metadata.dpi == (200.0, 200.0)


def test_the_georeference_stays_while_the_raster_stays_and_follows_when_it_grows(
    shared_data: Path, tmp_path: Path
) -> None:
    source = next((shared_data / "domain" / "satellite").glob("*.tif"))
    original = read_picture(source)
    write_picture(tmp_path / "same.tif", from_tensor(to_tensor(original), original))
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(tmp_path / "same.tif") as after:
        assert before.geotiff_metadata is not None
        assert after.geotiff_metadata == before.geotiff_metadata
    larger = to_tensor(original).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    write_picture(tmp_path / "larger.tif", from_tensor(larger, original))
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(tmp_path / "larger.tif") as after:
        old, new = before.geotiff_metadata, after.geotiff_metadata
    assert old is not None and new is not None
    assert new.pop("ModelPixelScale") == [old["ModelPixelScale"][0] / 2, old.pop("ModelPixelScale")[1] / 2, 0.0]
    assert new == old


def test_an_upright_picture_states_no_other_orientation(tmp_path: Path) -> None:
    picture = Picture(pixels=np.ones((4, 6, 3), np.uint8), metadata=Metadata(orientation=6))
    write_picture(tmp_path / "a.tif", upright(picture))
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert 274 not in tiff.pages.first.tags or tiff.pages.first.tags[274].value == 1
