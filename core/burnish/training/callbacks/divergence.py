"""The callback that watches the loss: its mean for reports, and the end of a training whose loss is not finite."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.types import STEP_OUTPUT
from torch import Tensor

from burnish.errors import TrainingError
from burnish.training.budget import Clock
from burnish.training.checkpoint import keys
from burnish.training.sharing import members, total

TOLERATED = 5
"""Consecutive steps with a loss that is not a finite number after which a training has diverged."""

_INTERVAL = 16
"""On a GPU the loss is looked at once in so many steps, since looking waits for the device."""


def loss_of(outputs: STEP_OUTPUT) -> torch.Tensor:
    """The loss that a learner's step returned: a scalar, or a mapping with ``loss``."""
    loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
    assert loss is not None
    return loss.detach()


class Divergence(Callback):
    """Ends a training that diverged.

    With validated weights at hand it ends early and the best of them become the bundle: whether they are any good is
    for the gates to say. Without, there is nothing to keep.
    """

    def __init__(self, clock: Clock, *, validated: bool) -> None:
        self._clock = clock
        self._validated = validated
        self._bad = torch.zeros((), dtype=torch.int64)
        self._sum = torch.zeros((), dtype=torch.float64)
        self._count = 0
        self.diverged_at = -1
        """First of the steps whose loss was not finite; −1: did not diverge."""

    @property
    def state_key(self) -> str:
        """Where checkpoints keep its state."""
        return keys.DIVERGENCE

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: STEP_OUTPUT, batch: object, batch_idx: int
    ) -> None:
        """Add up the loss; end when it has been no number for too long."""
        loss = loss_of(outputs)
        self._bad = torch.where(torch.isfinite(loss), 0, self._bad.to(loss.device) + 1)
        self._sum = self._sum.to(loss.device) + loss.double()
        self._count += 1
        if loss.device.type == "cpu" or self._clock.step % _INTERVAL == 0 or self._clock.ended:
            self._judge(trainer, int(_worst(trainer, self._bad)))

    def mean(self) -> float:
        """Mean loss over all processes since the last call, which all must make; NaN where there was no step."""
        self._agree()
        mean = float(self._sum) / self._count if self._count else math.nan
        self._sum, self._count = torch.zeros((), dtype=torch.float64), 0
        return mean

    def state_dict(self) -> dict[str, object]:
        """The counts, the same in all processes; all must ask."""
        self._agree()
        return {
            "bad": int(self._bad),
            "sum": float(self._sum),
            "count": self._count,
            "diverged_at": self.diverged_at,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the counts."""
        self._bad = torch.tensor(int(state_dict["bad"]))
        self._sum = torch.tensor(float(state_dict["sum"]), dtype=torch.float64)
        self._count = int(state_dict["count"])
        self.diverged_at = int(state_dict["diverged_at"])

    def _agree(self) -> None:
        """Put the mean over the processes in place of this one's sum."""
        processes = members()[1]
        if processes > 1 and self._count:
            self._sum = total(self._sum) / processes

    def _judge(self, trainer: Trainer, bad: int) -> None:
        if bad < TOLERATED:
            return
        self.diverged_at = self._clock.step - bad + 1
        if not self._validated:
            raise TrainingError(
                f"the loss is not finite since step {self.diverged_at}; lower training.learning_rate, or add "
                "a validation folder, which keeps the best weights before that step"
            )
        self._clock.ended = "diverged"
        trainer.should_stop = True


def _worst(trainer: Trainer, bad: Tensor) -> Tensor:
    """The largest count over all processes, so that all end together."""
    if trainer.world_size == 1:
        return bad
    everyone: Tensor = trainer.strategy.all_gather(bad)
    return everyone.max()
