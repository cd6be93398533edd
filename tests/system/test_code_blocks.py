"""The commands and the Python of the manual's pages are run as they stand, beside pictures such as a reader has."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import warm
from manual.blocks import Block, run_by
from PIL import Image
from workshop import GATES, Project, environment, small_project

pytestmark = [pytest.mark.slow, pytest.mark.system]

ROOT = Path(__file__).parents[2]
HERE = "tests/system/test_code_blocks.py"
PAGES = sorted({block.page for block in run_by(HERE)})
MODEL = "denoise@champion"
INSTEAD = {"deblur@champion": MODEL}
"""There is one model."""
BEFORE = {
    "explain.md": 'picture = burnish.read("photo.png")',
    "intervals.md": 'noisy = burnish.read("noisy.png")',
    "python.md": 'noisy, restorer = burnish.read("noisy.png"), burnish.load("cnn/ffdnet:colour")',
}
"""What the Python of a page takes as given, after ``import burnish``."""


def of(page: str, language: str) -> list[Block]:
    return [block for block in run_by(HERE) if block.page == page and block.language == language]


def lines(page: str) -> list[str]:
    """The lines of a page's shell, without comments."""
    text = "\n".join(block.text for block in of(page, "bash")).replace("\\\n", " ")
    return [line for line in text.splitlines() if shlex.split(line, comments=True)]


@cache
def picture() -> Image.Image:
    return Image.open(ROOT / "docs" / "refocus.png").convert("RGB").crop((20, 40, 164, 136))


def reader(folder: Path) -> None:
    """What a reader has of their own: clean, noisy and blurred pictures, a small one, shots, recipes, a bundle."""
    folder.mkdir(exist_ok=True)
    clean, rng = picture(), np.random.default_rng(0)

    def noisy(source: Image.Image) -> Image.Image:
        values = np.asarray(source) / 255 + rng.normal(0, 0.1, np.asarray(source).shape)
        return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))

    for name in ("photo.png", "photo.jpg"):
        clean.save(folder / name)
    noisy(clean).save(folder / "noisy.png")
    noisy(clean).save(folder / "in.png")
    clean.resize((48, 32)).save(folder / "small.png")
    many = {
        "photos": 48, "holiday": 2, "noisy": 2, "photographs": 2, "sharp": 2, "blurred": 2, "kernels": 2,
        "scenes/a": 3, "pictures/train": 3, "pictures/validation": 1, "pictures/test": 2,
        "data/train": 1, "data/validation": 1, "data/test": 1,
        **{f"pairs/{split}/{kind}": 2 for split in ("train", "validation", "test") for kind in ("noisy", "clean")},
    }  # fmt: skip
    kept = (folder / "pictures").is_dir()
    for place, count in many.items():
        if kept and place.startswith("pictures"):
            continue
        (folder / place).mkdir(parents=True)
        for number in range(count):
            scene = place.rpartition("/")[0] if place.startswith("pairs") else place
            shift = 0 if place.startswith("scenes") else (8 * len(scene) + number) % 80
            part = clean.crop((shift, number % 32, shift + 64, number % 32 + 64))
            if place == "kernels":
                np.savetxt(folder / place / f"{number}.txt", np.full((3, 3), 1 / 9))
            else:
                (noisy(part) if place.endswith(("noisy", "scenes/a")) else part).save(folder / place / f"{number}.png")
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    (folder / "recipe.yaml").write_text((ROOT / "recipes" / "denoise.yaml").read_text().replace("BSD400", "train"))
    weights = ROOT / "plugins" / "burnish-cnn" / "burnish_cnn" / "weights" / "dncnn-grey-25"
    shutil.copytree(weights, folder / "bundles" / "denoise")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with the champion of the model ``denoise``."""
    made = small_project(tmp_path_factory.mktemp("pages") / "project")
    recipe = made.recipe("denoise.yaml", 6, gates=GATES, tiny="denoise")
    assert made.retrain(recipe)["outcome"] == "promoted"
    return made


def told_of(project: Project) -> dict[str, str]:
    """What the pages write of data → the hash and a file of the champion's data."""
    lineage = json.loads(project.burnish("lineage", MODEL, "--json"))
    kept = next((project.root / "pictures").rglob("*.png"))
    return {"0c973a97": lineage["data"]["md5"][:8], "photographs/kodim23.png": str(kept)}


def run(line: str, folder: Path) -> None:
    """Type a line; it must succeed."""
    words = shlex.split(line, comments=True)
    assert words[0] == "burnish", f"{line}: which program is that?"
    done = warm.run(words[1:], cwd=folder, env=environment(), timeout=1800)
    answers = (0, 1) if words[1:3] == ["data", "check"] else (0,)  # 1: it has found something in the small pictures
    assert done.returncode in answers, f"{line}\n{done.stdout}{done.stderr}"


LONG = ("compressing.md", "evaluation.md", "explain.md", "export.md")
"""Pages whose commands take a minute and more."""


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.long] if page in LONG else [])
        for page in PAGES
        if of(page, "bash") or of(page, "python")
    ],
)
def test_a_page_runs_as_it_stands(page: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    typed, folder, instead = lines(page), tmp_path / "reader", dict(INSTEAD)
    if any("@champion" in line for line in typed):
        project: Project = request.getfixturevalue("project")
        shutil.copytree(project.root, folder, symlinks=True)
        instead = {**INSTEAD, **told_of(project)}
    reader(folder)
    for made in re.findall(r"--out (recipes/\S+)", "\n".join(typed)):
        (folder / made).unlink(missing_ok=True)  # a reader has no such recipe yet
    for line in typed:
        run(re.sub("|".join(map(re.escape, instead)), lambda found: instead[found[0]], line), folder)
    if code := "\n".join(block.text for block in of(page, "python")):
        before = f"import burnish\n{BEFORE.get(page, '')}\n"
        done = subprocess.run(
            [sys.executable, "-c", before + code], cwd=folder, env=environment(), capture_output=True, text=True,
            timeout=1800, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
