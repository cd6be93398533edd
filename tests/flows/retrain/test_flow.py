"""The stages as Prefect's tasks: which failures are tried again, and what each stage hands to the next."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from burnish.errors import BundleError, RegistryError
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.registry.store import ChampionChangedError, Registry
from burnish_flows.retrain import flow
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Retraining
from burnish_flows.retrain.tracking.stopwatch import Stopwatch
from burnish_flows.runners import Runner
from prefect.states import Failed


@pytest.fixture
def retraining(tmp_path: Path, store: str, registry: Registry) -> Retraining:
    recipe = {
        "model": "denoise",
        "restorer": {"id": "x"},
        "degrader": {"id": "y"},
        "training": {"budget": {"steps": 1}},
    }
    run = Run(
        recipe_path=tmp_path / "r.yaml", recipe=Recipe.model_validate(recipe), project=tmp_path, fingerprint="a" * 64,
        pin=Pin(root="data", md5="d.dir", files=0, bytes=0), plugins={}, tracking_uri=store, quiet=True,
    )  # fmt: skip
    return Retraining(run=run, registry=registry, runner=Runner(kind="threads", workers=1))


@pytest.mark.parametrize(
    ("error", "again"),
    [(RegistryError("away"), True), (ChampionChangedError("another one"), False), (BundleError("damaged"), False)],
)
def test_only_a_store_that_refuses_is_tried_again(error: Exception, again: bool) -> None:
    task: Any = flow.REGISTER
    assert task.retry_condition_fn(task, None, Failed(data=error)) is again
    assert (task.name, task.retries) == ("register", flow.RETRIES)


def test_what_a_training_computes_is_never_tried_again() -> None:
    tasks: list[Any] = [flow.TRAIN, flow.EVALUATE, flow.REPORT]
    assert [(task.name, task.retries) for task in tasks] == [("train", 0), ("evaluate", 0), ("report", 0)]


def test_a_stage_is_given_the_registry_that_is_connected_already_and_is_timed(
    retraining: Retraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counting:
        name = "count"

        def __call__(self, given: Retraining, taken: int) -> int:
            assert given.registry is retraining.registry
            return taken + 1

    monkeypatch.setattr(flow.progress, "doing", lambda *_: nullcontext())
    steps = flow.Steps(retraining=retraining, watch=Stopwatch())
    assert steps.do(Counting(), steps.do(Counting(), 1)) == 3
    assert list(steps.watch.seconds) == ["count"]


def test_a_stage_that_fails_is_told_to_observers_by_its_name(
    retraining: Retraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    from burnish_flows.retrain.tracking import observers

    class Breaking:
        name = "break"

        def __call__(self, given: Retraining, taken: None) -> None:
            raise RegistryError("away")

    told: list[Any] = []

    class Host:
        notify: Callable[[str, Any], None] = staticmethod(lambda hook, event: told.append((hook, event.stage)))

    monkeypatch.setattr(observers, "installed", Host)
    with pytest.raises(RegistryError):
        flow.Steps(retraining=retraining, watch=Stopwatch()).do(Breaking(), None)
    assert told == [("on_run_failed", "break")]
