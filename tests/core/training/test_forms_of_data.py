"""Trainings on data as they come: they learn, they say what is wrong before they start, they resume exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from burnish.errors import ConfigError, DataError, TrainingError
from burnish.plugins.catalog import Catalog
from burnish.recipe.data import Form
from burnish.recipe.document import Recipe
from burnish.restorer.bundle import read_bundle
from burnish.training import TrainingFolders, TrainingOptions, TrainingResult, train

Make = Callable[..., Recipe]
Go = Callable[..., TrainingResult]
BETWEEN = {"id": "tiny/between-shots"}
PIXELS = {"id": "tiny/pixels"}


@pytest.fixture
def go(recipe: Make, project: Path, catalog: Catalog, forms: Any, real_data: Path) -> Go:
    """``go("name", "pairs", learning_rate=0.01, …)``: trains on that form; ``data`` adds to what is said of them."""

    def run(name: str, form: Form, *, data: Any = None, degrader: str | None = None, **more: Any) -> TrainingResult:
        asked = recipe(degrader=degrader, data={**forms[form], **(data or {})}, **more)
        folders = TrainingFolders(project=project, out=project / name / "bundle", work=project / name / "work")
        return train(asked, folders, TrainingOptions(device="cpu", quiet=True), catalog=catalog)

    return run


LEARNING = {"budget": {"steps": 150}, "learning_rate": 0.01, "ema": 0.0, "validate_every": 30, "loss": "l2"}


def gain(result: TrainingResult) -> float:
    """dB over the initial weights, on validation pictures."""
    return result.validation - float(result.manifest["validation_at_start"])


def test_a_supervised_training_on_pairs_restores_noise_that_no_degrader_has_made(go: Go) -> None:
    result = go("a", "pairs", **LEARNING)
    assert result.steps == 150
    assert result.validation > 17.5  # the noise itself, of σ 0.15, is at 16.5 dB
    assert gain(result) > 1.0


def test_a_training_between_two_shots_learns_without_any_clean_picture(go: Go, real_data: Path) -> None:
    """The other shot's own noise, of σ 0.15, bounds the figure at 16.5 dB; two noisy shots differ by 13.5 dB."""
    result = go("a", "shots", learner=BETWEEN, **LEARNING)
    assert 13.8 < result.validation < 16.5
    assert gain(result) > 0.3


def test_noisy_pictures_alone_train_with_a_learner_for_them(go: Go) -> None:
    result = go("a", "noisy", learner=PIXELS, budget={"steps": 8})
    assert result.steps == 8
    assert read_bundle(result.bundle).training["facts"]["learner"]["config"] == {"share": 0.2}


def test_a_degrader_after_pairs_makes_the_task_harder_than_the_pairs_are(go: Go) -> None:
    plain, harder = go("a", "pairs", **LEARNING), go("b", "pairs", degrader="tiny/noise", **LEARNING)
    assert harder.manifest["validation_at_start"] < plain.manifest["validation_at_start"] - 0.5
    assert gain(harder) > 0.5


def test_pairs_of_other_brightness_are_learned_where_the_recipe_matches_them(go: Go, real_data: Path) -> None:
    for file in real_data.rglob("clean/*.png"):
        cv2.imwrite(str(file), cv2.imread(str(file)) // 4)
    matched = go("a", "pairs", data={"match": "affine"}, **LEARNING)
    plain = go("b", "pairs", **{**LEARNING, "budget": {"steps": 1}})
    assert matched.manifest["validation_at_start"] > plain.manifest["validation_at_start"] + 3
    assert matched.validation > 17.0


def test_larger_clean_pictures_train_an_enlarging_restorer(go: Go, real_data: Path) -> None:
    for file in real_data.rglob("clean/*.png"):
        cv2.imwrite(str(file), cv2.resize(cv2.imread(str(file)), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    result = go("a", "pairs", restorer="tiny/doubler", **LEARNING)
    assert gain(result) > 0.5
    with pytest.raises(DataError, match="but the restorer keeps the size; crop them to fit"):
        go("b", "pairs")


def test_known_noise_reaches_the_restorer_that_needs_it(go: Go, real_data: Path) -> None:
    for file in real_data.rglob("noisy/*.png"):
        file.with_suffix(".json").write_text('{"sigma": 0.15}')
    assert gain(go("a", "pairs", restorer="tiny/sigma-net", **LEARNING)) > 0.5
    next(real_data.rglob("train/noisy/*5.json")).unlink()
    with pytest.raises(DataError, match=r"sigma is known of 5 of 6 pictures, but not of 5\.png"):
        go("b", "pairs", restorer="tiny/sigma-net")


@pytest.mark.parametrize("form", ["noisy", "shots"])
def test_data_without_clean_pictures_are_refused_without_a_learner_before_anything_is_written(
    go: Go, project: Path, form: Form
) -> None:
    with pytest.raises(ConfigError, match=r"the data hold no clean pictures .*; give training\.learner, one of tiny/"):
        go("a", form)
    assert not (project / "a").exists()


def test_a_fault_of_a_learner_names_the_form_of_the_data(go: Go, plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> torch.Tensor:
        raise ValueError("no luck")

    monkeypatch.setattr(plugin.Pixels, "training_step", fails)
    with pytest.raises(TrainingError, match="tiny/net with noisy data failed at step 0: ValueError: no luck"):
        go("a", "noisy", learner=PIXELS)


CASES: list[tuple[Form, dict[str, Any]]] = [
    ("pairs", {"data": {"match": "affine"}}),
    ("pairs", {"degrader": "tiny/noise"}),
    ("noisy", {"learner": PIXELS}),
    ("shots", {"learner": BETWEEN}),
]


@pytest.mark.parametrize(("form", "more"), CASES)
def test_a_training_that_fails_amid_and_goes_on_ends_with_the_very_weights_of_an_undisturbed_one(
    go: Go, plugin: Any, form: Form, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = go("whole", form, **more)
    forward, calls = plugin.TinyNet.forward, iter(range(10**6))

    def fails_once(net: Any, degraded: torch.Tensor) -> torch.Tensor:
        if net.training and next(calls) == 5:
            raise MemoryError("no room")
        return forward(net, degraded)  # type: ignore[no-any-return]

    monkeypatch.setattr(plugin.TinyNet, "forward", fails_once)
    with pytest.raises(TrainingError, match="failed at step 5"):
        go("broken", form, **more)
    resumed = go("broken", form, **more)
    assert resumed.resumed_at == 3
    assert resumed.manifest["history"] == whole.manifest["history"]
    assert read_bundle(resumed.bundle).weights_sha256 == read_bundle(whole.bundle).weights_sha256


def test_a_change_of_what_is_known_is_another_training(go: Go, real_data: Path) -> None:
    first = go("a", "noisy", learner=PIXELS)
    assert go("a", "noisy", learner=PIXELS).resumed_at == first.steps
    for file in real_data.rglob("noisy/*.png"):
        file.with_suffix(".json").write_text(json.dumps({"gain": 0.1}))
    with pytest.raises(TrainingError, match="another training"):
        go("a", "noisy", learner=PIXELS)


def test_the_real_data_of_these_tests_are_as_noisy_as_they_say(real_data: Path) -> None:
    for name in ("noisy", "shots"):
        errors = []
        for clean in real_data.rglob("clean/*.png"):
            other = clean.parents[1] / name / (clean.name if name == "noisy" else f"{clean.stem}/1.png")
            errors.append(((cv2.imread(str(other)).astype(float) - cv2.imread(str(clean))) ** 2).mean())
        assert 0.12 < np.sqrt(np.mean(errors)) / 255 < 0.16  # a little is clipped
