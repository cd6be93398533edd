"""Folders of pictures, and of clips and bursts: one folder of frames each, sorted by the numbers in their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote

from burnish.errors import DataError
from burnish.io.formats.lookup import is_picture, suffixes

_DIGITS = re.compile(r"(\d+)")


def list_pictures(folder: Path | str) -> list[Path]:
    """All picture files below a folder, recognised by suffix, sorted by folder and name; hidden ones are left out.

    The order is that of the paths' parts as plain text, the same on every system.

    Raises:
        DataError: The folder is missing, is no folder, or holds no picture.
    """
    folder = _existing(Path(folder), "give a folder of pictures")
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(place, name)
            for name in names
            if not name.startswith(".") and is_picture(name) and Path(place, name).is_file()
        ]
    if not found:
        raise DataError(f"{folder}: contains no picture; put files with one of {' '.join(suffixes())} there")
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def list_clips(folder: Path | str) -> list[Path]:
    """All folders at or below ``folder`` that contain pictures themselves, sorted by name; hidden ones are left out.

    Raises:
        DataError: The folder is missing, is no folder, or holds no frames.
    """
    folder = _existing(Path(folder), "give a folder of clips, each a folder of frames")
    found = []
    for place, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if _pictures(Path(place)):
            found.append(Path(place))
    if not found:
        raise DataError(f"{folder}: contains no clip; put each clip's frames into its own folder there")
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def list_frames(clip: Path | str) -> list[Path]:
    """The picture files of one folder in the order of the numbers in their names (``frame2`` before ``frame10``).

    Raises:
        DataError: It is no folder, or holds no pictures itself.
    """
    clip = Path(clip)
    found = _pictures(clip) if clip.is_dir() else []
    if not found:
        raise DataError(f"{clip}: is not a folder of frames; give a folder with one picture file per frame")
    return sorted(found, key=lambda path: (_natural(path.name), path.name))


def check_one_size(files: Sequence[Path], shapes: Iterable[tuple[int, ...]]) -> None:
    """Refuse frames of different shapes.

    Raises:
        DataError: One differs from the first; names it.
    """
    first, *others = shapes
    for path, shape in zip(files[1:], others, strict=True):
        if shape != first:
            raise DataError(
                f"{path}: differs in size from {files[0].name}; all frames of a clip or burst must have one size"
            )


def _existing(folder: Path, mend: str) -> Path:
    """The folder itself; where it is none, an error, with ``mend`` unless it is of a dataset that can be fetched."""
    if folder.is_dir():
        return folder
    fact = "is not a folder" if folder.exists() else "is missing"
    for dataset in (folder, *folder.parents):
        if dataset.name and not dataset.exists() and dataset.with_name(f"{dataset.name}.dvc").is_file():
            mend = f"fetch it with: burnish data pull {quote(str(dataset))}"
            break
    raise DataError(f"{folder}: {fact}; {mend}")


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".") and is_picture(path) and path.is_file()]


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key: digits count as numbers, everything else as text."""
    parts = _DIGITS.split(name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
