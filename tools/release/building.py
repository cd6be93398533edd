"""Builds wheels and sdists of the last commit twice, and compares their bytes."""

from __future__ import annotations

import os
import shutil
import tarfile
import time
import venv
import zipfile
from pathlib import Path

from release.distributions import Distribution, workspace
from release.reporting import FailedError, require, run

UMASKS = (0o022, 0o077)
"""Of the two builds."""


def commit(root: Path) -> tuple[str, str]:
    """The last commit of the repository, and its time in seconds since 1970."""
    name, seconds = run(["git", "log", "-1", "--format=%H %ct"], cwd=root).split()
    return name, seconds


def changed(root: Path) -> bool:
    """Whether the worktree holds what no commit holds."""
    return bool(run(["git", "status", "--porcelain"], cwd=root).strip())


def tracked(root: Path, name: str, folder: Path) -> set[str]:
    """Files of a distribution in a commit, relative to its folder."""
    told = run(["git", "ls-tree", "-r", "-z", "--name-only", f"{name}:{folder.as_posix()}"], cwd=root)
    return {path for path in told.split("\0") if path}


def environment(folder: Path) -> Path:
    """An empty environment; its folder of programs."""
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / "bin"


def tools(folder: Path, root: Path) -> Path:
    """An environment with the group ``release`` of the repository's ``pyproject.toml``; the build backend is pinned."""
    programs = environment(folder)
    pip: list[str | Path] = [programs / "python", "-m", "pip", "install", "--quiet", "-c", root / "constraints.txt"]
    run([*pip, "pip>=25.1"], cwd=folder)
    run([*pip, "--group", f"{root / 'pyproject.toml'}:release"], cwd=folder)
    return programs


def export(root: Path, name: str, folder: Path, umask: int) -> None:
    """Write a commit's files into a new folder, as of now: a release never holds what is not committed."""
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    run(["git", "archive", "--format=tar", "-o", archive, name], cwd=root)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode & ~umask)
        os.utime(path)


def build(programs: Path, one: Distribution, source: Path, out: Path, epoch: str, *, direct: bool) -> None:
    """A wheel and an sdist.

    Args:
        programs: Those of ``tools``.
        one: What to build.
        source: An export of the repository.
        out: Where the two files go.
        epoch: ``SOURCE_DATE_EPOCH``.
        direct: Build the wheel from the folder, under the stricter umask; otherwise from the sdist, as installers do.
    """
    command: list[str | Path] = [
        programs / "python",
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        out,
        source / one.folder,
    ]
    run(
        [*command, *(["--sdist", "--wheel"] if direct else [])],
        cwd=source,
        more={"SOURCE_DATE_EPOCH": epoch},
        umask=UMASKS[direct],
    )


def same_bytes(one: Distribution, first: Path, second: Path) -> None:
    """Require that both builds gave the same two files."""
    for name in (one.sdist, one.wheel):
        require((first / name).is_file(), f"{one.name}: no {name} was built")
        if (first / name).read_bytes() != (second / name).read_bytes():
            before, after = _members(first / name), _members(second / name)
            different = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
            told = ", ".join(different[:5]) or "in the order, times or modes of its files"
            raise FailedError(f"{one.name}: two builds of {name} differ: {told}")


def _members(path: Path) -> dict[str, bytes]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(path) as sdist:
        files = ((member.name, sdist.extractfile(member)) for member in sdist.getmembers())
        return {name: file.read() for name, file in files if file is not None}


def build_all(programs: Path, root: Path, name: str, epoch: str, work: Path) -> tuple[Path, Path]:
    """Both builds of all distributions of a commit; the folders of their files."""
    outs = []
    for number, place in enumerate(("first", "a folder with another name")):
        source, out = work / place / "source", work / place / "dist"
        export(root, name, source, UMASKS[number])
        for one in workspace(source):
            build(programs, one, source, out, epoch, direct=number == 1)
        outs.append(out)
    return outs[0], outs[1]


def require_built(one: Distribution, folder: Path, epoch: str) -> None:
    """Require that a folder has the wheel of the commit of this time."""
    path = folder / one.wheel
    require(path.is_file(), f"{path} is not there; build it first: make release-check ONLY=build")
    with zipfile.ZipFile(path) as wheel:
        made = wheel.infolist()[0].date_time
    year, month, day, hour, minute, second = time.gmtime(int(epoch))[:6]
    wanted = (year, month, day, hour, minute, second // 2 * 2)  # ZIP counts pairs of seconds
    require(made == wanted, f"{path} was built from another commit; build it again: make release-check ONLY=build")
