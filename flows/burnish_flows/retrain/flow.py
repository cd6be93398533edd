"""The flow: snapshot → train → evaluate → register → decide → report. The same with and without servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from burnish.console import progress
from burnish.console.output import tell
from burnish.console.redaction import clean_errors
from burnish.errors import BundleError, BurnishError, RegistryError
from burnish.events import Event
from burnish.plugins.catalog import installed
from prefect import flow, runtime, task  # noqa: TID253
from prefect.cache_policies import NO_CACHE  # noqa: TID253

from burnish_flows import environment, runners
from burnish_flows.data.dvc_repo import RemoteError
from burnish_flows.locks.locking import run_lock
from burnish_flows.registry import journal, lineage, promotion
from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import ChampionChangedError, FilesGoneError, Registry, Version, store_errors
from burnish_flows.retrain import approval, parallel_evaluation, snapshot, stand_in
from burnish_flows.retrain import decide as deciding
from burnish_flows.retrain import evaluate as evaluating
from burnish_flows.retrain import register as registering
from burnish_flows.retrain import report as reporting
from burnish_flows.retrain import train as training
from burnish_flows.retrain.evaluate import Scores
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.tracking import observers, summary, training_run
from burnish_flows.retrain.tracking.interrupted import cancellable, goes_on
from burnish_flows.retrain.tracking.live import live
from burnish_flows.retrain.tracking.notes import Notes
from burnish_flows.retrain.tracking.stopwatch import Stopwatch
from burnish_flows.retrain.train import Trained
from burnish_flows.retrain.waiting_runs import supersede

RETRIES = 2
"""For what a network between us and a store may break."""
DELAYS: list[float] = [1, 5]
"""Seconds before each retry."""

# No result is persisted or cached by Prefect: what a died run needs again lies in files named by its fingerprint.


@flow(name="retrain", flow_run_name="{recipe}", validate_parameters=False, result_serializer="json")
@cancellable
@clean_errors()
def retrain(
    recipe: str, force: bool = False, allow_dirty_data: bool = False, quiet: bool = False, cause: str = ""
) -> dict[str, Any]:
    """Make a challenger of the recipe, and champion if it is proven better.

    Args:
        recipe: Path of the recipe.
        force: Train even when nothing changed.
        allow_dirty_data: Take data that differ from what was recorded, and record that.
        quiet: No progress bars.
        cause: Why it was started (schedule, data, drift), kept with the version.

    Returns:
        See ``burnish_flows.retrain.tracking.summary``; ``seconds`` holds the time of each stage.
    """
    watch = Stopwatch()
    if started := runtime.flow_run.get_id():
        supersede(started)
    run = pinned(recipe, allow_dirty_data, quiet, cause, force, watch)
    with alone(run), training_run.ended(run):
        if not force and (nothing := nothing_changed(run)):
            finish(run, watch)
            require_champion(run)
            return summary.shown(nothing)
        trained = stage("train", run, watch)(run)
        scores = scored(run, trained.bundle, watch)
        version = stage("register", run, watch)(run, trained.bundle, scores)
        decision, scores = stage("decide", run, watch)(run, version, scores)
        if decision.kind == "awaiting":
            decision = approved(run, version, scores, decision, watch)
        pages = stage("report", run, watch)(run, version, scores, decision)
        shutil.rmtree(run.work, ignore_errors=True)
    require_champion(run)
    result = summary.summarise(run, version, scores, decision, pages)
    return {**summary.shown(result), "training": trained.as_json(), "seconds": watch.seconds}


@task(
    name="snapshot",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=lambda task, run, state: _is(state, RemoteError),
)
@clean_errors()
def snapshot_task(recipe: str, allow_dirty_data: bool, quiet: bool, cause: str, force: bool) -> Run:
    """Pin recipe, data and code; mend what an earlier run left half-way."""
    path = Path(recipe)
    environment.create(environment.find_project(path))
    run = snapshot.take(
        path,
        tracking_uri=environment.tracking_uri(),
        allow_dirty=allow_dirty_data,
        quiet=quiet,
        cause=cause,
        force=force,
    )
    mended = journal.mend(Registry.connected(run.tracking_uri), run.model)
    if mended is not None:
        observers.decided(run.model, mended, run.fingerprint)
    return run


@task(name="train", cache_policy=NO_CACHE)
@clean_errors()
def train_task(run: Run) -> Trained:
    """Train, or go on where a died run stopped, or take the weights that would be made again from their version.

    How it goes is seen in MLflow and in Prefect's log meanwhile.
    """
    registry = Registry.connected(run.tracking_uri)
    version = snapshot.undecided(run, registry.stand(run.model))
    if version is not None:
        try:
            return training.taken_up(run, version)
        except (FilesGoneError, BundleError) as error:  # somebody removed its files: train, and register anew
            why = f"its files cannot be had: {error}"
            promotion.give_up(registry, run.model, version.number, reason=why, who=deciding.who(run))
    snapshot.check(run)
    notes = Notes(run.quiet)
    if changed := lineage.changes(run.lineage(), registry, run.model, run.home.cache):
        notes.say(f"{run.model}: {changed}")
    before = None if run.bundle.is_dir() else snapshot.trained(run, registry)
    if before is not None:
        with suppress(FilesGoneError, BundleError):  # what is lost or damaged is trained anew
            return training.taken_up(run, before)
    with live(partial(training_run.opened, run, registry), registry.client) as writer:

        def listen(hook: str, event: Event) -> None:
            writer.listen(hook, event)
            notes.listen(hook, event)

        return training.train(run, listen)


@task(name="evaluate", cache_policy=NO_CACHE)
@clean_errors()
def evaluate_task(run: Run, bundle: Path, way: evaluating.Way = "alone") -> Scores:
    """Score challenger, champion and baselines."""
    registry = Registry.connected(run.tracking_uri)
    scores = evaluating.evaluate(run, registry, bundle, way)
    if not scores.champion_version:
        version = snapshot.undecided(run, registry.stand(run.model))
        scores = stand_in.compared(run, registry, scores, version.number if version else "")
    observers.evaluated(run, scores)
    return scores


@task(
    name="register",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=lambda task, run, state: _is(state, RegistryError),
)
@clean_errors()
def register_task(run: Run, bundle: Path, scores: Scores) -> Version:
    """Register the bundle; a version that a died run has registered already is taken up again."""
    registry = Registry.connected(run.tracking_uri)
    version = snapshot.undecided(run, registry.stand(run.model))
    if version is None:
        version = registering.register(
            run,
            registry,
            bundle=bundle,
            scorecard=scores.challenger.card if scores.challenger else None,
            baselines={label: scored.card for label, scored in scores.baselines.items()},
        )
        observers.registered(run, version)
    return version


@task(
    name="decide",
    cache_policy=NO_CACHE,
    retries=RETRIES,
    retry_delay_seconds=DELAYS,
    retry_condition_fn=lambda task, run, state: _is(state, RegistryError),
)
@clean_errors()
def decide_task(run: Run, version: Version, scores: Scores) -> tuple[Decision, Scores]:
    """Ask the gates and carry their decision out."""
    decision, scores = deciding.decide(run, Registry.connected(run.tracking_uri), version, scores)
    observers.decided(run.model, decision, run.fingerprint)
    return decision, scores


@task(name="report", cache_policy=NO_CACHE)
@clean_errors()
def report_task(run: Run, version: Version, scores: Scores, decision: Decision) -> Path | None:
    """Write pictures and page, and keep them with the version."""
    folder = reporting.write(run, version, scores, decision)
    if folder is not None:
        registering.log_folder(run, version, folder, "report")
    return folder


TASKS: dict[str, Any] = {
    "train": train_task,
    "evaluate": evaluate_task,
    "register": register_task,
    "decide": decide_task,
    "report": report_task,
}

BARS = frozenset({"train", "evaluate"})
"""Stages that show where they are themselves."""


def pinned(recipe: str, allow_dirty_data: bool, quiet: bool, cause: str, force: bool, watch: Stopwatch) -> Run:
    """The first stage; there is no run yet whose failure could be told of."""
    told = observers.failures(Path(recipe).stem, "", "snapshot")
    with watch.stage("snapshot"), told, progress.doing("snapshot", quiet):
        run: Run = snapshot_task(recipe, allow_dirty_data, quiet, cause, force)
    return run


def stage(name: str, run: Run, watch: Stopwatch) -> Any:
    """The stage's task, timed, its failure told to observers."""

    def call(*arguments: Any) -> Any:
        Notes(run.quiet).say(f"{run.model}: {name}")
        moves = nullcontext() if name in BARS else progress.doing(f"{run.model}: {name}", run.quiet)
        told = observers.failures(run.model, run.fingerprint, name)
        with watch.stage(name), told, goes_on(f" in the stage {name}"), moves:
            return TASKS[name](*arguments)

    return call


