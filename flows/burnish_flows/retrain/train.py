"""The second stage: trains the recipe's restorer into a bundle; a crashed run resumes from its last checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from burnish.errors import BundleError
from burnish.events import Event

from burnish_flows.data import git
from burnish_flows.registry import lineage, promotion
from burnish_flows.registry.locate import fetch_bundle
from burnish_flows.registry.store import FilesGoneError, Version
from burnish_flows.retrain import snapshot
from burnish_flows.retrain.snapshot import Run
from burnish_flows.retrain.stage import Retraining, Trained
from burnish_flows.retrain.tracking import training_run
from burnish_flows.retrain.tracking.live import live
from burnish_flows.retrain.tracking.notes import Notes

Listen = Callable[[str, Event], object]


def trained(retraining: Retraining, taken: None) -> Trained:
    """The stage: train, or resume an interrupted training, or reuse weights that would be the same.

    How it goes is seen in MLflow and in Prefect's log meanwhile.
    """
    run, registry = retraining.run, retraining.registry
    now = registry.stand(run.model)
    if (version := snapshot.undecided(run, now)) is not None:
        try:
            return taken_up(run, version, registered=version.number)
        except (FilesGoneError, BundleError) as error:  # somebody removed its files: train and register again
            why = f"its files are not available: {error}"
            promotion.give_up(registry, run.model, version.number, reason=why, who=git.who(run.project))
            now = registry.stand(run.model)
    snapshot.check(run)
    notes = Notes(run.quiet)
    if changed := lineage.changes(run.lineage(), registry, now, run.home.cache):
        notes.say(f"{run.model}: {changed}")
    before = None if run.bundle.is_dir() else snapshot.trained(run, now)
    if before is not None:
        with suppress(FilesGoneError, BundleError):  # train again if it is lost or damaged
            return taken_up(run, before)
    with live(partial(training_run.opened, run, registry), registry.client) as writer:

        def listen(hook: str, event: Event) -> None:
            writer.listen(hook, event)
            notes.listen(hook, event)

        return train(run, listen)


def train(run: Run, listen: Listen | None = None) -> Trained:
    """Train, resume, or find the training complete.

    The folder of checkpoints is named by recipe, data, code and kind of machine, so that only the same run finds them
    again. A run resumes from those of its own kind of machine (device, processes, threads), and then ends with the same
    bits as without the interruption. If there are none, it resumes from those of another kind rather than from the
    beginning; then the bundle's manifest states that its weights cannot be reproduced bit for bit (``reproducible``).

    Args:
        run: What to train.
        listen: Called with hook and event.

    Raises:
        TrainingError: It cannot start or go on.
        ConfigError: The recipe's batch cannot be split over the processes, or it needs more GPUs than are available.
    """
    from burnish import training
    from burnish.training.resources.machine import find_machine

    mine = run.work / f"checkpoints-{find_machine(run.recipe.training).kind}"
    done = training.train(
        run.recipe,
        training.TrainingFolders(
            project=run.project,
            out=run.bundle,
            work=mine,
            elsewhere=sorted(folder for folder in run.work.glob("checkpoints-*") if folder != mine),
        ),
        training.TrainingOptions(quiet=run.quiet),
        lineage=run.lineage(),
        listen=listen,
    )
    return Trained(bundle=done.bundle, steps=done.steps, seconds=done.seconds, resumed_at=done.resumed_at)


def taken_up(run: Run, version: Version, *, registered: str = "") -> Trained:
    """The bundle of a version that is registered already; nothing is trained.

    Args:
        run: Of the recipe.
        version: Whose weights.
        registered: See ``Trained``.

    Raises:
        RegistryError, BundleError: It is not available, or is damaged.
    """
    from burnish.restorer.bundle import read_bundle

    folder = fetch_bundle(version, run.tracking_uri, run.home.cache / "models")
    told = read_bundle(folder).training
    steps = int(told.get("steps", 0))
    seconds = float(told.get("seconds", 0.0))
    return Trained(
        bundle=folder,
        steps=steps,
        seconds=seconds,
        resumed_at=steps,
        taken_from=version.number,
        registered=registered,
    )
