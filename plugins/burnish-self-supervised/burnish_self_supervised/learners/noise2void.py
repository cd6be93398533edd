"""Noise2Void: the network guesses pixels that were taken from it (Krull et al. 2019, arXiv 1811.10980)."""

from __future__ import annotations

from typing import Any

import torch
from burnish.protocols import Observation
from burnish.training import Batch
from torch import Tensor

from burnish_self_supervised.learners.noisy_learner import NoisyLearner, decibels
from burnish_self_supervised.methods.noise2void import Blinding, Fill, Line, blinded, masked_error


class Noise2Void(NoisyLearner):
    """``mean (f(ỹ) − y)²`` over the blinded pixels, where ỹ is y with those pixels replaced by others."""

    def __init__(
        self,
        *args: Any,
        spacing: int = 2,
        radius: int = 2,
        fill: Fill = "neighbour",
        line: Line = "none",
        reach: int = 5,
    ) -> None:
        super().__init__(*args)
        self.blinding = Blinding(spacing=spacing, radius=radius, fill=fill, line=line, reach=reach)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Blind pixels, restore, look at those."""
        observation = self.noisy_batch(batch)
        return self._error(observation, "blinding", batch[0], self.indices(len(observation.degraded))).mean()

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of blinded pixels of one crop against their noisy values; always the same pixels."""
        return decibels(self._error(self.noisy_crop(batch), "blinding: validation", batch[0], [0]))

    def _error(self, observation: Observation, purpose: str, number: int, indices: list[int]) -> Tensor:
        degraded = observation.degraded
        pairs = [
            blinded(degraded[place : place + 1], self.blinding, generator=self.draws(purpose, number, index))
            for place, index in enumerate(indices)
        ]
        entering, centres = (torch.cat(parts) for parts in zip(*pairs, strict=True))
        return masked_error(self.restored(entering, observation), degraded, centres)
