"""A sweep's plan: by what it is judged, what it is known again by, and what recipe comes of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from burnish.errors import UsageError
from burnish.recipe.document import read_recipe
from burnish_flows import runners
from burnish_flows.data.dataset import Pin
from burnish_flows.retrain import snapshot
from burnish_flows.sweep.plan import SweepOptions, planned

NOISE = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}
RECIPE = {
    "model": "denoise",
    "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 4}},
    "degrader": NOISE,
    "training": {"budget": {"minutes": 5}},
    "benchmarks": [{"name": "noise", "degrader": NOISE, "metrics": ["psnr", "metrics/ssim"]}],
}


@pytest.fixture
def recipe(tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "environ", {**os.environ, "MLFLOW_TRACKING_URI": store})
    (tmp_path / "pyproject.toml").touch()
    for split in ("train", "validation", "test"):
        (tmp_path / "data" / split).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "data" / split / "a.png"), np.full((16, 16, 3), len(split), np.uint8))
    pin = Pin(root="data", md5="d", files=0, bytes=0, dirty=True)
    monkeypatch.setattr(snapshot.dataset, "pin", lambda *_, **__: pin)
    monkeypatch.setattr(snapshot.dataset, "listing", lambda *_: {"md5": "d", "files": {}})
    path = tmp_path / "r.yaml"
    path.write_text(yaml.safe_dump(RECIPE))
    return path


def plan(recipe: Path, *over: str, **more: Any) -> Any:
    return planned(str(recipe), over or ("lr=1e-4..1e-2:log",), trials=3, options=SweepOptions(**more))


def test_trials_are_judged_by_validation_and_not_by_the_pictures_that_judge_challengers(recipe: Path) -> None:
    assert plan(recipe).judged_by == "validation"


@pytest.mark.parametrize(
    ("metric", "judged"),
    [("psnr", "metrics/psnr@noise"), ("ssim@noise", "metrics/ssim@noise"), ("validation", "validation")],
)
def test_a_metric_may_be_named_by_id_or_short_name(recipe: Path, metric: str, judged: str) -> None:
    assert plan(recipe, metric=metric).judged_by == judged


def test_without_validation_pictures_the_first_benchmark_judges(recipe: Path) -> None:
    (recipe.parent / "data" / "validation" / "a.png").unlink()
    (recipe.parent / "data" / "validation").rmdir()
    assert plan(recipe).judged_by == "metrics/psnr@noise"


@pytest.mark.parametrize(
    ("metric", "words"), [("psnr@nowhere", "the recipe has noise"), ("metrics/lpips", "lpips"), ("@", "noise")]
)
def test_what_is_not_measured_cannot_judge(recipe: Path, metric: str, words: str) -> None:
    if metric == "@":
        assert plan(recipe, metric=metric).judged_by == "metrics/psnr@noise"
        return
    with pytest.raises(Exception, match=words):
        plan(recipe, metric=metric)


def test_what_changes_the_validation_cannot_be_judged_by_it(recipe: Path) -> None:
    with pytest.raises(UsageError, match="METRIC@BENCHMARK"):
        plan(recipe, "degrader.config.sigma=0.1,0.2")
    assert plan(recipe, "degrader.config.sigma=0.1,0.2", metric="psnr").maximise


def test_trainings_do_not_share_a_process(recipe: Path) -> None:
    with pytest.raises(UsageError, match="use processes:2"):
        plan(recipe, runner="threads:2")


def test_the_same_command_is_the_same_sweep_whatever_its_trials_and_workers(recipe: Path) -> None:
    first = plan(recipe)
    again = planned(str(recipe), ["lr=1e-4..1e-2:log"], trials=30, options=SweepOptions(runner="processes:2"))
    assert first.digest == again.digest
    others = [
        plan(recipe, seed=1),
        plan(recipe, steps=5),
        plan(recipe, "lr=1e-4..1e-3:log"),
        plan(recipe, metric="psnr"),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 5


def test_a_trial_has_its_values_its_budget_its_share_of_the_cores_and_a_folder_of_its_own(
    recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "cores", lambda: 8)
    one = plan(recipe, steps=5, runner="processes:2")
    runs = [one.trial(number, {"training.learning_rate": 0.005}) for number in (0, 1)]
    training = runs[0].recipe.training
    assert (training.learning_rate, training.budget.steps, training.budget.minutes, training.cores) == (
        0.005,
        5,
        None,
        4,
    )
    assert runs[0].work != runs[1].work


def test_the_best_recipe_keeps_its_own_budget_and_is_one_that_burnish_reads(recipe: Path, tmp_path: Path) -> None:
    plan(recipe, steps=5).write_recipe(
        tmp_path / "new" / "best.yaml", {"training.learning_rate": 0.005}, "Best.\nOf 3."
    )
    read = read_recipe(tmp_path / "new" / "best.yaml")
    assert (read.training.learning_rate, read.training.budget.minutes) == (0.005, 5)
    assert read.training.model_fields_set == {"budget", "learning_rate"}
    assert (tmp_path / "new" / "best.yaml").read_text().startswith("# Best.\n# Of 3.\nmodel: denoise\n")