def scored(run: Run, bundle: Path, watch: Stopwatch) -> Scores:
    """The third stage; where the runner has several workers, they answer first, and what is left is timed alone."""
    runner = runners.configured()
    if not runner.serial:
        with watch.stage("answers"), observers.failures(run.model, run.fingerprint, "evaluate"):
            parallel_evaluation.answer_all(run, bundle, runner)
    scores: Scores = stage("evaluate", run, watch)(run, bundle, "alone" if runner.serial else "timed")
    return scores


@contextmanager
def alone(run: Run) -> Iterator[None]:
    """Nobody else retrains this model meanwhile."""
    client = Registry.connected(run.tracking_uri).client
    with store_errors(run.tracking_uri), run_lock(run.tracking_uri, run.model, client=client):
        yield


def approved(run: Run, version: Version, scores: Scores, asked: Decision, watch: Stopwatch) -> Decision:
    """Show what there is to see and pause until a person has answered; no task, since only a flow can pause."""
    patience = approval.wanted(run.recipe, installed())
    assert patience is not None
    pages = stage("report", run, watch)(run, version, scores, asked)
    if not run.quiet:
        tell(summary.question(run, asked, pages))
    with watch.stage("approval"), observers.failures(run.model, run.fingerprint, "approval"):
        decision = approval.wait(Registry.connected(run.tracking_uri), run.model, asked, patience)
    observers.decided(run.model, decision, run.fingerprint)
    return decision


