"""Which files of a dataset belong together, in each form of data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from burnish.data.hashing import data_hash
from burnish.data.items import Item, degraded_items, items, kernel_of, shot_items
from burnish.errors import DataError


def test_pictures_are_named_relative_to_their_folder_in_a_fixed_order(clean: Path) -> None:
    assert [item.name for item in items(clean)] == ["a.png", "b.bmp", "deep/c.png"]
    assert [item.name for item in items(clean / "a.png")] == ["a.png"]


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


def test_two_clean_pictures_never_share_one_degraded_file(clean: Path, tmp_path: Path) -> None:
    degraded = Path(shutil.copytree(clean, tmp_path / "degraded"))
    shutil.copy(clean / "b.bmp", clean / "a.bmp")
    with pytest.raises(DataError, match=r"a\.bmp and a\.png would both belong to .*degraded/a\.png; keep one of them"):
        items(clean, degraded)


def test_degraded_pictures_alone_are_named_relative_to_their_folder(clean: Path) -> None:
    found = degraded_items(clean)
    assert [item.name for item in found] == ["a.png", "b.bmp", "deep/c.png"]
    assert all(item.clean is None and item.observed == item.reference == clean / item.name for item in found)


def test_a_kernel_beside_a_degraded_picture_belongs_to_it(clean: Path, tmp_path: Path) -> None:
    degraded = Path(shutil.copytree(clean, tmp_path / "degraded"))
    kernel = degraded / "deep" / "c.kernel.npy"
    kernel.touch()
    (clean / "a.kernel.npy").touch()
    for found in (items(clean, degraded), degraded_items(degraded)):
        assert [item.kernel for item in found] == [None, None, kernel]
    assert kernel_of(Path("a.png")) is None


@pytest.fixture
def scenes(clean: Path, tmp_path: Path) -> Path:
    """Two scenes: ``b`` of two shots, ``deep/a`` of three whose names are numbers."""
    folder = tmp_path / "scenes"
    for scene, names in (("b", ("x.png", "y.png")), ("deep/a", ("10.png", "9.png", "1.png"))):
        (folder / scene).mkdir(parents=True)
        for name in names:
            shutil.copy(clean / "a.png", folder / scene / name)
    return folder


def test_a_scene_is_a_folder_and_has_its_shots_in_the_order_of_their_numbers(scenes: Path) -> None:
    assert shot_items(scenes) == [
        Item(name="b", shots=(scenes / "b" / "x.png", scenes / "b" / "y.png")),
        Item(name="deep/a", shots=tuple(scenes / "deep" / "a" / f"{number}.png" for number in (1, 9, 10))),
    ]
    assert shot_items(scenes)[1].observed == scenes / "deep" / "a" / "1.png"


def test_a_scene_of_one_shot_and_shots_without_a_scene_are_refused(scenes: Path) -> None:
    (scenes / "b" / "y.png").rename(scenes / "y.png")
    with pytest.raises(DataError, match="holds pictures itself; put the shots of each scene into a folder of its own"):
        shot_items(scenes)
    (scenes / "y.png").unlink()
    with pytest.raises(DataError, match=r"scenes/b: has one shot only; at least two of a scene are needed, or remove"):
        shot_items(scenes)


def test_a_folder_without_scenes_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"contains no clip|is missing"):
            shot_items(folder)
