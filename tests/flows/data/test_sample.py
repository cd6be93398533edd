"""The project's own photographs are the wheels' bytes, and data.dvc names them."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import yaml
from burnish.errors import DataError
from burnish_flows.data import sample
from burnish_flows.data.manifest import measure

ROOT = Path(__file__).parents[3]


def test_the_photographs_together_have_the_hash_that_data_dvc_names(tmp_path: Path) -> None:
    sample.materialise(tmp_path / "data")
    pointer = yaml.safe_load((ROOT / "data.dvc").read_text())["outs"][0]
    manifest = measure(tmp_path / "data")
    assert manifest.md5 == sample.MD5 == pointer["md5"]
    assert (manifest.bytes, len(manifest.files)) == (pointer["size"], pointer["nfiles"])


def test_every_photograph_is_the_byte_for_byte_copy_of_the_wheels_file(tmp_path: Path) -> None:
    import skimage
    import sklearn.datasets

    shipped = {
        sample.SKIMAGE: Path(skimage.__file__).parent / "data",
        sample.SKLEARN: Path(sklearn.datasets.__file__).parent / "images",
    }
    sample.materialise(tmp_path)
    for photograph in sample.PHOTOGRAPHS:
        assert (tmp_path / photograph.path).read_bytes() == (shipped[photograph.source] / photograph.name).read_bytes()


def test_no_photograph_is_in_two_splits_and_every_split_has_some() -> None:
    names = [photograph.name for photograph in sample.PHOTOGRAPHS]
    assert len(set(names)) == len(names)
    assert len({photograph.md5 for photograph in sample.PHOTOGRAPHS}) == len(names)
    assert {photograph.split for photograph in sample.PHOTOGRAPHS} == {"train", "validation", "test"}


def test_origin_and_licence_of_every_photograph_are_in_the_manual() -> None:
    manual = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    for photograph in sample.PHOTOGRAPHS:
        row = next(line for line in manual.splitlines() if f"`{photograph.path}`" in line)
        assert sample.LICENCES[photograph.licence] in row
        assert photograph.origin in row


def test_a_wheel_with_other_bytes_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "astronaut.png"
    other.write_bytes(b"another picture")
    monkeypatch.setattr(sample, "locate", lambda photograph: other)
    with pytest.raises(DataError, match=r"astronaut\.png: is not the picture that data\.dvc names"):
        sample.materialise(tmp_path / "data")


def test_a_missing_wheel_is_named_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(sample, "distribution", absent)
    with pytest.raises(DataError, match="run: pip install scikit-image"):
        sample.locate(sample.PHOTOGRAPHS[0])


def test_the_table_holds_md5_sums_of_the_whole_files() -> None:
    for photograph in sample.PHOTOGRAPHS:
        assert hashlib.md5(sample.locate(photograph).read_bytes()).hexdigest() == photograph.md5
