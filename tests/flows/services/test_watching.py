"""Each change of recorded data is told once; nothing is kept, so at the start all is told."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from burnish_flows import events as server_events
from burnish_flows.services.watching import DataWatcher


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Dataset and hash of each event."""
    events: list[tuple[str, str]] = []

    def take(root: str, payload: dict[str, Any]) -> bool:
        events.append((root, payload["md5"]))
        return True

    monkeypatch.setattr(server_events, "data_changed", take)
    return events


def _record(root: Path, name: str, md5: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / f"{name}.dvc").write_text(f"outs:\n- md5: {md5}.dir\n  path: {name}\n")


def test_a_changed_pointer_is_told_once(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    _record(tmp_path, "pictures", "aa")
    _record(tmp_path, "sets/kodak", "cc")
    watch = DataWatcher(tmp_path)
    assert watch.look() == [], "the first look is no news for people"
    assert told == [("pictures", "aa.dir"), ("sets/kodak", "cc.dir")]
    assert watch.look() == []
    _record(tmp_path, "pictures", "bb")
    assert watch.look() == ["data     pictures is now bb.dir"]
    assert told[2:] == [("pictures", "bb.dir")]


def test_a_file_that_is_no_pointer_is_passed_over(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    (tmp_path / "stage.dvc").write_text("just words")
    (tmp_path / "half.dvc").write_text("outs: [")
    assert DataWatcher(tmp_path).look() == []
    assert told == []


def test_what_the_server_did_not_take_is_told_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _record(tmp_path, "pictures", "aa")
    answers = iter([False, True])
    asked: list[str] = []

    def take(root: str, payload: dict[str, Any]) -> bool:
        asked.append(root)
        return next(answers)

    monkeypatch.setattr(server_events, "data_changed", take)
    watch = DataWatcher(tmp_path)
    for _ in range(3):
        watch.look()
    assert asked == ["pictures", "pictures"]


def test_a_branch_of_the_remote_is_followed_whatever_the_folder_holds(
    tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    def git(where: Path, *words: str) -> None:
        name = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", "-C", str(where), *name, *words], check=True, capture_output=True)

    team, mine = tmp_path / "team", tmp_path / "mine"
    team.mkdir()
    git(team, "init", "-q", "-b", "main")
    _record(team, "pictures", "aa")
    git(team, "add", ".")
    git(team, "commit", "-qm", "first")
    git(tmp_path, "clone", "-q", str(team), str(mine))
    watch = DataWatcher(mine, branch="origin/main")
    watch.look()
    _record(mine, "pictures", "zz")
    assert watch.look() == [], "the folder does not count"
    _record(team, "pictures", "bb")
    git(team, "commit", "-qam", "second")
    watch.look()
    assert told == [("pictures", "aa.dir"), ("pictures", "bb.dir")]


def test_a_pointer_that_cannot_be_read_is_said_once_and_the_others_are_told_of(
    tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    _record(tmp_path, "pictures", "aa")
    (tmp_path / "broken.dvc").write_bytes(b"outs:\n- md5: \xff\xfe\n")
    watch = DataWatcher(tmp_path)
    assert watch.look() == [f"data     {tmp_path / 'broken.dvc'}: cannot be read (not UTF-8); restore it with git"]
    assert told == [("pictures", "aa.dir")]
    assert watch.look() == []


def test_a_pointer_on_a_branch_that_is_no_text_is_passed_over(tmp_path: Path, told: list[tuple[str, str]]) -> None:
    git = ("git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.org")
    _record(tmp_path, "pictures", "aa")
    (tmp_path / "broken.dvc").write_bytes(b"\xff\xfe")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *words], check=True, capture_output=True)
    assert DataWatcher(tmp_path, branch="main").look() == []
    assert told == [("pictures", "aa.dir")]
