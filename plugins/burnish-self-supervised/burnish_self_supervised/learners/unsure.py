"""UNSURE: as SURE, of noise whose level is not known but found (Tachella et al. 2025, arXiv 2409.01985)."""

from __future__ import annotations

from typing import Any, Literal

import torch
from burnish.training import Batch, mean
from torch import Tensor

from burnish_self_supervised.learners.neighbor2neighbor import neighbours_agree
from burnish_self_supervised.learners.noisy_learner import NoisyLearner
from burnish_self_supervised.learners.probing import probed
from burnish_self_supervised.methods.sure import ascended, constraints, lagrangian, rough_variance, signs

ACTIVE = {"gaussian": (False, True), "poisson": (True, False), "poisson-gaussian": (True, True)}
"""Which of gain and variance the noise has."""


class Unsure(NoisyLearner):
    """``min over f, max over γ, η: mean (f(y) − y)² + 2 (γ y + η) ∂f/∂y``, each step a gradient step of both.

    The multipliers γ and η keep the restorer's derivative at zero on average; they become the gain and the variance of
    the noise, or a little more. They begin with a robust estimate of the first batch's variance.
    """

    multipliers: Tensor
    velocity: Tensor

    ranks_weights = False
    """Neighbours show other places: their agreement is highest for weights that smooth a little too much."""

    def __init__(
        self,
        *args: Any,
        noise: Literal["gaussian", "poisson", "poisson-gaussian"] = "gaussian",
        epsilon: float = 0.002,
        rate: float = 0.02,
        momentum: float = 0.9,
        offset: float = 0.0,
    ) -> None:
        super().__init__(*args)
        self.active = ACTIVE[noise]
        self.epsilon = epsilon
        self.rate = rate
        self.momentum = momentum
        self.offset = offset
        self.register_buffer("multipliers", torch.zeros(2))
        self.register_buffer("velocity", torch.zeros(2))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Restore the picture and a slightly changed one; move the multipliers up, the weights down."""
        observation = self.noisy_batch(batch)
        whole = (len(observation.degraded) * self.processes, *observation.degraded.shape[1:])
        probe = self.my_share(signs(whole, generator=self.draws("probe", batch[0])))
        degraded = observation.degraded.float() - self.offset
        self._begin(degraded)
        estimate, derivative = probed(self, observation, probe, step=self.epsilon)
        gain, variance = self.multipliers.clone().unbind()
        loss = lagrangian(degraded, estimate - self.offset, derivative, (gain, variance)).mean()
        gradient = torch.stack([mean(one) for one in constraints(degraded, derivative)])
        ascended(self.multipliers, self.velocity, gradient, rate=self.rate, momentum=self.momentum)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """PSNR in dB of one restored sub-sampled crop against its neighbours: it does not depend on the level found."""
        return neighbours_agree(self, self.noisy_crop(batch), batch[0])

    def _begin(self, degraded: Tensor) -> None:
        if bool(self.multipliers.any()):
            return
        variance = mean(rough_variance(degraded)).clamp_min(1e-6)
        gain = variance / mean(degraded).clamp_min(1e-3)
        both = 0.5 if all(self.active) else 1.0
        start = torch.stack([gain, variance]) * both
        self.multipliers.copy_(start * torch.tensor(self.active, device=start.device))
