"""Trained by two processes under torchrun: the same pictures, the same averaged gradient, one bundle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml
from burnish.bundle import bundle_weights

pytestmark = [pytest.mark.slow, pytest.mark.system]


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A degradation without chance and a network without batch statistics, so that the split must not show."""
    rng = np.random.default_rng(0)
    for kind in ("train", "validation"):
        folder = tmp_path / "data" / kind
        folder.mkdir(parents=True)
        for number in range(3):
            picture = cv2.GaussianBlur(rng.uniform(0, 255, (40, 50 + number, 3)), (0, 0), 2)
            cv2.imwrite(str(folder / f"{number}.png"), picture.round().astype(np.uint8))
    content: dict[str, Any] = {
        "model": "deblur",
        "restorer": {"id": "cnn/dncnn", "config": {"depth": 3, "features": 8, "norm": "none"}},
        "degrader": {"id": "degradations/gaussian-blur", "config": {"width": 1.2}},
        "training": {
            "budget": {"steps": 12},
            "batch": 4,
            "patch": 24,
            "validate_every": 5,
            "checkpoint_every": 4,
            "ema": 0.9,
            "precision": "fp32",
            "cores": 1,
        },
    }
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def run(recipe: Path, folder: Path, *, processes: int) -> dict[str, Any]:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"] if processes > 1 else []
    words = ["-m", "burnish.cli", "train", str(recipe), "--out", str(folder / "bundle"), "--json", "--device", "cpu"]
    result = subprocess.run(
        [sys.executable, *launcher, *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert result.returncode == 0, result.stderr
    record: dict[str, Any] = json.loads(result.stdout)
    return record


def test_two_processes_give_the_weights_and_figures_of_one(recipe: Path, tmp_path: Path) -> None:
    records = [run(recipe, tmp_path / str(processes), processes=processes) for processes in (1, 2)]
    assert [record["training"]["processes"] for record in records] == [1, 2]
    histories = [[entry["psnr"] for entry in record["training"]["history"]] for record in records]
    assert histories[1] == pytest.approx(histories[0], abs=1e-3)
    one, two = (bundle_weights(tmp_path / str(processes) / "bundle") for processes in (1, 2))
    assert one.keys() == two.keys()
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=1e-3, atol=2e-5)
