from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from burnish.data.hashing import data_hash
from burnish.data.items import items
from burnish.errors import DataError


def test_pictures_are_named_relative_to_their_folder_in_a_fixed_order(clean: Path) -> None:
    assert [item.name for item in items(clean)] == ["a.png", "b.bmp", "deep/c.png"]
    assert [item.name for item in items(clean / "a.png")] == ["a.png"]


def test_the_hash_is_of_names_and_bytes_alone(clean: Path, tmp_path: Path) -> None:
    before = data_hash(clean)
    (clean / "notes.txt").write_text("no picture")
    copy = Path(shutil.copytree(clean, tmp_path / "copy"))
    assert data_hash(copy) == data_hash(clean) == before
    (copy / "a.png").rename(copy / "z.png")
    assert data_hash(copy) != before
    (clean / "a.png").write_bytes((clean / "a.png").read_bytes() + b"\0")
    assert data_hash(clean) != before


def test_degraded_files_belong_to_clean_ones_of_that_name_whatever_their_suffix(clean: Path, tmp_path: Path) -> None:
    degraded = Path(shutil.copytree(clean, tmp_path / "degraded"))
    (degraded / "b.bmp").rename(degraded / "b.png")
    pairs = [(item.clean.name, item.degraded.name) for item in items(clean, degraded) if item.degraded]
    assert pairs == [("a.png", "a.png"), ("b.bmp", "b.png"), ("c.png", "c.png")]
    one = items(clean / "a.png", degraded / "b.png")
    assert [(item.name, item.degraded) for item in one] == [("a.png", degraded / "b.png")]


def test_pictures_without_a_partner_are_named(clean: Path, tmp_path: Path) -> None:
    degraded = Path(shutil.copytree(clean, tmp_path / "degraded"))
    (degraded / "a.png").rename(degraded / "other.png")
    with pytest.raises(DataError, match=r"first: a\.png.*first: other\.png.*name each pair alike"):
        items(clean, degraded)


def test_names_that_differ_in_their_suffix_only_are_refused_in_a_degraded_folder(clean: Path, tmp_path: Path) -> None:
    degraded = Path(shutil.copytree(clean, tmp_path / "degraded"))
    shutil.copy(degraded / "b.bmp", degraded / "a.bmp")
    with pytest.raises(DataError, match="differ in their suffix only"):
        items(clean, degraded)


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing"):
        items(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no picture"):
        data_hash(tmp_path)
