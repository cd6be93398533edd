"""A picture is known again by path, size and time; a sample is always the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from burnish.errors import DataError
from burnish_flows.monitor import recent_pictures


def test_pictures_are_known_again_and_a_changed_one_is_another(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a.png", "below/b.jpg", "note.txt", ".hidden.png"):
        (tmp_path / name).write_bytes(b"x")
    first = recent_pictures.present(tmp_path)
    assert sorted(path.name for path in first.values()) == ["a.png", "b.jpg"]
    assert recent_pictures.present(tmp_path) == first
    os.utime(tmp_path / "a.png", ns=(1, 1))
    assert len(set(recent_pictures.present(tmp_path)) & set(first)) == 1


def test_an_empty_folder_has_no_arrivals_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    assert recent_pictures.present(tmp_path) == {}
    with pytest.raises(DataError, match="is not a folder; give the folder in which pictures arrive"):
        recent_pictures.present(tmp_path / "nowhere")


def test_a_sample_is_of_what_was_not_seen_and_always_the_same() -> None:
    there = {f"{number:03d}": Path(str(number)) for number in range(100)}
    seen = {f"{number:03d}" for number in range(50)}
    chosen = recent_pictures.sample(there, seen, 10)
    assert len(chosen) == 10
    assert not seen & set(chosen)
    assert recent_pictures.sample(dict(reversed(there.items())), seen, 10) == chosen
    assert len(recent_pictures.sample(there, seen, 1000)) == 50
