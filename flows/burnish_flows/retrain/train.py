"""The second stage: the recipe's restorer becomes a bundle; a run that died goes on from its last checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from burnish.events import Event

from burnish_flows.registry.locate import fetch_bundle
from burnish_flows.registry.store import Version
from burnish_flows.retrain.snapshot import Run

Listen = Callable[[str, Event], Any]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A bundle, and what it cost."""

    bundle: Path
    """Its folder."""
    steps: int
    """Optimizer steps in all."""
    seconds: float
    """Wall-clock seconds in all, resumed parts included."""
    resumed_at: int
    """Step from which this run went on; 0: from the beginning."""
    taken_from: str = ""
    """Version whose weights these are; empty: they were trained now."""

    def as_json(self) -> dict[str, Any]:
        """Its figures as plain JSON values."""
        return {
            "steps": self.steps,
            "seconds": self.seconds,
            "resumed_at": self.resumed_at,
            "taken_from": self.taken_from,
        }


def train(run: Run, listen: Listen | None = None) -> Trained:
    """Train, or go on training, or find it done.

    Checkpoints lie where recipe, data, code and kind of machine lead to: the same run finds them again, another never
    does. A worker goes on from those of its own kind (device, processes, threads), and so ends with the same bits as
    if nothing had happened. Where there are none it goes on from those of another kind rather than from the beginning;
    then the bundle's manifest says that its weights cannot be made again bit for bit (``reproducible``).

    Args:
        run: What to train.
        listen: Is told hook and event of what happens.

    Raises:
        TrainingError: It cannot start or go on.
        ConfigError: The recipe's batch cannot be split over the processes, or it asks for more GPUs than there are.
    """
    from burnish import training
    from burnish.training.machine import find_machine

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


def taken_up(run: Run, version: Version) -> Trained:
    """The bundle of a version that was registered already: nothing is trained again.

    Raises:
        RegistryError, BundleError: It cannot be had, or is damaged.
    """
    from burnish.bundle import read_bundle

    folder = fetch_bundle(version, run.tracking_uri, run.home.cache / "models")
    told = read_bundle(folder).training
    steps = int(told.get("steps", 0))
    seconds = float(told.get("seconds", 0.0))
    return Trained(bundle=folder, steps=steps, seconds=seconds, resumed_at=steps, taken_from=version.number)
