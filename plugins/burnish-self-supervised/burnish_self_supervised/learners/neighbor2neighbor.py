"""Neighbor2Neighbor: of two sub-sampled pictures one is the target of the other (Huang et al. 2021)."""

from __future__ import annotations

from typing import Any

import torch
from burnish.protocols import Observation
from burnish.training import Batch
from torch import Tensor

from burnish_self_supervised.learners.noisy_learner import NoisyLearner, decibels, even_part
from burnish_self_supervised.methods.neighbor2neighbor import drawn_pairs, errors, subsampled


class Neighbor2Neighbor(NoisyLearner):
    """``mean (f(g₁y) − g₂y)² + γ mean (f(g₁y) − g₂y − (g₁f(y) − g₂f(y)))²`` (arXiv 2101.02824, equation 8).

    γ grows from 0 to ``regularisation`` in proportion to the used part of the budget, as in the paper's code. Of
    pictures with odd sides the last row or column is left out.
    """

    ranks_weights = False
    """Neighbours show other places: their agreement is highest for weights that smooth a little too much."""

    def __init__(self, *args: Any, regularisation: float = 2.0) -> None:
        super().__init__(*args)
        self.regularisation = regularisation

    @property
    def weight(self) -> float:
        """γ now."""
        return self.regularisation * self.clock.fraction

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Sub-sample twice, restore one and the whole, compare."""
        observation = self.noisy_batch(batch)
        degraded = even_part(observation.degraded, 2)
        drawn = self.my_share(drawn_pairs(self.whole(degraded), generator=self.draws("neighbours", batch[0])))
        first, second = subsampled(degraded, drawn)
        with torch.no_grad():
            smoothed = subsampled(self.restored(degraded, observation), drawn)
        plain, regular = errors(self.restored(first, observation), second, smoothed)
        return (plain + self.weight * regular).mean()

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of one restored sub-sampled crop against its neighbours; always the same pixels."""
        return neighbours_agree(self, self.noisy_crop(batch), batch[0])


def neighbours_agree(learner: NoisyLearner, observation: Observation, index: int) -> Tensor:
    """``−10 log10 mean (f(g₁y) − g₂y)²`` of one crop: needs no noise level, and is in the order of the true PSNR."""
    degraded = even_part(observation.degraded, 2)
    shape = (len(degraded), degraded.shape[-2], degraded.shape[-1])
    first, second = subsampled(degraded, drawn_pairs(shape, generator=learner.draws("neighbours: validation", index)))
    return decibels((learner.restored(first, observation).clamp(0.0, 1.0) - second).square())
