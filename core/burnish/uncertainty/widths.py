"""Half-widths below and above an estimate, before they are scaled: how much each of its values may be off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from burnish.errors import UsageError
from burnish.restorer.restorer import Restorer
from burnish.uncertainty.head import Head

LEAST = 1e-3
"""The least half-width, a quarter of a level of 8 bits, so that no interval is empty."""
VARIANTS = ((), (-1,), (-2,), (-2, -1))
"""The axes along which variants of a picture are flipped."""
SPATIAL = frozenset({"kernel", "mask", "saturated", "flow"})
"""Conditions that would have to be flipped with the picture."""

Again = Callable[[Tensor], Tensor]
"""Restores another picture under the same conditions."""


class Width(Protocol):
    """Degraded pictures and their estimates → half-widths below and above, of the estimate's shape.

    Pictures are N,C,H,W and N,C,sH,sW, bursts N,T,C,H,W and N,C,sH,sW, clips N,T,C,H,W and N,T,C,sH,sW.
    """

    def __call__(self, degraded: Tensor, estimate: Tensor, again: Again) -> tuple[Tensor, Tensor]:
        """Both in the range of pictures."""


def constant(degraded: Tensor, estimate: Tensor, again: Again) -> tuple[Tensor, Tensor]:
    """The same everywhere."""
    one = torch.full_like(estimate, 1.0)
    return one, one


def augmentations(degraded: Tensor, estimate: Tensor, again: Again) -> tuple[Tensor, Tensor]:
    """The deviation among the estimates of the picture flipped in four ways, averaged over 5×5 pixels."""
    made = [estimate, *(again(degraded.flip(axes)).flip(axes) for axes in VARIANTS[1:])]
    spread = torch.stack(made).std(dim=0, correction=0)
    width = functional.avg_pool2d(spread.flatten(0, -4), 5, 1, 2, count_include_pad=False).clamp(min=LEAST)
    width = width.reshape(estimate.shape)
    return width, width


class Learned:
    """What a second head learned of the estimate's errors."""

    def __init__(self, head: Head) -> None:
        self.head = head

    def __call__(self, degraded: Tensor, estimate: Tensor, again: Again) -> tuple[Tensor, Tensor]:
        """As ``Width``."""
        below, above = self.head.of_picture(degraded, estimate)
        return below.clamp(min=LEAST), above.clamp(min=LEAST)


def refuse_unfit(kind: str, loaded: Restorer) -> None:
    """Refuse a width that a restorer cannot have.

    Raises:
        UsageError: Says why, and which it can.
    """
    if kind == "augmentations" and loaded.spec.temporal == "video":
        raise UsageError(f"{loaded.subject} takes clips, of which four variants would be held at a time; use the head")
    if kind == "augmentations" and (told := sorted(loaded.spec.needs & SPATIAL)):
        raise UsageError(f"{loaded.subject} needs {', '.join(told)}, which is not flipped with pictures; use the head")
