"""A look counts every picture once, says where each measure stands, and leaves series, page and event behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from burnish.errors import DataError, RegistryError, UsageError
from burnish_flows.environment import Project
from burnish_flows.monitor import drift_check
from burnish_flows.monitor.drift_check import LEAST, Watch
from burnish_flows.registry.store import Registry, Version

Arrive = Callable[..., None]
Register = Callable[[], Version]


def look(home: Project, **more: Any) -> dict[str, Any]:
    watch = Watch(model="denoise@champion", folder=home.root / "inbox", quiet=True, **more)
    return drift_check.look(watch, home)


def test_few_arrivals_wait_until_there_are_enough(home: Project, register: Register, arrive: Arrive) -> None:
    register()
    arrive(LEAST - 1)
    assert (look(home)["state"], look(home)["arrived"]) == ("waiting", LEAST - 1)
    arrive(1)
    done = look(home)
    assert (done["state"], done["look"], done["arrived"], done["measured"]) == ("inside", 1, LEAST, LEAST)


def test_nothing_is_counted_twice_and_a_sample_counts_for_all(
    home: Project, register: Register, arrive: Arrive, emitted: list[dict[str, Any]]
) -> None:
    register()
    arrive(30)
    first = look(home, sample=12)
    assert (first["arrived"], first["measured"]) == (30, 12)
    assert look(home)["arrived"] == 0
    arrive(11)
    second = look(home)
    assert (second["look"], second["arrived"], second["measured"]) == (2, 11, 11)
    assert emitted == []


def test_what_leaves_the_band_is_told_once_kept_and_shown(
    home: Project, registry: Registry, register: Register, arrive: Arrive, emitted: list[dict[str, Any]]
) -> None:
    register()
    arrive(LEAST)
    assert look(home)["outside"] == []
    for _ in range(2):
        arrive(LEAST, brightness=0.9)
        last = look(home)
    assert (last["state"], last["outside"], last["untold"]) == ("outside", ["brightness"], [])
    assert [(event["event"], event["look"], event["outside"]) for event in emitted] == [
        ("burnish.drift", 2, ["brightness"])
    ]
    figures = registry.client.get_metric_history(last["series"], "brightness/median")
    assert [round(figure.value, 1) for figure in sorted(figures, key=lambda figure: figure.step)] == [0.5, 0.9, 0.9]
    page = Path(last["page"])
    assert page.is_relative_to(home.reports)
    assert "Outside the training data's band" in page.read_text(encoding="utf-8")
    assert page.with_name("monitor.svg").is_file()


def test_a_new_champion_is_not_asked_about_what_the_old_one_was(
    home: Project, register: Register, arrive: Arrive, emitted: list[dict[str, Any]]
) -> None:
    register()
    arrive(LEAST, brightness=0.9)
    assert look(home)["version"] == "1"
    register()
    assert (look(home)["version"], look(home)["arrived"]) == ("2", 0)
    arrive(LEAST, brightness=0.9)
    assert (look(home)["look"], len(emitted)) == (1, 2)


def test_after_a_rollback_the_old_champion_is_not_asked_about_what_the_new_one_was(
    home: Project, registry: Registry, register: Register, arrive: Arrive, emitted: list[dict[str, Any]]
) -> None:
    register()
    arrive(LEAST)
    first = look(home)
    register()
    arrive(LEAST)
    assert look(home)["version"] == "2"
    registry.client.set_registered_model_alias("denoise", "champion", "1")
    assert (look(home)["version"], look(home)["arrived"]) == ("1", 0)
    arrive(LEAST)
    again = look(home)
    assert (again["look"], again["arrived"], again["series"]) == (2, LEAST, first["series"])


def test_a_picture_that_cannot_be_read_is_tried_again_while_it_may_be_being_written(
    home: Project, register: Register, arrive: Arrive
) -> None:
    register()
    arrive(LEAST)
    half, broken = home.root / "inbox" / "half.png", home.root / "inbox" / "broken.png"
    for path in (half, broken):
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
    os.utime(broken, (1, 1))
    assert look(home)["unreadable"] == 2
    arrive(LEAST)
    second = look(home)
    assert (second["arrived"], second["unreadable"], second["measured"]) == (LEAST + 1, 1, LEAST)


def test_what_cannot_be_looked_at_is_said(home: Project, register: Register, arrive: Arrive) -> None:
    with pytest.raises(RegistryError, match="denoise: has no 'champion'"):
        look(home)
    register()
    with pytest.raises(DataError, match="is not a folder"):
        look(home)
    with pytest.raises(UsageError, match="a sample of 3 pictures is too small"):
        look(home, sample=3)
    with pytest.raises(UsageError, match="is not a model"):
        Watch(model="denoise", folder=home.root)


def test_two_looks_at_once_are_one_after_the_other(home: Project, register: Register, arrive: Arrive) -> None:
    from concurrent.futures import ThreadPoolExecutor

    register()
    arrive(LEAST)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: look(home), range(2)))
    assert sorted(done["state"] for done in both) == ["inside", "waiting"]
