"""A flat folder is split by its names: the same way every time, whole scenes, pairs together, nothing lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from burnish.data.known import read_known
from burnish.errors import DataError, UsageError
from burnish_flows.data import splitting
from burnish_flows.data.splitting import SPLITS
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

SHARES = (80, 10, 10)


def picture(path: Path, value: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 4), value, np.uint8)).save(path)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def split_of(folder: Path) -> dict[str, str]:
    """Name of a picture → the split that it is in."""
    return {path.name: path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Fifty pictures, one with known facts."""
    for number in range(50):
        picture(tmp_path / "pictures" / f"p{number}.png", number)
    (tmp_path / "pictures" / "p7.json").write_text("{}")
    (tmp_path / "pictures" / "p7.kernel.npy").write_bytes(b"")
    return tmp_path / "pictures"


def test_a_flat_folder_is_split_in_the_given_shares_and_nothing_is_lost(flat: Path) -> None:
    plan = splitting.plan(flat, SHARES)
    assert plan.images == {"train": 40, "validation": 5, "test": 5}
    assert plan.scenes == 0
    assert len(names(flat)) == 52
    splitting.apply(plan)
    assert len(names(flat)) == 52
    assert {path.name for path in flat.iterdir()} == set(SPLITS)
    where = split_of(flat)
    assert where["p7.png"] == where["p7.json"] == where["p7.kernel.npy"]


def test_planning_moves_nothing_and_is_the_same_every_time(flat: Path, tmp_path: Path) -> None:
    before = names(flat)
    plan = splitting.plan(flat, SHARES)
    assert names(flat) == before
    assert splitting.plan(flat, SHARES) == plan
    assert all(f"{old} -> " in " ".join(plan.lines()) for old in before)
    copy = tmp_path / "elsewhere"
    for name in before:
        picture(copy / name) if name.endswith(".png") else None
    again = splitting.plan(copy, SHARES)
    moved = {new.relative_to(copy).as_posix() for _, new in again.moves}
    assert moved == {new.relative_to(flat).as_posix() for _, new in plan.moves if new.suffix == ".png"}


def test_pairs_are_split_together(tmp_path: Path) -> None:
    for number in range(20):
        picture(tmp_path / "noisy" / f"p{number}.png")
        picture(tmp_path / "clean" / f"p{number}.bmp")
    plan = splitting.plan(tmp_path, SHARES)
    assert plan.form == "pairs of noisy/ and clean/"
    splitting.apply(plan)
    for split, count in (("train", 16), ("validation", 2), ("test", 2)):
        noisy, clean = names(tmp_path / split / "noisy"), names(tmp_path / split / "clean")
        assert len(noisy) == count
        assert {name[:-4] for name in noisy} == {name[:-4] for name in clean}
    assert not (tmp_path / "noisy").exists()


def test_what_is_known_of_all_pictures_of_a_folder_is_known_in_every_split(tmp_path: Path) -> None:
    for number in range(20):
        picture(tmp_path / "noisy" / f"p{number}.png")
        picture(tmp_path / "clean" / f"p{number}.png")
    (tmp_path / "noisy.json").write_text('{"sigma": 0.1}')
    (tmp_path / "noisy.kernel.npy").write_bytes(b"k")
    plan = splitting.plan(tmp_path, SHARES)
    assert "noisy.json -> test/noisy.json" in plan.lines()
    splitting.apply(plan)
    for split in SPLITS:
        assert read_known(next((tmp_path / split / "noisy").iterdir())).sigma == 0.1
        assert (tmp_path / split / "noisy.kernel.npy").read_bytes() == b"k"
    assert {path.name for path in tmp_path.iterdir()} == set(SPLITS)


def test_what_is_known_of_a_flat_folder_is_known_in_every_split_and_stays_where_it_is(flat: Path) -> None:
    (flat.parent / "pictures.json").write_text('{"sigma": 0.1}')
    plan = splitting.plan(flat, SHARES)
    assert plan.as_json()["copies"] == {f"{split}.json": "../pictures.json" for split in SPLITS}
    splitting.apply(plan)
    assert all(read_known(next((flat / split).glob("*.png"))).sigma in (0.1, None) for split in SPLITS)
    assert (flat.parent / "pictures.json").is_file()


