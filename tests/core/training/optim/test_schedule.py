"""The learning rate against its closed form, and against torch's own schedulers."""

from __future__ import annotations

import math

import pytest
import torch
from burnish.training.optim.schedule import FLOOR, learning_rate_factor


@pytest.mark.parametrize(("fraction", "factor"), [(0.0, 1.0), (0.5, (1 + FLOOR) / 2), (1.0, FLOOR)])
def test_cosine_starts_at_one_and_ends_at_one_percent(fraction: float, factor: float) -> None:
    assert learning_rate_factor("cosine", step=5, fraction=fraction) == pytest.approx(factor, abs=1e-15)


def test_cosine_is_that_of_torch() -> None:
    total, rate = 40, 0.2
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=rate)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=total, eta_min=FLOOR * rate)
    for step in range(total):
        mine = rate * learning_rate_factor("cosine", step=step, fraction=step / total)
        assert mine == pytest.approx(scheduler.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        scheduler.step()


def test_warm_up_rises_linearly_to_the_full_rate() -> None:
    factors = [learning_rate_factor("constant", step=step, fraction=0.3, warmup_steps=4) for step in range(6)]
    assert factors == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_warm_up_and_cosine_are_multiplied() -> None:
    factor = learning_rate_factor("cosine", step=1, fraction=0.25, warmup_steps=8)
    assert factor == pytest.approx(0.25 * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi / 4)) / 2))
