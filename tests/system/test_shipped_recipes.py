"""Every recipe that ships fits what is installed: ids, settings, and who can undo what."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.plugins.catalog import installed, undoes
from burnish.plugins.configuration import complete
from burnish.plugins.declarations import RestorerSpec
from burnish.recipe.document import read_recipe
from burnish.training.learners import find_learner

FOLDER = Path(__file__).parents[2] / "recipes"
RECIPES = sorted(FOLDER.glob("*.yaml"))
PUBLISHED = sorted((FOLDER / "published").glob("*.yaml"))


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_recipe_for_published_sets_fits_what_is_installed_and_tells_how_to_run_it(path: Path) -> None:
    recipe, catalog = read_recipe(path), installed()
    restorer = catalog.get("restorers", recipe.restorer.id)
    config = complete(restorer.spec, recipe.restorer.config, subject=restorer.id)
    find_learner(recipe, restorer, config, catalog)
    if recipe.degrader is not None:
        degrader = catalog.get("degraders", recipe.degrader.id)
        complete(degrader.spec, recipe.degrader.config, subject=degrader.id)
        assert undoes(restorer.spec, degrader.spec)
    assert recipe.data.root.startswith("sets/")
    assert f"burnish train recipes/published/{path.name} --out" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_names_what_is_installed_with_settings_that_fit(path: Path) -> None:
    recipe, catalog = read_recipe(path), installed()
    trained_with = {"restorers": recipe.restorer, "degraders": recipe.degrader, "learners": recipe.training.learner}
    choices = [(kind, choice) for kind, choice in trained_with.items() if choice is not None]
    choices += [("restorers", choice) for choice in recipe.baselines] + [("gates", choice) for choice in recipe.gates]
    choices += [("degraders", question.degrader) for question in recipe.benchmarks if question.degrader]
    for kind, choice in choices:
        entry = catalog.get(kind, choice.id)
        complete(entry.spec, choice.config, subject=entry.id)
    restorer = catalog.get("restorers", recipe.restorer.id).spec
    assert isinstance(restorer, RestorerSpec)
    assert restorer.trainable
    if recipe.degrader is not None:
        assert undoes(restorer, catalog.get("degraders", recipe.degrader.id).spec)
    assert recipe.benchmarks, "a recipe that is shipped is judged"
    assert recipe.gates, "a recipe that is shipped has gates"


def test_there_is_a_recipe_for_each_form_of_data() -> None:
    assert {read_recipe(path).data.form for path in RECIPES} == {"clean", "pairs", "noisy", "shots"}


def test_the_demonstration_its_longer_and_its_sabotaged_twin_compete_for_one_champion() -> None:
    models = {read_recipe(path).model for path in RECIPES if path.stem.startswith("refocus")}
    assert models == {"refocus"}
    assert len([path for path in RECIPES if path.stem.startswith("refocus")]) == 3
