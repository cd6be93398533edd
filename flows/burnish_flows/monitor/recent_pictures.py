"""The pictures that arrived in a folder since the last look, and the sample to be measured."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from burnish.errors import DataError

KEY = 16
"""Length of a picture's key in hex digits."""


def present(folder: Path) -> dict[str, Path]:
    """Every picture in the folder and below, keyed by a hash of path, size and time of change.

    A file that is overwritten under the same name is another picture.

    Raises:
        DataError: The folder does not exist.
    """
    from burnish.io import list_pictures

    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; give the folder in which pictures arrive")
    found: dict[str, Path] = {}
    try:
        paths = list_pictures(folder)
    except DataError:  # no picture has arrived yet
        return found
    for path in paths:
        try:
            state = path.stat()
        except OSError:  # removed meanwhile
            continue
        name = f"{path.relative_to(folder).as_posix()}\0{state.st_size}\0{state.st_mtime_ns}"
        found[hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:KEY]] = path
    return found


def sample(arrived: Mapping[str, Path], seen: Collection[str], size: int) -> dict[str, Path]:
    """At most ``size`` unseen pictures: those with the smallest keys, which are practically random."""
    fresh = sorted(set(arrived) - set(seen))
    return {key: arrived[key] for key in fresh[:size]}
