"""How much each pixel contributes to a number: gradients, integrated along a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from burnish.explaining.paths import Path

STEPS = 50
"""Places of a path at which the gradient is taken."""
MOST = 0.99
"""The part of a map that lies within its margin."""

Detect = Callable[[Tensor], Tensor]
"""1,C,h,w or 1,T,C,h,w → one number, of shape 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """A map of contributions to the number that a detector finds."""

    values: NDArray[np.float32]
    """H,W, of bursts and clips T,H,W: the sum over the channels; positive: it raises the number."""
    below: tuple[int, int, int, int]
    """Left, top, width and height of the input's pixels below the box, in the map."""
    whole: int
    """Pixels of the whole picture (of all frames), outside of which the map is taken as 0."""
    total: float
    """The sum of the map, over channels too."""
    difference: float
    """The number for the picture minus that for the baseline, which the sum of integrated gradients approaches."""

    @cached_property
    def pixels(self) -> float:
        """How many pixels contribute: n (1 − G) with the Gini coefficient G of |values|; whatever the picture's size.

        As many pixels, each with the same share and all others with none, have the same G.
        """
        flat = np.sort(np.abs(self.values.astype(np.float64)), axis=None)
        if not flat.size or not flat[-1]:
            return 0.0
        count = len(flat)
        gini = float(((2 * np.arange(1, count + 1) - count - 1) * flat).sum() / (count * flat.sum()))
        return count * (1.0 - gini)

    @cached_property
    def margin(self) -> int:
        """Pixels around the box within which ``MOST`` of Σ |values| lies."""
        strength = np.abs(self.values.astype(np.float64)).reshape(-1, *self.values.shape[-2:]).sum(axis=0)
        left, top, across, along = self.below
        rows, columns = (np.arange(side) for side in strength.shape)
        down = np.maximum(np.maximum(top - rows, rows - (top + along - 1)), 0)
        right = np.maximum(np.maximum(left - columns, columns - (left + across - 1)), 0)
        sums = np.bincount(np.maximum(down[:, None], right).ravel(), weights=strength.ravel()).cumsum()
        return int(np.searchsorted(sums, MOST * sums[-1])) if sums[-1] else 0

    @property
    def diffusion_index(self) -> float:
        """100 (1 − G), with G over the whole picture (Gu and Dong 2021): of one picture, larger means more pixels."""
        return 100.0 * self.pixels / self.whole

    @property
    def frames(self) -> list[float]:
        """The share of each frame in the sum of |values|; empty for single pictures."""
        if self.values.ndim == 2:
            return []
        sums = np.abs(self.values.astype(np.float64)).sum(axis=(1, 2))
        return [float(one) for one in sums / max(float(sums.sum()), 1e-300)]


def quadrature(steps: int) -> list[tuple[float, float]]:
    """Places in 0 … 1 and their weights, by Gauss and Legendre."""
    places, weights = np.polynomial.legendre.leggauss(steps)
    return list(zip((0.5 * (places + 1.0)).tolist(), (0.5 * weights).tolist(), strict=True))


def integrated(detect: Detect, path: Path, steps: Iterable[tuple[float, float]]) -> Tensor:
    """∫ ∇D(γ(α)) · γ'(α) dα for each value of the picture.

    Along a straight path these are the integrated gradients; their sum is D(γ(1)) − D(γ(0)).

    Args:
        detect: D.
        path: γ.
        steps: As from ``quadrature``; the gradient is taken at one place after the other.
    """
    found: Tensor | None = None
    for place, weight in steps:
        point, slope = path(place)
        point = point.detach().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(detect(point).sum(), point)
        part = weight * (gradient * slope).double()
        found = part if found is None else found + part
    assert found is not None  # there is at least one step
    return found


def attribution(
    contributions: Tensor,
    detect: Detect,
    baseline: Tensor,
    picture: Tensor,
    below: tuple[int, int, int, int],
    whole: int,
) -> Attribution:
    """The map of contributions 1,C,h,w or 1,T,C,h,w.

    Args:
        contributions: Of each value.
        detect: The detector.
        baseline: The picture that they are told against.
        picture: The picture.
        below: As ``Attribution.below``.
        whole: As ``Attribution.whole``.
    """
    with torch.no_grad():
        difference = float(detect(picture).sum()) - float(detect(baseline).sum())
    return Attribution(
        values=contributions[0].sum(dim=-3).float().cpu().numpy(), below=below, whole=whole,
        total=float(contributions.sum()), difference=difference,
    )  # fmt: skip
