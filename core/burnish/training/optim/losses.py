"""The losses of supervised training: mean absolute, mean squared, root mean squared per picture, Charbonnier."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

EPSILON = 1e-3
"""In [0, 1] units: below it Charbonnier's loss is quadratic, and so is that of a picture's root mean square."""


def l1(estimate: Tensor, target: Tensor) -> Tensor:
    """``mean |x − y|`` over N,C,H,W; a scalar in float32."""
    return (estimate.float() - target).abs().mean()


def l2(estimate: Tensor, target: Tensor) -> Tensor:
    """``mean (x − y)²`` over N,C,H,W; a scalar in float32."""
    return (estimate.float() - target).square().mean()


def charbonnier(estimate: Tensor, target: Tensor) -> Tensor:
    """``mean sqrt((x − y)² + ε²)`` over N,C,H,W with ε = 1e-3 (Charbonnier 1994, doi:10.1109/ICIP.1994.413553)."""
    return ((estimate.float() - target).square() + EPSILON**2).sqrt().mean()


def rmse(estimate: Tensor, target: Tensor) -> Tensor:
    """Mean over N of ``sqrt(mean (x − y)² + ε²)`` of each picture or clip, with ε = 1e-3; a scalar in float32.

    Like ``l2`` it is least where the estimate is the mean of what is possible (as nearly as the errors of a picture's
    many pixels add up to a constant), but pictures that can hardly be restored do not drown the others.
    """
    return ((estimate.float() - target).square().flatten(1).mean(dim=1) + EPSILON**2).sqrt().mean()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"l1": l1, "l2": l2, "rmse": rmse, "charbonnier": charbonnier}
"""The losses by their names in a recipe."""
