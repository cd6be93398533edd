"""``burnish train`` killed with SIGKILL in its middle, run again, ends with the very weights of an undisturbed run."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
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
    "patch": 40,
    "augment": ["flip", "rotate", "channels"],
    "warmup_steps": 10,
    "ema": 0.98,
    "validate_every": 8,
    "checkpoint_every": 3,
    "precision": "auto",
    "cores": 2,
}


LEARNERS = """\
from burnish import LearnerSpec, hookimpl

@hookimpl
def register_learners():
    own = {"factory": "burnish_own.learners:Own", "summary": "s"}
    yield LearnerSpec(name="pixels", needs="noisy", **own)
    yield LearnerSpec(name="between-shots", needs="shots", **own)
"""

LEARNER = '''\
import torch
from burnish.training import SupervisedLearner, generator

class Own(SupervisedLearner):
    """Compares with the other shot; where there is none, restores pixels that were replaced by their neighbours.

    Has a state of its own, the running mean of the loss, by which it is divided.
    """
    def __init__(self, *given):
        super().__init__(*given)
        self.register_buffer("level", torch.ones(()))

    def training_step(self, batch, batch_idx):
        observation = self.observe_batch(batch)
        noisy, target = observation.degraded, observation.target
        if target.numel():
            error = (self.estimate(observation) - target).square().mean()
        else:
            size, draw = (self.settings.batch, 1, *noisy.shape[-2:]), generator(0, "masked", batch[0], 0)
            hidden = self.my_share(torch.rand(size, generator=draw)) < 0.2
            estimate = self.restored(torch.where(hidden, noisy.roll(1, -1), noisy), observation)
            error = ((estimate - noisy) * hidden).square().mean()
        self.level.mul_(0.9).add_(0.1 * error.detach())
        return error / self.level

    def validation_step(self, batch, batch_idx):
        observation = self.observe_crop(batch)
        reference = observation.target if observation.target.numel() else observation.degraded
        return -(self.estimate(observation) - reference).square().mean()
'''

REAL: dict[str, dict[str, Any]] = {
    "pairs": {"data": {"root": "real", "degraded": "noisy", "clean": "clean", "match": "affine"}},
    "pairs, degraded further": {
        "data": {"root": "real", "degraded": "noisy", "clean": "clean"},
        "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": [0.02, 0.2]}},
    },
    "noisy": {"data": {"root": "real", "degraded": "noisy"}, "learner": {"id": "own/pixels"}},
    "shots": {"data": {"root": "real", "shots": "shots"}, "learner": {"id": "own/between-shots"}},
}
"""Form of data → what a recipe says of it."""

NOISY = {"root": "real", "degraded": "noisy"}
LEVEL = {"sigma": 0.1}
OWN_NETWORK: dict[str, dict[str, Any]] = {
    "blind-spot": {"id": "self-supervised/blind-spot-net", "config": {"width": 8, "levels": 1}},
    "ap-bsn": {"id": "self-supervised/ap-bsn-net", "config": {"features": 8, "modules": 2}},
}
"""Learner → the restorer that it fits, where it fits only one."""
REAL |= {
    f"self-supervised/{name}": {
        "data": {"root": "real", "shots": "shots"} if name == "noise2noise" else NOISY,
        "learner": {"id": f"self-supervised/{name}", "config": config},
    }
    | ({"restorer": OWN_NETWORK[name]} if name in OWN_NETWORK else {})
    for name, config in {
        "noise2noise": {},
        "noise2void": {},
        "neighbor2neighbor": {},
        "blind-spot": {},
        "sure": LEVEL,
        "unsure": {},
        "recorrupted": LEVEL,
        "ap-bsn": {},
    }.items()
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


@pytest.fixture(scope="module")
def real(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A recipe for each form of data, all of the same pictures with noise, one of 16 bit; and a plugin of learners."""
    project, rng = tmp_path_factory.mktemp("real"), np.random.default_rng(1)
    for file in sorted((recipe.parent / "data").rglob("*.png")):
        clean = cv2.imread(str(file)).astype(np.float64)
        for name in ("clean/x", "noisy/x", "shots/x/1", "shots/x/2", "shots/x/3"):
            target = project / "real" / file.parent.name / f"{name.replace('x', file.stem)}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            picture = clean if name.startswith("clean") else clean + rng.normal(0, 30, clean.shape)
            deep = 257 if file.stem == "0" else 1
            kind = np.uint16 if deep > 1 else np.uint8
            cv2.imwrite(str(target), (picture.clip(0, 255) * deep).round().astype(kind))
    for name, content in (
        ("burnish_own/__init__.py", ""),
        ("burnish_own/plugin.py", LEARNERS),
        ("burnish_own/learners.py", LEARNER),
        ("burnish_own-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: burnish-own\nVersion: 1.0\n"),
        ("burnish_own-1.0.dist-info/entry_points.txt", "[burnish]\nown = burnish_own.plugin\n"),
    ):
        written = project / "site" / name
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(content)

    def write(form: str) -> Path:
        content = yaml.safe_load(recipe.read_text())
        del content["degrader"]
        said = dict(REAL[form])
        content["training"] |= {"learner": said.pop("learner")} if "learner" in said else {}
        file = project / f"{form.replace('/', ' ')}.yaml"
        file.write_text(yaml.safe_dump({**content, **said}))
        return file

    return write


def words(recipe: Path, folder: Path) -> list[str]:
    return ["train", str(recipe), "--out", str(folder / "bundle"), "--work", str(folder / "work"), "--json"]


def start(recipe: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*BURNISH, *words(recipe, folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=with_plugin(recipe),
    )


def with_plugin(recipe: Path) -> dict[str, str]:
    """The environment in which the plugin of learners is installed, where there is one."""
    site = recipe.parent / "site"
    return {**environment(), "PYTHONPATH": str(site)} if site.exists() else environment()


def trained(recipe: Path, folder: Path) -> dict[str, Any]:
    env = with_plugin(recipe)
    if warm.suits(env):
        done = warm.run(words(recipe, folder), cwd=folder, env=env, timeout=PATIENCE)
    else:
        done = subprocess.run(
            [*BURNISH, *words(recipe, folder)],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
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
    ends_alike(recipe, tmp_path, KILLS)


@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=[] if form == "noisy" else [pytest.mark.long]) for form in REAL]
)
def test_so_does_one_on_data_of_every_other_form_with_a_learner_for_it(
    real: Callable[[str], Path], tmp_path: Path, form: str
) -> None:
    ends_alike(real(form), tmp_path, KILLS[1:2])


def ends_alike(recipe: Path, tmp_path: Path, kills: Sequence[int]) -> None:
    """Weights, history and everything in the last checkpoint, bit for bit."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    undisturbed = trained(recipe, whole)
    assert undisturbed["resumed_at"] == 0
    for step in kills:
        stopped = kill_at(start(recipe, broken), broken / "work", step)
        assert step <= stopped < STEPS, "it was faster than the kill; make the training longer"
        assert not (broken / "bundle").exists()
    resumed = trained(recipe, broken)

    assert kills[-1] <= resumed["resumed_at"] < STEPS
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
