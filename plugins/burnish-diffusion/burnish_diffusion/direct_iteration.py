"""Inversion by direct iteration (InDI; Delbracio and Milanfar 2023, arXiv 2303.11435): a regression in small steps.

Between the clean picture x and the degraded one y lie ``x_t = (1 − t) x + t (y + ε n)``, t in [0, 1], n white noise. A
network F learns E[x | x_t, t]. From x₁, each step goes back by δ: ``x_{t−δ} = (δ/t) F(x_t, t) + (1 − δ/t) x_t``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Prediction = Callable[[Tensor, Tensor], Tensor]
"""F: x_t N,C,H,W and t N in (0, 1] → the estimate of x, N,C,H,W."""


def between(clean: Tensor, degraded: Tensor, time: Tensor) -> Tensor:
    """``(1 − t) x + t y`` of N,C,H,W twice for t N: 0 gives the clean picture, 1 the degraded one."""
    return torch.lerp(clean, degraded, time.to(clean.dtype).view(-1, 1, 1, 1))


def iterate(prediction: Prediction, start: Tensor, steps: int) -> Tensor:
    """From x₁ = ``start`` to x₀ in ``steps`` equal steps.

    One step is F(x₁, 1), the estimate of least mean square error. With many, the estimate goes from the mean of what
    would explain the picture to one of those explanations: sharper, and farther from the truth on average.
    """
    state = start
    for left in range(steps, 0, -1):
        time = start.new_full(start.shape[:1], left / steps)
        estimate = prediction(state, time)
        state = estimate if left == 1 else torch.lerp(state, estimate.to(state.dtype), 1.0 / left)
    return state


def noised(picture: Tensor, deviation: float, seed: int) -> Tensor:
    """N,C,H,W plus Gaussian noise that depends on ``seed`` and the size alone, the same for all pictures of a batch."""
    if deviation == 0.0:
        return picture
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(picture.shape[1:], generator=generator)
    return picture + deviation * noise.to(picture)
