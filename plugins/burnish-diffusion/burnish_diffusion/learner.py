"""Trains CRD-net and R-CRD-net to predict the clean picture at random times between it and the degraded one."""

from __future__ import annotations

from typing import cast

import torch
from burnish.ops.padding import crop_back
from burnish.training import Batch, SupervisedLearner, generator
from torch import Tensor

from burnish_diffusion.crd_net import CRDNet
from burnish_diffusion.direct_iteration import between

AT_THE_END = 0.5
"""Share of the pictures that are shown at t = 1, where inference begins; the others at uniform times."""

FEWER = 0.25
"""Share of the steps that show fewer frames than the degrader makes, so that the weights serve any number."""

FUSED = 0.5
"""Weight of the loss of a burst's fused picture relative to that of the prediction."""


class DirectIteration(SupervisedLearner):
    """``min E ‖F(x_t, t) − x‖`` over ``x_t = (1 − t) x + t (x₁ + ε n)``, in the recipe's loss.

    Of a burst, x₁ is the fused picture: the gradient flows through it, and it is compared with x as well. Times and
    noise are drawn from the recipe's seed and the step alone, so that a resumed training is exact.
    """

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Degrade, mix, predict, compare."""
        step, observation = batch[0], self.observe_batch(batch)
        restorer = cast(CRDNet, self.restorer)
        target, given = observation.target, (observation.target.shape[-2], observation.target.shape[-1])
        degraded, padded = self.traits.padded(observation.degraded), self.traits.padded(target)
        frame = (padded.shape[-2], padded.shape[-1])
        if self.spec.temporal == "burst":
            degraded = degraded[:, : self._count(degraded.shape[1], step)]
        start = restorer.start(degraded)
        time, noise = self._drawn(start, step)
        mixed = between(padded, start + restorer.noise * noise, time)
        loss = self.loss(crop_back(restorer.predict(mixed, time), given=given, padded=frame), target)
        if self.spec.temporal == "burst":
            loss = loss + FUSED * self.loss(crop_back(start, given=given, padded=frame), target)
        return loss

    def _count(self, frames: int, step: int) -> int:
        """Number of frames of a burst in that step: all, or in a quarter of the steps any smaller number."""
        fewer, share = torch.rand(2, generator=generator(self.settings.seed, "frames", step, 0)).tolist()
        return 1 + int(share * (frames - 1)) if fewer < FEWER and frames > 1 else frames

    def _drawn(self, start: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Times N in (0, 1] and noise N,C,H,W: this process's part of the numbers drawn for the whole batch."""
        source = generator(self.settings.seed, "diffusion", step, 0)
        pictures = len(start) * self.processes
        late, uniform = torch.rand(2, pictures, generator=source)
        time = torch.where(late < AT_THE_END, 1.0, 1.0 - uniform)
        noise = torch.randn((pictures, *start.shape[1:]), generator=source)
        return self.my_share(time).to(start.device), self.my_share(noise).to(start)
