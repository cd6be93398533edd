"""The whole flow without a clean picture: from the check of shots to a champion, and on to the next version."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from burnish.io import Picture, read_picture, write_picture
from workshop import Project

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
