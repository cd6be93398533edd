"""The callback that writes checkpoints, and the plug through which Lightning writes and reads them."""
# ruff: noqa: TID253  (imported only when a training starts)

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.exceptions import SIGTERMException

from burnish.training.budget import Clock
from burnish.training.checkpoint import keys
from burnish.training.checkpoint.files import read_checkpoint, write_checkpoint


class AtomicCheckpoints(CheckpointIO):
    """Writes ``folder/step-<number>`` under the name with its digest; reads tensors and plain values only."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: object = None) -> None:
        """Write whole or not at all."""
        file = Path(path)
        number = re.fullmatch(r"step-(\d+)", file.name)
        assert number is not None
        write_checkpoint(checkpoint, file.parent, step=int(number[1]))

    def load_checkpoint(
        self, path: str | Path, map_location: object = None, weights_only: bool | None = None
    ) -> dict[str, Any]:
        """Read and verify."""
        return dict(read_checkpoint(Path(path)))

    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove one file."""
        Path(path).unlink(missing_ok=True)


class Checkpoints(Callback):
    """Saves every so many steps and at the end; after the validation where a step has both.

    Carries the facts by which a later process knows its own training again, and on which machines it ran.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        folder: Path,
        every: int,
        validate_every: int,
        facts: Mapping[str, object],
        machines: Sequence[Mapping[str, object]],
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._every = every
        self._validate_every = validate_every
        self._facts = facts
        self._machines = machines
        self._saved = -1

    @property
    def state_key(self) -> str:
        """Where checkpoints keep its state."""
        return keys.CHECKPOINTS

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: object, batch_idx: int
    ) -> None:
        """Save, unless a validation follows."""
        validates = trainer.enable_validation and (trainer.should_stop or self._clock.step % self._validate_every == 0)
        if not validates:
            self._save(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save what the validation put off."""
        if not trainer.sanity_checking:
            self._save(trainer)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Save when told to terminate, which Lightning obeys after a step or amid a validation.

        Amid a validation the module holds the average, and after any other exception a step may be half done: then the
        last checkpoint stays the last.
        """
        if isinstance(exception, SIGTERMException) and trainer.training and self._clock.step:
            self._save(trainer, due=True)

    def state_dict(self) -> dict[str, object]:
        """The facts about this training."""
        return {"facts": self._facts, "machines": [dict(machine) for machine in self._machines]}

    def _save(self, trainer: Trainer, *, due: bool = False) -> None:
        step = self._clock.step
        due = due or step % self._every == 0 or bool(self._clock.ended)
        if due and step != self._saved:
            trainer.save_checkpoint(self._folder / f"step-{step}")
            self._saved = step
