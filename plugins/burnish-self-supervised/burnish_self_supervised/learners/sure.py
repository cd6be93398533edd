"""SURE: the network minimises an unbiased estimate of its true error, of noise whose level is known."""

from __future__ import annotations

from typing import Any

from burnish.protocols import Observation
from burnish.training import Batch
from torch import Tensor

from burnish_self_supervised.learners.known_level import ConfiguredLevel, level_of, with_sigma
from burnish_self_supervised.learners.noisy_learner import NoisyLearner, decibels
from burnish_self_supervised.learners.probing import probed
from burnish_self_supervised.methods.sure import risk, signs


class Sure(NoisyLearner):
    """``mean (f(y) − y)² − v + 2 v ∂f/∂y`` with the noise's variance v and one random probe (see ``methods.sure``).

    Gaussian, Poisson and Poisson-Gaussian noise, as the level says.
    """

    def __init__(
        self,
        *args: Any,
        epsilon: float = 0.002,
        sigma: float | None = None,
        gain: float = 0.0,
        read_noise: float = 0.0,
        offset: float = 0.0,
    ) -> None:
        super().__init__(*args)
        self.epsilon = epsilon
        self.level = ConfiguredLevel(sigma=sigma, gain=gain, read_noise=read_noise, offset=offset)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Restore the picture and a slightly changed one, estimate the error."""
        observation = self.noisy_batch(batch)
        probe = signs(self._shape(observation.degraded), generator=self.draws("probe", batch[0]))
        return self._risk(observation, self.my_share(probe)).mean()

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The estimated PSNR in dB of one crop; always with the same probe."""
        observation = self.noisy_crop(batch)
        probe = signs(tuple(observation.degraded.shape), generator=self.draws("probe: validation", batch[0]))
        return decibels(self._risk(observation, probe))

    def _shape(self, degraded: Tensor) -> tuple[int, ...]:
        return (len(degraded) * self.processes, *degraded.shape[1:])

    def _risk(self, observation: Observation, probe: Tensor) -> Tensor:
        level = level_of(observation, self.level, "self-supervised/sure")
        estimate, derivative = probed(self, with_sigma(observation, level), probe, step=self.epsilon)
        degraded = observation.degraded.float()
        return risk(degraded, estimate, level.variance(degraded), derivative)
