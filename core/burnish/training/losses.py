"""The losses of supervised training: mean absolute, mean squared, and Charbonnier."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

EPSILON = 1e-3
"""Charbonnier's ε in [0, 1] units: below it the loss is quadratic."""


def l1(estimate: Tensor, target: Tensor) -> Tensor:
    """``mean |x − y|`` over N,C,H,W; a scalar in float32."""
    return (estimate.float() - target).abs().mean()


def l2(estimate: Tensor, target: Tensor) -> Tensor:
    """``mean (x − y)²`` over N,C,H,W; a scalar in float32."""
    return (estimate.float() - target).square().mean()


def charbonnier(estimate: Tensor, target: Tensor) -> Tensor:
    """``mean sqrt((x − y)² + ε²)`` over N,C,H,W with ε = 1e-3 (Charbonnier 1994, doi:10.1109/ICIP.1994.413553)."""
    return ((estimate.float() - target).square() + EPSILON**2).sqrt().mean()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"l1": l1, "l2": l2, "charbonnier": charbonnier}
"""The losses by their names in a recipe."""
