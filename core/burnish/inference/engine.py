"""What an engine is: something that computes a restorer's network for one piece of a picture."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from burnish.inference.conditions import Conditions
from burnish.restorer.restorer import Restorer


class Engine(Protocol):
    """Computes the estimate of one piece."""

    @property
    def name(self) -> str:
        """As a caller names it, one of ``restorer.options.ENGINES``."""

    @property
    def precision(self) -> str:
        """``fp32`` or ``bf16``."""

    def __call__(self, loaded: Restorer, piece: Tensor, told: Conditions) -> object:
        """What the restorer gives for a piece N,C,H,W (or N,T,C,H,W) on its device, with these conditions."""


class UnfitError(Exception):
    """An engine cannot compute this restorer; the message says why."""
