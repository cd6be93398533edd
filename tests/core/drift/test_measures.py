"""A file is measured as its pixels are, brightness is that of BT.601 luma, and of large files the middle counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from burnish.drift import MEASURES, measure_file, measure_pixels
from burnish.drift.measures import INTERVAL_WIDTH, OUTPUT_QUALITY
from burnish.errors import ImagingError
from burnish.io import Picture, write_picture
from burnish.ops.measures.pixels import central
from numpy.typing import NDArray
from skimage.color import rgb2yuv
from torch import Tensor

Pixels = NDArray[np.float32]


def test_brightness_and_contrast_are_those_of_bt601_luma(photographs: list[Pixels]) -> None:
    for picture in photographs:
        luma = rgb2yuv(picture)[:, :, 0]
        figures = measure_pixels(picture)
        assert figures["brightness"] == pytest.approx(luma.mean(), abs=1e-4)
        assert figures["contrast"] == pytest.approx(luma.std(), abs=1e-4)


def test_a_grey_picture_measures_as_a_colour_picture_of_the_same_luma(photographs: list[Pixels]) -> None:
    grey = photographs[0].mean(axis=2, keepdims=True)
    one, three = measure_pixels(grey), measure_pixels(grey.repeat(3, axis=2))
    assert one["brightness"] == pytest.approx(three["brightness"], abs=1e-5)
    assert one["noise"] == pytest.approx(three["noise"], abs=1e-5)


@pytest.mark.parametrize("deep", [False, True])
def test_a_file_is_measured_as_its_pixels(tmp_path: Path, photographs: list[Pixels], deep: bool) -> None:
    kind, peak = (np.uint16, 65535) if deep else (np.uint8, 255)
    stored = (photographs[1] * peak).round().astype(kind)
    write_picture(tmp_path / "picture.png", Picture(pixels=stored))
    figures = measure_file(tmp_path / "picture.png")
    assert set(figures) == set(MEASURES) - {OUTPUT_QUALITY, INTERVAL_WIDTH}
    assert (figures["jpeg_quality"], figures["resolution"]) == (100.0, 0.24)
    expected = measure_pixels((stored / peak).astype(np.float32))
    assert {name: figures[name] for name in expected} == pytest.approx(expected)


def test_the_output_is_scored_from_the_very_pixels(tmp_path: Path, photographs: list[Pixels]) -> None:
    write_picture(tmp_path / "p.png", Picture(pixels=(photographs[1] * 255).round().astype(np.uint8)))
    given: list[Tensor] = []

    def score(picture: Tensor) -> dict[str, float | None]:
        given.append(picture)
        return {OUTPUT_QUALITY: 4.2}

    assert measure_file(tmp_path / "p.png", score)[OUTPUT_QUALITY] == 4.2
    assert given[0].shape == (1, 3, 400, 600)
    assert np.allclose(given[0][0].permute(1, 2, 0).numpy(), photographs[1], atol=1e-6)


def test_pixels_without_data_are_measured_as_they_are_filled_for_restorers(
    tmp_path: Path, photographs: list[Pixels]
) -> None:
    pixels = photographs[1].astype(np.float32)
    write_picture(tmp_path / "whole.tif", Picture(pixels=pixels))
    pixels[:40] = np.nan
    write_picture(tmp_path / "holes.tif", Picture(pixels=pixels))
    whole, holes = measure_file(tmp_path / "whole.tif"), measure_file(tmp_path / "holes.tif")
    assert holes["brightness"] == pytest.approx(whole["brightness"], abs=0.05)
    assert holes["contrast"] == pytest.approx(whole["contrast"], abs=0.05)


def test_the_middle_is_cut_on_jpegs_grid() -> None:
    rows = np.arange(3000)[:, None, None].repeat(40, axis=1)
    middle = central(rows, 1024)
    assert middle.shape == (1024, 40, 1)
    assert middle[0, 0, 0] % 8 == 0
    assert abs(int(middle[0, 0, 0]) - 988) <= 8


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    with pytest.raises(ImagingError, match=r"broken\.jpg"):
        measure_file(tmp_path / "broken.jpg")
