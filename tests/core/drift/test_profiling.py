"""The profile of a recipe says what its degrader does to its pictures; the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from burnish.drift import make_profile
from burnish.drift.profiling import _compressed
from burnish.errors import DataError
from burnish.inference import load_restorer
from burnish.io import Picture, write_picture
from burnish.plugins.catalog import installed
from burnish.recipe.document import Recipe
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def recipe(degrader: str, **config: Any) -> Recipe:
    return Recipe.model_validate(
        {
            "model": "m",
            "restorer": {"id": "burnish/identity"},
            "degrader": {"id": degrader, "config": config},
            "training": {"budget": {"steps": 1}},
        }
    )


@pytest.fixture
def project(tmp_path: Path, photographs: list[Pixels]) -> Path:
    (tmp_path / "data" / "train").mkdir(parents=True)
    for number, picture in enumerate(photographs):
        for part in range(3):
            stored = (picture[40 * part : 40 * part + 192, :224] * 255).round().astype(np.uint8)
            write_picture(tmp_path / "data" / "train" / f"{number}-{part}.png", Picture(pixels=stored))
    return tmp_path


def test_the_profile_holds_the_noise_blur_and_quality_that_the_recipe_trains_on(project: Path) -> None:
    catalog, identity = installed(), load_restorer("burnish/identity")
    noise = make_profile(recipe("degradations/gaussian-noise", sigma=0.1), project, identity, catalog)
    assert (noise.pictures, noise.degrader, noise.metric) == (12, "degradations/gaussian-noise", "metrics/niqe")
    assert noise.measures["noise"].quantiles[50] == pytest.approx(0.1, rel=0.05)
    assert noise.measures["jpeg_quality"].quantiles[50] == 100
    assert noise.measures["resolution"].quantiles[50] == pytest.approx(192 * 224 / 1e6)
    assert noise.measures["output_quality"].count == 12
    blur = make_profile(recipe("degradations/gaussian-blur", width=2.5), project, identity, catalog)
    assert blur.measures["blur"].quantiles[50] > noise.measures["blur"].quantiles[50] + 0.8
    jpeg = make_profile(recipe("degradations/jpeg", quality=[20, 40]), project, identity, catalog)
    assert 20 <= jpeg.measures["jpeg_quality"].quantiles[1] < jpeg.measures["jpeg_quality"].quantiles[99] <= 40
    assert jpeg.measures["blockiness"].quantiles[50] > 0.2


def test_the_same_recipe_and_pictures_give_the_same_profile_bit_for_bit(project: Path) -> None:
    catalog, identity = installed(), load_restorer("burnish/identity")
    asked = recipe("degradations/gaussian-noise", sigma=[0.0, 0.2])
    first, again = (make_profile(asked, project, identity, catalog, sample=8) for _ in range(2))
    assert first == again
    assert first.pictures == 8


def test_a_degrader_that_shrinks_is_profiled_at_the_size_that_arrives(project: Path) -> None:
    small = make_profile(recipe("degradations/bicubic", scale=2), project, load_restorer("burnish/identity"),
                         installed(), sample=3)  # fmt: skip
    assert small.measures["resolution"].quantiles[50] == pytest.approx(96 * 112 / 1e6)


def test_what_needs_a_kernel_is_profiled_without_the_quality_of_its_output(project: Path) -> None:
    wiener = load_restorer("deconvolution/wiener")
    made = make_profile(recipe("degradations/gaussian-noise"), project, wiener, installed(), sample=2)
    assert made.metric == ""
    assert "needs kernel, which is unknown for arriving pictures" in made.notes[0]
    assert "output_quality" not in made.measures


def test_without_pictures_there_is_no_profile(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is missing"):
        make_profile(recipe("degradations/jpeg"), tmp_path, load_restorer("burnish/identity"), installed())


def test_the_last_quality_that_was_recorded_counts_however_deep() -> None:
    assert _compressed({"steps": [{"parameters": {"quality": [70]}}, {"parameters": {"sigma": [0.1]}}]}) == 70
    assert _compressed({"steps": [{"parameters": {"quality": 70}}, {"parameters": {"quality": [30]}}]}) == 30
    assert _compressed({"sigma": [0.1]}) is None
