"""The callback that tells how a training goes: a bar on a terminal, log lines elsewhere, events to observers."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from burnish.events import EpochEnded
from burnish.progress import visible
from burnish.training.bar import TrainingBar
from burnish.training.budget import Clock
from burnish.training.divergence import Divergence
from burnish.training.selection import Selection

_log = logging.getLogger("burnish.training")

_REFRESH = 0.25
"""Seconds between updates of the bar; each waits for the device."""

_LINE = 30.0
"""Seconds between log lines where there is no bar."""


class Reporting(Callback):
    """Shows loss, PSNR, rate and time left; fires ``EpochEnded`` at every validation."""

    def __init__(
        self,
        clock: Clock,
        *,
        model: str,
        divergence: Divergence,
        selection: Selection | None,
        every: int,
        quiet: bool,
        notify: Callable[[str, Any], Any],
    ) -> None:
        self._clock = clock
        self._model = model
        self._divergence = divergence
        self._selection = selection
        self._every = every
        self._quiet = quiet
        self._notify = notify
        self._bar: TrainingBar | None = None
        self._shown = 0.0
        self._began = (0, 0.0)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar, in the first process."""
        self._began = (self._clock.step, time.monotonic())
        self._shown = time.monotonic()
        if trainer.is_global_zero and visible(self._quiet):
            self._bar = TrainingBar()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Show where it is, now and then."""
        now = time.monotonic()
        if trainer.is_global_zero and now - self._shown > (_REFRESH if self._bar else _LINE):
            self._shown = now
            loss = float(outputs["loss"] if isinstance(outputs, dict) else outputs)
            if self._bar:
                self._bar.show(self._clock.fraction, self._words(loss))
            elif not self._quiet:
                _log.info(self._words(loss))
        if self._selection is None and (self._clock.step % self._every == 0 or self._clock.ended):
            self._tell(trainer, math.nan)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tell what the validation gave."""
        if self._selection is not None and not trainer.sanity_checking:
            self._tell(trainer, self._selection.figures[-1])

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Close the bar."""
        self._close()

    def _tell(self, trainer: Trainer, figure: float) -> None:
        loss = self._divergence.mean()
        if not trainer.is_global_zero:
            return
        if not self._bar and not self._quiet:
            _log.info(self._words(loss))
        self._notify(
            "on_epoch_ended", EpochEnded(model=self._model, step=self._clock.step, loss=loss, validation=figure)
        )

    def _words(self, loss: float) -> str:
        steps = self._clock.step - self._began[0]
        rate = steps / max(time.monotonic() - self._began[1], 1e-9)
        total = f"/{self._clock.total_steps}" if self._clock.total_steps else ""
        figures = self._selection.figures if self._selection else []
        psnr = f"  PSNR {figures[-1]:.2f} dB" if figures else ""
        return f"step {self._clock.step}{total}  loss {loss:.5f}{psnr}  {rate:.1f} it/s"

    def _close(self) -> None:
        if self._bar:
            self._bar.close()
            self._bar = None
