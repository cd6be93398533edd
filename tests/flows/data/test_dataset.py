"""Data are pinned by their bytes; changed ones are refused; missing ones are fetched and checked by hash."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from burnish.errors import DataError
from burnish_flows.data import dataset, dvc_repo, sample
from burnish_flows.environment import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project outside of git with three tiny pictures."""
    root = tmp_path / "project"
    for number, split in enumerate(dataset.SPLITS):
        (root / "pictures" / split).mkdir(parents=True)
        cv2.imwrite(str(root / "pictures" / split / "a.png"), np.full((8, 8, 3), 40 * number, np.uint8))
    return Project(root=root)


def _change(path: Path) -> None:
    path.unlink()
    cv2.imwrite(str(path), np.full((8, 8, 3), 200, np.uint8))


def test_a_folder_that_was_added_is_pinned_by_the_hash_that_dvc_wrote(project: Project) -> None:
    added = dataset.add(project, project.root / "pictures")
    pin = dataset.pin(project, "pictures")
    assert added.initialised
    assert added.pictures == {"train": 1, "validation": 1, "test": 1}
    assert pin.md5 == dvc_repo.recorded(project.root, "pictures")["md5"]  # type: ignore[index]
    assert (pin.files, pin.dirty, pin.git_revision) == (3, False, "")


def test_changed_data_are_refused_with_the_names_of_the_files(project: Project) -> None:
    dataset.add(project, project.root / "pictures")
    _change(project.root / "pictures" / "train" / "a.png")
    with pytest.raises(DataError, match=r"1 changed \(train/a\.png\).*record it with: burnish data add pictures"):
        dataset.pin(project, "pictures")


def test_changed_data_are_recorded_as_such_when_that_is_asked_for(project: Project) -> None:
    before = dataset.add(project, project.root / "pictures").pin
    _change(project.root / "pictures" / "train" / "a.png")
    pin = dataset.pin(project, "pictures", allow_dirty=True)
    assert pin.dirty
    assert pin.recorded_md5 == before.md5 != pin.md5


def test_adding_again_records_the_new_version(project: Project) -> None:
    before = dataset.add(project, project.root / "pictures").pin
    _change(project.root / "pictures" / "train" / "a.png")
    after = dataset.add(project, project.root / "pictures")
    assert not after.initialised
    assert after.pin.md5 != before.md5
    assert not dataset.pin(project, "pictures").dirty


def test_pulling_by_force_undoes_a_change(project: Project) -> None:
    dataset.add(project, project.root / "pictures")
    path = project.root / "pictures" / "train" / "a.png"
    before = path.read_bytes()
    _change(path)
    with pytest.raises(DataError, match="burnish data pull --overwrite pictures"):
        dataset.pull(project, "pictures")
    assert dataset.pull(project, "pictures", force=True) == "cache"
    assert path.read_bytes() == before
    assert dataset.pull(project, "pictures") == "present"


def test_a_plain_folder_is_refused_with_the_mend(project: Project) -> None:
    with pytest.raises(DataError, match="pictures: is not versioned; run: burnish data add pictures"):
        dataset.pin(project, "pictures")


def test_a_project_without_any_data_is_told_how_to_begin(project: Project) -> None:
    with pytest.raises(DataError, match=r"there is neither data\.dvc nor such a folder"):
        dataset.pin(project, "data")


def test_a_folder_without_a_split_is_refused(project: Project) -> None:
    shutil.rmtree(project.root / "pictures" / "test")
    with pytest.raises(DataError, match="pictures/test: is missing; put the pictures into pictures/train"):
        dataset.add(project, project.root / "pictures")


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_recorded(project: Project) -> None:
    (project.root / "pictures" / "test" / "broken.png").write_text("no picture")
    with pytest.raises(Exception, match=r"broken\.png"):
        dataset.add(project, project.root / "pictures")
    assert not (project.root / "pictures.dvc").exists()


def test_the_same_picture_in_two_splits_is_warned_of(project: Project) -> None:
    shutil.copy(project.root / "pictures" / "train" / "a.png", project.root / "pictures" / "test" / "again.png")
    warnings = dataset.add(project, project.root / "pictures").warnings
    assert warnings == ("the same picture in two splits: test/again.png = train/a.png",)


def test_a_folder_outside_of_the_project_is_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(DataError, match="is not inside the project"):
        dataset.add(project, tmp_path / "elsewhere")


def test_a_remote_gives_the_data_to_a_project_with_an_empty_cache(project: Project, tmp_path: Path) -> None:
    before = dataset.add(project, project.root / "pictures").pin
    dataset.set_remote(project, str(tmp_path / "remote"))
    assert dvc_repo.push(project.root, "pictures") > 0
    shutil.rmtree(project.root / "pictures")
    shutil.rmtree(project.root / ".dvc" / "cache")
    shutil.rmtree(project.root / ".dvc" / "tmp")
    assert dataset.status(project, "pictures").state.startswith("missing; fetch it")
    assert dataset.pin(project, "pictures").md5 == before.md5
    assert dataset.status(project, "pictures").state == "as recorded"


def test_a_damaged_object_of_a_remote_is_not_taken_for_data(project: Project, tmp_path: Path) -> None:
    dataset.add(project, project.root / "pictures")
    dataset.set_remote(project, str(tmp_path / "remote"))
    dvc_repo.push(project.root, "pictures")
    objects = [p for p in (tmp_path / "remote").rglob("*") if p.is_file() and p.suffix != ".dir"]
    objects[0].chmod(0o644)
    objects[0].write_bytes(b"damaged")
    shutil.rmtree(project.root / "pictures")
    shutil.rmtree(project.root / ".dvc" / "cache")
    shutil.rmtree(project.root / ".dvc" / "tmp")
    with pytest.raises(DataError):
        dataset.pull(project, "pictures")


def test_missing_data_without_a_remote_name_the_mend(project: Project) -> None:
    dataset.add(project, project.root / "pictures")
    shutil.rmtree(project.root / "pictures")
    shutil.rmtree(project.root / ".dvc" / "cache")
    with pytest.raises(DataError, match=r"no remote is configured .* burnish data remote URL"):
        dataset.pull(project, "pictures")


def test_a_pointer_that_is_no_pointer_is_named(project: Project) -> None:
    (project.root / "pictures.dvc").write_text("outs: []")
    with pytest.raises(DataError, match=r"pictures\.dvc: is not a DVC pointer"):
        dataset.pin(project, "pictures")


def test_a_fresh_clone_gets_the_projects_own_photographs_without_a_remote(tmp_path: Path) -> None:
    here = Path(__file__).parents[3]
    root = tmp_path / "clone"
    (root / ".dvc").mkdir(parents=True)
    for name in ("data.dvc", ".dvcignore", ".dvc/config", ".dvc/.gitignore"):
        shutil.copy(here / name, root / name)
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=n", "-c", "user.email=m", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    project = Project(root=root)
    pin = dataset.pin(project, "data")
    assert pin.md5 == sample.MD5
    assert pin.committed
    assert len(pin.git_revision) == 40
    assert not dataset.verify(project, "data")
    assert dvc_repo.changes(root, "data") == ""
    changed = subprocess.run(
        ["git", "-C", str(root), "status", "--porcelain", "data.dvc"], check=True, capture_output=True
    )
    assert changed.stdout == b""
    (root / "data" / "test" / "coffee.png").unlink()
    assert dataset.verify(project, "data").missing == ("test/coffee.png",)
