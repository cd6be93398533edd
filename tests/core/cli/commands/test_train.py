"""``burnish train`` as a user calls it, with the plugins of this repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import yaml
from burnish.api import project_of
from burnish.cli import main as cli
from burnish.inference import load_bundle, restore
from burnish.recipe.document import read_recipe
from burnish.restorer.bundle import read_bundle


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe below ``project/recipes`` whose data are below ``project/data``."""
    rng = np.random.default_rng(0)
    for kind in ("train", "validation"):
        folder = tmp_path / "project" / "data" / kind
        folder.mkdir(parents=True)
        picture = cv2.GaussianBlur(rng.uniform(0, 255, (24, 32)), (0, 0), 2)
        cv2.imwrite(str(folder / "a.png"), picture.round().astype(np.uint8))
    content: dict[str, Any] = {
        "model": "tiny",
        "restorer": {"id": "cnn/dncnn", "config": {"channels": 1, "depth": 2, "features": 4}},
        "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
        "training": {"budget": {"steps": 4}, "batch": 2, "patch": 8, "validate_every": 2, "cores": 1},
    }
    file = tmp_path / "project" / "recipes" / "tiny.yaml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(content))
    return file


def test_it_writes_a_bundle_and_says_where_and_how_good_it_is(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert cli.main(["train", str(recipe), "--out", str(out), "--quiet"]) == 0
    assert capsys.readouterr().out.startswith(f"{out}: 4 steps in ")
    bundle = read_bundle(out)
    assert (bundle.restorer, bundle.config["depth"]) == ("cnn/dncnn", 2)
    assert bundle.lineage["recipe_digest"] == read_recipe(recipe).digest()
    degraded = torch.rand(1, 1, 11, 13)
    assert restore(load_bundle(out), degraded).shape == degraded.shape
    assert cli.main(["train", str(recipe), "--out", str(out)]) == 0
    assert "was finished already" in capsys.readouterr().out


def test_json_holds_bundle_figures_and_the_manifest(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bundle"
    assert cli.main(["train", str(recipe), "--out", str(out), "--work", str(tmp_path / "w"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["bundle"], record["steps"], record["resumed_at"]) == (str(out), 4, 0)
    assert record["validation"] == max(entry["psnr"] for entry in record["training"]["history"])
    assert (tmp_path / "w").is_dir()


def test_without_a_terminal_lines_on_standard_error_tell_how_it_goes_unless_quiet(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["train", str(recipe), "--out", str(tmp_path / "loud"), "--json"])
    said = capsys.readouterr()
    assert json.loads(said.out)["steps"] == 4
    lines = said.err.splitlines()
    assert any("step 4/4" in line and "steps/s" in line for line in lines)
    cli.main(["train", str(recipe), "--out", str(tmp_path / "silent"), "--quiet"])
    assert capsys.readouterr().err == ""


def test_no_resume_trains_again(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", str(recipe), "--out", str(tmp_path / "bundle"), "--json"]
    sums = []
    for more in ([], ["--no-resume"]):
        assert cli.main([*words, *more]) == 0
        assert json.loads(capsys.readouterr().out)["resumed_at"] == 0
        sums.append(read_bundle(tmp_path / "bundle").weights_sha256)
    assert sums[0] == sums[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "No Name"}, "model"),
        ({"restorer": {"id": "cnn/dncn"}}, "did you mean cnn/dncnn"),
        ({"restorer": {"id": "cnn/dncnn", "config": {"deph": 3}}}, "did you mean depth"),
        ({"data": {"train": "missing"}}, "missing"),
        ({"training": {"budget": {}}}, "exactly one of steps, epochs, minutes"),
    ],
)
def test_what_is_off_is_said_in_one_line_and_nothing_is_written(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], message: str
) -> None:
    recipe.write_text(yaml.safe_dump({**yaml.safe_load(recipe.read_text()), **change}))
    out = tmp_path / "bundle"
    assert cli.main(["train", str(recipe), "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("burnish: ")
    assert message in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_an_unknown_device_is_a_usage_error(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", str(recipe), "--out", str(tmp_path / "b"), "--device", "quantum"]) == 2
    assert "quantum" in capsys.readouterr().err


def test_the_project_is_the_nearest_folder_with_the_data(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_recipe(recipe)
    assert project_of(recipe, settings) == tmp_path / "project"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    other = settings.model_copy(update={"data": settings.data.model_copy(update={"root": "no-such-data"})})
    assert project_of(recipe, other) == elsewhere
