"""What a sweep tries is read from a few words and checked against the recipe before anything starts."""

from __future__ import annotations

from typing import Any

import pytest
from burnish.errors import ConfigError, UsageError
from burnish.plugins.catalog import installed
from burnish.recipe.document import Recipe
from burnish_flows.sweep.space import Choices, Range, applied, full_key, parsed

NOISE = {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}}
RECIPE = Recipe.model_validate(
    {
        "model": "denoise",
        "restorer": {"id": "cnn/dncnn", "config": {"depth": 3}},
        "degrader": NOISE,
        "training": {"budget": {"minutes": 1}},
        "benchmarks": [{"name": "declared", "benchmark": "metrics/gaussian-25-grey"}],
    }
)


def over(*parts: str) -> dict[str, Any]:
    return parsed(parts, RECIPE, installed())


def test_ranges_are_whole_where_both_ends_are_and_logarithmic_where_it_is_said() -> None:
    space = over("training.learning_rate=1e-4..1e-2:log", "training.batch=4..16", "training.ema=0..0.99")
    assert space == {
        "training.learning_rate": Range(low=1e-4, high=1e-2, log=True),
        "training.batch": Range(low=4, high=16, whole=True),
        "training.ema": Range(low=0, high=0.99),
    }


def test_choices_are_values_of_any_kind() -> None:
    space = over("training.augment=[],[flip],[flip, rotate]", "training.loss=l1,l2", "lr=1e-4,1e-3")
    assert space["training.augment"] == Choices(values=([], ["flip"], ["flip", "rotate"]))
    assert space["training.loss"] == Choices(values=("l1", "l2"))
    assert space["training.learning_rate"] == Choices(values=(1e-4, 1e-3))


@pytest.mark.parametrize(
    ("short", "key"),
    [("lr", "training.learning_rate"), ("batch", "training.batch"), ("depth", "restorer.config.depth")],
)
def test_a_bare_name_is_one_of_the_trainings_settings_or_of_the_restorers(short: str, key: str) -> None:
    assert full_key(short, RECIPE, installed()) == key


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("training.learning_rat=1..2", "did you mean training.learning_rate"),
        ("dept=2,3", "did you mean restorer.config.depth"),
        ("restorer.config.dpeth=2,3", "did you mean restorer.config.depth"),
        ("benchmarks=a,b", "changes the evaluation of models"),
        ("lr", "is not of the form KEY=LOW..HIGH"),
        ("lr=", "is not of the form KEY=LOW..HIGH"),
        ("lr=2..1", "the lower number first"),
        ("lr=0..1:log", "above 0 where :log follows"),
        ("lr=1..2:cubic", "the lower number first"),
        ("lr=a..b", "not both numbers"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_mend(part: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        over(part)


@pytest.mark.parametrize(
    "part", ["depth=3,0", "depth=1..4", "training.batch=0..4", "loss=l1,l3", "lr=-1..1", "depth=a"]
)
def test_a_value_or_an_end_that_does_not_fit_the_recipe_is_refused(part: str) -> None:
    with pytest.raises(ConfigError):
        over(part)


def test_the_same_key_is_not_swept_over_twice() -> None:
    with pytest.raises(UsageError, match="appears twice"):
        over("lr=1..2", "training.learning_rate=1..2")


def test_values_are_put_in_and_what_was_left_to_defaults_stays_so() -> None:
    recipe = applied(RECIPE, {"training.learning_rate": 0.5, "restorer.config.features": 8})
    assert recipe.training.learning_rate == 0.5
    assert recipe.restorer.config == {"depth": 3, "features": 8}
    assert "seed" not in recipe.benchmarks[0].model_fields_set


def test_another_unit_of_the_budget_takes_the_place_of_the_recipes() -> None:
    assert applied(RECIPE, {"training.budget.steps": 7}).training.budget.model_dump(exclude_none=True) == {"steps": 7}
