"""Whatever is changed in MLflow by hand, between any two steps: never stuck, one champion or none, nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from burnish_flows.registry.store import Registry
from damage import Life

FEW, ALL = 20, 500


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, _empty_store: Path) -> Registry:
    """A store for all sequences; each has a model of its own."""
    folder = tmp_path_factory.mktemp("damage")
    shutil.copyfile(_empty_store, folder / "mlflow.db")
    return Registry.connected(f"sqlite:///{folder / 'mlflow.db'}")


def live(workshop: Registry, seed: int, steps: int) -> None:
    """One sequence, to its end."""
    life = Life(workshop, f"life-{seed}", seed)
    try:
        for _ in range(steps):
            life.step()
        life.ends_well()
    except BaseException as error:
        error.add_note(f"seed {seed}:\n" + "\n".join(life.told))
        raise


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, FEW, 10))
def test_no_damage_by_hand_wedges_a_model_or_loses_a_decision(workshop: Registry, first: int) -> None:
    for seed in range(first, first + 10):
        live(workshop, seed, steps=8)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("first", range(FEW, ALL, 20))
def test_no_damage_by_hand_wedges_a_model_in_five_hundred_sequences(workshop: Registry, first: int) -> None:
    for seed in range(first, first + 20):
        live(workshop, seed, steps=10)
