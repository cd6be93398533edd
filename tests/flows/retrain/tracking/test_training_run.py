"""One MLflow run for a retraining: opened once, gone on with, ended as what it came to, also after its process died."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from burnish.recipe.document import Recipe
from burnish_flows.data.dataset import Pin
from burnish_flows.locks import owner
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.tracking import training_run


@pytest.fixture(autouse=True)
def _in_use(monkeypatch: pytest.MonkeyPatch, store: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)


def made(tmp_path: Path, store: str, fingerprint: str = "a" * 64) -> Run:
    recipe = Recipe.model_validate(
        {
            "model": "denoise",
            "restorer": {"id": "cnn/dncnn", "config": {"depth": 3}},
            "degrader": {"id": "degradations/gaussian-noise", "config": {"sigma": 0.1}},
            "training": {"budget": {"steps": 1}, "seed": 7},
        }
    )
    pin = Pin(root="data", md5="d.dir", files=1, bytes=1, git_revision="g", committed=True)
    return Run(
        recipe_path=tmp_path / "r.yaml", recipe=recipe, project=tmp_path, fingerprint=fingerprint, pin=pin, plugins={},
        tracking_uri=store,
    )  # fmt: skip


def status(registry: Registry, run_id: str) -> str:
    return str(registry.client.get_run(run_id).info.status)


def died(registry: Registry, run_id: str) -> None:
    """As after SIGKILL: open, of a process of this host that is no more."""
    said = json.loads(owner.me())
    registry.client.set_tag(run_id, owner.TAG, json.dumps({**said, "began": said["began"] - 1}))


def test_it_is_opened_with_recipe_data_and_code_before_anything_is_trained(
    tmp_path: Path, store: str, registry: Registry
) -> None:
    run_id = training_run.opened(made(tmp_path, store), registry)
    found = registry.client.get_run(run_id)
    assert found.info.status == "RUNNING"
    assert found.data.params["training.seed"] == "7"
    assert {key: found.data.tags[key] for key in ("fingerprint", "data_md5", "data_rev")} == {
        "fingerprint": "a" * 64, "data_md5": "d.dir", "data_rev": "g",
    }  # fmt: skip
    assert [one.dataset.name for one in found.inputs.dataset_inputs] == ["data"]


@pytest.mark.parametrize("ending", ["KILLED", "FAILED", "RUNNING"])
def test_a_resumed_training_goes_on_in_the_same_run(
    tmp_path: Path, store: str, registry: Registry, ending: str
) -> None:
    run = made(tmp_path, store)
    run_id = training_run.opened(run, registry)
    if ending != "RUNNING":
        training_run.finish(registry, run_id, ending)
    assert training_run.opened(run, registry) == run_id
    assert status(registry, run_id) == "RUNNING"


def test_one_that_ended_well_is_never_written_again(tmp_path: Path, store: str, registry: Registry) -> None:
    run = made(tmp_path, store)
    first = training_run.opened(run, registry)
    training_run.finish(registry, first, "FINISHED")
    assert training_run.opened(run, registry) != first


def test_other_data_or_code_is_another_run(tmp_path: Path, store: str, registry: Registry) -> None:
    first = training_run.opened(made(tmp_path, store), registry)
    assert training_run.opened(made(tmp_path, store, "b" * 64), registry) != first


@pytest.mark.parametrize(("error", "ending"), [(ValueError(), "FAILED"), (KeyboardInterrupt(), "KILLED")])
def test_what_does_not_end_well_is_told_from_what_was_interrupted(
    tmp_path: Path, store: str, registry: Registry, error: BaseException, ending: str
) -> None:
    run = made(tmp_path, store)
    with pytest.raises(type(error)), training_run.ended(run, registry):
        run_id = training_run.opened(run, registry)
        raise error
    assert status(registry, run_id) == ending


def test_the_next_run_ends_those_whose_process_is_gone_as_killed_and_no_others(
    tmp_path: Path, store: str, registry: Registry
) -> None:
    dead, alive, elsewhere = (training_run.opened(made(tmp_path, store, c * 64), registry) for c in "abc")
    died(registry, dead)
    registry.client.set_tag(elsewhere, owner.TAG, json.dumps({"host": "other", "pid": 1, "began": 1.0}))
    with training_run.ended(made(tmp_path, store, "d" * 64), registry):
        pass
    assert [status(registry, run_id) for run_id in (dead, alive, elsewhere)] == ["KILLED", "RUNNING", "RUNNING"]
