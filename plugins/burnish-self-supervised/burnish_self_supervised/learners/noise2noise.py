"""Noise2Noise: one shot of a scene is the target of another (Lehtinen et al. 2018, arXiv 1803.04189)."""

from __future__ import annotations

from typing import Any, Literal

from burnish.errors import TrainingError
from burnish.protocols import Observation
from burnish.training import Batch, SupervisedLearner
from torch import Tensor

from burnish_self_supervised.learners.noisy_learner import decibels


class Noise2Noise(SupervisedLearner):
    """``mean (f(y₁) − y₂)²``: as with a clean target, on average, if the noise of y₂ has mean zero given y₁."""

    def __init__(self, *args: Any, loss: Literal["l2", "l1"] = "l2", **more: Any) -> None:
        super().__init__(*args, **more)
        self.power = {"l1": 1, "l2": 2}[loss]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Restore one shot, compare with the other."""
        observation = _with_another_shot(self.observe_batch(batch))
        return (self.estimate(observation).float() - observation.target).abs().pow(self.power).mean()

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of one crop against another shot: lower than against the clean picture, but in the same order."""
        observation = _with_another_shot(self.observe_crop(batch))
        return decibels((self.estimate(observation).clamp(0.0, 1.0) - observation.target).square())


def _with_another_shot(observation: Observation) -> Observation:
    if not observation.target.numel():
        raise TrainingError("there is no other shot to compare with; give several shots of each scene (data.shots)")
    return observation
