"""Hashes of a data folder: DVC's own, without DVC."""

from __future__ import annotations

import hashlib
from pathlib import Path

from burnish_flows.data import dvc_repo
from burnish_flows.data.manifest import Manifest, compare, file_md5, measure, shared_between


def _folder(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_the_hash_of_a_folder_is_the_one_that_dvc_gives_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name in ("a/x.txt", "a-z.txt", "a/b/ü ß.txt", "A.txt", "a/b.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    dvc_repo.initialise(tmp_path)
    dvc_repo.add(tmp_path, "data")
    record = dvc_repo.recorded(tmp_path, "data")
    assert record is not None
    manifest = measure(folder)
    assert (manifest.md5, manifest.bytes, len(manifest.files)) == (record["md5"], record["size"], record["nfiles"])


def test_a_file_is_hashed_whole_even_beyond_one_block(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(bytes(range(256)) * 9000)
    assert file_md5(path) == hashlib.md5(path.read_bytes()).hexdigest()


def test_missing_changed_and_unknown_files_are_named(tmp_path: Path) -> None:
    actual = measure(_folder(tmp_path, same="1", changed="2", new="3"))
    expected = {"same": actual.files["same"], "changed": "0" * 32, "gone": "1" * 32}
    differences = compare(actual, expected)
    assert (differences.missing, differences.changed, differences.unknown) == (("gone",), ("changed",), ("new",))
    assert str(differences) == "1 missing (gone); 1 changed (changed); 1 unknown (new)"
    assert not compare(actual, actual.files)


def test_the_same_bytes_in_two_splits_are_found_and_within_one_are_not() -> None:
    manifest = Manifest(
        files={"train/a": "1", "train/b": "1", "test/c": "2", "validation/d": "2", "notes/e": "3", "test/f": "3"}
    )
    assert shared_between(manifest, ("train", "validation", "test")) == [("test/c", "validation/d")]
