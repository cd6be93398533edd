from __future__ import annotations

from pathlib import Path

import pytest
from burnish.errors import DataError, UsageError
from burnish.imaging.outputs import output_pairs


def pictures(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def test_a_folder_is_mirrored_without_what_lies_in_the_output(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.jpg", "deep/b.png", "out/c.png")
    assert output_pairs(source, source / "out", renamed={".jpg": ".png"}) == [
        (source / "a.jpg", source / "out" / "a.png"),
        (source / "deep/b.png", source / "out" / "deep/b.png"),
    ]


def test_a_picture_goes_into_an_existing_folder_under_its_own_name(tmp_path: Path) -> None:
    source = pictures(tmp_path, "a.jpg") / "a.jpg"
    (tmp_path / "out").mkdir()
    assert output_pairs(source, tmp_path / "out") == [(source, tmp_path / "out" / "a.jpg")]


def test_what_would_lose_a_picture_is_refused(tmp_path: Path) -> None:
    source = pictures(tmp_path / "in", "a.jpg", "a.png")
    with pytest.raises(UsageError, match=r"would both become a\.png"):
        output_pairs(source, tmp_path / "out", renamed={".jpg": ".png"})
    for same in (source, source / "a.png"):
        with pytest.raises(UsageError, match="is the input itself"):
            output_pairs(same, same)
    with pytest.raises(UsageError, match="is a file, but"):
        output_pairs(source, source / "a.png")
    inner = pictures(tmp_path / "only", "out/a.png")
    with pytest.raises(UsageError, match="all its pictures lie in"):
        output_pairs(inner, inner / "out")
    with pytest.raises(DataError, match="is missing"):
        output_pairs(tmp_path / "nowhere", tmp_path / "out")
