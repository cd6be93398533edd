"""A signal is noted once, however often it is said at once; the second time that it is meant gives the step up."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from burnish.console.interruption import APART
from burnish.recipe.training import Budget
from burnish.training.budget import clock_for
from burnish.training.callbacks.stopping import Stopping


@pytest.fixture
def stopping() -> Iterator[Stopping]:
    clock = clock_for(Budget(steps=9), area=1, batch=1, patch=1)
    made = Stopping(clock, validate_every=8)
    yield made
    made.put_back()


def test_a_terminal_and_its_shell_may_both_say_that_it_is_closed(stopping: Stopping) -> None:
    stopping._note_alone(signal.SIGHUP, None)
    stopping._note_alone(signal.SIGHUP, None)
    assert stopping._told == signal.SIGHUP


def test_the_second_time_gives_the_step_up(stopping: Stopping) -> None:
    stopping._note_alone(signal.SIGHUP, None)
    stopping._when -= APART + 0.1
    with pytest.raises(KeyboardInterrupt):
        stopping._note_alone(signal.SIGHUP, None)


def test_whoever_handled_signals_before_handles_them_again(stopping: Stopping) -> None:
    before = {number: signal.getsignal(number) for number in stopping._before}
    for number in stopping._before:
        signal.signal(number, stopping._note_alone)
    stopping.put_back()
    assert {number: signal.getsignal(number) for number in stopping._before} == before
