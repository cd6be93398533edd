"""Trains burst super-resolution for any number of frames: some steps use fewer than the degrader makes."""

from __future__ import annotations

from dataclasses import replace

import torch
from burnish.protocols import Observation
from burnish.training import Batch, SupervisedLearner, generator
from torch import Tensor

FEWER = 0.25
"""Share of the steps that show fewer frames, so that the weights serve any number."""


class FewerFrames(SupervisedLearner):
    """The supervised learner, but in ``FEWER`` of the steps only the first k frames are used, k uniform in 1 … T − 1.

    Weights that have only ever seen T frames are worse than an enlargement when they are given one. Which steps, and
    how many frames, depends on the recipe's seed and the step alone.
    """

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Degrade, drop frames, restore, compare."""
        observation = self.fewer(self.observe_batch(batch), batch[0])
        return self.loss(self.estimate(observation), observation.target)

    def fewer(self, observation: Observation, step: int) -> Observation:
        """The observation of that step, with all its frames or the first ones only."""
        frames = observation.degraded.shape[1]
        draws = torch.rand(2, generator=generator(self.settings.seed, "frames", step, 0))
        chance, share = draws.tolist()
        if chance >= FEWER or frames == 1:
            return observation
        return replace(observation, degraded=observation.degraded[:, : 1 + int(share * (frames - 1))])
