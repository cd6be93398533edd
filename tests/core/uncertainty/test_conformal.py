"""A promise about coverage holds for pictures that had no part in it, as often as it says."""

from __future__ import annotations

import pytest
import torch
from burnish.errors import UsageError
from burnish.uncertainty.conformal import FACTORS, factor, fewest, missed
from hypothesis import given, settings
from hypothesis import strategies as st


def test_what_is_missed_is_what_lies_outside_at_every_factor() -> None:
    draw = torch.Generator().manual_seed(0)
    residual = torch.randn(1, 3, 20, 30, generator=draw)
    below, above = (0.1 + torch.rand(1, 3, 20, 30, generator=draw) for _ in range(2))
    found = missed(residual, below, above)
    for place in range(0, len(FACTORS), 37):
        outside = (residual < -FACTORS[place] * below) | (residual > FACTORS[place] * above)
        assert float(found[place]) == pytest.approx(float(outside.double().mean()), abs=1e-12)


def _curves(count: int, draw: torch.Generator) -> torch.Tensor:
    """Pictures of different difficulty: scores are exponential, of a scale that differs by picture."""
    scale = torch.exp(0.7 * torch.randn(count, 1, generator=draw, dtype=torch.float64))
    return torch.exp(-FACTORS / scale)


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_of_a_hundred_calibrations_as_many_hold_as_the_confidence_says(coverage: float) -> None:
    draw = torch.Generator().manual_seed(1)
    population = _curves(20_000, draw)
    true = 1.0 - population.mean(dim=0)
    held, sharp = 0, []
    for _ in range(100):
        some = population[torch.randint(len(population), (60,), generator=draw)]
        reached = float(true[torch.searchsorted(FACTORS, factor(some, coverage, 0.9))])
        held += reached >= coverage
        sharp.append(reached)
    assert held >= 85  # 90 are promised; 85 or fewer of 100 would be seen once in fifteen times
    assert sum(sharp) / len(sharp) < coverage + 0.06, "and not by intervals that are far too wide"


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
def test_without_a_confidence_the_promise_holds_on_average(coverage: float) -> None:
    draw = torch.Generator().manual_seed(2)
    population = _curves(20_000, draw)
    true = 1.0 - population.mean(dim=0)
    reached = []
    for _ in range(200):
        some = population[torch.randint(len(population), (80,), generator=draw)]
        reached.append(float(true[torch.searchsorted(FACTORS, factor(some, coverage, 0.0))]))
    assert coverage - 0.003 < sum(reached) / len(reached) < coverage + 0.02


@given(coverage=st.floats(0.5, 0.99), confidence=st.sampled_from([0.0, 0.5, 0.9, 0.99]))
@settings(max_examples=60, deadline=None)
def test_too_few_pictures_for_any_promise_are_refused_and_one_more_is_enough(
    coverage: float, confidence: float
) -> None:
    least = fewest(coverage, confidence)
    perfect = torch.zeros(least, len(FACTORS), dtype=torch.float64)
    assert factor(perfect, coverage, confidence) == float(FACTORS[0])
    with pytest.raises(UsageError, match=rf"that takes {least} at least"):
        factor(perfect[: least - 1], coverage, confidence)


def test_pictures_that_no_width_covers_are_told() -> None:
    with pytest.raises(UsageError, match="on some of them the estimates are far off"):
        factor(torch.ones(60, len(FACTORS), dtype=torch.float64), 0.9, 0.9)
