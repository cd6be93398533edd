"""``burnish data`` wherever a dataset lies: in git, outside, before git, below a repository, several, moved."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from burnish.cli.main import main
from PIL import Image

GIT = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]


def _pictures(folder: Path, seed: int = 0) -> Path:
    generator = np.random.default_rng(seed)
    for split in ("train", "validation", "test"):
        (folder / split).mkdir(parents=True)
        Image.fromarray(generator.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / split / "a.png")
    return folder


def _git(root: Path, *words: str) -> str:
    return subprocess.run([*GIT, *words], cwd=root, check=True, capture_output=True, text=True).stdout


def _keep(printed: str, cwd: Path) -> None:
    """Type what is printed after ``Keep the version:``, literally."""
    (told,) = [line.removeprefix("Keep the version: ") for line in printed.splitlines() if line.startswith("Keep")]
    settings = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "Ann"}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "GIT_COMMITTER_EMAIL": "a@b", **settings}
    subprocess.run(["sh", "-ec", told], cwd=cwd, env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("name", ["pictures", "my holiday pictures", "it's", "photos.2024"])
def test_what_is_printed_to_keep_a_version_keeps_it_and_only_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _git(tmp_path, "init", "-q")
    _pictures(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert main(["data", "add", name]) == 0
    _keep(capsys.readouterr().out, tmp_path)
    kept = set(_git(tmp_path, "-c", "core.quotepath=off", "ls-files").splitlines())
    assert f"{name}.dvc" in kept
    assert {".dvc/config", ".gitignore"} <= kept
    assert not any(path.endswith(".png") for path in kept)
    assert _git(tmp_path, "status", "--porcelain") == ""
    for words in (["status"], ["verify"], ["status", name], ["pull", f"{name}.dvc"]):
        assert main(["data", *words]) == 0


def test_in_a_subfolder_of_a_repository_the_printed_command_works_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _git(tmp_path, "init", "-q")
    _pictures(tmp_path / "deep" / "photos")
    monkeypatch.chdir(tmp_path / "deep")
    assert main(["data", "add", "photos"]) == 0
    _keep(capsys.readouterr().out, tmp_path / "deep")
    assert {"deep/photos.dvc", "deep/.gitignore"} <= set(_git(tmp_path, "ls-files").splitlines())
    shutil.rmtree(tmp_path / "deep" / "photos")
    assert main(["data", "pull", "photos"]) == 0
    assert main(["data", "status"]) == 0
    assert "deep/photos: as recorded" in capsys.readouterr().out


def test_outside_of_git_nothing_is_advised_that_fails_and_git_may_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pictures(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    assert main(["data", "add", "photos"]) == 0
    printed = capsys.readouterr().out
    assert "git add" not in printed
    assert "this folder is not in a git repository" in printed
    assert main(["data", "status"]) == 0
    _git(tmp_path, "init", "-q")
    assert main(["data", "verify"]) == 0
    assert main(["data", "add", "photos"]) == 0
    assert "no_scm" not in (tmp_path / ".dvc" / "config").read_text()
    _keep(capsys.readouterr().out, tmp_path)
    _git(tmp_path, "add", ".")
    assert not any(".png" in path or "cache" in path for path in _git(tmp_path, "ls-files").splitlines())


def test_the_only_dataset_is_meant_where_none_is_named_and_of_several_one_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".dvc").mkdir()
    monkeypatch.chdir(tmp_path)
    _pictures(tmp_path / "flowers")
    assert main(["data", "add", "flowers"]) == 0
    assert main(["data", "status"]) == 0
    assert "flowers: as recorded" in capsys.readouterr().out
    _pictures(tmp_path / "birds", seed=1)
    assert main(["data", "add", "birds"]) == 0
    assert main(["data", "status"]) == 2
    assert "there are several datasets; name one of birds, flowers" in capsys.readouterr().err
    _pictures(tmp_path / "data", seed=2)
    assert main(["data", "add"]) == 0
    assert main(["data", "status"]) == 0
    assert "data: as recorded" in capsys.readouterr().out


def test_a_project_that_was_moved_knows_its_data_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "before", tmp_path / "elsewhere" / "after"
    _pictures(before / "photos")
    _git(before, "init", "-q")
    monkeypatch.chdir(before)
    assert main(["data", "add", "photos"]) == 0
    after.parent.mkdir()
    monkeypatch.chdir(tmp_path)
    before.rename(after)
    monkeypatch.chdir(after)
    assert main(["data", "verify"]) == 0
    shutil.rmtree(after / "photos")
    assert main(["data", "pull"]) == 0
    assert "from DVC's cache" in capsys.readouterr().out


def test_the_password_of_a_remote_is_in_no_file_that_git_keeps_and_in_nobodys_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _git(tmp_path, "init", "-q")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("subprocess.run", _checked)
    assert main(["data", "remote", "https://ann:hunter22@store.example/data", "--no-push"]) == 0
    said = capsys.readouterr()
    assert "https://***@store.example/data is the default remote" in said.out
    assert "hunter22" not in said.out + said.err
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    _git(tmp_path, "add", ".")
    assert "https://store.example/data" in (tmp_path / ".dvc" / "config").read_text()
    assert not any("hunter22" in (tmp_path / path).read_text() for path in _git(tmp_path, "ls-files").splitlines())
    local = tmp_path / ".dvc" / "config.local"
    assert "https://ann:hunter22@store.example/data" in local.read_text()
    assert local.stat().st_mode & 0o077 == 0
    assert main(["data", "remote", str(tmp_path / "plain"), "--no-push"]) == 0
    assert "hunter22" not in local.read_text()


_run = subprocess.run


def _checked(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    assert "hunter22" not in shlex.join(map(str, words))
    return _run(words, **options)  # type: ignore[call-overload, no-any-return]
