"""The pictures of a dataset that belong together: degraded and clean ones, shots of a scene, kernels, known facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from burnish.errors import DataError
from burnish.io import list_clips, list_frames, list_pictures

Frames = Literal["none", "degraded", "both"]
"""Whether images are single pictures, or pictures with bursts, or clips."""

KERNEL = ".kernel.npy"
"""Beside a degraded picture ``x.png``: ``x.kernel.npy``; beside its folder, for all pictures in that."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One image of a dataset: its clean picture, its degraded one, or its shots; at least one of the three."""

    name: str
    """Path relative to the folder, with forward slashes; the key of every score."""
    clean: Path | None = None
    """A picture file, or a clip's folder of frames."""
    degraded: Path | None = None
    shots: tuple[Path, ...] = ()
    """Degraded pictures of one scene, in the order of their names; the first is the one to restore."""
    kernel: Path | None = None
    """The file of its blur's kernel, where it is known; of shots that of the first."""

    @property
    def observed(self) -> Path | None:
        """The degraded file that is restored, where it is not made by a degrader."""
        return self.shots[0] if self.shots else self.degraded

    @property
    def reference(self) -> Path:
        """The clean file; where there is none, the degraded one."""
        found = self.clean or self.observed
        assert found is not None
        return found


def items(
    clean: Path, degraded: Path | None = None, *, frames: Frames = "none", kernels: Path | None = None
) -> list[Item]:
    """The pictures of a folder (or the one file), sorted by name, each with its degraded file where a folder is given.

    A degraded file belongs to the clean one of the same relative name, whatever its suffix.

    Args:
        clean: Folder of clean pictures, one picture, or of clips a folder of folders of frames.
        degraded: The like of degraded ones; None: a degrader makes them.
        frames: Which of the two are folders of frames: ``none``, ``degraded`` (bursts) or ``both`` (clips).
        kernels: Folder with a kernel for each image, by name; or one file, for all. Default: the ``x.kernel.npy``
            beside each degraded picture, where there is one.

    Raises:
        DataError: A folder is missing or has no pictures, or the two do not match one to one; names the odd ones.
    """
    known = named_clips(clean) if frames == "both" else named_pictures(clean)
    found = [Item(name=name, clean=path) for name, path in known.items()]
    if degraded is not None:
        if clean.is_file() and degraded.is_file():
            others = {clean.name: degraded}
        else:
            listed = named_pictures(degraded) if frames == "none" else named_clips(degraded)
            others = matched(known, listed, degraded, "degraded one")
        found = [replace(item, degraded=others[item.name], kernel=kernel_of(others[item.name])) for item in found]
    if kernels is not None:
        files = dict.fromkeys(known, kernels)
        if not kernels.is_file():
            files = matched(known, named_files(kernels), kernels, "kernel")
        found = [replace(item, kernel=files[item.name]) for item in found]
    return found


def degraded_items(degraded: Path) -> list[Item]:
    """The degraded pictures of a folder, without clean ones, sorted by name.

    Raises:
        DataError: The folder is missing or has no pictures.
    """
    return [Item(name=name, degraded=path, kernel=kernel_of(path)) for name, path in named_pictures(degraded).items()]


def shot_items(shots: Path) -> list[Item]:
    """The scenes of a folder of folders, sorted by name, each with all its shots.

    Raises:
        DataError: The folder is missing, holds pictures itself, has no scenes, or one has a single shot.
    """
    scenes = named_clips(shots)
    found = []
    for name, folder in scenes.items():
        if folder == shots:
            raise DataError(
                f"{shots}: holds pictures itself; put the shots of each scene into a folder of its own there"
            )
        files = tuple(list_frames(folder))
        if len(files) < 2:
            raise DataError(f"{folder}: has one shot only; at least two of a scene are needed, or remove the folder")
        found.append(Item(name=name, shots=files, kernel=kernel_of(files[0])))
    return found


def kernel_of(degraded: Path) -> Path | None:
    """The kernel's file beside a degraded picture, else beside its folder, where there is one."""
    return told_by(degraded, KERNEL)


def told_by(picture: Path, ending: str) -> Path | None:
    """The file with that ending beside a picture, else beside its folder, for all pictures (shots of a scene) in that,
    if there is one.
    """
    return beside(picture, ending) or beside(picture.parent, ending)


def beside(picture: Path, ending: str) -> Path | None:
    """The file beside a picture ``x.png`` (or folder of frames ``x``) that is named ``x`` + ending, if there is one."""
    name = picture.name if picture.is_dir() else picture.stem
    file = picture.parent / f"{name}{ending}"
    return file if name and file.is_file() else None


def matched(known: Mapping[str, Path], others: Mapping[str, Path], folder: Path, what: str) -> dict[str, Path]:
    """Name of the clean picture → the other one of that name, whatever its suffix.

    Args:
        known: The clean pictures by relative name.
        others: The others by theirs.
        folder: Where the others are; for the error.
        what: What they are; for the error.

    Raises:
        DataError: They do not match one to one.
    """
    by_stem = _by_stem(others, folder)
    found = {name: others.get(name) or by_stem.get(stem(name)) for name in known}
    missing = [name for name, path in found.items() if path is None]
    given: dict[Path, str] = {}
    for name, path in found.items():
        if path is not None and given.setdefault(path, name) != name:
            raise DataError(f"{given[path]} and {name} would both belong to {path}; keep one of them, or rename it")
    spare = sorted(set(others.values()) - given.keys())
    if missing or spare:
        facts = []
        if missing:
            facts.append(f"{len(missing)} clean pictures have no {what} (first: {missing[0]})")
        if spare:
            facts.append(f"{len(spare)} have no clean picture (first: {spare[0].relative_to(folder)})")
        raise DataError(f"{folder}: {' and '.join(facts)}; name each pair alike")
    return {name: path for name, path in found.items() if path is not None}


def named_pictures(folder: Path) -> dict[str, Path]:
    """Relative name → path of every picture, sorted by name; of one file its name."""
    if folder.is_file():
        return {folder.name: folder}
    return {path.relative_to(folder).as_posix(): path for path in sorted(list_pictures(folder))}


def named_clips(folder: Path) -> dict[str, Path]:
    """Relative name of a folder of frames → its path; a folder that itself holds frames has its own name."""
    clips = list_clips(folder)
    return {clip.name if clip == folder else clip.relative_to(folder).as_posix(): clip for clip in clips}


def named_files(folder: Path) -> dict[str, Path]:
    """Relative name → path of every file, whatever it holds.

    Raises:
        DataError: The folder is missing.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: is missing; give a kernel's file, or a folder with one for each picture")
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def stem(name: str) -> str:
    """A relative name without its suffix, by which the files of one image belong together."""
    return str(Path(name).with_suffix(""))


def _by_stem(named: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    stems: dict[str, Path] = {}
    for name, path in named.items():
        if stem(name) in stems:
            other = stems[stem(name)].name
            raise DataError(f"{folder}: {path.name} and {other} differ in their suffix only; keep one of them")
        stems[stem(name)] = path
    return stems
