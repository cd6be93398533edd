"""Facts about the checks of learners: a sound one passes, and each fault is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from burnish.conformance import check
from burnish.plugins.catalog import Catalog, Entry, installed
from burnish.plugins.declarations import LearnerSpec
from burnish.training import Batch, SupervisedLearner
from torch import Tensor


class Sound(SupervisedLearner):
    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        observation = self.observe_batch(batch)
        return (self.estimate(observation) - observation.target).square().mean()


class Drawing(Sound):
    """Draws from torch's global generator."""

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        return super().training_step(batch, batch_idx) * (1 + torch.rand(()))


class Forgetful(Sound):
    """Keeps a state outside of state_dict."""

    def __init__(self, *common: Any) -> None:
        super().__init__(*common)
        self.steps = 0

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        self.steps += 1
        return super().training_step(batch, batch_idx) * self.steps


class Detached(Sound):
    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        return super().training_step(batch, batch_idx).detach().requires_grad_()


class Infinite(Sound):
    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        return super().training_step(batch, batch_idx) / 0.0


class Wordy(Sound):
    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        return torch.zeros(3)


def findings(learner: Any, **facts: Any) -> Iterator[tuple[str, str]]:
    declared = {"name": "made", "factory": f"{__name__}:{learner.__name__}", "summary": "A learner", "needs": "shots"}
    entry = Entry(id="made/made", spec=LearnerSpec(**{**declared, **facts}), distribution="burnish-made", version="1")

    class Here(Catalog):
        def resolve(self, entry: Entry) -> Any:
            return learner if entry.id == "made/made" else super().resolve(entry)

    catalog = Here([entry, *installed().entries("restorers").values()])
    return ((found.name, found.message) for found in check("made/made", catalog) if not found.passed)


def test_a_sound_learner_passes() -> None:
    assert list(findings(Sound)) == []


@pytest.mark.parametrize(
    ("learner", "question"),
    [
        (Drawing, "gives the same loss for the same step"),
        (Forgetful, "continues from its stored state"),
        (Detached, "gives a finite loss that trains the restorer"),
        (Infinite, "gives a finite loss that trains the restorer"),
        (Wordy, "validates with one finite figure"),
        (dict, "is a learner"),
    ],
)
def test_each_fault_is_found(learner: Any, question: str) -> None:
    assert question in [name for name, _ in findings(learner)]


def test_a_learner_of_a_restorer_that_is_not_there_is_found() -> None:
    assert ("fits restorers that are there") in [name for name, _ in findings(Sound, restorers=("cnn/none",))]


def test_the_supervised_learner_of_the_host_passes() -> None:
    assert [found for found in check("burnish/supervised", installed()) if not found.passed] == []
