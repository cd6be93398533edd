"""The interval of every value of an estimate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from burnish.restorer.restorer import Restorer
from burnish.uncertainty import calibration
from burnish.uncertainty.widths import Again

UNLIKE = 1.2
"""By how much a picture's intervals may be wider than those of any picture of the calibration."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Between which values the true ones lie, for the promised part of them on average over pictures."""

    low: Tensor
    """Of the estimate's shape, in [0, 1]."""
    high: Tensor
    wider: float = 0.0
    """Mean width by that of the widest picture of the calibration; above ``UNLIKE`` the picture is unlike those."""

    @property
    def width(self) -> Tensor:
        """Their distance."""
        return self.high - self.low

    def holds(self, true: Tensor) -> Tensor:
        """Which of the true values lie within."""
        return (self.low <= true) & (true <= self.high)

    @classmethod
    def about(cls, estimate: Tensor, half_widths: tuple[Tensor, Tensor], factor: float) -> Self:
        """About an estimate in [0, 1]: half-widths below and above, scaled, and clipped to that range."""
        below, above = half_widths
        return cls(low=(estimate - factor * below).clamp(min=0.0), high=(estimate + factor * above).clamp(max=1.0))


@torch.no_grad()
def interval_of(loaded: Restorer, degraded: Tensor, estimate: Tensor, coverage: float, again: Again) -> Interval:
    """The interval of every value of an estimate, by the calibration in the restorer's bundle.

    Args:
        loaded: The restorer.
        degraded: What it restored, N,C,h,w in [0, 1]; of bursts and clips N,T,C,h,w. A clip may be given frame by
            frame as well, N,C,h,w each, since a frame's interval does not depend on other frames.
        estimate: What it made of it, N,C,H,W; of clips N,T,C,H,W.
        coverage: The part of a picture's values that is promised to lie inside, in (0, 1).
        again: Restores another picture under the same conditions.

    Raises:
        UsageError, BundleError: As ``calibration.read`` and ``Calibration.factor``.
    """
    known = calibration.read(loaded)
    factor = known.factor(coverage)
    shown = estimate.clamp(0.0, 1.0)
    below, above = known.width(degraded, shown, again)
    found = Interval.about(shown, (below, above), factor)
    return replace(found, wider=float((below + above).mean() / known.spans.max()))
