"""What all learners of this plugin share: no clean picture is looked at, every draw is a function of seed and step."""

from __future__ import annotations

from dataclasses import replace

import torch
from burnish.errors import TrainingError
from burnish.protocols import Observation
from burnish.training import Batch, SupervisedLearner, generator
from torch import Tensor

LEAST = 1e-10
"""Mean squared errors below this, in [0, 1] units squared, count as this: 100 dB."""


class NoisyLearner(SupervisedLearner):
    """Learns from degraded pictures alone, by a loss of its own: the recipe's ``loss`` does not count."""

    def noisy_batch(self, batch: Batch) -> Observation:
        """The observation of a training step without its target, even if the data have one."""
        return _without_target(self.observe_batch(batch))

    def noisy_crop(self, batch: Batch) -> Observation:
        """The observation of one picture of the validation without its target."""
        return _without_target(self.observe_crop(batch))

    def draws(self, *words: str | int) -> torch.Generator:
        """Of a step's random numbers, which are drawn for the pictures of all processes."""
        return generator(self.settings.seed, *words, 0)

    def whole(self, picture: Tensor) -> tuple[int, int, int]:
        """Number of pictures of all processes, and height and width of each."""
        return len(picture) * self.processes, picture.shape[-2], picture.shape[-1]

    def indices(self, pictures: int) -> list[int]:
        """The places of this process's ``pictures`` among those of all processes."""
        return [int(index) for index in self.my_share(torch.arange(pictures * self.processes))]


def taken(observation: Observation, places: Tensor) -> Observation:
    """With the conditions of the pictures at ``places`` (int64, M), in that order; what holds for all stays."""
    pictures = len(observation.degraded)
    known = {
        name: value[places.to(value.device)]
        if isinstance(value, Tensor) and value.dim() and len(value) == pictures
        else value
        for name, value in observation.conditions.items()
    }
    return replace(observation, conditions=known)


def decibels(error: Tensor) -> Tensor:
    """``−10 log10`` of the mean of errors, at most 100; a scalar in float64."""
    return -10.0 * error.double().mean().clamp_min(LEAST).log10()


def even_part(picture: Tensor, multiple: int) -> Tensor:
    """The top left part of N,C,H,W whose sides are multiples: nothing is padded, so nothing is seen twice.

    Raises:
        TrainingError: A side is shorter than the multiple.
    """
    height, width = (side // multiple * multiple for side in picture.shape[-2:])
    if not height or not width:
        shape = f"{picture.shape[-1]}×{picture.shape[-2]}"
        raise TrainingError(
            f"patches of {shape} pixels are too small to learn from; give pictures, and training.patch, of at least "
            f"{multiple} pixels a side"
        )
    return picture[..., :height, :width]


def _without_target(observation: Observation) -> Observation:
    return replace(observation, target=observation.degraded.new_empty(0))
