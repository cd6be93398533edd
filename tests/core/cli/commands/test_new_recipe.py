"""Facts about ``burnish new-recipe``: what it writes is a recipe that trains as it is, for every trainable restorer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from burnish.cli.main import main as burnish
from burnish.io import Picture, write_picture
from burnish.plugins import catalog, host
from burnish.plugins.catalog import Catalog, installed, undoes
from burnish.recipe.document import read_recipe
from burnish.training.plan import make_plan

TRAINABLE = [
    entry.id
    for entry in installed().entries("restorers").values()
    if getattr(entry.spec, "trainable", False) and not getattr(entry.spec, "suffixes", ())
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with pictures (and, among them, clips) to train on and to judge by, in the current folder."""
    for folder in ("train", "test"):
        for frame in range(8):
            pixels = np.random.default_rng(frame).integers(0, 256, (96, 96, 3), dtype=np.uint8)
            path = tmp_path / "data" / folder / "clip" / f"{frame:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_picture(path, Picture(pixels=pixels))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("restorer", [*TRAINABLE, "super-resolution/edsr:luma-x4", "cnn/dncnn:grey-25"])
def test_for_every_trainable_restorer_it_writes_a_recipe_that_can_be_trained(project: Path, restorer: str) -> None:
    words = ["new-recipe", "--model", "mine", "--restorer", restorer, "--data", "data", "--out", "recipes/a.yaml"]
    assert burnish(words) == 0
    recipe = read_recipe(project / "recipes" / "a.yaml")
    known = installed()
    degrader = known.get("degraders", recipe.degrader.id).spec
    assert undoes(known.get("restorers", restorer).spec, degrader)
    plan = make_plan(recipe, project=project, device="cpu", catalog=known)
    assert plan.train
    for choice in recipe.baselines:
        assert undoes(known.get("restorers", choice.id).spec, degrader)
    assert recipe.benchmarks[0].clean == "test"


def test_the_recipe_runs_as_it_is_and_carries_the_schema_for_editors(project: Path) -> None:
    words = ["new-recipe", "--model", "mine", "--restorer", "cnn/dncnn", "--data", "data", "--out", "a.yaml"]
    assert burnish(words) == 0
    text = (project / "a.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=recipe.schema.json\n")
    assert json.loads((project / "recipe.schema.json").read_text())["title"] == "burnish recipe"
    small = text.replace("steps: 2000", "steps: 1").replace("config: {} ", "config: {depth: 2, features: 2} ", 1)
    small = small.replace("batch: 8", "batch: 1").replace("patch: 64", "patch: 16")
    (project / "a.yaml").write_text(small, encoding="utf-8")
    assert burnish(["train", "a.yaml", "--out", "bundle", "--device", "cpu", "--quiet"]) == 0


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["--model", "Bad Name", "--restorer", "cnn/dncnn", "--data", "data"], "'Bad Name' is not a valid model name"),
        (["--model", "a\nb: 1", "--restorer", "cnn/dncnn", "--data", "data"], "not a valid model name"),
        (["--model", "a", "--restorer", "cnn/dncn", "--data", "data"], "did you mean cnn/dncnn"),
        (["--model", "a", "--restorer", "classical/nlm", "--data", "data"], "has nothing to train"),
        (["--model", "a", "--restorer", "cnn/dncnn", "--data", "data/train"], "there is no data/train/train and "),
        (["--model", "a", "--restorer", "cnn/ffdnet", "--data", "data", "--degrader", "bicubic"], "cannot undo"),
        (["--model", "a", "--data", "data"], "give --restorer"),
        (["--model", "a", "--restorer", "spandrel/model", "--data", "data"], "burnish import-weights FILE BUNDLE"),
    ],
)
def test_what_does_not_fit_is_one_line_and_no_file(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], fact: str
) -> None:
    assert burnish(["new-recipe", *words, "--out", "a.yaml"]) != 0
    told = capsys.readouterr().err
    assert fact in told and told.count("\n") == 1
    assert not (project / "a.yaml").exists()


def test_without_an_installed_metric_it_says_which_plugin_has_them(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without = Catalog(entry for entry in host.installed().entries if entry.spec.kind != "metrics")
    monkeypatch.setattr(catalog, "installed", lambda: without)
    words = ["--model", "a", "--restorer", "cnn/dncnn", "--data", "data", "--out", "a.yaml"]
    assert burnish(["new-recipe", *words]) != 0
    assert "no metric is installed; install burnish-metrics" in capsys.readouterr().err
    assert not (project / "a.yaml").exists()


def test_a_recipe_that_cannot_be_written_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "file").touch()
    words = ["--model", "a", "--restorer", "cnn/dncnn", "--data", "data", "--out", "file/a.yaml"]
    assert burnish(["new-recipe", *words]) == 2
    told = capsys.readouterr().err
    assert "file/a.yaml: cannot be written (" in told and told.endswith("; choose another --out\n")


def test_a_file_that_is_there_is_never_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.yaml").write_text("mine")
    words = ["--model", "a", "--restorer", "cnn/dncnn", "--data", "data", "--out", "a.yaml"]
    assert burnish(["new-recipe", *words]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (project / "a.yaml").read_text() == "mine"


def test_without_a_file_it_is_printed_and_the_schema_is_printed_when_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert burnish(["new-recipe", "--model", "on", "--restorer", "cnn/dncnn", "--data", "data"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["model"] == "on"
    assert burnish(["new-recipe", "--schema"]) == 0
    assert "TrainingSettings" in json.loads(capsys.readouterr().out)["$defs"]
