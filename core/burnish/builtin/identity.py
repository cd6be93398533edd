"""Identity: returns its input, as a reference for comparisons and for lossless reading and writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Identity:
    """Returns its input: N,C,H,W or N,T,C,H,W, any number of channels, any range."""

    receptive_field = 1
    """One output pixel depends on one input pixel."""

    def __call__(self, degraded: Tensor, **conditions: object) -> Tensor:
        """Return ``degraded`` itself."""
        return degraded
