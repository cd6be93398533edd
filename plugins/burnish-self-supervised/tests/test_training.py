"""Whole trainings by recipe, from files: every learner trains, and resumes exactly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.errors import ConfigError, TrainingError
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train
from burnish_self_supervised.learners import (
    ap_bsn,
    blind_spot,
    neighbor2neighbor,
    noise2noise,
    noise2void,
    recorrupted,
    sure,
    unsure,
)

pytest.importorskip("burnish_cnn")

DENOISER = {"id": "cnn/dncnn", "config": {"channels": 1, "depth": 3, "features": 8}}
OWN = {
    "blind-spot": {"id": "self-supervised/blind-spot-net", "config": {"channels": 1, "width": 4, "levels": 1}},
    "ap-bsn": {"id": "self-supervised/ap-bsn-net", "config": {"channels": 1, "features": 4, "modules": 1}},
}
LEARNERS = {
    "noise2noise": noise2noise.Noise2Noise,
    "noise2void": noise2void.Noise2Void,
    "neighbor2neighbor": neighbor2neighbor.Neighbor2Neighbor,
    "blind-spot": blind_spot.BlindSpot,
    "sure": sure.Sure,
    "unsure": unsure.Unsure,
    "recorrupted": recorrupted.Recorrupted,
    "ap-bsn": ap_bsn.APBSN,
}
KNOWN = {"sure", "recorrupted"}


def written(folder: Path, count: int, seed: int, *, known: bool) -> None:
    """Noisy grey pictures of 40×48 pixels, with σ beside them where it is known."""
    draw = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for index in range(count):
        smooth = cv2.GaussianBlur(draw.uniform(0, 1, (40, 48)), (0, 0), 4)
        noisy = 0.5 + 3 * (smooth - 0.5) + 0.1 * draw.normal(size=smooth.shape)
        cv2.imwrite(str(folder / f"{index}.png"), np.clip(255 * noisy, 0, 255).round().astype(np.uint8))
        if known:
            (folder / f"{index}.json").write_text(json.dumps({"sigma": 0.1}), encoding="utf-8")


def project(root: Path, learner: str, *, known: bool) -> Path:
    for split, count in (("train", 3), ("validation", 1)):
        inside = root / "data" / split / "noisy"
        scenes = [inside / f"scene{index}" for index in range(2)] if learner == "noise2noise" else [inside]
        for index, folder in enumerate(scenes):
            written(folder, count + 1, 10 * index + count, known=known)
    return root


def recipe(learner: str, **config: Any) -> Recipe:
    data = {"root": "data", "shots": "noisy"} if learner == "noise2noise" else {"root": "data", "degraded": "noisy"}
    return Recipe.model_validate(
        {
            "model": "tiny",
            "restorer": OWN.get(learner, DENOISER),
            "data": data,
            "training": {
                "learner": {"id": f"self-supervised/{learner}", "config": config},
                "budget": {"steps": 6},
                "batch": 2,
                "patch": 32,
                "validate_every": 4,
                "checkpoint_every": 2,
                "ema": 0.9,
                "cores": 1,
                "precision": "fp32",
            },
            "benchmarks": [{"name": "test", "degraded": "test/noisy", "metrics": ["metrics/niqe"]}],
        }
    )


def run(settings: Recipe, root: Path, name: str) -> TrainingResult:
    folders = TrainingFolders(project=root, out=root / name / "bundle", work=root / name / "work")
    return train(settings, folders, TrainingOptions(quiet=True, device="cpu"))


@pytest.mark.slow
@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_an_interrupted_training_ends_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, learner: str
) -> None:
    root = project(tmp_path, learner, known=learner in KNOWN)
    settings = recipe(learner)
    whole = run(settings, root, "whole")
    assert whole.steps == 6
    assert np.isfinite(whole.validation)
    plain = LEARNERS[learner].training_step

    def dying(self: Any, batch: Any, batch_idx: int) -> Any:
        if batch[0] == 5:
            raise MemoryError("killed")
        return plain(self, batch, batch_idx)

    with monkeypatch.context() as patch:
        patch.setattr(LEARNERS[learner], "training_step", dying)
        with pytest.raises(TrainingError, match="killed"):
            run(settings, root, "broken")
    broken = run(settings, root, "broken")
    assert 0 < broken.resumed_at < 6
    assert read_bundle(broken.bundle).weights_sha256 == read_bundle(whole.bundle).weights_sha256
    assert broken.validation == whole.validation


@pytest.mark.slow
@pytest.mark.parametrize("learner", sorted(KNOWN))
def test_a_learner_that_needs_the_level_takes_it_from_its_configuration_or_ends_before_the_first_step(
    tmp_path: Path, learner: str
) -> None:
    root = project(tmp_path, learner, known=False)
    with pytest.raises(ConfigError, match=f"self-supervised/{learner} needs sigma, which no file beside .* says"):
        run(recipe(learner), root, "without")
    assert not (root / "without").exists()
    assert run(recipe(learner, sigma=0.1), root, "with").steps == 6


@pytest.mark.slow
@pytest.mark.parametrize(("learner", "kept"), [("noise2void", 4), ("neighbor2neighbor", 6), ("unsure", 6)])
def test_the_last_weights_are_kept_where_the_figure_does_not_say_which_are_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, learner: str, kept: int
) -> None:
    root = project(tmp_path, learner, known=False)
    monkeypatch.setattr(LEARNERS[learner], "validation_step", lambda self, batch, batch_idx: -float(self.clock.step))
    assert run(recipe(learner), root, "falling").best_step == kept


def test_patience_is_refused_where_the_figure_does_not_say_which_weights_are_better(tmp_path: Path) -> None:
    root, settings = project(tmp_path, "unsure", known=False), recipe("unsure")
    impatient = settings.model_copy(update={"training": settings.training.model_copy(update={"patience": 1})})
    with pytest.raises(ConfigError, match=r"training\.patience: .* remove it"):
        run(impatient, root, "impatient")
