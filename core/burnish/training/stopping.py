"""The callback by which processes that train together end together, at the same step, when one is told to terminate."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import signal
import threading
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.exceptions import SIGTERMException

from burnish.training.budget import Clock

_INTERVAL = 16
"""On GPUs the processes ask one another once in so many steps, since asking waits for the devices."""


class Stopping(Callback):
    """Replaces Lightning's handling of SIGTERM, which talks to the other processes amid whatever they are doing.

    Must come last: by then the step is whole. Where a validation follows it waits for the next step, so that what is
    saved then goes on exactly.
    """

    def __init__(self, clock: Clock, *, validate_every: int) -> None:
        self._clock = clock
        self._validate_every = validate_every
        self._told = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note SIGTERM, and do nothing else; Lightning puts back what was there before it."""
        if trainer.world_size > 1 and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._note)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Ask whether anyone was told to; then all leave as Lightning leaves."""
        step = self._clock.step
        if trainer.world_size == 1 or trainer.should_stop or step % self._validate_every == 0:
            return
        device = trainer.strategy.root_device
        if device.type != "cpu" and step % _INTERVAL:
            return
        told = torch.tensor(int(self._told), device=device)
        if int(trainer.strategy.reduce(told, reduce_op="sum")):
            raise SIGTERMException

    def _note(self, *_: Any) -> None:
        self._told = True
