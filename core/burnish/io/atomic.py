"""Writes a file or a new folder completely or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from burnish.errors import UsageError
from burnish.io import scratch


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Put ``data`` at ``path``; see ``whole_file``.

    Raises:
        UsageError: As ``refuse_special``.
        OSError: It cannot be written.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def whole_file(path: Path, suffix: str = ".part") -> Iterator[Path]:
    """Yield a hidden file in the same folder, to be written; it is synced and then replaces ``path`` by a rename.

    A link is followed, so that what it points to is replaced. On any failure the target is as it was and no
    temporary file is left.

    Args:
        path: The file.
        suffix: Of the hidden one, for writers that go by it.

    Raises:
        UsageError: As ``refuse_special``.
        OSError: It cannot be written.
    """
    refuse_special(path)
    target = path.resolve()
    with scratch.file_beside(target, suffix) as temporary:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    _sync_folder(target.parent)


def refuse_special(target: Path) -> None:
    """Refuse a pipe, device or socket: a rename would replace it by a file.

    Raises:
        UsageError: It is one.
    """
    if target.exists() and not target.is_file() and not target.is_dir():
        raise UsageError(
            f"{target}: is a pipe, device or socket, to which burnish does not write; give the path of a file"
        )


def refuse_full(target: Path) -> None:
    """Refuse an existing folder for frames that is not empty.

    Raises:
        UsageError: It is a file, or holds something.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target}: exists already; give a new folder for the frames")


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield an empty hidden folder next to ``target`` that takes its place on success, and is removed otherwise.

    Raises:
        UsageError: As ``refuse_full``.
    """
    refuse_full(target)
    with whole_folder(target) as fresh:
        yield fresh


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield an empty hidden folder next to ``target`` that takes its place by a rename on success.

    What was there is gone then; it is put back where that rename fails. On any failure the hidden folder vanishes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch.folder_beside(target) as workshop:
        fresh, old = workshop / "fresh", workshop / "old"
        fresh.mkdir()
        yield fresh
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, on systems that can open folders."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
