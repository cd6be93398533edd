"""Drift is told when it begins and when it lasts, not at every look; where nobody listens, nothing counts as told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from burnish.drift import MeasureDrift
from burnish_flows import events
from burnish_flows.monitor import alerts


def at(**states: str) -> dict[str, MeasureDrift]:
    return {
        name: MeasureDrift(
            measure=name, count=10, median=0.9, share=1.0, low=0.1, high=0.2, lowest=0.0, highest=0.3,
            state=state,  # type: ignore[arg-type]
        )
        for name, state in states.items()
    }  # fmt: skip


def told(standings: Mapping[str, MeasureDrift], before: Mapping[str, str], hours: float = 24.0) -> dict[str, str]:
    return alerts.tell(standings, before, model="denoise", payload={"version": "3"}, again_hours=hours)


def test_it_is_told_once_and_again_after_leaving_anew(emitted: list[dict[str, Any]]) -> None:
    first = told(at(noise="outside", blur="inside"), {})
    assert list(first) == ["noise"]
    assert told(at(noise="outside", blur="inside"), first) == first
    assert len(emitted) == 1
    assert (emitted[0]["event"], emitted[0]["model"], emitted[0]["version"]) == ("burnish.drift", "denoise", "3")
    assert emitted[0]["outside"] == ["noise"]
    assert emitted[0]["measures"]["noise"]["median"] == 0.9
    back = told(at(noise="inside", blur="inside"), first)
    assert back == {}
    told(at(noise="outside", blur="inside"), back)
    assert len(emitted) == 2


def test_a_further_measure_is_told_with_all_that_are_outside(emitted: list[dict[str, Any]]) -> None:
    first = told(at(noise="outside", blur="inside"), {})
    second = told(at(noise="outside", blur="outside"), first)
    assert sorted(second) == ["blur", "noise"]
    assert emitted[1]["outside"] == ["blur", "noise"]


def test_what_lasts_is_told_again_after_the_stated_hours() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    before = {"noise": (now - timedelta(hours=23)).isoformat()}
    assert alerts.due(["noise"], before, now=now, again_hours=24) == set()
    assert alerts.due(["noise"], before, now=now, again_hours=23) == {"noise"}


def test_a_measure_that_was_not_judged_stays_told(emitted: list[dict[str, Any]]) -> None:
    first = told(at(noise="outside"), {})
    assert told(at(noise="unknown"), first) == first
    assert told(at(noise="outside"), first) == first
    assert len(emitted) == 1


def test_where_no_server_takes_it_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "emit", lambda name, *, model, payload: False)
    assert told(at(noise="outside"), {}) == {}
