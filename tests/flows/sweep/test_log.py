"""A sweep and its trials are runs in MLflow; a trial that is logged again after a crash is the same run."""

from __future__ import annotations

import json

import pytest
from burnish_flows.locks import owner
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.tracking import training_run
from burnish_flows.sweep.log import PARENT, EndedTrial, SweepLog
from burnish_flows.sweep.plan import SweepPlan


def test_a_trial_is_a_nested_run_with_values_figures_time_and_recipe(plan: SweepPlan, registry: Registry) -> None:
    log = SweepLog(plan)
    figures = {"noise/metrics/psnr": 30.5, "broken": float("nan")}
    values = {"training.learning_rate": 0.005}
    id = log.trial(
        EndedTrial(
            number=0, state="complete", values=values, metrics=figures, began=10.0, ended=12.5,
            recipe={"model": "denoise"},
        )
    )  # fmt: skip
    run = registry.client.get_run(id)
    assert run.data.tags[PARENT] == log.run_id
    assert run.data.params == {"training.learning_rate": "0.005"}
    assert run.data.metrics == {"noise/metrics/psnr": 30.5, "duration_seconds": 2.5}
    assert (run.info.start_time, run.info.end_time, run.info.status) == (10_000, 12_500, "FINISHED")
    assert [file.path for file in registry.client.list_artifacts(id)] == ["recipe.yaml"]


def test_a_sweep_that_goes_on_finds_its_runs_and_doubles_none(plan: SweepPlan, registry: Registry) -> None:
    first, again = SweepLog(plan), SweepLog(plan)
    assert first.run_id == again.run_id
    trial = EndedTrial(number=1, state="failed", values={}, metrics={}, began=1, ended=2, recipe={}, why="no memory")
    ids = [log.trial(trial) for log in (first, again)]
    assert ids[0] == ids[1]
    assert registry.client.get_run(ids[0]).data.tags["why"] == "no memory"
    assert registry.client.get_run(ids[0]).info.status == "FAILED"
    assert len(registry.client.search_runs([again._experiment_id])) == 2


def test_the_best_trial_is_told_with_the_sweep(plan: SweepPlan, registry: Registry) -> None:
    log = SweepLog(plan)
    log.end((1, 31.5, {"training.learning_rate": 0.005}), "model: denoise\n")
    run = registry.client.get_run(log.run_id)
    assert (run.data.tags["best.trial"], run.data.metrics["best"], run.info.status) == ("1", 31.5, "FINISHED")
    assert run.data.params["over.training.learning_rate"] == "0.0001..0.01:log"


@pytest.mark.parametrize(("error", "status"), [(ValueError(), "FAILED"), (KeyboardInterrupt(), "KILLED")])
def test_a_sweep_that_ends_early_says_how_and_goes_on_in_the_same_run(
    plan: SweepPlan, registry: Registry, error: BaseException, status: str
) -> None:
    log = SweepLog(plan)
    with pytest.raises(type(error)), log.interrupted():
        raise error
    assert registry.client.get_run(log.run_id).info.status == status
    assert SweepLog(plan).run_id == log.run_id
    assert registry.client.get_run(log.run_id).info.status == "RUNNING"


def test_the_next_run_of_the_model_ends_a_sweep_whose_process_was_killed(plan: SweepPlan, registry: Registry) -> None:
    log = SweepLog(plan)
    dead = json.loads(registry.client.get_run(log.run_id).data.tags[owner.TAG])
    registry.client.set_tag(log.run_id, owner.TAG, json.dumps({**dead, "began": dead["began"] - 1}))
    training_run.end_dead(registry, "denoise")
    assert registry.client.get_run(log.run_id).info.status == "KILLED"
