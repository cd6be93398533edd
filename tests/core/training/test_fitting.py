"""What is built of a plan, and plugins that do not keep their word."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from burnish.errors import PluginError
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.training.fitting import make_learner
from burnish.training.plan import make_plan

Make = Callable[..., Recipe]


@pytest.fixture
def learner(project: Path, catalog: Catalog) -> Callable[[Recipe], Any]:
    return lambda recipe: make_learner(make_plan(recipe, project=project, device="cpu", catalog=catalog), catalog)


def test_initial_weights_depend_on_the_recipes_seed_alone(learner: Any, recipe: Make) -> None:
    with torch.random.fork_rng():
        first = learner(recipe()).restorer.state_dict()
        torch.rand(100)
        second = learner(recipe(batch=2)).restorer.state_dict()
        other = learner(recipe(seed=1)).restorer.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["body.0.weight"], other["body.0.weight"])


def test_a_factory_that_gives_no_module_is_the_plugins_fault(
    learner: Any, recipe: Make, plugin: types.ModuleType
) -> None:
    plugin.TinyNet = lambda features: abs
    with pytest.raises(PluginError, match=r"tiny/net \(burnish-tiny 1\.0\) is declared trainable"):
        learner(recipe())


def test_a_learner_that_is_none_is_the_plugins_fault(learner: Any, recipe: Make, plugin: types.ModuleType) -> None:
    plugin.OwnLearner = dict
    with pytest.raises(PluginError, match=r"tiny/custom \(burnish-tiny 1\.0\): its learner .* is not a Lightning"):
        learner(recipe(restorer="tiny/custom"))


def test_a_learner_without_a_restorer_is_the_plugins_fault(
    learner: Any, recipe: Make, plugin: types.ModuleType
) -> None:
    import lightning.pytorch as lightning

    class Forgetful(lightning.LightningModule):
        def __init__(self, *given: Any) -> None:
            super().__init__()

    plugin.OwnLearner = Forgetful
    with pytest.raises(PluginError, match="keeps no module `restorer`"):
        learner(recipe(restorer="tiny/custom"))


def test_a_missing_learner_is_the_plugins_fault(learner: Any, recipe: Make) -> None:
    with pytest.raises(PluginError, match="cannot be imported"):
        learner(recipe(restorer="tiny/custom"))
