"""The recipe: what it takes, what it refuses, and what its digest means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from burnish.errors import ConfigError
from burnish.recipe.document import Recipe, parse_recipe, read_recipe, schema_text
from burnish.recipe.training import TrainingSettings
from hypothesis import given, settings
from hypothesis import strategies as st
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
        ({"flavours": ["onxx"]}, "flavours.0"),
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
    ("text", "fact"), [("model: [", "is not YAML"), ("- a\n- b\n", "is not a mapping"), ("", "mapping")]
)
def test_what_is_no_recipe_is_refused_in_one_line(tmp_path: Path, text: str, fact: str) -> None:
    with pytest.raises(ConfigError, match=fact) as error:
        read_recipe(written(tmp_path, text))
    assert "\n" not in str(error.value)


def test_a_missing_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_recipe(tmp_path / "missing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ConfigError, match="is not YAML"):
        read_recipe(tmp_path / "binary.yaml")


def test_a_recipe_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(LEAST).model = "other"  # type: ignore[misc]


GARBAGE = """\
model: Bad Name
restorer: {id: cnn/dncnn, confg: {}}
degrader: {id: degradations/gaussian-noise}
trainig: 3
training:
  bugdet: {steps: 3}
  batch: 0
  loss: l3
  learning_rate: fast
  augment: flip
  devices: yes
