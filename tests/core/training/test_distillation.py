"""The learner ``burnish/distillation``: the student follows its teacher, whose weights are nowhere in the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import ConfigError
from burnish.inference import load_bundle
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import bundle_weights, read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "data" / "train").mkdir(parents=True)
    for number in range(3):
        picture = cv2.GaussianBlur(rng.uniform(0, 255, (40, 48)), (0, 0), 2)
        picture = (picture - picture.min()) / np.ptp(picture) * 255
        cv2.imwrite(str(tmp_path / "data" / "train" / f"{number}.png"), picture.round().astype(np.uint8))
    return tmp_path


def trained(folder: Path, name: str, *, steps: int = 3, features: int = 8, **teaching: Any) -> TrainingResult:
    learner = {"learner": {"id": "burnish/distillation", "config": teaching}} if teaching else {}
    recipe = Recipe.model_validate(
        {
            "model": "tiny",
            "restorer": {
                "id": "cnn/dncnn", "config": {"channels": 1, "depth": 3, "features": features, "norm": "none"},
            },
            "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
            "training": {
                "budget": {"steps": steps}, "batch": 4, "patch": 24, "cores": 1, "ema": 0.0, "learning_rate": 0.003,
                "loss": "l2", "schedule": "constant", **learner,
            },
        }
    )  # fmt: skip
    folders = TrainingFolders(project=folder, out=folder / name, work=folder / f"{name}.work")
    return train(recipe, folders, TrainingOptions(quiet=True))


def test_a_student_comes_nearer_to_its_teacher_than_to_the_clean_pictures_alone(folder: Path) -> None:
    teacher = load_bundle(trained(folder, "teacher", steps=80).bundle, device="cpu")
    found = trained(folder, "student", steps=80, features=4, teacher=str(folder / "teacher"), weight=1.0)
    alone = trained(folder, "alone", steps=80, features=4)
    picture = torch.rand(1, 1, 40, 48)
    taught, other = (load_bundle(one.bundle, device="cpu")(picture) for one in (found, alone))
    wanted = teacher(picture)
    assert (taught - wanted).square().mean() < (picture - wanted).square().mean()
    assert (taught - wanted).square().mean() < 1.5 * (other - wanted).square().mean()


def test_the_bundle_holds_the_student_alone_and_says_whose_weights_taught_it(folder: Path) -> None:
    trained(folder, "teacher")
    result = trained(folder, "student", features=4, teacher=str(folder / "teacher"))
    weights = bundle_weights(result.bundle)
    assert set(weights) == {f"layers.{index}.{kind}" for index in (0, 2, 4) for kind in ("weight", "bias")}
    facts = read_bundle(result.bundle).training["facts"]
    assert facts["bundles"] == {"teacher": read_bundle(folder / "teacher").weights_sha256}
    assert facts["learner"]["config"]["weight"] == 0.5


def test_without_weight_the_teacher_changes_nothing(folder: Path) -> None:
    trained(folder, "teacher")
    one, other = trained(folder, "one", teacher=str(folder / "teacher"), weight=0.0), trained(folder, "other")
    assert read_bundle(one.bundle).weights_sha256 == read_bundle(other.bundle).weights_sha256


def test_shipped_weights_can_teach(folder: Path) -> None:
    assert trained(folder, "student", teacher="cnn/dncnn:grey-25").steps == 3


@pytest.mark.parametrize(
    ("teacher", "told"), [("", "give teacher"), ("classical/median", "the teacher classical/median is no trained")]
)
def test_what_cannot_teach_is_refused(folder: Path, teacher: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        trained(folder, "student", teacher=teacher)
