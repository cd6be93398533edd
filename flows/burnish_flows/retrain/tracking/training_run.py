"""The MLflow run of a retraining: opened when its training starts, reopened when that resumes, ended with it.

It is found by the fingerprint of recipe, data and code. Training, evaluation and registration log into the same one.
"""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

from burnish.console.redaction import redact, redacted

from burnish_flows import environment
from burnish_flows.locks import owner
from burnish_flows.registry import experiments
from burnish_flows.registry.store import FINGERPRINT, Registry, Version, store_errors
from burnish_flows.retrain.snapshot import TRAINING, Run

EXPERIMENT = "burnish"
"""Prefix of the names of all experiments."""
PARAM_LIMIT = 6000
"""MLflow's limit for a parameter."""


def opened(run: Run, registry: Registry) -> str:
    """The id of the run's MLflow run, resumed or new; this process now owns it."""
    client = registry.client
    run_id = _unfinished(run, registry)
    if run_id:
        client.set_tag(run_id, owner.TAG, owner.me())
        client.update_run(run_id, status="RUNNING")
        return run_id
    from burnish_flows.data.dvc_source import dataset_input

    made = client.create_run(
        experiment(run, registry),
        run_name=f"{run.model} {run.fingerprint[:8]}",
        tags={**tags(run), owner.TAG: owner.me()},
    )
    run_id = str(made.info.run_id)
    _log_params(run, registry, run_id)
    client.log_inputs(run_id, datasets=[dataset_input(run.project, run.pin, context="training")])
    return run_id


def finish(registry: Registry, run_id: str, status: str) -> None:
    """End it: ``FINISHED``, ``FAILED`` or ``KILLED``."""
    registry.client.set_terminated(run_id, status)


@contextmanager
def ended(run: Run, registry: Registry) -> Iterator[None]:
    """If the block fails, end the MLflow run as failed, or as killed if the work was interrupted.

    A store that does not answer changes nothing: the next run ends what is still open.
    """
    end_dead(registry, run.model)
    try:
        yield
    except BaseException as error:
        with suppress(Exception):
            if run_id := _unfinished(run, registry, mine=True):
                finish(registry, run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise


def keep(registry: Registry, version: Version, folder: Path, name: str) -> None:
    """Log a folder of files with the run that made the version."""
    with quiet(), store_errors(registry.uri):
        registry.client.log_artifacts(version.run_id, str(folder), name)


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress MLflow's advice on type hints and examples, and the links that it prints."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def end_dead(registry: Registry, model: str) -> list[str]:
    """End a model's runs whose process is gone, as killed; runs of other hosts are not touched.

    Returns:
        Their ids.
    """
    dead: list[str] = []
    with suppress(Exception):  # if the store does not answer now, a later run will do this
        names = (f"{EXPERIMENT}/{model}", f"{EXPERIMENT}/{model}/sweeps")
        found = [registry.client.get_experiment_by_name(name) for name in names]
        ids = [one.experiment_id for one in found if one is not None]
        running = registry.client.search_runs(ids, "attributes.status = 'RUNNING'", max_results=1000) if ids else []
        for one in running:
            if owner.gone(one.data.tags.get(owner.TAG)):
                finish(registry, one.info.run_id, "KILLED")
                dead.append(str(one.info.run_id))
    return dead


def experiment(run: Run, registry: Registry) -> str:
    """The id of the model's experiment, created if missing."""
    return experiments.usable(registry.client, f"{EXPERIMENT}/{run.model}", environment.artifact_location(run.home))


def tags(run: Run) -> dict[str, str]:
    """The facts known about a run before its training."""
    known = {
        FINGERPRINT: run.fingerprint,
        TRAINING: run.training,
        "recipe_digest": run.recipe.digest(),
        "data_md5": run.pin.md5,
        "data_rev": run.pin.git_revision if run.pin.committed else "",
        "data_dirty": str(run.pin.dirty).lower(),
        "git_commit": run.code_revision,
        "plugins": ", ".join(f"{name}=={number}" for name, number in run.plugins.items()),
        "seed": str(run.recipe.training.seed),
        "licence": run.licence,
        "cause": run.cause,
    }
    return {name: redact(text) for name, text in known.items()}


def params(run: Run) -> dict[str, str]:
    """The recipe, flattened: ``training.batch`` → ``16``."""
    flat: dict[str, str] = {}

    def walk(prefix: str, value: object) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                walk(f"{prefix}.{key}" if prefix else str(key), item)
        else:
            flat[prefix] = (value if isinstance(value, str) else json.dumps(value))[:PARAM_LIMIT]

    walk("", redacted(run.recipe.model_dump(mode="json", exclude={"description"})))
    return flat


def _log_params(run: Run, registry: Registry, run_id: str) -> None:
    from mlflow.entities import Param

    flat = [Param(key, value) for key, value in params(run).items()]
    for first in range(0, len(flat), 100):  # the most that MLflow accepts at once
        registry.client.log_batch(run_id, params=flat[first : first + 100])


def _unfinished(run: Run, registry: Registry, mine: bool = False) -> str:
    """The newest MLflow run of the same fingerprint that failed or is still active; empty if none.

    Args:
        run: Whose.
        registry: Where.
        mine: Only one that this process owns and that goes on.
    """
    found = registry.client.get_experiment_by_name(f"{EXPERIMENT}/{run.model}")
    if found is None:
        return ""
    condition = f"tags.{FINGERPRINT} = '{run.fingerprint}' and attributes.status != 'FINISHED'"
    for one in registry.client.search_runs([found.experiment_id], condition, max_results=100):  # newest first
        if not mine or (one.info.status == "RUNNING" and one.data.tags.get(owner.TAG) == owner.me()):
            return str(one.info.run_id)
    return ""
