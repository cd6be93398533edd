"""What a split of a recipe's dataset holds, in each form of data."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from burnish.data.hashing import data_hash
from burnish.data.splits import split_hashes, split_items
from burnish.errors import DataError
from burnish.recipe.data import DataSettings

PAIRS = DataSettings(degraded="noisy", clean="clean")
NOISY = DataSettings(degraded="noisy")
SHOTS = DataSettings(shots="noisy")


@pytest.fixture
def split(clean: Path, tmp_path: Path) -> Path:
    """``split/clean`` and ``split/noisy`` of the same three pictures."""
    folder = tmp_path / "split"
    for inner in ("clean", "noisy"):
        shutil.copytree(clean, folder / inner)
    return folder


def test_each_form_finds_its_own_files(split: Path) -> None:
    names = ["a.png", "b.bmp", "deep/c.png"]
    pairs = split_items(split, PAIRS)
    assert [(item.name, item.clean, item.degraded) for item in pairs] == [
        (name, split / "clean" / name, split / "noisy" / name) for name in names
    ]
    noisy = split_items(split, NOISY)
    assert [(item.clean, item.degraded) for item in noisy] == [(None, split / "noisy" / name) for name in names]
    plain = split_items(split / "clean", DataSettings())
    assert [(item.name, item.clean) for item in plain] == [(name, split / "clean" / name) for name in names]


def test_clean_clips_are_folders_and_clips_of_other_forms_are_refused(split: Path) -> None:
    clips = split_items(split / "clean", DataSettings(), clips=True)
    assert [item.clean for item in clips] == [split / "clean", split / "clean" / "deep"]
    with pytest.raises(DataError, match="pairs of clips cannot be trained on; give clips as clean data"):
        split_items(split, PAIRS, clips=True)


def test_a_scene_is_found_with_all_its_shots(split: Path) -> None:
    shutil.copy(split / "noisy" / "a.png", split / "noisy" / "deep" / "a.png")
    for file in ("a.png", "b.bmp"):
        (split / "noisy" / file).unlink()
    (scene,) = split_items(split, SHOTS)
    assert (scene.name, [shot.name for shot in scene.shots]) == ("deep", ["a.png", "c.png"])


def test_a_missing_folder_is_named_and_a_clean_folder_beside_noisy_ones_is_never_read(split: Path) -> None:
    with pytest.raises(DataError, match="split/nosiy: is missing"):
        split_items(split, DataSettings(degraded="nosiy"))
    shutil.rmtree(split / "clean")
    assert len(split_items(split, NOISY)) == 3
    with pytest.raises(DataError, match="split/clean: is missing"):
        split_items(split, PAIRS)


def test_clean_pictures_keep_the_hash_of_their_folder(split: Path) -> None:
    folder = split / "clean"
    assert split_hashes(folder, DataSettings(), split_items(folder, DataSettings())) == {"": data_hash(folder)}


@pytest.mark.parametrize("name", ["noisy", "known"])
def test_every_folder_has_its_hash_whatever_its_name_and_so_has_what_is_known(split: Path, name: str) -> None:
    (split / "noisy").rename(split / name)
    data = DataSettings(degraded=name, clean="clean")
    before = dict(split_hashes(split, data, split_items(split, data)))
    assert before == {name: data_hash(split / name), "clean": data_hash(split / "clean")}
    (split / name / "a.json").write_text('{"sigma": 0.1}')
    after = dict(split_hashes(split, data, split_items(split, data)))
    assert {key: after[key] for key in before} == before
    assert len(after) == 3
