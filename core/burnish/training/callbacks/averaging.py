"""The exponential moving average of the weights: Lightning's callback, with a decay that warms up."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

from collections.abc import Sequence

import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor

from burnish.training.checkpoint import keys


def warm_decay(decay: float, averaged: int) -> float:
    """``min(decay, (1 + t) / (10 + t))`` where t averages were taken before: young averages forget fast."""
    return min(decay, (1.0 + averaged) / (10.0 + averaged))


class Averaging(WeightAveraging):
    """Keeps ``average ← d · average + (1 − d) · weights`` after every step; validation sees the average.

    Its state (average and count) is in the checkpoint; integer buffers are copied.
    """

    def __init__(self, decay: float, *, device: torch.device) -> None:
        def average(averages: Sequence[Tensor], weights: Sequence[Tensor], averaged: Tensor | int) -> None:
            blend(averages, weights, warm_decay(decay, int(averaged)))

        super().__init__(device=device, use_buffers=True, multi_avg_fn=average)

    @property
    def state_key(self) -> str:
        """Where checkpoints keep its state."""
        return keys.AVERAGING


def blend(averages: Sequence[Tensor], weights: Sequence[Tensor], decay: float) -> None:
    """In place ``a ← decay · a + (1 − decay) · w`` for floating-point tensors, ``a ← w`` for others."""
    pairs = list(zip(averages, weights, strict=True))
    floating = [(a, w) for a, w in pairs if a.is_floating_point()]
    if floating:
        torch._foreach_lerp_([a for a, _ in floating], [w for _, w in floating], 1.0 - decay)
    for a, w in pairs:
        if not a.is_floating_point():
            a.copy_(w)
