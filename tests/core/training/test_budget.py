"""Steps and seconds against a budget."""

from __future__ import annotations

import pytest
from burnish.errors import TrainingError
from burnish.recipe.training import Budget
from burnish.training.budget import Clock, clock_for
from hypothesis import given
from hypothesis import strategies as st


@given(epochs=st.floats(0.01, 50), area=st.integers(64, 10**9), batch=st.integers(1, 64), patch=st.integers(8, 512))
def test_an_epoch_is_as_many_steps_as_draw_the_pictures_area(epochs: float, area: int, batch: int, patch: int) -> None:
    clock = clock_for(Budget(epochs=epochs), area=area, batch=batch, patch=patch)
    assert clock.total_steps is not None
    drawn = clock.total_steps * batch * patch * patch
    assert drawn >= epochs * area * (1 - 1e-12)
    assert drawn - batch * patch * patch < epochs * area or clock.total_steps == 1


def test_steps_and_minutes_are_taken_as_they_are() -> None:
    assert clock_for(Budget(steps=7), area=1, batch=1, patch=8).total_steps == 7
    assert clock_for(Budget(minutes=0.5), area=1, batch=1, patch=8).total_seconds == 30.0


def test_the_fraction_follows_steps_or_seconds_and_stops_at_one() -> None:
    clock = Clock(steps=4)
    clock.step = 1
    assert (clock.fraction, clock.exhausted) == (0.25, False)
    clock.step = 9
    assert (clock.fraction, clock.exhausted) == (1.0, True)
    clock = Clock(seconds=8.0)
    clock.step, clock.seconds = 1000, 2.0
    assert (clock.fraction, clock.exhausted) == (0.25, False)


def test_the_first_reason_for_the_end_stays() -> None:
    clock = Clock(steps=1)
    clock.end("budget")
    clock.end("patience")
    assert clock.ended == "budget"


def test_a_clock_has_exactly_one_budget() -> None:
    for budget in ({}, {"steps": 1, "seconds": 1.0}):
        with pytest.raises(ValueError, match="either steps or seconds"):
            Clock(**budget)  # type: ignore[arg-type]


def test_an_empty_budget_is_refused() -> None:
    empty = Budget.model_construct(steps=None, epochs=None, minutes=None)
    with pytest.raises(TrainingError, match="budget is empty"):
        clock_for(empty, area=1, batch=1, patch=8)
