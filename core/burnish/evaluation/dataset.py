"""The pictures of a benchmark: their names, the pairs of degraded and clean files, and the hash over all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from burnish.errors import DataError
from burnish.io import list_clips, list_pictures
from burnish.io.depth import Depth, deepest

Frames = Literal["none", "degraded", "both"]
"""Whether images are single pictures, or pictures with bursts, or clips."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One clean picture, and the degraded one where there is such a folder."""

    name: str
    """Path relative to the clean folder, with forward slashes; the key of every score."""
    clean: Path
    """A picture file, or a clip's folder of frames."""
    degraded: Path | None = None
    kernel: Path | None = None
    """The file of its blur's kernel, where it is known."""


def items(
    clean: Path, degraded: Path | None = None, *, frames: Frames = "none", kernels: Path | None = None
) -> list[Item]:
    """The pictures of a folder (or the one file), sorted by name, each with its degraded file where a folder is given.

    A degraded file belongs to the clean one of the same relative name, whatever its suffix.

    Args:
        clean: Folder of clean pictures, one picture, or of clips a folder of folders of frames.
        degraded: The like of degraded ones; None: a degrader makes them.
        frames: Which of the two are folders of frames: ``none``, ``degraded`` (bursts) or ``both`` (clips).
        kernels: Folder with a kernel for each image, by name; or one file, for all.

    Raises:
        DataError: A folder is missing or has no pictures, or the two do not match one to one; names the odd ones.
    """
    named = _clips(clean) if frames == "both" else _named(clean)
    found = [Item(name=name, clean=path) for name, path in named.items()]
    if degraded is not None:
        if clean.is_file() and degraded.is_file():
            others = {clean.name: degraded}
        else:
            others = matched(
                named, _named(degraded) if frames == "none" else _clips(degraded), degraded, "degraded one"
            )
        found = [replace(item, degraded=others[item.name]) for item in found]
    if kernels is not None:
        files = (
            dict.fromkeys(named, kernels) if kernels.is_file() else matched(named, _files(kernels), kernels, "kernel")
        )
        found = [replace(item, kernel=files[item.name]) for item in found]
    return found


def matched(named: Mapping[str, Path], others: Mapping[str, Path], folder: Path, what: str) -> dict[str, Path]:
    """Name of the clean picture → the other one of that name, whatever its suffix.

    Args:
        named: The clean pictures by relative name.
        others: The others by theirs.
        folder: Where the others are; for the error.
        what: What they are; for the error.

    Raises:
        DataError: They do not match one to one.
    """
    by_stem = _by_stem(others, folder)
    found = {name: others.get(name) or by_stem.get(_stem(name)) for name in named}
    missing = [name for name, path in found.items() if path is None]
    spare = sorted(set(others.values()) - {path for path in found.values() if path is not None})
    if missing or spare:
        facts = []
        if missing:
            facts.append(f"{len(missing)} clean pictures have no {what} (first: {missing[0]})")
        if spare:
            facts.append(f"{len(spare)} have no clean picture (first: {spare[0].relative_to(folder)})")
        raise DataError(f"{folder}: {' and '.join(facts)}; name each pair alike")
    return {name: path for name, path in found.items() if path is not None}


def data_hash(folder: Path) -> str:
    """sha256 over the relative names and the bytes of a folder's pictures (or of one file), in the order of names.

    Raises:
        DataError: The folder is missing, has no pictures, or one cannot be read.
    """
    return _hash(_named(folder))


def data_depth(folder: Path) -> Depth:
    """The largest bit depth of a folder's pictures (or one file); metrics score all of them in that depth.

    Raises:
        DataError: The folder is missing or has no pictures.
        ImagingError: A picture cannot be read.
    """
    return deepest(_named(folder).values())


def file_hash(folder: Path) -> str:
    """The same over all files of a folder, or one file, whatever they hold.

    Raises:
        DataError: As ``data_hash``.
    """
    return _hash({folder.name: folder} if folder.is_file() else _files(folder))


def _hash(named: Mapping[str, Path]) -> str:
    total = hashlib.sha256()
    for name, path in named.items():
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
        total.update(os.fsencode(f"{name}\0{content}\n"))
    return total.hexdigest()


def _named(folder: Path) -> dict[str, Path]:
    """Relative name → path, sorted by name."""
    if folder.is_file():
        return {folder.name: folder}
    return {path.relative_to(folder).as_posix(): path for path in sorted(list_pictures(folder))}


def _clips(folder: Path) -> dict[str, Path]:
    """Relative name of a folder of frames → its path; a folder that itself holds frames has its own name."""
    clips = list_clips(folder)
    return {clip.name if clip == folder else clip.relative_to(folder).as_posix(): clip for clip in clips}


def _files(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f"{folder}: is missing; give a kernel's file, or a folder with one for each picture")
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _by_stem(named: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    stems: dict[str, Path] = {}
    for name, path in named.items():
        if _stem(name) in stems:
            other = stems[_stem(name)].name
            raise DataError(f"{folder}: {path.name} and {other} differ in their suffix only; keep one of them")
        stems[_stem(name)] = path
    return stems


def _stem(name: str) -> str:
    return str(Path(name).with_suffix(""))
