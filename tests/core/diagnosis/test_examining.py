"""A diagnosis names what was done to a photograph, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.diagnosis import Diagnosis, examine
from burnish.io import Picture, read_picture
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def examined(picture: Pixels) -> Diagnosis:
    """Of H,W,C in [0, 1], stored in 8 bit."""
    return examine(Picture(pixels=np.ascontiguousarray((picture * 255 + 0.5).clip(0, 255).astype(np.uint8))))


def noisy(picture: Pixels, noise: NDArray[np.float64]) -> Pixels:
    return (picture + noise).clip(0, 1).astype(np.float32)


def words(found: Diagnosis) -> str:
    return "\n".join(f"{name}: {said}" for name, said in found.lines())


def test_clean_photographs_have_neither_noise_nor_blur_nor_traces_of_jpeg(photographs: list[Pixels]) -> None:
    found = [problem for picture in photographs for problem in examined(picture).problems]
    assert not {"blur", "noise"} & set(found)


@pytest.mark.parametrize("sigma", [8, 25])
def test_white_noise_lies_in_the_range_that_is_told(photographs: list[Pixels], sigma: float) -> None:
    draw = np.random.default_rng(0)
    for picture in photographs:
        found = examined(noisy(picture, draw.normal(0, sigma / 255, picture.shape)))
        assert "noise" in found.problems
        assert found.noise.low * 0.97 < sigma / 255 < found.noise.high * 1.03
        assert not found.noise.correlated
        assert "independent between pixels" in words(found)
        assert len(found.noise.channels) == 3


def test_noise_of_demosaiced_photographs_is_correlated(photographs: list[Pixels]) -> None:
    draw, found = np.random.default_rng(0), []
    for picture in photographs:
        grain = cv2.GaussianBlur(draw.normal(0, 1, picture.shape[:2]), (0, 0), 0.8)[:, :, None]
        found.append(examined(noisy(picture, 12 / 255 * grain / grain.std())))
    correlated = [one for one in found if one.noise.correlated]
    assert len(correlated) >= len(found) / 2
    assert all("correlated: 0." in words(one) for one in correlated)
    assert all(255 * one.noise.sigma == pytest.approx(12, rel=0.3) for one in correlated)


def test_the_words_name_blur_and_jpeg_with_their_figures(photographs: list[Pixels], tmp_path: Path) -> None:
    soft = cv2.GaussianBlur(photographs[0], (0, 0), 2.0)
    found = examined(soft)
    assert found.blur is not None
    assert found.blur.low < 2.0 < found.blur.high
    assert "like a Gaussian of σ" in words(found)
    file = tmp_path / "photo.jpg"
    cv2.imwrite(str(file), (photographs[0] * 255).astype(np.uint8)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 35])
    found = examine(read_picture(file), file)
    assert (found.jpeg.quality, found.jpeg.file_quality) == (35, 35)
    assert "JPEG: quality 35 by its values" in words(found)


def test_clipping_and_darkness_are_told(photographs: list[Pixels]) -> None:
    found = examined((photographs[0] * 2.5).clip(0, 1))
    assert "clipping" in found.problems
    assert "at white" in words(found)
    assert "exposure" in examined(photographs[0] * 0.15).problems


@pytest.mark.parametrize("shape", [(8, 8, 3), (1, 1, 1), (40, 700, 3), (200, 200, 1)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_flat_and_tiny_pictures_are_diagnosed_without_an_error(shape: tuple[int, int, int], value: float) -> None:
    found = examined(np.full(shape, value, np.float32))
    assert json.loads(json.dumps(found.as_json()))["width"] == shape[1]
    assert not {"noise", "blur", "jpeg"} & set(found.problems)


def test_a_grey_picture_in_three_channels_is_diagnosed_as_a_grey_one(photographs: list[Pixels]) -> None:
    grey = noisy(photographs[0], np.random.default_rng(0).normal(0, 0.05, photographs[0].shape))[:, :, :1]
    one, three = examined(grey), examined(np.repeat(grey, 3, axis=2))
    assert (one.noise, one.blur, one.light) == (three.noise, three.blur, three.light)
    assert three.channels == 3


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_deeper_pictures_are_read_alike(photographs: list[Pixels], kind: str) -> None:
    picture = noisy(photographs[0], np.random.default_rng(0).normal(0, 0.05, photographs[0].shape))
    pixels = picture if kind == "float32" else (picture * 65535).astype(np.uint16)
    found = examine(Picture(pixels=np.ascontiguousarray(pixels)))
    assert found.depth == kind
    assert found.noise.sigma == pytest.approx(0.05, rel=0.1)
