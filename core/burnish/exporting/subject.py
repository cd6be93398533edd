"""What is exported: a restorer's network, recorded, and the pictures on which its file is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from burnish.errors import UsageError
from burnish.inference.calling import call
from burnish.inference.eager import FP32
from burnish.inference.engine import UnfitError
from burnish.inference.engines.exporting import ESTIMATE, PICTURE, Program, recorded
from burnish.inference.sample import sample
from burnish.restorer.restorer import Restorer

LEAST = 32
"""Pixels of the smallest side that a file is promised to be right for, unless the network needs more."""
BEYOND = ((0, 8), (32, 16), (40, 72))
"""Height and width, in pixels beyond the smallest side, of the pictures on which it is tried."""
BATCHES = (1, 3)
"""How many pictures at once it is tried on, where it takes any number."""
FRAMES = 5
"""Of bursts and clips, where neither the caller nor the training tells."""

Arrays = Mapping[str, NDArray[np.float32]]
"""The values of inputs and output by name."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network, recorded for one kind of pictures."""

    loaded: Restorer
    frames: int
    """Of a burst or clip; 0: it takes single pictures."""
    program: Program
    free_batch: bool
    """Whether it takes any number of pictures at once; else one."""

    @property
    def sides(self) -> tuple[int, int]:
        """The least and the largest side in pixels that it is right for."""
        return self.loaded.fitting(max(self.program.sides[0], LEAST)), self.program.sides[1]

    def sizes(self) -> list[tuple[int, int]]:
        """Heights and widths on which it is tried: the smallest, and larger ones."""
        least, largest = self.sides
        fitting = self.loaded.fitting
        return [
            (fitting(least + down), fitting(least + right))
            for down, right in BEYOND
            if max(fitting(least + down), fitting(least + right)) <= largest
        ]

    @cached_property
    def trials(self) -> list[tuple[Arrays, NDArray[np.float32]]]:
        """Inputs of every size and number, each with the estimate of torch in float32."""
        batches = BATCHES if self.free_batch else BATCHES[:1]
        return [self._trial(batch, *size) for size in self.sizes() for batch in batches]

    @property
    def overlap(self) -> int | None:
        """Pixels that a tile needs on every side of what is kept of it, to fit exactly; None: no number suffices."""
        field, multiple = self.loaded.receptive_field, self.loaded.size_multiple
        if field is None or self.loaded.tiling != "overlap":
            return None
        return -(-(field // 2) // multiple) * multiple

    def tensors(self, height: int, width: int) -> Arrays:
        """One picture, its conditions and its estimate, for who wants to try the file."""
        inputs, estimate = self._trial(1, height, width)
        return {**inputs, ESTIMATE: estimate}

    def _trial(self, batch: int, height: int, width: int) -> tuple[Arrays, NDArray[np.float32]]:
        picture, told = sample(self.loaded, self.frames, batch, height, width)
        estimate = call(self.loaded, picture, told, FP32).contiguous().numpy()
        tensors = {PICTURE: picture} | {name: value for name, value in told.items() if isinstance(value, Tensor)}
        return {name: value.contiguous().numpy() for name, value in tensors.items()}, estimate


def subject(loaded: Restorer, frames: int, *, free_batch: bool) -> Subject:
    """Record the network.

    Args:
        loaded: A restorer on the CPU.
        frames: Of the bursts or clips that it will take; 0: as many as it was trained with.
        free_batch: For any number of pictures at once.

    Raises:
        UnfitError: It cannot be recorded so.
    """
    count = _frames(loaded, frames)
    picture, told = sample(loaded, count, 1, LEAST, LEAST)
    program = recorded(loaded, picture, told, free_batch=free_batch)
    made = Subject(loaded=loaded, frames=count, program=program, free_batch=free_batch)
    if free_batch and program.shape(PICTURE)[0] is not None:
        raise UnfitError("it takes a fixed number of pictures")
    if program.sides[0] > program.sides[1] or not made.sizes():
        raise UnfitError("it takes pictures of one size only")
    return made


def _frames(loaded: Restorer, asked: int) -> int:
    if loaded.spec.temporal == "single":
        if asked:
            raise UsageError(f"{loaded.subject} takes single pictures; leave the number of frames out")
        return 0
    facts = loaded.bundle.training.get("facts", {}) if loaded.bundle else {}
    told = facts.get("training", {}).get("frames"), facts.get("degrader", {}).get("config", {}).get("frames")
    trained = max((count for count in told if isinstance(count, int)), default=1)
    count = asked or (trained if trained > 1 else FRAMES)
    return min(count, loaded.window) if loaded.window and not asked else count
