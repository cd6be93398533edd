"""The recipe: what it takes, what it refuses, and what its digest means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from burnish.errors import ConfigError
from burnish.recipe import Recipe, read_recipe
from pydantic import ValidationError

LEAST: dict[str, Any] = {
    "model": "denoise",
    "restorer": {"id": "cnn/dncnn"},
    "degrader": {"id": "degradations/gaussian-noise"},
    "training": {"budget": {"steps": 100}},
}


def written(folder: Path, text: str) -> Path:
    file = folder / "recipe.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_least_recipe_is_filled_with_defaults(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, yaml.safe_dump(LEAST)))
    assert (recipe.data.root, recipe.data.train, recipe.data.validation) == ("data", "train", "validation")
    assert recipe.training.batch == 16
    assert recipe.gates == ()


def test_what_is_dumped_reads_back_as_the_same_recipe(tmp_path: Path) -> None:
    recipe = Recipe.model_validate(LEAST)
    again = read_recipe(written(tmp_path, yaml.safe_dump(recipe.model_dump(mode="json"))))
    assert again == recipe
    assert again.digest() == recipe.digest()


def test_the_digest_ignores_comments_and_order_and_follows_every_value(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, yaml.safe_dump(LEAST)))
    turned = dict(reversed(list(LEAST.items())))
    assert (
        read_recipe(written(tmp_path, "# why\n" + yaml.safe_dump(turned, sort_keys=False))).digest() == recipe.digest()
    )
    other = {**LEAST, "training": {"budget": {"steps": 101}}}
    assert Recipe.model_validate(other).digest() != recipe.digest()


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"modell": "x"}, "modell"),
        ({"model": "With Space"}, "model"),
        ({"training": {"budget": {"steps": 1, "minutes": 1}}}, "training.budget"),
        ({"training": {"budget": {}}}, "training.budget"),
        ({"training": {"budget": {"steps": 0}}}, "training.budget.steps"),
        ({"training": {"budget": {"steps": 1}, "ema": 1.0}}, "training.ema"),
        ({"training": {"budget": {"steps": 1}, "loss": "l3"}}, "training.loss"),
        ({"training": {"budget": {"steps": 1}, "devices": 0}}, "training.devices"),
        ({"training": {"budget": {"steps": 1}, "devices": "many"}}, "training.devices"),
        ({"training": {"budget": {"steps": 1}, "augment": ["shear"]}}, "training.augment.0"),
        ({"restorer": "cnn/dncnn"}, "restorer"),
        ({"benchmarks": [{"name": "x"}]}, "benchmarks.0"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_key_and_fact(
    tmp_path: Path, change: dict[str, Any], culprit: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read_recipe(written(tmp_path, yaml.safe_dump({**LEAST, **change})))
    assert "recipe.yaml" in str(error.value)
    assert f"{culprit}: " in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "fact"), [("model: [", "is no YAML"), ("- a\n- b\n", "is no mapping"), ("", "mapping")]
)
def test_what_is_no_recipe_is_refused_in_one_line(tmp_path: Path, text: str, fact: str) -> None:
    with pytest.raises(ConfigError, match=fact) as error:
        read_recipe(written(tmp_path, text))
    assert "\n" not in str(error.value)


def test_a_missing_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_recipe(tmp_path / "missing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ConfigError, match="is no YAML"):
        read_recipe(tmp_path / "binary.yaml")


def test_a_recipe_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(LEAST).model = "other"  # type: ignore[misc]
