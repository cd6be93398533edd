"""R2R: a noisier picture is restored towards one of independent noise (Pang et al. 2021)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from burnish.protocols import Observation
from burnish.training import Batch
from torch import Tensor

from burnish_self_supervised.learners.known_level import ConfiguredLevel, level_of, with_sigma
from burnish_self_supervised.learners.noisy_learner import NoisyLearner, decibels, taken
from burnish_self_supervised.methods.noise_level import NoiseLevel
from burnish_self_supervised.methods.recorrupted import are_counts, gaussian_pair, poisson_pair


class Recorrupted(NoisyLearner):
    """``mean (f(y₁) − y₂)²`` of a pair made of each noisy picture (see ``methods.recorrupted``).

    Gaussian noise: more is added. Poisson noise in whole counts: they are split. Any other: more is added, of a
    variance that follows the value; the pair's noises are then uncorrelated, but not quite independent. The network
    is trained on stronger noise than it is used on: 1 + α² times the variance (of counts 1 / (1 − α) times).

    ``both_signs``: added noise is taken away as well, which makes a second pair. Most of what the targets' noise
    does to the gradient cancels between the two, so that α may be small: then this is SURE with a large step
    (``learners.sure``), in any precision.
    """

    def __init__(
        self,
        *args: Any,
        alpha: float = 0.5,
        both_signs: bool = True,
        sigma: float | None = None,
        gain: float = 0.0,
        read_noise: float = 0.0,
        offset: float = 0.0,
    ) -> None:
        super().__init__(*args)
        self.alpha, self.both_signs = alpha, both_signs
        self.level = ConfiguredLevel(sigma=sigma, gain=gain, read_noise=read_noise, offset=offset)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Make pairs, restore the first, compare with the second."""
        observation = self.noisy_batch(batch)
        level = level_of(observation, self.level, "self-supervised/recorrupted")
        indices = self.indices(len(observation.degraded))
        generators = [self.draws("recorruption", batch[0], index) for index in indices]
        first, second, observation = self._pairs(observation, level, generators)
        return (self.restored(first, observation).float() - second).square().mean()

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of the first picture of a pair, restored, against the second; always the same pair."""
        observation = self.noisy_crop(batch)
        level = level_of(observation, self.level, "self-supervised/recorrupted")
        first, second, observation = self._pairs(observation, level, [self.draws("recorruption: validation", batch[0])])
        return decibels((self.restored(first, observation).clamp(0.0, 1.0) - second).square())

    def _pairs(
        self, observation: Observation, level: NoiseLevel, generators: list[torch.Generator]
    ) -> tuple[Tensor, Tensor, Observation]:
        """Both pictures of each pair, N to 2N,C,H,W, and what is known of the first ones."""
        pairs = [
            self._pair(observation.degraded[place : place + 1].float(), _one(level, place), generator)
            for place, generator in enumerate(generators)
        ]
        first, second = (torch.cat(parts) for parts in zip(*pairs, strict=True))
        known = dict(with_sigma(observation, level).conditions)
        if isinstance(known.get("sigma"), Tensor):
            known["sigma"] = known["sigma"] * (1.0 + self.alpha**2) ** 0.5
        made = torch.tensor([len(pair[0]) for pair in pairs])
        places = torch.arange(len(pairs)).repeat_interleave(made)
        return first, second, taken(replace(observation, conditions=known), places)

    def _pair(self, degraded: Tensor, level: NoiseLevel, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        pure = float(level.gain) > 0.0 and float(level.read_noise) == 0.0
        if pure and are_counts(degraded, level.gain, level.offset):
            return poisson_pair(degraded, level.gain, level.offset, alpha=self.alpha, generator=generator)
        noise = torch.randn(degraded.shape, generator=generator).to(degraded)
        signed = torch.cat([noise, -noise]) if self.both_signs else noise
        return gaussian_pair(degraded, level.variance(degraded).clamp_min(0.0).sqrt(), signed, alpha=self.alpha)


def _one(level: NoiseLevel, place: int) -> NoiseLevel:
    gain, read_noise, offset = (figure[place : place + 1] for figure in level.figures)
    return NoiseLevel(gain=gain, read_noise=read_noise, offset=offset)
