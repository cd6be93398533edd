"""Removes leftovers of dead runs below a project's ``.burnish``, before the next command that writes there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from burnish.io import scratch

STORES = ("artifacts", "prefect")
"""Folders that MLflow and Prefect manage themselves."""


def sweep(home: Path) -> None:
    """Remove temporary files and folders of dead processes; interrupted trainings are kept.

    What a living process writes is known by its lock and left alone. See ``burnish.io.scratch``.
    """
    for place in _places(home):
        scratch.sweep(place)
        scratch.sweep_old(place)


def _places(home: Path) -> Iterator[Path]:
    """The folders that contain temporary ones: ``.burnish``, ``cache/scores``, ``work/…``, ``reports``, …"""
    yield home
    for folder in _folders(home):
        if folder.name not in STORES:
            yield folder
            yield from _folders(folder)
    for work in _folders(home / "work"):
        yield from _folders(work)  # those are checkpoints


def _folders(place: Path) -> Iterator[Path]:
    try:
        found = [entry for entry in place.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return
    yield from (entry for entry in found if not entry.name.startswith("."))
