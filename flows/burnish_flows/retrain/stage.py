"""The interface of a stage of the retraining: its name, and the records that it takes and makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict, TypeVar

from burnish_flows.registry.decision import Decision
from burnish_flows.registry.store import Registry, Version
from burnish_flows.retrain.scoring.scores import Scores
from burnish_flows.retrain.snapshot import Run
from burnish_flows.runners import Runner

Taken_contra = TypeVar("Taken_contra", contravariant=True)
Made_co = TypeVar("Made_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """The shared inputs of all stages; created once by the first stage."""

    run: Run
    """Recipe, data and code, pinned."""
    registry: Registry
    """Connected once, for all stages."""
    runner: Runner
    """The workers for parallel tasks."""


class Stage(Protocol[Taken_contra, Made_co]):
    """One stage of the flow: takes the result of the previous stage, and makes the input of the next."""

    name: str
    """Its name in timings, progress and the events of failures."""

    def __call__(self, retraining: Retraining, taken: Taken_contra, /) -> Made_co:
        """Run the stage."""


class TrainedJson(TypedDict):
    """The figures of a training."""

    steps: int
    seconds: float
    resumed_at: int
    taken_from: str


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A bundle, and the cost of its training."""

    bundle: Path
    """Its folder."""
    steps: int
    """Optimizer steps in all."""
    seconds: float
    """Wall-clock seconds in all, resumed parts included."""
    resumed_at: int
    """Step from which this run resumed; 0: from the beginning."""
    taken_from: str = ""
    """Version whose weights these are; empty: they were trained now."""
    registered: str = ""
    """Undecided version of it, registered by a run that died; empty: none."""

    def as_json(self) -> TrainedJson:
        """The figures as plain JSON values."""
        return {
            "steps": self.steps,
            "seconds": self.seconds,
            "resumed_at": self.resumed_at,
            "taken_from": self.taken_from,
        }


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """A bundle, and the scores of it and of its rivals."""

    bundle: Path
    scores: Scores


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A challenger in the registry."""

    version: Version
    scores: Scores


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The decision on a challenger."""

    version: Version
    scores: Scores
    """The scores on which the decision is based."""
    decision: Decision


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The report of a run."""

    folder: Path | None
    """Holds one HTML page and pictures side by side; None where the challenger could not be evaluated."""

    @property
    def page(self) -> Path | None:
        """The HTML page."""
        return self.folder / PAGE if self.folder else None

    @property
    def pictures(self) -> list[str]:
        """Paths of the pictures, sorted."""
        return sorted(str(path) for path in self.folder.glob("*.png")) if self.folder else []


PAGE = "scorecard.html"
"""The page in its folder."""
