"""Between pictures and tensors: exact for every level, clipped, rounded half up, nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from burnish.errors import ImagingError, UsageError
from burnish.io import Metadata, Picture, from_tensor, read_clean, to_tensor, write_picture
from burnish.io.picture import IfdEntry
from PIL import Image


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_level_comes_back_as_it_went(dtype: str) -> None:
    levels = np.arange(np.iinfo(dtype).max + 1).astype(dtype).reshape(16, -1, 1)
    picture = Picture(pixels=levels)
    tensor = to_tensor(picture)
    assert (tensor.dtype, tuple(tensor.shape)) == (torch.float32, (1, 1, *levels.shape[:2]))
    assert (float(tensor.min()), float(tensor.max())) == (0.0, 1.0)
    np.testing.assert_array_equal(from_tensor(tensor, picture).pixels, levels)


def test_float_pictures_pass_as_they_are_and_are_never_clipped() -> None:
    pixels = np.random.default_rng(0).random((4, 5, 3), dtype=np.float32)
    picture = Picture(pixels=pixels)
    np.testing.assert_array_equal(from_tensor(to_tensor(picture), picture).pixels, pixels)
    beyond = torch.tensor([[[[-0.5, 0.25, 1.5]]]])
    np.testing.assert_array_equal(from_tensor(beyond, picture).pixels[0, :, 0], beyond[0, 0, 0].numpy())


@pytest.mark.parametrize(("dtype", "peak"), [("uint8", 255), ("uint16", 65535)])
def test_values_are_clipped_and_halves_are_rounded_up(dtype: str, peak: int) -> None:
    like = Picture(pixels=np.zeros((1, 1, 1), dtype))
    values = torch.tensor([-1.0, 0.0, 0.5 / peak, 0.49 / peak, 1.51 / peak, 0.5, 1.0, 7.0], dtype=torch.float64)
    got = from_tensor(values.view(1, 1, 1, -1), like).pixels.flatten().tolist()
    assert got == [0, 0, 1, 0, 2, (peak + 1) // 2, peak, peak]


def test_half_precision_and_gradients_are_taken_too() -> None:
    like = Picture(pixels=np.zeros((2, 2, 3), np.uint8))
    estimate = torch.full((1, 3, 2, 2), 0.5, dtype=torch.bfloat16, requires_grad=True)
    assert (from_tensor(estimate, like).pixels == 128).all()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_no_picture(value: float) -> None:
    like = Picture(pixels=np.zeros((2, 2, 1), np.uint8))
    estimate = torch.zeros(1, 1, 2, 2)
    estimate[0, 0, 1, 1] = value
    with pytest.raises(ImagingError, match="NaN or infinite"):
        from_tensor(estimate, like)


@pytest.mark.parametrize("shape", [(3, 2, 2), (2, 3, 2, 2), (1, 2, 2, 2), (1, 3, 0, 2)])
def test_another_shape_is_no_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImagingError, match="H,W"):
        from_tensor(torch.zeros(shape), Picture(pixels=np.zeros((2, 2, 3), np.uint8)))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_alpha_grows_with_the_picture_smoothly_and_within_its_range(dtype: str, scale: int) -> None:
    peak = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    alpha = (np.random.default_rng(0).random((24, 30)) * peak).astype(dtype)
    like = Picture(pixels=np.zeros((24, 30, 3), dtype), alpha=alpha)
    larger = from_tensor(torch.zeros(1, 3, 24 * scale, 30 * scale), like)
    assert larger.alpha is not None
    assert larger.alpha.dtype == np.dtype(dtype)
    image = Image.fromarray(alpha.astype(np.float32) / np.float32(peak))
    expected = np.asarray(image.resize((30 * scale, 24 * scale), Image.Resampling.BICUBIC)).clip(0, 1)
    step = 0.5 / peak if peak > 1 else 0.0
    np.testing.assert_allclose(larger.alpha / peak, expected, atol=step + 2e-6, rtol=0)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_an_opaque_picture_stays_opaque(dtype: str) -> None:
    peak = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    opaque = Picture(pixels=np.zeros((24, 30, 3), dtype), alpha=np.full((24, 30), peak, dtype))
    grown = from_tensor(torch.zeros(1, 3, 72, 90), opaque).alpha
    assert grown is not None
    np.testing.assert_allclose(grown / peak, 1.0, atol=0.0 if peak > 1 else 1e-6)


def test_hard_edges_of_alpha_do_not_wrap_around() -> None:
    alpha = np.zeros((8, 8), np.uint8)
    alpha[:, 4:] = 255
    like = Picture(pixels=np.zeros((8, 8, 1), np.uint8), alpha=alpha)
    grown = from_tensor(torch.zeros(1, 1, 32, 32), like).alpha
    assert grown is not None
    assert (grown[:, :8] <= 2).all()
    assert (grown[:, -8:] >= 253).all()
    assert (np.diff(grown.astype(int), axis=1)[:, 14:17] >= 0).all()


def test_metadata_follow_the_picture_and_lose_only_what_became_false() -> None:
    geo = IfdEntry(tag=33550, type=12, count=3, raw=bytes(24), order="<")
    iptc = IfdEntry(tag=33723, type=7, count=4, raw=b"iptc", order="<")
    icc = bytes(16) + b"RGB " + bytes(100)
    like = Picture(
        pixels=np.zeros((4, 4, 3), np.uint8),
        metadata=Metadata(icc=icc, orientation=6, dpi=(72.0, 72.0), tiff_tags=(geo, iptc)),
    )
    assert from_tensor(torch.zeros(1, 3, 4, 4), like).metadata == like.metadata
    larger = from_tensor(torch.zeros(1, 3, 8, 8), like).metadata
    assert (larger.icc, larger.orientation, larger.dpi, larger.tiff_tags) == (icc, 6, (72.0, 72.0), (geo, iptc))
    uneven = from_tensor(torch.zeros(1, 3, 8, 9), like).metadata
    assert uneven.tiff_tags == (iptc,)
    assert from_tensor(torch.zeros(1, 1, 4, 4), like).metadata.icc is None


COLOURS = np.random.default_rng(5).integers(0, 256, (9, 11, 3)).astype(np.uint8)


def test_clean_rgb_is_upright_and_grey_is_repeated(tmp_path: Path) -> None:
    picture = Picture(pixels=COLOURS, alpha=COLOURS[:, :, 0].copy(), metadata=Metadata(orientation=6))
    write_picture(tmp_path / "a.png", picture)
    clean = read_clean(tmp_path / "a.png")
    np.testing.assert_array_equal(clean[0].permute(1, 2, 0).numpy(), np.rot90(COLOURS, -1).astype(np.float32) / 255)
    write_picture(tmp_path / "g.png", Picture(pixels=COLOURS[:, :, :1].copy()))
    grey = read_clean(tmp_path / "g.png")
    assert tuple(grey.shape) == (1, 3, 9, 11)
    assert torch.equal(grey, read_clean(tmp_path / "g.png", "grey").repeat(1, 3, 1, 1))


def test_clean_y_is_the_closed_form_rounded_to_the_depth_of_the_file(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", Picture(pixels=COLOURS))
    red, green, blue = np.moveaxis(COLOURS.astype(np.float64), -1, 0)
    levels = np.floor(16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255 + 0.5)
    got = read_clean(tmp_path / "a.png", "y")
    assert (got.dtype, tuple(got.shape)) == (torch.float32, (1, 1, 9, 11))
    np.testing.assert_array_equal(got[0, 0].numpy(), (levels / 255).astype(np.float32))
    write_picture(tmp_path / "deep.png", Picture(pixels=COLOURS.astype(np.uint16) * 257))
    deep = np.floor(257 * (16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255) + 0.5)
    found = read_clean(tmp_path / "deep.png", "y")[0, 0].numpy()
    np.testing.assert_array_equal(found, (deep / 65535).astype(np.float32))
    write_picture(tmp_path / "float.tif", Picture(pixels=COLOURS.astype(np.float32) / np.float32(255)))
    exact = (16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255) / 255
    np.testing.assert_allclose(read_clean(tmp_path / "float.tif", "y")[0, 0].numpy(), exact, atol=1e-7)


def test_clean_grey_is_rgb2gray_rounded_to_the_depth_of_the_file(tmp_path: Path) -> None:
    weights = np.linalg.inv([[1, 0.956, 0.621], [1, -0.272, -0.647], [1, -1.106, 1.703]])[0]  # MATLAB derives them so
    levels = COLOURS.astype(np.float64) @ weights
    write_picture(tmp_path / "a.png", Picture(pixels=COLOURS))
    got = read_clean(tmp_path / "a.png", "grey")[0, 0].numpy()
    np.testing.assert_array_equal(got, (np.floor(levels + 0.5) / 255).astype(np.float32))
    write_picture(tmp_path / "deep.png", Picture(pixels=COLOURS.astype(np.uint16) * 257))
    deep = read_clean(tmp_path / "deep.png", "grey")[0, 0].numpy()
    np.testing.assert_array_equal(deep, (np.floor(levels * 257 + 0.5) / 65535).astype(np.float32))


@pytest.mark.parametrize("colour", ["grey", "y"])
def test_grey_files_are_as_they_are_in_either_luma(tmp_path: Path, colour: str) -> None:
    write_picture(tmp_path / "a.png", Picture(pixels=COLOURS[:, :, :1].copy()))
    np.testing.assert_array_equal(
        read_clean(tmp_path / "a.png", colour)[0, 0].numpy(),  # type: ignore[arg-type]
        COLOURS[:, :, 0].astype(np.float32) / 255,
    )


def test_an_unknown_colour_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rgb, grey or y"):
        read_clean(tmp_path / "a.png", "lab")  # type: ignore[arg-type]
