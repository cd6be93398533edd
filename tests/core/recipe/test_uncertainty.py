"""The part ``uncertainty`` of a recipe: other pictures than those seen, and data that have clean ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from burnish.errors import ConfigError, EvaluationError
from burnish.evaluation.calibrating import benchmark_of, refuse_few
from burnish.recipe.document import Recipe, parse_recipe

CLEAN: dict[str, Any] = {
    "model": "denoise",
    "restorer": {"id": "cnn/dncnn"},
    "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
    "training": {"budget": {"steps": 100}, "seed": 7},
    "uncertainty": {},
}
REAL = {key: value for key, value in CLEAN.items() if key != "degrader"}


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"uncertainty": {"pictures": "train"}}, "uncertainty.pictures: data.train has the pictures in 'train'"),
        ({"uncertainty": {"pictures": "train/more"}}, "data.train has the pictures in 'train'"),
        ({"uncertainty": {"pictures": "validation/"}}, "data.validation has the pictures in 'validation'"),
        (
            {
                "uncertainty": {"pictures": "test"},
                "benchmarks": [{"name": "b", "metrics": ["psnr"], "degrader": {"id": "jpeg"}}],
            },
            "benchmark b has the pictures in 'test'",
        ),
        ({"uncertainty": {"width": "narrow"}}, "uncertainty.width: 'narrow' is not known"),
        ({"uncertainty": {"confidence": 1}}, "uncertainty.confidence"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_by_its_key(change: dict[str, Any], fact: str) -> None:
    import yaml

    with pytest.raises(ConfigError) as refused:
        parse_recipe(yaml.safe_dump({**CLEAN, **change}), subject="r.yaml")
    assert fact in str(refused.value)


@pytest.mark.parametrize("data", [{"degraded": "noisy"}, {"shots": "scenes"}])
def test_data_without_clean_pictures_calibrate_nothing(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="intervals are measured against clean pictures"):
        Recipe.model_validate({**REAL, "data": data})


def test_pairs_are_calibrated_as_they_are() -> None:
    pairs = {"data": {"degraded": "d", "clean": "c"}}
    made = benchmark_of(Recipe.model_validate({**REAL, **pairs}), Path("root"), (3,))
    assert (made.degraded, made.clean) == (Path("root/calibration/d"), Path("root/calibration/c"))
    with pytest.raises(ValueError, match="pairs are calibrated as they are; remove degrader"):
        Recipe.model_validate({**CLEAN, **pairs})


def test_clean_pictures_are_degraded_as_in_training_and_grey_for_a_grey_restorer() -> None:
    made = benchmark_of(Recipe.model_validate(CLEAN), Path("root"), (1,))
    assert (made.degrader, made.degrader_config) == ("degradations/gaussian-noise", {"sigma": 0.1})
    assert (made.clean, made.colour, made.seed) == (Path("root/calibration"), "grey", 7)


def test_uncertainty_changes_the_digest_and_its_absence_does_not() -> None:
    plain = {key: value for key, value in CLEAN.items() if key != "uncertainty"}
    digests = {
        Recipe.model_validate(one).digest()
        for one in (plain, CLEAN, {**CLEAN, "uncertainty": {"width": "constant"}}, {**plain, "uncertainty": None})
    }
    assert len(digests) == 3


def test_too_few_pictures_are_told_with_how_many_it_takes() -> None:
    refuse_few(9, "constant", 0.0)
    with pytest.raises(EvaluationError, match=r"8 pictures are too few: .* take 9 at least"):
        refuse_few(8, "constant", 0.0)
    with pytest.raises(EvaluationError, match="take 38 at least"):
        refuse_few(20, "head", 0.9)
