"""When patience ends."""

from __future__ import annotations

import math

import pytest
from burnish.training.callbacks.selection import stale


@pytest.mark.parametrize(
    ("figures", "count"),
    [
        ([], 0),
        ([30.0], 0),
        ([30.0, 31.0], 0),
        ([31.0, 30.0, 30.5], 2),
        ([30.0, 30.0, 30.0], 2),
        ([30.0, math.nan, 31.0], 0),
        ([30.0, math.nan], 1),
        ([math.nan, math.nan], 1),
    ],
)
def test_validations_without_improvement_are_those_after_the_first_best(figures: list[float], count: int) -> None:
    assert stale(figures) == count
