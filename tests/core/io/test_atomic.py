"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from burnish.io.atomic import whole_folder, write_whole


def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    for culprit in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as patch:
            patch.setattr(culprit, fails)
            with pytest.raises(OSError, match="No space"):
                write_whole(target, b"new")
        assert target.read_bytes() == b"old"
        assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_an_interruption_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.bin", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.bin").write_bytes(b"old")
    (tmp_path / "link.bin").symlink_to("real.bin")
    write_whole(tmp_path / "link.bin", b"new")
    assert (tmp_path / "link.bin").is_symlink()
    assert (tmp_path / "real.bin").read_bytes() == b"new"


def test_another_name_of_the_same_file_keeps_the_old_content(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    (tmp_path / "cache.bin").hardlink_to(tmp_path / "a.bin")
    write_whole(tmp_path / "a.bin", b"new")
    assert (tmp_path / "cache.bin").read_bytes() == b"old"


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".bin")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_folder_takes_the_place_of_an_older_one_only_when_all_went_well(tmp_path: Path) -> None:
    target = tmp_path / "deeper" / "folder"
    with whole_folder(target) as fresh:
        (fresh / "a").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), whole_folder(target) as fresh:
        (fresh / "b").write_bytes(b"half")
        raise KeyboardInterrupt
    assert [entry.name for entry in target.iterdir()] == ["a"]
    with whole_folder(target) as fresh:
        (fresh / "b").write_bytes(b"new")
    assert [entry.name for entry in target.iterdir()] == ["b"]
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_is_put_back_where_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, rename = tmp_path / "folder", Path.rename
    target.mkdir()
    (target / "a").write_bytes(b"old")

    def fails(path: Path, to: Path) -> Path:
        if path.name == "fresh":
            raise OSError(28, "No space left on device")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="No space"), whole_folder(target):
        pass
    assert (target / "a").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
