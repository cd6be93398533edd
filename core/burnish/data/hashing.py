"""The hash over the pictures of a dataset, which says whether it is the same data; and their bit depth."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from burnish.data.items import Item, kernel_of, named_files, named_pictures
from burnish.data.known import known_file
from burnish.errors import DataError
from burnish.io.depth import Depth, deepest


def data_hash(folder: Path) -> str:
    """sha256 over the relative names and the bytes of a folder's pictures (or of one file), in the order of names.

    Raises:
        DataError: The folder is missing, has no pictures, or one cannot be read.
    """
    return _hash(named_pictures(folder))


def file_hash(folder: Path) -> str:
    """The same over all files of a folder, or one file, whatever they hold.

    Raises:
        DataError: As ``data_hash``.
    """
    return _hash({folder.name: folder} if folder.is_file() else named_files(folder))


def facts_hash(items: Iterable[Item]) -> str:
    """The same over the files beside the degraded pictures that say what is known of them; empty where there are none.

    Raises:
        DataError: One cannot be read.
    """
    files: dict[str, Path] = {}
    for item in items:
        observed = [path for path in (item.degraded, *item.shots) if path is not None]
        for file in (*map(known_file, observed), *map(kernel_of, item.shots), item.kernel):
            if file is not None:
                files[f"{item.name}/{file.name}"] = file
    return _hash(files) if files else ""


def data_depth(folder: Path) -> Depth:
    """The largest bit depth of a folder's pictures (or one file); metrics score all of them in that depth.

    Raises:
        DataError: The folder is missing or has no pictures.
        ImagingError: A picture cannot be read.
    """
    return deepest(named_pictures(folder).values())


def _hash(files: Mapping[str, Path]) -> str:
    total = hashlib.sha256()
    for name, path in files.items():
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
        total.update(os.fsencode(f"{name}\0{content}\n"))
    return total.hexdigest()
