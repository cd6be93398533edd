"""The pictures of a folder in their fixed order."""

from __future__ import annotations

from pathlib import Path

import pytest
from burnish.errors import DataError
from burnish.imaging import list_pictures


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
        (tmp_path, "holds no picture"),
        (tmp_path / "no", "is missing"),
        (tmp_path / "file", "no folder"),
    ):
        with pytest.raises(DataError, match=fact):
            list_pictures(path)


def test_a_missing_folder_of_a_recorded_dataset_says_how_it_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "my data.dvc").touch()
    with pytest.raises(DataError, match=r"is missing; fetch it with: burnish data pull '.*/my data'$"):
        list_pictures(tmp_path / "my data" / "test")
    with pytest.raises(DataError, match=r"is missing; give a folder of pictures$"):
        list_pictures(tmp_path / "other" / "test")
