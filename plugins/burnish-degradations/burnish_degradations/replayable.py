"""The base of all degraders here: parameters are drawn first, as JSON values, then applied."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from burnish.errors import DataError
from burnish.protocols import Degrader, Observation
from torch import Tensor

from burnish_degradations.drawing import seeded

Parameters = Mapping[str, Any]
"""Everything random in one observation, as JSON values."""


class Replayable(ABC):
    """A degrader whose only randomness is in ``draw``; a replay calls ``apply`` again."""

    @abstractmethod
    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> dict[str, Any]:
        """Draw the parameters for a batch of ``shape`` (N,C,H,W) from a CPU generator."""

    @abstractmethod
    def apply(self, clean: Tensor, parameters: Parameters) -> Observation:
        """Degrade ``clean`` (N,C,H,W in [0, 1]) with these parameters, on its device."""

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        """Degrade ``clean`` (N,C,H,W in [0, 1]); every random number comes from ``generator``."""
        return self.apply(clean, self.draw(tuple(clean.shape), generator))

    def replay(self, clean: Tensor, parameters: Parameters) -> Observation:
        """Degrade ``clean`` exactly as the call that recorded ``parameters`` did."""
        return self.apply(clean, parameters)


def degrade_as_drawn(degrader: Degrader, clean: Tensor, drawn: Parameters) -> Observation:
    """For degraders that call others: with the ``parameters`` that ``drawn`` records, else from its ``seed``."""
    if "parameters" in drawn:
        return degrader.replay(clean, drawn["parameters"])
    return degrader(clean, seeded(drawn["seed"]))


class ReplayableOfClips(Replayable):
    """The same for clips: N,T,C,H,W instead of N,C,H,W."""

    def __call__(self, clean: Tensor, generator: torch.Generator) -> Observation:
        """Degrade ``clean`` (N,T,C,H,W in [0, 1]); every random number comes from ``generator``."""
        return super().__call__(_clips(clean), generator)

    def replay(self, clean: Tensor, parameters: Parameters) -> Observation:
        """Degrade ``clean`` exactly as the call that recorded ``parameters`` did."""
        return super().replay(_clips(clean), parameters)


def _clips(clean: Tensor) -> Tensor:
    if clean.ndim != 5:
        shape = "×".join(map(str, clean.shape))
        raise DataError(f"a degrader of clips received {shape} instead of N×T×C×H×W; give it clips, not pictures")
    return clean
