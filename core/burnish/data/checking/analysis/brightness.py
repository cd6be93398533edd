"""How the brightness of a degraded picture goes with that of its clean one: a line, and how far it is from one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from burnish.data.matching import fit_brightness

Plane = NDArray[np.float32]

BINS = 16
"""Parts of equal size into which the clean picture's values are sorted, to see a curve."""
SAMPLE = 2**15
"""Pixels that are sorted, about; evenly taken."""


@dataclass(frozen=True, kw_only=True)
class Brightness:
    """``degraded ≈ factor · clean + offset``."""

    factor: float
    offset: float
    """In [0, 1]."""
    change: float
    """Root mean square of ``factor · clean + offset − clean`` over the pixels, in [0, 1]: how much it matters."""
    curve: float
    """Root mean square distance of the mean curve from that line, in [0, 1]; large where a curve (gamma) lies between
    the two."""

    @property
    def target_factor(self) -> float:
        """The a of ``clean = a · degraded + b``."""
        return 1.0 / self.factor if self.factor else 0.0


def fit(clean: Plane, degraded: Plane) -> Brightness:
    """The line by ``fit_brightness``, and the distance from it.

    Args:
        clean: H,W.
        degraded: H,W, in register with it.
    """
    x, y = clean.astype(np.float64).ravel(), degraded.astype(np.float64).ravel()
    factor, offset = fit_brightness(degraded[None], clean[None])
    left_over = y - factor * x - offset
    some = slice(None, None, max(1, x.size // SAMPLE))
    order = np.argsort(x[some], kind="stable")
    means = np.array([part.mean() for part in np.array_split(left_over[some][order], BINS)])
    noise = float(left_over.var()) * BINS / order.size  # what the means of so many pixels vary by chance
    return Brightness(
        factor=factor,
        offset=offset,
        change=float(np.sqrt(np.mean(np.square((factor - 1.0) * x + offset)))),
        curve=float(np.sqrt(max(0.0, float(np.mean(np.square(means))) - noise))),
    )


def likeness(clean: Plane, degraded: Plane) -> float:
    """Pearson's correlation of two pictures of one size, −1..1; 0 where one is constant."""
    x, y = clean.astype(np.float64) - clean.mean(), degraded.astype(np.float64) - degraded.mean()
    size = float(np.sqrt(np.square(x).sum() * np.square(y).sum()))
    return float((x * y).sum()) / size if size > 1e-12 else 0.0