def test_the_shots_of_a_scene_stay_in_one_split(tmp_path: Path) -> None:
    for scene in range(10):
        for shot in range(3):
            picture(tmp_path / "shots" / f"s{scene}" / f"{shot}.png")
        (tmp_path / "shots" / f"s{scene}.json").write_text("{}")
        (tmp_path / "shots" / f"s{scene}.kernel.npy").write_bytes(b"")
    plan = splitting.plan(tmp_path, SHARES)
    assert plan.images == {"train": 8, "validation": 1, "test": 1}
    splitting.apply(plan)
    for split in SPLITS:
        for scene in (tmp_path / split / "shots").iterdir():
            if scene.is_dir():
                assert len(names(scene)) == 3
                assert scene.with_suffix(".json").is_file()
                assert scene.with_suffix(".kernel.npy").is_file()


def test_scenes_that_names_tell_stay_in_one_split(tmp_path: Path) -> None:
    for field in range(12):
        for channel in range(3):
            picture(tmp_path / f"fov{field:03d}_c{channel}.png")
    plan = splitting.plan(tmp_path, SHARES)
    assert plan.scenes == 12
    splitting.apply(plan)
    splits = {path.name[:6]: set[str]() for path in tmp_path.rglob("*.png")}
    for path in tmp_path.rglob("*.png"):
        splits[path.name[:6]].add(path.parent.name)
    assert all(len(where) == 1 for where in splits.values())


def test_scenes_may_be_named_by_an_expression(tmp_path: Path) -> None:
    for number in range(30):
        picture(tmp_path / f"{number}day{number % 6}.png")
    plan = splitting.plan(tmp_path, SHARES, r"(day\d)")
    assert plan.scenes == 6
    assert plan.images == {"train": 20, "validation": 5, "test": 5}


@given(st.lists(st.integers(1, 30), min_size=3, max_size=40), st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_every_split_has_a_scene_and_every_scene_a_split(sizes: list[int], shares: tuple[int, int]) -> None:
    scenes = {f"scene{number}": size for number, size in enumerate(sizes)}
    made = splitting._assign(scenes, (100 - sum(shares), *shares))
    assert made.keys() == scenes.keys()
    assert set(made.values()) == set(SPLITS)


def test_where_a_file_cannot_be_moved_nothing_is_moved(flat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = splitting.plan(flat, SHARES)
    before, original = names(flat), Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.name == "p30.png" and path.parent == flat:
            raise PermissionError(13, "Permission denied")
        return original(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(DataError, match=r"p30\.png: cannot be moved \(Permission denied\); nothing was changed"):
        splitting.apply(plan)
    assert names(flat) == before


def test_what_cannot_be_split_is_refused_with_the_reason(flat: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        splitting.plan(tmp_path / "nothing", SHARES)
    picture(tmp_path / "pairs" / "noisy" / "a.png")
    picture(tmp_path / "pairs" / "clean" / "b.png")
    with pytest.raises(DataError, match=r"noisy/a\.png: has no clean picture a; .* \(and 1 more\)"):
        splitting.plan(tmp_path / "pairs", SHARES)
    picture(tmp_path / "two" / "a.png")
    picture(tmp_path / "two" / "b.png")
    with pytest.raises(UsageError, match="there are 2 scenes; give at least 3"):
        splitting.plan(tmp_path / "two", SHARES)
    (flat / "train").mkdir()
    with pytest.raises(DataError, match=r"is split already \(train/ is there\)"):
        splitting.plan(flat, SHARES)


@pytest.mark.parametrize("text", ["80/20", "80/10/11", "80/20/0", "a/b/c", "80/10/10/0", "", "80/-10/30", "٨٠/10/10"])
def test_shares_that_make_no_whole_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="add up to 100"):
        splitting.parse_shares(text)


def test_shares_are_percent_of_train_validation_and_test() -> None:
    assert splitting.parse_shares("70/20/10") == (70, 20, 10)
