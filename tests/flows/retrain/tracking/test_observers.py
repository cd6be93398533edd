"""Observers hear of every stage; one that raises changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from burnish.events import Event, PromotionDecided, RunFailed
from burnish_flows.registry.decision import Decision
from burnish_flows.retrain.tracking import observers


class _Host:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Event]] = []

    def notify(self, hook: str, event: Event) -> list[Any]:
        self.heard.append((hook, event))
        return []


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> _Host:
    host = _Host()
    monkeypatch.setattr(observers, "installed", lambda: host)
    return host


def test_a_promotion_a_rejection_and_a_rollback_are_told_apart(host: _Host) -> None:
    for kind, version, after in (("promotion", "2", "2"), ("rejection", "3", "2"), ("rollback", "1", "1")):
        decision = Decision(kind=kind, version=version, champion_after=after, reason="r")  # type: ignore[arg-type]
        observers.decided("denoise", decision, "f")
    told = [event for _, event in host.heard if isinstance(event, PromotionDecided)]
    assert [(event.version, event.promoted, event.champion) for event in told] == [
        ("2", True, "2"), ("3", False, "2"), ("1", True, "1"),
    ]  # fmt: skip
    assert {hook for hook, _ in host.heard} == {"on_promotion_decided"}


def test_a_failure_is_told_with_its_stage_and_goes_on(host: _Host) -> None:
    with pytest.raises(ValueError, match="two"), observers.failures("denoise", "f", "train"):
        raise ValueError("one\n two")
    ((hook, event),) = host.heard
    assert hook == "on_run_failed"
    assert isinstance(event, RunFailed)
    assert (event.stage, event.error) == ("train", "ValueError: one two")


def test_without_a_failure_nothing_is_told(host: _Host) -> None:
    with observers.failures("denoise", "f", "train"):
        pass
    assert host.heard == []
