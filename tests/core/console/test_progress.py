"""Progress without a terminal: lines at growing intervals, with rate and time left; none where quiet is asked for."""

from __future__ import annotations

import itertools
import logging

import pytest
from burnish.console import progress


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_told_within_seconds_and_then_less_and_less_often_up_to_a_minute(watch: Watch) -> None:
    cadence, times = progress.Cadence(), []
    for _ in range(400):
        watch.now += 1.0
        if cadence.due():
            times.append(watch.now - 100)
    assert times[:5] == [2, 4, 8, 16, 32]
    assert {b - a for a, b in itertools.pairwise(times[5:])} == {60.0}


def test_without_a_terminal_done_rate_and_time_left_are_lines(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="burnish"):
        for _ in progress.track(iter(range(100)), description="Restoring", total=100):
            watch.now += 0.5
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "Restoring: 4/100  2.00 picture/s  time left 0:48"
    assert len(lines) == 5


def test_quiet_is_silent(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="burnish"):
        for _ in progress.track(range(100), description="Restoring", quiet=True):
            watch.now += 0.5
        progress.say("train", quiet=True)
    assert not caplog.records


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0:00"), (200, "3:20"), (3599.6, "1:00:00"), (3900, "1:05:00"), (float("nan"), "-")]
)
def test_a_time_is_told_as_people_write_it(seconds: float, said: str) -> None:
    assert progress.span(seconds) == said


def test_on_a_terminal_the_time_left_stands_beside_its_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "visible", lambda quiet=False: not quiet)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    list(progress.track(range(3), description="Restoring"))
    assert "time left 0:00" in capsys.readouterr().err
