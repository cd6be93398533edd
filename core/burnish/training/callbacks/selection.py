"""The callback that keeps the best weights by mean validation PSNR (ties: the later), and stops after ``patience``.

Where a learner's figure does not say which weights are better, it keeps the last ones.
"""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.types import STEP_OUTPUT
from torch import Tensor, nn

from burnish.training.budget import Clock
from burnish.training.checkpoint import keys

if TYPE_CHECKING:
    from burnish.training.learner import Batch


def stale(figures: Sequence[float]) -> int:
    """How many figures follow the first occurrence of the highest one: validations without improvement."""
    finite = [figure if math.isfinite(figure) else -math.inf for figure in figures]
    return len(finite) - 1 - finite.index(max(finite)) if finite else 0


class Selection(Callback):
    """Collects the validations and keeps the best weights, those of the average where there is one.

    Must come before the averaging callback, which takes the average out of the module again. The initial weights are
    validated too, and kept for a training that diverges before its first validation; they never beat later ones.
    """

    def __init__(self, clock: Clock, *, pictures: int, patience: int, ranked: bool = True) -> None:
        self._clock = clock
        self._ranked = ranked
        self._patience = patience
        self._scores = torch.full((pictures,), 0.0, dtype=torch.float64)
        self.steps: list[int] = []
        """Steps at which there was a validation."""
        self.figures: list[float] = []
        """Mean PSNR in dB of each; NaN where an estimate was none."""
        self.initial = math.nan
        """The same of the initial weights."""
        self.best_step = -1
        """Step of the kept weights; 0: the initial ones, −1: none."""
        self.best = math.nan
        """Their figure."""
        self.weights: dict[str, Tensor] = {}
        """The kept weights, on the CPU."""

    @property
    def state_key(self) -> str:
        """Where checkpoints keep its state."""
        return keys.SELECTION

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forget the last validation's scores."""
        self._scores = torch.zeros_like(self._scores, device=pl_module.device)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: STEP_OUTPUT,
        batch: object,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Note the score of one of this process's pictures; one that has none looks at another's in vain."""
        index = int(cast("Batch", batch)[0])
        if index % trainer.world_size == trainer.global_rank:
            self._scores[index] = torch.as_tensor(outputs)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare with the best so far."""
        figure = float(trainer.strategy.reduce(self._scores, reduce_op="sum").mean())
        if trainer.sanity_checking:
            self.initial = figure
            self._keep(pl_module, 0, figure)
            return
        if self.steps and self.steps[-1] == self._clock.step:
            return
        self.steps.append(self._clock.step)
        self.figures.append(figure)
        if math.isfinite(figure) and (not self._ranked or self.best_step <= 0 or figure >= self.best):
            self._keep(pl_module, self._clock.step, figure)
        if self._patience and stale(self.figures) >= self._patience:
            self._clock.end("patience")
            trainer.should_stop = True

    def state_dict(self) -> dict[str, object]:
        """All that was collected."""
        return {
            "steps": list(self.steps),
            "figures": list(self.figures),
            "initial": self.initial,
            "best_step": self.best_step,
            "best": self.best,
            "weights": dict(self.weights),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what was collected."""
        self.steps = list(state_dict["steps"])
        self.figures = list(state_dict["figures"])
        self.initial = float(state_dict["initial"])
        self.best_step = int(state_dict["best_step"])
        self.best = float(state_dict["best"])
        self.weights = dict(state_dict["weights"])

    def _keep(self, pl_module: LightningModule, step: int, figure: float) -> None:
        restorer = pl_module.restorer
        assert isinstance(restorer, nn.Module)
        state = restorer.state_dict()
        self.weights = {name: value.detach().to("cpu", copy=True) for name, value in state.items()}
        self.best_step, self.best = step, figure
