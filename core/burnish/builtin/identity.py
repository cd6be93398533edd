"""Identity: the zero of every comparison and the proof that nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Identity:
    """Returns what it is given: N,C,H,W or N,T,C,H,W, any number of channels, any range."""

    receptive_field = 1
    """One output pixel depends on one input pixel."""

    def __call__(self, degraded: Tensor, **conditions: object) -> Tensor:
        """Return ``degraded`` itself."""
        return degraded
