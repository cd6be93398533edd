"""A look is one step of the metrics; what was seen survives a look that dies half-way, and a new champion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.drift import Profile, judge
from burnish_flows.environment import Project
from burnish_flows.monitor.series import PICTURES, Series
from burnish_flows.registry.store import Registry, Version


def standings(profile: Profile, brightness: float) -> list[object]:
    return list(judge(profile, [{"brightness": brightness, "noise": None}] * 10).values())


def begun(registry: Registry, version: Version, home: Project, folder: str = "inbox") -> Series:
    return Series.of(registry, version, home.root / folder, home)


def test_looks_are_numbered_and_their_figures_are_mlflows_metrics(
    registry: Registry, home: Project, register: Callable[[], Version], profile: Profile
) -> None:
    series = begun(registry, register(), home)
    assert (series.look, series.seen(), series.outside(), series.told()) == (0, set(), set(), {})
    assert series.keep(standings(profile, 0.5), pictures=10, seen=["aa", "bb"]) == 1  # type: ignore[arg-type]
    assert series.keep(standings(profile, 0.9), pictures=12, seen=["bb", "cc"]) == 2  # type: ignore[arg-type]
    assert (series.look, series.seen(), series.outside()) == (2, {"bb", "cc"}, {"brightness"})
    assert [(look, value) for look, _, value in series.history("brightness/median")] == [(1, 0.5), (2, 0.9)]
    assert [value for _, _, value in series.history("brightness/outside")] == [0.0, 1.0]
    assert [value for _, _, value in series.history(PICTURES)] == [10.0, 12.0]
    run = registry.client.get_run(series.run_id)
    assert run.data.tags["burnish.outside"] == "brightness"
    assert run.info.status == "FINISHED"
    assert begun(registry, registry.version("denoise", "1"), home).run_id == series.run_id


def test_a_look_that_dies_before_its_metrics_never_happened(
    registry: Registry,
    home: Project,
    register: Callable[[], Version],
    profile: Profile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    series = begun(registry, register(), home)
    series.keep(standings(profile, 0.5), pictures=10, seen=["aa"])  # type: ignore[arg-type]

    def die(*arguments: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(registry.client), "log_batch", die)
        series.keep(standings(profile, 0.9), pictures=10, seen=["aa", "bb"])  # type: ignore[arg-type]
    assert (series.look, series.seen(), series.outside()) == (1, {"aa"}, set())
    assert series.keep(standings(profile, 0.9), pictures=10, seen=["aa", "bb"]) == 2  # type: ignore[arg-type]
    assert series.seen() == {"aa", "bb"}


def test_a_new_version_goes_on_with_what_was_seen_and_another_folder_begins_anew(
    registry: Registry, home: Project, register: Callable[[], Version], profile: Profile
) -> None:
    first = begun(registry, register(), home)
    first.keep(standings(profile, 0.9), pictures=10, seen=["aa"])  # type: ignore[arg-type]
    first.remember_told({"brightness": "2026-01-01T00:00:00+00:00"})
    assert first.told() == {"brightness": "2026-01-01T00:00:00+00:00"}
    second = begun(registry, register(), home)
    assert second.run_id != first.run_id
    assert (second.look, second.seen(), second.outside(), second.told()) == (0, {"aa"}, set(), {})
    other = begun(registry, registry.version("denoise", "2"), home, "it's")
    assert other.seen() == set()
    assert begun(registry, registry.version("denoise", "2"), home, "it's").run_id == other.run_id
    assert Path(home.root / "looks").is_dir()
