"""The results of a sweep in MLflow: a run for the sweep, and a nested run for each ended trial."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import yaml
from burnish.console.redaction import redact, redacted

from burnish_flows import environment
from burnish_flows.locks import owner
from burnish_flows.registry import experiments
from burnish_flows.registry.store import Registry
from burnish_flows.retrain.tracking import training_run
from burnish_flows.sweep.plan import SweepPlan
from burnish_flows.sweep.study import State

SWEEP = "burnish.sweep"
"""Tag of all its runs: the sweep's digest, by which a resumed sweep finds them."""
TRIAL = "burnish.trial"
"""Tag of a trial's run: its number."""
PARENT = "mlflow.parentRunId"
"""MLflow's own tag of a nested run."""


@dataclass(frozen=True, kw_only=True)
class EndedTrial:
    """An ended trial, as logged."""

    number: int
    state: State
    values: Mapping[str, object]
    """The tried values."""
    metrics: Mapping[str, float]
    """Name → figure, without those that are not finite."""
    began: float
    """Seconds since the epoch, like ``ended``."""
    ended: float
    recipe: Mapping[str, object]
    """The trial's recipe, as JSON values; empty if nothing was run."""
    why: str = ""
    """The reason, if it failed."""


class SweepLog:
    """The runs of one sweep; writing a trial twice has no further effect."""

    def __init__(self, plan: SweepPlan) -> None:
        self._plan = plan
        registry = Registry.connected(plan.run.tracking_uri)
        self._client = registry.client
        training_run.end_dead(registry, plan.run.model)
        self.experiment = f"burnish/{plan.run.model}/sweeps"
        self._experiment_id = self._found_experiment()
        self.run_id: str = self._reopened(self._known("")) or self._begin_sweep()

    def trial(self, trial: EndedTrial) -> str:
        """Log one trial; returns its run's id."""
        from mlflow.entities import Metric, Param, RunTag

        run_id = self._known(str(trial.number))
        if not run_id:
            tags = {SWEEP: self._plan.digest, TRIAL: str(trial.number), PARENT: self.run_id}
            began = int(trial.began * 1000)
            made = self._client.create_run(
                self._experiment_id, start_time=began, tags=tags, run_name=f"trial {trial.number}"
            )
            run_id = str(made.info.run_id)
        millis = int(trial.ended * 1000)
        kept = {**trial.metrics, "duration_seconds": trial.ended - trial.began}
        why = [RunTag("why", redact(trial.why)[:5000])] if trial.why else []
        self._client.log_batch(
            run_id,
            metrics=[Metric(_name(key), value, millis, 0) for key, value in kept.items() if math.isfinite(value)],
            params=[Param(key, _text(value)) for key, value in trial.values.items()],
            tags=[RunTag("state", trial.state), *why],
        )
        if trial.recipe:
            text = yaml.safe_dump(dict(trial.recipe), sort_keys=False)
            self._client.log_text(run_id, redact(text), "recipe.yaml")
        self._client.set_terminated(run_id, "FINISHED" if trial.state == "complete" else "FAILED", millis)
        return run_id

    def end(self, best: tuple[int, float, dict[str, object]] | None, recipe: str) -> None:
        """Log the best trial with the sweep, and end its run."""
        if best is not None:
            number, figure, values = best
            self._client.set_tag(self.run_id, "best.trial", str(number))
            self._client.log_metric(self.run_id, "best", figure)
            for key, value in values.items():
                self._client.set_tag(self.run_id, f"best.{key}", _text(value))
            self._client.log_text(self.run_id, redact(recipe), "best.yaml")
        self._client.set_terminated(self.run_id, "FINISHED" if best else "FAILED")

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """If the block ends early, end the sweep's run: as killed if it was interrupted, else as failed."""
        try:
            yield
        except BaseException as error:
            with suppress(Exception):  # the next run ends open runs
                self._client.set_terminated(self.run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
            raise

    def _reopened(self, run_id: str) -> str:
        if run_id:
            self._client.set_tag(run_id, owner.TAG, owner.me())
            self._client.update_run(run_id, status="RUNNING")
        return run_id

    def _begin_sweep(self) -> str:
        plan = self._plan
        made = self._client.create_run(
            self._experiment_id,
            run_name=f"sweep {plan.digest[:8]}",
            tags={SWEEP: plan.digest, "model": plan.run.model, owner.TAG: owner.me()},
        )
        run_id = str(made.info.run_id)
        said = {
            "metric": plan.judged_by,
            "direction": "maximise" if plan.maximise else "minimise",
            "seed": plan.seed,
            "budget": (plan.budget or plan.run.recipe.training.budget).model_dump(exclude_none=True),
            "recipe_digest": plan.run.recipe.digest(),
            "data_md5": plan.run.pin.md5,
            **{f"over.{key}": str(values) for key, values in plan.space.items()},
        }
        for key, value in said.items():
            self._client.log_param(run_id, key, _text(value))
        self._client.log_dict(run_id, redacted(plan.run.lineage()), "lineage.json")
        return run_id

    def _known(self, trial: str) -> str:
        """The id of the run with that trial number (none for the sweep's own); empty if there is none."""
        mine = f"tags.`{SWEEP}` = '{self._plan.digest}'"
        condition = f"{mine} and tags.`{TRIAL}` = '{trial}'" if trial else mine
        for run in self._client.search_runs([self._experiment_id], condition, max_results=10_000):
            if run.data.tags.get(TRIAL, "") == trial:
                return str(run.info.run_id)
        return ""

    def _found_experiment(self) -> str:
        return experiments.usable(self._client, self.experiment, environment.artifact_location(self._plan.run.home))


def _text(value: object) -> str:
    return redact(value if isinstance(value, str) else json.dumps(value))


def _name(text: str) -> str:
    """The name with only the characters that MLflow allows."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in text)
