"""Invalid pixels: known by NaN, infinity and GDAL's tag, filled without an edge, and put back exactly as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from burnish.errors import ImagingError
from burnish.io import Metadata, Picture, from_tensor, read_clean, read_picture, to_tensor, write_picture
from burnish.io.picture import IfdEntry
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray


def nodata(text: str) -> Metadata:
    raw = text.encode() + b"\0"
    return Metadata(tiff_tags=(IfdEntry(tag=42113, type=2, count=len(raw), raw=raw, order="<"),))


def test_nan_and_infinity_of_any_channel_make_a_float_pixel_invalid() -> None:
    pixels = np.full((2, 3, 3), 0.5, np.float32)
    pixels[0, 0, 1], pixels[0, 2, 0], pixels[1, 1] = np.nan, np.inf, -np.inf
    assert Picture(pixels=pixels).invalid.tolist() == [[True, False, True], [False, True, False]]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_pixel_is_without_data_where_all_its_samples_are_the_files_value(dtype: str) -> None:
    pixels = np.array([[[0, 0, 0], [0, 1, 0], [1, 1, 1]]], dtype)
    assert Picture(pixels=pixels, metadata=nodata("0")).invalid.tolist() == [[True, False, False]]
    assert not Picture(pixels=pixels).invalid.any()


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0.0), ("-9999", -9999.0), (" 255 ", 255.0), ("-3.4028234663852886e+38", -(2**128 - 2**104))],
)
def test_the_value_for_no_data_is_read_from_gdals_tag(text: str, value: float) -> None:
    assert nodata(text).nodata == value


@pytest.mark.parametrize("metadata", [Metadata(), nodata("none"), nodata("")])
def test_a_file_that_names_no_value_has_none(metadata: Metadata) -> None:
    assert metadata.nodata is None


def test_float32s_lowest_number_is_found_as_gdal_writes_it() -> None:
    pixels = np.array([[[np.finfo(np.float32).min], [0.5]]], np.float32)
    assert Picture(pixels=pixels, metadata=nodata("-3.4028234663852886e+38")).invalid.tolist() == [[True, False]]


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    share=st.sampled_from([0.01, 0.3, 0.95, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_filled_is_finite_within_the_range_of_the_rest_which_stays(
    seed: int, height: int, width: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.random((height, width, 3), dtype=np.float32)
    holes = rng.random((height, width)) < share
    pixels[holes] = np.nan
    got = to_tensor(Picture(pixels=pixels))[0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(got[~holes], pixels[~holes])
    low, high = (pixels[~holes].min(), pixels[~holes].max()) if not holes.all() else (0.0, 0.0)
    assert (got >= low - 1e-6).all()
    assert (got <= high + 1e-6).all()


def test_a_constant_picture_is_continued_by_its_constant() -> None:
    pixels = np.full((37, 53, 1), 0.7, np.float32)
    pixels[:2], pixels[:, -19:], pixels[20:23, 5:30] = np.nan, np.inf, np.nan
    np.testing.assert_allclose(to_tensor(Picture(pixels=pixels)).numpy(), 0.7, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_no_data_stays_where_it_was_each_pixel_its_block_and_appears_nowhere_else(dtype: str, scale: int) -> None:
    rng = np.random.default_rng(scale)
    top = 1 if dtype == "float32" else 200
    pixels = (rng.random((30, 20, 3)) * top + (1 if top > 1 else 0.1)).astype(dtype)
    pixels[:2], pixels[:, -2:], pixels[9, 9] = 0, 0, 0
    like = Picture(pixels=pixels, metadata=nodata("0"))
    black = from_tensor(torch.full((1, 3, 30 * scale, 20 * scale), -0.1 if top > 1 else 0.0), like)
    np.testing.assert_array_equal(black.invalid, np.kron(like.invalid, np.ones((scale, scale), bool)))
    assert (black.pixels[black.invalid] == 0).all()
    assert (black.pixels[~black.invalid] > 0).all()
    assert (black.pixels[~black.invalid] <= 1).all()


@pytest.mark.parametrize("value", [255, 100])
def test_a_sample_that_would_become_no_data_takes_the_level_beside_it(value: int) -> None:
    like = Picture(pixels=np.array([[[7], [value]]], np.uint8), metadata=nodata(str(value)))
    got = from_tensor(torch.full((1, 1, 1, 2), value / 255), like).pixels.ravel().tolist()
    assert got == [254 if value == 255 else 101, value]


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("text", ["-9999", "70000", "inf", "-inf", "1e300", "-3.4028234663852886e+38"])
def test_a_value_that_does_not_fit_whole_numbers_leaves_them_as_they_are(dtype: str, text: str) -> None:
    like = Picture(pixels=np.array([[[0], [9]]], dtype), metadata=nodata(text))
    assert from_tensor(to_tensor(like), like).pixels.ravel().tolist() == [0, 9]


def test_a_dark_sample_of_a_valid_pixel_that_was_the_value_before_may_stay_so() -> None:
    like = Picture(pixels=np.array([[[0, 9, 9]]], np.uint8), metadata=nodata("0"))
    assert from_tensor(torch.zeros(1, 3, 1, 1), like).pixels.ravel().tolist() == [0, 1, 1]


def test_nan_and_infinity_come_back_bit_for_bit() -> None:
    pixels = np.full((4, 5, 3), 0.25, np.float32)
    pixels[1, 1] = [np.nan, 0.5, np.inf]
    back = from_tensor(torch.full((1, 3, 4, 5), 0.75), Picture(pixels=pixels)).pixels
    np.testing.assert_array_equal(back[1, 1].view(np.uint32), pixels[1, 1].view(np.uint32))
    assert (np.delete(back.reshape(-1, 3), 6, axis=0) == 0.75).all()


def test_a_file_keeps_value_and_tag(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((9, 8), dtype=np.float32)
    pixels[:2], pixels[4, 4] = -9999, np.nan
    tifffile.imwrite(tmp_path / "a.tif", pixels, extratags=[(42113, 2, 0, "-9999", True)])
    picture = read_picture(tmp_path / "a.tif")
    assert picture.invalid.sum() == 17
    write_picture(tmp_path / "b.tif", from_tensor(torch.full((1, 1, 9, 8), 0.5), picture))
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        stored, tag = tiff.asarray(), tiff.pages.first.tags[42113].value
    assert tag == "-9999"
    np.testing.assert_array_equal(stored, np.where(picture.invalid, pixels, np.float32(0.5)))


@pytest.mark.parametrize(
    ("photometric", "bits", "stored", "read"), [("miniswhite", 8, 3, 252), ("minisblack", 1, 1, 255)]
)
def test_the_value_follows_samples_that_are_read_on_another_scale(
    tmp_path: Path, photometric: str, bits: int, stored: int, read: int
) -> None:
    pixels = np.zeros((8, 8), np.uint8)
    pixels[0] = stored
    extra = [(42113, 2, 0, str(stored), True)]
    samples = pixels.astype(bool) if bits == 1 else pixels
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric=photometric, extratags=extra)  # type: ignore[arg-type]
    picture = read_picture(tmp_path / "a.tif")
    assert picture.metadata.nodata == read
    assert picture.invalid.tolist() == [[True] * 8] + [[False] * 8] * 7


@pytest.mark.parametrize(
    ("pixels", "metadata"),
    [
        (np.full((3, 3, 1), np.nan, np.float32), Metadata()),
        (np.full((3, 3, 3), -9999, np.float32), nodata("-9999")),
        (np.zeros((3, 3, 1), np.uint8), nodata("0")),
    ],
)
def test_what_is_no_measurement_is_neither_learned_from_nor_scored(
    tmp_path: Path, pixels: NDArray[Any], metadata: Metadata
) -> None:
    write_picture(tmp_path / "a.tif", Picture(pixels=pixels, metadata=metadata))
    with pytest.raises(ImagingError, match=r"a\.tif: 9 of its 9 pixels hold no data .*; crop them off"):
        read_clean(tmp_path / "a.tif")
