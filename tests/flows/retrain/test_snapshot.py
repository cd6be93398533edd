"""Which registered version spares a training: one of the same weights, unless it was vetoed or another is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.registry.store import Registry
from burnish_flows.retrain import snapshot, train
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Retraining, Trained
from burnish_flows.runners import Runner

PIN = Pin(root="data", md5="d.dir", files=0, bytes=0)
RECIPE = {
    "model": "denoise",
    "restorer": {"id": "cnn/dncnn"},
    "degrader": {"id": "degradations/gaussian-noise"},
    "training": {"budget": {"steps": 1}},
}


def a_run(folder: Path, store: str, **more: Any) -> Run:
    return Run(
        recipe_path=folder / "r.yaml", recipe=Recipe.model_validate(RECIPE), project=folder, fingerprint="n" * 64,
        training="t", pin=PIN, plugins={}, tracking_uri=store, **more,
    )  # fmt: skip


def test_the_newest_version_of_the_same_training_spares_another(
    tmp_path: Path, store: str, registry: Registry, registered: Callable[..., str]
) -> None:
    run = a_run(tmp_path, store)
    assert snapshot.trained(run, registry.stand(run.model)) is None
    registered(training_fingerprint="other")
    assert snapshot.trained(run, registry.stand(run.model)) is None
    registered(training_fingerprint="t")
    newest = registered(training_fingerprint="t")
    found = snapshot.trained(run, registry.stand(run.model))
    assert found is not None and found.number == newest


def test_a_version_that_somebody_made_champion_is_decided_upon(
    tmp_path: Path, store: str, registry: Registry, registered: Callable[..., str]
) -> None:
    number = registered(fingerprint="n" * 64)
    run = a_run(tmp_path, store)
    assert snapshot.undecided(run, registry.stand(run.model)) is not None
    registry.client.set_registered_model_alias(run.model, "champion", number)
    assert snapshot.undecided(run, registry.stand(run.model)) is None


def test_force_trains_all_the_same(
    tmp_path: Path, store: str, registry: Registry, registered: Callable[..., str]
) -> None:
    registered(training_fingerprint="t")
    assert snapshot.trained(a_run(tmp_path, store, force=True), registry.stand("denoise")) is None


def test_weights_that_are_lost_are_trained_anew(
    tmp_path: Path, store: str, registry: Registry, registered: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(training_fingerprint="t")
    fresh = Trained(bundle=tmp_path, steps=1, seconds=0.0, resumed_at=0)
    monkeypatch.setattr(snapshot, "check", lambda run: None)
    monkeypatch.setattr(train, "train", lambda *_: fresh)
    serial = Runner(kind="threads", workers=1)
    retraining = Retraining(run=a_run(tmp_path, store), registry=registry, runner=serial)
    assert train.trained(retraining, None) is fresh
