"""On which machines a training ran, as its checkpoints tell it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burnish.plugins.catalog import Catalog
from burnish.recipe.document import Recipe
from burnish.training.checkpoint.resuming import machines, same_training
from burnish.training.plan import Plan, make_plan

Make = Callable[..., Recipe]


@pytest.fixture
def plan(recipe: Make, project: Path, catalog: Catalog) -> Callable[..., Plan]:
    return lambda **training: make_plan(recipe(**training), project=project, device="cpu", catalog=catalog)


def checkpoint(plan: Plan, step: int, **more: Any) -> dict[str, Any]:
    return {"callbacks": {"Pace": {"step": step}, "Checkpoints": {"facts": dict(plan.facts), **more}}}


def test_a_training_begins_on_the_machine_at_hand(plan: Any) -> None:
    first = plan()
    assert machines(first, None) == [{"from_step": 0, **first.machine.as_json()}]


def test_the_same_kind_of_machine_is_told_once_and_another_one_from_its_first_step(plan: Any) -> None:
    first, other = plan(), plan(cores=2)
    ran_on = machines(first, None)
    assert machines(first, checkpoint(first, 5, machines=ran_on)) == ran_on
    both = machines(other, checkpoint(first, 5, machines=ran_on))
    assert both == [*ran_on, {"from_step": 5, **other.machine.as_json()}]
    assert machines(None, checkpoint(other, 9, machines=both)) == both


def test_a_checkpoint_of_before_machines_were_told_has_them_in_its_facts(plan: Any) -> None:
    first = plan()
    assert machines(first, checkpoint(first, 5)) == machines(first, None)
    assert len(machines(plan(cores=2), checkpoint(first, 5))) == 2


def test_other_machines_train_the_same_and_other_recipes_do_not(plan: Any) -> None:
    facts = plan().facts
    assert same_training(plan(cores=2), facts)
    assert same_training(plan(devices=2), facts)
    assert not same_training(plan(seed=2), facts)
    assert not same_training(plan(precision="bf16"), facts)
