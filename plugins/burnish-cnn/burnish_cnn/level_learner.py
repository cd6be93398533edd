"""Trains a denoiser that maps the noise level: on the picture's error and, if the level is known, on the level's."""

from __future__ import annotations

from typing import Any

from burnish.training import SupervisedLearner
from torch import Tensor

from burnish_cnn.blind_ffdnet import BlindFFDNet

WEIGHT = 0.1
"""Of the level's error relative to the picture's."""
LEAST = 1.0 / 255.0
"""Levels that differ by less than this, in [0, 1] units, are alike."""


class LevelLearner(SupervisedLearner):
    """loss = the recipe's + ``WEIGHT`` · mean |log (σ̂ + ε)/(σ + ε)|, if the degrader gives ``sigma``.

    As CBDNet (arXiv:1807.04686) is, but with a symmetric error. The picture alone says little about the level: what a
    wrong one costs, the denoiser learns to make good.
    """

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Degrade, restore, compare picture and level."""
        observation = self.observe_batch(batch)
        loss = self.loss(self.estimate(observation), observation.target)
        sigma = observation.conditions.get("sigma")
        if sigma is None:
            return loss
        assert isinstance(self.restorer, BlindFFDNet)
        assert self.restorer.last_level is not None
        return loss + WEIGHT * level_error(self.restorer.last_level, sigma)


def level_error(found: Tensor, sigma: Tensor) -> Tensor:
    """Mean size of log (σ̂ + ε)/(σ + ε) over a map N,1,H,W and true levels N: a scalar."""
    true = sigma.to(found).reshape(-1, 1, 1, 1)
    return ((found + LEAST).log() - (true + LEAST).log()).abs().mean()
