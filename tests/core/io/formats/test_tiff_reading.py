"""TIFF of every usual kind as tifffile and Pillow write it, and the kinds that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from burnish.errors import ImagingError
from burnish.io import read_picture
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image


def samples(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    if dtype == "float32":
        return generator.random(shape, dtype=np.float32)
    return generator.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


@given(
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    channels=st.sampled_from([1, 3]),
    alpha=st.sampled_from([None, "unassalpha", "assocalpha", "unspecified"]),
    compression=st.sampled_from([None, "lzw", "zlib", "packbits", "zstd"]),
    predictor=st.booleans(),
    layout=st.sampled_from(["strip", "tile"]),
    planar=st.booleans(),
    byteorder=st.sampled_from("<>"),
    big=st.booleans(),
    size=st.tuples(st.integers(1, 50), st.integers(1, 50)),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_layout_gives_the_samples_that_were_stored(
    tmp_path: Path,
    dtype: str,
    channels: int,
    alpha: str | None,
    compression: str | None,
    predictor: bool,
    layout: str,
    planar: bool,
    byteorder: Any,
    big: bool,
    size: tuple[int, int],
) -> None:
    count = channels + (alpha is not None)
    stored = samples((*size, count), dtype)
    if alpha == "unspecified":  # which no reader can know to be alpha, unless it looks like it
        opaque = 1 if dtype == "float32" else np.iinfo(dtype).max
        stored[:, :, -1] = np.where(stored[:, :, -1] > opaque / 2, opaque, 0)
    planar = planar and count > 1
    options: dict[str, Any] = {"rowsperstrip": 7} if layout == "strip" else {"tile": (16, 32)}
    if compression in ("lzw", "zlib", "zstd") and predictor:
        options["predictor"] = True
    if count > 1:
        options["planarconfig"] = "separate" if planar else "contig"
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.moveaxis(stored, -1, 0) if planar else stored[:, :, 0] if count == 1 else stored,
        photometric="rgb" if channels == 3 else "minisblack",
        extrasamples=None if alpha is None else [alpha],
        compression=compression,
        byteorder=byteorder,
        bigtiff=big,
        metadata=None,
        **options,
    )
    picture = read_picture(tmp_path / "a.tif")
    assert picture.pixels.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(picture.pixels, stored[:, :, :channels])
    if alpha is None:
        assert picture.alpha is None
    else:
        np.testing.assert_array_equal(picture.alpha, stored[:, :, -1])
        kinds = {"unassalpha": "straight", "assocalpha": "premultiplied", "unspecified": "unspecified"}
        assert picture.metadata.alpha_kind == kinds[alpha]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_files_of_pillow_are_read_as_pillow_shows_them(tmp_path: Path, mode: str, compression: str | None) -> None:
    bands = {"RGB": 3, "RGBA": 4, "LA": 2}.get(mode, 1)
    stored = samples((21, 34, bands), "uint16" if mode == "I;16" else "uint8").squeeze()
    if mode in ("1", "P"):
        image = (
            Image.fromarray(stored).convert(mode)
            if mode == "1"
            else Image.fromarray(samples((21, 34, 3), "uint8")).quantize(50)
        )
    else:
        image = Image.fromarray(stored)
    image.save(tmp_path / "a.tif", compression=compression)
    expected = np.asarray(image.convert({"1": "L", "P": "RGB"}.get(mode, image.mode)))
    picture = read_picture(tmp_path / "a.tif")
    if mode in ("RGBA", "LA"):
        np.testing.assert_array_equal(picture.alpha, expected[:, :, -1])
        expected = expected[:, :, :-1]
    np.testing.assert_array_equal(picture.pixels.squeeze(), expected.squeeze())


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_white_is_zero_is_turned_so_that_black_is_zero(tmp_path: Path, dtype: str) -> None:
    stored = samples((9, 8), dtype)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="miniswhite", metadata=None)
    peak = {"uint8": 255, "uint16": 65535, "float32": np.float32(1)}[dtype]
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels[:, :, 0], peak - stored)


def test_a_jpeg_inside_a_tiff_comes_out_as_rgb(tmp_path: Path) -> None:
    smooth = (np.add.outer(np.arange(64), np.arange(64))[:, :, None] * np.array([1, 2, 1])).astype(np.uint8)
    for photometric in ("ycbcr", "rgb"):
        tifffile.imwrite(
            tmp_path / "a.tif", smooth, photometric=photometric, compression="jpeg", compressionargs={"level": 99}
        )
        with Image.open(tmp_path / "a.tif") as image:
            reference = np.asarray(image.convert("RGB")).astype(int)
        assert np.abs(read_picture(tmp_path / "a.tif").pixels - reference).max() <= 2


def test_previews_beside_the_picture_are_passed_over(tmp_path: Path) -> None:
    stored = samples((40, 40, 3), "uint8")
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(stored[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
        writer.write(stored, photometric="rgb", metadata=None)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, stored)


GROUND = [(33550, 12, 3, (2.0, 2.0, 0.0), True), (33922, 12, 6, (0.0, 0.0, 0.0, 500.0, 900.0, 0.0), True)]


@pytest.mark.parametrize("tagged", [0, 1, 2])
@pytest.mark.parametrize("tags", [[], GROUND])
def test_alpha_that_is_nearly_all_transparent_or_opaque_is_alpha_whatever_the_file(
    tmp_path: Path, tagged: int, tags: list[Any]
) -> None:
    stored = samples((20, 20, 4), "uint8")
    stored[:, :, 3], stored[:10, :, 3], stored[10, :9, 3] = 255, 0, 100
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=[tagged], extratags=tags)
    picture = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.alpha, stored[:, :, 3])  # type: ignore[arg-type]


def test_soft_alpha_of_a_picture_that_is_no_raster_of_the_earth_stays_alpha(tmp_path: Path) -> None:
    stored = samples((20, 20, 4), "uint8")
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=[2])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").alpha, stored[:, :, 3])  # type: ignore[arg-type]


def test_every_many_band_file_of_the_shared_data_is_refused_with_the_mend(shared_data: Path) -> None:
    files = [*(shared_data / "bands" / "geotiff").glob("*.tif"), *(shared_data / "bands" / "pansharpen").glob("ms*")]
    assert len(files) == 5
    for path in files:
        with pytest.raises(ImagingError, match=r"has 4 bands.*store them in separate files"):
            read_picture(path)


def test_floats_beyond_white_are_read_as_they_are(tmp_path: Path) -> None:
    stored = samples((20, 20), "float32")
    stored[3, 4], stored[5] = 12.0, -0.125
    tifffile.imwrite(tmp_path / "a.tif", stored)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels[:, :, 0], stored)


def test_a_mask_and_private_tags_that_are_passed_over_are_named(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(samples((9, 9, 3), "uint8"), photometric="rgb", extratags=[(65000, 2, 0, "mine", True)])
        writer.write(samples((9, 9), "uint8") > 9, subfiletype=4, photometric="minisblack")
    left_out = read_picture(tmp_path / "a.tif").metadata.left_out
    assert left_out == ("its mask (a separate page)", "the private TIFF tags 65000")


@pytest.mark.parametrize(
    ("stored", "options", "fact"),
    [
        (np.zeros((4, 4), np.int16), {}, "16-bit signed"),
        (np.zeros((4, 4), np.uint32), {}, "32-bit unsigned"),
        (np.zeros((4, 4), np.float64), {}, "64-bit float"),
        (
            np.zeros((4, 4, 5), np.uint8),
            {"photometric": "rgb", "planarconfig": "contig"},
            "5 bands.*separate files",
        ),
        (np.zeros((4, 4, 4), np.uint8), {"photometric": "separated"}, "SEPARATED.*convert it to RGB"),
        (np.zeros((4, 4, 3), np.uint8), {"photometric": "cielab"}, "CIELAB.*convert it to RGB"),
        (np.zeros((3, 4, 4, 3), np.uint8), {"photometric": "rgb"}, "3 pages"),
        (np.full((4, 4), 2.5, np.float32), {}, "from 2.5 to 2.5.*0..1"),
        (samples((9, 9, 2), "uint8"), {"photometric": "minisblack", "extrasamples": [0]}, "2 bands.*untagged"),
        (samples((9, 9, 4), "uint16"), {"photometric": "rgb", "extrasamples": [0]}, "4 bands.*untagged"),
        (np.zeros((9, 9, 4)), {"photometric": "minisblack", "planarconfig": "contig"}, "4 bands.*separate files"),
        (
            samples((9, 9, 4), "float32"),
            {"photometric": "rgb", "extrasamples": [2], "extratags": GROUND},
            "4 bands",
        ),
        (samples((4, 9, 9), "uint8"), {"photometric": "minisblack", "planarconfig": "separate"}, "4 bands"),
        (
            np.full((9, 9, 4), [0.5, 0.5, 0.5, 2.0], np.float32),
            {"photometric": "rgb", "extrasamples": [2]},
            "float alpha beyond 0..1; scale it",
        ),
    ],
)
def test_what_would_be_misread_is_refused_with_the_mend(
    tmp_path: Path, stored: np.ndarray, options: Any, fact: str
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", stored, metadata=None, **options)
    with pytest.raises(ImagingError, match=fact):
        read_picture(tmp_path / "a.tif")


def test_a_sparse_file_is_refused_rather_than_read_as_black(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", samples((32, 32), "uint8"), tile=(16, 16), metadata=None)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as tiff:
        page = tiff.pages[0]
        page.tags["TileByteCounts"].overwrite((*page.databytecounts[:3], 0))  # type: ignore[union-attr]
    with pytest.raises(ImagingError, match="strip or tile is missing"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_tag_and_the_resolution_are_read_and_the_layout_left(tmp_path: Path, orientation: int) -> None:
    stored = samples((5, 7, 3), "uint16")
    tags = [(274, 3, 1, orientation, True)]
    tifffile.imwrite(
        tmp_path / "a.tif", stored, extratags=tags, resolution=(118, 59), resolutionunit=3, photometric="rgb"
    )
    picture = read_picture(tmp_path / "a.tif")
    assert picture.metadata.orientation == orientation
    assert picture.metadata.dpi == pytest.approx((118 * 2.54, 59 * 2.54))
    np.testing.assert_array_equal(picture.pixels, stored)
