"""The pictures of a folder, always in the same order."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

from burnish.errors import DataError
from burnish.imaging.files import SUFFIXES


def list_pictures(folder: Path | str) -> list[Path]:
    """Every picture file below a folder by its suffix, sorted by folder and name; hidden ones are left out.

    The order is that of the paths' parts as plain text, the same on every system.

    Raises:
        DataError: The folder is missing, is no folder, or holds no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        fact = "is no folder" if folder.exists() else "is missing"
        raise DataError(f"{folder}: {fact}; {_mend(folder)}")
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(place, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES and Path(place, name).is_file()
        ]
    if not found:
        raise DataError(f"{folder}: holds no picture; put files with one of {' '.join(SUFFIXES)} there")
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def _mend(folder: Path) -> str:
    """What to do about a folder that is missing: a dataset that is recorded beside it can be fetched."""
    for dataset in (folder, *folder.parents):
        if dataset.name and not dataset.exists() and dataset.with_name(f"{dataset.name}.dvc").is_file():
            return f"fetch it with: burnish data pull {quote(str(dataset))}"
    return "give a folder of pictures"
