"""Facts about mask files: black is 0 and the other value 1 in every format, and what is no mask is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import RestorationError, UsageError
from burnish.inference import Restorer, restore_picture
from burnish.inference.masks import read_mask, refuse_unused_mask
from burnish.io import Picture, write_picture
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

Wrap = Callable[..., Restorer]


@given(
    arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=7)),
    st.sampled_from([("uint8", 255), ("uint8", 1), ("uint16", 65535), ("float32", 1), ("npy", 1)]),
)
def test_black_is_0_and_the_other_value_1_whatever_the_other_is(
    tmp_path_factory: pytest.TempPathFactory, valid: np.ndarray, kind: tuple[str, int]
) -> None:
    depth, white = kind
    folder = tmp_path_factory.mktemp("mask")
    path = folder / {"npy": "m.npy", "float32": "m.tif"}.get(depth, "m.png")
    if depth == "npy":
        np.save(path, valid)
    else:
        write_picture(path, Picture(pixels=(valid * white).astype(depth)[..., None]))
    assert torch.equal(read_mask(path), torch.from_numpy(valid).float()[None, None])


def test_a_grey_mask_that_was_stored_as_rgb_is_that_mask(tmp_path: Path) -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[1, 2] = 255
    write_picture(tmp_path / "m.png", Picture(pixels=pixels))
    assert read_mask(tmp_path / "m.png").nonzero().tolist() == [[0, 0, 1, 2]]


@pytest.mark.parametrize(
    ("pixels", "fact"),
    [
        (np.array([[[0], [7], [255]]], np.uint8), "has grey pixels; give a mask of black and white alone"),
        (np.array([[[0, 0, 0], [255, 0, 0]]], np.uint8), "has colours"),
        (np.array([[[0.0], [np.nan]]], np.float32), "pixels without data"),
    ],
    ids=["grey", "colours", "no data"],
)
def test_a_picture_that_is_no_mask_is_refused(tmp_path: Path, pixels: np.ndarray, fact: str) -> None:
    write_picture(tmp_path / "m.tif", Picture(pixels=pixels))
    with pytest.raises(UsageError, match=rf"m\.tif: .*{fact}"):
        read_mask(tmp_path / "m.tif")


def test_a_jpeg_whose_compression_made_greys_is_refused(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 1), np.uint8)
    pixels[3:9, 5:11] = 255
    write_picture(tmp_path / "m.jpg", Picture(pixels=pixels), quality=60)
    with pytest.raises(UsageError, match="as PNG or TIFF"):
        read_mask(tmp_path / "m.jpg")


@pytest.mark.parametrize("values", [np.zeros((2, 3, 4)), np.array([[np.inf]]), np.array(["a"])])
def test_an_array_that_is_no_mask_is_refused(tmp_path: Path, values: np.ndarray) -> None:
    np.save(tmp_path / "m.npy", values)
    with pytest.raises(UsageError, match=r"m\.npy: "):
        read_mask(tmp_path / "m.npy")


@pytest.mark.parametrize("name", ["m.npy", "m.png"])
def test_a_missing_mask_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=rf"{name}: .*give its path"):
        read_mask(tmp_path / name)


def test_a_restorer_that_takes_no_mask_is_refused_and_one_that_takes_it_is_not(wrap: Wrap) -> None:
    with pytest.raises(UsageError, match="takes no mask; use a restorer that accepts one"):
        refuse_unused_mask(wrap(lambda degraded: degraded))
    for field in ("needs", "accepts"):
        refuse_unused_mask(wrap(lambda degraded, mask=None: degraded, **{field: frozenset({"mask"})}))


@pytest.mark.parametrize("invalid", [False, True], ids=["whole", "with NaN"])
@pytest.mark.parametrize("name", ["mask", "saturated"])
def test_a_mask_of_another_size_than_the_picture_is_one_error_that_says_so(
    wrap: Wrap, name: str, invalid: bool
) -> None:
    pixels = np.full((20, 30, 3), 0.5, np.float32)
    if invalid:
        pixels[3, 4] = np.nan
    accepts = frozenset({"mask", "saturated", "sigma"})
    loaded = wrap(lambda degraded, **_: degraded, accepts=accepts, light="linear")
    known = {name: torch.ones(1, 1, 8, 9), "sigma": 0.1}
    with pytest.raises(RestorationError, match=rf"{name} is shaped \(1, 1, 8, 9\) for a picture of \(1, 3, 20, 30\)"):
        restore_picture(loaded, Picture(pixels=pixels), known, transfer="srgb")
