"""What becomes of a sweep's trials: failed ones are told, lost workers are forgiven once, without a figure it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from burnish.errors import RegistryError, TrainingError
from burnish.recipe.document import read_recipe
from burnish_flows import runners
from burnish_flows.registry.store import Registry
from burnish_flows.runners import Landed
from burnish_flows.sweep import flow as module
from burnish_flows.sweep.flow import SweepResult, alone, concluded
from burnish_flows.sweep.log import SweepLog
from burnish_flows.sweep.plan import SweepPlan
from burnish_flows.sweep.study import Study
from burnish_flows.sweep.trial import Figures

pytest.importorskip("optuna")

Tried = Callable[[int], Landed[dict[str, object]]]
"""Number of the trial → what its worker gives back; the index is put in."""
GOOD = Figures(steps=1, seconds=2.0, validation=30.0).model_dump(mode="json")


@pytest.fixture
def swept(plan: SweepPlan, monkeypatch: pytest.MonkeyPatch) -> Callable[[Tried], SweepResult]:
    """Sweep with workers that give back what they are said to."""

    def run(tried: Tried) -> SweepResult:
        def each(task: object, calls: Iterable[tuple[Any, int]], *_: object, **__: object) -> Iterator[Landed[Any]]:
            for index, (_run, number) in enumerate(calls):
                landed = tried(number)
                yield Landed(index=index, value=landed.value, error=landed.error, died=landed.died)

        monkeypatch.setattr(runners, "each", each)
        with alone(plan, True):
            study, log = module._study(plan), SweepLog(plan)
            trying = module._Trying(plan, study, log)
            list(trying.results())
            return concluded(plan, study, log, plan.folder / "best.yaml", trying.failures)

    return run


def test_of_several_trials_the_best_figure_gives_the_recipe_and_failures_say_why(
    plan: SweepPlan, swept: Callable[[Tried], SweepResult]
) -> None:
    def tried(number: int) -> Landed[dict[str, object]]:
        return Landed(index=0, error=TrainingError("no\nmemory")) if number == 0 else Landed(index=0, value=GOOD)

    result = swept(tried)
    assert [(trial["number"], trial["state"], trial["value"]) for trial in result["trials"]] == [
        (0, "failed", None),
        (1, "complete", 30.0),
    ]
    assert result["failures"] == {"0": "TrainingError: no memory"}
    assert (result["best"]["trial"], result["best"]["value"]) == (1, 30.0)
    best = read_recipe(Path(result["best"]["recipe"]))
    assert best.training.learning_rate == result["best"]["values"]["training.learning_rate"]


def test_a_trial_may_lose_its_worker_once_and_has_then_failed(swept: Callable[[Tried], SweepResult]) -> None:
    calls: list[int] = []

    def tried(number: int) -> Landed[dict[str, object]]:
        calls.append(number)
        gone = number == 0 or calls.count(number) < 2
        return Landed(index=0, error=OSError("gone"), died=True) if gone else Landed(index=0, value=GOOD)

    result = swept(tried)
    assert calls == [0, 0, 1, 1]
    assert [trial["state"] for trial in result["trials"]] == ["failed", "complete"]
    assert result["failures"] == {"0": "OSError: gone"}


def test_trials_that_diverge_or_measure_nothing_leave_the_sweep_without_a_figure(
    plan: SweepPlan, registry: Registry, swept: Callable[[Tried], SweepResult]
) -> None:
    nothing = {"validation": None}
    figures = [GOOD | nothing | {"diverged_at": 7}, GOOD | nothing]
    with pytest.raises(TrainingError, match=r"none of 2 trials has a figure \(trial 0: diverged at step 7\)"):
        swept(lambda number: Landed(index=0, value=figures[number]))
    study: Study = module._study(plan)
    assert [state for _, state, *_ in study.told()] == ["diverged", "failed"]
    (experiment,) = [one for one in registry.client.search_experiments() if one.name == "burnish/denoise/sweeps"]
    runs = registry.client.search_runs([experiment.experiment_id])
    assert {run.info.status for run in runs} == {"FAILED"}
    assert sorted(run.data.tags.get("why", "") for run in runs) == ["", "diverged at step 7", "has no validation"]


def test_the_same_sweep_runs_once_at_a_time_and_may_start_over(plan: SweepPlan) -> None:
    with alone(plan, True):
        (plan.folder / "study.db").touch()
        with pytest.raises(RegistryError, match="denoise: the same sweep is already running"), alone(plan, True):
            pass
    with alone(plan, True):
        assert (plan.folder / "study.db").exists()
    with alone(plan, False):
        assert list(plan.folder.iterdir()) == []
