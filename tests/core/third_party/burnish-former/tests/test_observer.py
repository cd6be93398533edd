"""Facts about the observer of burnish-former."""

import json
from pathlib import Path

import pytest
from burnish.conformance import Check, conform
from burnish.events import PromotionDecided

from burnish_former.plugin import on_promotion_decided


@conform("burnish-former")
def test_it_does_what_an_observer_must(check: Check) -> None:
    check()


def test_every_decision_becomes_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    event = PromotionDecided(model="denoise", version="3", promoted=True, champion="3", reason="better by 0.4 dB")
    on_promotion_decided(event)  # without a file nothing happens
    monkeypatch.setenv("BURNISH_FORMER_FILE", str(tmp_path / "decisions"))
    on_promotion_decided(event)
    assert json.loads((tmp_path / "decisions").read_text())["champion"] == "3"
