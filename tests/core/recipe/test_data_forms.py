"""The forms of data in a recipe: what each is called, what contradicts it, and digests that stay as they were."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from burnish.errors import ConfigError
from burnish.recipe.document import LATER, Recipe, parse_recipe

CLEAN: dict[str, Any] = {
    "model": "denoise",
    "restorer": {"id": "cnn/dncnn"},
    "degrader": {"id": "degradations/gaussian-noise"},
    "training": {"budget": {"steps": 100}},
}
REAL = {key: value for key, value in CLEAN.items() if key != "degrader"}
PAIRS = {"degraded": "noisy", "clean": "clean"}
BENCHMARK = {"name": "b", "metrics": ["metrics/psnr"]}


@pytest.mark.parametrize(
    ("data", "form", "inner"),
    [
        ({"degraded": "noisy", "clean": "clean", "match": "affine"}, "pairs", ("noisy", "clean")),
        ({"degraded": "noisy"}, "noisy", ("noisy",)),
        ({"shots": "noisy"}, "shots", ("noisy",)),
    ],
)
def test_the_folders_that_are_named_say_what_the_data_are(data: Any, form: str, inner: tuple[str, ...]) -> None:
    recipe = Recipe.model_validate({**REAL, "data": data})
    assert (recipe.data.form, recipe.data.inner, recipe.degrader) == (form, inner, None)


def test_data_without_such_folders_are_clean() -> None:
    recipe = Recipe.model_validate(CLEAN)
    assert (recipe.data.form, recipe.data.inner) == ("clean", ())


def test_a_degrader_may_follow_real_pairs() -> None:
    assert Recipe.model_validate({**CLEAN, "data": PAIRS}).degrader is not None


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"data": {"shots": "s", "degraded": "d"}}, "data: give either shots, or degraded, or degraded and clean"),
        ({"data": {"shots": "s", "clean": "c"}}, "data: give either shots, or degraded, or degraded and clean"),
        ({"data": {"clean": "c"}}, "data: clean is the folder of the clean pictures of pairs; give degraded as well"),
        ({"data": {"degraded": "d", "clean": "d/"}}, "data: degraded and clean name the same folder"),
        ({"data": {"degraded": "d", "clean": "d/c"}}, "one folder is within the other; put them side by side"),
        ({"data": {"degraded": "c/d", "clean": "c"}}, "one folder is within the other; put them side by side"),
        ({"data": {"degraded": ".", "clean": "c"}}, "one folder is within the other; put them side by side"),
        ({"data": {"degraded": "d", "match": "affine"}}, "data: match fits the two pictures of pairs"),
        ({"data": {"shots": "s", "match": "affine"}}, "data: match fits the two pictures of pairs"),
        ({"data": {"match": "affine"}}, "data: match fits the two pictures of pairs"),
        ({"data": {**PAIRS, "match": "linear"}}, "data.match: 'linear' is not known; "),
        ({"data": {"degradd": "d"}}, "data.degradd: unknown key; did you mean degraded?"),
        ({"data": {"degraded": "a\x07b"}}, "data.degraded: contains control characters"),
        ({}, "give degrader, which degrades the clean pictures; or data.degraded or data.shots"),
        (
            {"data": {"degraded": "d"}, "degrader": {"id": "a"}},
            "the pictures in d are degraded already; remove degrader",
        ),
        ({"data": {"shots": "s"}, "degrader": {"id": "a"}}, "the pictures in s are degraded already; remove degrader"),
        (
            {"data": PAIRS, "training": {"budget": {"steps": 1}, "augment": ["flip", "mix"]}},
            "training.augment: mix blends clean pictures before their degradation, these are degraded already",
        ),
        (
            {"data": {"shots": "s"}, "training": {"budget": {"steps": 1}, "frames": 3}},
            "training.frames is for clips of clean pictures; remove it",
        ),
        (
            {"data": PAIRS, "training": {"budget": {"steps": 1}, "learner": "a/b"}},
            "training.learner: must be a mapping",
        ),
        ({"data": PAIRS, "training": {"budget": {"steps": 1}, "learner": {}}}, "training.learner.id: is missing"),
    ],
)
def test_each_contradiction_is_told_in_one_line(change: dict[str, Any], fact: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_recipe(yaml.safe_dump({**REAL, **change}), subject="r.yaml")
    assert fact in str(error.value)
    assert "\n" not in str(error.value)
    assert str(error.value).count("; ") <= 2


@pytest.mark.parametrize(
    ("change", "clean", "degraded", "shots"),
    [
        ({"clean": "test/clean", "degraded": "test/noisy", "match": "affine"}, "test/clean", "test/noisy", ""),
        ({"degraded": "test/noisy", "noise": {"gain": 0.01}}, "", "test/noisy", ""),
        ({"shots": "test/noisy", "noise": {"read_noise": 0.01}}, "", "", "test/noisy"),
        ({"degrader": {"id": "a"}}, "test", "", ""),
    ],
)
def test_benchmarks_take_the_same_forms(change: dict[str, Any], clean: str, degraded: str, shots: str) -> None:
    (found,) = Recipe.model_validate({**CLEAN, "benchmarks": [{**BENCHMARK, **change}]}).benchmarks
    assert (found.clean, found.degraded, found.shots) == (clean, degraded, shots)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"degraded": "d", "shots": "s"}, "give either degraded or shots"),
        (
            {"degraded": "d", "degrader": {"id": "a"}},
            "degraded pictures need no degrader; remove degrader and benchmark",
        ),
        ({"shots": "s", "benchmark": "a/b"}, "degraded pictures need no degrader; remove degrader and benchmark"),
        ({"degraded": "d", "metrics": []}, "give metrics"),
        ({"noise": {"gain": 0.1}, "degrader": {"id": "a"}}, "noise describes degraded pictures or shots; give either"),
        ({"shots": "s", "clean": "c"}, "shots are compared with each other; remove clean, or give degraded instead"),
        ({"degraded": "d", "match": "affine"}, "match fits pairs; give degraded and clean, or remove it"),
        ({"degrader": {"id": "a"}, "match": "affine"}, "match fits pairs; give degraded and clean, or remove it"),
        ({"degraded": "d", "noise": {}}, "noise: give gain, read_noise or both; `burnish noise calibrate` finds them"),
        ({"degraded": "d", "noise": {"offset": 0.1}}, "noise: give gain, read_noise or both"),
        ({"degraded": "d", "noise": {"gain": -1}}, "noise.gain: must be at least 0, it is -1"),
        ({"degraded": "d", "noise": {"gian": 1}}, "noise.gian: unknown key; did you mean gain?"),
        ({}, "give either benchmark, or degrader and metrics"),
    ],
)
def test_each_contradiction_of_a_benchmark_is_told_in_one_line(change: dict[str, Any], fact: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_recipe(yaml.safe_dump({**CLEAN, "benchmarks": [{**BENCHMARK, **change}]}), subject="r.yaml")
    assert fact in str(error.value)
    assert "benchmarks.0" in str(error.value)
    assert "\n" not in str(error.value)


def test_recipes_of_clean_data_keep_their_digest() -> None:
    """The literals are those of version 0.1 before data had other forms."""
    assert Recipe.model_validate(CLEAN).digest() == "db228bfabe5419571682cdff80da0aaa07301597bbe538ef52613992f3b6ec7e"
    benchmark = {**BENCHMARK, "degrader": {"id": "degradations/gaussian-noise"}}
    assert (
        Recipe.model_validate({**CLEAN, "benchmarks": [benchmark]}).digest()
        == "6d603a25af7bc4f4b614c6f66acb344e5721375e69306d2a14097a02e59dc003"
    )


def test_every_key_that_came_later_counts_once_it_has_a_value() -> None:
    noisy, shots = {**BENCHMARK, "degraded": "d"}, {**BENCHMARK, "shots": "d"}
    learner = {"budget": {"steps": 100}, "learner": {"id": "burnish/supervised"}}
    recipes = [
        CLEAN,
        {**REAL, "data": {"degraded": "a"}},
        {**REAL, "data": {"degraded": "b"}},
        {**REAL, "data": {"shots": "a"}},
        {**REAL, "data": PAIRS},
        {**REAL, "data": {**PAIRS, "match": "affine"}},
        {**CLEAN, "data": PAIRS},
        {**CLEAN, "training": learner},
        {**CLEAN, "training": {**learner, "learner": {"id": "burnish/supervised", "config": {"a": 1}}}},
        {**CLEAN, "initial": "bundle"},
        {**CLEAN, "initial": "bundle", "compression": {}},
        {**CLEAN, "engine": "openvino"},
        {**CLEAN, "flavours": ["onnx"]},
        {**CLEAN, "benchmarks": [noisy]},
        {**CLEAN, "benchmarks": [shots]},
        {**CLEAN, "benchmarks": [{**noisy, "clean": "c"}]},
        {**CLEAN, "benchmarks": [{**noisy, "clean": "c", "match": "affine"}]},
        {**CLEAN, "benchmarks": [{**noisy, "noise": {"gain": 0.1}}]},
        {**CLEAN, "benchmarks": [{**noisy, "noise": {"gain": 0.2}}]},
        {**CLEAN, "benchmarks": [{**noisy, "metric_config": {"metrics/psnr": {"border": 2}}}]},
    ]
    assert len({Recipe.model_validate(one).digest() for one in recipes}) == len(recipes)
    assert {key for keys in LATER.values() for key in keys} == {
        "degraded", "clean", "shots", "match", "learner", "metric_config", "noise", "initial",
        "compression", "engine", "flavours", "uncertainty",
    }  # fmt: skip
