"""How far a kernel that was found can be trusted, from the blurred picture alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

LEAST_RADIUS = 1.0
"""Radius in pixels below which a kernel is that of a sharp lens or of a picture's own texture."""
MOST_OUTSIDE = 0.015
"""Share of the restored pixels that may lie outside [0, 1]."""
MOST_RINGING = 0.2
"""Overshoot of natural pictures; the right kernel leaves up to 0.1."""
MOST_RINGING_OF_TEXT = 0.6
"""Of text, whose thin strokes are far below their tone in the blurred picture."""
LEAST_AGREEMENT = 0.68
"""Likeness of the kernels of starts that explain the picture about as well."""
TEXT = 0.6
"""From this share of two-toned pixels on, a picture counts as text."""
TOLERATED = 0.02
"""So far outside [0, 1] a value may lie and count as inside."""


@dataclass(frozen=True, kw_only=True)
class Confidence:
    """What speaks for and against a kernel."""

    gain: float
    """Evidence for the kernel minus that for no blur, per derivative; infinite if too little noise is there to tell."""
    radius: float
    """Root-mean-square distance in pixels of the kernel's light from its centre of gravity; 0: no blur."""
    agreement: float
    """Least correlation with the kernels of other starts that explain the picture about as well; 1.0: none does."""
    ringing: float
    """See ``ringing``; 0: none."""
    outside: float
    """See ``outside``; 0: none."""
    text: bool
    """Whether the picture is taken for text."""

    @property
    def blurred(self) -> bool:
        """Whether the picture is blurred by more than a sharp lens does."""
        return self.gain > 0.0 and self.radius >= LEAST_RADIUS

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks against the kernel, each in a few words; none: it can be trusted."""
        most = MOST_RINGING_OF_TEXT if self.text else MOST_RINGING
        said = {
            f"starts disagree, likeness {self.agreement:.2f}": self.agreement < LEAST_AGREEMENT,
            f"the estimate rings, {self.ringing:.2f}": self.ringing > most,
            f"{self.outside:.1%} of it out of range": self.outside > MOST_OUTSIDE,
        }
        return tuple(reason for reason, holds in said.items() if holds)


def outside(restored: Tensor, clipped: Tensor) -> float:
    """Share of the pixels of H,W outside [0, 1], where ``clipped`` (H,W bool) does not say that the sensor was full."""
    beyond = (restored - restored.clamp(0.0, 1.0)).abs() > TOLERATED
    return float((beyond & ~widened(clipped)).double().mean())


def ringing(grey: Tensor, restored: Tensor, side: int) -> float:
    """How far ``restored`` leaves the range of ``grey`` within ``side`` pixels, on average, in its standard deviations.

    Blur takes means, so a scene does exceed this range, but ringing of a wrong kernel exceeds it everywhere.
    """
    above = functional.max_pool2d(grey[None, None], side, stride=1, padding=side // 2)[0, 0]
    below = -functional.max_pool2d(-grey[None, None], side, stride=1, padding=side // 2)[0, 0]
    excess = (restored - above).clamp_min(0.0) + (below - restored).clamp_min(0.0)
    return float(excess.mean() / grey.std().clamp_min(1e-6))


def radius(kernel: Tensor) -> float:
    """Root-mean-square distance in pixels from the centre of gravity of k,k."""
    place = torch.arange(kernel.shape[-1], dtype=torch.float64, device=kernel.device)
    spread = 0.0
    for axis in (0, 1):
        share = kernel.double().sum(axis)
        middle = (share * place).sum()
        spread += float((share * (place - middle).square()).sum())
    return math.sqrt(spread)


def widened(mask: Tensor, reach: int = 3) -> Tensor:
    """H,W bool, with the pixels up to ``reach`` away."""
    return largest(mask.float()[None, None], 2 * reach + 1)[0, 0] > 0


def largest(values: Tensor, side: int) -> Tensor:
    """The largest value of N,C,H,W within a square of ``side`` pixels, odd, around each."""
    for size in ((side, 1), (1, side)):
        values = functional.max_pool2d(values, size, stride=1, padding=(size[0] // 2, size[1] // 2))
    return values
