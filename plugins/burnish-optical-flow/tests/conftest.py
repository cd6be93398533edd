"""Smooth pictures whose motion is known exactly, because both frames are sampled from one function."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor


def waves(x: Tensor, y: Tensor) -> Tensor:
    """A smooth brightness in [0, 1] at any places, not repeating within a hundred pixels."""
    total = torch.zeros_like(x)
    for a, b, phase in ((0.31, 0.12, 0.0), (-0.17, 0.37, 1.0), (0.08, -0.21, 2.0), (0.45, 0.5, 3.0), (0.6, -0.35, 4.0)):
        total += torch.sin(a * x + b * y + phase)
    return 0.5 + 0.09 * total


def places(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Column and row of every pixel, from the centre."""
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    return x - (width - 1) / 2, y - (height - 1) / 2


def moved(matrix: list[list[float]], shift: list[float], *, height: int = 72, width: int = 90) -> tuple[Tensor, ...]:
    """First, second (1,1,H,W) and the flow (1,2,H,W) of x → matrix·x + shift: first(x) = second(x + flow(x))."""
    x, y = places(height, width)
    (a, b), (c, d) = matrix
    flow = torch.stack([a * x + b * y + shift[0] - x, c * x + d * y + shift[1] - y])
    inverse = torch.linalg.inv(torch.tensor(matrix).double())
    back = torch.einsum("ij,jhw->ihw", inverse, torch.stack([x - shift[0], y - shift[1]]))
    first, second = waves(x, y), waves(back[0], back[1])
    return first[None, None].float(), second[None, None].float(), flow[None].float()


@pytest.fixture
def moving() -> Callable[..., tuple[Tensor, ...]]:
    """``moved``, for tests in other files."""
    return moved
