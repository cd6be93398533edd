"""The callback that reports progress: a bar on a terminal, log lines elsewhere, events to observers."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import logging
import math
import time

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.types import STEP_OUTPUT

from burnish.console.progress import Cadence, span, visible
from burnish.events import EpochEnded, Notify, TrainingProgressed
from burnish.training.budget import Clock
from burnish.training.callbacks.bar import TrainingBar
from burnish.training.callbacks.divergence import Divergence, loss_of
from burnish.training.callbacks.selection import Selection

_log = logging.getLogger("burnish.training")

_REFRESH = 0.25
"""Seconds between updates of the bar; each waits for the device."""


class Reporting(Callback):
    """Shows loss, PSNR, rate and time left; fires ``TrainingProgressed`` now and then, ``EpochEnded`` at validations.

    Nothing here changes what is trained: it reads, in the first process alone, save for the mean loss at a validation.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        model: str,
        divergence: Divergence,
        selection: Selection | None,
        every: int,
        quiet: bool,
        notify: Notify,
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
        self._speed = Speed(clock)
        self._loss: tuple[float | torch.Tensor, int] = (0.0, 0)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar, in the first process; the validation of the initial weights comes before the first step."""
        if trainer.is_global_zero and visible(self._quiet):
            self._bar = TrainingBar()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to measure."""
        self._speed = Speed(self._clock)
        self._lines = Cadence()
        self._events = Cadence(longest=30.0, growth=0.1)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: STEP_OUTPUT, batch: object, batch_idx: int
    ) -> None:
        """Show where it is, now and then."""
        if trainer.is_global_zero:
            loss = loss_of(outputs)
            self._loss = (self._loss[0] + loss.double(), self._loss[1] + 1)
            self._show(loss)
            if self._events.due() or self._clock.ended:
                self._progressed(trainer)
        if self._selection is None and (self._clock.step % self._every == 0 or self._clock.ended):
            self._tell(trainer, math.nan)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the result of the validation."""
        if self._selection is not None and not trainer.sanity_checking:
            self._tell(trainer, self._selection.figures[-1])

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Close the bar."""
        self._close()

    def _show(self, loss: torch.Tensor) -> None:
        now = time.monotonic()
        if self._bar:
            if now - self._shown > _REFRESH:
                self._shown = now
                self._bar.show(self._clock.fraction, self._words(float(loss)))
        elif not self._quiet and self._lines.due():
            self._line(float(loss))

    def _progressed(self, trainer: Trainer) -> None:
        (total, count), self._loss = self._loss, (0.0, 0)
        groups = [group for optimizer in trainer.optimizers for group in optimizer.param_groups]
        event = TrainingProgressed(
            model=self._model,
            step=self._clock.step,
            total_steps=self._clock.total_steps or 0,
            fraction=self._clock.fraction,
            loss=float(total) / count,
            learning_rate=float(groups[0]["lr"]) if groups else math.nan,
            steps_per_second=self._speed.since_last(),
            seconds_left=self._speed.seconds_left(),
        )
        self._notify("on_training_progressed", event)

    def _tell(self, trainer: Trainer, figure: float) -> None:
        loss = self._divergence.mean()
        if not trainer.is_global_zero:
            return
        if not self._bar and not self._quiet:
            self._lines.told()
            self._line(loss)
        self._notify(
            "on_epoch_ended", EpochEnded(model=self._model, step=self._clock.step, loss=loss, validation=figure)
        )

    def _line(self, loss: float) -> None:
        _log.info("%s  time left %s", self._words(loss), span(self._speed.seconds_left()))

    def _words(self, loss: float) -> str:
        total = f"/{self._clock.total_steps}" if self._clock.total_steps else ""
        figures = self._selection.figures if self._selection else []
        psnr = f"  PSNR {figures[-1]:.2f} dB" if figures else ""
        return f"step {self._clock.step}{total}  loss {loss:.5f}{psnr}  {self._speed.mean():.1f} steps/s"

    def _close(self) -> None:
        if self._bar:
            self._bar.close()
            self._bar = None


class Speed:
    """How fast the budget is used up, since this process began to train."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = self._last = (clock.step, time.monotonic())
        self._fraction = clock.fraction

    def mean(self) -> float:
        """Steps a second since the beginning."""
        return self._since(self._began)

    def since_last(self) -> float:
        """Steps a second since the last call."""
        rate, self._last = self._since(self._last), (self._clock.step, time.monotonic())
        return rate

    def seconds_left(self) -> float:
        """Seconds until the budget is used up, at the mean speed; NaN where none of it was."""
        used = self._clock.fraction - self._fraction
        return (time.monotonic() - self._began[1]) * (1 - self._clock.fraction) / used if used > 0 else math.nan

    def _since(self, then: tuple[int, float]) -> float:
        return (self._clock.step - then[0]) / max(time.monotonic() - then[1], 1e-9)
