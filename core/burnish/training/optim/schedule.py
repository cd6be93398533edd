"""The learning rate as a pure function of a training's progress."""

from __future__ import annotations

import math

FLOOR = 0.01
"""What cosine decay ends at, as a part of the learning rate."""


def learning_rate_factor(schedule: str, *, step: int, fraction: float, warmup_steps: int = 0) -> float:
    """What the learning rate is multiplied with at a step.

    ``min(1, (step + 1) / warmup_steps) · d`` with ``d = 1`` (constant) or
    ``d = FLOOR + (1 − FLOOR) · (1 + cos(π · fraction)) / 2`` (cosine; Loshchilov & Hutter, arXiv:1608.03983).

    Args:
        schedule: ``cosine`` or ``constant``.
        step: Steps done before this one.
        fraction: Part of the budget that is used, in [0, 1]: of the steps, or of the minutes.
        warmup_steps: Steps over which the rate rises linearly; 0: none.
    """
    warm = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
    if schedule == "constant":
        return warm
    return warm * (FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + math.cos(math.pi * fraction)))
