"""The hash by which a dataset is known again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from burnish.data.hashing import data_depth, data_hash, facts_hash, file_hash
from burnish.data.items import degraded_items, shot_items
from burnish.errors import DataError


def test_the_hash_is_of_names_and_bytes_alone(clean: Path, tmp_path: Path) -> None:
    before = data_hash(clean)
    (clean / "notes.txt").write_text("no picture")
    copy = Path(shutil.copytree(clean, tmp_path / "copy"))
    assert data_hash(copy) == data_hash(clean) == before
    (copy / "a.png").rename(copy / "z.png")
    assert data_hash(copy) != before
    (clean / "a.png").write_bytes((clean / "a.png").read_bytes() + b"\0")
    assert data_hash(clean) != before


def test_datasets_of_earlier_versions_keep_their_hash(tmp_path: Path) -> None:
    """The literal is that of version 0.1 before data had other forms than clean pictures."""
    for name, content in (("b.png", b"two"), ("a.png", b"one"), ("deep/c.tif", b"three"), ("a-b.png", b"four")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert data_hash(tmp_path) == "f329f5e4faa878970bce4169fec15b9762a54a75a3d1473629223494c6b247fc"


def test_what_is_known_of_pictures_has_a_hash_of_its_own(clean: Path) -> None:
    assert facts_hash(degraded_items(clean)) == ""
    before = data_hash(clean)
    (clean / "a.json").write_text('{"sigma": 0.1}')
    first = facts_hash(degraded_items(clean))
    (clean / "a.json").write_text('{"sigma": 0.2}')
    second = facts_hash(degraded_items(clean))
    (clean / "deep" / "c.kernel.npy").write_bytes(b"kernel")
    third = facts_hash(degraded_items(clean))
    (clean / "a.json").rename(clean / "b.json")
    assert len({"", first, second, third, facts_hash(degraded_items(clean))}) == 5
    assert data_hash(clean) == before


def test_what_is_known_of_shots_is_hashed_with_the_scene_s(clean: Path, tmp_path: Path) -> None:
    for shot in ("1.png", "2.png"):
        (tmp_path / "shots" / "scene").mkdir(parents=True, exist_ok=True)
        shutil.copy(clean / "a.png", tmp_path / "shots" / "scene" / shot)
    found = set()
    for file in ("scene.json", "scene/1.json", "scene/2.json"):
        (tmp_path / "shots" / file).write_text("{}")
        found.add(facts_hash(shot_items(tmp_path / "shots")))
    assert len(found | {""}) == 4


def test_a_folder_without_pictures_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "x.npy").touch()
    with pytest.raises(DataError, match="contains no picture"):
        data_hash(tmp_path)
    assert file_hash(tmp_path) == file_hash(tmp_path / "x.npy")


def test_the_deepest_picture_decides_the_depth(clean: Path, tmp_path: Path) -> None:
    import cv2
    import numpy as np

    assert data_depth(clean) == "uint8"
    cv2.imwrite(str(clean / "d.png"), np.zeros((4, 4), np.uint16))
    assert data_depth(clean) == "uint16"
