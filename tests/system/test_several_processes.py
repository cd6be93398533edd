"""Trained by two processes, started by burnish itself or by torchrun: what one process sees and learns, one bundle.

Tolerance: float32 gradients of two halves are added, where one process sums over the whole batch. That is a rounding a
step (relative 6e-8), which Adam's division raises to about 1e-6 after 12 steps; 2e-5 leaves room for other processors.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml
from burnish.restorer.bundle import bundle_weights, read_bundle

pytestmark = [pytest.mark.slow, pytest.mark.system]


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[[Any], Path]:
    """Noise of random strength, mixtures of patches, batch normalisation: all that a split could show in."""
    rng = np.random.default_rng(0)
    for kind in ("train", "validation"):
        folder = tmp_path / "data" / kind
        folder.mkdir(parents=True)
        for number in range(3):
            picture = cv2.GaussianBlur(rng.uniform(0, 255, (40, 50 + number, 3)), (0, 0), 2)
            cv2.imwrite(str(folder / f"{number}.png"), picture.round().astype(np.uint8))
    content: dict[str, Any] = {
        "model": "denoise",
        "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 8}},
        "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": [0.02, 0.2]}},
        "training": {
            "budget": {"steps": 12},
            "batch": 4,
            "patch": 24,
            "augment": ["flip", "rotate", "channels", "mix"],
            "validate_every": 5,
            "checkpoint_every": 4,
            "ema": 0.9,
            "precision": "fp32",
            "cores": 1,
        },
    }

    def write(devices: Any) -> Path:
        file = tmp_path / f"recipe-{devices}.yaml"
        file.write_text(yaml.safe_dump({**content, "training": {**content["training"], "devices": devices}}))
        return file

    return write


def run(recipe: Path, folder: Path, *, torchrun: bool = False) -> dict[str, Any]:
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"] if torchrun else []
    words = ["-m", "burnish.cli.main", "train", str(recipe), "--out", str(folder), "--json", "--device", "cpu"]
    result = subprocess.run(
        [sys.executable, *launcher, *words],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    record: dict[str, Any] = json.loads(result.stdout)
    return record


@pytest.mark.long
def test_two_processes_give_the_weights_and_figures_of_one_whoever_starts_them(
    recipe: Callable[[Any], Path], tmp_path: Path
) -> None:
    one = run(recipe("auto"), tmp_path / "one")
    two = run(recipe(2), tmp_path / "two")
    by_hand = run(recipe("auto"), tmp_path / "by hand", torchrun=True)
    assert [record["training"]["processes"] for record in (one, two, by_hand)] == [1, 2, 2]
    figures = [[entry["psnr"] for entry in record["training"]["history"]] for record in (one, two)]
    assert figures[1] == pytest.approx(figures[0], abs=1e-4)
    weights = [bundle_weights(tmp_path / name) for name in ("one", "two")]
    assert weights[0].keys() == weights[1].keys()
    for name, weight in weights[0].items():
        torch.testing.assert_close(weights[1][name], weight, rtol=0, atol=2e-5)
    assert read_bundle(tmp_path / "by hand").weights_sha256 == read_bundle(tmp_path / "two").weights_sha256
