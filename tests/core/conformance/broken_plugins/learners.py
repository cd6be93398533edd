"""Broken learners."""

from __future__ import annotations

from typing import Any

import torch
from burnish.plugins.declarations import LearnerSpec
from burnish.training import SupervisedLearner
from burnish.training.randomness import generator
from torch import Tensor, nn

from broken_plugins import broken


@broken(LearnerSpec, "is a learner")
class PlainModule(nn.Module):
    """It is a torch module, and no LightningModule."""


@broken(LearnerSpec, "fits restorers that are there", restorers=("classical/median",))
class OfTheMedian(SupervisedLearner):
    """It is declared for a restorer that has nothing to train."""


@broken(LearnerSpec, "gives a finite loss that trains the restorer")
class LossOfEachPicture(SupervisedLearner):
    """Its loss is a number for each picture."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        seen = self.observe_batch(batch)
        return (self.estimate(seen) - seen.target).square().mean(dim=(1, 2, 3))


@broken(LearnerSpec, "gives a finite loss that trains the restorer")
class LossOfTheInput(SupervisedLearner):
    """Its loss does not depend on the restorer."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        seen = self.observe_batch(batch)
        return (seen.degraded - seen.target).square().mean() + 0 * self.estimate(seen).sum()


@broken(
    LearnerSpec,
    "leaves global randomness untouched",
    "gives the same loss for the same step",
    "continues from its stored state",
    "learns the same in two processes",
)
class GlobalMask(SupervisedLearner):
    """What it leaves out of the loss is drawn from torch's global generator."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        seen = self.observe_batch(batch)
        kept = torch.rand(1, 1, *seen.target.shape[-2:]) > 0.1
        return ((self.estimate(seen) - seen.target) * kept).square().mean()


@broken(LearnerSpec, "gives the same loss for the same step")
class SeedOfTheProcess(SupervisedLearner):
    """It weighs its loss by what the seed of the process, and not that of the recipe, gives."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        draw = torch.Generator().manual_seed(torch.initial_seed() % 2**31)
        return super().training_step(batch, batch_idx) * (0.9 + 0.2 * float(torch.rand((), generator=draw)))


@broken(LearnerSpec, "lowers its loss on one batch")
class Away(SupervisedLearner):
    """Its gradient has the wrong sign: it learns to be far from the target."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = super().training_step(batch, batch_idx)
        return 2 * loss.detach() - loss


@broken(LearnerSpec, "continues from its stored state")
class Remembers(SupervisedLearner):
    """Its loss depends on a count that is not in its state."""

    steps = 0

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        self.steps += 1
        return super().training_step(batch, batch_idx) * (1 if self.steps == 1 or batch[0] == 0 else 2)


@broken(LearnerSpec, "learns the same in two processes")
class DrawsForItself(SupervisedLearner):
    """Every process draws a mask for its own part as if it were the whole batch."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        seen = self.observe_batch(batch)
        draw = generator(self.settings.seed, "mask", batch[0], 0)
        kept = torch.rand(seen.target.shape, generator=draw) > 0.5
        return ((self.estimate(seen) - seen.target) * kept).square().mean()


@broken(LearnerSpec, "learns the same in two processes")
class SumOfPictures(SupervisedLearner):
    """Its loss is a sum over the batch, which halves with two processes."""

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        seen = self.observe_batch(batch)
        return (self.estimate(seen) - seen.target).square().sum()


@broken(LearnerSpec, "validates with one finite figure")
class NoFigure(SupervisedLearner):
    """Its validation gives a figure for each channel."""

    def validation_step(self, batch: Any, batch_idx: int) -> Tensor:
        seen = self.observe_crop(batch)
        return (self.estimate(seen) - seen.target).square().mean(dim=(0, 2, 3))
