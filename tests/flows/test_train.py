from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from burnish.bundle import read_bundle
from burnish.recipe import Recipe
from burnish_flows.snapshot import Run
from burnish_flows.train import train


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for split in ("train", "validation"):
        (tmp_path / "data" / split).mkdir(parents=True)
        pixels = np.random.default_rng(len(split)).integers(0, 256, (32, 40, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "data" / split / "a.png"), cv2.GaussianBlur(pixels, (0, 0), 2))
    return tmp_path


def run_of(project: Path, steps: int = 4, **training: Any) -> Run:
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 8}},
            "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
            "training": {
                "budget": {"steps": steps},
                "patch": 16,
                "batch": 2,
                "precision": "fp32",
                "cores": 1,
                **training,
            },
        }
    )
    return Run(
        recipe_path=project / "r.yaml",
        recipe=recipe,
        project=project,
        fingerprint="b" * 64,
        pin={"md5": "x"},
        plugins={},
        tracking_uri="sqlite://",
        quiet=True,
    )


def test_a_training_leaves_a_bundle_with_its_lineage(project: Path) -> None:
    trained = train(run_of(project))
    bundle = read_bundle(trained.bundle)
    assert (trained.steps, trained.resumed_at) == (4, 0)
    assert bundle.lineage["data"] == {"md5": "x"}
    assert bundle.lineage["fingerprint"] == "b" * 64


def test_the_same_run_finds_its_training_done(project: Path) -> None:
    first = train(run_of(project))
    before = (first.bundle / "weights.safetensors").stat().st_mtime_ns
    again = train(run_of(project))
    assert again.bundle == first.bundle
    assert (again.bundle / "weights.safetensors").stat().st_mtime_ns == before


def test_another_number_of_threads_begins_anew_instead_of_being_refused(project: Path) -> None:
    first = train(run_of(project, checkpoint_every=2))
    (first.bundle / "weights.safetensors").unlink()
    other = train(run_of(project, checkpoint_every=2, cores=2))
    assert other.resumed_at == 0
    kept = {path.name for path in run_of(project).work.iterdir() if path.name.startswith("checkpoints")}
    assert kept == {"checkpoints-cpu-1", "checkpoints-cpu-2"}
