"""The flow: snapshot → train (→ calibrate) → evaluate → register → decide → report, with and without servers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from burnish.console import progress
from burnish.console.output import tell
from burnish.console.redaction import clean_errors
from burnish.errors import BurnishError, RegistryError
from burnish.plugins.catalog import installed
from prefect import Task, flow, task  # noqa: TID253
from prefect.cache_policies import NO_CACHE  # noqa: TID253
from prefect.client.schemas.objects import State, TaskRun  # noqa: TID253
from prefect.context import FlowRunContext  # noqa: TID253

from burnish_flows import environment, runners
from burnish_flows.data.dvc_repo import RemoteError
from burnish_flows.locks.locking import run_lock
from burnish_flows.registry import journal
from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import ChampionChangedError, Registry, Version, store_errors
from burnish_flows.retrain import approval, snapshot
from burnish_flows.retrain.calibrate import calibrated
from burnish_flows.retrain.decide import decided
from burnish_flows.retrain.evaluate import evaluate, evaluated
from burnish_flows.retrain.register import registered
from burnish_flows.retrain.report import reported
from burnish_flows.retrain.scoring import parallel_evaluation, stand_in
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Decided, Retraining, Stage, Trained
from burnish_flows.retrain.tracking import observers, summary, training_run
from burnish_flows.retrain.tracking.interrupted import cancellable, goes_on
from burnish_flows.retrain.tracking.notes import Notes
from burnish_flows.retrain.tracking.result import Summary
from burnish_flows.retrain.tracking.stopwatch import Stopwatch
from burnish_flows.retrain.train import trained
from burnish_flows.retrain.waiting_runs import supersede

Taken = TypeVar("Taken")
Made = TypeVar("Made")

RETRIES = 2
"""Number of retries after network failures."""
DELAYS: list[float] = [1, 5]
"""Seconds before each retry."""
BARS = frozenset({"train", "calibrate", "evaluate"})
"""Stages with their own display of progress."""

# Prefect neither persists nor caches results: a resumed run finds its files by its fingerprint.


@flow(name="retrain", flow_run_name="{recipe}", validate_parameters=False, result_serializer="json")
@cancellable
@clean_errors()
def retrain(
    recipe: str, force: bool = False, allow_dirty_data: bool = False, quiet: bool = False, cause: str = ""
) -> Summary:
    """Make a challenger of the recipe, and champion if it is proven better.

    Args:
        recipe: Path of the recipe.
        force: Train even when nothing changed.
        allow_dirty_data: Take data that differ from what was recorded, and record that.
        quiet: No progress bars.
        cause: Why it was started (schedule, data, drift), kept with the version.

    Returns:
        See ``burnish_flows.retrain.tracking.result``; ``seconds`` holds the time of each stage.
    """
    if (context := FlowRunContext.get()) and context.flow_run:
        supersede(context.flow_run)
    steps = begun(recipe, allow_dirty_data, quiet, cause, force)
    run, registry = steps.retraining.run, steps.retraining.registry
    with alone(run, registry), training_run.ended(run, registry):
        now = registry.stand(run.model)
        if not force and (version := snapshot.decided(run, now)) is not None:
            finish(steps, version, now.trail.last(version.number))
            require_champion(run, registry)
            return summary.shown(summary.nothing_changed(run, version, now))
        made = steps.do(TRAIN, None)
        if run.recipe.uncertainty is not None:
            made = steps.do(CALIBRATE, made)
        answer_beside(steps, made)
        outcome = steps.do(DECIDE, steps.do(REGISTER, steps.do(EVALUATE, made)))
        if outcome.decision.kind == "awaiting":
            outcome = approved(steps, outcome)
        pages = steps.do(REPORT, outcome)
        shutil.rmtree(run.work, ignore_errors=True)
    require_champion(run, registry)
    result = summary.shown(summary.summarise(run, outcome, pages))
    return {**result, "training": made.as_json(), "seconds": steps.watch.seconds}


def passing(kind: type[Exception]) -> Callable[[Task[..., object], TaskRun, State[object]], bool]:
    """A retry condition: the task failed with an error of that kind, which may be temporary."""

    def passes(task: Task[..., object], run: TaskRun, state: State[object]) -> bool:
        error = state.result(raise_on_failure=False)
        return isinstance(error, kind) and not isinstance(error, ChampionChangedError)

    return passes


def stage(
    name: str, work: Callable[[Retraining, Taken], Made], retried: type[Exception] | None = None
) -> Stage[Taken, Made]:
    """Make a Prefect task of a stage.

    Args:
        name: Of both.
        work: What it does.
        retried: Failures that may pass by themselves; None: there are none.
    """
    made = task(name=name, cache_policy=NO_CACHE)(clean_errors()(work))
    if retried is None:
        return made
    return made.with_options(retries=RETRIES, retry_delay_seconds=DELAYS, retry_condition_fn=passing(retried))


TRAIN = stage("train", trained)
CALIBRATE = stage("calibrate", calibrated)
EVALUATE = stage("evaluate", evaluated)
REGISTER = stage("register", registered, RegistryError)
DECIDE = stage("decide", decided, RegistryError)
REPORT = stage("report", reported)


@task(
    name="snapshot",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=passing(RemoteError),
)
@clean_errors()
def snapshot_task(recipe: str, allow_dirty_data: bool, quiet: bool, cause: str, force: bool) -> Run:
    """Pin recipe, data and code."""
    path = Path(recipe)
    environment.create(environment.find_project(path))
    return snapshot.take(
        path,
        tracking_uri=environment.tracking_uri(),
        allow_dirty=allow_dirty_data,
        quiet=quiet,
        cause=cause,
        force=force,
    )


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Runs the stages of one retraining."""

    retraining: Retraining
    watch: Stopwatch

    def do(self, stage: Stage[Taken, Made], taken: Taken) -> Made:
        """Run one stage, timed; observers are notified if it fails."""
        run, name = self.retraining.run, stage.name
        Notes(run.quiet).say(f"{run.model}: {name}")
        moves = nullcontext() if name in BARS else progress.doing(f"{run.model}: {name}", run.quiet)
        told = observers.failures(run.model, run.fingerprint, name)
        with self.watch.stage(name), told, goes_on(f" in the stage {name}"), moves:
            return stage(self.retraining, taken)


