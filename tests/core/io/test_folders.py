"""The pictures of a folder in their fixed order; which folders are clips, and in what order their frames come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from burnish.errors import DataError
from burnish.io import list_clips, list_frames, list_pictures


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_pictures_are_sorted_by_folder_and_name_and_hidden_or_other_files_left_out(tmp_path: Path) -> None:
    wanted = ["B.PNG", "a-b/z.tif", "a/10.jpg", "a/9.webp", "a/c/x.bmp", "b.jpeg"]
    for name in (*wanted, "notes.txt", ".hidden.png", ".cache/c.png", "a/.burnish-00.part", "bare", "x.gif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    found = [path.relative_to(tmp_path) for path in list_pictures(tmp_path)]
    assert sorted(path.as_posix() for path in found) == sorted(wanted)
    assert [path.parts for path in found] == sorted(path.parts for path in found)
    assert list_pictures(str(tmp_path)) == [tmp_path / path for path in found]


def test_a_folder_that_is_itself_hidden_or_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.png").touch()
    (tmp_path / "link").symlink_to(".cache")
    assert [path.name for path in list_pictures(tmp_path / ".cache")] == ["a.png"]
    assert list_pictures(tmp_path / "link") == [tmp_path / "link" / "a.png"]


def test_an_empty_a_missing_and_a_false_folder_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, fact in (
        (tmp_path, "contains no picture"),
        (tmp_path / "no", "is missing"),
        (tmp_path / "file", "not a folder"),
    ):
        with pytest.raises(DataError, match=fact):
            list_pictures(path)


@pytest.mark.parametrize(("listed", "kind"), [(list_pictures, "pictures"), (list_clips, "clips")])
def test_a_missing_folder_of_a_recorded_dataset_says_how_it_is_fetched(
    listed: Callable[[Path], list[Path]], kind: str, tmp_path: Path
) -> None:
    (tmp_path / "my data.dvc").touch()
    with pytest.raises(DataError, match=r"is missing; fetch it with: burnish data pull '.*/my data'$"):
        listed(tmp_path / "my data" / "test")
    with pytest.raises(DataError, match=f"is missing; give a folder of {kind}"):
        listed(tmp_path / "other" / "test")


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
    with pytest.raises(DataError, match="contains no clip"):
        list_clips(tmp_path)
    touch(tmp_path / "a.png")
    for path in (tmp_path / "a.png", tmp_path / "absent"):
        with pytest.raises(DataError, match="not a folder of frames"):
            list_frames(path)
