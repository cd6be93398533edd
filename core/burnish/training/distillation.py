"""Distillation: a small network learns from a large one as well as from clean pictures."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from burnish.errors import ConfigError
from burnish.inference.loading.load import load_named
from burnish.protocols import Observation
from burnish.training.learner import Batch, SupervisedLearner


class DistillationLearner(SupervisedLearner):
    """The loss is ``(1 − w) · L(estimate, clean) + w · L(estimate, teacher's estimate)`` (Hinton et al. 2015,
    arXiv:1503.02531, for regression).

    Args:
        given: As every learner.
        teacher: A restorer with weights: ``cnn/dncnn:grey-25-wide``, or a bundle's folder.
        weight: w, from 0 (the teacher is not asked) to 1 (the clean pictures are not looked at).

    Raises:
        ConfigError: The teacher is no network with weights.
        TrainingError: While it trains: the teacher needs what the degrader does not give, or enlarges otherwise.
    """

    def __init__(self, *given: Any, teacher: str, weight: float) -> None:
        super().__init__(*given)
        if not teacher:
            raise ConfigError("training.learner.config: give teacher, a restorer with weights or a bundle's folder")
        loaded = load_named(teacher, device="cpu")
        if not isinstance(loaded.restorer, nn.Module) or loaded.untrained:
            raise ConfigError(f"training.learner: the teacher {teacher} is no trained network; name one with weights")
        self.weight = weight
        # In a list, so that its weights are not among those that are trained and saved.
        self._taught = [SupervisedLearner(loaded.restorer, None, self.settings, loaded.spec).eval()]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Degrade, restore, compare with the clean picture and with the teacher's estimate."""
        observation = self.observe_batch(batch)
        estimate = self.estimate(observation)
        loss = (1.0 - self.weight) * self.loss(estimate, observation.target)
        return loss + self.weight * self.loss(estimate, self._of_the_teacher(observation))

    def _of_the_teacher(self, observation: Observation) -> Tensor:
        teacher = self._taught[0].to(observation.degraded.device)
        with torch.no_grad():
            return teacher.estimate(observation)