def nothing_changed(run: Run) -> dict[str, Any] | None:
    """The result that says so, where a version of the same recipe, data and code was decided upon."""
    now = Registry.connected(run.tracking_uri).stand(run.model)
    version = snapshot.decided(run, now)
    return None if version is None else summary.nothing_changed(run, version, now)


def require_champion(run: Run) -> None:
    """End as failed where consumers get nothing: the champion is gone, and this run made no other.

    Raises:
        RegistryError: Says how it went, and which version that is left to promote.
    """
    registry = Registry.connected(run.tracking_uri)
    with observers.failures(run.model, run.fingerprint, "decide"):
        if trouble := stand_in.without_champion(registry, registry.stand(run.model), run.home.cache):
            raise RegistryError(trouble)


def finish(run: Run, watch: Stopwatch) -> None:
    """What a run that died after its decision still owes: the pages, and the room that its checkpoints take."""
    if not run.bundle.is_dir():
        return
    registry = Registry.connected(run.tracking_uri)
    version = snapshot.decided(run, registry.stand(run.model))
    decision = registry.last(version) if version else None
    if version is not None and decision is not None:
        with suppress(BurnishError):  # the decision stands without its pages
            scores = evaluating.evaluate(run, registry, run.bundle, against=decision.champion_before)
            stage("report", run, watch)(run, version, scores, decision)
    shutil.rmtree(run.work, ignore_errors=True)


def _is(state: Any, kind: type[Exception]) -> bool:
    """Whether a task failed for a reason that may pass by itself."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, kind) and not isinstance(error, ChampionChangedError)
