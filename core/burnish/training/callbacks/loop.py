"""The callback that runs a training: counts steps and seconds, seeds every step, sets the learning rate, ends it."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import time
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from burnish.recipe.training import TrainingSettings
from burnish.training.budget import Clock
from burnish.training.checkpoint import keys
from burnish.training.optim.schedule import learning_rate_factor
from burnish.training.randomness import derive


class TrainingLoop(Callback):
    """Keeps the clock; must be the first callback, since the others read it."""

    def __init__(self, clock: Clock, settings: TrainingSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._origin = 0.0

    @property
    def state_key(self) -> str:
        """Where checkpoints keep its state."""
        return keys.LOOP

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start counting seconds, after those of earlier parts."""
        self._origin = time.monotonic() - self._clock.seconds

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: object, batch_idx: int) -> None:
        """Seed torch for this step (dropout), and set the learning rate of this step."""
        clock, settings = self._clock, self._settings
        torch.manual_seed(derive(settings.seed, "step", clock.step, trainer.global_rank))
        if trainer.lr_scheduler_configs:
            return
        factor = learning_rate_factor(
            settings.schedule, step=clock.step, fraction=clock.fraction, warmup_steps=settings.warmup_steps
        )
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group.setdefault("initial_lr", group["lr"]) * factor

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        """Count the step; end the training when the budget is used up."""
        self._clock.step += 1
        self._clock.seconds = self._now(trainer)
        if self._clock.exhausted:
            self._clock.end("budget")
            trainer.should_stop = True

    def state_dict(self) -> dict[str, object]:
        """Steps, seconds, reason of the end."""
        return {"step": self._clock.step, "seconds": self._clock.seconds, "ended": self._clock.ended}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Set the clock to where the checkpoint was."""
        self._clock.step = int(state_dict["step"])
        self._clock.seconds = float(state_dict["seconds"])
        self._clock.ended = str(state_dict["ended"])

    def _now(self, trainer: Trainer) -> float:
        """Seconds so far; under a budget in minutes all processes take those of the first, so that all end together."""
        seconds = time.monotonic() - self._origin
        if trainer.world_size > 1 and self._clock.total_seconds is not None:
            return float(trainer.strategy.broadcast(seconds))
        return seconds
