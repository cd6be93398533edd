"""A wheel or sdist that lacks something, or holds too much, is named; the whole one passes, and is the same twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from release import building, contents
from release.distributions import ROOT, Distribution, workspace
from release.reporting import FailedError

EPOCH = "1700000000"


@pytest.fixture(scope="module")
def smallest() -> Distribution:
    """The distribution that is built fastest."""
    return next(one for one in workspace() if one.name == "burnish-webhook")


def build(one: Distribution, root: Path) -> Path:
    """Its wheel and sdist, from a copy below this folder; where they are."""
    source = root / "source" / one.folder
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / one.folder, source, ignore=ignored)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(root / "dist")], cwd=source,
        env={"SOURCE_DATE_EPOCH": EPOCH, "PATH": ""}, check=True, capture_output=True,
    )  # fmt: skip
    return root / "dist"


@pytest.fixture(scope="module")
def built(smallest: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both files, not to be changed."""
    return build(smallest, tmp_path_factory.mktemp("first"))


@pytest.fixture
def spoiled(built: Path, tmp_path: Path) -> Path:
    """A copy of the two files, to be changed."""
    return Path(shutil.copytree(built, tmp_path / "dist"))


def tracked(one: Distribution) -> set[str]:
    files = (path for path in (ROOT / one.folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT / one.folder).as_posix() for path in files}


def test_what_is_built_holds_every_tracked_file_license_readme_and_metadata(
    smallest: Distribution, built: Path
) -> None:
    contents.check(smallest, built, tracked(smallest), ROOT / smallest.folder)


def test_two_builds_in_two_folders_give_the_same_bytes(smallest: Distribution, built: Path, tmp_path: Path) -> None:
    building.same_bytes(smallest, built, build(smallest, tmp_path / "another folder"))


def test_a_file_that_is_not_inside_is_named(smallest: Distribution, built: Path) -> None:
    more = tracked(smallest) | {"burnish_webhook/new.py"}
    with pytest.raises(FailedError, match=r"burnish_webhook-.*\.tar\.gz: lacks burnish_webhook/new\.py"):
        contents.check(smallest, built, more, ROOT / smallest.folder)


def test_a_file_that_nobody_tracks_is_named(smallest: Distribution, built: Path) -> None:
    fewer = tracked(smallest) - {"burnish_webhook/plugin.py"}
    with pytest.raises(FailedError, match=r"holds, though not tracked, burnish_webhook/plugin\.py"):
        contents.check(smallest, built, fewer, ROOT / smallest.folder)


def test_a_wheel_without_the_license_is_named(smallest: Distribution, spoiled: Path) -> None:
    wheel = spoiled / smallest.wheel
    with zipfile.ZipFile(wheel) as packed:
        kept = {name: packed.read(name) for name in packed.namelist() if not name.endswith("LICENSE")}
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, data in kept.items():
            packed.writestr(name, data)
    with pytest.raises(FailedError, match=r"\.whl: .*licenses/LICENSE is missing"):
        contents.check(smallest, spoiled, tracked(smallest), ROOT / smallest.folder)


def test_the_file_in_which_two_builds_differ_is_named(smallest: Distribution, built: Path, spoiled: Path) -> None:
    with zipfile.ZipFile(spoiled / smallest.wheel, "a") as packed:
        packed.writestr("burnish_webhook/stray.py", "")
    with pytest.raises(FailedError, match=r"burnish-webhook: two builds of .*\.whl differ: burnish_webhook/stray\.py"):
        building.same_bytes(smallest, built, spoiled)


def test_wheels_of_another_commit_are_not_installed(smallest: Distribution, built: Path, tmp_path: Path) -> None:
    building.require_built(smallest, built, EPOCH)
    with pytest.raises(FailedError, match="was built from another commit"):
        building.require_built(smallest, built, str(int(EPOCH) + 60))
    with pytest.raises(FailedError, match="is not there; build it first"):
        building.require_built(smallest, tmp_path, EPOCH)
