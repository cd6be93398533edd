"""``burnish monitor`` prints what it found, as text and as JSON, and looks again until interrupted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from burnish.cli.main import main
from burnish_flows.environment import Project
from burnish_flows.registry.store import Version

Arrive = Callable[..., None]


def test_it_prints_where_each_measure_stands(
    home: Project, register: Callable[[], Version], arrive: Arrive, capsys: pytest.CaptureFixture[str]
) -> None:
    register()
    arrive(3)
    assert main(["monitor", "denoise@champion", "inbox"]) == 0
    assert "denoise v1: 3 new pictures in" in capsys.readouterr().out
    arrive(9, brightness=0.9)
    assert main(["monitor", "denoise@champion", "inbox"]) == 0
    out = capsys.readouterr().out
    assert "denoise v1, look 1: 12 new pictures, 12 measured" in out
    assert "brightness" in out
    assert "OUTSIDE" in out
    assert "no notification: no Prefect server accepted the event (PREFECT_API_URL)" in out
    assert "monitor.html" in out


def test_it_prints_json_that_a_program_may_read(
    home: Project, register: Callable[[], Version], arrive: Arrive, emitted: list[Any],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    register()
    arrive(10, brightness=0.9)
    assert main(["monitor", "denoise:1", "inbox", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["outside"], told["told"], told["untold"]) == ("outside", ["brightness"], True, [])
    assert told["measures"]["brightness"]["median"] == pytest.approx(0.908, abs=0.01)


def test_with_every_it_goes_on_after_an_error_and_ends_when_interrupted(
    home: Project, register: Callable[[], Version], arrive: Arrive, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    register()
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            arrive(10)
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", nap)
    assert main(["monitor", "denoise@champion", "inbox", "--interval", "1m", "--json"]) == 0
    said = capsys.readouterr()
    assert "is not a folder; give the folder in which pictures arrive" in said.err
    (line,) = said.out.splitlines()
    assert json.loads(line)["look"] == 1
    assert naps[0] == pytest.approx(60, abs=20)


def test_a_wrong_interval_is_refused(home: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", "denoise@champion", "inbox", "--interval", "0"]) == 2
    assert "--interval: 0 is not a time; give a number above 0" in capsys.readouterr().err
