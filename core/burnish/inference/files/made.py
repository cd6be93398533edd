"""The records of one restored file, clip or burst: the job, the result, and the lines about it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from burnish.io import Picture
from burnish.restorer.options import RestoreOptions
from burnish.restorer.restorer import Restorer

if TYPE_CHECKING:
    from torch import Tensor

_log = logging.getLogger("burnish.inference")


@dataclass(frozen=True, kw_only=True)
class FileJob:
    """A file, clip or burst to be restored."""

    loaded: Restorer
    source: Path
    target: Path
    conditions: Mapping[str, object]
    options: RestoreOptions
    read: Callable[[Path], Picture]
    """How a picture is read."""
    allow_damaged: bool | None
    """As ``read_picture``, for videos."""
    quiet: bool
    """No progress."""
    coverage: float = 0.0
    """As of ``restore_picture_detailed``."""
    unsure: float | None = None
    """Width above which an interval is marked in a mask; None: none is written."""
    disagreement: bool = False
    """Whether a map of where the estimate contradicts its input is written."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file that was written."""

    megapixels: float
    """Of what was read."""
    transfer: str = ""
    """The curve by which its values were converted to light; empty if they were not."""
    damage: str = ""
    """What is wrong with what was read, where damage was allowed."""
    notes: tuple[str, ...] = ()
    """Notes for the user, each in a few words."""
    doubtful: bool = False
    """Whether the restorer doubts its result."""
    engine: str = ""
    """What computed it, and in which precision."""


@dataclass(frozen=True, kw_only=True)
class RestoredFrame:
    """A frame of a clip that is to be written."""

    estimate: Tensor
    """1,C,H,W."""
    name: str
    """Of its file."""
    like: Picture
    """Of its depth, with its metadata."""


def tell(path: Path, notes: tuple[str, ...]) -> None:
    """Log the notes on a file as warnings."""
    for line in lines([(path, notes)]):
        _log.warning("%s", line)


def lines(noted: Iterable[tuple[Path | str, Sequence[str]]]) -> list[str]:
    """Every note once, with the first file that has it and the number of further files."""
    files: dict[str, list[Path | str]] = {}
    for path, notes in noted:
        for note in notes:
            files.setdefault(note, []).append(path)
    return [
        f"{paths[0]}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''}: {note}" for note, paths in files.items()
    ]
