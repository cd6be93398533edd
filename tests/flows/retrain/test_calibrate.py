"""The stage that calibrates: intervals in the bundle, once for the same pictures; a broken restorer ends no run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.inference import load_bundle
from burnish.recipe.document import Recipe
from burnish.uncertainty.calibration import FILE, found, read
from burnish_flows.data.dataset import Pin
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.calibrate import calibrated
from burnish_flows.retrain.scoring.scores import _intervals
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Retraining, Trained
from burnish_flows.retrain.train import train
from burnish_flows.runners import configured


def _run(project: Path, **uncertainty: Any) -> Run:
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 8}},
            "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
            "data": {"validation": ""},
            "training": {"budget": {"steps": 2}, "patch": 16, "batch": 2, "precision": "fp32", "cores": 1},
            "uncertainty": {"confidence": 0.0, **uncertainty},
        }
    )
    return Run(
        recipe_path=project / "r.yaml", recipe=recipe, project=project, fingerprint="b" * 64,
        pin=Pin(root="data", md5="x", files=0, bytes=0), plugins={}, tracking_uri="sqlite://", quiet=True,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    for split, count in (("train", 1), ("calibration", 14)):
        (tmp_path / "data" / split).mkdir(parents=True)
        for index in range(count):
            pixels = draw.integers(0, 256, (32, 40, 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / "data" / split / f"{index}.png"), cv2.GaussianBlur(pixels, (0, 0), 2))
    return tmp_path


def _retraining(run: Run, registry: Registry) -> Retraining:
    return Retraining(run=run, registry=registry, runner=configured())


def test_the_bundle_gets_intervals_that_hold_for_its_weights(project: Path, registry: Registry) -> None:
    run = _run(project)
    made = calibrated(_retraining(run, registry), train(run))
    facts = read(load_bundle(made.bundle)).facts
    assert (made.bundle, facts.width, facts.learned + facts.pictures) == (run.bundle, "head", 14)


def test_the_same_pictures_are_not_measured_again_and_other_settings_are(project: Path, registry: Registry) -> None:
    run = _run(project, width="constant")
    made = calibrated(_retraining(run, registry), train(run))
    before = (made.bundle / FILE).stat().st_mtime_ns
    assert calibrated(_retraining(run, registry), made) == made
    assert (made.bundle / FILE).stat().st_mtime_ns == before
    calibrated(_retraining(_run(project, width="augmentations"), registry), made)
    assert read(load_bundle(made.bundle)).facts.width == "augmentations"


def test_a_bundle_of_the_registry_stays_as_it_is(project: Path, registry: Registry) -> None:
    run = _run(project, width="constant")
    fetched = train(run).bundle.rename(project / "cache")
    made = calibrated(_retraining(run, registry), Trained(bundle=fetched, steps=0, seconds=0.0, resumed_at=0))
    assert made.bundle != fetched
    assert not (fetched / FILE).exists()
    assert found(load_bundle(made.bundle)) is not None


def test_a_version_that_is_registered_already_is_left_alone(project: Path, registry: Registry) -> None:
    run = _run(project, width="constant")
    taken = replace(train(run), registered="3")
    assert calibrated(_retraining(run, registry), taken) == taken
    assert not (taken.bundle / FILE).exists()


def test_a_restorer_that_breaks_gets_no_intervals_and_the_run_goes_on(
    project: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    from burnish_cnn import dncnn

    run = _run(project, width="constant")
    made = train(run)
    monkeypatch.setattr(dncnn.DnCNN, "forward", lambda self, degraded: torch.full_like(degraded, float("nan")))
    assert calibrated(_retraining(run, registry), made) == made
    assert not (made.bundle / FILE).exists()


def test_scores_are_of_weights_and_intervals(project: Path, registry: Registry) -> None:
    run = _run(project, width="constant")
    made = train(run)
    assert _intervals(load_bundle(made.bundle)) == []
    calibrated(_retraining(run, registry), made)
    assert len(_intervals(load_bundle(made.bundle))) == 1
