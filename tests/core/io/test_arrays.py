"""Arrays and Pillow images become pictures and come back as they were; what is no picture is refused with its mend."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.errors import UsageError
from burnish.io import Metadata, Picture, upright
from burnish.io.arrays import to_picture
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

DTYPES = ("uint8", "uint16", "float32", "float64", "float16", ">u2", ">f4")


def levels(shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    """Random values of the whole range."""
    random = np.random.default_rng(0).uniform(size=shape)
    kind = np.dtype(dtype)
    return (random if kind.kind == "f" else random * np.iinfo(kind).max).astype(kind)


@given(st.sampled_from(DTYPES), st.integers(1, 5), st.integers(1, 5), st.sampled_from([None, 1, 2, 3, 4]))
def test_an_array_comes_back_with_its_type_and_shape_and_in_float32_its_values(
    dtype: str, height: int, width: int, channels: int | None
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    array = levels(shape, dtype)
    picture, back = to_picture(array)
    assert (picture.channels, picture.alpha is not None) == {
        None: (1, False), 1: (1, False), 2: (1, True), 3: (3, False), 4: (3, True)
    }[channels]  # fmt: skip
    result = back(picture)
    assert (result.dtype, result.shape) == (array.dtype, array.shape)
    exact = array.astype(np.float32) if dtype == "float64" else array
    assert np.array_equal(result, exact)


def test_values_beyond_white_and_without_data_stay() -> None:
    array = np.array([[0.5, 12.0], [np.nan, 0.25]])
    picture, back = to_picture(array)
    assert picture.invalid.tolist() == [[False, False], [True, False]]
    assert np.array_equal(back(picture), array, equal_nan=True)


def test_a_view_that_is_turned_and_mirrored_is_read_as_it_looks() -> None:
    array = levels((4, 6, 3), "uint8")
    picture, _ = to_picture(array[::-1].transpose(1, 0, 2))
    assert np.array_equal(picture.pixels, array[::-1].transpose(1, 0, 2))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16", "F"])
def test_an_image_of_pillow_comes_back_in_its_mode(mode: str) -> None:
    image = Image.fromarray(levels((5, 7), "uint16")) if mode == "I;16" else Image.new("RGBA", (7, 5), (9, 90, 200, 7))
    image = image if mode == "I;16" else image.convert(mode)
    if mode == "F":
        image = Image.fromarray(np.asarray(image) / np.float32(255))
    picture, back = to_picture(image)
    result = back(picture)
    assert (result.mode, result.size) == (image.mode, image.size)
    assert np.array_equal(np.asarray(result), np.asarray(image))


def test_profile_and_exif_of_an_image_of_pillow_stay_and_count(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "described"
    Image.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "a.png", icc_profile=profile, exif=exif)
    image = Image.open(tmp_path / "a.png")
    picture, back = to_picture(image)
    assert picture.metadata.icc == profile
    result = back(picture)
    result.save(tmp_path / "b.png", icc_profile=result.info["icc_profile"], exif=result.info["exif"])
    again = Image.open(tmp_path / "b.png")
    assert (again.info["icc_profile"], again.getexif()[0x010E]) == (profile, "described")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.zeros((3, 8, 9), np.uint8), "np.moveaxis"),
        (np.zeros((2, 8, 9, 3), np.uint8), "one by one"),
        (np.zeros((8, 9, 5), np.uint8), "1 to 4 channels"),
        (np.zeros((0, 9), np.uint8), "not empty"),
        (np.zeros(9, np.uint8), "H,W"),
        (np.zeros((8, 9), np.int64), "int64"),
        (np.zeros((8, 9), bool), "bool"),
        (np.full((8, 9), 200.0), "divide them by their white"),
        (np.ma.masked_array(np.zeros((8, 9))), "masked"),
        ("a.png", "burnish.read"),
        (Path("a.png"), "burnish.read"),
        (None, "NumPy"),
        (Image.new("P", (4, 4)), "convert('RGB')"),
        (Image.new("1", (4, 4)), "convert('L')"),
        (Image.new("CMYK", (4, 4)), "convert('RGB')"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_picture_is_refused_in_one_line_with_its_mend(value: object, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        to_picture(value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_picture_is_itself_and_looks_like_one() -> None:
    picture = Picture(pixels=levels((4, 6, 3), "uint8"), alpha=levels((4, 6), "uint8"))
    same, back = to_picture(picture)
    assert same is picture
    assert back(picture) is picture
    assert repr(picture) == "<Picture 6×4 RGB uint8, alpha>"
    assert np.array_equal(np.asarray(picture), picture.pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_notebook_shows_a_picture_upright_in_eight_bits(orientation: int, dtype: str) -> None:
    picture = Picture(pixels=levels((4, 6, 3), dtype), metadata=Metadata(orientation=orientation))
    shown = np.asarray(Image.open(io.BytesIO(picture._repr_png_())))
    wanted = upright(picture).pixels.astype(float) * (255 / picture.peak)
    assert np.abs(shown - wanted).max() <= 0.51


def test_a_large_picture_is_shown_smaller() -> None:
    picture = Picture(pixels=np.zeros((3000, 10, 1), np.uint8), alpha=np.zeros((3000, 10), np.uint8))
    assert Image.open(io.BytesIO(picture._repr_png_())).size == (4, 1000)
