"""The whole flow without a clean picture: from the check of shots to a champion, and on to the next version."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from burnish.io import Picture, read_picture, write_picture
from team import completed, runs, status, up
from workshop import Project, until

pytestmark = [pytest.mark.slow, pytest.mark.system]

RECIPE = """
model: tiny
restorer: {id: cnn/dncnn, config: {depth: 3, features: 8, channels: 3}}
data: {root: scenes, shots: noisy}
training:
  learner: {id: self-supervised/noise2noise}
  budget: {steps: 40}
  batch: 4
  patch: 32
  learning_rate: 0.003
  validate_every: 20
  checkpoint_every: 20
  precision: fp32
  cores: 1
benchmarks:
  - {name: shots, shots: test/noisy, metrics: [metrics/upsnr]}
baselines: [{id: classical/unsharp}]
gates: [{id: burnish/gain}]
"""
MICROSCOPE = """
model: tiny
restorer: {id: cnn/dncnn, config: {depth: 6, features: 32, channels: 1, norm: none, unshuffle: 2}}
data: {root: frames, degraded: noisy}
training:
  learner: {id: self-supervised/neighbor2neighbor}
  budget: {steps: 300}
  batch: 4
  patch: 64
  learning_rate: 0.003
  ema: 0.98
  validate_every: 100
  checkpoint_every: 100
benchmarks:
  - {name: frames, degraded: test/noisy, metrics: [metrics/sure]}
baselines: [{id: classical/bilateral}, {id: classical/median}]
gates: [{id: burnish/gain}, {id: burnish/no-regression}]
"""
FIELDS = {"train": ("fov001", "fov002", "fov003", "fov004"), "validation": ("fov038",), "test": ("fov04", "fov05")}
"""Of W2S."""
SPLITS = {"train": 8, "validation": 2, "test": 8}


def shoot(project: Project, split: str, scene: int) -> None:
    """Three noisy shots of a part of a photograph, another part for each scene."""
    photographs = sorted((project.root / "pictures").rglob("*.*"))
    pixels = read_picture(photographs[scene % len(photographs)]).pixels
    pixels = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :3]
    y, x = (64 * (scene // len(photographs)) % (side - 64) for side in pixels.shape[:2])
    draw = np.random.default_rng(scene)
    for shot in range(3):
        noisy = pixels[y : y + 64, x : x + 64] + draw.normal(0, 25, (64, 64, 3))
        path = project.root / "scenes" / split / "noisy" / f"scene{scene:02}" / f"{shot}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(path, Picture(pixels=noisy.round().clip(0, 255).astype(np.uint8)))


@pytest.mark.long
def test_shots_lead_to_a_champion_and_new_ones_to_a_new_version(project: Project) -> None:
    scene = 0
    for split, count in SPLITS.items():
        for _ in range(count):
            shoot(project, split, scene)
            scene += 1
    shutil.rmtree(project.root / "pictures")
    (project.root / "r.yaml").write_text(RECIPE)

    checked = json.loads(project.burnish("data", "check", "scenes", "--json"))
    assert (checked["form"], checked["errors"], checked["pictures"]) == ("shots", 0, SPLITS)
    project.burnish("data", "add", "scenes")
    project.retrain("r.yaml")
    champion = json.loads(project.burnish("lineage", "tiny@champion", "--json"))
    assert champion["version"] == "1"
    assert "estimated from other shots" in next(project.root.rglob("scorecard.html")).read_text(encoding="utf-8")

    shot = "scenes/train/noisy/scene03/2.png"
    seen = json.loads(project.burnish("lineage", "--image", shot, "--json"))["versions"]
    assert [(one["version"], one["paths"]) for one in seen] == [("1", ["train/noisy/scene03/2.png"])]

    assert "nothing changed" in project.burnish("retrain", "r.yaml")
    shutil.copytree(project.root / "scenes/train/noisy/scene03", project.root / "scenes/train/noisy/scene99")
    for path in (project.root / "scenes/train/noisy/scene99").iterdir():
        pixels = read_picture(path).pixels
        write_picture(path, Picture(pixels=np.ascontiguousarray(pixels[::-1])))
    project.burnish("data", "add", "scenes")
    project.retrain("r.yaml")
    new = json.loads(project.burnish("lineage", "--image", "scenes/train/noisy/scene99/0.png", "--json"))["versions"]
    assert [one["version"] for one in new] == ["2"]


def test_a_scene_of_one_shot_is_refused_before_anything_is_trained(project: Project) -> None:
    for scene, split in enumerate(("train", "train", "validation", "test")):
        shoot(project, split, scene)
    (project.root / "r.yaml").write_text(RECIPE)
    for shot in (1, 2):
        (project.root / f"scenes/train/noisy/scene01/{shot}.png").unlink()
    project.burnish("data", "add", "scenes")
    error = project.burnish("retrain", "r.yaml", status=1)
    assert "train/noisy/scene01" in error
    assert "remove" in error
    assert not list(project.root.rglob("*.ckpt"))


@pytest.mark.long
def test_single_frames_of_a_microscope_are_retrained_by_a_schedule_and_again_when_new_ones_come(
    alone: Project, shared_data: Path
) -> None:
    w2s, project = shared_data / "pairs" / "w2s", alone
    if not w2s.is_dir():
        pytest.skip(f"no microscope pictures at {w2s}")
    shutil.rmtree(project.root / "pictures")
    (project.root / "pictures.dvc").unlink()

    def arrive(split: str, field: str) -> None:
        folder = project.root / "frames" / split / "noisy"
        folder.mkdir(parents=True, exist_ok=True)
        for frame in (w2s / split / "noisy").glob(f"{field}*.png"):
            shutil.copyfile(frame, folder / frame.name)

    for split, fields in FIELDS.items():
        for field in fields:
            arrive(split, field)
    (project.root / "r.yaml").write_text(MICROSCOPE)
    checked = json.loads(project.burnish("data", "check", "frames", "--json"))
    assert (checked["form"], checked["errors"]) == ("noisy", 0)
    project.burnish("noise", "calibrate", "frames/test/noisy", "--sidecars", "--per-picture")
    project.burnish("data", "add", "frames")
    assert not list(project.root.rglob("clean")), "nothing clean is there"

    with up(project):
        project.burnish("deploy", "r.yaml", "--interval", "1h", "--on-data-change")
        project.burnish("deploy", "r.yaml", "--run-now")
        completed(project, 1)
        (model,) = status(project)["models"]
        assert (model["name"], model["champion"]) == ("tiny", "1")
        until(lambda: not {"PENDING", "RUNNING"} & set(runs(project)), alive=project.started)
        arrive("train", "fov005")
        project.burnish("data", "add", "frames")
        completed(project, 2)
        assert [decision["version"] for decision in project.history()] == ["1", "2"]

    for frame, versions in {"fov005_c0": ["2"], "fov001_c2": ["1", "2"]}.items():
        image = f"frames/train/noisy/{frame}.png"
        seen = json.loads(project.burnish("lineage", "--image", image, "--json"))["versions"]
        assert sorted(one["version"] for one in seen) == versions
    card = next(project.root.rglob("*v1*/scorecard.html")).read_text(encoding="utf-8")
    assert "estimated" in card and "SURE" in card, "it says by what evidence it was promoted"
