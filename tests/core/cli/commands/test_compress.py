"""``burnish compress``: a bundle of 8 bits from shipped weights, a bundle or a model; a recipe from a recipe."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from burnish.cli import main as cli
from burnish.inference import load_bundle
from burnish.recipe.document import read_recipe
from burnish.restorer.bundle import read_bundle


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three smooth pictures, without folders for training and validation."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(3):
        picture = cv2.GaussianBlur(rng.uniform(0, 255, (80, 96)), (0, 0), 3)
        picture = (picture - picture.min()) / np.ptp(picture) * 255
        cv2.imwrite(str(folder / f"{number}.png"), picture.round().astype(np.uint8))
    return folder


def compress(*words: object) -> int:
    return cli.main(["compress", *map(str, words), "--quiet"])


def test_shipped_weights_become_a_bundle_and_the_summary_says_what_it_costs(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "small"
    given = ("--restorer", "super-resolution/espcn:luma-x2", "--data", pictures, "--out", out)
    assert compress(*given, "--loss", 5) == 0
    said = capsys.readouterr().out
    assert f"{out}: 2 of 2 convolutions in 8 bits; PSNR " in said
    assert "run it with --engine openvino" in said
    bundle = read_bundle(out)
    assert bundle.compression["method"] == "int8"
    assert bundle.lineage["initial"]["shipped"]["license"] == "Apache-2.0"
    assert load_bundle(out, device="cpu").scale == 2


def test_a_bundle_is_trained_further_and_json_tells_its_figures(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, out = tmp_path / "first", tmp_path / "small"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        yaml.safe_dump(
            {
                "model": "tiny",
                "restorer": {"id": "cnn/dncnn", "config": {"channels": 1, "depth": 3, "features": 8}},
                "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
                "data": {"root": "photos", "train": ".", "validation": ""},
                "training": {"budget": {"steps": 3}, "batch": 2, "patch": 16, "cores": 1},
            }
        )
    )
    assert cli.main(["train", str(recipe), "--out", str(first), "--quiet"]) == 0
    capsys.readouterr()
    assert compress("--bundle", first, "--data", pictures, "--train-steps", 2, "--out", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["restorer"], told["steps"]) == ("cnn/dncnn", 2)
    assert told["parent"] == read_bundle(first).weights_sha256
    assert told["compression"]["layers"] == 2
    assert read_bundle(out).training["facts"]["training"]["patch"] == 16
    assert compress("--bundle", out, "--data", pictures, "--out", tmp_path / "smaller") == 2
    assert "is compressed already; compress what it was made of" in capsys.readouterr().err


def test_a_recipe_becomes_one_that_begins_with_its_champion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "small.yaml"
    assert compress("recipes/denoise.yaml", "--train-steps", 300, "--out", out) == 0
    assert f"run it with burnish retrain {out}" in capsys.readouterr().out
    before, made = read_recipe(Path("recipes/denoise.yaml")), read_recipe(out)
    assert (made.initial, made.engine) == (f"{before.model}@champion", "openvino")
    assert made.compression is not None
    assert (made.training.budget.steps, made.training.batch) == (300, before.training.batch)
    assert [gate.id for gate in made.gates] == ["burnish/non-inferior"]
    assert (made.benchmarks, made.degrader, made.data) == (before.benchmarks, before.degrader, before.data)
    assert compress("recipes/denoise.yaml", "--out", out) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert compress(out, "--out", tmp_path / "other.yaml") == 1
    assert "compresses already; run it with burnish retrain" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give a recipe, or one of --restorer, --bundle, --model"),
        (("recipes/denoise.yaml", "--restorer", "cnn/dncnn:grey-25"), "give a recipe, or one of"),
        (("--restorer", "cnn/dncnn:grey-25"), "--data is missing"),
        (("--restorer", "cnn/dncnn", "--data", "."), "has no weights to compress"),
    ],
)
def test_what_is_missing_is_told(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compress(*words, "--out", tmp_path / "x") == 2
    assert told in capsys.readouterr().err