benchmarks:
- {name: a/b, degrader: 3}
"""


def test_all_that_is_wrong_is_told_at_once_in_plain_words_with_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_recipe(written(tmp_path, GARBAGE))
    for told in (
        "recipe.yaml: 1:8: model: 'Bad Name' is not a valid model name; use lower-case letters, digits and hyphens; ",
        "2:27: restorer.confg: unknown key; did you mean config?",
        "4:1: trainig: unknown key; did you mean training?",
        "6:3: training.budget: is missing",
        "6:3: training.bugdet: unknown key; did you mean budget?",
        "7:10: training.batch: must be at least 1, it is 0",
        "8:9: training.loss: 'l3' is not known; did you mean l2? (one of l1, l2, rmse, charbonnier)",
        "9:18: training.learning_rate: must be a number, it is 'fast'",
        "10:12: training.augment: must be a list, it is 'flip'",
        "11:12: training.devices: give auto, or a whole number of at least 1",
        "13:10: benchmarks.0.name: 'a/b' is not a valid name; ",
        "13:25: benchmarks.0.degrader: must be a mapping (key: value), it is 3",
    ):
        assert told in str(error.value)
    assert "Input should" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("batch: 3", "batch: unknown key; it belongs into training"),
        ("learner: {id: x/y}", "learner: unknown key; it belongs into training"),
        ("root: photos", "root: unknown key; it belongs into data"),
        ("config: {}", "config: unknown key; "),
    ],
)
def test_a_key_in_the_wrong_place_is_told_where_it_belongs(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_recipe(written(tmp_path, f"model: a\n{line}\n"))
    assert told in str(error.value)


def test_the_words_that_are_known_are_listed_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'foo' is not known; there is l1, l2, rmse, charbonnier;"):
        read_recipe(written(tmp_path, GARBAGE.replace("l3", "foo")))


def with_benchmark(name: str) -> dict[str, Any]:
    return {"benchmarks": [{"name": name, "degrader": {"id": "a"}, "metrics": ["b"]}]}


@pytest.mark.parametrize(
    "change",
    [
        {"model": "x" * 300},
        {"model": 'a"b'},
        {"model": "a'b"},
        {"model": "../x"},
        {"model": "a\n"},
        {"restorer": {"id": "r" * 300}},
        {"restorer": {"id": "a\0b"}},
        {"restorer": {"id": "a", "config": {"x": float("nan")}}},
        {"restorer": {"id": "a", "config": {"x": [{"y": float("inf")}]}}},
        {"training": {"budget": {"minutes": float("inf")}}},
        {"training": {"budget": {"steps": 1}, "learning_rate": float("nan")}},
        {"training": {"budget": {"steps": True}}},
        {"training": {"budget": {"steps": 1}, "ema": False}},
        {"description": "\x1b[2J"},
        {"data": {"root": "a\0b"}},
        *(
            with_benchmark(name)
            for name in ("a/b", "a\\b", "a\0b", "..", ".", "", " a", "a ", "x" * 300, "é" * 60, "a\nb")
        ),
        {"benchmarks": 2 * with_benchmark("twice")["benchmarks"]},
    ],
)
def test_what_would_harm_later_is_refused_at_once_also_from_python(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate({**LEAST, **change})


@pytest.mark.parametrize("name", ["gaussian-25", "σ 25", "x2, y", "a.b", "50 % (dark)".replace("% ", "")])
def test_names_of_any_language_are_taken(name: str) -> None:
    assert Recipe.model_validate({**LEAST, **with_benchmark(name)}).benchmarks[0].name == name


KEYS = sorted({*Recipe.model_fields, *TrainingSettings.model_fields, "budget", "steps", "id", "config", "name"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(KEYS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner),
    max_leaves=10,
)


@given(raw=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), complete=st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_yaml_is_a_recipe_or_one_error_of_one_line(raw: dict[str, Any], complete: bool) -> None:
    text = yaml.dump({**LEAST, **raw} if complete else raw, allow_unicode=True)
    try:
        parse_recipe(text, subject="r.yaml")
    except ConfigError as error:
        assert str(error).startswith("r.yaml: ")
        assert str(error).isprintable()
        assert "validation error" not in str(error)


@given(text=st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_recipe_or_one_error_of_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_recipe(text, subject="r.yaml")
    assert str(error.value).isprintable()


def test_the_schema_in_the_repository_is_that_of_the_code_and_takes_every_shipped_recipe() -> None:
    folder = Path(__file__).parents[3] / "recipes"
    kept = (folder / "recipe.schema.json").read_text(encoding="utf-8")
    assert kept == schema_text(), "write it anew: burnish new-recipe --schema > recipes/recipe.schema.json"
    checker = jsonschema.Draft202012Validator(json.loads(kept))
    shipped = sorted(folder.rglob("*.yaml"))
    assert len(shipped) > 20
    for path in shipped:
        text = path.read_text(encoding="utf-8")
        checker.validate(yaml.safe_load(text))
        above = "../" if path.parent.name == "published" else ""
        assert text.startswith(f"# yaml-language-server: $schema={above}recipe.schema.json\n")
    assert not checker.is_valid({**LEAST, "trainig": 1})
    assert not checker.is_valid({**LEAST, "model": "Bad Name"})
    described = json.loads(kept)["$defs"]["TrainingSettings"]["properties"]
    assert described["patience"]["description"] == "Validations without improvement before it stops early; 0: never."


def test_the_former_spelling_of_optimizer_is_the_same_recipe() -> None:
    training = LEAST["training"]
    new, old = (
        Recipe.model_validate({**LEAST, "training": {**training, key: "muon"}}) for key in ("optimizer", "optimiser")
    )
    assert new == old
    assert new.digest() == old.digest()
    with pytest.raises(ValidationError):
        Recipe.model_validate({**LEAST, "training": {**training, "optimizer": "muon", "optimiser": "sgd"}})


def test_an_initial_bundle_counts_in_the_digest_and_none_does_not() -> None:
    plain = Recipe.model_validate(LEAST)
    assert Recipe.model_validate({**LEAST, "initial": ""}).digest() == plain.digest()
    assert Recipe.model_validate({**LEAST, "initial": "bundles/a"}).digest() != plain.digest()


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"initial": "b", "restorer": {"id": "cnn/dncnn:grey-25"}}, "training begins with cnn/dncnn:grey-25 already"),
        (
            {"training": {"budget": {"steps": 0}}},
            "training.budget.steps: 0 judges the weights that a recipe begins with; give initial",
        ),
    ],
)
def test_a_recipe_begins_with_one_thing(change: dict[str, Any], fact: str) -> None:
    with pytest.raises(ValidationError, match=fact):
        Recipe.model_validate(LEAST | change)
