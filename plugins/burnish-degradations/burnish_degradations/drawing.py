"""Random numbers and seeds for one batch, drawn from the generator alone, as JSON values."""

from __future__ import annotations

from collections.abc import Sequence

import torch

Range = float | Sequence[float]
"""A fixed number, or [lowest, highest] of a uniform distribution."""

SEEDS = 2**53
"""Seeds are whole numbers below this, so that every JSON reader keeps them exactly."""


def bounds(value: Range) -> tuple[float, float]:
    """Lowest and highest value of a range; equal for a fixed number."""
    if isinstance(value, int | float):
        return float(value), float(value)
    low, high = value
    return float(min(low, high)), float(max(low, high))


def draw_numbers(value: Range, count: int, generator: torch.Generator) -> list[float]:
    """``count`` numbers, uniform in the range; a fixed number consumes as much randomness as a range."""
    low, high = bounds(value)
    share = torch.rand(count, generator=generator, dtype=torch.float64)
    return [low + (high - low) * float(part) for part in share]


def draw_seeds(count: int, generator: torch.Generator) -> list[int]:
    """``count`` seeds for separate generators."""
    return [int(seed) for seed in torch.randint(0, SEEDS, (count,), generator=generator)]


def seeded(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A new generator on ``device``."""
    return torch.Generator(device=device).manual_seed(int(seed))
