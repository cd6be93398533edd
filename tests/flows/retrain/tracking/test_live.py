"""How a training goes is written beside it: whole, in order, also when the store is away for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from burnish.events import EpochEnded, TrainingProgressed
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.tracking import live
from burnish_flows.retrain.tracking.live import Live


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BATCH", 0.01)
    monkeypatch.setattr(live, "LONGEST_PAUSE", 0.02)


def progressed(step: int, loss: float = 0.5) -> TrainingProgressed:
    return TrainingProgressed(
        model="m", step=step, total_steps=9, fraction=step / 9, loss=loss, learning_rate=0.1, steps_per_second=4.0,
        seconds_left=1.0,
    )  # fmt: skip


def curve(registry: Registry, run_id: str, name: str) -> list[tuple[int, float]]:
    return [(metric.step, metric.value) for metric in registry.client.get_metric_history(run_id, name)]


@pytest.fixture
def new_run(registry: Registry) -> Callable[[], str]:
    experiment = registry.client.create_experiment("e")
    return lambda: str(registry.client.create_run(experiment).info.run_id)


def test_curves_and_the_machine_are_in_mlflow_when_the_training_has_ended(
    registry: Registry, new_run: Callable[[], str]
) -> None:
    run_id = new_run()
    with live.live(lambda: run_id, registry.client) as writer:
        for step in (1, 5, 9):
            writer.listen("on_training_progressed", progressed(step, loss=1 / step))
        writer.listen("on_epoch_ended", EpochEnded(model="m", step=9, loss=0.2, validation=31.5))
    assert curve(registry, run_id, "training/loss") == [(1, 1.0), (5, 0.2), (9, 1 / 9)]
    assert curve(registry, run_id, "training/learning_rate") == [(1, 0.1), (5, 0.1), (9, 0.1)]
    assert curve(registry, run_id, "validation/psnr") == [(9, 31.5)]
    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"} <= {
        *registry.client.get_run(run_id).data.metrics
    }


def test_figures_that_are_no_numbers_are_left_out(registry: Registry, new_run: Callable[[], str]) -> None:
    run_id = new_run()
    with live.live(lambda: run_id, registry.client) as writer:
        writer.listen("on_training_progressed", progressed(1, loss=float("nan")))
        writer.listen("on_epoch_ended", EpochEnded(model="m", step=1, loss=0.2, validation=float("nan")))
    assert curve(registry, run_id, "training/loss") == []
    assert curve(registry, run_id, "training/learning_rate") == [(1, 0.1)]


def test_what_a_store_did_not_take_is_written_when_it_is_back(
    registry: Registry, new_run: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    run_id, refusals, back = new_run(), iter(range(3)), threading.Event()

    class Away:
        """Refuses three times."""

        def log_batch(self, run_id: str, **given: Any) -> None:
            if next(refusals, None) is not None:
                raise ConnectionError("https://user:secret@store: refused")
            registry.client.log_batch(run_id, **given)
            back.set()

    writer = Live(lambda: run_id, Away())  # type: ignore[arg-type]
    writer.listen("on_training_progressed", progressed(3))
    assert back.wait(60)
    writer.end(60)
    assert curve(registry, run_id, "training/loss") == [(3, 0.5)]
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == "MLflow does not accept the training's progress (ConnectionError); the training continues"


def test_a_run_that_cannot_be_opened_at_first_is_opened_later(registry: Registry, new_run: Callable[[], str]) -> None:
    made: list[str] = []
    opened = threading.Event()

    def open_run() -> str:
        if len(made) < 2:
            made.append("")
            raise ConnectionError
        made.append(new_run())
        opened.set()
        return made[-1]

    writer = Live(open_run, registry.client)
    writer.listen("on_training_progressed", progressed(3))
    assert opened.wait(60)
    writer.end(60)
    assert curve(registry, made[-1], "training/loss") == [(3, 0.5)]
    assert len(made) == 3


def test_a_store_that_never_answers_keeps_nobody_waiting_for_longer_than_the_patience() -> None:
    never = threading.Event()

    class Hanging:
        def log_batch(self, run_id: str, **given: Any) -> None:
            never.wait()

    writer = Live(lambda: "r", Hanging())  # type: ignore[arg-type]
    for step in range(50_000):  # what waits is bounded, and listening waits for nobody
        writer.listen("on_epoch_ended", EpochEnded(model="m", step=step, loss=0.2, validation=1.0))
    writer.end(0.01)
    never.set()
