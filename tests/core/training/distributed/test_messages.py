"""What one process tells another by a file: events, log records, and whatever else it writes."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import pytest
from burnish.events import EpochEnded
from burnish.training.distributed.messages import NEWS, SAID, Listener, Teller


def test_events_arrive_once_each_as_the_records_that_they_were(tmp_path: Path) -> None:
    heard: list[tuple[str, Any]] = []
    listener = Listener(tmp_path, lambda hook, event: heard.append((hook, event)))
    listener.listen()
    assert heard == []
    teller = Teller(tmp_path)
    events = [EpochEnded(model="m", step=step, loss=0.5, validation=30.0) for step in (1, 2)]
    for event in events:
        teller.notify("on_epoch_ended", event)
        listener.listen()
    listener.listen()
    assert heard == [("on_epoch_ended", event) for event in events]
    teller.notify("on_epoch_ended", EpochEnded(model="m", step=3, loss=0.5, validation=math.nan))
    listener.listen()
    assert math.isnan(heard[2][1].validation)


def test_half_a_line_waits_for_its_other_half(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listener = Listener(tmp_path, lambda hook, event: None)
    with (tmp_path / SAID).open("a") as said:
        for text, expected in (("one\ntw", "one\n"), ("o\n", "two\n")):
            said.write(text)
            said.flush()
            listener.listen()
            assert capsys.readouterr().err == expected


def test_log_records_are_logged_where_they_arrive(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    line = '{"logger": "burnish.training", "level": 30, "message": "100 % of it"}\n'
    (tmp_path / NEWS).write_text(line)
    with caplog.at_level(logging.INFO):
        Listener(tmp_path, lambda hook, event: None).listen()
    assert [(r.name, r.levelno, r.getMessage()) for r in caplog.records] == [("burnish.training", 30, "100 % of it")]
