"""``burnish train`` killed with SIGKILL in its middle, run again, ends with the very weights of an undisturbed run."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import warm
import yaml
from burnish.restorer.bundle import read_bundle
from burnish.training.checkpoint.files import read_checkpoint
from workshop import BURNISH, PATIENCE, environment

pytestmark = [pytest.mark.slow, pytest.mark.system]

STEPS = 60
KILLS = (6, 23, 41)
"""A process is killed as soon as there is a checkpoint of at least that step."""

SETTINGS: dict[str, Any] = {
    "budget": {"steps": STEPS},
    "batch": 4,
    "patch": 32,
    "augment": ["flip", "rotate", "channels"],
    "warmup_steps": 10,
    "ema": 0.98,
    "validate_every": 8,
    "checkpoint_every": 3,
    "precision": "auto",
    "cores": 2,
}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Batch normalisation, moving average, warm-up and noise of random strength: everything that has a state."""
    project = tmp_path_factory.mktemp("project")
    rng = np.random.default_rng(0)
    for kind, count in (("train", 5), ("validation", 2)):
        (project / "data" / kind).mkdir(parents=True)
        for number in range(count):
            picture = cv2.GaussianBlur(rng.uniform(0, 255, (60 + 9 * number, 80, 3)), (0, 0), 3)
            picture = (picture - picture.min()) / np.ptp(picture) * 255
            cv2.imwrite(str(project / "data" / kind / f"{number}.png"), picture.round().astype(np.uint8))
    content = {
        "model": "denoise",
        "restorer": {"id": "cnn/dncnn", "config": {"depth": 4, "features": 16}},
        "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": [0.02, 0.2]}},
        "training": SETTINGS,
    }
    file = project / "recipe.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def words(recipe: Path, folder: Path) -> list[str]:
    return ["train", str(recipe), "--out", str(folder / "bundle"), "--work", str(folder / "work"), "--json"]


def start(recipe: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*BURNISH, *words(recipe, folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(),
    )


def trained(recipe: Path, folder: Path) -> dict[str, Any]:
    done = warm.run(words(recipe, folder), cwd=folder, env=environment(), timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def newest_step(work: Path) -> int:
    return max((int(file.name[5:14]) for file in work.glob("step-*.ckpt")), default=0)


def kill_at(process: subprocess.Popen[str], work: Path, step: int) -> int:
    """SIGKILL as soon as a checkpoint of that step is there; returns the newest checkpoint's step."""
    deadline = time.monotonic() + 1800
    while newest_step(work) < step:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return newest_step(work)


def test_a_training_killed_three_times_ends_with_the_weights_of_an_undisturbed_one(
    recipe: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    undisturbed = trained(recipe, whole)
    assert undisturbed["resumed_at"] == 0
    for step in KILLS:
        stopped = kill_at(start(recipe, broken), broken / "work", step)
        assert step <= stopped < STEPS, "it was faster than the kill; make the training longer"
        assert not (broken / "bundle").exists()
    resumed = trained(recipe, broken)

    assert KILLS[-1] <= resumed["resumed_at"] < STEPS
    assert resumed["training"]["history"] == undisturbed["training"]["history"]
    assert read_bundle(broken / "bundle").weights_sha256 == read_bundle(whole / "bundle").weights_sha256
    last = [read_checkpoint(max((folder / "work").glob("step-*.ckpt"))) for folder in (whole, broken)]
    for checkpoint in last:
        checkpoint["callbacks"]["Pace"].pop("seconds")
        checkpoint.pop("loops")  # Lightning's counters of restarts
    assert flat(last[0]) == flat(last[1])


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """All leaves by their path; tensors as bytes, so that equality is bit for bit."""
    if isinstance(value, dict):
        return {k: v for key, item in value.items() for k, v in flat(item, f"{name}/{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for key, item in enumerate(value) for k, v in flat(item, f"{name}/{key}").items()}
    if hasattr(value, "numpy"):
        return {name: (str(value.dtype), tuple(value.shape), value.contiguous().numpy().tobytes())}
    return {name: value}
