"""The restorer's estimate and its derivative by one random probe, in one pass."""

from __future__ import annotations

import torch
from burnish.protocols import Observation
from torch import Tensor

from burnish_self_supervised.learners.noisy_learner import NoisyLearner, taken
from burnish_self_supervised.methods.sure import derivatives


def probed(learner: NoisyLearner, observation: Observation, probe: Tensor, *, step: float) -> tuple[Tensor, Tensor]:
    """f(y) and ∂f/∂y of every pixel by itself, both N,C,H,W in float32.

    Both inputs go through the network as one batch, so that what it computes over a batch is the same for both; and
    without reduced precision, in which their small difference would be lost.

    Args:
        learner: Whose restorer it is.
        observation: With y, N,C,H,W.
        probe: N,C,H,W of signs.
        step: By how much y is changed, in units of [0, 1].
    """
    degraded = observation.degraded.float()
    signs = probe.to(degraded)
    twice = taken(observation, torch.arange(len(degraded)).repeat(2))
    with torch.autocast(degraded.device.type, enabled=False):
        both = torch.cat([degraded, degraded + step * signs])
        estimate, moved = learner.restored(both, twice).chunk(2)
        return estimate.float(), derivatives(estimate, moved, signs, step=step)
