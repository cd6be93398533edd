"""A foreign checkpoint is trained on by a recipe, on a team's own pictures, and gets better than it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.cli.main import main
from burnish.errors import ConfigError
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import bundle_weights, read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train

pytest.importorskip("spandrel", reason="spandrel is not installed: make setup")
pytest.importorskip("burnish_degradations")

Save = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    for split, count in (("train", 4), ("validation", 2)):
        folder = tmp_path / "data" / split
        folder.mkdir(parents=True)
        for index in range(count):
            smooth = cv2.GaussianBlur(draw.uniform(0, 1, (64, 64, 3)), (0, 0), 3)
            cv2.imwrite(str(folder / f"{index}.png"), (255 * np.clip(0.5 + 4 * (smooth - 0.5), 0, 1)).astype(np.uint8))
    return tmp_path


def recipe(degrader: dict[str, Any], steps: int, **more: Any) -> Recipe:
    return Recipe.model_validate(
        {
            "model": "own",
            "restorer": {"id": "spandrel/model"},
            "initial": "bundles/foreign",
            "degrader": degrader,
            "data": {"root": "data"},
            "training": {
                "budget": {"steps": steps}, "batch": 2, "patch": 24, "validate_every": 15, "learning_rate": 2e-3,
                "precision": "fp32", "ema": 0.0, "devices": 1, "cores": 1,
            },
            **more,
        }
    )  # fmt: skip


def trained(asked: Recipe, project: Path) -> TrainingResult:
    folders = TrainingFolders(project=project, out=project / "bundles" / "own", work=project / "work")
    return train(asked, folders, TrainingOptions(device="cpu", quiet=True))


@pytest.mark.parametrize(
    ("family", "degrader"),
    [
        ("Compact", {"id": "degradations/bicubic", "config": {"scale": 2}}),
        ("DnCNN", {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}),
    ],
)
def test_training_improves_on_the_checkpoint(family: str, degrader: dict[str, Any], saved: Save, project: Path) -> None:
    file, foreign = str(saved(family)), str(project / "bundles" / "foreign")
    assert main(["import-weights", file, foreign, "--license", "CC-BY-4.0"]) == 0
    done = trained(recipe(degrader, 30), project)
    assert done.validation > done.manifest["validation_at_start"] + 0.5
    assert done.best_step > 0
    before, after = read_bundle(Path(foreign)), read_bundle(done.bundle)
    assert done.manifest["facts"]["initial"] == before.weights_sha256
    assert after.config == before.config
    assert after.lineage["initial"]["imported"]["license"] == "CC-BY-4.0"


def test_without_steps_the_checkpoint_itself_is_what_is_judged(saved: Save, project: Path) -> None:
    assert main(["import-weights", str(saved("Compact")), str(project / "bundles" / "foreign")]) == 0
    done = trained(recipe({"id": "degradations/bicubic", "config": {"scale": 2}}, 0), project)
    assert (done.steps, done.best_step) == (0, 0)
    one, other = bundle_weights(done.bundle), bundle_weights(project / "bundles" / "foreign")
    assert all((one[name] == value).all() for name, value in other.items())


def test_a_scale_that_the_degrader_does_not_have_is_refused_before_training(saved: Save, project: Path) -> None:
    assert main(["import-weights", str(saved("Compact")), str(project / "bundles" / "foreign")]) == 0
    asked = recipe({"id": "degradations/bicubic", "config": {"scale": 2}}, 5)
    wrong = asked.model_copy(update={"restorer": asked.restorer.model_copy(update={"config": {"scale": 4}})})
    with pytest.raises(ConfigError, match=r"bundles/foreign: its weights have scale 2 and do not match scale 4"):
        trained(wrong, project)
