"""The callback that ends an interrupted training after a whole, saved step, in all its processes alike."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import signal
import threading
import time

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.exceptions import SIGTERMException

from burnish.console import interruption
from burnish.console.interruption import SIGNALS
from burnish.training.budget import Clock

_INTERVAL = 16
"""On GPUs the processes ask one another once in so many steps, since asking waits for the devices."""

GRACE = 2.0
"""Seconds that a step may take to its end; then it is given up, and the last checkpoint stays the last."""


class Stopping(Callback):
    """Replaces Lightning's handling of signals, which acts in the middle of a step.

    Must come last: by then the step is whole. Where a validation follows it waits for the next step, so that what is
    saved then goes on exactly. Afterwards ``deliver`` passes the signal on to who handled it before the training.
    """

    def __init__(self, clock: Clock, *, validate_every: int) -> None:
        self._clock = clock
        self._validate_every = validate_every
        self._told = 0
        self._when = 0.0
        self._late = False
        self._timer: threading.Timer | None = None
        self._here = threading.current_thread() is threading.main_thread()
        self._before = {number: signal.getsignal(number) for number in SIGNALS} if self._here else {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note signals, and do nothing else; Lightning puts back what was there before it."""
        alone = trainer.world_size == 1
        for number, handler in self._before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, self._note_alone if alone else self._note)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        """Ask whether anyone was told to; then all leave as Lightning leaves."""
        step = self._clock.step
        if trainer.should_stop or (trainer.enable_validation and step % self._validate_every == 0):
            return
        if trainer.world_size == 1:
            if self._told or (interruption.number() and not self._here):
                self._cancel()  # the step is whole; saving it may take its time
                raise SIGTERMException
            return
        device = trainer.strategy.root_device
        if device.type != "cpu" and step % _INTERVAL:
            return
        told = torch.tensor(int(self._told > 0), device=device)
        if int(trainer.strategy.reduce(told, reduce_op="sum")):
            raise SIGTERMException

    def put_back(self) -> None:
        """Let those handle signals who did so before; Lightning does it only where it ends in order."""
        self._cancel()
        for number, handler in self._before.items():
            if handler is not None:
                signal.signal(number, handler)

    def deliver(self) -> None:
        """Pass the signal on, if one came: it is raised, unless nobody but the system handled it."""
        self._cancel()
        handler = self._before.get(self._told) if self._told else None
        if callable(handler):
            handler(self._told, None)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _note(self, number: int, frame: object) -> None:
        self._told = self._told or number

    def _note_alone(self, number: int, frame: object) -> None:
        """The first time wait for the end of the step, for a while; the second time give it up.

        A terminal and its shell may say the same, one right after the other.
        """
        if self._told:
            if self._late or time.monotonic() - self._when > interruption.APART:
                self.deliver()
                raise KeyboardInterrupt
            return
        self._told, self._when = number, time.monotonic()
        main = threading.main_thread().ident
        assert main is not None
        self._timer = threading.Timer(GRACE, self._give_up, (main, number))
        self._timer.daemon = True
        self._timer.start()

    def _give_up(self, main: int, number: int) -> None:
        self._late = True
        signal.pthread_kill(main, number)
