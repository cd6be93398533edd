"""What a fit starts from: the variance of the noise at many levels of brightness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Levels:
    """One entry for each level; arrays of one length."""

    brightness: Floats
    """Mean value, [0, 1] units."""
    variance: Floats
    """Of the noise at that brightness, in squared [0, 1] units; rounding to the file's levels included."""
    count: Floats
    """The number of independent values that the variance was taken from: its own variance is 2·variance²/count."""
    clipped: Floats
    """The part of the pixels at the lower or upper end of the file's values."""

    def __len__(self) -> int:
        return len(self.brightness)

    def where(self, chosen: NDArray[np.bool_]) -> Levels:
        """Those that are chosen."""
        return Levels(**{item.name: getattr(self, item.name)[chosen] for item in fields(self)})


def joined(parts: Sequence[Levels]) -> Levels:
    """All levels of several pictures, sorted by brightness."""
    together = Levels(
        **{item.name: np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Levels)}
    )
    order = np.argsort(together.brightness, kind="stable")
    return Levels(**{item.name: getattr(together, item.name)[order] for item in fields(Levels)})


def at_limit(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 where a value is 0 or 1, the ends of an integer file's values, else 0."""
    return ((pixels <= 0.0) | (pixels >= 1.0)).astype(np.float32)
