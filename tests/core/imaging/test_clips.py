"""Clips on disk: which folders are clips, and in what order their frames come."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.errors import DataError
from burnish.imaging import list_clips, list_frames


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_every_folder_that_itself_holds_pictures_is_a_clip(tmp_path: Path) -> None:
    touch(tmp_path / "b" / "1.png", tmp_path / "a" / "deep" / "1.jpg", tmp_path / ".no" / "1.png", tmp_path / "c" / "x")
    assert [clip.relative_to(tmp_path).as_posix() for clip in list_clips(tmp_path)] == ["a/deep", "b"]
    assert list_clips(tmp_path / "b") == [tmp_path / "b"]


def test_frames_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = ["frame10.png", "frame9.png", "frame100.png", "frame-a.png", "2.png", "notes.txt", ".hidden.png"]
    touch(*(tmp_path / name for name in names))
    assert [path.name for path in list_frames(tmp_path)] == [
        "2.png", "frame9.png", "frame10.png", "frame100.png", "frame-a.png",
    ]  # fmt: skip


def test_what_holds_no_frames_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent: is missing"):
        list_clips(tmp_path / "absent")
    with pytest.raises(DataError, match="holds no clip"):
        list_clips(tmp_path)
    touch(tmp_path / "a.png")
    for path in (tmp_path / "a.png", tmp_path / "absent"):
        with pytest.raises(DataError, match="no folder of frames"):
            list_frames(path)