def begun(recipe: str, allow_dirty_data: bool, quiet: bool, cause: str, force: bool) -> Steps:
    """Run the first stage: pin recipe, data and code, connect the registry, and complete an interrupted decision."""
    watch = Stopwatch()
    told = observers.failures(Path(recipe).stem, "", "snapshot")
    with watch.stage("snapshot"), told, progress.doing("snapshot", quiet):
        runner = runners.configured()
        run = snapshot_task(recipe, allow_dirty_data, quiet, cause, force)
        registry = Registry.connected(run.tracking_uri)
        mended = journal.mend(registry, run.model)
        if mended is not None:
            observers.decided(run.model, mended, run.fingerprint)
    return Steps(retraining=Retraining(run=run, registry=registry, runner=runner), watch=watch)


def answer_beside(steps: Steps, trained: Trained) -> None:
    """With several workers, compute the scores in parallel; the evaluation then only measures times."""
    run, runner = steps.retraining.run, steps.retraining.runner
    if not runner.serial:
        with steps.watch.stage("answers"), observers.failures(run.model, run.fingerprint, "evaluate"):
            parallel_evaluation.answer_all(run, steps.retraining.registry, trained.bundle, runner)


@contextmanager
def alone(run: Run, registry: Registry) -> Iterator[None]:
    """Hold the lock on retraining this model."""
    with store_errors(registry.uri), run_lock(registry.uri, run.model, client=registry.client):
        yield


def approved(steps: Steps, asked: Decided) -> Decided:
    """Show the report and pause until a person has answered; not a task, since only a flow can pause."""
    run = steps.retraining.run
    patience = approval.wanted(run.recipe, installed())
    assert patience is not None
    pages = steps.do(REPORT, asked)
    if not run.quiet:
        tell(summary.question(run, asked.decision, pages))
    with steps.watch.stage("approval"), observers.failures(run.model, run.fingerprint, "approval"):
        decision = approval.wait(steps.retraining.registry, run.model, asked.decision, patience)
    observers.decided(run.model, decision, run.fingerprint)
    return replace(asked, decision=decision)


def require_champion(run: Run, registry: Registry) -> None:
    """Fail if users get no model: the champion is gone, and this run made no new one.

    Raises:
        RegistryError: Says how it went, and which version that is left to promote.
    """
    with observers.failures(run.model, run.fingerprint, "decide"):
        if trouble := stand_in.without_champion(registry, registry.stand(run.model), run.home.cache):
            raise RegistryError(trouble)


def finish(steps: Steps, version: Version, decision: Decision | None) -> None:
    """Complete a run that died after its decision: write its report, and delete its checkpoints."""
    run, registry = steps.retraining.run, steps.retraining.registry
    if not run.bundle.is_dir():
        return
    if decision is not None:
        with suppress(BurnishError):  # the decision stands even without its report
            scores = evaluate(run, registry, run.bundle, against=decision.champion_before)
            steps.do(REPORT, Decided(version=version, scores=scores, decision=decision))
    shutil.rmtree(run.work, ignore_errors=True)
